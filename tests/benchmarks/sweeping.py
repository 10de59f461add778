"""Tables of open clocks of two sizes beside each other: the sweep's time follows what is due, not what waits; and each fires once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from time import perf_counter

from django.db import connection

from apps.deadlines.actions import start_clocks, sweep
from apps.deadlines.models import Clock
from apps.journal.actor import SYSTEM
from apps.journal.door import action
from apps.journal.models import Delivery, Event
from apps.kit.time import now
from tests.deadlines.test_start_clocks import spec
from tests.faults.killing import ended, start_to_die

from .cities import FEW, MANY
from .rounds import Line, Took, in_turn, per_round

TABLE = Clock._meta.db_table
BATCH = 100
_OPEN = {  # every clock waits for its own moment in the next two months
    "id": f"nextval(pg_get_serial_sequence('public.{TABLE}', 'id'))",
    "subject_id": "number",
    "root_id": "number",
    "next_change_at": "now() + make_interval(mins => 10 + (number::bigint * 7919 % 86400)::int)",
}
# The same rows as a batch of the sweep writes, in one statement that decides nothing; `%(like)s` is an event that a sweep wrote.
_RAW = f"""
    WITH due AS (
        SELECT id FROM {TABLE} WHERE next_change_at <= now() ORDER BY next_change_at LIMIT {BATCH} FOR UPDATE SKIP LOCKED
    ), moved AS (
        UPDATE {TABLE} c SET light = 'overdue', next_change_at = NULL, chain_seq = chain_seq + 1, chain_head = %(hash)s
        FROM due WHERE c.id = due.id RETURNING c.id, c.chain_seq
    ), written AS (
        INSERT INTO {Event._meta.db_table}
            (at, chain, seq, name, subject_type, subject_id, by_kind, by_name, from_state, to_state, facts, hash)
        SELECT now(), 'clock:' || moved.id, moved.chain_seq, e.name, e.subject_type, moved.id::text, e.by_kind, e.by_name,
            e.from_state, e.to_state, e.facts, %(hash)s
        FROM moved, {Event._meta.db_table} e WHERE e.id = %(like)s
        RETURNING id
    )
    INSERT INTO {Delivery._meta.db_table} (event_id, listener, queue, state, attempts, next_try_at, error, chain_seq, chain_head)
    SELECT written.id, d.listener, d.queue, 'pending', 0, now(), '', 0, ''
    FROM written, {Delivery._meta.db_table} d WHERE d.event_id = %(like)s
"""


def stand(schema: str, clocks: int) -> None:
    """That many open clocks like the one that a case would start, with every index in place."""
    with action(SYSTEM) as act:
        (pattern,) = start_clocks(act, [spec()])
    columns = [field.column for field in Clock._meta.concrete_fields]
    values = ", ".join(_OPEN.get(name, f"pattern.{name}") for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {schema}")
        cursor.execute(f"CREATE TABLE {schema}.{TABLE} (LIKE public.{TABLE} INCLUDING ALL)")
        cursor.execute(
            f"INSERT INTO {schema}.{TABLE} ({', '.join(columns)}) SELECT {values} "
            f"FROM public.{TABLE} pattern, generate_series(1, {clocks}) number WHERE pattern.id = {pattern.pk}"
        )
        cursor.execute(f"DELETE FROM public.{TABLE} WHERE id = {pattern.pk}")
        cursor.execute(f"ANALYZE {schema}.{TABLE}")


def turn_to(schema: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET search_path = {schema}, public")


def let_fall_due(turn: int, due: int) -> None:
    """Another so many each round, spread over the whole table."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {TABLE} SET next_change_at = now() - interval '1 minute', light = 'green' WHERE id IN "
            f"(SELECT id FROM {TABLE} WHERE next_change_at > now() ORDER BY md5(id::text || %s) LIMIT %s)",
            [str(turn), due],
        )
        cursor.execute(f"ANALYZE {TABLE}")


@contextmanager
def standing(sizes: dict[str, int]) -> Iterator[tuple[str, ...]]:
    for schema, clocks in sizes.items():
        stand(schema, clocks)
    try:
        yield tuple(sizes)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET search_path = DEFAULT")
            for schema in sizes:
                cursor.execute(f"DROP SCHEMA {schema} CASCADE")


def times(few: int, many: int, *, rounds: int, due: int = 1000) -> Took:
    turn, like = 0, 0

    def swept(schema: str) -> float:
        nonlocal turn, like
        turn += 1
        turn_to(schema)
        let_fall_due(turn, due)
        started = perf_counter()
        done = sweep(BATCH)
        took = perf_counter() - started
        assert done == due
        like = Event.objects.order_by("-pk").values_list("pk", flat=True).first()
        return took

    def raw() -> float:
        nonlocal turn
        turn += 1
        turn_to(MANY)
        let_fall_due(turn, due)
        started = perf_counter()
        with connection.cursor() as cursor:
            for _ in range(0, due, BATCH):
                cursor.execute(_RAW, {"hash": "0" * 64, "like": like})
        took = perf_counter() - started
        assert not Clock.objects.filter(next_change_at__lte=now()).exists()
        return took

    with standing({FEW: few, MANY: many}):
        swept(MANY)  # an event after whose pattern the raw ones are written
        return in_turn({"sweep · few": lambda: swept(FEW), "sweep · many": lambda: swept(MANY), "sweep · raw": raw}, rounds=rounds)


def one_killed(clocks: int, *, rounds: int, due: int = 1000, batch: int = BATCH) -> Line:
    """Four processes sweep at once, and one of them is killed in the middle of its work."""
    with standing({FEW: clocks}):
        missed = [_not_once(FEW, seed, due, batch) for seed in range(rounds)]
    return Line("four sweep, one is killed: clocks not fired once", missed, 0, unit="")


def _not_once(schema: str, seed: int, due: int, batch: int, again: int = 5) -> int:
    turn_to(schema)
    let_fall_due(seed, due)
    waiting = {f"clock:{pk}" for pk in Clock.objects.filter(next_change_at__lte=now()).values_list("pk", flat=True)}
    last = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    assert len(waiting) == due
    (there, here), (gate, held) = os.pipe(), os.pipe()

    def swept() -> None:
        os.close(held)
        turn_to(schema)
        os.write(here, b".")
        os.read(gate, 1)  # until all are there
        sweep(batch)

    # Somewhere among the statements of its first batches; behind it one statement has turned to the tables.
    four = [start_to_die(swept, at) for at in (Random(seed).randint(4, 20), 0, 0, 0)]
    for _ in four:
        os.read(there, 1)
    os.close(held)
    whole, *others = [ended(child) for child in four]
    assert all(others)
    for end in (there, here, gate):
        os.close(end)
    turn_to(schema)
    sweep(batch)  # what the killed one let go of too late for the others
    fired = Counter(Event.objects.filter(pk__gt=last, name__startswith="clock.").values_list("chain", flat=True))
    missed = sum(fired[chain] != 1 for chain in waiting | set(fired))
    if missed or not whole:
        return missed
    assert again, "nobody was killed: a sweep needs fewer statements than the kill waits for"
    return _not_once(schema, seed, due, batch, again - 1)  # the others had left it too little to be killed at


def lines(took: Took, due: int = 1000) -> list[Line]:
    return [
        Line("sweep, of a due clock, many over few", per_round(took, f"sweep · {MANY}", f"sweep · {FEW}"), 1.25),
        Line("full firing over a raw batch", per_round(took, f"sweep · {MANY}", "sweep · raw"), 5),
        Line("a due clock", [1_000_000 * value / due for value in took[f"sweep · {MANY}"]], unit="µs"),
    ]
