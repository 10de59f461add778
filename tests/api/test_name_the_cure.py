"""A refusal names the field and what would be right, and the published description names the refusals."""

from __future__ import annotations

from datetime import timedelta

import pytest
from drf_spectacular.generators import SchemaGenerator

from apps.applications import actions
from apps.applications.models import AnswerChange, Application, MaterialEntry, ReviewSupplement
from apps.issuance.models import Document, HandOver
from apps.kit.time import today
from tests import make
from tests.api.client import Caller
from tests.api.test_refuse_what_is_unknown import refused
from tests.people import nothing_written


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"channel": "owl"}, "channel", "channel：应为 counter（窗口）、online（网上）、mobile（掌上）、mail（邮寄）、kiosk（自助终端）、agent（代办） 之一，收到的是“owl”。"),
        ({"channel": ["x"] * 90}, "channel", "channel：应为 counter（窗口）、"),
        ({"channel": None}, "channel", "channel：不能为 null；不填的，请去掉这一项。"),
        ({"situations": [1]}, "situations", "situations：应为一个 JSON 对象。"),
        ({"code": None}, "code", "code：不能为 null；这一项必须填写。"),  # left out it is refused as well
    ],
)
def test_a_wrong_value_is_told_with_what_would_be_right(call, body, field, words):
    with nothing_written(Application):
        _, at, said = refused(call("cixi-clerk").raw("post", "applications/", {"code": "food-licence", **body}))
    assert at == field and said.startswith(words) and len(said) < 150


def test_the_words_reach_what_lies_deeper(call):
    row, clerk = make.received(), call("cixi-clerk")
    for lines, field, words in (
        ({"floor_plan": {"state": "lost"}}, "materials.floor_plan.state", "missing（未交）、supplied（已交）"),
        ({"floor_plan": "supplied"}, "materials.floor_plan", "应为一个 JSON 对象"),
    ):
        said = refused(clerk.raw("post", f"applications/{row.pk}/accept/", {"materials": lines}))
        assert said[1] == field and words in said[2]


def test_a_body_in_another_encoding_is_told_so(call):
    clerk = call("cixi-clerk")
    for raw in ('{"code": "窗口收件"}'.encode("gbk"), b"\xef\xbb\xbf{}"):
        answer = clerk.client.generic("POST", "/api/applications/", raw, content_type="application/json", **clerk.auth)
        assert "UTF-8，不带 BOM" in refused(answer, 400)[2]


def test_the_description_names_what_a_stale_token_gets(call):
    for path, methods in SchemaGenerator().get_schema(request=None, public=True)["paths"].items():
        for method, operation in methods.items():
            assert {"429", "503"} <= set(operation["responses"]), (method, path)  # later again, under the same key
            keys = [one["schema"] for one in operation.get("parameters", ()) if one["name"] == "Idempotency-Key"]
            assert all(key["maxLength"] == 80 for key in keys), (method, path)  # a longer one is refused
            if operation.get("security"):
                assert {"401", "403"} <= set(operation["responses"]), (method, path)
    stale = Caller(None)
    stale.auth = {"HTTP_AUTHORIZATION": "Bearer gone"}
    assert refused(stale.raw("get", "items/"), 401)[0]


@pytest.mark.parametrize("method", ["mail", "electronic", "notice", "pigeon"])
def test_posting_or_publishing_is_no_hand_over_at_the_desk(call, monkeypatch, method):
    """By mail nobody was asked for a number or a signature, and the day of posting stood as the day of service."""
    monkeypatch.setattr(make, "printed", make.filed)
    member = make.sealed()
    given = {"members": [member.pk], "method": method, "location": "邮局", "collector_name": "某人", "relation": "friend"}
    with nothing_written(HandOver):
        told = call("cixi-issue").post(f"applications/{member.application_id}/hand_over/", given, expect=422)
    assert [one["field"] for one in told["errors"]] == ["method", "relation"]
    assert told["detail"] == f"method：应为 direct（直接送达）、agent（委托代理人签收）、left（留置送达） 之一，收到的是“{method}”。"


def test_a_program_that_takes_a_file_gets_it_and_what_else_it_takes_is_told(call):
    """The description says application/pdf, and who asked for that was told that there is only JSON."""
    row = make.accepted()
    make.filed(row.pk)
    clerk, paper = call("cixi-clerk"), Document.objects.filter(root_id=row.pk).first()
    for accept in ("application/pdf", "application/pdf, application/problem+json", "*/*"):
        got = clerk.raw("get", f"documents/{paper.pk}/", headers={"Accept": accept})
        assert (got.status_code, got["Content-Type"]) == (200, "application/pdf"), accept
    other = clerk.raw("get", "documents/999999/", headers={"Accept": "application/pdf"})
    assert other.status_code == 404 and other["Content-Type"] == "application/problem+json"
    assert refused(clerk.raw("get", "applications/", headers={"Accept": "application/xml"}), 406)[2] == "只能以 JSON 作答。"
    assert refused(clerk.raw("get", "applications/?format=xml"))[:2] == ("input.choice", "format")
    assert clerk.get("applications/?format=json")["results"]


@pytest.mark.parametrize(
    ("name", "verb", "body"), [("enterprise", "mend", {"answers": {"contact_name": "李四"}}), ("enterprise", "resubmit", {}), ("cixi-clerk", "take_supplement", {})]
)
def test_what_a_review_asks_for_is_not_said_to_be_asked_by_nobody(call, name, verb, body):
    """The case says that something is to be brought: who goes the way of before acceptance is shown the other one."""
    asked = make.asked_in_review()
    with nothing_written(ReviewSupplement, AnswerChange):
        told = call(name).post(f"applications/{asked.application_id}/{verb}/", body, expect=409)["detail"]
    assert "supplements 里的 id" in told
    assert "不在补正中" in call(name).post(f"applications/{make.accepted().pk}/{verb}/", body, expect=409)["detail"]


def test_what_a_paper_cannot_say_is_named_as_it_was_sent(call):
    """And not by the place that it would have had on the paper, which no program knows."""
    job, reviewer = make.claimed(), call("scjg-reviewer")
    pause = {**make.TESTING, "organiser": "市食品检验院✔"}
    hearing = {"at": f"{today() + timedelta(30)}T09:00:00", "place": "三楼会议室😀", "presider": "王公正", "reason": "涉及公共利益的重大事项"}
    wrong = {"fields_wrong": [{"element": "contact_name", "problem": "与证件不一致✔"}]}
    with nothing_written(Document, ReviewSupplement):
        for caller, verb, body, field in (
            (call("scjg-head"), "pause", pause, "organiser"),
            (call("scjg-head"), "pause", {**make.TESTING, "basis": "☑《食品安全法》第三十五条"}, "basis"),
            (call("scjg-head"), "extend", {"days": 3, "approver": "局长办公会➢", "reason": "需要现场核对的资料较多"}, "approver"),
            (reviewer, "tell_hearing", {"interest": "相邻住户的采光和通行", "third_parties": ["王小明☎️", "李四🏠"]}, "third_parties"),
            (reviewer, "call_hearing", hearing, "place"),
            (reviewer, "ask_in_review", wrong, "fields_wrong.contact_name"),
        ):
            _, at, said = refused(caller.raw("post", f"jobs/{job.pk}/{verb}/", body))
            assert (at, "印不出来的符号" in said) == (field, True)
    away, case = {"ground": "not_our_power", "reason": "不属本局职权", "competent_agency": "市城管局"}, make.received()
    with nothing_written(Application, Document):
        for field in ("basis", "competent_agency"):
            _, at, said = refused(call("cixi-clerk").raw("post", f"applications/{case.pk}/not_accept/", {**away, field: "☑行政许可法"}))
            assert (at, "印不出来的符号" in said) == (field, True)


@pytest.mark.parametrize(("begin", "words"), [(lambda: make.accepted(gaps=["floor_plan"]), "登记收下容缺材料"), (lambda: withdrawn(), "撤回")])
def test_what_is_accepted_or_over_is_not_told_what_to_bring_for_it(call, begin, words):
    """Who accepted once more, the answer lost, read that a promised paper must come now; handed in with it, it was refused all the same."""
    case = begin()
    with nothing_written(Application, MaterialEntry):
        for body in ({}, {"materials": {"floor_plan": {"state": "supplied", "originals": 1}}}):
            told = call("cixi-clerk").post(f"applications/{case.pk}/accept/", body, expect=409)["detail"]
            assert words in told and "缺少" not in told


def withdrawn() -> Application:
    case = make.received(without=("premises_proof",))
    return actions.withdraw(by=make.actor("cixi-clerk"), application=case.pk, reason="改日再来办理")


def test_what_an_earlier_item_brings_is_not_to_be_registered(call):
    case = make.draft("open-hotel", situations={"already_registered": True, "serves_meals": False})
    with nothing_written(MaterialEntry):
        answer = call("cixi-clerk").raw("post", f"applications/{case.pk}/save/", {"materials": {"fire_opinion": {"state": "supplied"}}})
    _, at, said = refused(answer)
    assert at == "materials.fire_opinion" and "请去掉这一项" in said and "supplied" not in said
