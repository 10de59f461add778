"""The main job in a real browser, desk by desk: a clerk accepts 食品经营许可 with one tolerated gap, the department reviews and
decides, the keeper registers, the issue desk hands out, the public follows by number and phone, the supervisor sees it."""

from __future__ import annotations

import re

import pytest

from apps.applications.models import Application, Job
from apps.issuance.models import Document
from apps.journal.anchoring import seal, verify
from apps.journal.invariants import patrol
from apps.kit import files
from tests import make
from tests.settled import count_all

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
PASSWORD = "Yichuang-2017"
USCC = "91330282MA2A00001K"


@pytest.fixture
def desk(page, world):
    """desk("cixi-clerk", "/counter/"): whoever sat here has left, this person has come in through the door."""

    def sit(username: str, path: str):
        page.context.clear_cookies()
        page.goto("/account/")
        page.locator("[name=username]").fill(username)
        page.locator("[name=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/account/" not in url)
        page.goto(path)
        return page

    return sit


def take_in(page) -> None:
    page.goto("/counter/new/")
    page.locator("#id_applicant__id_number").fill(USCC)
    page.keyboard.press("Tab")
    page.get_by_text("已带出登记的信息").wait_for()
    page.locator("[name=q]").fill("spjyxk")
    page.get_by_text("匹配的事项").wait_for()
    page.locator("input[value=food-licence]").check()
    page.keyboard.press("Alt+Enter")
    page.wait_for_url("**/work/")
    page.locator("[name=contact_mobile]").fill(make.MOBILE)
    for name, value in {
        "legal_rep_mobile": "13805740003",
        "premises_address": "白沙路街道三北大街2299号",
        "premises_area": "120.5",
        "staff_count": "6",
    }.items():
        page.locator(f"[name=answers__{name}]").fill(value)
    page.locator("[name=answers__premises_township]").select_option(index=1)
    for name in ("premises_right", "food_business_kind", "food_items", "serves_alcohol"):
        page.locator(f"[name=answers__{name}]").first.check()


def accept_with_gap(page) -> Application:
    page.keyboard.press("Alt+t")
    page.locator("[name=materials__floor_plan][value=missing]").check()
    page.keyboard.press("Alt+g")
    page.locator("[name=promised__floor_plan]").check()
    page.locator("button[value=accept_gap]").click()
    page.wait_for_url("**/done/")
    return Application.objects.get(number__isnull=False)


def test_one_window_end_to_end(desk, axe):
    page = desk("cixi-clerk", "/counter/")
    take_in(page)
    row = accept_with_gap(page)
    assert row.number in page.content() and "为什么是这一天" in page.content()
    make.printed(row.pk)

    job = Job.objects.get(application=row)
    page = desk("scjg-reviewer", "/review/")
    page.get_by_role("link", name=row.number).click()
    page.get_by_role("button", name="领办这件工作").click()
    page.locator("input[name=recommendation][value=grant]").check()
    page.locator("[name=opinion]").fill("场所、设施与经营项目相适应，符合规定条件。")
    axe(page)
    page.get_by_role("button", name="提交给负责人").click()
    page.get_by_text("等待负责人决定").first.wait_for()

    page = desk("scjg-head", f"/review/{job.pk}/decide/?decision=grant")
    page.get_by_text("容缺材料还没有补齐").first.wait_for()  # no certificate while a gap is open
    assert page.locator("main form button.button--warn").count() == 0
    assert Job.objects.get(pk=job.pk).state == "concluded"

    page = desk("cixi-clerk", f"/counter/{row.pk}/gap/")
    page.locator(".mark", has=page.locator("[name=materials__floor_plan][value=in]")).click()
    page.get_by_role("button", name="登记补交").click()
    page.wait_for_url(lambda url: "/gap/" not in url)
    assert not row.members.get().gap_open

    page = desk("scjg-head", "/review/countersign/")
    page.get_by_role("link", name=row.number).click()
    page.get_by_role("link", name="准予…").click()
    axe(page)
    page.locator("main form button.button--warn").click()
    page.wait_for_url(lambda url: "/decide/" not in url)
    assert row.members.get().state == "granted"
    make.printed(row.pk)

    page = desk("scjg-seal", "/issue/seal/")
    page.get_by_label(f"登记 {row.number}").check()
    page.locator("[name=seal_number]").fill("3302821000001")
    page.get_by_role("button", name="登记勾选的办件").click()
    page.get_by_text("已登记").first.wait_for()
    assert row.members.get().state == "ready_for_issue"

    page = desk("cixi-issue", "/issue/")
    page.get_by_role("link", name=row.number).click()
    page.locator("[name=relation][value=legal_rep]").check()
    representative = row.applicant
    page.locator("[name=collector_name]").fill(representative.legal_rep_name)
    page.locator("[name=id_number]").fill(representative.legal_rep_id)
    page.locator("[name=signature]").fill(representative.legal_rep_name)
    axe(page)
    page.get_by_role("button", name="确认交付并生成送达回证").click()
    page.wait_for_url("**/handed/**")
    assert row.members.get().state == "collected"
    make.printed(row.pk)

    certificate = Document.objects.get(root_id=row.pk, kind="certificate")
    assert files.read(certificate.path).startswith(b"%PDF-")
    track(page, row)
    see(desk, row)
    count_all()
    seal()
    assert verify() > 0
    assert patrol()[1] == []


def track(page, row: Application) -> None:
    """The citizen: by number and phone, without signing in."""
    page.context.clear_cookies()
    page.goto("/track/")
    page.locator("[name=number]").fill(row.number)
    page.locator("[name=phone]").fill(make.MOBILE)
    page.keyboard.press("Enter")
    page.get_by_text("结果已领取").wait_for()
    shown = page.locator("main").inner_text()
    assert "予以受理" in shown and "决定：准予" in shown and "收到容缺材料" in shown
    assert row.applicant.legal_rep_id not in shown and "徐国平" not in shown  # neither numbers nor names of staff


def see(desk, row: Application) -> None:
    """The supervisor: the board's number opens the list that holds the case."""
    count_all()
    page = desk("cixi-supervisor", "/oversight/")
    page.get_by_role("link", name=re.compile("^办结：")).first.click()
    page.get_by_role("link", name=row.number).click()
    page.get_by_role("heading", name="经过").wait_for()
    assert "决定：准予" in page.locator("main").inner_text()
