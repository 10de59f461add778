"""A wrong situation is amended at the counter: looked at first, what is new taken in with the act, nothing done before."""

import html
import re
from types import SimpleNamespace

import pytest

from apps.applications import actions
from apps.applications.actions.amending import replanned
from apps.applications.models import Application, Member
from apps.applications.queries_clocks import COUNTED_ANEW
from apps.deadlines.models import Clock
from apps.issuance.models import Document
from apps.web.counter.amend import _to_answer
from tests import make
from tests.applications.test_amend_situation import REASON, SMALL, amend
from tests.applications.test_reuse_materials import issued  # noqa: F401
from tests.applications.test_run_bundle import decide, restaurant
from tests.people import nothing_written


@pytest.fixture
def case(world):
    return restaurant(situations=SMALL)


def hidden(page: str, name: str) -> str:
    return html.unescape(re.search(rf'name="{name}" value="([^"]*)"', page)[1])


def posted(case, area: str) -> dict:
    answers = Application.objects.get(pk=case.pk).plan["answers"]
    plain = {f"situations__{code}": str(value).lower() for code, value in answers.items()}
    return plain | {"situations__dining_area": area, "reason": REASON}


def test_looked_at_then_done(at, case):
    clerk, address = at("cixi-clerk"), f"/counter/{case.pk}/amend/"
    assert address in clerk.get(f"/counter/{case.pk}/").text
    assert "看更正后会怎样" in clerk.get(address).text
    given = posted(case, "600")
    with nothing_written(Application, Member):
        page = clerk.post(address, given | {"do": "look"}).text
        unseen = clerk.post(address, given | {"do": "amend"})  # not looked at: shown, not done
    assert "公众聚集场所" in page and "确认更正" in page and unseen.status_code == 200
    looked = given | {"do": "amend", "looked": hidden(page, "looked"), "once": hidden(page, "once")}
    with nothing_written(Application, Member):
        lacking = clerk.post(address, looked)
    assert lacking.status_code == 422
    for name in re.findall(r'name="(materials__[a-z_]+)"', page):
        looked[name] = "on"
    answers = make.answers_for(replanned(Application.objects.get(pk=case.pk), {"dining_area": "600"}))
    for name in set(re.findall(r'name="(answers__[a-z_]+)"', page)):
        looked[name] = answers[name.removeprefix("answers__")]
    answer = clerk.post(address, looked)
    assert answer.status_code == 302, re.findall(r"error-summary.*?</ul>", answer.text, re.S)
    assert Member.objects.filter(application=case, code="fire-check").exists()
    assert clerk.post(address, looked).status_code == 302  # pressed twice
    other = clerk.post(address, looked | {"situations__dining_area": "200"})  # that is no second click
    assert other.status_code == 200 and "确认更正" in other.text
    assert Document.objects.filter(root_id=case.pk, kind="amendment").count() == 1


def test_what_a_colleague_has_amended_meanwhile_is_looked_at_anew(at, case):
    """It took out the item that he had just taken in, which no page had told."""
    clerk, address = at("cixi-clerk"), f"/counter/{case.pk}/amend/"
    page = clerk.post(address, posted(case, "250") | {"do": "look"}).text
    assert "公众聚集场所" not in page
    looked = posted(case, "250") | {"do": "amend", "looked": hidden(page, "looked"), "once": hidden(page, "once")}
    amend(case, {"dining_area": "600"})
    with nothing_written(Application, Member, Document):
        page = clerk.post(address, looked).text
    assert "公众聚集场所" in page and "确认更正" in page
    looked |= {"looked": hidden(page, "looked"), "once": hidden(page, "once")}
    assert [clerk.post(address, looked).status_code for _ in range(2)] == [302, 302]
    assert Member.objects.get(application=case, code="fire-check").state == "terminated"


def test_what_changes_nothing_or_comes_too_early_is_told(at, case):
    clerk = at("cixi-clerk")
    with nothing_written(Application, Member):
        same = clerk.post(f"/counter/{case.pk}/amend/", posted(case, "200") | {"do": "look"})
        wrong = clerk.post(f"/counter/{case.pk}/amend/", posted(case, "六百") | {"do": "look", "reason": ""})
    assert same.status_code == 422 and "情形没有变化" in same.text
    assert wrong.status_code == 422 and "不能答“六百”" in wrong.text and "（dining_area）" not in wrong.text
    assert "请填写“更正的原因”。" in wrong.text
    early = make.received()
    assert clerk.get(f"/counter/{early.pk}/amend/").status_code == 409


def test_what_was_decided_stays_and_the_answers_typed_too(at, case):
    decide(case, "enterprise-registration")
    given = posted(case, "200") | {"situations__subject_kind": "individual", "do": "look"}
    with nothing_written(Application, Member):
        page = at("cixi-clerk").post(f"/counter/{case.pk}/amend/", given)
    assert page.status_code == 422 and "已经作出决定" in page.text and "确认更正" not in page.text
    assert REASON in page.text


def test_a_certificate_on_record_that_the_new_situation_asks_for_is_waived(at, issued, monkeypatch):  # noqa: F811
    """It is asked for nowhere, so the page that wants it in has to offer that too."""
    case, compiled = restaurant(situations=SMALL), actions.amending.compile_again

    def also(*asked):
        found = compiled(*asked)
        more = {"material": "old_licence", "name": "原营业执照", "licence_type": "business_licence", "supplied_by": None, "when": None}
        return {**found, "materials": [*found["materials"], {**found["materials"][0], **more, "needed_by": ["enterprise-registration"]}]}

    monkeypatch.setattr(actions.amending, "compile_again", also)
    clerk, address, given = at("cixi-clerk"), f"/counter/{case.pk}/amend/", posted(case, "250")
    page = clerk.post(address, given | {"do": "look"}).text
    looked = given | {"do": "amend", "looked": hidden(page, "looked")}
    number = make.certificate_of(issued)
    with nothing_written(Application, Member):
        asked = clerk.post(address, looked)
    assert asked.status_code == 422 and number in asked.context["form"].errors["materials__old_licence"][0]
    assert clerk.post(address, looked | {"waived__old_licence": "on"}).status_code == 302
    line = case.materials.get(code="old_licence")
    assert line.state == "waived" and number in line.remark


def test_what_an_item_that_goes_would_have_produced_is_taken_in(at, world):
    """The line stood on the list, to come from the item before: the page that wants it in had no box for it."""
    case = make.accepted("open-homestay", situations={"already_registered": False, "serves_meals": False})
    code = next(line["material"] for line in case.plan["materials"] if line["supplied_by"] == "individual-registration")
    clerk, address = at("cixi-clerk"), f"/counter/{case.pk}/amend/"
    given = posted(case, "") | {"situations__already_registered": "true"}
    page = clerk.post(address, given | {"do": "look"}).text
    looked = given | {"do": "amend", "looked": hidden(page, "looked")}
    asked = clerk.post(address, looked)
    assert asked.status_code == 422 and "请现在收下" in asked.context["form"].errors[f"materials__{code}"][0]  # not 一次性告知补正, which comes before
    looked |= dict.fromkeys(re.findall(r'name="(materials__[a-z_]+)"', page), "on")
    answers = make.answers_for(replanned(Application.objects.get(pk=case.pk), {"already_registered": "true"}))
    looked |= {name: answers[name.removeprefix("answers__")] for name in re.findall(r'name="(answers__[a-z_]+)"', page)}
    answer = clerk.post(address, looked)
    assert answer.status_code == 302, re.findall(r"error-summary.*?</ul>", answer.text, re.S)
    assert case.materials.get(code=code).state == "confirmed"
    assert case.materials.get(code=code).name in str(Document.objects.get(root_id=case.pk, kind="amendment").payload["materials"])


def test_a_question_of_the_old_form_that_is_put_only_now_is_on_the_page():
    """And what hangs on its answer; not what was put before and left open, nor what is answered."""
    big = [[{"situation": "big", "is": True}]]
    form = [
        {"element": "seats", "when": big, "required": True},
        {"element": "floor", "when": [{"element": "seats", "over": 9}]},
        {"element": "music", "when": None},
        {"element": "doors", "when": big},
        {"element": "owner", "when": None, "required": True},
    ]
    old = {"elements": [*form[:4], {"element": "owner", "when": None}], "answers": {"big": False}}
    row, new = SimpleNamespace(plan=old, answers={"doors": 2}), {"elements": [*form, {"element": "new"}], "answers": {"big": True}}
    assert [one["element"] for one in _to_answer(row, new)] == ["seats", "floor", "owner", "new"]
    assert _to_answer(row, old) == []


def test_the_promise_that_an_amendment_replaced_says_so_and_stands_beside_the_new_one_no_more(at, case):
    """It was told as that of a case that had ended without a decision; after one, as decided on that day."""
    decide(case, "enterprise-registration")
    old = Clock.objects.get(root_id=case.pk, kind="bundle")
    amend(case, {"dining_area": "600"})
    new = Clock.objects.get(root_id=case.pk, kind="bundle", state="running")
    clerk = at("cixi-clerk")
    page, why = clerk.get(f"/counter/{case.pk}/").text, clerk.get(f"/why/{old.pk}/").text
    head = at("scjg-head").get(f"/review/{case.members.get(code='enterprise-registration').jobs.get().pk}/").text
    for told in (page, head):
        assert f"/why/{new.pk}/" in told and f"/why/{old.pk}/" not in told
    assert COUNTED_ANEW in why and "办件已经结束" not in why
    assert COUNTED_ANEW not in clerk.get(f"/why/{new.pk}/").text
