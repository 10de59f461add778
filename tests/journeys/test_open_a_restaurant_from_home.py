"""开餐饮店 from home: checked on a phone what one needs, begun there, finished on another device; every page under the accessibility
checker."""

import pytest

from apps.applications.models import Application
from tests import make
from tests.browser import PHONE_SCREEN
from tests.web.citizen.test_apply_from_home import PNG

from . import hands

pytestmark = pytest.mark.browser


def sign_in(page, username="enterprise") -> None:
    if not page.url.partition("?")[0].endswith("/account/"):
        page.goto("/account/")
    page.get_by_label("账号").fill(username)
    page.get_by_label("密码").fill("Yichuang-2017")
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda url: not url.partition("?")[0].endswith("/account/"))


def fits(page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE_SCREEN["width"], page.url


def test_open_a_restaurant_from_home(transactional_db, world, phone, page, axe):
    phone.goto("/items/open-restaurant/")
    said = {"subject_kind": "enterprise", "small_shop": "false", "dining_area": "80", "by_agent": "false"}
    while phone.get_by_role("button", name="保存我的清单").count() == 0:
        for name, value in said.items():
            hands.put(phone, f"s_{name}", value)
        phone.get_by_role("button", name="看我的清单").click()
        phone.wait_for_load_state()
    phone.get_by_role("button", name="保存我的清单").click()
    phone.wait_for_url("**/checklists/*/")
    assert "要带的材料" in phone.inner_text("main") and "跑动次数" in phone.inner_text("main")
    fits(phone)
    axe(phone)
    phone.get_by_role("link", name="网上申请").click()
    sign_in(phone)  # the answers come along
    axe(phone)
    phone.get_by_label("慈溪市一味餐饮有限公司").check()
    phone.get_by_role("button", name="开始申请").click()
    phone.wait_for_url("**/my/*/")
    draft = phone.url
    row = Application.objects.get()
    assert row.plan["answers"]["dining_area"] == "80" and row.plan["answers"]["small_shop"] is False
    axe(phone)
    fits(phone)
    phone.get_by_role("link", name="填写").first.click()
    axe(phone)
    fits(phone)
    first = phone.url
    phone.get_by_label("联系手机").fill(make.MOBILE)
    phone.locator("[data-saved]", has_text="已保存").wait_for()  # nobody pressed anything
    # The other device shows what was typed.
    sign_in(page)
    page.goto(first)
    assert page.get_by_label("联系手机").input_value() == make.MOBILE
    hands.fill_from_home(page, row)
    page.goto(f"{draft}materials/")
    axe(page)
    upload = page.locator("section.panel", has=page.locator("input[type=file]")).first
    upload.locator("input[type=file]").set_input_files({"name": "身份证.png", "mimeType": "image/png", "buffer": PNG})
    upload.get_by_role("button", name="上传").click()
    page.get_by_role("link", name="身份证.png").wait_for()
    # How the results come is chosen on the phone: half a choice is kept, what is missing is said.
    phone.goto(draft)
    phone.get_by_role("link", name="选择领取方式").click()
    assert not phone.get_by_label("收件地址").is_visible()
    phone.get_by_label("快递送达").check()
    phone.get_by_label("收件人").fill("李一味")
    phone.locator("[data-saved]", has_text="已保存。").wait_for()  # what is still to be typed is no fault
    phone.get_by_role("button", name="保存，回到清单").click()
    phone.get_by_text("有几处需要改一改").wait_for()
    axe(phone)
    fits(phone)
    phone.faults.clear()  # the refused form is no fault
    page.goto(f"{draft}handout/")
    assert page.get_by_label("收件人").input_value() == "李一味"
    phone.get_by_label("收件地址").fill("慈溪市白沙路街道三北大街2299号")
    phone.get_by_role("button", name="保存，回到清单").click()
    phone.wait_for_url(draft)
    fits(phone)
    page.goto(f"{draft}check/")
    axe(page)
    told = page.inner_text("main")
    assert "还有材料没有上传" in told and "快递送达" in told and "三北大街2299号" in told
    page.get_by_label("我已核对").check()
    page.get_by_role("button", name="正式提交").click()
    page.wait_for_url("**/my/*/")
    assert "已提交" in page.inner_text("main") and "已收件" in page.inner_text("main")
    phone.goto(draft)
    axe(phone)
    fits(phone)
    phone.get_by_role("link", name="更改领取方式").click()
    phone.get_by_label("窗口自取").check()
    axe(phone)
    fits(phone)
    phone.get_by_role("button", name="保存").click()
    phone.wait_for_url(draft)
    assert Application.objects.get().handout == "counter" and "领取方式已登记" in phone.inner_text("main")
    phone.goto("/my/")
    axe(phone)
    fits(phone)
    assert phone.faults == page.faults == []
