"""The benchmark's machinery works: every ratio is there, and what is written raw is what a request writes. No time is judged.

    python -m tests.benchmarks        # measures; see README
    python -m tests.benchmarks.lives
"""

import pytest

from apps.applications.models import Application, Job, Member
from apps.journal.models import Delivery, Event
from tests import make

from . import listing, lives, overseeing, printing, sweeping
from .accepting import MATERIALS, MEMBERS, Bench, Client
from .cities import FEW, MANY, City
from .rounds import report


@pytest.mark.usefixtures("transactional_db", "world")
def test_every_ratio_is_there_and_the_rows_are_right(settings, live_server, tmp_path):
    settings.ROOT_URLCONF = "tests.benchmarks.urls"
    with Client(live_server.url.removeprefix("http://")) as client:
        bench = Bench(client, applicants_made=2)
        assert bench.filed.counts() == {
            "applications.Application": 1,
            "applications.Member": MEMBERS,
            "applications.MaterialEntry": MATERIALS,
            "applications.Job": MEMBERS,
            "deadlines.Clock": MEMBERS,
            "issuance.Document": 2,
            "journal.Event": 3 + MEMBERS,
            "journal.Delivery": 6,
            "journal.Receipt": 1,
        }
        took = bench.times(rounds=1, calls=1)
        told = report("short", bench.lines(took, bench.wal(rounds=1, calls=1)), tmp_path / "ratios.json")
    assert all(line["median"] > 0 for line in told["lines"])
    filed = Application.objects.filter(pk__lt=10**9)
    raw = Application.objects.filter(pk__gte=10**9, chain_seq=filed.last().chain_seq)
    assert {row.members.count() for row in [*filed, *raw]} == {MEMBERS} and raw.exists()
    stepped = Application.objects.filter(state="partly_done", pk__gte=10**9)
    assert {(row.chain_seq, row.jobs.filter(state=Job.State.CLOSED).count()) for row in stepped} == {
        (stepped[0].chain_seq, 1)
    }
    assert Member.objects.filter(application__in=stepped, decision="granted").count() == stepped.count() == 8


@pytest.mark.usefixtures("transactional_db", "world")
def test_a_life_is_lived_to_its_end_and_each_request_is_told(live_server):
    town = lives.Town(live_server.url.removeprefix("http://"), things=1)
    answers, facts = town.live(rate=100, seconds=0.02, gap=0, processes={})
    assert lives.nothing_lost(answers, 0)["cases"] == 2
    told = lives.lines(100, answers, facts)[0].as_dict()
    assert told["median"] > 0 and told["refused"] == 0 and set(told["p95 by step"]) == set(lives.STEPS)
    assert len(answers) == 2 * (2 + 3 * MEMBERS)


@pytest.mark.usefixtures("db", "world")
def test_every_list_has_its_ratio_and_every_raw_batch_the_rows_of_a_sweep(tmp_path):
    few, many = City(FEW), City(MANY)  # both in this one database
    for _ in range(3):
        make.accepted()
    took, rows = listing.times(few, many, rounds=1, each=1, deep=2)
    every = {listed.name for listed in [*listing.lists(), *listing.searches()]}
    found = listing.lines(took, rows)
    assert {line.what for line in found} == every
    found += overseeing.lines(overseeing.times(few, many, rounds=1, writes=1))
    before = Event.objects.count(), Delivery.objects.count()
    found += sweeping.lines(sweeping.times(300, 600, rounds=1, due=100), due=100)
    raw = Event.objects.filter(hash="0" * 64)
    assert raw.count() == 2 * 100 and Event.objects.count() == before[0] + 7 * 100
    assert (Delivery.objects.count() - before[1]) % 7 == 0
    looks = [{"papers": 10 * n, "seconds": n + 1, "kilobytes": 1000} for n in range(3)]
    found += printing.lines([looks, looks])
    told = report("short", found, tmp_path / "ratios.json")
    assert all(line["median"] > 0 for line in told["lines"])
