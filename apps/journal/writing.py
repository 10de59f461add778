"""What an action has gathered, written in one statement: new rows, changed rows, events and their deliveries."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, models

from apps.kit.time import now

from .models import Delivery, Event
from .switchboard import listeners

_COLUMNS = {
    "at": "timestamptz",
    "chain": "text",
    "seq": "int",
    "name": "text",
    "subject_type": "text",
    "subject_id": "text",
    "by_kind": "text",
    "by_id": "bigint",
    "by_name": "text",
    "by_post": "bigint",
    "from_state": "text",
    "to_state": "text",
    "facts": "jsonb",
    "hash": "text",
}


@dataclass(frozen=True, slots=True)
class Bell:
    """A delivery that waits: enough to ring its worker."""

    pk: int
    queue: str


Group = tuple[type[models.Model], list[str], list[models.Model]]
# What a part of the statement says of its rows, for all parts alike: part, key, queue.
_NOTHING = "SELECT -1::int, 0::bigint, ''::text WHERE false"


def write(added: list[models.Model], changed: list[Group], events: list[Event]) -> list[Bell]:
    """New rows (which get their keys), changed rows ((model, columns, rows) each: these columns, each row to its own values), and
    events with one delivery a listener; everything in one statement. Returns the deliveries to ring for.

    Every part sees the tables as they were before the statement, so no row may stand in two parts; foreign keys between
    them are looked at when the transaction ends.
    """
    parts, told, values = [], [], []
    births = _births(added)
    for place, rows in enumerate(births):
        sql, given = _insert(rows)
        parts.append(f"born_{place} AS ({sql})")
        told.append(f"SELECT {place}, key, '' FROM born_{place}")  # noqa: S608
        values += given
    for place, (model, names, rows) in enumerate(changed):
        sql, given = _update(model, names, rows)
        parts.append(f"part_{place} AS ({sql})")
        values += given
    if events:
        sql, given = _events(events)
        parts.append(sql)
        told.append("SELECT -1, id, queue FROM rung")
        values += given
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {', '.join(parts)} {' UNION ALL '.join(told or [_NOTHING])}", values)
        answer = cursor.fetchall()
    keys: list[list[int]] = [[] for _ in births]
    for place, key, _ in answer:
        if place >= 0:
            keys[place].append(key)
    for rows, given in zip(births, keys, strict=True):
        for row, key in zip(rows, given, strict=True):
            row.pk, row._state.adding, row._state.db = key, False, connection.alias
    return [Bell(key, queue) for place, key, queue in answer if place < 0]


def number(rows: Sequence[models.Model]) -> None:
    """Draw the keys of new rows from their sequences, where they have none."""
    rows = [row for row in rows if row.pk is None]
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(name, field)) FROM unnest(%s, %s) AS given (name, field)",
            [[f'"{row._meta.db_table}"' for row in rows], [row._meta.pk.column for row in rows]],
        )
        for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = key


def _births(added: list[models.Model]) -> list[list[models.Model]]:
    """Grouped by model, and by whether they have their key."""
    groups: dict[tuple[type, bool], list[models.Model]] = {}
    for row in added:
        groups.setdefault((type(row), row.pk is None), []).append(row)
    return list(groups.values())


def _insert(rows: list[models.Model]) -> tuple[str, list]:
    """`key` of each in the order given."""
    meta = rows[0]._meta
    fields = [field for field in meta.concrete_fields if not (field.primary_key and rows[0].pk is None)]
    quote = connection.ops.quote_name
    line = f"({', '.join(['%s'] * len(fields))})"
    values = [_saved(field, row) for row in rows for field in fields]
    sql = (
        f"INSERT INTO {quote(meta.db_table)} ({', '.join(quote(field.column) for field in fields)})"  # noqa: S608
        f" VALUES {', '.join([line] * len(rows))} RETURNING {quote(meta.pk.column)} AS key"
    )
    return sql, values


def _saved(field: models.Field, row: models.Model):
    """What a new row's field puts into the statement."""
    value = field.pre_save(row, add=True)
    if value is None or (type(value) in _AS_IS and isinstance(field, _PLAIN)):
        return value
    return field.get_db_prep_save(value, connection)


# What needs no preparing: most fields of most rows.
_AS_IS = (str, int, bool)
_PLAIN = (models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.ForeignKey)


def _update(model: type[models.Model], names: list[str], rows: list[models.Model]) -> tuple[str, list]:
    """Django's bulk_update builds a CASE per column, which is most of the cost of a sweep; a joined list of values is not."""
    fields = [model._meta.pk, *(model._meta.get_field(name) for name in names)]
    quote, table = connection.ops.quote_name, connection.ops.quote_name(model._meta.db_table)
    columns = [quote(field.column) for field in fields]
    # The first row tells PostgreSQL the types; the others follow it.
    first = ", ".join(f"%s::{field.cast_db_type(connection)}" for field in fields)
    rest = ", ".join(["%s"] * len(fields))
    lines = ", ".join(f"({line})" for line in [first, *[rest] * (len(rows) - 1)])
    sets = ", ".join(f"{column} = given.{column}" for column in columns[1:])
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows for field in fields]
    sql = (
        f"UPDATE {table} SET {sets} FROM (VALUES {lines}) AS given ({', '.join(columns)})"  # noqa: S608
        f" WHERE {table}.{columns[0]} = given.{columns[0]}"
    )
    return sql, values


def _events(events: list[Event]) -> tuple[str, list]:
    heard = [(event.chain, event.seq, name, queue) for event in events for name, _, queue in listeners(event.name)]
    columns = [[_value(event, name) for event in events] for name in _COLUMNS]
    deliveries = [list(part) for part in zip(*heard, strict=True)] or [[], [], [], []]
    return _EVENTS, [*columns, now(), *deliveries]


def _value(event: Event, name: str):
    value = getattr(event, name)
    return json.dumps(value, ensure_ascii=False) if name == "facts" else value


def _statement() -> str:
    names = ", ".join(_COLUMNS)
    arrays = ", ".join(f"%s::{kind}[]" for kind in _COLUMNS.values())
    return f"""
        written AS (
            INSERT INTO {Event._meta.db_table} ({names})
            SELECT {names} FROM unnest({arrays}) WITH ORDINALITY AS given ({names}, place) ORDER BY place
            RETURNING id, chain, seq
        ), rung AS (
            INSERT INTO {Delivery._meta.db_table}
                (event_id, listener, queue, state, attempts, next_try_at, error, chain_seq, chain_head)
            SELECT written.id, heard.listener, heard.queue, 'pending', 0, %s, '', 0, ''
            FROM unnest(%s::text[], %s::int[], %s::text[], %s::text[]) AS heard (chain, seq, listener, queue)
            JOIN written USING (chain, seq)
            RETURNING id, queue
        )
    """  # noqa: S608  (names of columns only)


_EVENTS = _statement()
