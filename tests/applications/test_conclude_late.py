"""联合踏勘: a department that let the day of its conclusion pass asks for something to be put right after all."""

import pytest

from apps.applications import actions, queries_inspection
from apps.applications.models import Application, Inspection, InspectionPart
from apps.applications.telling import words_for
from apps.deadlines.models import Pause
from apps.directory.models import Message
from apps.issuance.models import Document
from apps.journal.models import Event
from apps.kit.time import today
from tests import inspection_make as im
from tests import make

pytestmark = pytest.mark.django_db


def test_a_late_rectification_joins_the_list(world, days):
    visit = im.held(days)
    for department in ("gongan", "scjg"):
        im.conclude(visit, department)
    im.conclude(visit, "xiaofang", "rectify", lines=["增设灭火器"], days=2)
    part = InspectionPart.objects.get(inspection=visit, department="wsjs")
    days.pass_over(part.due_on)
    row = Inspection.objects.get(pk=visit.pk)
    assert row.state == "rectify_needed"
    im.conclude(visit, "wsjs", "rectify", lines=["增设消毒柜"], days=9)
    again = Inspection.objects.get(pk=visit.pk)
    assert again.rectify_by > row.rectify_by
    papers = Document.objects.filter(root_id=row.application_id, kind="rectification_notice").order_by("pk")
    assert [p.state for p in papers] == ["void", "queued"] and len(papers[1].payload["rectify"]) == 2


@pytest.mark.parametrize("held_again", [False, True])
def test_what_is_asked_for_late_is_told_at_once_though_a_second_look_is_called(world, days, held_again):
    """The applicant mends it meanwhile; he had read of it only when the second look was through. Of what is decided nothing is asked."""
    visit = im.held(days)
    looked_on = visit.held_on
    for department, result in (("gongan", "pass"), ("xiaofang", "pass"), ("wsjs", "rectify")):
        im.conclude(visit, department, result, **({"lines": ["增设消毒柜"]} if result == "rectify" else {}))
    days.pass_over(InspectionPart.objects.get(inspection=visit, department="scjg").due_on)
    row = actions.reinspect(by=im.organiser(visit), inspection=visit.pk, slot=queries_inspection.slots(visit)[0])
    if held_again:
        days.at(row.visit_on)
        actions.record_findings(by=im.reviewer("wsjs"), inspection=visit.pk, findings=im.FINDINGS)
        actions.hold_visit(by=im.organiser(visit), inspection=visit.pk, present=["wsjs"], signature="陈大民")
    case, state = visit.application, im.state(visit)
    im.conclude(visit, "scjg", "rectify", lines=["增设洗消池"], days=15)
    told = next(one for one in make.case("enterprise", case).story if one.name == "inspection.require_beside")
    row = Inspection.objects.get(pk=visit.pk)
    assert row.state == state and "增设洗消池" in told.detail and "消毒柜" not in told.detail
    first, beside = Document.objects.filter(root_id=case.pk, kind="rectification_notice").order_by("pk")
    assert first.state != "void" and len(beside.payload["rectify"]) == 1
    assert (beside.payload["held_on"], beside.payload["rectify_by"]) == (looked_on.isoformat(), row.rectify_by.isoformat())
    event = Event.objects.get(name="inspection.require_beside", chain=case.chain)
    assert "另有需要整改" in words_for(event, Application.objects.get(pk=case.pk))[0]
    food = case.members.get(department="scjg")
    assert food.state == "paused" and Pause.objects.filter(ground="rectification", notified_on=today(), subject_id=food.pk).exists()


def looked_at_again(days) -> Inspection:
    """A second look is called for one department, and another has not concluded the first."""
    visit = im.held(days)
    for department in ("gongan", "xiaofang"):
        im.conclude(visit, department)
    im.conclude(visit, "wsjs", "rectify", lines=["增设消毒柜"])
    days.pass_over(InspectionPart.objects.get(inspection=visit, department="scjg").due_on)
    actions.reinspect(by=im.organiser(visit), inspection=visit.pk, slot=queries_inspection.slots(visit)[0])
    return visit


def test_of_what_is_over_nothing_is_asked_late(world, days):
    visit = looked_at_again(days)
    visit.application.members.filter(department="scjg").update(state="withdrawn")
    im.conclude(visit, "scjg", "rectify", lines=["增设洗消池"])
    assert Document.objects.filter(root_id=visit.application_id, kind="rectification_notice").count() == 1
    assert not Event.objects.filter(name="inspection.require_beside").exists()


@pytest.mark.parametrize("refused", [False, True])
def test_who_asked_late_is_told_that_the_second_look_of_the_others_was_called_off(world, days, refused):
    """Its time stands still for what is to be mended, and nobody comes to see it: it has to call for a visit of its own. Who has refused
    its item meanwhile looks at nothing any more."""
    visit = looked_at_again(days)
    im.conclude(visit, "scjg", "rectify", lines=["增设洗消池"], days=15)
    case = visit.application
    if refused:
        job = case.jobs.get(department="scjg")
        actions.resume(by=make.actor("scjg-head"), job=job.pk, result="不再整改")
        actions.conclude(by=im.reviewer("scjg"), job=job.pk, recommendation="refuse", opinion="不符合规定的条件")
        actions.decide(by=make.actor("scjg-head"), job=job.pk, decision="refuse", reason="不符合规定的条件和标准，洗消池缺少。")
    actions.withdraw_member(by=make.actor("cixi-clerk"), member=case.members.get(department="wsjs").pk, reason="不做餐饮了，不用办了")
    assert im.state(visit) == "cancelled" and case.members.get(department="scjg").state == ("refused" if refused else "paused")
    told = {*Message.objects.filter(title__startswith="复查取消，请另行安排踏勘").values_list("user__username", flat=True)}
    assert {"scjg-reviewer", "scjg-head"} & told == (set() if refused else {"scjg-reviewer", "scjg-head"})
    assert not told & {"wsjs-reviewer", "gongan-reviewer", "xiaofang-reviewer"}
    if refused:
        return
    assert actions.plan_inspection(by=im.reviewer("scjg"), application=case.pk).departments == ["scjg"]
