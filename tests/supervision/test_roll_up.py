"""The rollup: whatever the batch, killed or twice at once, everything is counted once."""

import random

import pytest
from django.db import connection, connections, transaction
from django.db.models import F

from apps.applications.actions import accept, extend
from apps.deadlines import pausing
from apps.deadlines.actions import sweep
from apps.deadlines.models import Clock
from apps.journal.models import Event
from apps.supervision import reading
from apps.supervision import rollup as rollups
from apps.supervision.models import DayCount, Gauge, OpenMember, Progress, ResultRuns
from apps.supervision.patrol import open_gauge
from apps.supervision.recounting import recount
from apps.supervision.rollup import rollup
from tests import make
from tests.settled import count_all
from tests.threads import lost, together

from .comparing import compare
from .test_count_what_happened import contents, random_life

pytestmark = pytest.mark.usefixtures("transactional_db", "world")


def test_whatever_the_batch(world, monkeypatch):
    """A rollup that takes few events at a time counts the same."""
    monkeypatch.setattr(reading, "BATCH", 3)
    rng = random.Random(7)
    for _ in range(6):
        random_life(rng)
    count_all()
    assert compare() == []


def test_one_great_transaction_is_counted_in_parts(world, monkeypatch):
    """A made-up city was written in one: to count it anew took all its events into memory, nine gigabytes for 150 thousand cases."""
    rng = random.Random(11)
    for end in ("rerouted", "decided", "rerouted", "withdrawn"):
        random_life(rng, end)
    count_all()
    right = contents()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # the journal is append-only
        cursor.execute("UPDATE journal_event SET tx = (SELECT max(tx) FROM journal_event)")
    monkeypatch.setattr(reading, "BATCH", 4)
    at_once, count = [], rollups._count
    monkeypatch.setattr(rollups, "_count", lambda events, moved: (at_once.append(len(events)), count(events, moved)))
    assert recount() == Event.objects.count() == sum(at_once)
    assert max(at_once) == 4
    assert contents() == right


def test_a_killed_rollup_counts_nothing_and_the_next_one_all(world):
    make.accepted()

    def numbers():
        return [sorted(model.objects.values_list()) for model in (DayCount, Gauge, OpenMember, ResultRuns)]

    before = numbers()
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        assert rollup()
        raise KeyboardInterrupt
    assert numbers() == before
    assert rollup()
    count_all()
    after = numbers()
    assert after != before
    assert rollup() == 0
    assert numbers() == after
    assert compare() == []


def test_in_a_new_cluster_the_counting_goes_on_and_every_number_can_be_made_again(world, monkeypatch):
    """Its transactions are numbered from the beginning again: nothing new was counted any more, and the board did not say so."""
    make.accepted()
    count_all()
    left = make.received()  # as the old one had not counted it yet
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # the journal is append-only
        cursor.execute("UPDATE journal_event SET tx = tx + 1000000000")
    Progress.objects.update(horizon=F("horizon") + 1_000_000_000)
    accept(by=make.actor("cixi-clerk"), application=left.pk)
    monkeypatch.setattr(reading, "BATCH", 9)
    while rollup():
        pass
    assert compare() == []
    right, border = contents(), Progress.objects.get().after_event
    assert 0 < border < Event.objects.latest("pk").pk
    assert recount() == Event.objects.count()
    assert contents() == right
    assert rollup() == 0 and Progress.objects.get().after_event == border
    assert list(open_gauge()) == []
    Gauge.objects.all().delete()
    assert list(open_gauge()) != []  # the patrol looks here as well


def test_the_first_two_rollups_at_once(world):
    make.accepted()
    Progress.objects.all().delete()
    assert [type(answer) for answer in together(rollup, rollup, rollup)] == [int, int, int]
    assert compare() == []


def test_an_event_that_commits_late_is_counted_once(world):
    """A transaction is open while others commit: nothing above its number is counted before it, nothing is lost."""
    first = make.received()
    count_all()
    other = connections.create_connection("default")
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")  # has a number, will write late
            second = make.received()
            assert rollup() == 0
            assert DayCount.objects.get(name="received", department="").value == 1
            cursor.execute(
                "INSERT INTO journal_event (at, chain, seq, name, subject_type, subject_id, by_kind, by_name,"
                " from_state, to_state, facts, hash) SELECT at, chain, 99, 'application.begin_check', subject_type,"
                " subject_id, by_kind, by_name, '', '', '{}', '' FROM journal_event WHERE chain = %s AND seq = 1",
                [first.chain],
            )
        other.commit()
    finally:
        other.close()
    assert rollup() == 3  # the late one, and the open and receive of the second
    assert DayCount.objects.get(name="received", department="").value == 2
    assert Event.objects.filter(tx__gte=Progress.objects.get().horizon).count() == 0
    assert second.pk


def test_of_two_acts_on_a_light_the_one_that_came_last_counts(world, days, monkeypatch):
    """The head's transaction has the smaller number, but the sweep turned the light before he gave more days."""
    job = make.claimed()
    count_all()
    days.at(Clock.objects.get(kind="decision").yellow_on)
    read = pausing.case_clocks

    def after_the_sweep(*given):
        assert lost(together(sweep)) == []
        return read(*given)

    monkeypatch.setattr(pausing, "case_clocks", after_the_sweep)
    extend(by=make.actor("scjg-head"), job=job.pk, days=5, reason="情况复杂需要复核")
    make.deliver_all()
    count_all()
    assert compare() == []
