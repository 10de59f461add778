"""The clock of an item stands still for the visit and the rectification where the item allows it, and runs on with the conclusion."""

from datetime import timedelta

import pytest

from apps.applications import actions, queries_inspection
from apps.applications.handlers import calendar_changed
from apps.applications.models import (
    Application,
    Inspection,
    InspectionPart,
    Job,
    Member,
)
from apps.applications.story import tell
from apps.deadlines.actions import set_exception, withdraw_exception
from apps.deadlines.models import Clock, Pause
from apps.deadlines.queries import calendar
from apps.directory.models import Message, Post
from apps.issuance.models import Document
from apps.journal.door import Action
from apps.journal.models import Event
from apps.kit.errors import WrongState
from apps.kit.time import now, today
from tests import inspection_make as im
from tests import make
from tests.people import nothing_written

from .test_conclude_visit import ROWS, called_off

pytestmark = pytest.mark.django_db


def resting(case):
    return set(Member.objects.filter(application=case, state="paused").values_list("department", flat=True))


def test_the_clock_rests_for_the_visit_and_the_rectification_where_the_item_allows_it(world, days):
    case, head = im.homestay(), make.actor("scjg-head")
    food = Job.objects.get(application=case, department="scjg")
    actions.pause(by=head, job=food.pk, **make.TESTING)
    visit = im.notified(case)
    assert resting(case) == set(im.DEPARTMENTS)  # all four items allow an inspection
    paper = Document.objects.get(root_id=case.pk, kind="inspection_notice")
    assert len(paper.payload["excluded"]) == 3
    actions.resume(by=head, job=food.pk)  # what kept it from resting for the visit is over
    assert {pause.ground for pause in Pause.objects.filter(root_id=case.pk, ended_on=None)} == {"inspection"}
    assert resting(case) == set(im.DEPARTMENTS)
    told = Document.objects.filter(root_id=case.pk, kind="special_procedure").exclude(payload__organiser=make.TESTING["organiser"])
    assert [paper.payload["handler"]["name"] for paper in told] == [im.reviewer(paper.department).name for paper in told]
    assert len(told) == 4
    days.at(visit.visit_on)
    for department in visit.departments:
        actions.record_findings(by=im.reviewer(department), inspection=visit.pk, findings=im.FINDINGS)
    actions.hold_visit(by=im.organiser(visit), inspection=visit.pk, present=list(im.DEPARTMENTS), signature="陈大民")
    for department in ("wsjs", "xiaofang"):
        im.conclude(visit, department)
    im.conclude(visit, "gongan", "rectify", lines=["安装旅馆信息系统"])
    assert resting(case) == {"scjg"}
    im.conclude(visit, "scjg", "rectify", lines=["增设专用冷藏"])
    assert resting(case) == {"scjg"}  # food knows rectification, the hotel licence does not
    clock = Clock.objects.get(kind="decision", subject_id=case.members.get(department="scjg").pk, root_id=case.pk)
    assert clock.due_on is None
    actions.reinspect(by=im.organiser(visit), inspection=visit.pk, slot=queries_inspection.slots(visit)[0])
    actions.replan_visit(by=im.organiser(visit), inspection=visit.pk, reason="台风将至，改期复查")
    assert resting(case) == {"scjg"}  # what is put off is the look, not what is still to be put right


def test_silence_lets_the_clock_run_again(world, days):
    visit = im.held(days)
    for department in ("gongan", "scjg", "xiaofang"):
        im.conclude(visit, department)
    assert resting(visit.application) == {"wsjs"}
    days.pass_over(InspectionPart.objects.get(inspection=visit, department="wsjs").due_on)
    assert resting(visit.application) == set()


def test_the_day_of_a_conclusion_follows_a_changed_calendar(world, days):
    visit = im.held(days)
    part = InspectionPart.objects.get(inspection=visit, department="wsjs")
    days.work()
    admin = make.actor("cixi-admin")
    closed = set_exception(by=admin, region="330282", day=part.due_on, working=False, reason="台风停业")
    days.work()
    later = InspectionPart.objects.get(pk=part.pk).due_on
    clock = Clock.objects.get(kind="inspection", subject_id=part.pk)
    assert later == clock.due_on > part.due_on
    told = Message.objects.filter(kind="deadline", key__endswith=f":{clock.pk}", user__isnull=False)
    assert {message.user.username for message in told} == {"wsjs-head", "wsjs-reviewer"}  # who has to conclude
    lines = Event.objects.filter(name="application.redate", facts__about=clock.about)
    (line,) = tell(visit.application, [], lines, public=False)
    assert line.detail.startswith("“卫计”的踏勘结论期限由 ")
    assert tell(visit.application, [], lines, public=False, untold={clock.about}) == []  # who takes no part
    withdraw_exception(by=admin, exception=closed.pk, reason="台风转向")
    days.work()
    assert InspectionPart.objects.get(pk=part.pk).due_on == part.due_on
    days.pass_over(part.due_on)
    assert InspectionPart.objects.get(pk=part.pk).overdue


def test_what_nobody_has_claimed_runs_on(world, monkeypatch):
    case = make.accepted(im.HOMESTAY, situations={"already_registered": True, "serves_meals": True})
    visit = im.notified(case)
    assert resting(case) == set()
    assert Document.objects.get(root_id=case.pk, kind="inspection_notice").payload["excluded"] == []
    last = actions.replan_visit(by=im.organiser(visit), inspection=visit.pk, reason="台风停工").reply_by
    set_exception(by=make.actor("cixi-admin"), region="330282", day=last, working=False, reason="台风停业")
    with monkeypatch.context() as late:  # who held the case has called the visit off: there is nothing to answer to
        lock = Action.lock
        late.setattr(Action, "lock", lambda *asked: called_off(lock(*asked)))
        calendar_changed(Event.objects.get(name="localexception.register"))
    assert Inspection.objects.get(pk=visit.pk).reply_by == last
    for _ in range(2):
        calendar_changed(Event.objects.get(name="localexception.register"))
    moved = queries_inspection.visit(im.organiser(visit), visit.pk).inspection.reply_by  # nobody answers on a day that is closed
    assert moved == calendar(region="330282").next_working_day(last) > last
    assert [line.title for line in make.case("cixi-supervisor", case).story if line.name == "inspection.redate"] == ["报空闲时间的截止日变动"]


def test_a_notice_of_a_visit_that_is_served_afterwards_ends_with_the_conclusion(world, days):
    """The clock stood still until somebody ended it, and what came after was left out too."""
    case = im.homestay()
    Application.objects.filter(pk=case.pk).update(contact_mobile="")
    visit = im.held(days, Application.objects.get(pk=case.pk))
    job = Job.objects.get(member=Pause.objects.filter(notified_on=None).first().subject_id)
    im.conclude(visit, job.department_id)
    over, serve = today(), {"by": im.reviewer(job.department_id), "job": job.pk, "method": "mail"}
    days.after(over, 9)
    with nothing_written(*ROWS), pytest.raises(WrongState, match="作废这份告知书"):
        actions.serve_pause(**serve, on=over)
    assert actions.serve_pause(**serve, on=over - timedelta(days=1)).state == "in_review"
    assert Pause.objects.get(subject_id=job.member_id).ended_on == over
    # Who lets his day pass has it until then and no longer, swept or not, and whenever the notice was served.
    jobs = {one.department_id: one for one in Job.objects.filter(application=case).exclude(pk=job.pk).select_related("member")}
    unswept, swept = (part.department_id for part in visit.parts.filter(result="").order_by("pk")[:2])
    last = visit.parts.get(department=swept).due_on
    actions.serve_pause(by=im.reviewer(unswept), job=jobs[unswept].pk, method="mail", on=over)
    days.after(last + timedelta(days=3))
    im.conclude(visit, unswept)
    days.work()
    actions.serve_pause(by=im.reviewer(swept), job=jobs[swept].pk, method="mail", on=over)
    assert {Pause.objects.get(subject_id=jobs[one].member_id).ended_on for one in (unswept, swept)} == {last}


def test_a_notice_of_the_visit_that_nobody_served_makes_room_for_the_rectification(world, days):
    """Served too late it has to be taken back; and the days to mend, told meanwhile, counted."""
    case = im.homestay()
    Application.objects.filter(pk=case.pk).update(contact_mobile="")
    visit = im.concluded(days, Application.objects.get(pk=case.pk), scjg="rectify")
    about = {"by": make.actor("scjg-head"), "job": Job.objects.get(application=case, department="scjg").pk}
    with nothing_written(*ROWS), pytest.raises(WrongState, match="作废这份告知书"):
        actions.serve_pause(**about, method="mail", on=today())
    member = actions.drop_pause(**about, reason="踏勘已经结束")
    rests = Pause.objects.get(subject_id=member.pk, ended_on=None)
    assert (im.state(visit), rests.ground, rests.waits) == ("rectify_needed", "rectification", True)
    actions.drop_pause(**about, reason="整改不用停止计时")  # this one is wanted no more: it does not come again
    assert not Pause.objects.filter(subject_id=member.pk, ended_on=None).exists()


def test_what_goes_to_another_department_rests_no_more_for_a_visit_that_is_not_its_own(world):
    """A department was merged away while its item rested for a visit: who has it now plans its own, and the time stood still for nothing."""
    case = im.homestay()
    visit, job = im.notified(case), Job.objects.get(application=case, department="wsjs")
    Post.objects.filter(department="wsjs").update(ended_at=now())
    row = actions.reroute(by=make.actor("cixi-supervisor"), job=job.pk, department="lvyou", reason="机构改革划转")
    assert (row.state, row.member.state, row.department_id) == ("assigned", "in_review", "lvyou")
    assert row.due_on == Clock.objects.get(root_id=case.pk, kind="decision", department="lvyou", state="running").due_on
    told = Document.objects.get(root_id=case.pk, kind="special_procedure_end")
    assert told.department == "lvyou"
    assert resting(case) == set(im.DEPARTMENTS) - {"wsjs"} and Inspection.objects.get(pk=visit.pk).state == "notified"
    actions.claim(by=make.actor("lvyou-reviewer"), job=job.pk)
    actions.conclude(by=make.actor("lvyou-reviewer"), job=job.pk, recommendation="grant", opinion="符合条件", checks=make.checks(row))
