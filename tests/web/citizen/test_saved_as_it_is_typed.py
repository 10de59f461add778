"""On a phone: what is typed is kept, though one leaves at once; and what cannot be kept is named, not called saved."""

import pytest

from apps.applications.models import Application
from apps.directory.actions import grant_mandate
from apps.journal.actor import SYSTEM
from tests import make
from tests.browser import PATIENCE
from tests.journeys.test_open_a_restaurant_from_home import fits, sign_in
from tests.web.conftest import client_of

pytestmark = pytest.mark.browser


def test_what_is_typed_is_kept_or_named(transactional_db, world, phone, axe):
    row = make.from_home(submit=False)
    sign_in(phone)
    phone.goto(f"/my/{row.pk}/form/1/")
    phone.get_by_label("联系手机").fill("1380574")
    told = phone.locator("[data-saved]")
    told.get_by_text("没有保存").wait_for()
    assert "手机号应为 11 位数字" in told.inner_text() and "其余的已保存" in told.inner_text()
    axe(phone)
    fits(phone)
    phone.context.set_offline(True)  # in the lift: the page stays with what was typed
    phone.get_by_role("button", name="保存").first.click()
    phone.get_by_text("网络不通，还没有提交").wait_for()
    phone.context.set_offline(False)
    assert phone.get_by_label("联系手机").input_value() == "1380574"
    phone.get_by_label("联系手机").fill("13805741111")
    phone.goto("/items/")  # away before the pause in typing was over
    assert until(phone, lambda: Application.objects.get(pk=row.pk).contact_mobile == "13805741111")
    phone.clock.install()
    phone.goto(f"/my/{row.pk}/form/1/")
    assert phone.get_by_label("联系手机").input_value() == "13805741111"
    held = []  # a slow line: what is typed back before the first is answered was taken for what nobody had touched

    def slow(route):
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    phone.route("**/form/1/", slow)
    for number in ("13805742222", "13805741111"):
        phone.get_by_label("联系手机").fill(number)
        phone.clock.fast_forward(2000)
        assert until(phone, lambda: held)
    held[0][0].fulfill(response=held[0][1])
    phone.clock.fast_forward(2000)
    assert until(phone, lambda: Application.objects.get(pk=row.pk).contact_mobile == "13805741111")
    held.clear()
    phone.get_by_label("联系手机").fill("13805742222")
    phone.clock.fast_forward(2000)
    assert until(phone, lambda: held)
    phone.get_by_label("联系手机").fill("13805741111")
    phone.get_by_role("button", name="保存，回到清单").click()  # nor does the button wait
    phone.wait_for_url(f"**/my/{row.pk}/")
    assert Application.objects.get(pk=row.pk).contact_mobile == "13805741111"
    assert phone.faults == []
    phone.goto(f"/my/{row.pk}/form/1/")
    phone.context.set_offline(True)
    phone.get_by_label("联系手机").fill("13805743333")
    phone.clock.fast_forward(2000)
    phone.get_by_text("网络恢复后会再试").wait_for()
    phone.get_by_role("button", name="保存，回到清单").click()
    phone.get_by_text("网络不通，还没有提交").wait_for()
    phone.context.set_offline(False)
    phone.clock.fast_forward(12_000)  # as promised, though the button was pressed meanwhile
    assert until(phone, lambda: Application.objects.get(pk=row.pk).contact_mobile == "13805743333")
    told.get_by_text("已保存。").wait_for()  # the page has its answer, too
    down = [True]  # the way stays: a request that is on it while the way is taken down hangs until the page gives it up
    phone.route("**/form/1/", lambda route: route.fulfill(status=503) if down else route.continue_())
    phone.get_by_label("联系手机").fill("13805744444")
    phone.clock.fast_forward(2000)
    phone.get_by_text("过一会儿会再试").wait_for()
    down.clear()
    phone.clock.fast_forward(12_000)
    assert until(phone, lambda: Application.objects.get(pk=row.pk).contact_mobile == "13805744444"), told.inner_text()
    told.get_by_text("已保存。").wait_for()  # or that would be heard below
    phone.evaluate(COUNT)
    phone.context.set_offline(True)
    phone.get_by_label("联系手机").fill("13805745555")
    phone.clock.fast_forward(2000)
    phone.get_by_text("网络恢复后会再试").wait_for()
    for _ in range(3):
        with phone.expect_event("requestfailed"):
            phone.clock.fast_forward(12_000)
        phone.wait_for_timeout(200)
    assert phone.evaluate("heard") == 1  # who listens was told at each try, six times a minute


COUNT = "window.heard = 0; new MutationObserver(() => heard++).observe(document.querySelector('[data-saved]'), {childList: true})"


def test_what_one_typed_is_not_kept_by_another(transactional_db, world, phone, live_server):
    """Both may fill in this draft: signed in on another tab meanwhile, the agent put down what the principal had typed."""
    firm, agent = make.user("enterprise"), make.user("agent")
    row = make.from_home(submit=False)
    grant_mandate(by=SYSTEM, principal=firm.party, agent=agent.party, evidence="网上授权", scope=[row.code])
    sign_in(phone)
    phone.goto(f"/my/{row.pk}/form/1/")
    other = client_of("agent")
    assert other.get(f"/my/{row.pk}/form/1/").status_code == 200
    phone.context.add_cookies([{"name": name, "value": cookie.value, "url": live_server.url} for name, cookie in other.cookies.items()])
    phone.get_by_label("联系手机").fill("13805746666")
    phone.locator("[data-saved]").get_by_text("登录的是另一个账号").wait_for()
    assert Application.objects.get(pk=row.pk).contact_mobile == row.contact_mobile


def until(page, seen) -> bool:
    for _ in range(PATIENCE // 50):
        if seen():
            return True
        page.wait_for_timeout(50)
    return False
