import pytest
from django.contrib.sessions.models import Session
from apps.applications import actions
from apps.applications.models import *
from apps.kit.time import now, today
from tests import make
from tests.web.citizen.test_apply_from_home import PNG, browser as client_browser, upload
from tests.journeys.test_open_a_restaurant_from_home import sign_in, fits
from tests.web.conftest import client_of
from django.conf import settings

pytestmark = pytest.mark.browser

def seat(page, name, url):
    session = client_of(name).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.clear_cookies()
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": url}])

def test_pics(transactional_db, world, phone, page, axe, live_server):
    row, client = make.from_home(submit=False), client_browser("enterprise")
    for entry in row.materials.exclude(code="floor_plan"):
        upload(client, row, entry.code)
    client.post(f"/my/{row.pk}/promise/floor_plan/", {"promised": "1"})
    draft = make.from_home(submit=False)
    actions.receive(by=make.actor("enterprise"), application=row.pk)
    actions.accept(by=make.actor("cixi-clerk"), application=row.pk)
    sup = make.awaiting()
    sup_client = client_browser("enterprise")
    upload(sup_client, sup, "premises_proof", name="很长很长的文件名称用来看看手机上会不会撑破页面的房屋租赁合同扫描件第一版.png")
    done = make.collected()
    for p, size in ((phone, "phone"), (page, "desk")):
        seat(p, "enterprise", live_server.url)
        for name, path in (("owed", f"/my/{row.pk}/owed/"), ("mine", f"/my/{row.pk}/"), ("supplement", f"/my/{sup.pk}/supplement/"), ("tasks", f"/my/{draft.pk}/"),
                           ("check", f"/my/{draft.pk}/check/"), ("handout", f"/my/{draft.pk}/handout/"), ("done", f"/my/{done.application_id}/"), ("my", "/my/"), ("rate", f"/my/{done.application_id}/rate/result/"), ("data", "/account/data/"), ("close", "/account/data/close/"), ("identities", "/account/identities/")):
            p.goto(path)
            p.screenshot(path=f"/tmp/pics/{name}-{size}.png", full_page=True)
            axe(p)
            fits(p) if size == "phone" else None
    # refused upload
    phone.goto(f"/my/{sup.pk}/supplement/")
    sign = phone.locator("input[type=file]").first
    sign.set_input_files({"name": "病毒.exe", "mimeType": "application/octet-stream", "buffer": b"MZ\x90" + b"0" * 50})
    phone.get_by_role("button", name="上传").first.click()
    phone.get_by_text("有几处需要改一改").wait_for()
    phone.screenshot(path="/tmp/pics/refused-phone.png", full_page=True)
    axe(phone)
    phone.context.clear_cookies()
    sign_in(phone)
    a, b = phone, phone.context.new_page()
    a.goto(f"/my/{draft.pk}/form/1/"); b.goto(f"/my/{draft.pk}/handout/")
    Session.objects.all().delete()
    a.get_by_label("联系手机").fill("13805741111")
    a.get_by_text("登录已经失效").wait_for()
    b.get_by_label("快递送达").check()
    b.get_by_role("button", name="保存").first.click()
    b.wait_for_url("**/account/?next=*")
    sign_in(b)
    b.screenshot(path="/tmp/pics/resume-phone.png", full_page=True)
    axe(b); fits(b)
    b.get_by_role("button", name="接着提交").first.click()
    b.wait_for_load_state()
    b.screenshot(path="/tmp/pics/left-phone.png", full_page=True)
    axe(b); fits(b)
