"""What growing past one machine brings and costs, measured on servers of this script's own (config/decisions/2026-11-26-growing.md).

    python -m tests.benchmarks.growing [pooler] [replica] [deliveries] [events] [nodes] [--events 500000] [--rounds 5]
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from itertools import count, pairwise
from statistics import median
from threading import Event, Thread
from time import perf_counter, sleep

import psycopg2

from config.runner.places import DATABASE
from tests.second_servers import Standby, pooling

from .__main__ import house, server
from .rounds import Line, in_turn, per_round, report

YEARS = range(2017, 2027)


class Database:
    """A session of its own, past Django."""

    def __init__(self, host, name: str = DATABASE):
        self.host = str(host)
        self._open = psycopg2.connect(host=self.host, user="postgres", dbname=name)
        self._open.autocommit = True
        self._cursor = self._open.cursor()

    def __call__(self, sql: str, values=None) -> list:
        self._cursor.execute(sql, values)
        return self._cursor.fetchall() if self._cursor.description else []

    def timed(self, sql: str) -> float:
        """Milliseconds."""
        began = perf_counter()
        self(sql)
        return 1000 * (perf_counter() - began)

    def close(self) -> None:
        self._open.close()


def lags(write: Callable[[int], None], seen: Callable[[int], bool], times: int) -> list[float]:
    """Milliseconds from a commit here until it is seen there."""
    found = []
    for n in range(times):
        write(n)
        began = perf_counter()
        while not seen(n):
            sleep(0.0002)
        found.append(1000 * (perf_counter() - began))
    return found


def told(what: str, values: list[float], unit: str = "ms") -> None:
    ordered = sorted(values)
    p95 = ordered[int(len(ordered) * 0.95)] if len(ordered) > 1 else ordered[0]
    print(f"{what:70} median {median(ordered):9.2f}  p95 {p95:9.2f}  max {ordered[-1]:9.2f} {unit}")


# -- a pooler before the database


def pooler(place, primary, given) -> None:
    """The same accepts over HTTP through four sessions of PgBouncer and straight to the server."""
    from django.db import connection

    from tests import world

    from .accepting import Bench, Client

    world.load()
    straight = os.environ["DATABASE_URL"]
    with pooling(connection.settings_dict, place, 4) as port, server(place) as (address, _), Client(address) as client:
        bench = Bench(client)
        os.environ.update(DATABASE_URL=f"postgres://postgres@127.0.0.1:{port}/{DATABASE}", DATABASE_POOLED="1")
        with server(place) as (pooled, _), Client(pooled) as through:
            os.environ["DATABASE_URL"] = straight
            runs = {
                name: lambda door=door, make=make: _sent(door, [make() for _ in range(given.calls)])
                for verb, make in (("accept", bench.accept), ("step", bench.step))
                for name, door in ((verb, client), (f"{verb} pooled", through))
            }
            took = in_turn(runs, rounds=given.rounds)
            lines = [Line(f"{verb} through the pooler over straight", per_round(took, f"{verb} pooled", verb)) for verb in ("accept", "step")]
            lines += [Line(f"{name}, ms each", [1000 * value for value in values], unit="ms") for name, values in took.items()]
            report("PgBouncer, transaction mode, 4 sessions, 8 clients", lines)
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE client_addr IS NULL AND datname = %s", [DATABASE])
                print("sessions at the server in all:", cursor.fetchone()[0])


def _sent(client, calls: list) -> float:
    seconds, answers = client.run("http", 8, calls)
    wrong = [text for status, text, _ in answers if status not in (200, 201)]
    assert not wrong, wrong[0]
    return seconds / len(calls)


# -- a replica


def replica(place, primary, given) -> None:
    here = Database(primary.sockets)
    here("CREATE TABLE lag (n int)")
    began = perf_counter()
    standby = Standby(primary)
    standby.start()
    print(f"standby made and started in {perf_counter() - began:.1f} s")
    try:
        there = Database(standby.place)
        see = lambda n: bool(there(f"SELECT 1 FROM lag WHERE n = {n}"))  # noqa: E731
        told("replica: a commit is seen after", lags(lambda n: here(f"INSERT INTO lag VALUES ({n})"), see, 200))
        crowd = lambda n: here(f"INSERT INTO lag SELECT -1 FROM generate_series(1, 2000); INSERT INTO lag VALUES ({n})")  # noqa: E731
        told("the same behind 2,000 rows each", lags(lambda n: crowd(1000 + n), lambda n: see(1000 + n), 200))
        there.close()
    finally:
        standby.stop()
        standby.remove()
        here("DROP TABLE lag")
        here.close()


# -- done deliveries by year


def deliveries(place, primary, given) -> None:
    from apps.journal import ageing

    here, many = Database(primary.sockets), 200_000
    here("SET session_replication_role = replica")
    here(
        "INSERT INTO journal_delivery (event_id, listener, queue, state, attempts, next_try_at, done_at, error, chain_seq, chain_head)"
        f" SELECT n, 'bench', 'default', 'done', 1, at, at, '', 0, '' FROM generate_series(1, {many}) n,"
        " LATERAL (SELECT timestamptz '2023-01-01' + n * interval '8 minutes' AS at) AS given"
    )
    began = perf_counter()
    moved = ageing.age()
    print(f"{moved} done deliveries put into their years: {1e6 * (perf_counter() - began) / moved:.1f} µs each")
    print(*(line for (line,) in here(
        "EXPLAIN (COSTS OFF) SELECT count(*) FROM journal_done_delivery WHERE done_at >= '2025-02-01' AND done_at < '2025-03-01'"
    )), sep="\n")  # fmt: skip
    print(f"a year detached in {here.timed('ALTER TABLE journal_done_delivery DETACH PARTITION journal_done_delivery_2023'):.1f} ms")
    here.close()


# -- events by year, on a copy


def events(place, primary, given) -> None:
    """The table as it is beside one partitioned by year, then the conversion in place that copies nothing."""
    here = Database(primary.sockets)
    columns = "at, chain, seq, name, subject_type, subject_id, by_kind, by_id, by_name, by_post, from_state, to_state, facts, hash"
    row = (
        "{at}, 'bench:' || {case}, {seq}, 'job.conclude', 'job', '1', 'staff', {case} % 100, '王一', 1, 'claimed', 'concluded',"
        " jsonb_build_object('opinion', repeat('同', 40), 'n', {case}), md5(({case})::text) || md5(({seq})::text)"
    )
    spread = f"timestamptz '2017-01-01' + (n / 12) * (interval '3650 days' / ({given.events} / 12))"
    here(
        f"INSERT INTO journal_event ({columns}) SELECT {row.format(at=spread, case='(n / 12)', seq='n % 12 + 1')}"
        f" FROM generate_series(12, {given.events}) n"
    )
    here("CREATE TABLE by_year (LIKE journal_event INCLUDING DEFAULTS INCLUDING IDENTITY) PARTITION BY RANGE (at)")
    for year in [*YEARS, 2027]:
        here(f"CREATE TABLE by_year_{year} PARTITION OF by_year FOR VALUES FROM ('{year}-01-01') TO ('{year + 1}-01-01')")
    here("ALTER TABLE by_year ADD PRIMARY KEY (id, at), ADD UNIQUE (chain, seq, at)")
    here("CREATE INDEX ON by_year (tx); CREATE INDEX ON by_year (by_id, at)")
    print(f"copied year by year: {here.timed('INSERT INTO by_year SELECT * FROM journal_event') * 1000 / given.events:.1f} µs an event")
    for table in ("journal_event", "by_year"):
        here(f"VACUUM ANALYZE {table}")
    cases = given.events // 12
    new = iter(range(10**9, 2 * 10**9))

    def write(table: str) -> Callable[[], None]:
        def once() -> None:
            case = next(new)
            here(
                f"INSERT INTO {table} ({columns}) SELECT {row.format(at='now()', case=case, seq='n')} FROM generate_series(1, 9) n"
            )

        return once

    def ask(sql: str) -> Callable[[], None]:
        place = iter(range(1, 10**9))
        return lambda: here(sql.format(case=next(place) * 7919 % cases + 1))

    runs = {}
    for table, name in (("journal_event", "one"), ("by_year", "years")):
        runs |= {
            f"write 9 events, {name}": write(table),
            f"a case's chain, {name}": ask(f"SELECT * FROM {table} WHERE chain = 'bench:{{case}}' ORDER BY seq"),
            f"a clerk's day, {name}": ask(
                f"SELECT * FROM {table} WHERE by_kind = 'staff' AND by_id = {{case}} % 100 AND at >= '2025-03-03' AND at < '2025-03-04'"
            ),
            f"what is new, {name}": ask(f"SELECT * FROM {table} WHERE tx >= pg_current_xact_id()::text::bigint - 5 ORDER BY tx, id LIMIT 500"),
        }
    took = in_turn(runs, rounds=given.rounds, each=200)
    names = [name.removesuffix(", one") for name in runs if name.endswith(", one")]
    lines = [Line(f"{name}: by year over one table", per_round(took, f"{name}, years", f"{name}, one")) for name in names]
    lines += [Line(f"{name}, µs", [1e6 * value for value in values], unit="µs") for name, values in took.items()]
    report(f"{given.events} events of ten years", lines)
    print(*(line for (line,) in here("EXPLAIN (COSTS OFF) SELECT count(*) FROM by_year WHERE at >= '2025-03-01' AND at < '2025-04-01'")), sep="\n")
    print(f"a year detached in {here.timed('ALTER TABLE by_year DETACH PARTITION by_year_2017'):.1f} ms")
    _in_place(here)
    here.close()


def _in_place(here: Database) -> None:
    """How long each step takes, and how long somebody who writes meanwhile waits for the slowest."""
    from apps.journal import years

    steps: list[tuple[str, float]] = [("", perf_counter())]
    slowest, over = [0.0], Event()
    write = (
        "INSERT INTO journal_event (at, chain, seq, name, subject_type, subject_id, by_kind, by_name, from_state, to_state, facts, hash)"
        " SELECT now(), 'beside:1', {n}, 'x', 'x', '1', 'system', '', '', '', '{{}}', ''"
    )

    def beside() -> None:
        other = Database(here.host)
        for n in count(1):
            if over.is_set():
                break
            slowest[0] = max(slowest[0], other.timed(write.format(n=n)))
        other.close()

    writer = Thread(target=beside)
    writer.start()
    try:
        years.put_events_by_year(lambda step: steps.append((step, perf_counter())))
    finally:
        over.set()
        writer.join()
    steps.append(("", perf_counter()))
    for (what, began), (_, ended) in pairwise(steps[1:]):
        print(f"in place, {what}: {1000 * (ended - began):.1f} ms")
    print(f"in place, the longest that a writer beside it waited: {slowest[0]:.1f} ms")


# -- nodes as databases of their own

CITY_TABLES = ("applications_application", "journal_event", "supervision_daycount", "supervision_gauge")
RANGE = 2**40  # keys of one node


def nodes(place, primary, given) -> None:
    """A node's database tells the city's what its desks did: rows of cases, events, kept counts."""
    here = Database(primary.sockets, "postgres")
    here("ALTER SYSTEM SET wal_level = 'logical'")
    here.close()
    primary.stop()
    primary.start()
    here = Database(primary.sockets, "postgres")
    here("CREATE DATABASE city TEMPLATE " + DATABASE)
    here.close()
    node, city = Database(primary.sockets), Database(primary.sockets, "city")
    for (name,) in node("SELECT quote_ident(sequencename) FROM pg_sequences WHERE sequencename ~ '^(applications|journal|supervision)'"):
        node(f"ALTER SEQUENCE {name} RESTART WITH {3 * RANGE}")
    for table in CITY_TABLES:  # what the city holds stands below the node's keys; the links to people and items stay at home
        city(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    node(f"CREATE PUBLICATION node FOR TABLE {', '.join(CITY_TABLES)}")
    node("SELECT pg_create_logical_replication_slot('city', 'pgoutput')")
    city(
        f"CREATE SUBSCRIPTION node CONNECTION 'host={primary.sockets} user=postgres dbname={DATABASE}' PUBLICATION node"
        " WITH (create_slot = false, slot_name = 'city', copy_data = false)"
    )
    count = "INSERT INTO supervision_daycount (node, department, day, name, value) VALUES ('330282', '', '2026-01-01', 'bench{n}', 1)"
    see = lambda n: bool(city(f"SELECT 1 FROM supervision_daycount WHERE name = 'bench{n}'"))  # noqa: E731
    told("city: a node's commit is seen after", lags(lambda n: node(count.format(n=n)), see, 200))
    event = (
        "INSERT INTO journal_event (at, chain, seq, name, subject_type, subject_id, by_kind, by_name, from_state, to_state, facts, hash)"
        " SELECT now(), 'node:{n}', s, 'x', 'x', '1', 'system', '', '', '', '{{}}', '' FROM generate_series(1, 9) s;"
    )
    told("the same behind 9 events each", lags(lambda n: node(event.format(n=n) + count.format(n=1000 + n)), lambda n: see(1000 + n), 200))
    began = perf_counter()
    for n in range(2000, 4000):
        node(event.format(n=n))
    written = perf_counter() - began
    node(count.format(n=5000))
    while not see(5000):
        sleep(0.01)
    print(f"2,000 commits of 9 events written in {written:.2f} s, all at the city {perf_counter() - began - written:.2f} s later")
    assert city("SELECT count(*) FROM journal_event WHERE id >= %s", [3 * RANGE]) == [(9 * 2200,)]
    city("DROP SUBSCRIPTION node")
    node.close()
    city.close()


TRIALS = {trial.__name__: trial for trial in (replica, deliveries, events, nodes, pooler)}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.growing", description=__doc__.split("\n")[0])
    parser.add_argument("trials", nargs="*", choices=[*TRIALS, []])
    parser.add_argument("--events", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=80)
    given = parser.parse_args()
    with house() as place:
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        from config.runner.postgres import Postgres

        settings.ALLOWED_HOSTS.append("testserver")
        call_command("migrate", verbosity=0)
        primary = Postgres(place)
        primary._settle()
        for name in given.trials or TRIALS:
            print(f"\n== {name}", flush=True)
            TRIALS[name](place, primary, given)
    return 0


if __name__ == "__main__":
    sys.exit(main())
