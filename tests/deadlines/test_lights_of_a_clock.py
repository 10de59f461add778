"""What a clock's row says by itself, without a database: its light on a day, the moment of the next, which notices hold it, and where
a step ends that belongs to a promise."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from apps.deadlines.engine import counting
from apps.deadlines.models import Clock, Extension, Intervals, Pause
from apps.deadlines.queries_clocks import _turn, bounded, decide, light_days, measure
from apps.kit.time import beijing_midnight, today

from .conftest import CALENDAR

DAY = timedelta(days=1)
YELLOW, RED, DUE = (date(2018, 3, day) for day in (12, 14, 15))


def clock(**given) -> Clock:
    return Clock(**{"kind": "decision", "subject_type": "member", "subject_id": 1, "region": "330282", "started_on": date(2018, 3, 1)} | given)


@pytest.mark.parametrize(
    ("given", "lights"),  # on the day before each of the three days, on it, and on the day after
    [
        ({"due_on": DUE, "yellow_on": YELLOW, "red_on": RED}, "green yellow yellow yellow red red red red overdue"),
        ({"due_on": DUE, "red_on": RED}, "green green green green red red red red overdue"),
        ({"due_on": DUE, "yellow_on": YELLOW}, "green yellow yellow yellow yellow yellow yellow yellow overdue"),
        ({"due_on": DUE}, "green green green green green green green green overdue"),
        ({"legal_left": 3}, "green green green green green green green green green"),  # a pause holds it
        ({"promised_due": YELLOW, "legal_left": 3}, "green green overdue overdue overdue overdue overdue overdue overdue"),  # it ran out before
        ({"promised_due": RED, "legal_due": YELLOW}, "green green overdue overdue overdue overdue overdue overdue overdue"),
    ],
)
def test_the_light_of_each_day(given, lights):
    row = clock(**given)
    days = [day + move for day in (YELLOW, RED, DUE) for move in (-DAY, 0 * DAY, DAY)]
    assert " ".join(row.light_on(day) for day in days) == lights


@pytest.mark.parametrize(
    ("given", "turns"),  # after green, yellow, red, overdue
    [
        ({"due_on": DUE, "yellow_on": YELLOW, "red_on": RED}, [YELLOW, RED, DUE + DAY, None]),
        ({"due_on": DUE, "red_on": RED}, [RED, RED, DUE + DAY, None]),
        ({"due_on": DUE, "yellow_on": RED, "red_on": RED}, [RED, RED, DUE + DAY, None]),
        ({"due_on": DUE}, [DUE + DAY, DUE + DAY, DUE + DAY, None]),
        ({"legal_left": 3, "yellow_on": YELLOW}, [None, None, None, None]),
        ({"legal_left": 3, "promised_due": DUE}, [DUE + DAY, DUE + DAY, DUE + DAY, None]),
    ],
)
def test_the_moment_of_the_next_light(given, turns):
    row = clock(**given)
    assert [row.moment_after(light) for light in Clock.Light.values] == [turn and beijing_midnight(turn) for turn in turns]


def test_a_new_light_is_announced_once_and_what_stands_still_waits_for_no_other():
    row = clock(due_on=today() - DAY, yellow_on=today() - 3 * DAY, red_on=today() - 2 * DAY)
    assert (row.advance(), row.light, row.next_change_at, row.advance()) == ("lapse", "overdue", None, None)
    row = clock(due_on=today() + DAY, red_on=today(), light="yellow")
    assert (row.advance(), row.light, row.next_change_at) == ("turn_red", "red", beijing_midnight(today() + 2 * DAY))
    row = clock(due_on=today() + DAY, light="red")  # it was given more days
    assert (row.advance(), row.light, row.next_change_at) == (None, "green", beijing_midnight(today() + 2 * DAY))
    row = clock(legal_left=3, state="paused")
    assert (row.advance(), row.light, row.next_change_at) == (None, "green", None)
    row = clock(promised_due=today(), legal_left=3, state="paused")  # it stands still from the last day of the promise on
    assert (row.advance(), row.light, row.next_change_at) == (None, "green", beijing_midnight(today() + DAY))


@pytest.mark.parametrize(
    ("ended", "notified", "waits", "holds", "counted"),
    [
        (None, None, True, False, (DUE, None, False)),
        (None, RED, False, True, (RED, None, True)),
        (RED, None, False, False, (DUE, RED, False)),  # taken back
        (RED, YELLOW, False, False, (YELLOW, RED, True)),
        (RED, RED, False, False, (RED, RED, True)),
        (YELLOW, RED, False, False, (DUE, YELLOW, False)),  # its notice came when it was over
    ],
)
def test_a_pause_holds_from_its_notice_on(ended, notified, waits, holds, counted):
    row = Pause(started_on=DUE, ended_on=ended, notified_on=notified, ground="hearing")
    start, end, served = counted
    assert (row.waits, row.holds) == (waits, holds)
    assert row.as_interval() == counting.Pause(start, end, "hearing", True, served)


def test_only_the_pauses_of_its_own_subject_hold_it():
    rows = [
        {"id": pk, "subject_type": kind, "subject_id": subject, "started_on": on, "ground": "hearing"}
        for pk, kind, subject, on in ((4, "member", 1, "2018-03-14"), (5, "member", 2, "2018-03-12"), (6, "job", 1, "2018-03-12"), (7, "member", 1, "2018-03-12"))
    ]
    for kind, held in (("decision", [7, 4]), ("step", [7, 4]), ("notice", []), ("delivery", [])):
        row = clock(pk=3, kind=kind)
        row.pause_rows, row._state.fields_cache["extension"] = rows, None
        assert [pause.pk for pause in row.intervals.pauses] == held and row.intervals.extension is None
    assert clock().intervals == Intervals()  # nothing is asked for what is not stored yet


@pytest.mark.parametrize(
    ("due_on", "least", "percent", "turns"),  # ten working days from 1 March to the 15th
    [
        (DUE, 2, 100, date(2018, 3, 13)),
        (DUE, 5, 20, date(2018, 3, 13)),
        (DUE, 5, 19, date(2018, 3, 14)),
        (DUE, 3, 50, date(2018, 3, 12)),
        (DUE, 4, 50, date(2018, 3, 9)),  # over a week-end
        (DUE, 0, 50, DUE),
        (DUE, 10, 100, None),  # never on the starting day
        (DUE, 9, 100, date(2018, 3, 2)),
        (date(2018, 3, 18), 1, 50, date(2018, 3, 15)),  # a Sunday that was told in writing: Friday is the last day
        (date(2018, 3, 1), 1, 50, None),
    ],
)
def test_so_many_working_days_before_the_last(due_on, least, percent, turns):
    assert _turn(CALENDAR, date(2018, 3, 1), due_on, least, percent) == turns


def test_without_a_rule_or_a_day_no_light_turns():
    rule = SimpleNamespace(yellow_days=3, yellow_percent=50, red_days=1, red_percent=20)
    found, none = (SimpleNamespace(light_rule=lambda *_, given=given: given, calendar=lambda *_: CALENDAR) for given in (rule, None))
    row = clock(legal={"n": 20, "unit": "working"}, promised={"n": 10, "unit": "working"})
    assert light_days(row, DUE, CALENDAR, found) == (YELLOW, RED)
    assert light_days(row, None, CALENDAR, found) == light_days(row, DUE, CALENDAR, none) == (None, None)
    told = measure(row, found)
    assert (told.legal_due, told.promised_due, told.due_on, told.legal_left, told.promised_left) == (date(2018, 3, 29), DUE, DUE, None, None)
    assert (told.yellow_on, told.red_on, told.provisional, told.paused) == (YELLOW, RED, False, False) and "paused" not in told.as_columns()
    held = Intervals((Pause(started_on=YELLOW, notified_on=YELLOW, ground="hearing"),), Extension(days=5, approved_on=YELLOW))
    told = measure(row, found, held)
    assert (told.due_on, told.legal_left, told.promised_left, told.yellow_on, told.paused) == (None, 18, 8, None, True)
    over = Intervals((Pause(started_on=date(2018, 3, 2), notified_on=date(2018, 3, 2), ended_on=date(2018, 3, 9), ground="hearing"),))
    told = measure(clock(promised={"n": 4, "unit": "working"}), found, over)  # half of four days, not of nine
    assert (told.due_on, told.yellow_on, told.red_on) == (date(2018, 3, 14), YELLOW, date(2018, 3, 14))
    written = measure(clock(due_on=DUE), found)
    assert (written.due_on, written.legal_due, written.yellow_on, written.paused) == (DUE, None, YELLOW, False)
    alone = clock(promised={"n": 10, "unit": "working"})  # no law sets a limit
    told = measure(alone, found)
    assert (told.legal_due, told.promised_due, told.due_on, told.legal_left) == (None, DUE, DUE, None)
    assert clock(due_on=DUE).is_written and not row.is_written and not alone.is_written and not clock(legal={"n": 1, "unit": "working"}).is_written


@pytest.mark.parametrize(
    ("started", "n", "facts", "ends"),  # a step, and the promise from 1 March that it belongs to
    [
        (12, 2, {"n": 10}, 14),
        (12, 5, {"n": 10}, 15),  # no step reaches beyond it
        (12, 5, {"n": 10, "more": {"days": 1, "on": "2018-03-13"}}, 16),
        (12, 5, {"n": 10, "more": {"days": 5, "on": "2018-03-13"}}, 19),
        (15, 2, {"n": 10}, 15),
        (16, 2, {"n": 10}, 20),  # it began when the promise was over
        (12, 5, None, 19),
    ],
)
def test_a_step_ends_with_its_promise(started, n, facts, ends):
    within = {"promise": {"from": "2018-03-01", "unit": "working"} | facts} if facts else {}
    row = clock(kind="step", started_on=date(2018, 3, started), promised={"n": n, "unit": "working"}, facts=within)
    assert bounded(row, CALENDAR, decide(row, CALENDAR)) == (date(2018, 3, ends),) * 2
    row.stretch(Extension(days=2, approved_on=YELLOW))
    assert row.facts == ({"promise": {**within["promise"], "more": {"days": 2, "on": "2018-03-12"}}} if facts else {})
