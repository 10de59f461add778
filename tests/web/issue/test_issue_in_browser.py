"""Sealing and handing over in a real browser, with a signature drawn by hand; the pages under the accessibility checker."""

import pytest
from playwright.sync_api import expect

from apps.applications.models import Member
from apps.issuance.models import HandOver
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

# In large type: by how much the list of papers is wider than its place.
CUT = """() => { const root = document.documentElement, list = document.querySelector(".table-wrap"); root.dataset.view = "elder";
  const cut = list.scrollWidth - list.clientWidth; root.dataset.view = "standard"; return cut }"""


def draw(page) -> None:
    pad = page.locator("canvas.pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 60, steps=5)
    page.mouse.up()


def test_from_decision_to_hand_over(page, signed_in, axe):
    member = make.decided()
    make.printed(member.application_id)
    signed_in(page, "scjg-seal").goto("/issue/seal/")
    axe(page)
    page.locator("input[name=members]").check()
    page.get_by_label("印章编号").fill("3302821000001")
    page.get_by_role("button", name="登记勾选的办件").click()
    page.get_by_text("已登记 1 件").wait_for()
    axe(page)

    signed_in(page, "cixi-issue").goto("/issue/")
    axe(page)
    page.locator("#search_q").fill(member.application.number)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/issue/{member.application_id}/")
    axe(page)
    assert not page.evaluate(CUT)
    page.get_by_label("领取人姓名").fill("李一味")
    page.get_by_label("证件号码", exact=False).last.fill(make.PERSON_ID)
    page.locator("#id_signature").fill("李一味")
    draw(page)
    assert page.locator("[name=signature_drawn]").input_value().startswith("data:image/png;base64,")
    page.get_by_role("button", name="清除手写签名").click()
    assert page.locator("[name=signature_drawn]").input_value() == ""
    draw(page)
    page.locator("#id_id_number").fill("330203199001010014")
    page.get_by_role("button", name="确认交付").click()
    expect(page.locator("[data-error-summary]")).to_contain_text("不是本人")
    assert page.locator("[name=signature_drawn]").input_value().startswith("data:image/png;base64,")
    page.locator("#id_id_number").fill(make.PERSON_ID)
    page.get_by_role("button", name="确认交付").click()
    page.get_by_text("结果已交付").wait_for()
    axe(page)
    assert HandOver.objects.get().signature_sha256
    assert Member.objects.get(pk=member.pk).state == "collected"
    make.printed(member.application_id)
    page.get_by_role("link", name="刷新").click()
    page.get_by_role("link", name="打开送达回证").wait_for()
    page.goto("/issue/register/")
    axe(page)
    refused = [fault for fault in page.faults if "422" not in fault]  # the browser notes the refused form as well
    assert refused == []


def test_on_a_narrow_screen(phone, signed_in, axe):
    member = make.sealed(papers=make.printed)
    make.collected()
    waiting = make.decided()
    make.printed(waiting.application_id)
    line = HandOver.objects.get()
    pages = {
        "cixi-issue": ["/issue/", f"/issue/{member.application_id}/", f"/issue/handed/{line.pk}/", "/issue/register/"],
        "scjg-seal": ["/issue/seal/"],
    }
    for username, paths in pages.items():
        signed_in(phone, username)
        for path in paths:
            assert phone.goto(path).status == 200, path
            axe(phone)
            assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
    assert phone.faults == []
