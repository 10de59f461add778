"""Whatever goes wrong ends on a page that says what happened and what to do, and what was typed is shown again."""

import errno
import re
from unittest.mock import MagicMock

import pytest
from django.core.files import uploadhandler
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import InternalError, OperationalError
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import include, path

from apps.catalog.models import Definition
from apps.kit.errors import Forbidden, NotYours, Refusals, Refused, TooMany, WrongState
from tests import make
from tests.api.client import Caller
from tests.web.conftest import client_of


def internal(number: str) -> InternalError:
    """As Django hands on what the driver says."""
    error = InternalError("secret of the house: could not extend file")
    error.__cause__ = type("Said", (Exception,), {"pgcode": number})()
    return error


RAISES = {
    "refused": Refused("x", "还缺“身份证”，请补齐后再受理。", "materials.id_card"),
    "refusals": Refusals([Refused("x", "缺身份证。"), Refused("y", "缺照片。")]),
    "state": WrongState("已经受理过了，请刷新。"),
    "forbidden": Forbidden(),
    "hidden": NotYours(),
    "bug": ZeroDivisionError("secret of the house"),
    "away": OperationalError("secret of the house: server closed the connection unexpectedly"),
    "no_room": internal("XX000"),
    "only_questions": internal("25006"),
    "in_failed_transaction": internal("25P02"),
}


def breaks(request, what):
    raise RAISES[what]


def slow_down(request):
    raise TooMany(125)


def fine(request):
    return HttpResponse("ok")


urlpatterns = [
    path("break/<what>/", breaks),
    path("api/break/<what>/", breaks),
    path("slow/", slow_down),
    path("fine/", fine),
    path("", include("config.urls")),
]
handler400 = "apps.web.errors.bad_request"
handler403 = "apps.web.errors.forbidden"
handler404 = "apps.web.errors.not_found"
handler500 = "apps.web.errors.server_error"

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def visitor():
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("what", "status", "said"),
    [
        ("refused", 422, "还缺“身份证”，请补齐后再受理。"),
        ("refusals", 422, "缺照片。"),
        ("state", 409, "已经受理过了，请刷新。"),
        ("forbidden", 403, "您的岗位不能办理这一步。"),
        ("hidden", 404, "没有找到您要的内容。"),
        ("bug", 500, "系统出了故障"),
        ("away", 503, "系统正在恢复"),
        ("no_room", 503, "系统正在恢复"),
        ("only_questions", 503, "系统正在恢复"),
        ("in_failed_transaction", 500, "系统出了故障"),
    ],
)
def test_each_refusal_has_its_page(visitor, what, status, said):
    answer = visitor.get(f"/break/{what}/")
    assert answer.status_code == status and said in answer.text
    assert "secret of the house" not in answer.text and 'lang="zh-CN"' in answer.text


def test_a_scan_that_finds_no_room_while_it_comes_in_is_no_fault_of_the_program(world, monkeypatch):
    """On a full disk everybody with a scan of more than a megabyte read of a fault, and so did his program, which sends it again by a 503."""
    monkeypatch.setattr(uploadhandler.TemporaryFileUploadHandler, "receive_data_chunk", MagicMock(side_effect=OSError(errno.ENOSPC, "No space left")))
    owner = Caller("enterprise")
    owner.client.raise_request_exception = False
    visitor = Client(raise_request_exception=False, enforce_csrf_checks=True)
    for client, place, more in (
        (visitor, "/fine/", {}), (owner.client, f"/api/applications/{make.from_home(submit=False).pk}/attachments/", owner.auth),
    ):  # fmt: skip
        answer = client.post(place, {"material": "x", "file": SimpleUploadedFile("scan.pdf", b"%PDF" * 500_000)}, **more)
        said = answer.json()["detail"] if place.startswith("/api/") else answer.text
        assert answer.status_code == 503 and "存不下" in said and answer["Retry-After"], (place, said)


def test_unknown_address(visitor):
    answer = visitor.get("/nowhere/at/all/")
    assert answer.status_code == 404 and "没有找到这个页面" in answer.text


def test_the_head_of_a_page_is_answered_as_the_page(world):
    """A checker of links found every page of the house broken."""
    for address in ("/", "/track/", "/account/", "/items/food-licence/", "/counter/", "/nowhere/", "/api/items/", "/account/out/"):
        page, head = Client().get(address), Client().head(address)
        assert (head.status_code, head.get("Location"), head["Content-Type"]) == (page.status_code, page.get("Location"), page["Content-Type"])


def test_the_address_of_a_form_opened_by_itself_shows_the_way(world):
    job = make.claimed()
    reviewer = client_of("scjg-reviewer")
    for address, above in ((f"/review/{job.pk}/opinion/", f"/review/{job.pk}/"), ("/review/claim/", "/review/")):
        answer = reviewer.get(address)
        assert answer.status_code == 405 and answer["Allow"] == "POST"
        assert "这个网址不能直接打开" in answer.text and f'href="{above}"' in answer.text
        assert reviewer.get(above).status_code == 200


def test_half_filled_form_is_not_lost(visitor):
    typed = {"name": "王<明>", "note": "两行\n字", "password": "geheim", "otp_token": "123456", "empty": ""}
    answer = visitor.post("/break/state/", typed, HTTP_REFERER="http://testserver/form/?a=1")
    assert "王&lt;明&gt;" in answer.text and "两行<br>字" in answer.text
    assert "geheim" not in answer.text and "123456" not in answer.text
    assert 'href="http://testserver/form/?a=1"' in answer.text


SENT = {
    "/account/password/": {"old": "Altes-Wort-33", "new": "Neues-Wort-33", "again": "Neues-Wort-33"},
    "/account/code/": {"code": "271828"},
    "/counter/7/work/": {"contact_mobile": "13805740009", "ground": "other", "do": "not_accept", "once": "k-1", "answers__premises_area": "12.5",
                         "remark__id_card": "复印不清", "materials__floor_plan": "missing", "situations__x": "true", "unknown": "留着",
                         "ask__id_card": "on", "issue": "as_ready", "together": "1", "answers__premises_right": "rented",
                         "answers__food_items": ["hot", "cake"], "answers__premises_township": "330282002", "answers__contact_name": "hot"},
    "/review/7/decide/": {"reason": "=1+1", "decision": "grant", "once": "k-1"},
    "/review/7/pause/": {"ground": "inspection", "once": "k-1"},
    "/review/members/7/consult/": {"departments": ["gongan", "no-such"], "materials": "id_card", "once": "k-1"},
    "/counter/new/": {"code": "food-licence", "once": "k-1"},
    "/people/7/give/": {"department": "gongan", "region": "330282002", "once": "k-1"},
    "/my/7/complain/": {"text": "两行\n字", "once": "k-1"},
}  # fmt: skip


@pytest.mark.parametrize("place", SENT)
def test_what_was_typed_stands_under_the_names_of_its_page(world, place):
    """Also when the page was never reached, here for its old token: labels and choices in Chinese, no password, no code, no key."""
    page = Client(enforce_csrf_checks=True).post(place, SENT[place]).text
    named = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page)
    told = {
        "/counter/7/work/": [("联系手机", "13805740009"), ("情形", "依法不予受理的其他情形"), ("使用面积（平方米）", "12.5"),
                             ("居民身份证：说明", "复印不清"), ("场所平面布置图", "未交"), ("情形", "是"), ("其他内容", "留着"),
                             ("居民身份证：要求补正", "是"), ("几项结果怎么给", "办好一件，领取一件"), ("合成一份 PDF", "是"),
                             ("场所来源", "租赁"), ("食品经营项目", "热食制售"), ("食品经营项目", "糕点制售"),
                             ("所在乡镇（街道）", "慈溪市宗汉街道"), ("联系人", "hot")],
        "/review/7/decide/": [("说明", "=1+1"), ("决定", "准予")],
        "/review/7/pause/": [("法定情形", "检验（现场核查）")],
        "/review/members/7/consult/": [("向哪些部门", "慈溪市公安局"), ("向哪些部门", "no-such"), ("附送的材料", "居民身份证")],
        "/counter/new/": [("事项", "食品经营许可")],
        "/people/7/give/": [("部门", "慈溪市公安局"), ("地区", "慈溪市宗汉街道")],
        "/my/7/complain/": [("什么问题", "两行<br>字")],
        "/my/7/rate/intake/": [("满意吗", "1"), ("原因", "slow"), ("想说的话", "等了两天"), ("匿名评价", "是")],
        "/nowhere/": [("理由", "留着"), ("其他内容", "留着"), ("收件地址", "新城大道 1 号")],
    }  # fmt: skip
    assert named == told.get(place, []), place
    assert not [secret for secret in ("Altes-Wort", "Neues-Wort", "271828", "k-1") if secret in page]


@pytest.mark.parametrize("name", ["code", "department", "region", "answers__premises_township"])
def test_naming_what_was_sent_breaks_no_page_and_reads_little(world, name, django_assert_max_num_queries):
    """Anybody sends this, signed in or not: a sign that no database takes, and a thousand codes that nobody knows."""
    visitor, sent = Client(enforce_csrf_checks=True), [f"3302{number:05}" for number in range(500, 600)]
    with django_assert_max_num_queries(10):
        answer = visitor.post("/counter/new/", {name: ["a\0b", *sent, "330282002"]})
    assert answer.status_code == 403 and sent[-1] in answer.text
    assert ("慈溪市宗汉街道" in answer.text) == (name not in ("code", "department"))


def test_what_was_never_published_is_named_to_nobody(world):
    Definition.objects.filter(code="food-licence").update(state="draft")
    page = Client(enforce_csrf_checks=True).post("/counter/new/", {"code": "food-licence"}).text
    assert "food-licence" in page and "食品经营许可" not in page


def test_way_back_leads_nowhere_else(visitor):
    answer = visitor.get("/break/state/", HTTP_REFERER="http://evil.example/")
    assert "evil.example" not in answer.text


def test_old_form_token_says_so_and_keeps_what_was_typed():
    answer = Client(enforce_csrf_checks=True).post("/fine/", {"name": "王明"})
    assert answer.status_code == 403 and "打开得太久" in answer.text and "王明" in answer.text


def test_too_many_questions_say_when_to_come_back(visitor):
    answer = visitor.get("/slow/")
    assert answer.status_code == 429 and "3 分钟" in answer.text and answer["Retry-After"] == "125"
    assert [TooMany(seconds).wait for seconds in (59, 7200, 57_600)] == ["59 秒", "120 分钟", "16 小时"]


def test_interfaces_for_programs_answer_for_themselves(visitor):
    answer = visitor.get("/api/break/state/")
    assert "<h1>现在不能办理这一步" not in answer.text


@pytest.mark.parametrize(("what", "status"), [("bug", 500), ("away", 503)])
def test_what_broke_is_a_problem_for_a_program_too(visitor, what, status):
    answer = visitor.post(f"/api/break/{what}/")
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status and "secret of the house" not in answer.text
    assert answer.headers.get("Retry-After") == ("10" if what == "away" else None)


@override_settings(ALLOWED_HOSTS=["only.example"])
def test_unknown_host(visitor):
    assert visitor.get("/fine/").status_code == 400
    told = visitor.get("/api/items/")
    assert (told.status_code, told["Content-Type"]) == (400, "application/problem+json") and "Host" in told.json()["detail"]


@pytest.mark.parametrize(
    ("who", "place"),
    [
        (None, "/items/?node=%00"),
        ("citizen", "/my/questions/ask/?item=%00"),
        ("cixi-supervisor", "/oversight/cases/?q=a%00b"),
        ("cixi-supervisor", "/oversight/rows/received/?department=%00"),
        ("cixi-supervisor", "/oversight/rows/received/export/?department=%00"),
    ],
)
def test_what_no_database_keeps_is_a_faulty_question(world, who, place):
    client = Client()
    if who:
        client.force_login(make.user(who))
    answer = client.get(place)
    assert answer.status_code == 422 and ("空字符" in answer.text or "不能显示的字符，请删掉" in answer.text)


def test_a_refused_reason_for_looking_behind_a_mask_stands_at_its_value(at):
    """The form is open with what was typed, named by the summary; the other masked values are as they were."""
    job = make.job_of(make.accepted("individual-registration", applicant={"kind": "person", "name": "王小明", "id_number": make.PERSON_ID}))
    handed = make.decided()
    for who, place, field in (
        ("cixi-clerk", f"/counter/{job.application_id}/reveal/", "applicant.id_number"),
        ("scjg-head", f"/review/{job.pk}/reveal/", "applicant.id_number"),
        ("cixi-issue", f"/issue/{handed.application_id}/reveal/", "contact_mobile"),
    ):
        answer = at(who).post(place, {"field": field, "reason": "急用"})
        assert answer.status_code == 422, place
        (form,) = [part for part in answer.text.split("<details open>") if 'id="reveal_reason"' in part][:1]
        assert f'name="field" value="{field}"' in form and 'value="急用" aria-invalid="true"' in form, place
        assert 'href="#reveal_reason"' in answer.text and answer.text.count('id="reveal_reason"') == 1, place
        assert answer.text.count("请写明原因") == 2, place


def test_what_is_wrong_is_told_at_its_field(world):
    """Who listens to a page hears at a wrong field why it is wrong: the field, or its group, points to the sentence, and to nothing that is not there."""
    draft, gap, clerk = make.draft(), make.accepted(gaps=["health_certificate"]), client_of("cixi-clerk")
    lacking = {"do": "accept_gap", "draft": "1", "materials__floor_plan": "rejected", "gap_days": "x", "cure_days": "x"}
    answers = [
        clerk.post("/counter/new/", {"do": "open"}),
        clerk.post(f"/counter/{draft.pk}/applicant/", {"do": "open", "applicant__id_number": "1"}),
        clerk.post(f"/counter/{draft.pk}/work/", lacking),
        clerk.post(f"/counter/{draft.pk}/work/", lacking | {"do": "supplement"}),
        clerk.post(f"/counter/{gap.pk}/gap/", {}),
        client_of("cixi-supervisor").get("/oversight/", {"since": "x", "until": "x"}),
        client_of("cixi-catalogue").get("/catalogue/alignment/", {"node": "x", "facet": "x"}),
        client_of("cixi-catalogue").get("/catalogue/", {"node": "x", "kind": "x"}),
        clerk.get("/counter/cases/", {"since": "x", "state": "x"}),
        client_of("scjg-reviewer").get("/review/", {"state": "x", "light": "x"}),
        client_of("cixi-auditor").get("/audit/", {"since": "x"}),
        client_of("cixi-admin").get("/people/", {"role": "x", "node": "x", "state": "x"}),
        client_of("cixi-supervisor").get("/cards/", {"state": "x"}),
        clerk.get("/granted/", {"since": "x", "node": "x"}),
    ]
    for answer in answers:
        page, where = answer.text, answer.request["PATH_INFO"]
        there = set(re.findall(r' id="([^"]+)"', page))
        told = {one for group in re.findall(r'aria-describedby="([^"]+)"', page) for one in group.split()}
        errors = {one for one in there if one.endswith("_error")}
        assert errors and told <= there and errors <= told, f"{where}: {told - there} {errors - told}"
