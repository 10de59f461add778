"""Events and their deliveries, written together in one statement."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.db import connection

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
