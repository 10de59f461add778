"""Stored clocks with pauses and an extension give the days that `explain_deadline` gives for the same facts."""

import random
from datetime import date, timedelta

import pytest

from apps.deadlines import pausing
from apps.deadlines.actions import open_recount, recount, start_clocks, stop_clocks
from apps.deadlines.engine.ask import ask
from apps.deadlines.models import Clock, Extension, Pause
from apps.deadlines.queries import book, shelf
from apps.deadlines.queries_clocks import measure
from apps.journal.actor import SYSTEM
from apps.journal.door import action
from tests.full import full

from . import test_start_clocks
from .test_start_clocks import start

pytestmark = pytest.mark.django_db
MONDAY = date(2018, 3, 5)


def spec(number, **more):
    """Twenty days by law and ten promised, as in the worked examples."""
    return test_start_clocks.spec(number, **{"promised": {"days": 10, "unit": "working"}, **more})


def pause(subject, begin, end=None, *, served=True, root=7, **more):
    """An unsaved special procedure on a subject of test_start_clocks."""
    notified = begin if served is True else served or None
    return Pause(
        root_id=root,
        subject_type=subject._meta.model_name,
        subject_id=subject.pk,
        ground="testing",
        basis="食品安全法第八十七条",
        organiser="检测院",
        expected_days=5,
        started_on=begin,
        ended_on=end,
        notice="特字1号",
        notified_on=notified,
        served_by="direct" if notified else "",
        **more,
    )


def stored(clock) -> Clock:
    return Clock.objects.with_intervals().get(pk=clock.pk)


def asked(clock, pauses=(), extensions=()) -> dict:
    given = {
        "accept_date": clock.started_on.isoformat(),
        "legal": clock.legal,
        "promised": clock.promised,
        "pauses": [
            {"start": p.notified_on.isoformat(), "end": p.ended_on and p.ended_on.isoformat(), "type": p.ground}
            for p in pauses
        ],
        "extensions": [{"days": e.days, "approved_on": e.approved_on.isoformat()} for e in extensions],
    }
    return ask({"op": "decision_due", "input": given}, book(clock.region))


def told(clock) -> dict:
    iso = {name: getattr(clock, name) for name in ("legal_due", "promised_due")} | {"effective_due": clock.due_on}
    answer = {name: day and day.isoformat() for name, day in iso.items()}
    if clock.state == "paused":
        answer["state"] = "paused"
        for name in ("promised", "legal"):
            if getattr(clock, f"{name}_left") is not None:
                answer[f"{name}_days_left"] = getattr(clock, f"{name}_left")
    return answer


def hold(*pauses):
    with action(SYSTEM) as act:
        clocks = pausing.case_clocks(act, 7)
        for one in pauses:
            pausing.hold_clocks(act, clocks, one)


def test_any_story_is_told_alike(calendars):
    rng = random.Random(20261125)
    for number in range(1, full(12, 200)):
        begun = date(2018, 1, 1) + timedelta(days=rng.randrange(700))
        units = {name: rng.choice(["working", "working", "calendar"]) for name in ("legal", "promised")}
        given = spec(
            number,
            started_on=begun,
            legal={"days": rng.randrange(15, 46), "unit": units["legal"]},
            promised={"days": rng.randrange(1, 15), "unit": units["promised"]},
        )
        clock = start(given)[0]
        pauses, day = [], begun
        for _ in range(rng.randrange(4)):
            day = begun + timedelta(days=rng.randrange(40))
            pauses.append(pause(given.subject, day, day + timedelta(days=rng.randrange(30))))
        if rng.random() < 0.4:
            pauses.append(pause(given.subject, begun + timedelta(days=rng.randrange(30))))
        hold(*pauses)
        extensions = []
        if rng.random() < 0.5:
            with action(SYSTEM) as act:
                one = pausing.clock_of(pausing.case_clocks(act, 7), given.subject)
                longer = Extension(
                    days=rng.randrange(1, 11), approved_on=begun, approver="局长", reason="复杂", told_on=begun
                )
                pausing.extend_clock(act, [one], one, longer)
            extensions.append(longer)
        want = asked(clock, pauses, extensions)
        got = told(stored(clock))
        assert got == {name: want[name] for name in want if name not in ("excluded_working_days", "provisional")}


def test_what_was_not_served_or_served_too_late_leaves_nothing_out(calendars):
    one, two, three = start(*(spec(n, started_on=date(2018, 3, 1)) for n in (1, 2, 3)))
    plain = one.promised_due
    hold(
        pause(spec(1).subject, MONDAY, MONDAY + timedelta(days=7), served=False),
        pause(spec(2).subject, MONDAY, MONDAY + timedelta(days=7), served=MONDAY + timedelta(days=9)),
        pause(spec(3).subject, MONDAY, MONDAY + timedelta(days=7), served=MONDAY + timedelta(days=3)),
    )
    assert stored(one).promised_due == stored(two).promised_due == plain
    # Served on Thursday the 8th: Friday and Monday the 12th are left out.
    assert stored(three).promised_due == plain + timedelta(days=4)


def test_it_covers_the_steps_of_its_subject_and_nothing_else(calendars):
    subject = spec(1).subject
    decision, step, gap, other = start(
        spec(1, started_on=date(2018, 3, 1)),
        spec(1, kind="step", started_on=date(2018, 3, 1), legal=None, promised={"days": 6, "unit": "working"}),
        spec(1, kind="gap", started_on=date(2018, 3, 1), legal=None, promised={"days": 6, "unit": "working"}),
        spec(2, started_on=date(2018, 3, 1)),
    )
    hold(pause(subject, MONDAY))
    assert {stored(clock).state for clock in (decision, step)} == {"paused"}
    assert {stored(clock).state for clock in (gap, other)} == {"running"}
    assert (stored(step).due_on, stored(step).promised_left) == (None, 4)
    with action(SYSTEM) as act:
        stop_clocks(act, root_id=7, subjects=[subject], kinds=("step",), on=MONDAY)
    assert Pause.objects.get().ended_on is None  # a step that is done ends no procedure
    again = start(
        spec(1, kind="step", started_on=date(2018, 3, 7), legal=None, promised={"days": 6, "unit": "working"})
    )[0]
    assert (again.state, again.due_on, again.promised_left) == ("paused", None, 6)
    with action(SYSTEM) as act:
        pausing.release_clocks(act, pausing.case_clocks(act, 7), subject, on=date(2018, 3, 12))
    assert (stored(again).state, stored(again).due_on) == ("running", date(2018, 3, 20))


def test_a_changed_calendar_counts_them_again(calendars, time_machine):
    """Both a clock that stands still and one that was extended; what was approved in time stays approved."""
    time_machine.move_to("2018-03-05T04:00:00Z")
    held, longer = start(*(spec(n, started_on=date(2018, 3, 1)) for n in (1, 2)))
    hold(pause(spec(1).subject, MONDAY))
    with action(SYSTEM) as act:
        clock = pausing.clock_of(pausing.case_clocks(act, 7), spec(2).subject)
        due = clock.promised_due
        extension = Extension(days=3, approved_on=due, approver="局长", reason="复杂", told_on=due)
        pausing.extend_clock(act, [clock], clock, extension)
    before = stored(longer)
    Clock.objects.filter(pk__in=[held.pk, longer.pk]).update(legal_due=None, promised_due=None, promised_left=1)
    open_recount(date(2018, 1, 1), date(2018, 12, 31))
    assert recount() == 2
    assert (stored(held).promised_left, stored(held).legal_left) == (8, 18)
    assert told(stored(longer)) == told(before)
    assert stored(longer).next_change_at is not None and stored(held).next_change_at is None


def test_ends_with_the_clock_that_it_holds(calendars):
    """On the day of the decision; what is dated back ends with what had begun before. Another member's goes on."""
    clock, back, other, late, last = start(*(spec(n, started_on=date(2018, 3, 1)) for n in range(1, 6)))
    begun = [pause(spec(n).subject, day) for n, day in ((1, MONDAY), (2, date(2018, 3, 12)), (3, MONDAY), (4, date(2018, 3, 20)))]
    over = pause(spec(1).subject, date(2018, 3, 1), date(2018, 3, 2))
    hold(*begun, over)
    assert (stored(late).promised_due, last.legal_due) == (date(2018, 3, 15), date(2018, 3, 29))
    ends = ((1, date(2018, 3, 8)), (2, date(2018, 3, 8)), (4, date(2018, 3, 21)), (5, date(2018, 3, 29)))
    with action(SYSTEM) as act:
        for n, on in ends:
            stop_clocks(act, root_id=7, subjects=[spec(n).subject], on=on)
    outcomes = ["on_time", "on_time", "", "overdue_promised", "overdue_promised"]
    assert [stored(one).outcome for one in (clock, back, other, late, last)] == outcomes
    ended = [date(2018, 3, 8), date(2018, 3, 12), None, date(2018, 3, 21), over.ended_on]
    assert [Pause.objects.get(pk=one.pk).ended_on for one in (*begun, over)] == ended


def test_many_clocks_cost_what_one_does(calendars, django_assert_num_queries):
    start(*(spec(n, started_on=date(2018, 3, 1)) for n in range(1, 9)))
    hold(*(pause(spec(n).subject, MONDAY) for n in range(1, 9)))
    found = shelf()
    with django_assert_num_queries(1):
        for clock in Clock.objects.with_intervals().filter(root_id=7):
            assert measure(clock, found).promised_left == 8
    with action(SYSTEM) as act:
        start_clocks(act, [])
