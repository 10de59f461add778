"""Done deliveries leave the living table after a month, for one that PostgreSQL keeps in a partition for each year.

What still has to be delivered stays in a table that does not grow with the years. A year that nobody asks for any more is
detached and put away with one statement. A delivery that a person put back in line has a chain of its own and stays.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import connection, transaction

from apps.kit.time import BEIJING, now

from .models import Delivery
from .years import make_room

KEPT = timedelta(days=30)
BATCH = 5000
ROUNDS = 40  # batches of one tick
TABLE = "journal_done_delivery"

# In the order of the keys: the first that are done are the oldest, but for a few that took long. Done is final: no lock is needed.
_PICK = f"""
    SELECT id, done_at FROM (
        SELECT id, done_at FROM {Delivery._meta.db_table} WHERE state = 'done' AND chain_seq = 0 ORDER BY id LIMIT %s
    ) AS first WHERE done_at < %s
"""  # noqa: S608  (names only)
_MOVE = f"""
    WITH gone AS (
        DELETE FROM {Delivery._meta.db_table} WHERE id = ANY(%s) RETURNING id, event_id, listener, attempts, done_at
    )
    INSERT INTO {TABLE} (id, event_id, listener, attempts, done_at) SELECT * FROM gone
"""  # noqa: S608  (names only)


def age() -> int:
    """Move what was done more than a month ago; returns how many. A busy hour is no reason to wait: each batch commits."""
    total = 0
    for _ in range(ROUNDS):
        moved = _batch()
        total += moved
        if moved < BATCH:
            break
    return total


def _batch() -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PICK, [BATCH, now() - KEPT])
        if old := cursor.fetchall():
            make_room(cursor, TABLE, {at.astimezone(BEIJING).year for _, at in old})
            cursor.execute(_MOVE, [[pk for pk, _ in old]])
    return len(old)
