"""The department's part of a case in a real browser, and every page of the desk under the accessibility checker, wide and narrow."""

from random import Random

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import expect

from apps.applications import actions
from apps.applications.models import Job, Member
from tests import make
from tests.browser import COUNTER_SCREEN
from tests.full import full

pytestmark = pytest.mark.django_db(transaction=True)


def test_from_inbox_to_decision(page, signed_in, axe):
    case = make.accepted()
    other = make.accepted()
    signed_in(page, "scjg-reviewer").goto("/review/?code=food-licence")
    axe(page)
    for box in page.locator("input[name=jobs]").all():
        box.check()
    page.keyboard.press("Alt+l")
    page.get_by_text("已领办 2 件").wait_for()
    axe(page)
    page.get_by_role("link", name=case.number).click()
    page.locator('.breadcrumb a[href$="/review/?code=food-licence"]').wait_for()  # back to the list as one left it
    page.locator("[name=recommendation][value=refuse]").check()
    page.keyboard.press("Alt+y")  # to what is chosen already
    assert page.evaluate("document.activeElement.value") == "refuse"
    page.get_by_role("button", name="套用准予范文").click()
    assert "经审查" in page.locator("#opinion_opinion").input_value()
    axe(page)
    page.keyboard.press("Alt+Enter")
    page.get_by_text("等待负责人决定").first.wait_for()
    page.get_by_role("link", name=f"下一件：食品经营许可 {other.number}").wait_for()
    axe(page)

    signed_in(page, "scjg-head").goto(reverse("review:countersign"))
    axe(page)
    page.get_by_role("link", name=case.number).click()
    page.wait_for_url(f"**{reverse('review:job', args=[make.job_of(case).pk])}")
    page.keyboard.press("Alt+z")
    sheet = page.frame_locator("iframe").first
    sheet.get_by_text("慈溪市一味餐饮有限公司：").wait_for()
    assert sheet.locator("header.red .agency").evaluate("e => getComputedStyle(e).color") == "rgb(204, 0, 0)"
    axe(page)
    page.get_by_role("button", name="确认准予").click()
    page.get_by_text("已作出准予的决定").wait_for()
    assert Member.objects.get(application=case).state == "granted"
    page.goto(f"/cards/?number={case.number}&state=open")  # kept in the tab is what was chosen, not what was typed
    kept = page.evaluate("Object.entries(sessionStorage).filter(([key]) => key.startsWith('list:')).map(([, list]) => list)")
    assert sorted(kept) == ["code=food-licence", "state=open"]
    assert page.faults == []


def test_refusal_keeps_the_words_and_takes_the_focus(page, signed_in):
    job = make.claimed()
    signed_in(page, "scjg-reviewer").goto(f"/review/{job.pk}/")
    columns = "getComputedStyle(document.querySelector('.facts--columns')).gridTemplateColumns.split(' ').length"
    assert page.evaluate(columns) == 4  # two facts beside each other, in large type one
    page.evaluate("document.documentElement.dataset.view = 'elder'")
    assert page.evaluate(columns) == 2
    page.evaluate("document.documentElement.dataset.view = 'standard'")
    page.set_viewport_size({"width": 900, "height": 768})  # or 1366 px at 150 %: what is to be done stands above the case
    page.locator(".jump a").last.focus()
    page.keyboard.press("Tab")
    assert page.evaluate("!!document.activeElement.closest('.case__act')")
    page.set_viewport_size(COUNTER_SCREEN)
    page.locator("#opinion_opinion").fill("好")
    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    with page.expect_event("dialog"):
        page.locator(".breadcrumb a").first.click(no_wait_after=True)  # a look at the list: what is half written would be gone
    page.get_by_label("建议不予").check()
    assert asked == ["beforeunload"]
    page.get_by_role("button", name="提交给负责人").click()
    page.locator("[data-error-summary]").wait_for()
    assert page.title().startswith("错误：")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert page.locator("#opinion_opinion").input_value() == "好"
    assert page.get_by_label("建议不予").is_checked()
    page.locator("[data-error-summary] a").first.click()
    expect(page.locator("#opinion_opinion")).to_be_focused()
    # What is put down or uncovered beside it is asked for alone: it stays where no answer comes, and once the session has ended.
    note, add = page.get_by_label("添加备注"), page.get_by_role("button", name="添加备注")
    add.click()
    expect(note).to_be_focused()  # refused
    note.fill("已电话联系申请人。")
    page.context.set_offline(True)
    add.click()
    page.get_by_text("网络不通，没有收到答复").wait_for()
    page.context.set_offline(False)
    Session.objects.all().delete()
    with page.expect_request("**/note/") as sent:
        add.click()
    assert "hx-current-url" not in sent.value.headers  # kept for the note's own address: the page takes nothing
    page.get_by_text("登录已失效").wait_for()
    assert (note.input_value(), page.locator("#opinion_opinion").input_value()) == ("已电话联系申请人。", "好")


@pytest.mark.parametrize("screen", ["page", "phone"])
def test_pages_under_the_checker(request, screen, signed_in, axe):
    """Short: each page at one of the two widths."""
    shown = request.getfixturevalue(screen)
    mine, waiting = make.claimed(gaps=["floor_plan"]), make.concluded(recommendation="refuse")
    lost = make.job_of(make.accepted())
    actions.return_to_router(by=make.actor("scjg-reviewer"), job=lost.pk, reason="不属于本局的职责。")
    given = make.decided()
    make.filed(given.application_id)
    actions.register_seal(by=make.actor("scjg-seal"), member=given.pk, seal_number="3302821000001")
    actions.hand_over(by=make.actor("cixi-issue"), application=given.application_id, members=[given.pk], collection=make.collection())
    if screen == "phone":
        actions.ask_cancellation(by=make.actor("enterprise"), member=given.pk, reason="门店转让，不再经营餐饮")
    cancelling = f"/review/{make.job_of(given.application).pk}/{'cancellation' if screen == 'phone' else 'cancel'}/"
    clock = make.case("scjg-reviewer", mine.application).clocks[-1]
    heard = make.claimed(code="entertainment-licence", reviewer="wenguang-reviewer")
    make.call_hearing(heard)
    pages = {
        "scjg-reviewer": ["/review/", "/review/?q=zzz", f"/review/{mine.pk}/", "/review/done/", f"/why/{clock.pk}/"],
        "scjg-head": [
            f"/review/{waiting.pk}/",
            f"/review/{waiting.pk}/decide/?decision=refuse",
            f"/review/{waiting.pk}/send-back/",
            f"/review/{mine.pk}/reassign/",
            "/review/cancellations/",
            cancelling,
        ],
        "enterprise": [f"/my/{given.application_id}/", f"/my/{given.application_id}/cancel{'-withdraw' if screen == 'phone' else ''}/{given.pk}/"],
        "wenguang-reviewer": [f"/review/{heard.pk}/hearing/", f"/review/{heard.pk}/hearing/call/"],
        "cixi-supervisor": ["/review/router/", f"/review/router/{lost.pk}/"],
    }
    for username, paths in pages.items():
        signed_in(shown, username)
        if (username, screen) == ("scjg-head", "page"):
            shown.goto(f"/review/{mine.pk}/extend/")  # the day that counts is the last column
            assert shown.locator(".table-wrap").evaluate("wrap => wrap.scrollWidth <= wrap.clientWidth")
        for path in paths:
            if Random(path).choice(full(["page", "phone"], [screen])) != screen:
                continue
            assert shown.goto(path).status == 200, path
            axe(shown)
            assert shown.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
    assert shown.faults == []
    assert Job.objects.get(pk=lost.pk).state == "misrouted"
