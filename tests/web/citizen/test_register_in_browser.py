"""On a phone: an account by short message and real name, the pages of one's own account, each under the accessibility checker."""

import re

import pytest

from tests.directory.registering import NAME, NUMBER, PASSWORD, PHONE

pytestmark = pytest.mark.browser
PAGES = (
    "identities",
    "identities/enterprise",
    "identities/child",
    "identities/handler",
    "sessions",
    "mobile",
    "data",
    "data/close",
)


def test_from_a_phone_number_to_an_account(transactional_db, world, twins, phone, axe):
    phone.goto("/account/register/")
    axe(phone)
    phone.get_by_role("textbox", name="手机号").fill(PHONE)
    phone.get_by_role("button", name="获取短信验证码").click()
    phone.get_by_text("请勾选").first.wait_for()  # consent is asked for, never assumed
    phone.get_by_label("我同意").check()
    phone.get_by_role("button", name="获取短信验证码").click()
    phone.wait_for_url("**/register/finish/")
    axe(phone)
    phone.get_by_label("短信验证码").fill(re.search(r"\d{6}", twins.sent["sms"][-1]["text"])[0])
    phone.get_by_label("姓名").fill(NAME)
    phone.get_by_label("身份证号").fill(NUMBER)
    phone.get_by_label("密码", exact=True).fill(PASSWORD)
    phone.get_by_label("再输一次密码").fill(PASSWORD)
    phone.get_by_role("button", name="完成注册").click()
    phone.wait_for_url("**/")
    assert "账号已经建好" in phone.inner_text("body") and NAME in phone.inner_text("header")
    for page in PAGES:
        phone.goto(f"/account/{page}/")
        axe(phone)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 375, page
    assert [fault for fault in phone.faults if "422" not in fault] == []  # the form without consent
