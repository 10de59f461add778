"""The sweep: each light once, however late, however many sweep at once; the cost follows what is due."""

import threading
from collections import Counter
from datetime import date

import pytest
from django.db import connection

from apps.deadlines.actions import stop_clocks, sweep
from apps.deadlines.models import Clock
from apps.deadlines.patrol import sweep_keeps_up
from apps.deadlines.tasks import sweep as sweep_task
from apps.journal.actor import SYSTEM
from apps.journal.anchoring import verify
from apps.journal.door import action
from apps.journal.models import Delivery, Event

from .test_start_clocks import spec, start


def announced():
    return list(Event.objects.filter(name__startswith="clock.").order_by("pk").values_list("name", flat=True))


@pytest.mark.django_db
def test_each_light_is_announced_once_in_its_time(calendars, time_machine):
    time_machine.move_to("2017-09-04T04:00:00Z")
    (clock,) = start(spec())  # promised 2017-09-11, yellow on the 7th, red on the 8th
    for moment, light, names in [
        ("2017-09-06T15:59:59Z", "green", []),
        ("2017-09-06T16:00:00Z", "yellow", ["clock.turn_yellow"]),
        ("2017-09-06T16:00:00Z", "yellow", ["clock.turn_yellow"]),
        ("2017-09-07T16:00:05Z", "red", ["clock.turn_yellow", "clock.turn_red"]),
        ("2017-09-11T15:59:59Z", "red", ["clock.turn_yellow", "clock.turn_red"]),
        ("2017-09-11T16:00:00Z", "overdue", ["clock.turn_yellow", "clock.turn_red", "clock.lapse"]),
        ("2018-09-11T16:00:00Z", "overdue", ["clock.turn_yellow", "clock.turn_red", "clock.lapse"]),
    ]:
        time_machine.move_to(moment)
        sweep()
        sweep_task()
        clock.refresh_from_db()
        assert (clock.light, announced()) == (light, names), moment
    assert clock.next_change_at is None
    lapse = Event.objects.get(name="clock.lapse")
    assert lapse.facts == {
        "kind": "decision",
        "root": 7,
        "about": "rule:1",
        "region": "330282",
        "department": "330282-MSA",
        "due_on": "2017-09-11",
    }
    assert lapse.by_kind == "system"
    assert Delivery.objects.filter(event=lapse).exists()
    assert verify() == Event.objects.count()


@pytest.mark.django_db
def test_notice_clock_lapses_the_moment_after_its_last_beijing_day(calendars, time_machine):
    time_machine.move_to("2017-09-29T04:00:00Z")
    start(spec(kind="notice", legal={"days": 5, "unit": "working"}, promised=None, started_on=date(2017, 9, 29)))
    time_machine.move_to("2017-10-12T15:59:59Z")
    sweep()
    assert "clock.lapse" not in announced()
    time_machine.move_to("2017-10-12T16:00:00Z")
    sweep()
    assert announced()[-1] == "clock.lapse"


@pytest.mark.django_db
def test_late_sweep_announces_only_the_light_of_today(calendars, time_machine):
    time_machine.move_to("2017-09-04T04:00:00Z")
    start(spec())
    time_machine.move_to("2017-09-20T04:00:00Z")
    assert sweep() == 1
    assert announced() == ["clock.lapse"]


@pytest.mark.django_db
def test_stopped_clock_says_nothing_more(calendars, time_machine):
    time_machine.move_to("2017-09-04T04:00:00Z")
    start(spec())
    with action(SYSTEM) as act:
        stop_clocks(act, root_id=7, on=date(2017, 9, 5))
    time_machine.move_to("2017-12-20T04:00:00Z")
    assert sweep() == 0
    assert announced() == []


@pytest.mark.django_db
def test_cost_follows_what_is_due(calendars, time_machine, django_assert_num_queries):
    time_machine.move_to("2017-09-04T04:00:00Z")
    start(*(spec(number) for number in range(1, 61)))
    start(*(spec(number, started_on=date(2017, 9, 5)) for number in range(100, 160)))
    with django_assert_num_queries(3):  # nothing due: savepoint, select, release
        assert sweep() == 0
    time_machine.move_to("2017-09-06T16:00:00Z")
    with django_assert_num_queries(4):  # 60 due: savepoint, select, updates with events and deliveries, release
        assert sweep() == 60
    assert Counter(announced()) == {"clock.turn_yellow": 60}
    time_machine.move_to("2017-09-07T16:00:00Z")
    assert sweep(batch=50) == 120


@pytest.mark.django_db
def test_patrol_names_a_sweep_that_fell_asleep(calendars, time_machine):
    time_machine.move_to("2017-09-04T04:00:00Z")
    start(spec())
    time_machine.move_to("2017-09-06T16:30:00Z")
    assert list(sweep_keeps_up()) == []
    time_machine.move_to("2017-09-06T17:30:00Z")
    assert len(list(sweep_keeps_up())) == 1
    sweep()
    assert list(sweep_keeps_up()) == []


@pytest.mark.django_db(transaction=True)
def test_four_sweeps_at_once_announce_each_clock_once(calendars_for_threads, time_machine):
    time_machine.move_to("2017-09-04T04:00:00Z")
    start(*(spec(number) for number in range(1, 201)))
    time_machine.move_to("2017-09-11T16:00:00Z")
    together, moved = threading.Barrier(4), []

    def work():
        try:
            together.wait()
            moved.append(sweep(batch=10))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(moved) + sweep() == 200
    assert Counter(announced()) == {"clock.lapse": 200}
    assert Event.objects.filter(name="clock.lapse").values("chain").distinct().count() == 200
    assert set(Clock.objects.values_list("light", "next_change_at")) == {("overdue", None)}
    verify()
