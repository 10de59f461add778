"""为什么是这一天 in full: the days of both limits, what moved the dates, and what was known on a day gone by."""

from dataclasses import replace
from datetime import date

import pytest
import yaml
from django.core.management import call_command
from django.db.models import F

from apps.deadlines.actions import set_exception, stop_clocks
from apps.deadlines.models import CalendarVersion, Clock, Edition, Extension, Pause
from apps.deadlines.pausing import case_clocks, hold_clocks, release_clocks
from apps.deadlines.publishing import publish
from apps.deadlines.queries import shelf
from apps.deadlines.queries_past import explain_clock
from apps.deadlines.queries_what_if import Supposition, what_if
from apps.deadlines.queries_why import why
from apps.journal.actor import SYSTEM
from apps.journal.door import action
from apps.kit.errors import Refused, WrongState

from .conftest import FIXTURES
from .test_recompute_clocks import before_amendment, recompute  # noqa: F401  (a fixture)
from .test_start_clocks import spec, start

pytestmark = pytest.mark.django_db
TEN = {"days": 10, "unit": "working"}


def paused(clock, started, ended=None, *, store=True, **more):
    pause = Pause(
        **{
            "root_id": clock.root_id,
            "subject_type": clock.subject_type,
            "subject_id": clock.subject_id,
            "ground": "expert_review",
            "basis": "城乡规划法",
            "organiser": "专家组",
            "expected_days": 5,
            "started_on": started,
            "ended_on": ended,
            "notified_on": started,
            "served_by": "electronic",
            "notice": "慈特〔2018〕1号",
            **more,
        }
    )
    if store:
        pause.save()
    return pause


def extended(clock, days, on):
    return Extension.objects.create(
        clock=clock, days=days, approved_on=on, approver="局长", reason="案情复杂", notice="慈延〔2018〕1号", told_on=on
    )


def stopped(on):
    with action(SYSTEM) as act:
        stop_clocks(act, root_id=7, on=on)


def again(clock):
    return Clock.objects.with_intervals().get(pk=clock.pk)


@pytest.fixture
def moved(calendars, time_machine):
    """The contract's E16 with an extension: accepted 2018-03-01, expert review 5 to 12 March, 5 days more on the 20th."""
    time_machine.move_to("2018-03-21T04:00:00Z")
    (clock,) = start(spec(started_on=date(2018, 3, 1), promised=TEN))
    paused(clock, date(2018, 3, 5), date(2018, 3, 12))
    extended(clock, 5, date(2018, 3, 20))
    return again(clock)


def test_two_limits_day_by_day(moved):
    told = why(moved)
    legal, promised = told.sides
    # 8 working days after the pause end on 22 March, 5 more on the 29th; the law's 25 pass Qingming and its make-up Sunday.
    assert (promised.due, legal.due, told.due_on) == (date(2018, 3, 29), date(2018, 4, 13), date(2018, 3, 29))
    assert promised.binds and not legal.binds
    assert (promised.limit_words, promised.excluded_working_days) == ("15 个工作日", 5)
    rows = {step.day: (step.weekday, step.what, step.number, step.kind) for step in legal.steps}
    assert rows[date(2018, 3, 5)] == ("周一", "counted", 2, "workday")
    assert rows[date(2018, 3, 6)] == ("周二", "paused", None, "workday")
    assert rows[date(2018, 3, 11)] == ("周日", "rested", None, "weekend")
    assert rows[date(2018, 4, 6)] == ("周五", "rested", None, "holiday")
    assert rows[date(2018, 4, 8)] == ("周日", "counted", 20, "make_up")
    assert [step.day for step in legal.steps][-1] == legal.due
    assert told.days_left == 6  # 22, 23, 26, 27, 28 and 29 March
    assert told.light == "green" and told.overdue_on == date(2018, 3, 30)


def test_what_moved_the_dates_and_what_was_told_then(moved):
    told = why(moved)
    assert [(turn.on, turn.what, turn.due_on) for turn in told.turns] == [
        (date(2018, 3, 1), "start", date(2018, 3, 15)),
        (date(2018, 3, 5), "pause", None),
        (date(2018, 3, 12), "resume", date(2018, 3, 22)),
        (date(2018, 3, 20), "extend", date(2018, 3, 29)),
    ]
    assert told.turns[1].notice == "慈特〔2018〕1号"
    then = why(moved, date(2018, 3, 8))
    assert (then.due_on, then.light, then.days_left) == (None, "paused", None)
    assert [side.left for side in then.sides] == [18, 8]
    assert any("尚未结束" in line for line in then.lines)
    assert [turn.what for turn in then.turns] == ["start", "pause"]
    before = why(moved, date(2018, 3, 2))
    assert before.due_on == date(2018, 3, 15) and before.pauses == () and before.extension is None
    assert "到期日：2018年3月15日（周四）。" in before.lines
    with pytest.raises(Refused, match="2018年3月1日"):
        why(moved, date(2018, 2, 28))


def test_no_days_are_told_as_that_day(calendars, time_machine):
    """“0 个工作日”, from a day that does not count, and “办结” of a notice that is due on the spot: none of them were true."""
    time_machine.move_to("2018-03-04T04:00:00Z")
    (clock,) = start(spec(kind="notice", started_on=date(2018, 3, 4), legal=None, promised={"days": 0, "unit": "working"}))
    told = why(again(clock))
    assert (told.due_on, told.on_the_spot, told.sides[0].limit_words) == (date(2018, 3, 5), True, "当日")
    assert "2018年3月4日（周日）当日到期；当日不是工作日的，顺延到下一个工作日。" in told.lines


def test_what_happened_on_one_day_is_told_step_by_step(calendars, time_machine):
    time_machine.move_to("2018-03-21T04:00:00Z")
    (clock,) = start(spec(started_on=date(2018, 3, 1), promised=TEN))
    day = date(2018, 3, 1)
    paused(clock, day, day)
    paused(clock, day, date(2018, 3, 5), ground="testing")
    extended(clock, 5, day)
    told = why(again(clock))
    assert [(turn.what, turn.due_on) for turn in told.turns] == [
        ("start", date(2018, 3, 15)),
        ("pause", None),
        ("resume", date(2018, 3, 15)),
        ("pause", None),
        ("extend", None),
        ("resume", date(2018, 3, 26)),
    ]
    assert told.turns[4].text == "延长 5 个工作日：案情复杂" and told.longer_by == "5 个工作日"
    assert why(again(clock), day).sides[0].left_words.endswith("个工作日")


def test_amended_notice_is_told_by_each_calendar_in_its_time(before_amendment, time_machine, tmp_path):  # noqa: F811
    time_machine.move_to("2019-04-24T04:00:00Z")
    (clock,) = start(spec(started_on=date(2019, 4, 24)))
    time_machine.move_to("2019-04-26T04:00:00Z")  # the notice of 22 March is loaded late
    call_command("load_calendars")
    assert recompute(date(2019, 1, 1), date(2019, 12, 31)) == 1
    told = why(again(clock))
    assert [(turn.on, turn.what, turn.due_on) for turn in told.turns] == [
        (date(2019, 4, 24), "start", date(2019, 5, 2)),
        (date(2019, 4, 26), "calendar", date(2019, 4, 30)),
    ]
    assert told.turns[1].text == "载入2019年放假安排，重新计算"
    assert "4月28日（周日）调休上班，计第3个工作日" in told.lines
    then = why(again(clock), date(2019, 4, 25))
    assert then.due_on == date(2019, 5, 2) and "4月28日（周日）周末，不计" in then.lines
    assert [notice[-16:] for notice in then.notices] == ["（2018年12月6日起所知）。"]


def test_an_amendment_that_moved_nothing_tells_no_day_before_it(calendars, time_machine):
    """It names the whole year, with what an earlier one had changed: that was not known before either."""
    time_machine.move_to("2019-09-16T04:00:00Z")
    (clock,) = start(spec(started_on=date(2019, 9, 16), legal=TEN, promised=TEN))
    year = next(row for row in yaml.safe_load((FIXTURES / "calendar.yaml").read_text())["years"] if row["year"] == 2019)
    for day, gone, moved in (("2019-09-17", "2019-09-29", 1), ("2019-09-20", "2019-10-12", 0)):
        time_machine.move_to(f"{day}T04:00:00Z")
        year = {**year, "known_from": day, "notice": day, "make_up": [made for made in year["make_up"] if made != gone]}
        publish(by=SYSTEM, given=year)
        assert recompute(date(2019, 9, 1), date(2019, 9, 30)) == moved
    told = [why(again(clock), date(2019, 9, day)) for day in (16, 18, 20)]
    assert [one.due_on.day for one in told] == [29, 30, 30]


def test_a_notice_loaded_during_a_procedure_does_not_tell_the_days_before_it(before_amendment, time_machine):  # noqa: F811
    """The recount met the clock standing still and left no event; the end of the procedure counted by the new notice."""
    time_machine.move_to("2019-04-22T04:00:00Z")
    (clock,) = start(spec(started_on=date(2019, 4, 22)))
    time_machine.move_to("2019-04-24T04:00:00Z")
    with action(SYSTEM) as act:
        hold_clocks(act, case_clocks(act, 7), paused(clock, date(2019, 4, 24), store=False))
    time_machine.move_to("2019-04-25T04:00:00Z")
    call_command("load_calendars")
    assert recompute(date(2019, 1, 1), date(2019, 12, 31)) == 0
    time_machine.move_to("2019-04-26T04:00:00Z")
    with action(SYSTEM) as act:
        release_clocks(act, case_clocks(act, 7), spec().subject, on=date(2019, 4, 26))
    assert again(clock).due_on == date(2019, 4, 30)
    for _ in ("running", "stopped"):
        told = why(again(clock), date(2019, 4, 23))
        assert told.due_on == date(2019, 4, 29) and "4月28日（周日）周末，不计" in told.lines
        assert [turn.due_on for turn in why(again(clock)).turns][:3] == [date(2019, 4, 29), None, date(2019, 4, 30)]
        time_machine.move_to("2019-04-30T04:00:00Z")
        with action(SYSTEM) as act:
            stop_clocks(act, root_id=7, on=date(2019, 4, 30))


def test_an_amendment_before_the_first_arrangement_on_record_leaves_it_known(calendars, time_machine):
    """The files of both were loaded when the case was over (a city that took over older cases): the older one was known."""
    time_machine.move_to("2020-01-11T04:00:00Z")
    CalendarVersion.objects.filter(known_from=date(2020, 1, 27)).delete()
    Edition.objects.update(number=F("number") + 1)
    (clock,) = start(spec(started_on=date(2020, 1, 13), promised=TEN))
    assert clock.promised_due == date(2020, 1, 31)
    time_machine.move_to("2020-01-27T04:00:00Z")
    rows = yaml.safe_load((FIXTURES / "calendar.yaml").read_text())["years"]
    publish(by=SYSTEM, given=next(row for row in rows if row["year"] == 2020))
    assert recompute(date(2020, 1, 1), date(2020, 12, 31)) == 1
    stopped(date(2020, 1, 27))
    assert why(again(clock), date(2020, 1, 20)).due_on == date(2020, 1, 31)


@pytest.fixture
def in_january(time_machine):
    time_machine.move_to("2019-01-02T04:00:00Z")


def test_what_had_stopped_is_not_told_by_what_was_published_later(in_january, before_amendment, time_machine):  # noqa: F811
    """Decided on the last day; the notice of 22 March is loaded afterwards, and a storm registered: neither makes it late."""
    time_machine.move_to("2019-04-24T04:00:00Z")
    (clock,) = start(spec(started_on=date(2019, 4, 24), region="330282"))
    time_machine.move_to("2019-05-02T04:00:00Z")
    stopped(date(2019, 5, 2))
    time_machine.move_to("2019-05-10T04:00:00Z")
    # One that would have moved the law's last day alone: on every page that day stays what it was.
    set_exception(by=SYSTEM, region="330282", day=date(2019, 5, 20), working=False, reason="暴雨停电")
    assert explain_clock(again(clock)) == list(why(again(clock)).lines)
    call_command("load_calendars")
    set_exception(by=SYSTEM, region="330282", day=date(2019, 4, 25), working=False, reason="暴雨停电")
    recompute(date(2019, 1, 1), date(2019, 12, 31))
    clock = again(clock)
    assert (clock.due_on, clock.outcome) == (date(2019, 5, 2), "on_time")
    told = why(clock)
    assert told.due_on == date(2019, 5, 2) and [turn.due_on for turn in told.turns] == [date(2019, 5, 2)] * 2
    for lines in (told.lines, tuple(explain_clock(clock))):
        assert "2019年5月2日（周四）作出决定：按时。" in lines
        assert not any("暴雨" in line or "日历此后有变更" in line for line in lines)


def test_typhoon_is_told_from_the_day_it_was_registered(calendars, time_machine):
    time_machine.move_to("2017-09-04T04:00:00Z")
    plain = {"days": 15, "unit": "calendar"}
    in_writing = {"kind": "gap", "legal": None, "promised": None, "due_on": date(2017, 9, 11), "facts": {"counted": 5}}
    given = (spec(1), spec(2), spec(3, legal=plain, promised=plain), spec(5, **in_writing))
    here, done, unmoved, written = start(*(replace(one, region="330225") for one in given))
    time_machine.move_to("2017-09-06T04:00:00Z")
    that_evening = why(again(unmoved))
    with action(SYSTEM) as act:
        stop_clocks(act, root_id=7, subjects=[spec(2).subject], on=date(2017, 9, 6))
    time_machine.move_to("2017-09-07T04:00:00Z")
    set_exception(by=SYSTEM, region="330225", day=date(2017, 9, 8), working=False, reason="台风“泰利”停业")
    recompute(date(2017, 9, 8), date(2017, 9, 8), region="330225")
    told = why(again(here))
    assert [turn.due_on for turn in told.turns] == [date(2017, 9, 11), date(2017, 9, 12)]
    assert told.turns[1].text == "2017年9月8日（周五）本地停业：台风“泰利”停业，重新计算"
    assert why(again(here), date(2017, 9, 6)).due_on == date(2017, 9, 11)
    # Plain days end on the same day as before, but what was left of them, and the lights, were others that evening.
    then = why(again(unmoved), date(2017, 9, 6))
    assert (then.due_on, then.days_left) == (that_evening.due_on, that_evening.days_left) == (date(2017, 9, 19), 9)
    assert (then.lines, then.yellow_on, then.red_on) == (that_evening.lines, that_evening.yellow_on, that_evening.red_on)
    promise = why(again(written))  # the storm took no day of what was told in writing before
    assert promise.sides[0].due == promise.due_on == date(2017, 9, 11)
    assert not any("台风" in line for line in (*promise.lines, *explain_clock(again(written))))
    assert suppose(again(written), day=date(2017, 9, 11)).then.lines == promise.lines  # nor would another one
    with pytest.raises(Refused, match="还没有到"):
        why(again(here), date(2017, 9, 8))
    # A silent acceptance is of a day before the storm was known, its clock is not.
    (silent,) = start(replace(spec(4), region="330225"))
    assert silent.due_on == date(2017, 9, 12)
    for _ in ("running", "stopped"):
        assert {turn.due_on for turn in why(again(silent)).turns} == {silent.due_on} == {why(again(silent), date(2017, 9, 4)).due_on}
        with action(SYSTEM) as act:
            stop_clocks(act, root_id=7, subjects=[spec(4).subject], on=date(2017, 9, 7))
    ended = why(again(done))  # it had stopped before: no storm changed it
    assert [(turn.what, turn.due_on) for turn in ended.turns] == [
        ("start", date(2017, 9, 11)),
        ("stop", date(2017, 9, 11)),
    ]
    assert (ended.light, ended.days_left) == ("stopped", None)
    assert not any("台风" in line or "日历此后有变更" in line for line in ended.lines)


def test_written_day_is_told_as_it_was_counted(calendars, time_machine):
    time_machine.move_to("2017-09-05T04:00:00Z")
    (clock,) = start(
        spec(
            kind="gap",
            legal=None,
            promised=None,
            due_on=date(2017, 9, 8),
            facts={"counted": 4},
            started_on=date(2017, 9, 4),
        )
    )
    told = why(clock)
    assert [(side.name, side.due) for side in told.sides] == [("written", date(2017, 9, 8))]
    assert [turn.due_on for turn in told.turns] == [date(2017, 9, 8)]


def test_statements_do_not_grow_with_the_history(moved, django_assert_num_queries):
    clock = again(moved)
    found = shelf()
    with django_assert_num_queries(0):
        why(clock, found=found)


# —— if ——


def suppose(clock, cap=10, **given):
    return what_if(clock, Supposition(**given), cap=cap)


def test_supposed_pause_extension_and_decision(calendars, time_machine):
    time_machine.move_to("2018-03-14T04:00:00Z")
    (clock,) = start(spec(started_on=date(2018, 3, 1), promised=TEN))
    stored = list(Clock.objects.values())
    closed = suppose(clock, pause_from=date(2018, 3, 5), pause_to=date(2018, 3, 12))
    assert (closed.now.due_on, closed.then.due_on) == (date(2018, 3, 15), date(2018, 3, 22))
    assert (closed.now.light, closed.then.light) == ("red", "green")
    still = suppose(clock, pause_from=date(2018, 3, 5))
    assert still.then.paused and (still.then.promised_left, still.then.legal_left) == (8, 18)
    more = suppose(clock, extension_days=10, decided_on=date(2018, 3, 16))
    assert (more.then.promised_due, more.then.legal_due) == (date(2018, 3, 29), date(2018, 4, 13))
    assert (more.now.outcome, more.then.outcome, more.rejected) == ("overdue_promised", "on_time", "")
    assert suppose(clock, extension_days=11).rejected == "over_cap"
    late = suppose(clock, extension_days=5, approved_on=date(2018, 3, 16))
    assert (late.rejected, late.then.due_on) == ("approved_after_due", date(2018, 3, 15))
    storm = suppose(clock, day=date(2018, 3, 14), working=False)
    assert storm.then.due_on == date(2018, 3, 16)
    assert any("本地停业：假设，不计" in line for line in storm.then.lines)
    assert suppose(clock).then == suppose(clock).now
    assert list(Clock.objects.values()) == stored and not Pause.objects.exists() and not Extension.objects.exists()


def test_second_extension_is_told(moved):
    assert suppose(moved, extension_days=1).rejected == "second_extension"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"pause_to": date(2018, 3, 12)}, "pause_from"),
        ({"pause_from": date(2018, 3, 12), "pause_to": date(2018, 3, 9)}, "pause_to"),
        ({"approved_on": date(2018, 3, 12)}, "extension_days"),
        ({"decided_on": date(2018, 2, 28)}, "decided_on"),
        ({"day": date(2035, 1, 1)}, "day"),
    ],
)
def test_supposition_that_makes_no_sense(moved, given, field):
    with pytest.raises(Refused) as refused:
        suppose(moved, **given)
    assert [error.field for error in refused.value.errors] == [field]


def test_only_what_can_be_paused_or_extended_is_supposed_to_be(calendars, time_machine):
    time_machine.move_to("2017-09-05T04:00:00Z")
    (clock,) = start(spec(kind="notice", promised=None, legal={"days": 5, "unit": "working"}))
    for given in ({"pause_from": date(2017, 9, 6)}, {"extension_days": 3}):
        with pytest.raises(Refused):
            suppose(clock, **given)
    with action(SYSTEM) as act:
        stop_clocks(act, root_id=7, on=date(2017, 9, 5))
    stopped = Clock.objects.get()
    with pytest.raises(WrongState, match="已经停止"):
        suppose(stopped)
