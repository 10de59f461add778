"""开餐饮店 on a phone, begun on one device and finished on another; every page under the accessibility checker."""

import pytest

from tests import make
from tests.browser import PHONE_SCREEN
from tests.web.citizen.test_apply_from_home import PNG

pytestmark = pytest.mark.browser


def sign_in(page, username="enterprise") -> None:
    page.goto("/account/")
    page.get_by_label("账号").fill(username)
    page.get_by_label("密码").fill("Yichuang-2017")
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/")


def fits(page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE_SCREEN["width"], page.url


def test_open_a_restaurant_from_home(transactional_db, world, phone, page, axe):
    sign_in(phone)
    phone.goto("/items/open-restaurant/?s_subject_kind=enterprise&s_small_shop=true&s_dining_area=80")
    phone.get_by_role("link", name="网上申请").click()
    axe(phone)
    phone.get_by_label("慈溪市一味餐饮有限公司").check()
    phone.get_by_role("button", name="开始申请").click()
    phone.wait_for_url("**/my/*/")
    draft = phone.url
    assert phone.get_by_role("link", name="选择您的情形").count() == 1
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
    fill(page, draft)
    page.goto(f"{draft}materials/")
    axe(page)
    upload = page.locator("section.panel", has=page.locator("input[type=file]")).first
    upload.locator("input[type=file]").set_input_files({"name": "身份证.png", "mimeType": "image/png", "buffer": PNG})
    upload.get_by_role("button", name="上传").click()
    page.get_by_role("link", name="身份证.png").wait_for()
    page.goto(f"{draft}check/")
    axe(page)
    assert "还有材料没有上传" in page.inner_text("main")
    page.get_by_label("我已核对").check()
    page.get_by_role("button", name="正式提交").click()
    page.wait_for_url("**/my/*/")
    assert "已提交" in page.inner_text("main") and "已收件" in page.inner_text("main")
    phone.goto(draft)
    axe(phone)
    fits(phone)
    phone.goto("/my/")
    axe(phone)
    fits(phone)
    assert phone.faults == page.faults == []


def fill(page, draft: str) -> None:
    """Every part of the form by the same answers that the builders give."""
    from apps.applications.models import Application

    row = Application.objects.get(pk=int(draft.strip("/").split("/")[-1]))
    answers = make.answers_for(row.plan)
    page.goto(f"{draft}form/1/")
    while True:
        for code, value in answers.items():
            boxes = page.locator(f"[name='answers__{code}']")
            if not boxes.count() or not boxes.first.is_visible():
                continue
            kind = boxes.first.evaluate("one => one.type || one.tagName")
            if kind in ("radio", "checkbox"):
                wanted = (
                    value[0] if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else value
                )
                page.locator(f"[name='answers__{code}'][value='{wanted}']").check()
            elif kind == "select-one":
                boxes.first.select_option(str(value))
            else:
                boxes.first.fill(str(value))
        more = page.get_by_role("button", name="保存，填下一部分")
        last = not more.count()
        (page.get_by_role("button", name="保存，回到清单") if last else more).click()
        page.wait_for_load_state()
        assert not page.locator(".error-summary").count(), page.inner_text("main")
        if last:
            return
