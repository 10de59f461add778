"""What the bundle joins and begins while the visit of the others is only arranged goes along on it: one visit, not a second (ZJR 18)."""

import pytest

from apps.applications import actions, queries_inspection
from apps.applications.models import Application, Inspection, InspectionPart, Job, Member
from apps.applications.telling import words_for
from apps.directory.models import Message
from apps.issuance.models import Document
from apps.journal.models import Event
from apps.kit.errors import WrongState
from tests import inspection_make as im
from tests.people import nothing_written
from tests.web.conftest import client_of

from .test_amend_situation import amend

pytestmark = pytest.mark.django_db


def begins(case: Application) -> Job:
    """The meal that is served after all: its item has begun and is in hand."""
    amend(case, {"serves_meals": True})
    job = Job.objects.get(application=case, member__code="food-licence")
    return actions.claim(by=im.reviewer("scjg"), job=job.pk)


def visit_of(case: Application) -> Inspection:
    return Inspection.objects.get(application=case)  # there is one


def notices(case: Application) -> list[Document]:
    return list(Document.objects.filter(root_id=case.pk, kind="inspection_notice").order_by("pk"))


def test_while_times_are_asked_for_its_department_is_asked_as_well(world):
    case = im.homestay(serves_meals=False)
    visit = im.answered(case)
    job, page = begins(case), client_of("scjg-reviewer")
    shown = page.get(f"/review/{job.pk}/").text
    assert "联合踏勘已经在安排" in shown and "参加这次踏勘" in shown and "征集各部门时间" not in shown
    for _ in range(2):  # a second click
        told = page.post(f"/review/{job.pk}/inspect/", {"once": "k"}, follow=True)
    assert "已参加安排好的联合踏勘" in told.text and "参加这次踏勘" not in page.get(f"/review/{job.pk}/").text
    visit = visit_of(case)
    assert visit.state == "planned" and visit.departments == sorted(im.DEPARTMENTS) and visit.organiser_id == "gongan"
    heard = Message.objects.filter(title__startswith="又有事项参加踏勘")
    assert {one.user.username for one in heard} == {"gongan-reviewer", "gongan-head"} and "食品经营许可" in heard[0].text
    assert visit.parts.get(department="scjg").members == [job.member_id]
    with nothing_written(Inspection, InspectionPart), pytest.raises(WrongState, match="还没有报空闲时间"):
        actions.confirm_visit(by=im.organiser(visit), inspection=visit.pk, slot=queries_inspection.slots(visit)[5], place=im.PLACE)
    with nothing_written(Inspection, InspectionPart), pytest.raises(WrongState, match="没有需要安排的踏勘"):
        actions.plan_inspection(by=im.reviewer("scjg"), application=case.pk)


def test_to_a_day_that_the_applicant_knows_it_comes_with_a_new_notice(world, days):
    case = im.homestay(serves_meals=False)
    visit = im.notified(case)
    job = begins(case)
    assert actions.plan_inspection(by=im.reviewer("scjg"), application=case.pk).pk == visit.pk
    assert len(notices(case)) == 1 and Member.objects.get(pk=job.member_id).state == "in_review"  # nobody comes without two officers
    actions.name_officers(by=im.reviewer("scjg"), inspection=visit.pk, officers=im.officers("scjg"))
    old, new = notices(case)
    assert old.state == "void" and new.state != "void" and new.payload["when"] == old.payload["when"] == visit_of(case).when
    assert len(new.payload["departments"]) == 4 == len(new.payload["officers"]) and len(new.payload["excluded"]) == 4
    assert Member.objects.get(pk=job.member_id).state == "paused"
    told = words_for(Event.objects.get(name="inspection.notify_also", chain=case.chain), case)
    assert told[0] == "踏勘通知有补充：办民宿" and f"{visit_of(case).when}，时间不变" in told[1]
    actions.name_officers(by=im.reviewer("scjg"), inspection=visit.pk, officers=im.officers("scjg", 3))
    assert len(notices(case)) == 2
    days.at(visit.visit_on)
    for department in im.DEPARTMENTS:
        actions.record_findings(by=im.reviewer(department), inspection=visit.pk, findings=im.FINDINGS)
    actions.hold_visit(by=im.organiser(visit), inspection=visit.pk, present=list(im.DEPARTMENTS), signature="陈大民")
    for department in im.DEPARTMENTS:
        im.conclude(visit, department)
    assert im.state(visit) == "closed"


def test_of_a_department_that_goes_anyway_it_is_looked_at_by_the_same_officers(world):
    case = im.homestay(serves_meals=False)
    visit = im.notified(case)
    job = begins(case)
    for rows in (Member.objects.filter(pk=job.member_id), Job.objects.filter(pk=job.pk)):
        rows.update(department="wsjs")
    actions.plan_inspection(by=im.reviewer("wsjs"), application=case.pk)
    part = visit.parts.get(department="wsjs")
    assert job.member_id in part.members and len(part.members) == 2 and visit_of(case).departments == visit.departments
    assert Member.objects.get(pk=job.member_id).state == "paused" and len(notices(case)) == 1


@pytest.mark.parametrize("gone", ["on its day", "held", "called off"])
def test_a_visit_that_nobody_can_be_added_to_is_not_waited_for(world, days, gone):
    case = im.homestay(serves_meals=False)
    visit = im.held(days, case) if gone == "held" else im.notified(case)
    if gone == "on its day":
        days.at(visit.visit_on)
    if gone == "called off":
        actions.cancel_inspection(by=im.organiser(visit), inspection=visit.pk, reason="改为书面核查")
    begins(case)
    by = im.reviewer("gongan" if gone == "called off" else "scjg")  # where nobody has gone all go together
    own = actions.plan_inspection(by=by, application=case.pk)
    assert own.pk != visit.pk and own.departments == (sorted(im.DEPARTMENTS) if gone == "called off" else ["scjg"])
