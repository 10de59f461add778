"""The pages of rating, setting right and asking: the whole way by form, in the test client; lists cost the same at any length."""

import re
from datetime import date, datetime, timedelta
from io import BytesIO

import openpyxl
import pytest
from django.test import Client
from django.urls import resolve

from apps.applications import actions as applications
from apps.applications import queries_inspection
from apps.directory.models import Department, Window, Zone
from apps.feedback import actions
from apps.feedback.models import Enquiry, Rating, Rectification, Score
from apps.journal.models import Event
from apps.kit.time import BEIJING, today
from apps.web import sheets, typed
from tests import inspection_make as im
from tests import make
from tests.api.client import Caller
from tests.days import Days
from tests.people import nothing_written

ANSWERED = {"answer": "可以委托他人在场。"}


@pytest.fixture
def bad(world):
    case = make.accepted()
    row = actions.rate(
        by=make.actor("enterprise"), application=case.pk, step="intake", level=5, tags=["again"], text="跑了三趟"
    )
    return row.rectification


def test_rate_from_ones_own_case(at):
    case = make.accepted()
    me = at("enterprise")
    assert f"/my/{case.pk}/rate/intake/" in me.get(f"/my/{case.pk}/").text
    page = me.get(f"/my/{case.pk}/rate/intake/").text
    assert "评价收件服务" in page and "不满意又没有勾选原因的，请写清楚为什么（至少 4 个字）" in page  # before it is refused
    empty = me.post(f"/my/{case.pk}/rate/intake/", {"text": ""})
    assert empty.status_code == 422 and "请选择“满意吗”" in empty.text
    unexplained = me.post(f"/my/{case.pk}/rate/intake/", {"level": "5"})
    assert unexplained.status_code == 422 and "方便整改" in unexplained.text
    assert [(name, len(boxes)) for name, boxes in unexplained.context["form"].reasons] == [("满意的", 4), ("不满意的", 6)]
    assert me.post(f"/my/{case.pk}/rate/intake/", {"level": "5", "tags": ["late"]}).status_code == 302
    page, letter = me.get(f"/my/{case.pk}/").text, Rectification.objects.get()
    assert "已函告" in page and "rate/intake/" not in page
    by = f"{letter.due_on:%Y年%-m月%-d日}前"
    assert f"{by}整改答复，并给您回电" in page and "收件服务：非常不满意（没有按期办结）" in page and f"{by}答复" in page
    Rectification.objects.update(due_on=today() - timedelta(days=1))
    assert "已经逾期" in me.get(f"/my/{case.pk}/").text
    assert "评价这次服务" not in page
    assert me.get(f"/my/{case.pk}/rate/intake/").status_code == 302
    assert me.get(f"/my/{case.pk}/rate/nothing/").status_code == 404
    assert Rating.objects.count() == 1


def look(days: Days, visit, departments) -> None:
    """The visit takes place."""
    im.on_the_day(days, visit)
    for department in departments:
        applications.record_findings(by=im.reviewer(department), inspection=visit.pk, findings=im.FINDINGS)
    applications.hold_visit(by=im.organiser(visit), inspection=visit.pk, present=list(departments), signature="陈大民")


def test_each_look_at_the_place_is_rated_once_by_its_own_reasons(at, world, time_machine):
    """The visit is an event of its own: the organiser answers for it, staff never rate, and the second look is another event."""
    visit, days = im.notified(), Days(time_machine)
    case = visit.application
    first, second = (f"/my/{case.pk}/rate/visit-{visit.pk}-{round}/" for round in (1, 2))
    me, given = at("enterprise"), {"level": "5", "tags": ["kept_waiting"]}
    assert "约好现场踏勘" not in me.get("/account/messages/").text
    make.deliver_all()
    told = me.get("/account/messages/").text
    assert visit.when in told and visit.application.number in told  # of which case, beside the item
    with nothing_written(Rating, Rectification):
        assert first not in me.get(f"/my/{case.pk}/").text and me.get(first).status_code == 302  # not yet
        assert me.post(first, given).status_code == 409
    look(days, visit, visit.departments)
    me = at("enterprise")
    assert first in me.get(f"/my/{case.pk}/").text
    page = me.get(first).text
    assert "评价现场踏勘" in page and "没有按约定时间到场" in page
    assert "没有按约定时间到场" not in me.get(f"/my/{case.pk}/rate/intake/").text
    with nothing_written(Rating, Rectification):
        assert at("cixi-clerk").post(first, given).status_code == 403
        assert at("citizen").post(first, given).status_code == 404
        assert me.post(f"/my/{case.pk}/rate/intake/", given).status_code == 422  # a reason of the visit only
        assert me.post(second, given).status_code == 409
    assert me.post(first, given).status_code == 302
    row = Rating.objects.get()
    assert (row.step, row.inspection_id, row.round, row.department) == ("visit", visit.pk, 1, visit.organiser_id)
    assert row.rectification.department == visit.organiser_id
    with nothing_written(Rating, Rectification):
        assert me.post(first, {"level": "1"}).status_code == 409
    for department in visit.departments:
        given = {"result": "rectify", "lines": ["加装挡鼠板"]} if department == "wsjs" else {}
        im.conclude(visit, department, **given)
    slot = queries_inspection.slots(visit)[0]
    again = applications.reinspect(by=im.organiser(visit), inspection=visit.pk, slot=slot)
    assert second not in at("enterprise").get(f"/my/{case.pk}/").text
    look(days, again, ["wsjs"])
    me = at("enterprise")
    assert second in me.get(f"/my/{case.pk}/").text and "第2次" in me.get(second).text
    assert me.post(second, {"level": "1", "tags": ["on_time"]}).status_code == 302
    over_api = Caller("enterprise").post(f"applications/{case.pk}/rate/", {"step": "visit-0-1", "level": 1}, expect=409)
    assert over_api["code"] and Rating.objects.count() == 2


def test_the_letter_goes_its_way_by_form(at, bad):
    hall, city, me = at("cixi-supervisor"), at("city-supervisor"), at("enterprise")
    again = f"/my/{bad.application_id}/rate/intake/again/"
    assert me.get(again)["Location"] == f"/my/{bad.application_id}/"  # too early
    assert me.post(again, {"level": "2"}).status_code == 409
    assert bad.facts in hall.get("/feedback/").text.replace("…", "")
    page = hall.get(f"/feedback/{bad.pk}/").text
    assert f"/feedback/{bad.pk}/call/" in page and f"/feedback/{bad.pk}/judge/" not in page
    assert hall.post(f"/feedback/{bad.pk}/call/", {"note": "已电话了解情况"}).status_code == 302
    reply = {"measures": "已经培训窗口", "answer": "向您致歉，已整改"}
    assert hall.post(f"/feedback/{bad.pk}/reply/", reply | {"answer": ""}).status_code == 422
    assert hall.post(f"/feedback/{bad.pk}/reply/", reply).status_code == 302
    assert hall.get(f"/feedback/{bad.pk}/judge/").status_code == 403
    assert city.post(f"/feedback/{bad.pk}/judge/", {"settled": "yes", "words": "已核查属实"}).status_code == 302
    assert Rectification.objects.get().state == "closed"
    assert "向您致歉" in me.get(f"/my/{bad.application_id}/").text
    assert "由部门整改答复" not in me.get(again).text  # nothing follows a second one
    assert me.post(again, {"level": "2"}).status_code == 302
    assert me.get(again).status_code == 302
    assert "整改以后：满意" in city.get(f"/feedback/{bad.pk}/").text
    public = at("citizen").get("/ratings/").text
    assert "慈溪市办事大厅" in public and "跑了三趟" not in public


def test_what_was_said_on_the_way_stays_to_be_read(at, bad):
    """Each word as it was said: the next verdict and the next answer replace it on the letter, not in its story."""
    hall, city = at("cixi-supervisor"), at("city-supervisor")
    letter = f"/feedback/{bad.pk}/"
    assert "核实期间不算逾期" in hall.get(f"{letter}appeal/").text
    hall.post(f"{letter}appeal/", {"reason": "录像里没有多跑"})
    assert hall.get(f"{letter}appeal/")["Location"] == letter  # it waits for the city
    city.post(f"{letter}decide/", {"right": "no", "reason": "录像只有一天的"})
    assert f"{letter}appeal/" not in hall.get(letter).text and hall.get(f"{letter}appeal/").status_code == 302  # once
    assert city.get(f"{letter}decide/").status_code == 302
    hall.post(f"{letter}call/", {"note": "已电话了解情况"})
    for answer, settled in (("已经提醒窗口", "no"), ("已经培训窗口", "yes")):
        assert ("核查：已经提醒窗口" in hall.get(f"{letter}reply/").text) == (settled == "yes")  # why it came back, where it is answered
        hall.post(f"{letter}reply/", {"measures": f"{answer}人员", "answer": "向您致歉，已整改"})
        city.post(f"{letter}judge/", {"settled": settled, "words": f"核查：{answer}"})
    page = hall.get(letter)
    titles = [step["title"] for step in page.context["steps"]]
    assert titles == ["发出函告", "申诉", "申诉不成立", "回访", *["整改答复", "退回重办"], *["整改答复", "核查通过"]]
    for words in ("录像里没有多跑", "录像只有一天的", "已经提醒窗口人员", "核查：已经提醒窗口", "核查：已经培训窗口"):
        assert words in page.text
    story = page.text.partition('id="steps"')[2]
    assert make.user("city-supervisor").name in story and "一味" not in story.partition("</section>")[0]


def test_the_list_stays_at_what_is_open_while_its_pages_are_turned(at, bad):
    hall = at("cixi-supervisor")
    for query, state in (("", "open"), ("?page=", "open"), ("?page=&state=", ""), ("?source=rating", "")):
        assert hall.get(f"/feedback/{query}").context["filters"].cleaned_data["state"] == state, query


def test_a_letter_whose_appeal_was_right_waits_for_no_call(at, bad):
    hall, city = at("cixi-supervisor"), at("city-supervisor")
    assert "待回访" in hall.get("/feedback/?state=").text and "还没有回访" in hall.get(f"/feedback/{bad.pk}/").text
    hall.post(f"/feedback/{bad.pk}/appeal/", {"reason": "录像里没有多跑"})
    city.post(f"/feedback/{bad.pk}/decide/", {"right": "yes", "reason": "录像属实，没有多跑"})
    assert "责任单位申诉成立" in at("enterprise").get(f"/my/{bad.application_id}/").text  # whose appeal: not the reader's own
    page = hall.get(f"/feedback/{bad.pk}/").text
    assert "待回访" not in hall.get("/feedback/?state=").text and "还没有回访" not in page and "不用再回访" in page


def test_the_letter_says_why_its_days_are_these(at, bad):
    page = at("cixi-supervisor").get(f"/feedback/{bad.pk}/")
    assert [clock.kind for clock, _ in page.context["clocks"]] == ["rectify", "callback"]
    for clock, why in page.context["clocks"]:
        assert any(line.startswith("到期日：") for line in why) and why[0] in page.text
        assert f"{clock.due_on:%-m月%-d日}" in page.text


def test_an_anonymous_one_shows_no_case(at, world):
    case = make.accepted()
    actions.rate(
        by=make.actor("enterprise"),
        application=case.pk,
        step="intake",
        level=5,
        tags=["again"],
        anonymous=True,
    )
    row = Rectification.objects.get()
    hall = at("cixi-supervisor")
    for address in ("/feedback/", f"/feedback/{row.pk}/", "/feedback/ratings/"):
        page = hall.get(address).text
        assert "匿名" in page and case.number not in page and f"/cases/{case.pk}/" not in page, address
    # Nor does the minute in which it was said: at the windows one knows who stood there then.
    said = Event.objects.get(name="rectification.send").at.astimezone(BEIJING)
    for address in (f"/feedback/{row.pk}/", "/account/messages/"):
        page = re.sub(r'<div class="print-header.*?</div>', "", hall.get(address).text)  # it says when it is printed, which is now
        assert f"{said:%Y年%-m月%-d日}" in page and f"{said:%H:%M}" not in page
    told = Caller("cixi-supervisor").get("messages/")["results"][0]
    assert "满意度函告" in told["title"] and "T00:00:00" in told["at"]


def test_what_was_chosen_is_told_in_words_where_the_sign_in_ended(rf, world):
    def told(path, **sent):
        request = rf.post(path, sent)
        request.resolver_match = resolve(path)
        return [value for _, value in typed.told(request)]

    assert told("/my/1/rate/intake/", level="5", tags=["rude", "kept_waiting"]) == ["非常不满意", "态度生硬", "没有按约定时间到场"]
    assert told("/my/1/rate/intake/again/", level="2") == ["满意"]
    assert "窗口" in told("/my/1/complain/", unit="hall", text="等了两个小时")[0]
    # What the catalogue, the house and one's own identities name: a key is shown to nobody, nor whose name it is.
    assert told("/my/1/situations/", s_eia_class="form", s_by_agent="true", s_dining_area="80") == ["报告表", "是", "80"]
    assert told("/counter/1/work/", situations__eia_class="report") == ["报告书"]
    zone, window = Zone.objects.first(), Window.objects.select_related("zone").first()
    assert told("/people/posts/1/competence/", zones=zone.pk, window=window.pk) == [zone.name, f"{window.zone.name} {window}"]
    assert told("/apply/food-operation-permit/", principal="12") == ["已选的一项"]


def test_a_complaint_says_whom_it_is_about(at, world):
    """The hall answers for its windows, not the department that decides; before acceptance there is only the hall."""
    me, case, text = at("enterprise"), make.accepted(), f"窗口让我回去换一张照片，来回跑了两趟{'，又等了很久' * 20}，最后说不用换"
    page = me.get(f"/my/{case.pk}/complain/").text
    assert "慈溪市市场监督管理局" in page and "慈溪市办事大厅" in page and "button--warn" not in page
    assert me.post(f"/my/{case.pk}/complain/", {"unit": "hall", "text": text}).status_code == 302
    assert me.post(f"/my/{case.pk}/complain/", {"unit": "wsjs", "text": text}).status_code == 422
    received = make.received()
    assert "投诉谁" not in me.get(f"/my/{received.pk}/complain/").text
    assert me.post(f"/my/{received.pk}/complain/", {"text": text}).status_code == 302
    assert [row.department for row in Rectification.objects.order_by("pk")] == ["", ""]
    assert "最后说不用换" in me.get(f"/my/{case.pk}/").text  # all of what he wrote


def test_a_complaint_is_passed_on_by_form(at, world):
    case = make.accepted()
    row = actions.complain(by=make.actor("enterprise"), application=case.pk, text="窗口让我回去换一张照片，来回跑了两趟")
    address, watcher = f"/feedback/{row.pk}/pass-on/", at("cixi-supervisor")
    assert address in watcher.get(f"/feedback/{row.pk}/").text and address not in at("scjg-head").get(f"/feedback/{row.pk}/").text
    assert "慈溪市办事大厅" in watcher.get(address).text
    actions.appeal(by=make.actor("scjg-head"), rectification=row.pk, reason="是窗口的事，不是我局的")
    page = at("enterprise").get(f"/my/{case.pk}/").text
    assert "正由单位以外的监督人员核实" in page and "日，慈溪市市场监督管理局）" in page
    verdict = watcher.get(f"/feedback/{row.pk}/decide/").text  # of a complaint no score speaks, and the other way out is named
    assert "不计入得分" not in verdict and "请返回点“转办”" in verdict and address in watcher.get(f"/feedback/{row.pk}/").text
    assert watcher.post(address, {"unit": "", "reason": "是窗口的事"}).status_code == 422
    assert watcher.post(address, {"unit": "-", "reason": "反映的是窗口"}).status_code == 302
    assert Rectification.objects.get().department == ""
    assert "投诉已转办" in at("enterprise").get("/account/messages/").text
    assert "日，慈溪市办事大厅）" in at("enterprise").get(f"/my/{case.pk}/").text  # who has it now


def test_ask_and_answer_by_form(at, world):
    me = at("citizen")
    assert "由慈溪市市场监督管理局答复" in me.get(f"/my/questions/ask/?item={make.FOOD}").text
    asked = {"question": "现场核查的时候要本人在吗？"}
    assert me.post(f"/my/questions/ask/?item={make.FOOD}", asked).status_code == 302
    row = Enquiry.objects.get()
    assert f"最迟 {row.reply_by:%Y年%-m月%-d日}答复" in me.get(f"/my/questions/ask/?item={make.FOOD}").text
    assert "待答复" in me.get("/my/questions/").text
    office = at("scjg-reviewer")
    early = at("scjg-head").get(f"/feedback/questions/{row.pk}/publish/")
    assert early["Location"] == f"/feedback/questions/{row.pk}/"
    assert asked["question"] in office.get("/feedback/questions/").text
    assert office.post(f"/feedback/questions/{row.pk}/", ANSWERED).status_code == 302
    assert office.get(f"/feedback/questions/{row.pk}/publish/").status_code == 403
    assert office.get(f"/feedback/questions/{row.pk}/pass-on/")["Location"] == f"/feedback/questions/{row.pk}/"
    head = at("scjg-head")
    given = {"question": "现场核查要本人在场吗？", "answer": "可以委托他人。"}
    assert head.post(f"/feedback/questions/{row.pk}/publish/", given).status_code == 302
    assert "已公开" in head.get("/feedback/questions/?view=published").text
    shown = head.get(f"/feedback/questions/{row.pk}/").text.partition('id="public"')[2]
    assert given["question"] in shown and "不再公开" in shown  # in which words it stands there, and the way to take them off
    asks = 'href="/my/questions/ask/"'
    assert asks in me.get("/questions/").text and 'href="/my/questions/"' in me.get("/questions/").text and asks not in head.get("/questions/").text  # staff were led to a refusal
    assert head.post(f"/feedback/questions/{row.pk}/unpublish/", {"reason": "规定已经改了"}).status_code == 302
    assert "可以委托他人在场" in me.get("/my/questions/").text
    assert me.post(f"/my/questions/{row.pk}/withdraw/", {"once": "k"}).status_code == 409


def test_a_question_is_passed_on_within_reach_and_the_next_reads_why(at, world):
    """A general question comes to the city, whoever is meant; a county gives to its own and to the city's."""
    row = actions.ask(by=make.actor("citizen"), question="慈溪开小餐饮要带什么材料？")
    address = f"/feedback/questions/{row.pk}/pass-on/"
    given = {"department": "scjg", "reason": "问的是慈溪的登记"}
    assert at("city-supervisor").post(address, given)["Location"] == "/feedback/questions/"
    page = at("scjg-reviewer").get(f"/feedback/questions/{row.pk}/")
    assert [step["title"] for step in page.context["steps"]] == ["提问", "转给慈溪市市场监督管理局"] and given["reason"] in page.text
    offered = at("scjg-head").get(address).context["form"].fields["department"].widget.choices[1:]
    assert [name for name, _ in offered] == ["慈溪市", "宁波市"]
    assert "已经在这个部门" in at("scjg-head").post(address, given).text  # from a page that stood open
    assert "scjg" not in dict(offered[0][1]) and "wsjs" in dict(offered[0][1]) and "nb-scjg" in dict(offered[1][1])


def test_lists_cost_the_same_at_any_length(at, world, statements):
    for _ in range(3):
        case = make.accepted()
        actions.rate(by=make.actor("enterprise"), application=case.pk, step="intake", level=5, tags=["again"])
    hall = at("cixi-supervisor")
    for address, most in (("/feedback/?state=", 3), ("/feedback/ratings/", 3), ("/feedback/questions/?view=", 2)):
        hall.get(address)
        with statements(most):
            hall.get(address)
    assert hall.get("/feedback/export/")["Content-Type"].endswith("sheet")


def test_a_sheet_that_leaves_letters_out_says_so(at, world, monkeypatch):
    for _ in range(3):
        case = make.accepted()
        actions.rate(by=make.actor("enterprise"), application=case.pk, step="intake", level=5, tags=["again"])
    hall = at("cixi-supervisor")

    def told(query: str = "") -> str:
        return str([[cell.value for cell in row] for row in openpyxl.load_workbook(BytesIO(hall.get(f"/feedback/export/{query}").content)).active])

    assert case.number in told() and case.number in hall.get("/feedback/").text  # three of one item: which is which
    assert "只导出前" not in told() and "状态：未办结，来源：全部" in told()
    assert "状态：已办结" in told("?state=closed&source=rating&overdue=on") and "来源：差评，只看逾期" in told("?state=&source=rating&overdue=on")
    monkeypatch.setattr(sheets, "LIMIT", 2)
    assert "只导出前 2 行" in told()


def test_ratings_and_questions_are_had_as_sheets_as_their_pages_show_them(at, world):
    """Who stays anonymous is told by no case and no hour; the view that is open is the one that is exported."""
    case, other = make.accepted(), make.accepted()
    given = {"by": make.actor("enterprise"), "step": "intake"}
    actions.rate(**given, application=case.pk, level=5, tags=["again"], text="跑了三趟", anonymous=True)
    actions.rate(**given, application=other.pk, level=1, tags=[])
    actions.ask(by=make.actor("citizen"), question="现场核查的时候要本人在吗？", code=make.FOOD)
    hall = at("cixi-supervisor")

    def rows(address: str) -> list[tuple]:
        return list(openpyxl.load_workbook(BytesIO(hall.get(address).content)).active.values)

    _, head, good, hidden = rows("/feedback/ratings/export/")
    assert head[2] == "办件编号" and (good[2], hidden[2]) == (other.number, "匿名") and "跑了三趟" in hidden
    assert hidden[0].date() == today() and hidden[0].hour == 0
    assert case.number not in hall.get("/feedback/").text and rows("/feedback/export/")[2][2] == "匿名"
    assert [line[2] for line in rows("/feedback/ratings/export/?bad=1")[2:]] == ["匿名"] and "差评" in str(rows("/feedback/ratings/export/?bad=1")[0])
    assert 'href="/feedback/ratings/export/?bad=1"' in hall.get("/feedback/ratings/?bad=1").text
    (asked,) = rows("/feedback/questions/export/")[2:]
    assert asked[:2] == ("现场核查的时候要本人在吗？", case.name) and asked[5] == "待答复"
    assert "待答复" in str(rows("/feedback/questions/export/")[0]) and rows("/feedback/questions/export/?view=answered")[2:] == []
    assert 'href="/feedback/questions/export/?view=overdue"' in hall.get("/feedback/questions/?view=overdue").text


def test_an_empty_list_says_whether_it_was_narrowed(at, world):
    """Nothing among the overdue is not nothing at all: it leads back to the whole list."""
    hall = at("cixi-supervisor")
    for address, whole, narrowed, back in (
        ("/feedback/", "没有要整改的", "?state=closed", 'href="/feedback/">清除筛选'),
        ("/feedback/ratings/", "还没有评价", "?bad=1", 'href="?">看全部评价'),
        ("/feedback/questions/?view=", "还没有咨询", "overdue", 'href="?view=">看全部咨询'),
    ):
        assert whole in hall.get(address).text
        page = hall.get(address + narrowed).text
        assert whole not in page and back in page
    every = hall.get("/feedback/?source=rating").text  # what an address without a state lists is what the field shows: its first choice
    assert every.index('<option value=""') < every.index('<option value="open"')
    assert "没有要整改的" in hall.get("/feedback/?state=").text  # all of them is no narrowing


@pytest.mark.parametrize(
    ("day", "first"), [(date(2026, 11, 28), "2025年12月"), (date(2026, 12, 1), "2026年1月"), (date(2026, 1, 31), "2025年2月")]
)
def test_what_people_think_is_told_of_twelve_months_and_of_which(at, world, time_machine, day, first):
    time_machine.move_to(datetime(day.year, day.month, day.day, 0, 30, tzinfo=BEIJING))
    before = date(int(first[:4]), int(first[5:-1]), 1) - timedelta(days=1)
    for month in (before.replace(day=1), before + timedelta(days=1)):
        Score.objects.create(node="330282", department="", month=month, level=1, value=1)
    page = Client().get("/ratings/").text
    assert f"{first}到现在" in page
    assert '<td data-label="评价数">1</td>' in page


def test_the_level_given_after_it_was_set_right_stands_beside_the_first(at, bad):
    assert "整改后再评" not in at("cixi-supervisor").get("/feedback/ratings/").text
    Rating.objects.filter(pk=bad.rating_id).update(again=2)
    assert "整改后再评：满意" in at("cixi-supervisor").get("/feedback/ratings/").text


def test_departments_of_several_nodes_are_told_apart_and_each_is_one_unit(world):
    """Their short names are the same in every county; a department's cases come in at more than one counter."""
    month = today().replace(day=1)
    for node, department, level in (("330282", "scjg", 1), ("330200", "scjg", 3), ("330200", "nb-scjg", 2)):
        Score.objects.create(node=node, department=department, month=month, level=level, value=1)
    page = Client().get("/ratings/").text
    names = {code: Department.objects.get(pk=code).name for code in ("scjg", "nb-scjg")}
    for name in names.values():
        assert page.count(f'<th scope="row">{name}</th>') == 1
    told = page.partition(f'<th scope="row">{names["scjg"]}</th>')[2].partition("</tr>")[0]
    assert ">80.0<" in told and '<td data-label="评价数">2</td>' in told
