"""On a phone the sign-in ends while somebody types: he is told at once, signs in again, and what he had typed is saved."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from apps.applications.models import Application
from tests import make
from tests.journeys.test_open_a_restaurant_from_home import fits, sign_in
from tests.web.citizen.test_apply_from_home import PNG

pytestmark = pytest.mark.browser


def test_nothing_is_lost(transactional_db, world, phone, axe):
    row = make.from_home(submit=False)
    sign_in(phone)
    phone.goto(f"/my/{row.pk}/form/1/")
    Session.objects.all().delete()
    box = phone.get_by_label("联系手机")
    box.fill("13805749999")
    phone.get_by_text("登录已失效").wait_for()  # told while typing, nobody pressed anything
    axe(phone)
    fits(phone)
    box.fill("13805748888")  # and then the button
    phone.get_by_role("button", name="保存，回到清单").click()
    phone.wait_for_url("**/account/?next=*")
    sign_in(phone)
    phone.get_by_role("heading", name="您刚才填的内容还在").wait_for()
    assert "13805748888" in phone.inner_text("main")
    axe(phone)
    fits(phone)
    phone.get_by_role("button", name="接着提交").click()
    phone.wait_for_url(f"**/my/{row.pk}/")
    assert Application.objects.get(pk=row.pk).contact_mobile == "13805748888"
    # Signed in anew on another tab: the page that still stands here goes on with the new token.
    phone.goto(f"/my/{row.pk}/form/1/")
    phone.context.clear_cookies(name="csrftoken")
    other = phone.context.new_page()
    other.goto("/account/password/")
    other.close()
    phone.get_by_label("联系手机").fill("13805747777")
    phone.locator("[data-saved]", has_text="已保存").wait_for()
    assert Application.objects.get(pk=row.pk).contact_mobile == "13805747777"
    assert [fault for fault in phone.faults if "403" not in fault] == []


def test_the_counter_goes_on_after_signing_in_on_another_tab(transactional_db, world, sit):
    """The page of an intake says to sign in on a new tab: what stands here is sent with the new token, by nobody else's hand."""
    row = make.draft()
    page = sit("cixi-clerk", f"/counter/{row.pk}/work/")
    token = page.locator("#work [name=csrfmiddlewaretoken]")
    old = token.input_value()
    Session.objects.all().delete()
    page.locator("[name=answers__premises_address]").fill("白沙路街道9号")
    page.get_by_text("刚才的改动没有保存").wait_for()
    scan = page.locator("input[type=file][data-upload-to]").first
    # The file is a change, too: its saving is answered by the sign-in page, with the token of before, and nobody signs in faster.
    with page.expect_response(lambda answer: "/account/" in answer.url and answer.request.redirected_from.url.endswith("/save/")):
        scan.set_input_files({"name": "申请表.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"})
    page.get_by_text("登录已失效，没有传上去").wait_for()
    assert page.get_by_label("密码").count() == 0  # the sign-in page is not put among the files
    for username in ("cixi-clerk2", "cixi-clerk"):
        other = page.context.new_page()
        sign_in(other, username)
        with page.expect_response("**/work/"):
            other.close()  # the page may be looked at again by this alone
            page.evaluate("window.dispatchEvent(new Event('focus'))")
        if username == "cixi-clerk2":
            assert token.input_value() == old
            Session.objects.all().delete()
    expect(token).not_to_have_value(old)
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_text("已保存为草稿").wait_for()
    assert Application.objects.get(pk=row.pk).answers["premises_address"] == "白沙路街道9号"


def test_files_chosen_at_home_stay_chosen(transactional_db, world, phone):
    """The answer of a signed-out browser is the sign-in page, or of many bytes a line that breaks off: neither takes the page's place."""
    row = make.from_home(submit=False)
    sign_in(phone)
    place = f"/my/{row.pk}/materials/"
    phone.goto(place)
    Session.objects.all().delete()
    part = phone.locator("#m-premises_proof")
    part.locator("input[type=file]").set_input_files({"name": "合同.png", "mimeType": "image/png", "buffer": PNG})
    send = part.get_by_role("button", name="上传")
    send.click()
    part.get_by_role("alert").get_by_text("登录已失效").wait_for()
    phone.route("**/materials/premises_proof/", lambda route: route.abort())
    send.click()
    part.get_by_role("alert").get_by_text("登录已失效").wait_for()
    phone.unroute("**/materials/premises_proof/")
    for username, told in (("citizen", "登录的是另一个账号"), ("enterprise", "")):
        Session.objects.all().delete()
        other = phone.context.new_page()
        sign_in(other, username)
        other.close()
        phone.evaluate("window.dispatchEvent(new Event('focus'))")
        phone.wait_for_timeout(500)
        send.click()
        if told:
            part.get_by_role("alert").get_by_text(told).wait_for()
    part.get_by_role("link", name="合同.png").wait_for()
    assert row.attachments.count() == 1


def test_of_two_promised_papers_chosen_the_second_waits_for_its_button(transactional_db, world, phone):
    """The first came, and its part is gone from what is owed: it says so, takes no other file along, and who leaves is asked."""
    row = make.accepted(gaps=["floor_plan", "health_certificate"], applicant=make.APPLICANT)
    sign_in(phone)
    phone.goto(f"/my/{row.pk}/owed/")
    first, second = phone.locator("#m-floor_plan"), phone.locator("#m-health_certificate")
    for part in (first, second):
        part.locator("input[type=file]").set_input_files({"name": "图.png", "mimeType": "image/png", "buffer": PNG})
    first.get_by_role("button", name="上传").click()
    first.get_by_text("不用再补").wait_for()
    assert second.locator("input[type=file]").evaluate("box => box.files.length") == 1
    asked = []
    phone.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    phone.get_by_role("link", name="返回办件").click()
    phone.wait_for_url(f"**/my/{row.pk}/")
    phone.goto(f"/my/{row.pk}/owed/")
    second.locator("input[type=file]").set_input_files({"name": "图.png", "mimeType": "image/png", "buffer": PNG})
    second.get_by_role("button", name="上传").click()
    phone.get_by_text("承诺后补的材料都齐了").wait_for()
    assert asked == ["beforeunload"] and not make.member_of(row).gap_open
