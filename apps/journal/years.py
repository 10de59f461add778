"""Events by the Beijing year, once a house asks for it: `manage.py events_by_year` makes of the one table a partitioned one, in
place. Nothing is copied, and nobody waits for more than the last short transaction.

What stands there becomes the first partition (`journal_event_before_2027`); every later year has its own, which the hourly tick
keeps two years ahead. What a question with dates does not name is not read, and a year is put away with one statement.

What it costs: a partitioned table's unique keys must hold the year, so across years only the door keeps `(chain, seq)` unique (it
counts on the subject's locked row), and nothing can refer to an event by a foreign key (the patrol looks instead).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from time import sleep
from typing import TypeVar

from django.db import DatabaseError, connection, transaction
from pgtrigger import Statement

from apps.kit.time import BEIJING, now

from .models import Event

T = TypeVar("T")
TABLE = Event._meta.db_table
AHEAD = 2  # years whose partition stands before they begin
PATIENCE = 60  # attempts at the last transaction
PAUSE = 2.0  # seconds between them
# Below the server's second after which it looks for deadlocks: we give way, nobody else is refused.
_WAIT = "SET LOCAL lock_timeout = '500ms'"
_LOCK = 7_315_004  # advisory: one at a time
_BOUND = "event_before"


class Busy(Exception):
    """Another is at it, or the tables were never free for a moment; everything is as it was."""


def bounds(year: int) -> tuple[datetime, datetime]:
    """Beijing's first moment of the year, and of the next."""
    first, last = (datetime(one, 1, 1, tzinfo=BEIJING) for one in (year, year + 1))
    return first, last


def make_room(cursor, table: str, years: Iterable[int]) -> list[str]:
    """A partition for each of these years; the names of the new ones. Who reads or writes the others does not wait."""
    made = []
    for year in sorted(years):
        name = f"{table}_{year}"
        cursor.execute("SELECT to_regclass(%s) IS NULL", [name])
        if cursor.fetchone()[0]:
            cursor.execute(f"CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS)")
            cursor.execute(f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM (%s) TO (%s)", bounds(year))
            made.append(name)
    return made


def by_year() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind = 'p' FROM pg_class WHERE oid = %s::regclass", [TABLE])
        return cursor.fetchone()[0]


def keep_ahead() -> list[str]:
    """The partitions that were missing. Where events stand in one table, only what a turn that was killed has left is taken away:
    its bound would refuse the new year."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return []
        if by_year():
            return _room_ahead(cursor)
        cursor.execute("SELECT FROM pg_constraint WHERE conrelid = %s::regclass AND conname = %s", [TABLE, _BOUND])
        if cursor.fetchone() is not None:
            cursor.execute(_WAIT)
            _lift_bound(cursor)
        return []


def put_events_by_year(tell: Callable[[str], None]) -> list[str]:
    """Turn it on, or add the years that are missing; the names of the new partitions. Not within a transaction. `tell` hears each step."""
    with _alone():
        if not by_year():
            return _turn_on(tell)
    return keep_ahead()


@contextmanager
def _alone() -> Iterator[None]:
    """By a transaction that stays open beside ours: it has no snapshot, so no index that is built waits for it."""
    holder = connection.copy()
    holder.set_autocommit(False)
    try:
        with holder.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
            if not cursor.fetchone()[0]:
                raise Busy("另一处正在按年分区，请等它做完")
        yield
    finally:
        with suppress(DatabaseError):  # it may be gone, and the lock with it
            holder.rollback()  # the server takes a while to notice that a connection is closed
        holder.close()


def _turn_on(tell: Callable[[str], None]) -> list[str]:
    with connection.cursor() as cursor:
        _clear(cursor)
        cursor.execute(f"SELECT max(at) FROM {TABLE}")  # noqa: S608  (a name only)
        newest = cursor.fetchone()[0] or now()
        year = max(newest, now()).astimezone(BEIJING).year + 1
        try:
            tell(f"{year}年以前的事件留在首个分区，逐行核对")
            add = f"ALTER TABLE {TABLE} ADD CONSTRAINT {_BOUND} CHECK (at < %s) NOT VALID"
            _patiently(lambda: cursor.execute(add, [bounds(year)[0]]))
            cursor.execute(f"ALTER TABLE {TABLE} VALIDATE CONSTRAINT {_BOUND}")
            for name, columns in _keys(year).items():
                tell(f"建含时间的唯一索引（{columns}），不妨碍办件")
                cursor.execute(f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {TABLE} ({columns})")
            tell("切换，片刻")
            made = _patiently(lambda: _switch(cursor, year))
        except BaseException:
            _clear(cursor)
            raise
        cursor.execute(f"ANALYZE {TABLE}")
    return made


def _keys(year: int) -> dict[str, str]:
    return {f"event_key_before_{year}": "id, at", f"event_once_before_{year}": "chain, seq, at"}


def _clear(cursor) -> None:
    """Whatever a turn that did not come to its end has left on the one table."""
    cursor.execute(
        "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = %s::regclass"
        " AND indexrelid::regclass::text ~ '^event_(key|once)_before_[0-9]+$'",
        [TABLE],
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f"DROP INDEX CONCURRENTLY {name}")
    _patiently(lambda: _lift_bound(cursor))


def _lift_bound(cursor) -> None:
    cursor.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT IF EXISTS {_BOUND}")


def _patiently(once: Callable[[], T]) -> T:
    """In a transaction that gives way where it would have to wait, again and again."""
    for attempt in range(PATIENCE):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(_WAIT)
                return once()
        except DatabaseError as error:
            if getattr(error.__cause__, "pgcode", None) not in ("55P03", "40P01"):  # would have waited; a deadlock
                raise
            if attempt + 1 < PATIENCE:
                sleep(PAUSE)
    raise Busy("事件表一直有人占用，未能切换，一切如旧；请查有无长事务，稍后再试")


def _switch(cursor, year: int) -> list[str]:
    """The one table becomes the first partition of another under its name, with every index, key and guard that it had."""
    old = f"{TABLE}_before_{year}"
    cursor.execute("SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE confrelid = %s::regclass", [TABLE])
    referring = cursor.fetchall()
    cursor.execute(f"LOCK TABLE {', '.join([TABLE, *sorted({table for table, _ in referring})])}")
    for table, name in referring:
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [TABLE])
    cursor.execute(f"SELECT last_value, is_called FROM {cursor.fetchone()[0]}")  # noqa: S608  (a name only)
    numbered = cursor.fetchone()
    beside = _stand_aside(cursor, old, year)

    cursor.execute(f"CREATE TABLE {TABLE} (LIKE {old} INCLUDING DEFAULTS) PARTITION BY RANGE (at)")
    cursor.execute(f"ALTER TABLE {TABLE} ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY")
    cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s, %s)", [TABLE, *numbered])
    cursor.execute(f"CREATE UNIQUE INDEX event_key_in_year ON {TABLE} (id, at)")
    cursor.execute(f"ALTER TABLE {TABLE} ADD CONSTRAINT event_once_in_chain UNIQUE (chain, seq, at)")
    for definition in beside:
        cursor.execute(definition)
    cursor.execute(f"ALTER TABLE {TABLE} ATTACH PARTITION {old} FOR VALUES FROM (MINVALUE) TO (%s)", [bounds(year)[0]])
    cursor.execute(f"ALTER TABLE {old} DROP CONSTRAINT {_BOUND}")
    for trigger in Event._meta.triggers:
        trigger.install(Event)
    _publish_again(cursor, old)
    return _room_ahead(cursor)


def _stand_aside(cursor, old: str, year: int) -> list[str]:
    """The old table under its new name, ready to be attached; the definitions of its plain indexes, for the table that takes its place."""
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid), indisunique FROM pg_index WHERE indrelid = %s::regclass",
        [TABLE],
    )
    indexes = cursor.fetchall()
    for trigger in Event._meta.triggers:
        if trigger.level != Statement:  # the partitioned table hands those for rows down, and would find the name taken
            cursor.execute(f"DROP TRIGGER {trigger.get_pgid(Event)} ON {TABLE}")
    cursor.execute(f"ALTER TABLE {TABLE} ALTER COLUMN id DROP IDENTITY")
    cursor.execute(f"ALTER TABLE {TABLE} RENAME TO {old}")
    for name, _, _ in indexes:
        if name not in _keys(year):
            cursor.execute(f"ALTER INDEX {name} RENAME TO {name}_before_{year}")
    once = f"event_once_before_{year}"
    cursor.execute(f"ALTER TABLE {old} ADD CONSTRAINT {once} UNIQUE USING INDEX {once}")
    return [definition for _, definition, unique in indexes if not unique]


def _publish_again(cursor, old: str) -> None:
    """Who is told of the events by logical replication hears of all years, under the name that it knows."""
    cursor.execute(
        "SELECT quote_ident(pubname) FROM pg_publication JOIN pg_publication_rel ON prpubid = pg_publication.oid WHERE prrelid = %s::regclass",
        [old],
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f"ALTER PUBLICATION {name} DROP TABLE {old}")
        cursor.execute(f"ALTER PUBLICATION {name} ADD TABLE {TABLE}")
        cursor.execute(f"ALTER PUBLICATION {name} SET (publish_via_partition_root = true)")


def _room_ahead(cursor) -> list[str]:
    """This year, unless the first partition holds it, and the years to come."""
    cursor.execute(
        "SELECT max(substring(inhrelid::regclass::text FROM 'before_([0-9]+)$')::int) FROM pg_inherits WHERE inhparent = %s::regclass",
        [TABLE],
    )
    year = now().astimezone(BEIJING).year
    made = make_room(cursor, TABLE, range(max(year, cursor.fetchone()[0] or year), year + AHEAD + 1))
    for name in made:
        _refuse_truncate(cursor, name)
    return made


def _refuse_truncate(cursor, partition: str) -> None:
    """Triggers for rows come from the partitioned table; one for the statement has to stand on every partition."""
    for trigger in Event._meta.triggers:
        if trigger.level == Statement:
            name = trigger.get_pgid(Event)
            cursor.execute(f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {partition} FOR EACH STATEMENT EXECUTE FUNCTION {name}()")
