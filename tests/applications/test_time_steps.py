"""The department's steps inside the promise: they begin, end and warn once; the decision's own clock never moves by them."""

from datetime import date

from apps.applications import actions
from apps.applications.models import Application, Member
from apps.deadlines.actions import ClockSpec, start_clocks
from apps.deadlines.models import Clock
from apps.deadlines.queries_past import explain_clock
from apps.deadlines.queries_why import why
from apps.journal.actor import SYSTEM
from apps.journal.door import action
from apps.journal.invariants import patrol
from apps.journal.models import Event
from tests import make

MONDAY = date(2026, 11, 2)
STEPS = [
    {"name": "审查", "role": "reviewer", "days": 2},
    {"name": "现场核查", "role": "inspector", "days": 1},
    {"name": "决定", "role": "head", "days": 2},
]


def accepted(steps=STEPS, promised=8):
    case = make.received()
    case.plan["members"][0] |= {"steps": steps, "promised_limit": {"days": promised, "unit": "working"}}
    Application.objects.filter(pk=case.pk).update(plan=case.plan)
    return make.job_of(actions.accept(by=make.actor("cixi-clerk"), application=case.pk))


def steps():
    rows = Clock.objects.filter(kind="step").order_by("pk")
    return [(row.facts["step"], row.state, row.due_on, row.outcome) for row in rows]


def binding():
    return Clock.objects.values_list("legal_due", "promised_due", "due_on").get(kind="decision")


def test_a_step_begins_with_its_hand_and_ends_with_the_next(long_ago, days):
    days.at(MONDAY)
    job = accepted()
    before = binding()
    assert steps() == []
    days.at(date(2026, 11, 3))
    actions.claim(by=make.actor("scjg-reviewer"), job=job.pk)
    assert steps() == [("审查、现场核查", "running", date(2026, 11, 6), "")]
    days.pass_over(date(2026, 11, 6))
    actions.conclude(by=make.actor("scjg-reviewer"), job=job.pk, recommendation="grant", opinion="符合条件")
    review = ("审查、现场核查", "stopped", date(2026, 11, 6), "overdue_promised")
    assert steps() == [review, ("决定", "running", date(2026, 11, 10), "")]
    other = {"subject": Member(pk=job.member_id + 1), "root_id": job.application_id, "region": "330282"}
    with action(SYSTEM) as act:  # of another item in the same case: its department's own business
        start_clocks(act, [ClockSpec(kind="step", started_on=MONDAY, promised={"days": 9, "unit": "working"}, facts={"step": "别的"}, **other)])
    actions.send_back(by=make.actor("scjg-head"), job=job.pk, reason="请再核实")
    actions.conclude(by=make.actor("scjg-reviewer"), job=job.pk, recommendation="grant", opinion="符合条件")
    actions.decide(by=make.actor("scjg-head"), job=job.pk, decision="grant")
    assert [state for _, state, _, _ in steps()] == ["stopped", "stopped", "running", "stopped", "stopped"]
    assert binding() == before
    assert Clock.objects.get(kind="decision").outcome == "on_time"


def test_a_late_step_is_told_once_and_never_to_the_applicant(long_ago, days):
    days.at(MONDAY)
    job = accepted()
    actions.claim(by=make.actor("scjg-reviewer"), job=job.pk)
    for day in (6, 7, 9, 10):
        days.pass_to(date(2026, 11, day))
    late = Event.objects.filter(name="clock.lapse", facts__kind="step")
    assert late.count() == 1
    assert late.get().facts["about"] == f"member:{job.member_id}"
    assert Application.objects.get(pk=job.application_id).light != "overdue"
    assert "环节" not in str(make.case("enterprise", job.application).story)


def test_a_step_that_begins_late_ends_with_the_promise(long_ago, days):
    days.at(MONDAY)
    job = accepted(promised=5)
    days.at(date(2026, 11, 6))
    actions.claim(by=make.actor("scjg-reviewer"), job=job.pk)
    (clock,) = Clock.objects.filter(kind="step")
    assert clock.due_on == binding()[2] == date(2026, 11, 9)
    told = "\n".join(explain_clock(clock))
    assert "现场核查" in told and "计第3个工作日" in told and "以2026年11月9日（周一）为准" in told


def test_a_step_that_begins_on_the_last_day_of_the_promise_ends_that_day(long_ago, days):
    days.at(MONDAY)
    job = accepted(promised=5)
    days.pass_to(date(2026, 11, 9))
    actions.claim(by=make.actor("scjg-reviewer"), job=job.pk)
    (clock,) = Clock.objects.filter(kind="step")
    assert (clock.due_on, clock.light) == (date(2026, 11, 9), "green")
    days.pass_to(date(2026, 11, 10))
    assert Clock.objects.get(pk=clock.pk).light == "overdue"
    actions.conclude(by=make.actor("scjg-reviewer"), job=job.pk, recommendation="grant", opinion="符合条件")
    assert steps()[-1] == ("决定", "running", date(2026, 11, 12), "")  # the promise is over: its own days


def test_an_extended_promise_gives_its_steps_the_days_too(long_ago, days):
    days.at(MONDAY)
    job = accepted(promised=5)  # to the 9th
    days.at(date(2026, 11, 6))
    actions.claim(by=make.actor("scjg-reviewer"), job=job.pk)
    days.at(date(2026, 11, 9))
    actions.extend(by=make.actor("scjg-head"), job=job.pk, days=5, reason="需要复核检测报告")
    step, whole = Clock.objects.get(kind="step"), binding()[2]
    assert whole == date(2026, 11, 16)
    assert step.due_on == date(2026, 11, 11)  # its own three days; before, the promise cut them short
    days.at(date(2026, 11, 10))
    assert [(turn.what, turn.due_on) for turn in why(step).turns] == [
        ("start", date(2026, 11, 9)),
        ("extend", date(2026, 11, 11)),
    ]
    assert why(step, as_of=date(2026, 11, 8)).due_on == date(2026, 11, 9)
    actions.conclude(by=make.actor("scjg-reviewer"), job=job.pk, recommendation="grant", opinion="符合条件")
    head = Clock.objects.get(kind="step", state="running")
    assert head.due_on == date(2026, 11, 12)
    assert not [found for found in patrol()[1] if found["invariant"].startswith("deadlines.stored_days")]
    actions.send_back(by=make.actor("scjg-head"), job=job.pk, reason="请再核实")
    days.at(date(2026, 11, 13))
    actions.conclude(by=make.actor("scjg-reviewer"), job=job.pk, recommendation="grant", opinion="符合条件")
    assert Clock.objects.get(kind="step", state="running").due_on == whole  # and not beyond


def test_a_changed_calendar_moves_steps_and_their_bound(long_ago, days):
    from apps.deadlines.actions import set_exception
    from apps.journal.actor import SYSTEM

    days.at(MONDAY)
    job = accepted(promised=3)
    actions.claim(by=make.actor("scjg-reviewer"), job=job.pk)
    set_exception(by=SYSTEM, region="330282", day=date(2026, 11, 4), working=False, reason="台风停业")
    days.work()
    assert [row[2] for row in steps()] == [date(2026, 11, 6)]


def test_without_days_there_is_no_step(world):
    job = accepted([{"name": "审查", "role": "reviewer"}, {"name": "决定", "role": "head"}])
    actions.claim(by=make.actor("scjg-reviewer"), job=job.pk)
    assert steps() == []
