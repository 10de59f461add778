"""联合踏勘, after the visit: conclusions and the one list, and what hangs on them: decisions, withdrawal, who leaves."""

from datetime import timedelta

import pytest

from apps.applications import actions, queries_files, queries_inspection
from apps.applications.actions.inspection_conclusion import demand_inspected
from apps.applications.actions.waiting import over_on
from apps.applications.models import (
    Application,
    Inspection,
    InspectionPart,
    InspectionPhoto,
    Job,
    Member,
    RectificationLine,
)
from apps.applications.telling import words_for
from apps.deadlines.models import Clock, Pause
from apps.directory import queries as directory
from apps.directory.models import Message, Post
from apps.gateway.queries import over
from apps.issuance.models import Document
from apps.journal.models import Event
from apps.kit.errors import Forbidden, NotYours, Refused, WrongState
from apps.kit.time import now, today
from tests import inspection_make as im
from tests import make
from tests.people import nothing_written

from . import test_run_bundle as bundle

pytestmark = pytest.mark.django_db
ROWS = (Inspection, InspectionPart, InspectionPhoto, RectificationLine, Document, Clock)


# —— conclusions ——


def test_all_pass_closes_it_and_prints_one_sheet(world, days):
    visit = im.held(days)
    first = visit.departments[0]
    for name, caption, pixels in (("🏠大厅.png", "", b"\x80"), ("a.png", "🔥灭火器", b"\x81")):
        actions.add_photo(by=im.reviewer(first), inspection=visit.pk, name=name, caption=caption, content=im.picture(pixels))
    for department in visit.departments:
        im.conclude(visit, department)
    assert im.state(visit) == "closed"
    sheet = Document.objects.get(root_id=visit.application_id, kind="inspection_record")
    assert [part["conclusion"] for part in sheet.payload["inspected"]] == ["符合"] * 4
    assert sheet.payload["signature"] == "陈大民"
    assert [photo["value"].partition("，")[0] for photo in sheet.payload["photos"]] == ["大厅.png", "灭火器"]  # no paper can say 🔥
    assert not Clock.objects.filter(kind="inspection").exclude(state="stopped").exists()
    assert Event.objects.filter(name="inspection.close", chain=visit.application.chain).count() == 1


def test_a_conclusion_needs_officers_findings_and_words(world, days):
    visit = im.held(days, present=("gongan", "xiaofang"))
    with nothing_written(*ROWS):
        with pytest.raises(WrongState, match="没能进去看的"):  # nothing recorded, and nobody was let in
            im.conclude(visit, "scjg")
        for given in (
            {"result": "maybe"},
            {"result": "rectify"},
            {"result": "pass", "lines": ["多余的整改"]},
            {"result": "rectify", "lines": ["加装扶手"], "days": 0},
        ):
            with pytest.raises(Refused):
                im.conclude(visit, "gongan", **given)
        with pytest.raises(Refused):
            actions.conclude_inspection(by=im.reviewer("gongan"), inspection=visit.pk, result="pass", words="好")


def test_what_one_department_wrote_keeps_no_other_from_concluding(world, days):
    """The one sheet repeats the words of all: a sign that no paper can say is told to who types it, not to who concludes last."""
    visit = im.held(days)
    first, *others = visit.departments
    by, words = im.reviewer(first), "现场一致✔"
    with nothing_written(*ROWS):
        for given in ({"result": "pass", "words": words}, {"result": "rectify", "words": "还有问题", "lines": ["加装扶手➢"]}):
            with pytest.raises(Refused, match="印不出来的符号") as refusal:
                actions.conclude_inspection(by=by, inspection=visit.pk, **given)
            assert refusal.value.field == ("lines" if "lines" in given else "words")
        with pytest.raises(Refused, match="印不出来的符号"):
            actions.record_findings(by=by, inspection=visit.pk, findings=[im.FINDINGS[0] | {"words": words}])
    im.conclude(visit, first)
    InspectionPart.objects.filter(inspection=visit, department=first).update(words=words)  # as it was taken before
    for department in others:
        im.conclude(visit, department)
    assert im.state(visit) == "closed"


def test_one_list_then_only_the_open_lines_are_looked_at_again(world, days):
    visit = im.concluded(days, gongan="rectify", wsjs="rectify", xiaofang="rectify")
    case = visit.application
    assert visit.state == "rectify_needed" and visit.rectify_by > today()
    paper = Document.objects.get(root_id=case.pk, kind="rectification_notice")
    assert [line["label"][:6] for line in paper.payload["rectify"]] == ["慈溪市公安局", "慈溪市卫生和", "慈溪市公安消"]
    own = visit.parts.get(department=visit.organiser_id)  # who organises is asked, not who concluded last
    assert paper.payload["handler"] == {"name": own.officers[0]["name"], "phone": visit.organiser.phone, "address": ""}
    told = make.case("enterprise", case).story[-1]
    assert "公安" in told.detail and "卫计" in told.detail
    organises = Message.objects.filter(title__startswith="整改后请安排复查")  # it concluded first, and alone may appoint the second look
    assert {row.user.username for row in organises} == {"gongan-reviewer", "gongan-head"}
    assert f"{visit.rectify_by:%Y年%-m月%-d日} 前（含当日）整改" in organises[0].text
    rests = Pause(ground="rectification", started_on=today())
    police, health = (case.members.get(department=one) for one in ("gongan", "wsjs"))
    assert over_on(police, rests) is over_on(health, rests) is None

    slot = queries_inspection.slots(visit)[0]
    row = actions.reinspect(by=im.organiser(visit), inspection=visit.pk, slot=slot)
    assert (row.state, row.round) == ("notified", 2)
    told = next(one.detail for one in make.case("enterprise", case).story if one.title == "通知复查时间")
    assert told.endswith("只看没有改好的。") and "各部门" not in told  # who found nothing to mend does not come again
    called = [Event.objects.get(name=f"inspection.{name}", chain=case.chain) for name in ("notify", "notify_again")]
    assert [over(one) for one in called] == [True, False]  # he is sent for by phone and mail as well
    with nothing_written(*ROWS), pytest.raises(WrongState, match="改期"):
        actions.cancel_inspection(by=im.organiser(visit), inspection=visit.pk, reason="不再复查了")
    again = InspectionPart.objects.filter(inspection=visit, round=2)
    assert sorted(again.values_list("department", flat=True)) == ["gongan", "wsjs", "xiaofang"]
    days.at(row.visit_on)
    for department in ("gongan", "wsjs"):
        actions.record_findings(by=im.reviewer(department), inspection=visit.pk, findings=im.FINDINGS)
    actions.hold_visit(by=im.organiser(visit), inspection=visit.pk, present=["gongan", "wsjs"], signature="陈大民")
    assert over(called[1]) and over_on(police, rests) is None
    lines = {line.part.department_id: line.pk for line in RectificationLine.objects.select_related("part")}
    with nothing_written(*ROWS), pytest.raises(Refused):
        im.conclude(visit, "gongan")  # not ticked
    im.conclude(visit, "gongan", fixed=[lines["gongan"]])
    im.conclude(visit, "wsjs", "rectify", days=3)
    assert (over_on(police, rests), over_on(health, rests)) == (row.visit_on, None)  # a period ends where all is mended
    take_back(case, "xiaofang")
    assert im.state(visit) == "rectify_needed"  # who leaves ends nothing that another has still to put right
    row = actions.reinspect(by=im.organiser(visit), inspection=visit.pk, slot=queries_inspection.slots(visit)[0])
    assert InspectionPart.objects.get(inspection=visit, round=3).department_id == "wsjs"  # nobody is sent for what has left
    days.at(row.visit_on)
    actions.hold_visit(by=im.organiser(visit), inspection=visit.pk, present=["wsjs"], signature="陈大民")
    take_back(case, "wsjs")
    assert im.state(visit) == "closed"  # of a look of which nothing is left no sheet is asked for


def take_back(case, department):
    one = case.members.get(department=department)
    actions.withdraw_member(by=make.actor("enterprise"), member=one.pk, reason="不办了")


def test_a_failed_visit_is_a_conclusion_too(world, days):
    visit = im.concluded(days, xiaofang="fail")
    assert visit.state == "closed"


def test_silence_is_recorded_once_and_the_others_go_on(world, days):
    visit = im.held(days)
    for department in ("gongan", "scjg", "xiaofang"):
        im.conclude(visit, department)
    part = InspectionPart.objects.get(inspection=visit, department="wsjs")
    days.pass_to(part.due_on)
    assert im.state(visit) == "held"
    days.after(part.due_on + timedelta(days=3))
    days.work()
    part.refresh_from_db()
    assert part.overdue and im.state(visit) == "conclusions_in"
    ended = Document.objects.filter(root_id=visit.application_id, kind="special_procedure_end").latest("pk")
    assert ended.payload["ended_on"] == part.due_on.isoformat()  # its time ran on from then, though the sweep came later
    told = [clock.item for clock in make.case("cixi-supervisor", visit.application).clocks if clock.kind == "inspection"]
    assert sorted(told) == sorted(one.department.name for one in visit.parts.select_related("department"))
    assert Event.objects.filter(name="inspectionpart.miss", chain=visit.application.chain).count() == 1
    sheet = Document.objects.get(root_id=visit.application_id, kind="inspection_record")
    assert [p["conclusion"] for p in sheet.payload["inspected"]].count("逾期未出具结论") == 1
    # What comes late is taken as late; the sheet is made anew.
    assert im.conclude(visit, "wsjs").late
    assert im.state(visit) == "closed"
    sheets = Document.objects.filter(root_id=visit.application_id, kind="inspection_record").order_by("pk")
    assert [row.state for row in sheets] == ["void", "queued"]
    assert "逾期出具" in str(sheets[1].payload["inspected"])


# —— what hangs on it ——


def decide(case, department, decision="grant", reason=""):
    job = case.jobs.get(department=department)
    if job.state == "in_hand":
        actions.conclude(by=im.reviewer(department), job=job.pk, recommendation=decision, opinion="符合规定的条件")
    return actions.decide(by=make.actor(f"{department}-head"), job=job.pk, decision=decision, reason=reason)


def test_no_decision_without_the_departments_own_conclusion(world, days):
    visit = im.held(days)
    case = Application.objects.get(pk=visit.application_id)
    im.conclude(visit, "scjg")
    im.conclude(visit, "gongan", "fail")
    assert decide(case, "scjg").state == "granted"  # the others do not wait
    job = case.jobs.get(department="wsjs")
    actions.conclude(by=im.reviewer("wsjs"), job=job.pk, recommendation="grant", opinion="符合规定的条件")
    with nothing_written(*ROWS, Member), pytest.raises(WrongState) as told:
        decide(case, "wsjs")
    assert "踏勘结论" in told.value.message
    with pytest.raises(Refused):
        decide(case, "gongan")
    im.conclude(visit, "wsjs", "rectify", lines=["增设消毒柜"])
    with nothing_written(*ROWS, Member), pytest.raises(WrongState):
        decide(case, "wsjs")
    reason = "不符合公共场所卫生许可条件，消毒设施缺少。"
    assert decide(case, "wsjs", "refuse", reason).state == "refused"
    im.conclude(visit, "xiaofang")  # the last: what a refused item lacked is asked of nobody, and no second look waits for it
    assert im.state(visit) == "closed" and not Document.objects.filter(root_id=case.pk, kind="rectification_notice").exists()
    assert "不符合" in (told := make.case("enterprise", case).story[-1].detail) and "不再复查" in told


def called_off(row):
    vars(row)["state"] = "cancelled"
    return row


def test_a_visit_called_off_binds_nobody(world):
    """Nor does the notice that its time is left out, which without a telephone is still on its way; that of another visit does."""
    case = im.homestay()
    case.plan["joint_inspection"].remove("fire-check")
    case.plan["members"] = [{**member, "basis": ["某某条例第三十二条第一款"] * 60} for member in case.plan["members"]]
    Application.objects.filter(pk=case.pk).update(contact_mobile="", plan=case.plan)
    visit = im.notified(Application.objects.get(pk=case.pk))
    assert Pause.objects.filter(notified_on=None, ended_on=None).exists()
    fire = {"by": im.reviewer("xiaofang"), "inspection": actions.plan_inspection(by=im.reviewer("xiaofang"), application=case.pk).pk}
    slot = f"{visit.visit_on}/{visit.half}"  # the same hour at the same place
    actions.offer_times(times=[slot], officers=im.officers("xiaofang"), **fire)
    actions.confirm_visit(slot=slot, place=im.PLACE, **fire)
    for place, told in (("慈溪市掌起镇陈家村 9 号", 2), (im.PLACE, 1)):  # the applicant reads of both
        Inspection.objects.filter(pk=fire["inspection"]).update(place=place)
        assert make.case("enterprise", case).now[2].count("现场踏勘，请派人到场") == told
    actions.cancel_inspection(by=im.organiser(visit), inspection=visit.pk, reason="改为书面核查")
    notices = Document.objects.filter(root_id=case.pk, kind="inspection_notice").order_by("pk")
    assert [paper.state == "void" for paper in notices] == [True, False]
    actions.replan_visit(reason="台风停工", **fire)
    case = Application.objects.get(pk=visit.application_id)
    assert decide(case, "scjg").state == "granted"
    assert any(entry.title == "踏勘取消" for entry in make.case("enterprise", case).story)
    for kind in ("inspection_notice", "special_procedure"):
        assert {paper.state for paper in Document.objects.filter(root_id=case.pk, kind=kind)} == {"void"}
    assert not Pause.objects.filter(ended_on=None).exists()
    make.deliver_all()
    assert [one.title for one in Message.objects.filter(title__startswith="踏勘取消", user=None)] == ["踏勘取消：办民宿"]


def test_withdrawal_takes_the_visit_along(world, days):
    visit = im.notified()
    visit.parts.exclude(department="wsjs").update(result="fail", concluded_on=today())
    visit.parts.filter(department="xiaofang").update(result="rectify")  # late, when the second look was called already
    for rows in (visit.parts.filter(department="wsjs"), Inspection.objects.filter(pk=visit.pk)):
        rows.update(round=2)  # all that is left is a second look for the one
    take_back(visit.application, "wsjs")
    assert im.state(visit) == "cancelled"
    assert Document.objects.get(root_id=visit.application_id, kind="inspection_notice").state == "void"
    called_off = Event.objects.get(name="inspection.cancel", chain=visit.application.chain)
    assert "请不要等" in words_for(called_off, Application.objects.get(pk=visit.application_id))[1]  # whoever ended it: he was told that somebody comes
    police = visit.application.members.get(department="gongan")
    fire = visit.application.members.get(department="xiaofang")
    told = Message.objects.filter(title__startswith="不用再去踏勘")
    assert {one.user.username for one in told} == {"wsjs-reviewer", "wsjs-head"} and visit.when in told[0].text
    again = [queries_inspection.to_plan(im.reviewer(one.department_id), visit.application, [one]) for one in (police, fire)]
    assert again == [[], [fire]]
    demand_inspected(fire, "grant", "")  # what nobody can look at again binds it no more
    with pytest.raises(Refused, match="不符合"):  # what the first look found stays
        demand_inspected(police, "grant", "")
    visit = im.held(days)
    im.conclude(visit, "scjg")
    actions.withdraw(by=make.actor("enterprise"), application=visit.application_id, reason="不办了")
    assert im.state(visit) == "closed"
    assert not Clock.objects.filter(root_id=visit.application_id, kind="inspection").exclude(state="stopped").exists()


def test_what_goes_to_another_department_is_not_bound_to_a_visit_that_nobody_can_conclude(world):
    """Alone it is called off, and the next department plans its own; of several the rest go on, led by one of them."""
    supervisor, why = make.actor("cixi-supervisor"), "属于卫生计生的职责。"
    job = make.job_of(make.accepted())
    visit = actions.plan_inspection(by=im.reviewer("scjg"), application=job.application_id)
    actions.return_to_router(by=im.reviewer("scjg"), job=job.pk, reason=why)
    actions.reroute(by=supervisor, job=job.pk, department="wsjs", reason=why)
    assert im.state(visit) == "cancelled"
    assert actions.plan_inspection(by=im.reviewer("wsjs"), application=job.application_id).organiser_id == "wsjs"
    visit = im.planned()
    gone = visit.organiser_id
    job = Job.objects.get(application=visit.application_id, department=gone)
    Application.objects.filter(pk=visit.application_id, lead=gone).update(lead="scjg")
    elsewhere = next(one.pk for one in directory.successors_of(gone) if one.pk not in im.DEPARTMENTS)
    actions.give_back(by=im.organiser(visit), job=job.pk, reason=why)
    actions.return_to_router(by=im.organiser(visit), job=job.pk, reason=why)
    actions.reroute(by=supervisor, job=job.pk, department=elsewhere, reason=why)
    visit = Inspection.objects.get(pk=visit.pk)
    assert visit.organiser_id != gone and visit.organiser_id in im.DEPARTMENTS
    told = Message.objects.filter(user=im.organiser(visit).id, link=f"/review/inspections/{visit.pk}/")
    assert "踏勘改由本部门组织" in told.latest("pk").title
    parts = list(visit.parts.select_related("inspection"))
    for department, seen in ((gone, True), (visit.organiser_id, True), ("zhujian", False)):  # what it wrote is still read by those who go on
        notice = Document(kind="inspection_notice", department=department)
        assert queries_files.of_own_visit(notice, {*next(one for one in parts if one.department_id != gone).members}, parts) is seen
    assert actions.cancel_inspection(by=im.organiser(visit), inspection=visit.pk, reason="另行安排踏勘时间").state == "cancelled"


def test_a_visit_is_led_by_who_goes_on_where_its_department_was_merged_away(world):
    """An item of it that was decided long ago kept the visit with a department at which nobody is left to notify or call it off."""
    case = bundle.decide(bundle.restaurant(), "enterprise-registration")
    for job in Job.objects.filter(application=case, state="assigned"):
        actions.claim(by=im.reviewer(job.department_id), job=job.pk)
    visit = actions.plan_inspection(by=im.reviewer("scjg"), application=case.pk)
    assert visit.organiser_id == "scjg" and len(visit.departments) > 1
    Post.objects.filter(department="scjg").update(ended_at=now())
    job = Job.objects.get(application=case, member__code="food-licence")
    actions.reroute(by=make.actor("cixi-supervisor"), job=job.pk, department="wsjs", reason="机构改革划转")
    visit = Inspection.objects.get(pk=visit.pk)
    assert visit.state == "planned" and visit.organiser_id in set(visit.departments) - {"scjg", "wsjs"}
    assert actions.cancel_inspection(by=im.organiser(visit), inspection=visit.pk, reason="另行安排踏勘时间").state == "cancelled"


def test_who_leads_the_visit_now_takes_back_what_the_one_before_him_announced(world):
    """Handed over while the notices that the time stands still were on their way by post: called off, they stayed, and served they would
    have stopped the clocks for a visit that nobody makes."""
    case, why = make.accepted(im.HOMESTAY, situations={"already_registered": True, "serves_meals": True}), "属于建设部门的职责。"
    Application.objects.filter(pk=case.pk).update(contact_mobile="")
    jobs = {job.department_id: job.pk for job in Job.objects.filter(application=case)}
    for department in set(jobs) - {"gongan"}:
        actions.claim(by=im.reviewer(department), job=jobs[department])
    visit = im.notified(Application.objects.get(pk=case.pk))
    waiting = Pause.objects.filter(root_id=case.pk, notified_on=None, ended_on=None)
    assert visit.organiser_id == "gongan" and waiting.exists()
    actions.return_to_router(by=im.reviewer("gongan"), job=jobs["gongan"], reason=why)
    actions.reroute(by=make.actor("cixi-supervisor"), job=jobs["gongan"], department="zhujian", reason=why)
    visit = Inspection.objects.get(pk=visit.pk)
    assert visit.organiser_id != "gongan" and waiting.exists()
    actions.cancel_inspection(by=im.organiser(visit), inspection=visit.pk, reason="另行安排踏勘时间")
    assert not waiting.exists()
    assert {one.state for one in Document.objects.filter(root_id=case.pk, kind="special_procedure")} == {"void"}


def test_of_two_items_of_one_department_each_leaves_the_visit_by_itself(world):
    """One goes to another department, which plans its own; with the second the department takes part no longer."""
    case, why = im.homestay(), "属于卫生计生的职责。"
    first, second = (Member.objects.get(application=case, department=one) for one in ("wsjs", "scjg"))
    for rows in (Member.objects.filter(pk=first.pk), Job.objects.filter(member=first)):
        rows.update(department="scjg")
    Application.objects.filter(pk=case.pk).update(departments=["gongan", "scjg", "xiaofang"])
    visit, job = im.planned(Application.objects.get(pk=case.pk)), Job.objects.get(member=second)
    assert set(visit.parts.get(department="scjg").members) == {first.pk, second.pk}
    actions.give_back(by=im.reviewer("scjg"), job=job.pk, reason=why)
    actions.return_to_router(by=im.reviewer("scjg"), job=job.pk, reason=why)
    actions.reroute(by=make.actor("cixi-supervisor"), job=job.pk, department="wsjs", reason=why)
    assert not visit.parts.get(department="scjg").left
    members = list(Member.objects.filter(application=case).select_related("application"))
    gone = next(one for one in members if one.pk == second.pk)
    for result in ("", "rectify", "fail"):  # not bound to what the other still owes
        visit.parts.filter(department="scjg").update(result=result, concluded_on=today() if result else None)
        demand_inspected(gone, "grant", "")
    visit.parts.filter(department="scjg").update(result="", concluded_on=None)
    assert queries_inspection.to_plan(im.reviewer("wsjs"), case, members)
    assert actions.plan_inspection(by=im.reviewer("wsjs"), application=case.pk).pk == visit.pk  # it goes along: nobody has gone yet
    actions.withdraw_member(by=make.actor("enterprise"), member=first.pk, reason="不办了")
    assert visit.parts.get(department="scjg").left and not visit.parts.get(department="wsjs").left and im.state(visit) == "planned"


def test_the_acceptor_does_not_conclude(world):
    from apps.directory.queries import actor_for
    from tests import people

    both = people.account(name="多岗人")
    for role in ("clerk", "reviewer"):
        people.staff(role, user=both)
    case = make.accepted(by=both.username)
    visit = actions.plan_inspection(by=im.reviewer("scjg"), application=case.pk)
    part = visit.parts.get()
    part.application = case
    with pytest.raises(Forbidden):
        part.policy(actor_for(both), "conclude", part)


def test_my_list_shows_the_departments_visits_by_day(world, days):
    visit = im.notified()
    actor = im.reviewer("wsjs")
    assert list(queries_inspection.inspections_for(actor)) == [visit]
    assert not queries_inspection.inspections_for(im.reviewer("yancao")).exists()
    assert not queries_inspection.inspections_for(make.actor("cixi-clerk")).exists()
    with pytest.raises(NotYours):
        queries_inspection.visit(im.reviewer("yancao"), visit.pk)
    days.at(today() + timedelta(days=1))
    assert queries_inspection.visit(actor, visit.pk).own.department_id == "wsjs"
