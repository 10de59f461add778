"""The one extension (XKF 42; K7): who approves, how many days, until when, and that the reason is told."""

from datetime import date

import pytest

from apps.applications import actions
from apps.applications.handlers import tell_parties
from apps.applications.models import Application, Member
from apps.deadlines.models import Clock, Extension
from apps.deadlines.queries_past import explain_clock
from apps.deadlines.queries_why import why
from apps.directory.models import Department, Message
from apps.issuance.models import Document
from apps.journal.invariants import patrol
from apps.journal.models import Event
from apps.kit.errors import Forbidden, Refused, WrongState
from tests import make
from tests.people import nothing_written

ROWS = (Extension, Document, Member, Clock, Message)
WHY = "检测结果需要复核"


def decision_clock(job) -> Clock:
    return Clock.objects.with_intervals().get(kind="decision", root_id=job.application_id)


def claimed(office, day=date(2018, 3, 1), **item):
    """In review since this day; `item` overrides the frozen plan (cap, limits)."""
    office.at(day)
    row = make.received()
    row.plan["members"][0].update(item)
    Application.objects.filter(pk=row.pk).update(plan=row.plan)
    actions.accept(by=make.actor("cixi-clerk"), application=row.pk)
    return actions.claim(by=make.actor("scjg-reviewer"), job=make.job_of(row).pk)


def refused(job, code, *, by="scjg-head", **given):
    with nothing_written(*ROWS), pytest.raises(Refused) as told:
        actions.extend(by=make.actor(by), job=job.pk, **{"days": 5, "reason": WHY, **given})
    assert told.value.code == code and told.value.field  # where it is to be put right
    return told.value.message


def test_a_long_name_of_the_agency_leaves_room_for_who_approved(office):
    job = claimed(office, department_name="局" * 120)
    actions.extend(by=make.actor("scjg-head"), job=job.pk, days=1, reason=WHY)
    assert Extension.objects.get().approver == "局" * 94 + "负责人岑建明"


def test_a_department_that_was_renamed_since_acts_in_its_new_name(office):
    job = claimed(office)
    Department.objects.filter(pk="scjg").update(name="慈溪市新名称局")
    office.at(date(2018, 3, 2))
    actions.extend(by=make.actor("scjg-head"), job=job.pk, days=1, reason=WHY)
    actions.conclude(by=make.actor("scjg-reviewer"), job=job.pk, recommendation="grant", opinion="符合条件")
    actions.decide(by=make.actor("scjg-head"), job=job.pk, decision="grant")
    told = {row.kind: row.payload["agency"]["name"] for row in Document.objects.filter(root_id=job.application_id)}
    assert {told.pop(kind) for kind in ("extension_notice", "grant", "certificate")} == {"慈溪市新名称局"}
    assert set(told) == {"receipt", "acceptance"} and set(told.values()) == {"慈溪市市场监督管理局"}
    assert Extension.objects.get().approver.startswith("慈溪市新名称局")


def test_both_limits_get_the_days_and_the_applicant_is_told(office):
    job = claimed(office)
    office.at(date(2018, 3, 15))  # the promise's last day
    actions.extend(by=make.actor("scjg-head"), job=job.pk, days=5, reason=WHY)
    clock = decision_clock(job)
    assert (clock.promised_due, clock.legal_due, clock.due_on) == (
        date(2018, 3, 22),
        date(2018, 4, 8),
        date(2018, 3, 22),
    )
    case = Application.objects.get(pk=job.application_id)
    assert {row.due_on for row in (case, case.members.get(), case.jobs.get())} == {date(2018, 3, 22)}
    paper = Document.objects.get(kind="extension_notice").payload
    assert (paper["days"], paper["reason"], paper["before"]) == (5, WHY, "2018-03-15")
    assert (paper["promised_due"], paper["legal_due"]) == ("2018-03-22", "2018-04-08")
    assert paper["approver"] == "慈溪市市场监督管理局负责人岑建明"
    extended = Event.objects.get(name="member.extend")
    tell_parties(extended)
    assert "2018年3月22日" in Message.objects.get(key=f"event:{extended.pk}").text
    assert any("批准延长 5 日" in line for line in explain_clock(clock))
    assert extended.facts["due_on"] == "2018-03-22"
    assert [found for found in patrol()[1] if found["invariant"].startswith("applications.")] == []


def test_refusals_in_the_order_of_the_law(office):
    """second, over the cap, too late, reason not told: each is asked before the next."""
    job = claimed(office)
    office.at(date(2018, 3, 16))  # after the promise, before the law's day
    assert "不得" not in refused(job, "over_cap", days=11, reason="")
    assert "2018年3月15日" in refused(job, "approved_after_due", reason="")
    refused(job, "approved_after_due")
    office.at(date(2018, 3, 15))
    assert "告知" in refused(job, "reason_not_told", reason=" 忙 ")
    refused(job, "extend.days", days=0)
    actions.extend(by=make.actor("scjg-head"), job=job.pk, days=5, reason=WHY)
    office.at(date(2018, 3, 30))
    assert "2018年3月15日" in refused(job, "second_extension", days=11, reason="")


def test_an_item_that_knows_no_extension(office):
    job = claimed(office, extension_cap=0)
    assert "不得延长" in refused(job, "over_cap", days=1)


def test_beyond_the_head_approves_who_stands_above_him(office):
    """42(2): where agencies decide as one, the people's government; beyond ten days, whoever the item's law names."""
    joint = claimed(office, extension_cap=15, legal_limit={"days": 45, "unit": "working"})
    assert "人民政府" in refused(joint, "extend.approver", days=5)
    refused(joint, "over_cap", days=16, approver="慈溪市人民政府 慈政批〔2018〕3号")
    actions.extend(
        by=make.actor("scjg-head"), job=joint.pk, days=15, reason=WHY, approver="慈溪市人民政府 慈政批〔2018〕3号"
    )
    assert Extension.objects.get().approver == "慈溪市人民政府 慈政批〔2018〕3号"
    long = claimed(office, extension_cap=40)
    refused(long, "extend.approver", days=11, approver=" 市府 ")


def test_who_may_not_and_when_it_is_over(office):
    job = claimed(office)
    for name in ("scjg-reviewer", "cixi-clerk", "enterprise", "cixi-supervisor"):
        with nothing_written(*ROWS), pytest.raises(Forbidden):
            actions.extend(by=make.actor(name), job=job.pk, days=5, reason=WHY)
    actions.conclude(by=make.actor("scjg-reviewer"), job=job.pk, recommendation="grant", opinion="符合条件")
    actions.decide(by=make.actor("scjg-head"), job=job.pk, decision="grant")
    with nothing_written(*ROWS), pytest.raises(WrongState, match="已经作出决定"):
        actions.extend(by=make.actor("scjg-head"), job=job.pk, days=5, reason=WHY)


def test_in_a_special_procedure_the_days_left_grow(office):
    job = claimed(office)
    actions.pause(by=make.actor("scjg-head"), job=job.pk, **make.TESTING)
    office.at(date(2018, 3, 20))
    actions.extend(by=make.actor("scjg-head"), job=job.pk, days=5, reason=WHY)
    clock = decision_clock(job)
    assert (clock.state, clock.due_on, clock.promised_left, clock.legal_left) == ("paused", None, 15, 25)
    assert Document.objects.get(kind="extension_notice").payload["promised_due"] is None
    actions.resume(by=make.actor("scjg-head"), job=job.pk)
    assert decision_clock(job).promised_due == date(2018, 4, 11)


@pytest.mark.parametrize(
    ("legal", "promised", "unit"),
    [("working", "working", "个工作日"), ("calendar", "working", "日"), ("working", "calendar", "日"), ("calendar", "calendar", "个自然日")],
)
def test_days_that_the_two_limits_count_each_in_its_own_way_are_not_called_working_days(office, legal, promised, unit):
    """7 plain days by law: ten more end on the 18th, where ten working days would not."""
    job = claimed(office, legal_limit={"days": 7, "unit": legal}, promised_limit={"days": 5, "unit": promised})
    actions.extend(by=make.actor("scjg-head"), job=job.pk, days=10, reason=WHY)
    assert Document.objects.get(kind="extension_notice").payload["unit"] == unit
    granted = why(decision_clock(job))
    assert granted.longer_by == f"10 {unit}"


def test_a_light_goes_back_when_more_days_are_given(office):
    job = claimed(office)
    office.pass_to(date(2018, 3, 15))
    assert decision_clock(job).light == "red"
    actions.extend(by=make.actor("scjg-head"), job=job.pk, days=10, reason=WHY)
    case = Application.objects.get(pk=job.application_id)
    assert {row.light for row in (case, case.members.get(), case.jobs.get(), decision_clock(job))} == {"green"}
    office.pass_to(date(2018, 3, 29))
    assert Event.objects.filter(name="clock.turn_red").count() == 2
