"""联合踏勘 on pages: each act by its form without a script, told when refused, done once; who does not take part finds nothing."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.applications import actions, queries_inspection
from apps.applications.models import (
    Application,
    Inspection,
    InspectionPart,
    InspectionPhoto,
    Job,
    Member,
    RectificationLine,
)
from apps.deadlines.models import Clock
from apps.gateway.twins import EICAR
from apps.issuance.models import Document
from tests import inspection_make as im
from tests import make
from tests.people import nothing_written

pytestmark = pytest.mark.django_db
ROWS = (Inspection, InspectionPart, InspectionPhoto, RectificationLine, Document)


def address(name: str, visit: Inspection) -> str:
    return reverse(f"review:inspection{name and '_'}{name}", args=[visit.pk])


def officers(department: str) -> dict:
    pairs = enumerate(im.officers(department))
    return {f"officers__{place}__{key}": value for place, row in pairs for key, value in row.items()}


def state(visit: Inspection) -> str:
    return Inspection.objects.get(pk=visit.pk).state


@pytest.fixture
def hand(at):
    """hand("scjg", "confirm", visit, …): the department's reviewer sends that form; (status, text of the page that follows)."""

    def send(department: str, name: str, visit: Inspection, **given):
        answer = at(f"{department}-reviewer").post(address(name, visit), given, follow=True)
        return answer.status_code, answer.text

    return send


def test_planned_from_the_case_page_and_proposed_from_free_times(at, hand):
    case = im.homestay()
    jobs = {job.department_id: job for job in Job.objects.filter(application=case)}
    lead = "gongan"  # the lead (旅游) has no item here: the first department of the visit
    assert "发起踏勘" not in at("yancao-reviewer").get(reverse("review:home")).text
    for department, job in jobs.items():
        text = at(f"{department}-reviewer").get(reverse("review:job", args=[job.pk])).text
        assert ("发起踏勘" in text) == (department == lead), department
    other = next(name for name in jobs if name != lead)
    with nothing_written(*ROWS):
        answer = at(f"{other}-reviewer").post(reverse("review:plan_inspection", args=[jobs[other].pk]), follow=True)
        assert "您的岗位不能" in answer.text
    at(f"{lead}-reviewer").post(reverse("review:plan_inspection", args=[jobs[lead].pk]), {"once": "k"})
    visit = Inspection.objects.get()
    assert "征集时间" in at(f"{other}-reviewer").get(reverse("review:job", args=[jobs[other].pk])).text

    slots = queries_inspection.slots(visit)
    with nothing_written(*ROWS):
        status, text = hand(lead, "times", visit)
        assert status == 422 and "可以踏勘的半天" in text
        one = {**officers(lead), "officers__1__name": "", "officers__1__badge": ""}
        status, text = hand(lead, "times", visit, times=slots[:3], **one)
        assert status == 422 and "两名以上" in text and "甲" + lead in text
        status, text = hand(lead, "times", visit, times=["2017-01-01/am"])
        assert status == 422
    for place, department in enumerate(visit.departments):
        given = officers(department) if department != other else {}
        status, text = hand(department, "times", visit, times=slots[place : place + 6], **given)
        assert status == 200 and ("已报空闲时间，等组织部门确定" in text) is (department != lead)
    with nothing_written(*ROWS):
        status, text = hand(other, "confirm", visit, slot=slots[3], place=im.PLACE)
        assert status == 403 and "您的岗位不能" in text
        status, text = hand(lead, "confirm", visit, slot=slots[0], place=im.PLACE)
        assert status == 422
    text = at(f"{lead}-reviewer").get(address("", visit)).text
    assert "建议" in text and "确定时间和地点" in text
    assert f'value="{visit.application.answers["premises_address"]}"' in text  # no home of the applicant
    assert "确定时间和地点" not in at(f"{other}-reviewer").get(address("", visit)).text
    status, text = hand(
        lead,
        "confirm",
        visit,
        slot=slots[3],
        place=im.PLACE,
        visit_time="09:30" if slots[3].endswith("am") else "14:30",
    )
    assert status == 200 and state(visit) == "confirmed_by_all"
    with nothing_written(*ROWS):
        assert hand(lead, "notify", visit)[0] == 409
    hand(other, "officers", visit, **officers(other))
    assert state(visit) == "notified"
    assert "30" in Inspection.objects.get(pk=visit.pk).when
    assert Document.objects.filter(kind="inspection_notice").count() == 1


def test_the_applicant_sees_when_and_where_and_what_came_of_it(at, hand, days):
    visit = im.notified()
    mine = reverse("citizen:mine", args=[visit.application_id])
    text = at("enterprise").get(mine).text
    assert f"{visit.when}到{im.PLACE}现场踏勘，请派人到场" in text and "通知踏勘时间" in text
    assert "特别程序" in text
    hand(visit.organiser_id, "replan", visit, reason="台风停工一天。")
    assert "踏勘改期" in at("enterprise").get(mine).text
    slot = queries_inspection.slots(visit)[0]
    for department in visit.departments:
        hand(department, "times", visit, times=[slot])
    hand(visit.organiser_id, "confirm", visit, slot=slot, place=im.PLACE)
    visit = Inspection.objects.get(pk=visit.pk)
    im.on_the_day(days, visit)
    record(hand, visit)
    hand(visit.organiser_id, "hold", visit, present=visit.departments, signature="陈大民")
    for department in visit.departments:
        hand(department, "conclude", visit, result="pass", words="符合规定的条件。")
    assert state(visit) == "closed"
    text = at("enterprise").get(mine).text
    assert "踏勘完结" in text and "各部门的结论都是符合" in text
    assert "符合规定的条件。" not in text  # a department's own words stand in the record sheet


def more(visit: Inspection, department: str) -> int:
    """The place of the line for what no check point names."""
    return len(queries_inspection.visit(im.reviewer(department), visit.pk).points)


def test_the_applicant_reads_whose_time_stands_still_and_no_call_for_a_day_that_is_past(at, days):
    visit = im.notified()
    mine = f"/my/{visit.application_id}/"
    text = at("enterprise").get(mine).text
    assert "请派人到场" in text
    stopped = text[: text.index("：检验（现场核查）")]
    for member in Member.objects.filter(application=visit.application_id, state="paused"):
        assert f"“{member.name}”" in stopped
    days.after(visit.visit_on)
    assert "现场踏勘，请派人到场" not in at("enterprise").get(mine).text


def record(hand, visit, *departments):
    for department in departments or visit.departments:
        status, text = hand(department, "findings", visit, findings__0__verdict="ok")
        assert status == 200 and "检查记录已保存" in text


def test_the_sheet_by_forms_alone(at, hand, days):
    visit = im.notified()
    lead = visit.organiser_id
    other = next(name for name in visit.departments if name != lead)
    early = at(f"{lead}-reviewer").get(address("sheet", visit)).text
    assert "还没有到踏勘的日子" in early and "保存检查记录" not in early
    with nothing_written(*ROWS):
        assert hand(lead, "findings", visit, findings__0__verdict="ok")[0] == 409
    im.on_the_day(days, visit)
    text = at(f"{other}-reviewer").get(address("sheet", visit)).text
    assert "保存检查记录" in text and "登记踏勘完成" not in text
    with nothing_written(*ROWS):
        status, text = hand(lead, "findings", visit, findings__0__verdict="problem")
        assert status == 422 and "请写明是什么问题" in text
        for lost in ({"findings__0__words": "门口堆物"}, {f"findings__{more(visit, lead)}__point": "消防通道"}):
            status, text = hand(lead, "findings", visit, findings__1__verdict="ok", **lost)
            assert status == 422 and "请再选结果" in text and next(iter(lost.values())) in text  # typed, not judged
        slip = f"findings__{more(visit, lead)}__"
        status, text = hand(lead, "findings", visit, **{f"{slip}verdict": "ok", f"{slip}words": "灭火器过期"})
        assert status == 422 and "请再写明检查了什么" in text
        file = SimpleUploadedFile("a.png", b"%PDF-1.4 x", "image/png")
        status, text = hand(lead, "photo", visit, file=file)
        assert status == 422 and "只接收 JPG、PNG 图片" in text
    record(hand, visit)
    assert hand(lead, "findings", visit, **{"findings__0__verdict": "ok", f"{slip}verdict": "ok"})[0] == 200  # chosen of nothing, not to be unchosen
    status, text = hand(lead, "photo", visit, file=SimpleUploadedFile("a.png", im.PNG), caption="后厨")
    assert status == 200 and "后厨" in text
    photo = reverse("photo", args=[InspectionPhoto.objects.get().pk])
    assert photo in text
    hand(lead, "photo", visit, file=SimpleUploadedFile("a.png", im.PNG), caption="后厨")  # pressed twice
    assert InspectionPhoto.objects.count() == 1
    _, text = hand(lead, "photo", visit, file=SimpleUploadedFile("a.png", im.PNG), caption="后厨灶台")  # sent again to say it better
    assert InspectionPhoto.objects.get().caption == "后厨灶台" and "后厨灶台" in text
    answer = at(f"{other}-reviewer").get(photo)
    assert (
        answer.content == im.PNG
        and "attachment" in answer["Content-Disposition"]
        and "sandbox" in answer["Content-Security-Policy"]
    )
    status, text = hand(lead, "photo", visit, file=SimpleUploadedFile("b.png", im.picture(EICAR)))
    assert status == 422 and "病毒" in text
    with nothing_written(*ROWS):
        status, text = hand(lead, "hold", visit, present=visit.departments)
        assert status == 422 and "请申请人或者其代表签名" in text
        status, text = hand(other, "hold", visit, present=visit.departments, signature="陈大民")
        assert status == 403
    status, text = hand(lead, "hold", visit, present=visit.departments, signature_refused="申请人不在场。")
    assert status == 200 and "没有签名：申请人不在场。" in text
    with nothing_written(*ROWS):
        status, text = hand(other, "conclude", visit, result="rectify", words="消毒设施不足。")
        assert status == 422 and "逐条写明" in text


def test_two_officers_fill_in_one_sheet(at, days):
    """Whoever saved last left of the other's points nothing on it."""
    visit = im.on_the_day(days, im.notified())
    client, place = at("scjg-reviewer2"), address("findings", visit)
    shown = client.get(address("sheet", visit)).context["forms"]["findings"]
    sent = {name: shown[name].value() or "" for name in shown.fields}
    first, second = shown.points[:2]
    theirs = {"point": first, "verdict": "problem", "words": "后厨没有灭蝇设施"}
    actions.record_findings(by=im.reviewer("scjg"), inspection=visit.pk, findings=[theirs])
    sent |= {"findings__1__verdict": "ok"}
    assert [client.post(place, sent).status_code for _ in range(2)] == [302, 302]
    mine = {"point": second, "verdict": "ok", "words": ""}
    assert InspectionPart.objects.get(inspection=visit, department="scjg").findings == [theirs, mine]
    shown = client.get(address("sheet", visit)).context["forms"]["findings"]
    sent = {name: shown[name].value() or "" for name in shown.fields} | {"findings__0__words": "后厨的灭蝇设施坏了"}
    assert client.post(place, sent).status_code == 302  # what is seen is changed as before
    assert InspectionPart.objects.get(inspection=visit, department="scjg").findings[0]["words"] == "后厨的灭蝇设施坏了"


def test_one_list_and_a_second_look(at, hand, days):
    visit = im.held(days)
    lead, (other, *_, late) = visit.organiser_id, [name for name in visit.departments if name != visit.organiser_id]
    visit.parts.filter(department=late).update(findings=[])
    for department in set(visit.departments) - {late}:
        given = {"lines": "增设消毒柜\n补贴提示标识", "days": 5} if department == other else {}
        hand(department, "conclude", visit, result="rectify" if given else "pass", words="现场核查的结论。", **given)
    days.pass_over(visit.parts.get(department=late).due_on)
    assert state(visit) == "rectify_needed"
    text = at(f"{lead}-reviewer").get(address("", visit)).text
    assert "增设消毒柜" in text and "安排复查并通知申请人" in text
    visit = Inspection.objects.get(pk=visit.pk)
    told = at("enterprise").get(reverse("citizen:mine", args=[visit.application_id])).text
    assert "前（含当日）按整改通知书整改" in told and "增设消毒柜" in told
    with nothing_written(*ROWS):
        assert hand(other, "reinspect", visit, slot=queries_inspection.slots(visit)[0])[0] == 403
        assert hand(lead, "reinspect", visit, slot="2017-01-01/am")[0] == 422
    hand(lead, "reinspect", visit, slot=queries_inspection.slots(visit)[0])
    visit = Inspection.objects.get(pk=visit.pk)
    assert (visit.state, visit.round) == ("notified", 2)
    # Who let its conclusion on the first look lapse need not wait for the second one, nor say when it could come to it.
    client = at(f"{late}-reviewer")
    text = client.get(address("sheet", visit)).text
    assert "出具结论" in text and "上传照片" in text and "还没有到踏勘的日子" not in text
    assert "踏勘记录（第 1 次）" in text and visit.when not in text  # which look it owes its word on
    hand(lead, "replan", visit, reason="台风来临，改期。")
    text = client.get(address("", visit)).text
    assert "打开踏勘记录" in text and "报空闲时间" not in text
    record(hand, visit, late)
    status, text = hand(late, "conclude", visit, result="pass", words="符合规定的条件。")
    assert status == 200 and "本部门结论已出具" in text and state(visit) == "planned"
    hand(other, "times", visit, times=(slots := queries_inspection.slots(visit)), **officers(other))
    hand(lead, "confirm", visit, slot=slots[0], place=im.PLACE)
    visit = Inspection.objects.get(pk=visit.pk)
    days.at(visit.visit_on)
    record(hand, visit, other)
    hand(lead, "hold", visit, present=[other], signature="陈大民")
    with nothing_written(*ROWS):
        assert hand(other, "conclude", visit, result="pass", words="已经整改到位。")[0] == 422
    lines = list(RectificationLine.objects.values_list("pk", flat=True))
    text = at(f"{other}-reviewer").get(address("sheet", visit)).text
    assert "复查合格的整改内容" in text
    status, text = hand(other, "conclude", visit, result="pass", words="已经整改到位。", fixed=lines)
    assert status == 200 and state(visit) == "closed"
    assert "第 1 次" in at(f"{other}-reviewer").get(address("", visit)).text


def test_who_takes_no_part_finds_nothing(at, days):
    """A department of the case that is not in the visit knows nothing of it: neither page, photo nor paper."""
    visit = im.concluded(days)
    photo = InspectionPhoto.objects.create(
        part=visit.parts.first(),
        name="a.png",
        content_type="image/png",
        size=1,
        sha256="0",
        path="x",
        scan="clean",
        by=make.user("scjg-reviewer"),
    )
    gone = next(name for name in visit.departments if name != visit.organiser_id)
    sheet = Document.objects.get(kind="inspection_record")

    def papers():
        return [paper.kind for paper in make.case(f"{gone}-reviewer", visit.application).documents]

    left = visit.parts.get(department=gone).pk

    def told() -> set[str]:
        found = make.case(f"{gone}-reviewer", visit.application)
        story = {entry.name for entry in found.story if entry.name.startswith("inspection") and entry.subject != f"inspectionpart:{left}"}
        return story | {one.subject_type for one in found.clocks if one.subject_type == "inspectionpart" and one.subject_id != left}

    assert {"inspection_notice", "inspection_record"} <= set(papers())
    assert {"inspectionpart.conclude", "inspection.confirm", "inspectionpart"} <= told()
    kept = visit.parts.exclude(department=gone)
    clocks = Clock.objects.filter(root_id=visit.application_id, subject_type="inspectionpart", subject_id__in=kept.values("pk"))
    days_of = [reverse("clock_why", args=[pk]) for pk in clocks.values_list("pk", flat=True)]
    assert {at(f"{gone}-reviewer").get(place).status_code for place in days_of} == {200}
    InspectionPart.objects.filter(inspection=visit, department=gone).delete()
    Inspection.objects.filter(pk=visit.pk).update(departments=[d for d in visit.departments if d != gone])
    stories = {name: "".join(entry.detail for entry in make.case(name, visit.application).story) for name in (f"{gone}-reviewer", "enterprise")}
    assert [words.count(im.PLACE) for words in stories.values()] == [0, 1]  # where they went is the visit's own line, and no item's beside it
    for name in (gone, "yancao", "nb-scjg"):
        client = at(f"{name}-reviewer")
        for place in (address("", visit), address("sheet", visit), reverse("photo", args=[photo.pk]), *days_of):
            assert client.get(place).status_code == 404, (name, place)
        assert client.get(reverse("document", args=[sheet.pk])).status_code == 404
        with nothing_written(*ROWS):
            for act in (
                "times",
                "officers",
                "confirm",
                "notify",
                "findings",
                "hold",
                "conclude",
                "reinspect",
                "replan",
            ):
                assert client.post(address(act, visit)).status_code in (404, 422), (name, act)
        assert "慈溪" not in client.get(reverse("review:inspections") + "?over=1").context["page"].rows
    assert "inspection_record" not in papers() and told() == set()


def test_my_visits(at, hand, days):
    visit = im.notified()
    client = at("wsjs-reviewer")
    rows = reverse("review:inspections")
    assert visit.when in client.get(rows).text and visit.when not in client.get(rows + "?over=1").text
    assert "没有要去的踏勘" in at("yancao-reviewer").get(rows).text
    with nothing_written(*ROWS):
        assert hand("wsjs", "cancel", visit, reason="不需要踏勘了")[0] == 403
    lead = visit.organiser_id
    asked = {act: at(f"{lead}-reviewer").get(address(act, visit)).text for act in ("cancel", "replan")}
    assert all("申请人已经收到通知，马上会知道这次不去了" in text for text in asked.values())
    hand(lead, "cancel", visit, reason="改为书面核查。")
    assert state(visit) == "cancelled"
    for act in asked:  # opened again from an old tab
        over = at(f"{lead}-reviewer").get(address(act, visit))
        assert over.status_code == 409 and "这次踏勘现在是“已取消”" in over.text and 'name="reason"' not in over.text
    assert "改为书面核查。" in at(f"{lead}-reviewer").get(address("", visit)).text
    assert visit.when in client.get(rows + "?over=1").text
    job = Job.objects.get(application=visit.application_id, department=lead)
    assert "发起踏勘" in at(f"{lead}-reviewer").get(reverse("review:job", args=[job.pk])).text


@pytest.mark.parametrize("act", ["replan", "cancel"])
def test_another_day_than_the_page_showed_is_not_given_up(at, hand, act):
    """A colleague had put it off already: the new day, of which the applicant had just read, was given up by a page that showed the old one."""
    visit = im.notified()
    lead, page = visit.organiser_id, address(act, visit)
    seen = at(f"{lead}-reviewer").get(page).context["form"]["seen"].value()
    actions.replan_visit(by=make.actor(f"{lead}-head"), inspection=visit.pk, reason="台风停工一天。")
    slot = queries_inspection.slots(visit)[5]
    for department in visit.departments:
        actions.offer_times(by=im.reviewer(department), inspection=visit.pk, times=[slot])
    now = actions.confirm_visit(by=im.organiser(visit), inspection=visit.pk, slot=slot, place=im.PLACE)
    with nothing_written(*ROWS):
        shown = at(f"{lead}-reviewer").post(page, {"reason": "台风停工一天。", "seen": seen, "once": "a"})
    assert shown.status_code == 409 and "这次踏勘有变化" in shown.text and now.when in shown.text
    again = {"reason": "台风又来了。", "seen": shown.context["form"]["seen"].value(), "once": "a"}
    assert [at(f"{lead}-reviewer").post(page, again).status_code for _ in range(2)] == [302, 302]


def test_whose_item_went_elsewhere_takes_no_part_for_that_reason(at):
    visit = im.planned()
    job = Job.objects.get(application=visit.application, department="scjg")
    actions.give_back(by=im.reviewer("scjg"), job=job.pk, reason="属于卫生计生的职责")
    actions.return_to_router(by=im.reviewer("scjg"), job=job.pk, reason="属于卫生计生的职责")
    for department in ("wsjs", "scjg"):  # and back again: it plans a visit of its own
        actions.reroute(by=make.actor("cixi-supervisor"), job=job.pk, department=department, reason="属于该部门的职责")
        told = at("xiaofang-reviewer").get(address("", visit)).text
        assert "事项已转由其他部门承办，不再参加" in told and "事项已终止" not in told, department


def test_the_lists_and_pages_cost_the_same_with_more_parts(at, days, django_assert_max_num_queries):
    visit = im.concluded(days)
    client = at("scjg-reviewer")
    client.get(address("", visit))
    for place, most in (
        (reverse("review:inspections") + "?over=1", 6),
        (address("", visit), 14),
        (address("sheet", visit), 14),
    ):
        with django_assert_max_num_queries(most):
            assert client.get(place).status_code == 200
    assert Application.objects.filter(pk=visit.application_id).exists()
