"""Several hands at the same moment, each on a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connection


def together(*calls: Callable[[], object]) -> list[object]:
    """Start all calls at once; what each returned, or the exception that it raised, in their order."""
    gate = threading.Barrier(len(calls))
    found: list[object] = [None] * len(calls)

    def run(place: int, call: Callable[[], object]) -> None:
        try:
            gate.wait(30)
            found[place] = call()
        except Exception as error:
            found[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "a hand never came back: a deadlock"
    return found


def behind(call: Callable[[], object]) -> Callable[[], object]:
    """Start the call and come back when it waits for a lock that this hand holds, or is done; what is given back tells its answer."""
    found: list[object] = []

    def run() -> None:
        try:
            found.append(call())
        except Exception as error:
            found.append(error)
        finally:
            connection.close()

    def answer() -> object:
        thread.join(60)
        return found[0]

    thread = threading.Thread(target=run)
    thread.start()
    waits = False
    while thread.is_alive() and not waits:
        with connection.cursor() as cursor:
            # For a lock of this very session: on the same server the tests of others wait for each other, too.
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))")
            (waits,) = cursor.fetchone()
    return answer


def won(found: list[object]) -> list[object]:
    return [answer for answer in found if not isinstance(answer, Exception)]


def lost(found: list[object]) -> list[Exception]:
    return [answer for answer in found if isinstance(answer, Exception)]
