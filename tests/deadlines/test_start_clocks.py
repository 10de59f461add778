"""Clocks start in one insert and stop in one update, whatever their number."""

from datetime import date

import pytest
from django.db import IntegrityError

from apps.deadlines.actions import ClockSpec, by_law, due_dates, start_clocks, stop_clocks
from apps.deadlines.models import Clock, Rule
from apps.deadlines.queries import calendar, rule, shelf
from apps.deadlines.queries_clocks import clocks_of
from apps.deadlines.queries_past import explain_clock
from apps.journal.actor import SYSTEM
from apps.journal.door import action
from apps.journal.models import Event

pytestmark = pytest.mark.django_db
LEGAL = {"days": 20, "unit": "working"}
PROMISED = {"days": 5, "unit": "working"}


def spec(number=1, kind="decision", **more):
    """A clock on something that stands for a case's member; this room never looks at what it is."""
    return ClockSpec(
        **{
            "kind": kind,
            "subject": Rule(pk=number),
            "root_id": 7,
            "region": "330282",
            "department": "330282-MSA",
            "started_on": date(2017, 9, 4),
            "legal": LEGAL,
            "promised": PROMISED,
            **more,
        }
    )


def start(*specs):
    with action(SYSTEM) as act:
        return start_clocks(act, specs)


def test_law_and_promise_and_the_first_light(calendars, time_machine):
    time_machine.move_to("2017-09-04T04:00:00Z")
    (clock,) = start(spec())
    clock.refresh_from_db()
    assert (clock.legal_due, clock.promised_due, clock.due_on) == (
        date(2017, 9, 30),
        date(2017, 9, 11),
        date(2017, 9, 11),
    )
    # 5 working days: yellow with 2 left, red with 1 left.
    assert (clock.yellow_on, clock.red_on, clock.light) == (date(2017, 9, 7), date(2017, 9, 8), "green")
    assert clock.next_change_at.isoformat() == "2017-09-06T16:00:00+00:00"
    assert not clock.provisional


@pytest.mark.parametrize(
    ("promised", "started_on", "yellow_on", "red_on"),
    [
        (20, date(2017, 9, 4), date(2017, 9, 25), date(2017, 9, 29)),
        (3, date(2017, 9, 4), date(2017, 9, 6), date(2017, 9, 7)),
        (1, date(2017, 9, 4), date(2017, 9, 5), date(2017, 9, 5)),
        (0, date(2017, 9, 4), None, None),
    ],
)
def test_days_of_the_lights(calendars, promised, started_on, yellow_on, red_on):
    (clock,) = start(spec(started_on=started_on, promised={"days": promised, "unit": "working"}))
    assert (clock.yellow_on, clock.red_on) == (yellow_on, red_on)


def test_days_can_be_asked_for_before_anything_is_stored(calendars):
    with action(SYSTEM) as act:
        assert due_dates(act, [spec(None), spec(None, promised=None)]) == [date(2017, 9, 11), date(2017, 9, 30)]
    assert not Clock.objects.exists()


def test_written_day_stands_without_counting(calendars):
    (clock,) = start(spec(kind="gap", legal=None, promised=None, due_on=date(2017, 9, 8)))
    assert (clock.due_on, clock.legal_due, clock.promised_due) == (date(2017, 9, 8), None, None)
    assert "书面告知的截止日是2017年9月8日" in explain_clock(clock)[1]


def test_many_clocks_cost_one_insert(calendars, django_assert_num_queries):
    shelf()
    with django_assert_num_queries(4):  # savepoint, the edition, the insert, release
        clocks = start(*(spec(number) for number in range(1, 30)))
    assert [clock.subject_id for clock in clocks] == list(range(1, 30))
    assert all(clock.pk for clock in clocks)


def test_second_call_in_one_action_costs_nothing_more(calendars, django_assert_num_queries):
    with action(SYSTEM) as act:
        start_clocks(act, [spec(1)])
        with django_assert_num_queries(0):
            start_clocks(act, [spec(2)])
            assert start_clocks(act, []) == []
            assert rule("cure", act=act).value == 5
            assert calendar(region="330282", act=act).add_working_days(date(2017, 9, 29), 1).due == date(2017, 9, 30)


def test_stop_is_one_statement_and_says_how_it_ended(calendars, django_assert_num_queries):
    start(spec(1), spec(2), spec(1, "gap"), spec(1, root_id=8, subject=Rule(pk=99)))
    with action(SYSTEM) as act, django_assert_num_queries(1):
        stop_clocks(act, root_id=7, kinds=("decision",), subjects=[Rule(pk=1)], on=date(2017, 9, 12))
    stopped = Clock.objects.filter(state="stopped")
    assert [(clock.subject_id, clock.kind, clock.outcome) for clock in stopped] == [(1, "decision", "overdue_promised")]
    with action(SYSTEM) as act:
        stop_clocks(act, root_id=7, on=date(2017, 9, 11))
        stop_clocks(act, root_id=7, on=date(2017, 9, 12))
    assert {(clock.subject_id, clock.kind): (clock.outcome, clock.stopped_on.day) for clock in stopped.all()} == {
        (1, "decision"): ("overdue_promised", 12),
        (2, "decision"): ("on_time", 11),
        (1, "gap"): ("on_time", 11),
    }
    assert Clock.objects.exclude(state="stopped").get().root_id == 8
    assert not Clock.objects.filter(state="stopped", next_change_at__isnull=False).exists()


def test_stop_after_the_law(calendars):
    start(spec())
    with action(SYSTEM) as act:
        stop_clocks(act, root_id=7, on=date(2017, 10, 9))
    clock = Clock.objects.get()
    assert (clock.outcome, clock.stopped_on) == ("overdue_legal", date(2017, 10, 9))
    assert clocks_of(7) == [clock]
    last, begun, _ = start(spec(2), spec(3), spec(4, "gap", legal=None, promised=None, due_on=date(2017, 9, 6)))
    with action(SYSTEM) as act:
        for number, on in ((2, last.legal_due), (3, date(2017, 1, 3)), (4, date(2017, 9, 7))):
            stop_clocks(act, root_id=7, subjects=[Rule(pk=number)], on=on)
    assert {one.subject_id: (one.outcome, one.stopped_on) for one in clocks_of(7) if one.subject_id > 1} == {
        2: ("overdue_promised", last.legal_due),
        3: ("on_time", begun.started_on),  # told as of a day before it began: not stopped before it
        4: ("overdue_promised", date(2017, 9, 7)),  # of a day that was written alone
    }


def test_subject_has_one_running_clock_of_a_kind(calendars):
    start(spec())
    with pytest.raises(IntegrityError):
        start(spec())


def test_clock_without_limit_or_day_is_a_mistake_of_the_caller(calendars):
    for wrong in ({"legal": None, "promised": None}, {"legal": {"days": 5, "unit": "week"}}, {"kind": "tea"}):
        with pytest.raises(ValueError):
            start(spec(**wrong))
    assert not Clock.objects.exists() and Event.objects.filter(name__startswith="clock").count() == 0


@pytest.mark.parametrize(
    ("code", "kind", "rated_on", "due_on"),
    [
        ("rating_callback", "callback", date(2019, 1, 2), date(2019, 1, 3)),
        ("rating_callback", "callback", date(2019, 1, 4), date(2019, 1, 7)),  # a Saturday rolls
        ("rating_rectification", "rectify", date(2019, 1, 2), date(2019, 1, 17)),
        ("rating_rectification", "rectify", date(2019, 1, 4), date(2019, 1, 21)),
    ],
)
def test_a_bad_rating_is_called_back_and_put_right_in_calendar_days(calendars, code, kind, rated_on, due_on):
    with action(SYSTEM) as act:
        about = {"subject": Rule(pk=1), "root_id": 7, "region": "330282"}
        (clock,) = start_clocks(act, [by_law(act, code, on=rated_on, kind=kind, **about)])
    assert (clock.legal_due, clock.due_on, clock.state) == (due_on, due_on, "running")


def test_why_this_day_is_told_day_by_day(calendars, django_assert_num_queries):
    (clock,) = start(spec(started_on=date(2017, 9, 27)))
    found = shelf()
    with django_assert_num_queries(0):
        told = explain_clock(clock, found)
    assert told[0] == "审批期限，2017年9月27日（周三）开始。"
    for line in (
        "【法定期限】",
        "【承诺期限】",
        "9月30日（周六）调休上班，计第3个工作日",
        "10月8日（周日）节假日放假，不计",
        "到期日：2017年10月10日（周二）。",
        "以2017年10月10日（周二）为准。",
    ):
        assert line in told


def test_why_this_day_says_when_it_is_provisional(calendars):
    (clock,) = start(spec(started_on=date(2026, 12, 28)))
    assert clock.provisional
    assert any("2027年的放假通知计算时尚未公布" in line and "推定" in line for line in explain_clock(clock))
