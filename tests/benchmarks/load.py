"""The client, a process of its own: told on each line of stdin what to send, it answers on a line how long all of it took.

{"kind": "http", "address": "127.0.0.1:8000", "clients": 8, "calls": [[method, path, headers, body], …]}
{"kind": "sql", "dsn": "…", "clients": 8, "calls": [[statement, values], …]}
    → {"seconds": 1.2, "answers": [[status, first bytes, seconds], …]}       in the order of the calls

Each client is a thread with a connection of its own that stays open; whoever is free takes the next call. (With the calls dealt out
beforehand a run took as long as the clients of the busier web worker: where the kernel had given it six of the eight
connections, the other one stood still at the end.)
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from time import perf_counter

import psycopg2

_open: dict[tuple, object] = {}


def _http(client: int, task: dict):
    place = ("http", task["address"], client)
    if place not in _open:
        _open[place] = HTTPConnection(task["address"], timeout=60)
        _open[place].connect()
    connection = _open[place]

    def call(method, path, headers, body):
        connection.request(method, path, body.encode(), {**headers, "Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()[:2000]

    return call


def _sql(client: int, task: dict):
    place = ("sql", task["dsn"], client)
    if place not in _open:
        _open[place] = psycopg2.connect(task["dsn"])
        _open[place].autocommit = True
    cursor = _open[place].cursor()

    def call(statement, values):
        cursor.execute(statement, values)
        return 200, ""

    return call


def run(task: dict) -> dict:
    clients = task["clients"]
    doors = [{"http": _http, "sql": _sql}[task["kind"]](client, task) for client in range(clients)]
    answers: list = [None] * len(task["calls"])

    places = iter(range(len(answers)))  # each step of it is one instruction: two threads never get the same place

    def work(client: int) -> None:
        for place in places:
            began = perf_counter()
            status, text = doors[client](*task["calls"][place])
            answers[place] = [status, text, perf_counter() - began]

    began = perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(work, range(clients)))
    return {"seconds": perf_counter() - began, "answers": answers}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)
