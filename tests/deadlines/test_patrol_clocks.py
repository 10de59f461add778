"""The patrol counts open clocks again from their facts, and finds the one that says otherwise."""

from datetime import date

import pytest

from apps.deadlines.actions import open_recount, recount, stop_clocks
from apps.deadlines.models import Clock
from apps.deadlines.patrol import days_follow, outcome_follows
from apps.journal.actor import SYSTEM
from apps.journal.door import action
from apps.journal.models import Delivery
from tests.days import deliver

from .test_pause_clocks import MONDAY, hold, pause, spec, start

pytestmark = pytest.mark.django_db


@pytest.fixture
def published(calendars):
    """The loaded calendars are counted in."""
    deliver()


def found() -> dict[str, list[str]]:
    return {violation["where"]: violation["columns"] for violation in days_follow()}


def test_each_stored_day_is_compared(published, django_assert_num_queries):
    running, held, done = start(*(spec(number, started_on=date(2018, 3, 1)) for number in (1, 2, 3)))
    hold(pause(spec(2).subject, MONDAY))
    with action(SYSTEM) as act:
        stop_clocks(act, root_id=7, subjects=[spec(3).subject], on=MONDAY)
    assert found() == {}
    with django_assert_num_queries(4):  # recounts, deliveries, clocks with their intervals, the edition
        found()
    Clock.objects.filter(pk=running.pk).update(promised_due=date(2018, 3, 16), due_on=date(2018, 3, 16))
    Clock.objects.filter(pk=held.pk).update(legal_left=17)
    Clock.objects.filter(pk=done.pk).update(due_on=date(2018, 3, 1))  # it has stopped by the calendar of its time
    assert found() == {running.chain: ["promised_due", "due_on"], held.chain: ["legal_left"]}
    Clock.objects.filter(pk=running.pk).update(light="yellow", next_change_at=None)  # no sweep would ever look at it
    assert found()[running.chain] == ["promised_due", "due_on", "light"]
    (wrong,) = outcome_follows()  # what had stopped in time says so, four days after its day
    assert wrong["where"] == done.chain


def test_a_pause_that_the_clock_does_not_know_is_found(published):
    (clock,) = start(spec(1, started_on=date(2018, 3, 1)))
    pause(spec(1).subject, MONDAY, date(2018, 3, 12)).save()
    assert found() == {clock.chain: ["legal_due", "promised_due", "due_on"]}


def test_while_a_calendar_is_being_counted_in_nothing_is_wrong(published):
    (clock,) = start(spec(1, started_on=date(2018, 3, 1)))
    Clock.objects.update(promised_due=date(2018, 3, 16), due_on=date(2018, 3, 16))
    open_recount(date(2018, 1, 1), date(2018, 12, 31))
    assert found() == {}
    assert recount() == 1
    assert found() == {} and Clock.objects.get().promised_due == clock.promised_due


def test_a_change_that_nobody_heard_yet_excuses_and_a_stuck_one_does_not(calendars):
    (clock,) = start(spec(1, started_on=date(2018, 3, 1)))
    Clock.objects.update(due_on=date(2018, 3, 16))
    assert found() == {}
    Delivery.objects.update(state=Delivery.STUCK)
    assert found() == {clock.chain: ["due_on"]}
