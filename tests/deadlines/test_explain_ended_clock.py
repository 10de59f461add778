"""A clock that has stopped is told by the calendar that stood when it stopped, whatever was published since, and on whichever page."""

from datetime import date

import pytest

from apps.deadlines.actions import set_exception
from apps.deadlines.publishing import publish
from apps.deadlines.queries_past import explain_clock
from apps.deadlines.queries_why import why
from apps.journal.actor import SYSTEM

from .test_explain_clock import TEN, again, stopped
from .test_recompute_clocks import recompute
from .test_start_clocks import spec, start

pytestmark = pytest.mark.django_db


def test_a_guessed_year_is_told_as_it_was_guessed(calendars, time_machine):
    """Decided before the notice of the next year was loaded, which is dated before the decision: the day that stood, and that bound, is told."""
    time_machine.move_to("2026-12-21T04:00:00Z")
    (clock,) = start(spec(started_on=date(2026, 12, 21), promised=TEN))
    time_machine.move_to("2026-12-23T04:00:00Z")
    stopped(date(2026, 12, 23))
    before = why(again(clock)), why(again(clock), date(2026, 12, 22))
    assert (before[0].due_on, before[0].provisional) == (date(2027, 1, 5), True)
    time_machine.move_to("2026-12-28T04:00:00Z")
    known = {"known_from": date(2026, 12, 22), "sources": ["国务院办公厅"], "make_up": []}
    publish(by=SYSTEM, given={"year": 2027, "notice": "国办发明电〔2026〕9号", "days_off": [date(2027, 1, day) for day in (1, 2, 3, 4)], **known})
    after = why(again(clock)), why(again(clock), date(2026, 12, 22))
    for one, then in zip(after, before, strict=True):
        assert (one.due_on, one.provisional, one.lines) == (then.due_on, then.provisional, then.lines)
    assert explain_clock(again(clock)) == list(after[0].lines)


@pytest.mark.parametrize("first", ["storm", "decision"])
def test_a_storm_registered_on_the_day_of_the_decision(calendars, time_machine, first):
    """After it, it moved no day of what was decided that morning; before it, it did."""
    time_machine.move_to("2017-09-04T04:00:00Z")
    (clock,) = start(spec(started_on=date(2017, 9, 4), region="330225", promised=TEN))
    time_machine.move_to("2017-09-07T02:00:00Z")
    if first == "decision":
        stopped(date(2017, 9, 7))
    set_exception(by=SYSTEM, region="330225", day=date(2017, 9, 8), working=False, reason="台风停业")
    recompute(date(2017, 9, 8), date(2017, 9, 8), region="330225")
    stopped(date(2017, 9, 7))
    told, last = why(again(clock)), date(2017, 9, 19 if first == "storm" else 18)
    assert (told.due_on, told.turns[-1].due_on, again(clock).due_on) == (last, last, last)
    assert not any("日历此后有变更" in line for line in (*told.lines, *explain_clock(again(clock))))


def test_a_notice_published_on_the_day_of_the_decision_that_moves_no_day(calendars, time_machine):
    """After it: the year had been guessed (推定) when it was decided, though the notice gives the same days."""
    time_machine.move_to("2026-12-21T04:00:00Z")
    (clock,) = start(spec(started_on=date(2026, 12, 21), promised=TEN))
    time_machine.move_to("2026-12-23T02:00:00Z")
    stopped(date(2026, 12, 23))
    before = why(again(clock))
    known = {"known_from": date(2026, 12, 23), "sources": ["国务院办公厅"], "make_up": []}
    publish(by=SYSTEM, given={"year": 2027, "notice": "国办发明电〔2026〕9号", "days_off": [date(2027, 1, day) for day in (1, 2, 3)], **known})
    after = why(again(clock))
    assert (after.due_on, after.provisional, after.lines) == (before.due_on, True, before.lines)
    assert explain_clock(again(clock)) == list(before.lines)
