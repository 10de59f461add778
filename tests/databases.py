"""Two databases for each worker: the bare one, and the city, in which the demo city (tests/world.py) stands.

Both are copies of templates that the first worker makes for the whole run, so nothing is migrated or loaded twice. A test
that asks for `world` meets the city, every other the bare database; `choose` decides before the test's first fixture. What a
test changes is rolled back; only after a test that really commits are the tables that it changed written anew.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg2
from django.core.management import call_command
from django.db import connection, transaction

from tests import services

_LOCK = 7_315_900  # advisory: one worker at a time makes templates and copies
_RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"process {os.getpid()}"
_ready: dict[str, _Database] = {}
_wanted = "bare"


@dataclass
class _Database:
    name: str
    rows: dict[str, tuple[str, bytes]] = field(default_factory=dict)  # of every table that has some: columns, content
    marks: dict[str, tuple[int, int]] = field(default_factory=dict)  # of every table: how many rows, newest transaction
    sequences: list[tuple[str, int]] = field(default_factory=list)


# -- making


def migrate() -> None:
    from apps.issuance.loading import load_templates

    call_command("migrate", verbosity=0, interactive=False)
    load_templates()


def prepare(kind: str, *, fill: Callable[[], None], over: str | None = None) -> None:
    """This worker's database of the kind: a copy of the template, which `fill` has filled upon a copy of the template `over`."""
    template, name = _name(kind), _name(kind, os.environ.get("PYTEST_XDIST_WORKER", "main"))
    with _server() as cursor:
        cursor.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [template])
        if cursor.fetchone() != (_RUN,):  # none, or left by an older run on a server from outside
            _copy(cursor, _name(over) if over else "template1", template)
            _connect_to(template)
            fill()
            connection.close()
            cursor.execute(f'COMMENT ON DATABASE "{template}" IS %s', [_RUN])
        _copy(cursor, template, name)
    database = _ready[kind] = _Database(name)
    _connect_to(name)
    _remember(database)
    choose(_wanted)


def _name(kind: str, owner: str = "template") -> str:
    return f"test_yichuang_{kind}_{owner}"


def _copy(cursor, old: str, new: str) -> None:
    cursor.execute(f'DROP DATABASE IF EXISTS "{new}" WITH (FORCE)')
    cursor.execute(f'CREATE DATABASE "{new}" TEMPLATE "{old}"')


@contextmanager
def _server():
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        yield cursor


def leave() -> None:
    """A server that goes with this run takes its databases along: to drop them one by one cost more than a second each."""
    connection.close()
    if services.OWN in os.environ:
        return
    with _server() as cursor:
        for database in _ready.values():
            cursor.execute(f'DROP DATABASE IF EXISTS "{database.name}" WITH (FORCE)')
    _ready.clear()


# -- choosing


def choose(kind: str) -> None:
    """The next test meets this one (once it is prepared)."""
    global _wanted
    _wanted = kind
    if kind in _ready:
        _connect_to(_ready[kind].name)


def _connect_to(name: str) -> None:
    if connection.settings_dict["NAME"] != name:
        assert not connection.in_atomic_block, "a fixture of the module holds a transaction open in the other database"
        connection.close()
        connection.settings_dict["NAME"] = name


def start_numbers_again() -> None:
    """Sequences are not rolled back: in every test, what the city already has is numbered on from the same number."""
    with connection.cursor() as cursor:
        _set_sequences(cursor, _ready[_wanted])


@contextmanager
def scratch(kind: str):
    """For a test that changes what tables there are: a copy of the template, gone afterwards."""
    before, name = connection.settings_dict["NAME"], _name("scratch", os.environ.get("PYTEST_XDIST_WORKER", "main"))
    with _server() as cursor:
        _copy(cursor, _name(kind), name)
    _connect_to(name)
    try:
        yield
    finally:
        _connect_to(before)
        with _server() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def beside():
    """Another connection to this test's database; what it has open ends with it, unless it was committed."""
    given = connection.get_connection_params()
    other = psycopg2.connect(**{name: given[name] for name in ("dbname", "user", "host", "port") if name in given})
    try:
        yield other
    finally:
        if not other.closed:
            other.rollback()  # its locks end now, not when the server notices
            other.close()


# -- remembering and putting back


def _remember(database: _Database) -> None:
    with connection.cursor() as cursor:
        database.marks = marks(cursor, connection.introspection.table_names(cursor))
        for table, (count, _) in database.marks.items():
            if count:
                names = ", ".join(f'"{c.name}"' for c in connection.introspection.get_table_description(cursor, table))
                content = io.BytesIO()
                cursor.copy_expert(f'COPY "{table}" ({names}) TO STDOUT (FORMAT binary)', content)
                database.rows[table] = (names, content.getvalue())
        cursor.execute("SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL")
        database.sequences = cursor.fetchall()


def put_back() -> None:
    """After a test that commits. Waits, as TRUNCATE would, for transactions that others still have open."""
    database = _ready[_wanted]
    tables = list(database.marks)
    with transaction.atomic(), connection.cursor() as cursor:
        # What a closed browser had still asked for may hold one table and want the next: of the two that one gives way.
        cursor.execute("SET LOCAL deadlock_timeout = '1min'")
        cursor.execute("LOCK TABLE " + ", ".join(f'"{table}"' for table in tables) + " IN ACCESS EXCLUSIVE MODE")
        now = marks(cursor, tables)
        changed = [table for table in tables if now[table] != database.marks[table]]
        if not changed:
            return
        # Rows go in as they were: no trigger speaks again, no foreign key waits for its table.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in changed:
            cursor.execute(f'DELETE FROM "{table}"')
            if table in database.rows:
                names, content = database.rows[table]
                cursor.copy_expert(f'COPY "{table}" ({names}) FROM STDIN (FORMAT binary)', io.BytesIO(content))
        database.marks |= marks(cursor, changed)


def marks(cursor, tables: list[str]) -> dict[str, tuple[int, int]]:
    """An insert or update leaves a newer transaction, a delete fewer rows: the same mark is the same content."""
    one = "SELECT '{0}', count(*), coalesce(max(xmin::text::bigint), 0) FROM \"{0}\""
    cursor.execute(" UNION ALL ".join(one.format(table) for table in tables))
    return {table: (count, newest) for table, count, newest in cursor.fetchall()}


def _set_sequences(cursor, database: _Database) -> None:
    cursor.execute(
        "SELECT setval(name::regclass, value) FROM unnest(%s, %s) AS given (name, value)",
        [[f'"{name}"' for name, _ in database.sequences], [value for _, value in database.sequences]],
    )
