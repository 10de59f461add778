"""A transaction begins with its first statement: BEGIN travels in front of it instead of making a trip of its own.

DATABASES["default"]["OPTIONS"] = {"connection_factory": Line, "cursor_factory": LineCursor}

The driver sends BEGIN by itself and waits for the answer; of the five trips of a decision that was one. So it is told that every
statement stands alone (its autocommit), and what Django asks of it (`autocommit`, `commit`, `rollback`) is answered here. Whether
a transaction is open is asked of the protocol, which hears it from the server with every answer: nothing is kept that could be wrong.
"""

from __future__ import annotations

from psycopg2 import ProgrammingError
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, connection, cursor

_alone = connection.autocommit
_BEGIN = b"BEGIN; "


class Line(connection):
    """A connection as psycopg2's, for those who use `autocommit`, `commit`, `rollback` and cursors; not as a context manager."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
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
            with cursor(self) as hand:
                hand.execute(word)


class LineCursor(cursor):
    @property
    def query(self) -> bytes | None:
        """The statement as it was asked for: who reads the log, or explains what he finds there, asked for no BEGIN."""
        sent = super().query
        return sent.removeprefix(_BEGIN) if sent else sent

    def execute(self, query, vars=None):
        if self.connection.waits:
            if self.name is None and isinstance(query, str):
                query = _BEGIN.decode() + query
            else:
                self._begin()
        return super().execute(query, vars)

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
