"""A special procedure: only from the item's closed list, only with its written notice served; until it ends there is no
due date, only days left (XKF 45; K5, K6)."""

from datetime import date, timedelta

import pytest

from apps.applications import actions
from apps.applications.handlers import light_changed
from apps.applications.models import Application, Job, Member
from apps.deadlines.actions import sweep
from apps.deadlines.models import Clock, Pause
from apps.deadlines.queries_past import explain_clock
from apps.deadlines.queries_why import why
from apps.issuance.models import Document
from apps.issuance.paper import to_html
from apps.journal.invariants import patrol
from apps.journal.models import Event
from apps.kit.errors import Refused, WrongState
from apps.web.templatetags.web import clock_line
from tests import make
from tests.deadlines.conftest import EXAMPLES
from tests.people import nothing_written

ROWS = (Pause, Document, Member, Clock)
MONDAY = date(2018, 3, 5)


def decision_clock(job) -> Clock:
    return Clock.objects.with_intervals().get(kind="decision", root_id=job.application_id)


def claimed(office, day=date(2018, 3, 1)) -> Job:
    office.at(day)
    return make.claimed()


def on_rows(job) -> set:
    """Where the due date of the one member stands."""
    case = Application.objects.get(pk=job.application_id)
    return {(row.due_on, row.light) for row in (case, case.members.get(), case.jobs.get())}


def lawful() -> list:
    return [found for found in patrol()[1] if found["invariant"].startswith("applications.")]


def test_a_pause_moves_both_dates(office):
    """The numbers of example E16: five working days are left out."""
    job, head = claimed(office), make.actor("scjg-head")
    office.at(MONDAY)
    actions.pause(by=head, job=job.pk, **make.TESTING)
    clock = decision_clock(job)
    assert (clock.state, clock.due_on, clock.next_change_at) == ("paused", None, None)
    assert (clock.legal_due, clock.promised_due, clock.legal_left, clock.promised_left) == (None, None, 18, 8)
    assert on_rows(job) == {(None, "green")}
    assert lawful() == []

    office.pass_to(date(2018, 3, 12))
    actions.resume(by=make.actor("scjg-reviewer"), job=job.pk, result="检测合格")
    clock = decision_clock(job)
    assert (clock.state, clock.legal_due, clock.promised_due) == ("running", date(2018, 4, 8), date(2018, 3, 22))
    assert (clock.legal_left, clock.promised_left, clock.due_on) == (None, None, date(2018, 3, 22))
    assert on_rows(job) == {(date(2018, 3, 22), "green")}
    assert make.member_of(job.application).state == "in_review"
    assert any("3月12日（周一）特别程序期间，不计入" in line for line in explain_clock(clock))
    assert lawful() == []

    papers = Document.objects.filter(root_id=job.application_id).order_by("pk")
    told = {paper.kind: paper.payload for paper in papers}
    assert told["special_procedure"]["promised_left"] == "8 个工作日"
    assert told["special_procedure_end"]["excluded_days"] == 5
    assert told["special_procedure_end"]["promised_due"] == "2018-03-22"
    event = Event.objects.get(name="member.resume")
    assert (event.facts["due_on"], event.facts["excluded"]) == ("2018-03-22", 5)
    assert {"member.pause", "member.resume"} <= set(Event.objects.values_list("name", flat=True))


def test_the_light_of_a_resumed_clock_turns_by_its_new_days(office):
    job = claimed(office)
    office.at(date(2018, 3, 13))
    sweep()
    office.work()
    assert on_rows(job) != {(date(2018, 3, 15), "green")}
    before = on_rows(job)
    actions.pause(by=make.actor("scjg-head"), job=job.pk, **make.TESTING)
    office.pass_to(date(2018, 3, 23))
    assert on_rows(job) == {(None, "green")}
    actions.resume(by=make.actor("scjg-head"), job=job.pk)
    ((due, light),) = on_rows(job)
    assert (due, light) == (date(2018, 3, 27), before.pop()[1])
    office.pass_to(date(2018, 3, 28))
    assert on_rows(job) == {(date(2018, 3, 27), "overdue")}


def test_a_clock_that_ran_out_keeps_its_date_and_its_light(office):
    job = claimed(office)
    office.pass_to(date(2018, 3, 20))  # the promise ended on the 15th, the law's day is the 29th
    actions.pause(by=make.actor("scjg-head"), job=job.pk, **make.TESTING)
    clock = decision_clock(job)
    assert (clock.promised_due, clock.promised_left) == (date(2018, 3, 15), None)
    assert (clock.legal_due, clock.legal_left, clock.due_on) == (None, 7, None)
    assert on_rows(job) == {(None, "overdue")}
    told = why(clock)  # as the lists say
    assert (told.light, told.days_left) == ("overdue", None)
    assert why(clock, date(2018, 3, 14)).light != "overdue" == why(clock, date(2018, 3, 16)).light
    shown = clock_line(clock)
    assert (shown["light"].text, shown["left"]) == ("已超期", "承诺期限已于 2018年3月15日 届满，法定期限还剩 7 个工作日")
    office.pass_to(date(2018, 3, 26))
    actions.resume(by=make.actor("scjg-head"), job=job.pk)
    assert on_rows(job) == {(date(2018, 3, 15), "overdue")}
    assert Event.objects.filter(name="clock.lapse", facts__kind="decision").count() == 1


@pytest.mark.parametrize(("begun", "told"), [(date(2018, 3, 28), 4), (date(2018, 3, 29), 0), (date(2018, 3, 30), 0)])
def test_what_begins_when_every_limit_is_over_leaves_nothing_out(office, begun, told):
    """The law's day is the 29th. The notice of its end told the applicant of days by which nothing had moved."""
    job = claimed(office)
    office.pass_to(begun)
    actions.pause(by=make.actor("scjg-head"), job=job.pk, **make.TESTING)
    office.pass_to(date(2018, 4, 3))
    actions.resume(by=make.actor("scjg-head"), job=job.pk)
    paper = Document.objects.get(root_id=job.application_id, kind="special_procedure_end").payload
    assert paper["excluded_days"] == Event.objects.get(name="member.resume").facts["excluded"] == told
    assert (paper["legal_due"] == "2018-03-29") is (told == 0)
    words = "没有不计入的日子" if told == 0 else f"{told} 个工作日依法不计入"
    assert any(words in line.detail for line in make.case("enterprise", job.application).story)


def test_a_procedure_begun_on_the_last_day_does_not_hold_the_day_that_is_over_with_it(office):
    """The lists said green for weeks, while the explanation of the same clock said overdue."""
    job = claimed(office)
    office.pass_to(date(2018, 3, 15))  # the promise ends today, and today still counts
    actions.pause(by=make.actor("scjg-head"), job=job.pk, **make.TESTING)
    assert on_rows(job) == {(None, "green")} and why(decision_clock(job)).light == "paused"
    office.pass_to(date(2018, 3, 17))
    clock = decision_clock(job)
    assert on_rows(job) == {(None, "overdue")} and clock.light == why(clock).light == "overdue"
    assert (clock.state, clock.next_change_at) == ("paused", None) and lawful() == []
    assert Event.objects.filter(name="clock.lapse", facts__kind="decision").count() == 1
    actions.resume(by=make.actor("scjg-head"), job=job.pk)
    assert on_rows(job) == {(date(2018, 3, 15), "overdue")}


def test_without_its_notice_served_nothing_stands_still(office):
    job, head = claimed(office), make.actor("scjg-head")
    office.at(MONDAY)
    actions.pause(by=head, job=job.pk, **make.TESTING, service="later")
    assert decision_clock(job).due_on == date(2018, 3, 15)
    assert make.member_of(job.application).state == "in_review"
    assert Document.objects.get(kind="special_procedure").payload["by_hand"] is True
    assert lawful() == []
    with nothing_written(*ROWS), pytest.raises(WrongState, match="等待送达"):
        actions.pause(by=head, job=job.pk, **make.TESTING)
    office.at(MONDAY + timedelta(days=2))
    for method, on, code in (
        ("electronic", MONDAY, "serve.method"),
        ("mail", MONDAY - timedelta(days=1), "serve.date"),
        ("mail", MONDAY + timedelta(days=3), "serve.date"),
    ):
        with nothing_written(*ROWS), pytest.raises(Refused) as told:
            actions.serve_pause(by=head, job=job.pk, method=method, on=on)
        assert told.value.code == code
    actions.serve_pause(by=make.actor("scjg-reviewer"), job=job.pk, method="mail", on=MONDAY + timedelta(days=1))
    clock = decision_clock(job)
    # Monday and Tuesday counted: Tuesday is the day of service.
    assert (clock.state, clock.promised_left) == ("paused", 7)
    assert make.member_of(job.application).state == "paused"
    assert lawful() == []
    assert "2018年3月6日开始" in make.case("enterprise", job.application).now[0]
    with nothing_written(*ROWS), pytest.raises(Refused, match="不能早于停止计时之日（告知书2018年3月6日送达）"):
        actions.resume(by=head, job=job.pk, on=MONDAY)
    actions.resume(by=head, job=job.pk)
    paper = Document.objects.get(kind="special_procedure_end")  # its days and what was left out agree
    assert (paper.payload["started_on"], paper.payload["served_on"], paper.payload["excluded_days"]) == ("2018-03-05", "2018-03-06", 1)
    assert "告知书2018年3月6日送达，自次日起不计入" in to_html(paper)


def test_a_notice_that_was_never_served_is_taken_back(office):
    job, head = claimed(office), make.actor("scjg-head")
    office.at(MONDAY)
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.drop_pause(by=head, job=job.pk, reason="填写有误")
    Application.objects.filter(pk=job.application_id).update(contact_mobile="")
    with nothing_written(*ROWS), pytest.raises(Refused, match="联系手机"):
        actions.pause(by=head, job=job.pk, **make.TESTING)
    actions.pause(by=head, job=job.pk, **make.TESTING, service="later")
    with nothing_written(*ROWS), pytest.raises(Refused):
        actions.drop_pause(by=head, job=job.pk, reason="误")
    actions.drop_pause(by=head, job=job.pk, reason="填写有误")
    assert decision_clock(job).due_on == date(2018, 3, 15)
    paper = Document.objects.get(kind="special_procedure")
    assert (paper.state, paper.void_reason) == ("void", "填写有误")
    assert "特别程序告知书作废" in [entry.title for entry in make.case("enterprise", job.application).story]
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.serve_pause(by=head, job=job.pk, method="mail", on=MONDAY)
    actions.pause(by=head, job=job.pk, **make.TESTING, service="later")
    actions.serve_pause(by=head, job=job.pk, method="direct", on=MONDAY)  # handed over on the spot
    assert decision_clock(job).state == "paused"
    assert {"member.drop_pause", "member.serve_pause"} <= set(Event.objects.values_list("name", flat=True))
    unserved = claimed(office)
    office.at(MONDAY)
    actions.pause(by=head, job=unserved.pk, **make.TESTING, service="later")
    actions.withdraw(by=make.actor("cixi-clerk"), application=unserved.application_id, reason="办事人不再开店")
    assert {one.state for one in Document.objects.filter(kind="special_procedure", root_id=unserved.application_id)} == {"void"}
    unserved = claimed(office)
    office.at(MONDAY)
    actions.pause(by=head, job=unserved.pk, **make.TESTING, service="later")  # decided before it reached him
    actions.conclude(by=make.actor("scjg-reviewer"), job=unserved.pk, recommendation="grant", opinion="材料齐全，符合规定的条件。")
    actions.decide(by=head, job=unserved.pk, decision="grant")
    assert Document.objects.get(kind="special_procedure", root_id=unserved.application_id).state == "void"
    assert lawful() == []


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ({"ground": "tender"}, "pause.ground", "行政许可法第四十五条"),
        ({"ground": "quarantine"}, "pause.ground", "第四十五条"),
        ({"ground": "internal_countersign"}, "pause.ground", "检验（现场核查）、检测、整改"),
        ({"expected_days": 0}, "pause.days", "书面告知"),
        ({"organiser": " "}, "pause.organiser", "组织"),
        ({"basis": ""}, "pause.basis", "法律条款"),
        ({"service": "shouted"}, "pause.service", "送达"),
    ],
)
def test_what_is_not_a_lawful_pause_is_refused_with_its_law(office, given, code, words):
    job = claimed(office)
    with nothing_written(*ROWS), pytest.raises(Refused, match=words) as told:
        actions.pause(by=make.actor("scjg-head"), job=job.pk, **{**make.TESTING, **given})
    assert told.value.code == code


def test_when_it_is_too_early_or_too_late(office):
    office.at(MONDAY)
    head = make.actor("scjg-head")
    waiting = make.job_of(make.accepted())
    with nothing_written(*ROWS), pytest.raises(WrongState, match="领办"):
        actions.pause(by=head, job=waiting.pk, **make.TESTING)
    running = make.claimed()
    with nothing_written(*ROWS), pytest.raises(WrongState, match="不在特别程序中"):
        actions.resume(by=head, job=running.pk)
    held = make.concluded()
    actions.pause(by=head, job=held.pk, **make.TESTING)
    with nothing_written(*ROWS), pytest.raises(WrongState, match="已在特别程序中"):
        actions.pause(by=head, job=held.pk, **make.TESTING)
    for decision in ("grant", "refuse"):
        with nothing_written(*ROWS), pytest.raises(WrongState, match="特别程序还没有结束"):
            actions.decide(by=head, job=held.pk, decision=decision, reason="经营场所不符合规定的条件和标准")
    for on in (MONDAY - timedelta(days=1), MONDAY + timedelta(days=1)):
        with nothing_written(*ROWS), pytest.raises(Refused) as told:
            actions.resume(by=head, job=held.pk, on=on)
        assert told.value.code == "resume.date"
    actions.resume(by=head, job=held.pk)
    actions.decide(by=head, job=held.pk, decision="grant")
    with nothing_written(*ROWS), pytest.raises(WrongState, match="已经作出决定"):
        actions.pause(by=head, job=held.pk, **make.TESTING)
    with nothing_written(*ROWS), pytest.raises(WrongState, match="已经结束"):
        actions.serve_pause(by=head, job=held.pk, method="mail", on=MONDAY)
    assert lawful() == []


@pytest.mark.parametrize(
    ("unit", "due", "left_out"),
    [("working", date(2018, 3, 22), "5 个工作日"), ("calendar", date(2018, 3, 19), "7 个自然日")],
)
def test_its_end_may_be_told_later_than_it_came(office, unit, due, left_out):
    """And what was left out is told in the unit of the promise: a promise of plain days moved by plain days."""
    job, head = claimed(office), make.actor("scjg-head")
    Clock.objects.filter(pk=decision_clock(job).pk).update(promised={"n": 10, "unit": unit})
    office.at(MONDAY)
    actions.pause(by=head, job=job.pk, **make.TESTING)
    office.at(date(2018, 3, 14))
    actions.resume(by=head, job=job.pk, on=date(2018, 3, 12))
    assert decision_clock(job).promised_due == due
    told = Document.objects.get(kind="special_procedure_end").payload
    assert f"{told['excluded_days']} {told['excluded_unit']}" == left_out
    assert any(f"{left_out}依法不计入" in line.detail for line in make.case("enterprise", job.application).story)


def test_two_procedures_leave_out_their_union(office):
    job, head = claimed(office), make.actor("scjg-head")
    for begin, end, ground in ((5, 8, "inspection"), (8, 12, "testing")):
        office.at(date(2018, 3, begin))
        actions.pause(by=head, job=job.pk, **{**make.TESTING, "ground": ground})
        office.at(date(2018, 3, end))
        actions.resume(by=head, job=job.pk)
    assert decision_clock(job).promised_due == date(2018, 3, 22)


def test_other_clocks_run_on(office):
    office.at(MONDAY)
    job = make.claimed(gaps=["floor_plan"])
    gap = Clock.objects.get(kind="gap")
    actions.pause(by=make.actor("scjg-head"), job=job.pk, **make.TESTING)
    gap.refresh_from_db()
    assert (gap.state, gap.due_on) == ("running", date(2018, 3, 12))
    office.pass_over(date(2018, 3, 12))
    assert make.member_of(job.application).state == "acceptance_revoked"
    assert Pause.objects.get().ended_on == date(2018, 3, 12)  # with the day of the promise, as the decision clock
    assert lawful() == []


def test_a_case_taken_back_ends_its_procedure(office):
    office.at(MONDAY)
    job = make.paused()
    actions.withdraw(by=make.actor("enterprise"), application=job.application_id, reason="不办了")
    assert Pause.objects.get().ended_on == MONDAY
    clock = decision_clock(job)
    assert (clock.state, clock.due_on) == ("stopped", None)
    assert lawful() == []
    told = why(clock)  # what stood still when it stopped has no last day, there as in the list
    assert (told.due_on, told.pauses[0].ended_on) == (None, MONDAY)
    assert [(turn.what, turn.due_on is None) for turn in told.turns] == [("start", False), ("pause", True), ("stop", True)]
    assert {"停止计时的时候特别程序还没有结束：没有到期日，只有剩余天数。"} <= {*told.lines} & {*explain_clock(clock)}
    held = [line for line in told.lines if line.startswith("特别程序“")]  # not: begun and over on one day, nothing left out
    assert len(held) == 1 and held[0].endswith("（2018年3月5日（周一））：3月5日（周一）当天仍计入，次日起停止计算；停止计时以前没有结束，没有再继续计算。")


@pytest.mark.parametrize("late", [False, True], ids=["while it waits for the case", "when all is over"])
def test_a_late_listener_does_not_undo_the_pause(office, monkeypatch, late):
    """The copies follow in the same transaction; an older announcement delivered later finds the clock as it is."""
    job, lock = claimed(office), Application.objects.select_for_update
    office.at(date(2018, 3, 13))
    sweep()
    event = Event.objects.filter(name__startswith="clock.turn").latest("pk")

    def pause():
        actions.pause(by=make.actor("scjg-head"), job=job.pk, **make.TESTING)
        return lock()

    if late:
        pause()
    else:
        monkeypatch.setattr(Application.objects, "select_for_update", pause)
    light_changed(event)
    assert on_rows(job) == {(None, "green")}


STORIES = [
    case for case in EXAMPLES if case["op"] == "decision_due" and {"pauses", "extensions"} & case["input"].keys()
]


@pytest.mark.parametrize("example", STORIES, ids=[case["id"] for case in STORIES])
def test_the_office_answers_as_the_engine_does(office, example):
    """Each worked example with pauses or extensions, lived through the real actions on its own days."""
    given, head = example["input"], make.actor("scjg-head")
    office.at(date.fromisoformat(given["accept_date"]))
    case = make.received()
    item = case.plan["members"][0]
    for name in ("legal", "promised"):
        limit = given.get(name) or given["legal"]
        item[f"{name}_limit"] = {"days": limit["n"], "unit": limit["unit"]}
    item["pause_grounds"] = [pause["type"] for pause in given.get("pauses", ()) if pause.get("lawful", True)]
    item["extension_cap"] = given.get("extension_cap", 10)
    Application.objects.filter(pk=case.pk).update(plan=case.plan)
    actions.accept(by=make.actor("cixi-clerk"), application=case.pk)
    job = actions.claim(by=make.actor("scjg-reviewer"), job=make.job_of(case).pk)
    rejected = []

    def begin(pause):
        service = "electronic" if pause.get("notified", True) else "later"
        try:
            actions.pause(by=head, job=job.pk, **{**make.TESTING, "ground": pause["type"], "service": service})
        except Refused as refusal:
            assert (refusal.code, pause.get("lawful", True)) == ("pause.ground", False)

    def finish(pause):
        if pause.get("lawful", True) and pause.get("notified", True):
            actions.resume(by=head, job=job.pk)

    def extend(asked):
        reason = "情况复杂需要复核" if asked.get("reason_told", True) else ""
        try:
            actions.extend(by=head, job=job.pk, days=asked["days"], reason=reason)
        except Refused as refusal:
            rejected.append(refusal.code)

    lived = [(pause["start"], begin, pause) for pause in given.get("pauses", ())]
    lived += [(pause["end"], finish, pause) for pause in given.get("pauses", ()) if pause["end"]]
    lived += [(asked["approved_on"], extend, asked) for asked in given.get("extensions", ())]
    for day, act, about in sorted(lived, key=lambda line: line[0]):
        office.at(date.fromisoformat(day))
        act(about)
    clock = decision_clock(job)
    left = {"legal_days_left": clock.legal_left, "promised_days_left": clock.promised_left}
    stored = {
        "legal_due": clock.legal_due and clock.legal_due.isoformat(),
        "promised_due": clock.promised_due and clock.promised_due.isoformat(),
        "effective_due": clock.due_on and clock.due_on.isoformat(),
        **({"state": "paused", **left} if clock.state == "paused" else {}),
        **({"rejected_extensions": rejected} if rejected else {}),
    }
    assert {
        name: stored[name] for name in example["expected"] if name in stored or name != "excluded_working_days"
    } == {name: value for name, value in example["expected"].items() if name != "excluded_working_days"}
