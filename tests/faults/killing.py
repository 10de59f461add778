"""A process that is killed, as the kernel kills, at a chosen boundary between its statements."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

DONE, BROKEN = 0, 3


def run_and_die(work: Callable[[], object], at: int) -> bool:
    """Do `work` in a copy of this process and kill it before its boundary number `at`: each statement, and each commit,
    has one before and one after it. True when the work ended before that many boundaries were met."""
    return ended(start_to_die(work, at))


def start_to_die(work: Callable[[], object], at: int) -> int:
    """The copy's number, while it works; with `at` 0 it is not killed."""
    connection.close()  # a copy may not share a session
    child = os.fork()
    if child == 0:
        try:
            # Not that of the parent from before it started a browser, whose loop keeps connections apart and is not copied.
            connections[DEFAULT_DB_ALIAS] = connections.create_connection(DEFAULT_DB_ALIAS)
            _arm(at)
            work()
            os._exit(DONE)
        except BaseException:
            import traceback

            traceback.print_exc()
            os._exit(BROKEN)
    return child


def ended(child: int) -> bool:
    """Waits for the copy; False when it was killed."""
    _, status = os.waitpid(child, 0)
    assert not os.WIFEXITED(status) or os.WEXITSTATUS(status) == DONE, "the work itself failed"
    return os.WIFEXITED(status)


def _arm(at: int) -> None:
    met = 0

    def boundary() -> None:
        nonlocal met
        met += 1
        if met == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(execute, sql, params, many, context):
        boundary()
        answer = execute(sql, params, many, context)
        boundary()
        return answer

    commit = BaseDatabaseWrapper._commit

    def commit_between(self):
        boundary()
        commit(self)
        boundary()

    BaseDatabaseWrapper._commit = commit_between
    connection.execute_wrappers.append(around)
