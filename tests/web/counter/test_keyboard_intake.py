"""The whole intake of 食品经营许可 with one tolerated gap, without a mouse; the same page on a phone; axe on every page."""

import re
from random import Random

import pytest
from playwright.sync_api import expect

from apps.applications.models import Application
from tests import make
from tests.browser import SCREENS
from tests.full import full

from ..conftest import client_of
from .conftest import PNG, opened

pytestmark = pytest.mark.django_db(transaction=True)
USCC, WRONG = "91330282MA2A00001K", "330282198001011234"
TYPED = {
    "legal_rep_mobile": "13805740003",
    "premises_address": "白沙路街道三北大街2299号",
    "premises_area": "120.5",
    "staff_count": "6",
}

ASK_AND_TYPE_ON = """() => {
  const mobile = document.getElementById("id_applicant__mobile");
  mobile.dataset.before = "";
  document.querySelector("[name=applicant__id_number]").dispatchEvent(new Event("filled"));
  mobile.value = "13805740009";
}"""


def tab_to(page, name: str, most: int = 60) -> None:
    """Tab until the field of this name has the focus: it can be reached, and in a sensible number of steps."""
    for _ in range(most):
        if page.evaluate("document.activeElement.name") == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {name}")


def begin(page) -> None:
    page.keyboard.press("Alt+n")
    page.wait_for_url("**/counter/new/")
    expect(page.locator("[name=applicant__id_number]")).to_be_focused()
    page.keyboard.type(WRONG)
    page.keyboard.press("Enter")  # as a reader sends it, with the last digit
    page.get_by_text("身份证号的校验位不对").wait_for()
    expect(page.locator("[name=applicant__id_number]")).to_be_focused()
    page.evaluate(ASK_AND_TYPE_ON)
    anew = page.locator("#id_applicant__mobile:not([data-before])")
    expect(anew).to_have_value("13805740009")  # typed while the answer was on its way, which puts the field anew
    anew.evaluate("box => box.value = ''")
    page.keyboard.type(USCC)  # over the wrong one
    page.get_by_text("已带出登记的信息").wait_for()
    assert page.locator("#id_applicant__name").input_value() == "慈溪市一味餐饮有限公司"
    tab_to(page, "applicant__address")
    page.keyboard.press("Enter")  # past what the closed 由代理人办理 holds
    expect(page.locator("[name=q]")).to_be_focused()
    page.keyboard.insert_text("spjyxk")  # at once: letter by letter on a busy machine, also what begins with the first ones is asked for
    page.get_by_text("匹配的事项").wait_for()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.value") == "food-licence"
    page.keyboard.press("Alt+Enter")
    page.wait_for_url("**/work/")
    assert page.evaluate("document.activeElement.form?.id") == "work"  # at the first blank, past the head of the page


def stand_before(page) -> None:
    """The page to which `begin` leads, without the keys."""
    row = opened(client_of("cixi-clerk"))
    page.goto(f"/counter/{row.pk}/work/")


def fill(page) -> None:
    for name in ("staff_count", "legal_rep_mobile", "premises_address"):
        tab_to(page, f"answers__{name}")
        page.keyboard.type(TYPED[name])
    page.keyboard.press("Enter")  # Enter goes on to the next field and sends nothing
    expect(page.locator("[name=answers__premises_township]")).to_be_focused()
    page.keyboard.press("ArrowDown")
    tab_to(page, "answers__premises_area")
    page.keyboard.type(TYPED["premises_area"])
    for name in ("premises_right", "food_business_kind", "food_items", "serves_alcohol"):
        tab_to(page, f"answers__{name}")
        page.keyboard.press("Space")
    tab_to(page, "handout__way")
    page.keyboard.press("Space")


def tick(page) -> None:
    page.keyboard.press("Alt+t")  # everything came …
    tab_to(page, "materials__health_certificate", 200)
    page.keyboard.press("ArrowRight")  # … but the health certificate
    assert page.locator("[data-sum]").inner_text() == "材料 5 / 6，缺可容缺 1 件"


def test_take_in_a_food_licence_with_a_tolerated_gap(page, signed_in, axe):
    signed_in(page)
    expect(page.locator("[name=q]")).to_be_focused()
    axe(page)
    begin(page)
    axe(page)
    fill(page)
    tick(page)
    page.keyboard.press("Alt+g")
    expect(page.locator("[name=promised__health_certificate]")).to_be_focused()
    page.keyboard.press("Space")
    axe(page)
    page.locator("button[value=accept_gap]").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/done/")
    assert re.search(r"330282\d{8}[0-9A-Z]{6}", page.locator("h1").inner_text())
    row = Application.objects.get(number__isnull=False)
    member = row.members.get()
    assert row.state == "in_progress" and member.state == "accepted_with_gap" and member.gap_open
    assert row.answers["premises_area"] == "120.5" and row.answers["food_items"] == ["hot"]
    assert page.get_by_text("为什么是这一天").count() == 2
    axe(page)
    make.printed(row.pk)
    page.get_by_role("link", name=re.compile("打开容缺受理通知书")).wait_for()
    page.keyboard.press("Alt+n")
    page.wait_for_url("**/counter/new/")
    assert not page.locator("#id_applicant__id_number").input_value() and USCC not in page.content()
    assert not [fault for fault in page.faults if "422" not in fault]


def test_half_a_form_is_kept_while_typing(page, signed_in):
    signed_in(page)
    stand_before(page)
    shown = page.locator("#work [name=stood]").input_value()
    tab_to(page, "answers__premises_address")
    page.keyboard.type("浒山街道青少年宫路1号")
    page.keyboard.press("Tab")
    page.get_by_text("已自动保存").wait_for()
    assert page.locator("#work [name=stood]").input_value() != shown  # typed back later, that is a change, too
    row = Application.objects.get()
    assert row.answers["premises_address"] == "浒山街道青少年宫路1号" and row.state == "draft"
    page.context.clear_cookies()  # the session is over
    page.reload()
    signed_in(page)
    page.goto(f"/counter/{row.pk}/work/")
    assert page.locator("[name=answers__premises_address]").input_value() == "浒山街道青少年宫路1号"


def test_without_an_answer_nothing_is_called_kept_or_looked_up(page, signed_in):
    """A broken line left 已自动保存 standing, and what another number or other words had brought."""
    signed_in(page)
    stand_before(page)
    page.clock.install()
    kept, name = page.locator("#saved"), page.locator("[name=answers__premises_address]")
    page.route("**/save/", lambda route: route.abort())
    name.fill("白沙路街道1号")
    page.clock.fast_forward(2000)
    kept.get_by_text("刚才的改动还没有保存").wait_for()
    page.unroute("**/save/")
    page.route("**/save/", lambda route: route.fulfill(status=503))
    name.fill("白沙路街道2号")
    page.evaluate("() => { heard = 0; new MutationObserver(() => heard++).observe(document.getElementById('saved'), {childList: true}); }")
    for _ in range(3):
        with page.expect_response("**/save/"):
            page.clock.fast_forward(12_000)
        page.wait_for_timeout(100)
    assert page.evaluate("heard") == 0  # who listens was told at each try, five times a minute
    page.unroute("**/save/")
    page.clock.fast_forward(12_000)  # tried again by itself
    kept.get_by_text("已自动保存").wait_for()
    assert Application.objects.get().answers["premises_address"] == "白沙路街道2号"
    page.goto("/counter/new/")
    page.locator("[name=q]").fill("spjyxk")
    page.clock.fast_forward(1000)
    page.locator(".item-choice").wait_for()
    page.route(re.compile("/counter/(items|party)/"), lambda route: route.fulfill(status=503))
    page.locator("[name=q]").fill("kc")
    page.clock.fast_forward(1000)
    page.get_by_text("请按“查找”再试").wait_for()
    assert page.locator(".item-choice").count() == 0
    page.locator("[name=applicant__id_number]").fill(USCC)
    page.get_by_text("请按“核对”再试").wait_for()


def test_under_another_clerks_sign_in_nothing_is_kept_and_the_button_is_not_advised(page, signed_in, live_server):
    """It answers with a page of its own, over all that was typed; back under his own sign-in the clerk goes on where he was."""
    signed_in(page)
    stand_before(page)
    kept, name = page.locator("#saved"), page.locator("[name=answers__premises_address]")
    token = "document.querySelector('#work [name=csrfmiddlewaretoken]').value"
    before = page.evaluate(token)
    for clerk, told in (("cixi-issue", "可能是另一个账号"), ("cixi-clerk", "")):
        other = client_of(clerk)
        other.get("/account/password/")  # a form of his: its token comes along
        page.context.add_cookies([{"name": one, "value": cookie.value, "url": live_server.url} for one, cookie in other.cookies.items()])
        with page.expect_response("**/work/"):
            page.evaluate("window.dispatchEvent(new Event('focus'))")
        if told:
            name.fill("白沙路街道1号")
            kept.get_by_text(told).wait_for()
            assert not Application.objects.get().answers.get("premises_address")
    page.wait_for_function(f"{token} !== '{before}'")
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_text("已保存为草稿").wait_for()
    assert Application.objects.get().answers["premises_address"] == "白沙路街道1号"


def test_refused_act_goes_to_the_summary_and_from_there_to_the_field(page, signed_in, axe):
    signed_in(page)
    stand_before(page)
    page.keyboard.press("Alt+a")
    page.get_by_text("有几处需要改一改").wait_for()
    assert page.title().startswith("错误：")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    axe(page)
    page.get_by_role("link", name=re.compile("经营场所地址")).press("Enter")
    expect(page.locator("[name=answers__premises_address]")).to_be_focused()
    assert Application.objects.get().number is None


def test_a_refusal_is_told_in_a_line_and_no_page_is_put_into_this_one(page, signed_in):
    """Received on another page meanwhile: the whole page that says so was put into the bar with the buttons, over everything that had been typed."""
    signed_in(page)
    row = make.received()
    refused = page.request.get(f"/counter/{row.pk}/applicant/")
    assert refused.status == 409
    page.route("**/save/", lambda route: route.fulfill(response=refused))
    stand_before(page)
    page.locator("[name=answers__premises_address]").fill("白沙路街道1号")
    page.locator("#saved").get_by_text("现在不能办理这一步：已收件").wait_for()
    assert page.locator("h1").count() == 1 and page.locator("#saved *").count() == 0
    page.route("**/files/", lambda route: route.fulfill(response=refused, status=422))
    page.locator("[name=files__floor_plan]").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": PNG})
    page.locator("#files-floor_plan").get_by_text("现在不能办理这一步：已收件").wait_for()
    assert page.locator("h1").count() == 1
    often = "<!doctype html><main><h1>请稍后<b>再</b>试</h1><p>&lt;i&gt;</p></main>"
    page.route("**/counter/party/", lambda route: route.fulfill(status=429, body=often, content_type="text/html"))
    page.goto("/counter/new/")
    page.locator("[name=applicant__name]").fill("王小明")
    page.locator("[name=applicant__id_number]").fill(USCC)
    page.locator("#applicant").get_by_text("请稍后再试：<i>").wait_for()
    page.unroute("**/counter/party/")
    page.route("**/counter/party/", lambda route: route.abort())
    page.locator("[name=applicant__id_number]").fill("330203199001010014")
    page.locator("#applicant").get_by_text("请按“核对”再试").wait_for()
    expect(page.locator("#applicant [role=alert]")).to_have_count(1)  # not what stood there of the number before, too
    page.unroute("**/counter/party/")
    page.route("**/counter/party/", lambda route: route.fulfill(status=429, body=often, content_type="text/html"))
    page.locator("[name=applicant__id_number]").fill(USCC)
    page.locator("#applicant").get_by_text("请稍后再试：<i>").wait_for()
    expect(page.locator("#applicant [role=alert]")).to_have_count(1)
    page.route("**/counter/party/", lambda route: route.fulfill(status=403, body=often, content_type="text/html"))  # of another account by now
    page.locator("[name=applicant__id_number]").fill("330203199001010014")
    page.locator("#applicant").get_by_text("没有查到：请稍后再试：<i>").wait_for()
    expect(page.locator("#applicant").get_by_text("网络不通")).to_have_count(0)
    page.route("**/counter/items/*", lambda route: route.fulfill(status=429, body="<html><h1>429 Too Many Requests</h1></html>", content_type="text/html"))
    page.locator("[name=q]").fill("kc")
    page.locator("#items").get_by_text("系统没有答复").wait_for()  # a proxy's page has no words for who reads ours
    assert page.locator("h1").count() == 1
    assert page.locator("[name=applicant__name]").input_value() == "王小明"


def test_conditional_field_appears_with_its_answer(page, signed_in):
    signed_in(page)
    stand_before(page)
    address = page.locator("[name=handout__address]")
    assert not address.is_visible()
    page.get_by_label("快递送达").check()
    assert address.is_visible()


def test_scan_is_attached_with_the_rest_of_the_page_untouched(page, signed_in, axe):
    signed_in(page)
    stand_before(page)
    page.locator("[name=answers__premises_address]").fill("还没有保存的地址")
    page.locator("[name=files__floor_plan]").set_input_files(
        {"name": "平面图.png", "mimeType": "image/png", "buffer": PNG}
    )
    page.get_by_role("link", name="平面图.png").wait_for()
    assert page.locator("[name=materials__floor_plan][value=in]").is_checked()
    assert page.locator("[name=answers__premises_address]").input_value() == "还没有保存的地址"
    lost = "**/files/"
    page.route(lost, lambda route: route.abort())
    page.locator("[name=files__id_card]").set_input_files(
        {"name": "证.png", "mimeType": "image/png", "buffer": PNG}
    )
    page.get_by_text("请检查网络后重新选择文件").wait_for()
    axe(page)  # a line of the list, and in it what is told
    assert not page.locator("[name=files__id_card]").input_value()  # the same one can be chosen again: it is a change of the field
    page.unroute(lost)
    page.locator("[name=files__id_card]").set_input_files(
        {"name": "坏.png", "mimeType": "image/png", "buffer": b"MZ" + b"\0" * 200}
    )
    page.get_by_text("只接收 JPG、PNG 图片和 PDF 文件").wait_for()
    axe(page)


def test_every_page_passes_axe_and_fits_a_counter_screen_and_a_phone(page, signed_in, axe):
    """Short: each page at one of the two."""
    waiting, gap = make.awaiting(), make.accepted(gaps=["health_certificate"])
    received, draft = make.received(), make.draft()
    signed_in(page)
    paths = ["", "new/", "cases/", "checking/", "awaiting/", "gaps/", "day/"]
    paths += [f"{draft.pk}/work/", f"{draft.pk}/applicant/", f"{draft.pk}/discard/"]
    paths += [f"{received.pk}/{name}/" for name in ("work", "correct", "withdraw", "done")] + [f"{received.pk}/"]
    paths += [f"{waiting.pk}/supplement/", f"{waiting.pk}/not-accept/", f"{gap.pk}/gap/", f"{gap.pk}/"]
    for path in paths:
        assert page.goto(f"/counter/{path}").status == 200, path
        for screen in full([Random(path).choice(SCREENS)], SCREENS):
            page.set_viewport_size(screen)
            axe(page)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= screen["width"], f"{path} is {wide} px wide"
    page.set_viewport_size(SCREENS[1])
    page.goto("/counter/new/")
    page.locator("[name=q]").fill("x")
    page.locator(".item-choice").nth(7).wait_for()  # more than the list is high
    cut = "[...document.querySelectorAll('.item-choice')].filter(one => one.scrollHeight > one.clientHeight).length"
    assert page.evaluate(cut) == 0, "items are written over each other"
    assert not page.faults
