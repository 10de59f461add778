"""A database that hangs: stopped, or the line to it is cut. It answers nothing and refuses nothing, and the driver waits for ever.

watch()  # once, in a process that serves pages or does tasks

A thread looks whether somebody has been waiting for long, and then asks the database itself, by a line of its own. Where that is not
answered either, whoever waits is let go (as when the server is killed: OperationalError) and nobody begins to wait until it answers
again. One that answers may take as long as it needs: a long list, a lock.
"""

from __future__ import annotations

import logging
import os
import select
import socket
import threading
import time
from collections.abc import Iterator

import psycopg2
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from . import transactions

LOOKS = 0.5  # seconds between two looks
LONG = 2.0  # seconds after which it is asked whether it still answers
PATIENCE = 5.0  # seconds that it has for this

log = logging.getLogger("yichuang.database")


def watch() -> None:
    threading.Thread(target=_watch, name="database watch", daemon=True).start()


def _watch() -> None:
    asked = dict.fromkeys(settings.DATABASES, 0.0)
    while True:
        time.sleep(LOOKS)
        for of in asked:
            try:
                moment = time.monotonic()
                if of in transactions.hang or (moment - asked[of] > PATIENCE and waiting(moment - LONG, of)):
                    look(of)
                    asked[of] = time.monotonic()
            except Exception:
                log.exception("the database cannot be watched")


def waiting(since: float, of: str = DEFAULT_DB_ALIAS) -> list[transactions.Line]:
    """Lines that have been waiting for an answer since before this moment."""
    return [line for line in transactions.lines() if line.of == of and line.since is not None and line.since < since]


def look(of: str = DEFAULT_DB_ALIAS) -> bool:
    """Whether it hangs; then whoever has been waiting for long is let go."""
    begun, before = time.monotonic(), of in transactions.hang
    if hangs := not answers(PATIENCE, of):
        transactions.hang.add(of)
        for line in waiting(begun, of):
            _cut(line)
    else:
        transactions.hang.discard(of)
    if hangs is not before:
        log.error("the database %s %s", of, "does not answer" if hangs else "answers again")
    return hangs


def answers(seconds: float, of: str = DEFAULT_DB_ALIAS) -> bool:
    """Whether it says anything at all in this time, be it that it refuses."""
    given = connections[of].get_connection_params()
    plain = {name: value for name, value in given.items() if name not in ("connection_factory", "cursor_factory")}
    looks = iter(range(int(seconds / LOOKS)))  # where this machine stood still, no time to answer has passed
    line = None
    try:
        line = psycopg2.connect(**plain, async_=True)
        if not _settled(line, looks):
            return False
        line.cursor().execute("SELECT 1")
        return _settled(line, looks)
    except psycopg2.Error:
        return True
    finally:
        if line is not None:
            line.close()


def _settled(line, looks: Iterator[int]) -> bool:
    while (state := line.poll()) != psycopg2.extensions.POLL_OK:
        heard = select.poll()  # which takes any number of a socket, with thousands of visitors too
        heard.register(line, select.POLLIN if state == psycopg2.extensions.POLL_READ else select.POLLOUT)
        while not heard.poll(LOOKS * 1000):
            if next(looks, None) is None:
                return False
    return True


def _cut(line: transactions.Line) -> None:
    try:
        with socket.socket(fileno=os.dup(line.fileno())) as end:
            end.shutdown(socket.SHUT_RDWR)
    except (OSError, psycopg2.Error):  # not connected yet, or no more
        return
