"""A transaction begins with its first statement: BEGIN travels in front of it instead of making a trip of its own.

DATABASES["default"]["OPTIONS"] = {"connection_factory": Line, "cursor_factory": LineCursor}

The driver sends BEGIN by itself and waits for the answer; of the five trips of a decision that was one. So it is told that every
statement stands alone (its autocommit), and what Django asks of it (`autocommit`, `commit`, `rollback`) is answered here. Whether
a transaction is open is asked of the protocol, which hears it from the server with every answer: nothing is kept that could be wrong.
"""

from __future__ import annotations

import time
from functools import wraps
from threading import Lock
from weakref import WeakSet

from psycopg2 import OperationalError, ProgrammingError
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, connection, cursor

_alone = connection.autocommit
_BEGIN = b"BEGIN; "
_all: WeakSet[Line] = WeakSet()
_counting = Lock()
hang: set[str] = set()  # databases that do (hanging.py): nobody begins to wait for an answer that does not come


def lines() -> list[Line]:
    """Those of this process."""
    with _counting:
        return list(_all)


class Line(connection):
    """A connection as psycopg2's, for those who use `autocommit`, `commit`, `rollback` and cursors; not as a context manager."""

    of = "default"  # among DATABASES
    since: float | None = None  # from when on it has been waiting for an answer

    def __init__(self, *args, **kwargs):
        if self.of in hang:
            raise OperationalError("the database does not answer")
        with _counting:
            _all.add(self)
        self.since = time.monotonic()
        try:
            super().__init__(*args, **kwargs)
        finally:
            self.since = None
        self._autocommit = False
        _alone.__set__(self, True)

    @property
    def autocommit(self) -> bool:
        return self._autocommit

    @autocommit.setter
    def autocommit(self, value: bool) -> None:
        """Raises ProgrammingError inside a transaction, as psycopg2 does."""
        if self.get_transaction_status() != TRANSACTION_STATUS_IDLE and not self.closed:
            raise ProgrammingError("autocommit cannot be changed inside a transaction")
        self._autocommit = bool(value)

    @property
    def waits(self) -> bool:
        """The next statement is the first of a transaction."""
        return not self._autocommit and self.get_transaction_status() == TRANSACTION_STATUS_IDLE

    def cursor(self, name=None, *args, **kwargs):
        """One with a name outlives its transaction: the driver, which knows of none, would refuse any other."""
        if name is not None:
            kwargs["withhold"] = True
        return super().cursor(name, *args, **kwargs)

    def commit(self) -> None:
        self._end("COMMIT")

    def rollback(self) -> None:
        self._end("ROLLBACK")

    def _end(self, word: str) -> None:
        """Raises InterfaceError where the connection is gone, what a deferred constraint refuses, and what the server says."""
        if self.closed or self.get_transaction_status() != TRANSACTION_STATUS_IDLE:
            self.since = time.monotonic()
            try:
                with cursor(self) as hand:
                    hand.execute(word)
            finally:
                self.since = None


class ReplicaLine(Line):
    of = "replica"


def _waiting(ask):
    @wraps(ask)
    def asked(self, *args, **kwargs):
        line = self.connection
        line.since = time.monotonic()
        try:
            return ask(self, *args, **kwargs)
        finally:
            line.since = None

    return asked


class LineCursor(cursor):
    fetchone, fetchmany, fetchall = map(_waiting, (cursor.fetchone, cursor.fetchmany, cursor.fetchall))  # of one with a name, they ask

    @property
    def query(self) -> bytes | None:
        """The statement as it was asked for: who reads the log, or explains what he finds there, asked for no BEGIN."""
        sent = super().query
        return sent.removeprefix(_BEGIN) if sent else sent

    @_waiting
    def execute(self, query, vars=None):
        if self.connection.waits:
            if self.name is None and isinstance(query, str):
                query = _BEGIN.decode() + query
            else:
                self._begin()
        return super().execute(query, vars)

    @_waiting
    def executemany(self, query, vars_list):
        self._begin()
        return super().executemany(query, vars_list)

    def callproc(self, procname, parameters=None):
        self._begin()
        return super().callproc(procname, parameters) if parameters is not None else super().callproc(procname)

    def copy_expert(self, sql, file, size=8192):
        self._begin()
        return super().copy_expert(sql, file, size)

    def copy_from(self, *args, **kwargs):
        self._begin()
        return super().copy_from(*args, **kwargs)

    def copy_to(self, *args, **kwargs):
        self._begin()
        return super().copy_to(*args, **kwargs)

    def _begin(self) -> None:
        if self.connection.waits:
            with cursor(self.connection) as hand:
                hand.execute("BEGIN")
