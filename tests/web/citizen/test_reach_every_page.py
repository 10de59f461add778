"""The public pages as they stand after something was done on them; tests/web/test_every_page_in_every_look.py opens them all."""

import re
from io import BytesIO

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from apps.issuance import queries as documents
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def addresses(world):
    """(addresses to open, the case to track)"""
    case = make.accepted(gaps=["floor_plan"])
    make.printed(case.pk)
    code = documents.documents_of(case.pk)[0].verify_code
    opened = ["/items/open-restaurant/?s_small_shop=true", f"/verify/{code}/"]
    return opened, case


def test_what_comes_of_an_answer(phone, axe, live_server, addresses):
    opened, case = addresses
    for address in opened:
        phone.goto(address)
        inspect(phone, axe)
    track(phone, axe, case)
    assert not [fault for fault in phone.faults if "status of 4" not in fault]


def track(page, axe, case):
    page.goto("/track/")
    page.fill("#id_number", "1")
    page.click("main button")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    inspect(page, axe)
    page.fill("#id_number", case.number)
    page.fill("#id_phone", make.MOBILE)
    page.click("main button")
    assert page.locator("h1").inner_text() == "食品经营许可"
    page.locator("summary", has_text="为什么是这一天").first.click()
    inspect(page, axe)


def inspect(page, axe, **more):
    assert page.evaluate(OVERFLOW) <= 0, f"{page.url} is wider than the screen"
    axe(page, **more)


@pytest.mark.parametrize("cookies", [{}, {"view": "elder"}, {"theme": "dark"}, {"theme": "contrast"}], ids=str)
def test_every_component(page, axe, live_server, settings, cookies):
    settings.DEBUG = True
    page.context.add_cookies(
        [{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()]
    )
    for width in (375,) if cookies else (1366, 375):
        page.set_viewport_size({"width": width, "height": 768})
        page.goto("/styleguide/")
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
        inspect(page, axe, contrast=True)


def test_system_in_dark_mode_is_followed(page, live_server, world):
    page.emulate_media(color_scheme="dark")
    page.goto("/")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 22, 34)"
    page.context.add_cookies([{"name": "theme", "value": "contrast", "url": live_server.url}])
    page.goto("/")
    page.emulate_media(media="print")  # whoever looks at it in the dark prints it black on white all the same
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


def test_a_printed_guide_of_several_sheets_tells_which_each_is(page, live_server, world):
    page.goto("/items/food-licence/")
    sheets = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True))).pages
    assert len(sheets) > 1
    for at, sheet in enumerate(sheets, 1):
        assert re.search(f"第{at}.共{len(sheets)}.", "".join(sheet.extract_text().split()))  # 页 may come back as the radical


def test_a_printed_head_stays_whole_and_a_table_begins_with_a_row(page, live_server, world):
    """Beside a long name the title ran down letter by letter; the columns' names stood alone at the foot of a sheet."""
    page.goto("/items/food-licence/")
    lines = """() => [...document.querySelectorAll('.print-header p')].map(p => { const r = document.createRange();
        r.selectNodeContents(p); return new Set([...r.getClientRects()].map(one => Math.round(one.top))).size })"""
    page.set_viewport_size({"width": 672, "height": 900})  # A4 between its margins
    page.emulate_media(media="print")
    page.evaluate("document.querySelector('.print-header p:last-child').textContent += ' · 打印人：阿依努尔·买买提艾力·阿卜杜热合曼'")
    assert page.evaluate(lines) == [1, 1, 1]
    for millimetres in range(156, 192, 6):
        page.evaluate("mm => { document.querySelector('.key-facts').style.marginBottom = `${mm}mm` }", millimetres)
        sheets = [sheet.extract_text() for sheet in PdfReader(BytesIO(page.pdf(prefer_css_page_size=True))).pages]
        first = next(sheet for sheet in sheets if "份数" in sheet)
        assert "申请表" in first[first.index("份数") :], millimetres


def test_why_a_day_is_the_last_is_printed_where_there_is_room(page, live_server, addresses):
    """A count of more days than a sheet has lines was kept whole: the heading stood alone on a sheet, and the next was empty."""
    _, case = addresses
    page.goto("/track/")
    page.fill("#id_number", case.number)
    page.fill("#id_phone", make.MOBILE)
    page.click("main button")
    page.locator("h1", has_text="食品经营许可").wait_for()
    page.evaluate("""() => { const ol = document.querySelector('.clock ol');
        for (let n = 0; n < 60; n++) ol.append(ol.lastElementChild.cloneNode(true)) }""")
    sheets = [sheet.extract_text() for sheet in PdfReader(BytesIO(page.pdf(prefer_css_page_size=True))).pages]
    assert all(len(sheet) > 200 for sheet in sheets[:-1]), [len(sheet) for sheet in sheets]


def test_a_printed_list_says_for_which_answers_it_is(page, live_server, world):
    """On paper the materials stood without the questions that they hang on, beside words about "the questions above"."""
    page.goto("/items/open-restaurant/?s_small_shop=true")
    page.emulate_media(media="print")
    asked = page.locator(".panel--ask")
    expect(asked).to_be_visible()
    assert "小餐饮店" in asked.inner_text() and asked.locator("input:checked").get_attribute("value") == "true"
    expect(asked.locator("button")).to_be_hidden()


def test_everything_works_without_scripts(browser, live_server, addresses):
    _, case = addresses
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto("/")
    page.fill("#q", "食品经营许可")
    page.click(".search-box button")
    page.click("text=食品经营许可 >> nth=0")
    page.goto("/items/open-restaurant/")
    page.locator("input[type=radio]").first.check()
    page.click("text=看我的清单")
    assert "s_" in page.url
    page.click("text=长辈版 >> nth=0")
    assert page.locator("html").get_attribute("data-view") == "elder"
    page.goto("/track/")
    page.click("main button")
    expect(page.locator(".error-summary")).to_be_focused()
    page.fill("#id_number", case.number)
    page.fill("#id_phone", make.MOBILE)
    page.click("main button")
    assert page.locator("h1").inner_text() == "食品经营许可"
    context.close()


def test_keyboard_reaches_the_content_first(page, live_server, world):
    page.goto("/items/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到主要内容"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_search_narrows_as_one_types(page, live_server, world):
    page.goto("/items/")
    page.locator("#id_q").press_sequentially("spjyxk", delay=20)
    page.wait_for_url("**q=spjyxk**")
    assert "食品经营许可" in page.locator("#results").inner_text() and "q=spjyxk" in page.url
    expect(page.get_by_role("status")).to_have_text("共 1 项。")  # only this is read out
    expect(page).to_have_title("“spjyxk”的搜索结果 - 一窗政务服务")
    page.go_back()
    expect(page).to_have_title("办事事项 - 一窗政务服务")
    assert page.faults == []
    page.route("**/items/?q=*", lambda route: route.abort())
    page.locator("#id_q").fill("户口")
    page.get_by_text("网络不通，没有收到答复").wait_for()  # else what was found before stands for it
    page.unroute("**/items/?q=*")
    page.locator("#id_q").fill("spjyxk")
    page.wait_for_url("**q=spjyxk**")
    expect(page.get_by_text("网络不通")).to_have_count(0)


def test_upload_shows_the_page_that_comes_back(page, live_server, settings, world):
    settings.DEBUG = True
    page.goto("/styleguide/")
    page.set_input_files("#upload_attachment", {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"})
    send = page.locator("form[data-upload] button:text-is('提交')")
    page.route("**/styleguide/", lambda route: route.fulfill(status=503, body="<p>nginx</p>"))
    send.click()
    page.get_by_text("没有传上去：系统没有答复").wait_for()  # a stranger's page in place of ours would lose the chosen file
    page.unroute("**/styleguide/")
    often = '<!doctype html><html data-account=""><main><h1>请稍后再试</h1><p>请 5 分钟后再试。</p></main>'
    page.route("**/styleguide/", lambda route: route.fulfill(status=429, body=often, content_type="text/html"))
    send.click()
    page.get_by_text("没有传上去：请稍后再试：请 5 分钟后再试。选好的文件还在").wait_for()  # nor does a page of ours that only says to wait
    page.unroute("**/styleguide/")
    with page.expect_request(lambda sent: sent.resource_type == "xhr" and sent.method == "POST"):
        send.click()
    page.wait_for_selector("progress", state="detached")
    assert page.title().startswith("错误：")
    expect(page.locator("[data-error-summary]")).to_be_focused()


def test_what_a_page_that_asks_by_itself_is_refused_is_heard_once(page, signed_in):
    """Signed out on another tab: the screen on the wall told it every minute, the papers being printed every two seconds."""
    signed_in(page, "cixi-supervisor")
    page.clock.install()
    page.goto("/oversight/screen/")
    page.route("**/oversight/screen/", lambda route: route.fulfill(status=429, body="<!doctype html><main><h1>请稍后再试</h1></main>"))
    page.clock.fast_forward(61_000)
    page.get_by_role("alert").get_by_text("请稍后再试").wait_for()
    page.evaluate("first = document.querySelector('[role=alert]')")
    with page.expect_response("**/oversight/screen/"):
        page.clock.fast_forward(61_000)
    page.wait_for_timeout(300)
    assert page.evaluate("first.isConnected") and page.get_by_role("alert").count() == 1
    page.unroute("**/oversight/screen/")
    page.clock.fast_forward(61_000)
    page.get_by_role("heading", level=1).wait_for()
    expect(page.locator("[data-refused]")).to_have_count(0)  # the screen has warnings of its own
