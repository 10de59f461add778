"""The client of whole lives, a process of its own: lives begin at fixed moments, whether or not the earlier ones are answered.

On stdin one line of JSON: {"address", "rate" (lives a second), "seconds", "gap" (seconds between the steps of a life, in the mean),
"bodies", "clerk" (token), "staff": {department: [reviewer's token, head's token]}}. On stdout one line: [[step, latency, status], …].

A request's latency counts from the moment for which it was scheduled, so that waiting for a free line counts too; what a person
can only do after the answer before it counts from that answer. The gaps are drawn (seeded) between a half and one and a half of
their mean: were they all the same, and a multiple of the time between two lives, the steps of eleven lives would fall on one moment.
"""

from __future__ import annotations

import heapq
import json
import sys
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from random import Random
from time import monotonic, sleep

LINES = 48  # connections
OPINION = {"recommendation": "grant", "opinion": "材料齐全，符合规定的条件。"}


class Stream:
    def __init__(self, task: dict):
        self.task, self.answers, self.random = task, [], Random(7)
        self.own = threading.local()
        self.lock = threading.Lock()
        self.waiting: list[tuple[float, int, Iterator, object]] = []
        self.numbers, self.alive = iter(range(10**9)), 0

    def run(self) -> list:
        began = monotonic()
        lives = int(self.task["rate"] * self.task["seconds"])
        for n in range(lives):
            self._put(began + n / self.task["rate"], self._life(n), None)
        self.alive = lives
        with ThreadPoolExecutor(LINES) as pool:
            while self.alive:
                with self.lock:
                    due = heapq.heappop(self.waiting) if self.waiting and self.waiting[0][0] <= monotonic() else None
                if due:
                    pool.submit(self._step, *due)
                else:
                    sleep(0.001)
        return self.answers

    def _put(self, at: float, life: Iterator, answer: object) -> None:
        with self.lock:
            heapq.heappush(self.waiting, (at, next(self.numbers), life, answer))

    def _step(self, at: float, _: int, life: Iterator, answer: object) -> None:
        try:
            step, method, path, token, body = life.send(answer)
            status, answer = self._send(method, path, token, body)
        except StopIteration:
            self._end()
            return
        except Exception as error:
            step, status, answer = "lost", 0, repr(error)
        now = monotonic()
        self.answers.append([step, now - at, status])
        if status in (200, 201):
            self._put(max(at + self.task["gap"] * self.random.uniform(0.5, 1.5), now), life, answer)
        else:
            print(step, status, str(answer)[:300], file=sys.stderr, flush=True)
            self._end()

    def _end(self) -> None:
        with self.lock:
            self.alive -= 1

    def _life(self, n: int) -> Iterator:
        """Accepted at the counter, looked at, concluded and decided by each department in turn."""
        clerk = self.task["clerk"]
        filed = yield "accept", "POST", "/api/applications/file/", clerk, self.task["bodies"][n % len(self.task["bodies"])]
        case = yield "read", "GET", f"/api/applications/{filed['id']}/", clerk, None
        for job in case["jobs"]:
            reviewer, head = self.task["staff"][job["department"]]
            address = f"/api/jobs/{job['id']}"
            yield "claim", "POST", f"{address}/claim/", reviewer, {}
            yield "conclude", "POST", f"{address}/conclude/", reviewer, OPINION
            yield "decide", "POST", f"{address}/decide/", head, {"decision": "grant"}

    def _send(self, method: str, path: str, token: str, body: dict | None) -> tuple[int, object]:
        headers = {"Authorization": f"Bearer {token}"}
        if method == "POST":
            headers |= {"Idempotency-Key": str(uuid.uuid4()), "Content-Type": "application/json"}
        if not hasattr(self.own, "line"):
            self.own.line = HTTPConnection(self.task["address"], timeout=120)
        self.own.line.request(method, path, None if body is None else json.dumps(body, ensure_ascii=False).encode(), headers)
        answer = self.own.line.getresponse()
        return answer.status, json.loads(answer.read())


if __name__ == "__main__":
    print(json.dumps(Stream(json.loads(sys.stdin.readline())).run()), flush=True)
