"""What an action has gathered, written in few statements: events with their deliveries, and the changed rows of a model."""

from __future__ import annotations

import json
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


def write_events(events: list[Event]) -> list[Bell]:
    """Insert the events in order and one delivery a listener; the deliveries to ring for."""
    heard = [(event.chain, event.seq, name, queue) for event in events for name, _, queue in listeners(event.name)]
    columns = [[_value(event, name) for event in events] for name in _COLUMNS]
    deliveries = [list(part) for part in zip(*heard, strict=True)] or [[], [], [], []]
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, [*columns, now(), *deliveries])
        return [Bell(pk, queue) for pk, queue in cursor.fetchall()]


Group = tuple[type[models.Model], list[str], list[models.Model]]


def write_rows(groups: list[Group]) -> None:
    """(model, columns, rows) each: set these columns of these rows, each row to its own values; all in one statement.

    Django's bulk_update builds a CASE per column, which is most of the cost of a sweep; a joined list of values is not.
    No row may stand in two groups.
    """
    parts, values = [], []
    for model, names, rows in groups:
        sql, given = _update(model, names, rows)
        parts.append(sql)
        values += given
    if not parts:
        return
    *before, last = parts
    heads = ", ".join(f"part_{place} AS ({sql})" for place, sql in enumerate(before))
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {heads} {last}" if before else last, values)


def _update(model: type[models.Model], names: list[str], rows: list[models.Model]) -> tuple[str, list]:
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


def _value(event: Event, name: str):
    value = getattr(event, name)
    return json.dumps(value, ensure_ascii=False) if name == "facts" else value


def _statement() -> str:
    names = ", ".join(_COLUMNS)
    arrays = ", ".join(f"%s::{kind}[]" for kind in _COLUMNS.values())
    return f"""
        WITH written AS (
            INSERT INTO {Event._meta.db_table} ({names})
            SELECT {names} FROM unnest({arrays}) WITH ORDINALITY AS given ({names}, place) ORDER BY place
            RETURNING id, chain, seq
        )
        INSERT INTO {Delivery._meta.db_table}
            (event_id, listener, queue, state, attempts, next_try_at, error, chain_seq, chain_head)
        SELECT written.id, heard.listener, heard.queue, 'pending', 0, %s, '', 0, ''
        FROM unnest(%s::text[], %s::int[], %s::text[], %s::text[]) AS heard (chain, seq, listener, queue)
        JOIN written USING (chain, seq)
        RETURNING id, queue
    """  # noqa: S608  (names of columns only)


_STATEMENT = _statement()
