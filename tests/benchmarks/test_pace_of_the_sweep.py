"""A million open clocks, a thousand due: the sweep's time follows the thousand, not the million.

    YICHUANG_FULL=1 .venv/bin/python -m pytest -n 0 -s tests/benchmarks/test_pace_of_the_sweep.py

Two tables of the same shape and the same indexes stand side by side, one with ten thousand open clocks and one with a
million. They are swept in turn, so that whatever else the machine does falls on both: a table of medians and extremes is
printed, and one line of JSON. The short form measures nothing; it shows that both take the same statements through the
partial index, and never read what is not due.
"""

import json
from statistics import median
from time import perf_counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.deadlines.actions import sweep
from apps.journal.models import Event
from tests.deadlines.conftest import load_fixtures as load
from tests.full import FULL, full

from .sweeping import TABLE, let_fall_due, one_killed, standing, turn_to

FEW, MANY, DUE, ROUNDS = full(1_000, 10_000), full(20_000, 1_000_000), full(100, 1_000), full(1, 7)

def _nodes(plan: dict):
    yield plan
    for inner in plan.get("Plans", []):
        yield from _nodes(inner)


def _plan(sql: str) -> list[dict]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        found = cursor.fetchone()[0]
    return list(_nodes((json.loads(found) if isinstance(found, str) else found)[0]["Plan"]))


@pytest.fixture
def two_tables():
    load()
    with standing({"few": FEW, "many": MANY}) as schemas:
        yield schemas


@pytest.mark.django_db(transaction=FULL)
def test_the_sweep_follows_what_is_due(two_tables):
    took: dict[str, list[float]] = {schema: [] for schema in two_tables}
    statements = {}
    for turn in range(ROUNDS):
        for schema in two_tables if turn % 2 else reversed(two_tables):
            turn_to(schema)
            let_fall_due(turn, DUE)
            before = Event.objects.count()
            started = perf_counter()
            assert sweep() == DUE
            took[schema].append(perf_counter() - started)
            assert Event.objects.count() == before + DUE
    for schema in two_tables:
        turn_to(schema)
        let_fall_due(ROUNDS, DUE)
        with CaptureQueriesContext(connection) as told:
            assert sweep() == DUE
        statements[schema] = [query["sql"].split()[0] for query in told.captured_queries]
        taken = next(query["sql"] for query in told.captured_queries if "SKIP LOCKED" in query["sql"])
        let_fall_due(ROUNDS + 1, DUE)
        scans = [node for node in _plan(taken) if "Scan" in node["Node Type"]]
        assert {node["Index Name"] for node in scans if "Index Name" in node} == _partial_index(schema)
        assert scans[0]["Node Type"] != "Seq Scan" and scans[0]["Actual Rows"] <= DUE
    assert statements["few"] == statements["many"]
    _report(took)
    if FULL:
        assert median(took["many"]) < 2 * median(took["few"])


@pytest.mark.django_db(transaction=True)
def test_four_sweep_and_one_is_killed_in_the_middle():
    load()
    rounds = full(1, 20)
    assert one_killed(full(1_000, 10_000), rounds=rounds, due=400, batch=10).values == [0] * rounds


def _partial_index(schema: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE schemaname = %s AND tablename = %s "
            "AND indexdef LIKE '%%(next_change_at)%%WHERE%%'",
            [schema, TABLE],
        )
        return {name for (name,) in cursor.fetchall()}


def _report(took: dict[str, list[float]]) -> None:
    ratio = median(took["many"]) / median(took["few"])
    rows = {
        str(clocks): {"median": median(took[schema]), "min": min(took[schema]), "max": max(took[schema])}
        for schema, clocks in (("few", FEW), ("many", MANY))
    }
    print(f"\nsweep of {DUE} due, {ROUNDS} rounds in turn\n{'open':>9} {'median':>9} {'min':>9} {'max':>9}   (ms)")
    for clocks, row in rows.items():
        print(f"{clocks:>9} " + " ".join(f"{1000 * seconds:9.1f}" for seconds in row.values()))
    print(f"ratio of medians {ratio:.2f}")
    print(json.dumps({"due": DUE, "rounds": ROUNDS, "seconds": rows, "ratio": round(ratio, 3)}))
