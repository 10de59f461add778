"""居住证 without a single visit, on a phone: filled in, photographed, handed in; reviewed, decided and sealed behind the screen; the
certificate opened at home and shown to be genuine. Nobody came to a window."""

import pytest
from django.conf import settings
from playwright.sync_api import expect

from apps.applications import actions
from apps.applications.models import Application
from apps.issuance import queries as documents
from apps.issuance.models import HandOver
from apps.journal.models import Event
from tests import make
from tests.journeys.test_open_a_restaurant_from_home import fits
from tests.web.citizen.test_apply_from_home import PNG
from tests.web.conftest import client_of

from . import hands

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
CODE = "residence-permit"


def test_zero_visits(world, phone, axe, live_server):
    session = client_of("citizen").cookies[settings.SESSION_COOKIE_NAME].value
    phone.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    phone.goto(f"/items/{CODE}/")
    assert "不用跑" in phone.inner_text(".key-facts")
    phone.get_by_role("link", name="网上申请").click()
    phone.get_by_role("button", name="开始申请").click()
    phone.wait_for_url("**/my/*/")
    row = Application.objects.get()
    hands.fill_from_home(phone, row)
    phone.goto(f"/my/{row.pk}/materials/")
    names = {"id_card": "身份证.png", "photo": "照片.png"}
    for code, name in names.items():
        phone.locator(f"#m-{code} input[type=file]").set_input_files({"name": name, "mimeType": "image/png", "buffer": PNG})
    for code, name in names.items():  # the second stays chosen while the first goes; who only listens is led to what came
        phone.locator(f"#m-{code}").get_by_role("button", name="上传").click()
        phone.get_by_role("link", name=name).wait_for()
        expect(phone.locator(f"#m-{code}")).to_be_focused()
    fits(phone)
    phone.goto(f"/my/{row.pk}/check/")
    assert "还有材料没有上传" not in phone.inner_text("main")
    phone.get_by_label("我已核对").check()
    phone.get_by_role("button", name="正式提交").click()
    phone.get_by_text("已提交").first.wait_for()

    actions.accept(by=make.actor("cixi-clerk"), application=row.pk)
    job = actions.claim(by=make.actor("gongan-reviewer"), job=make.job_of(row).pk)
    actions.conclude(by=make.actor("gongan-reviewer"), job=job.pk, recommendation="grant", opinion="材料齐全，符合规定的条件。")
    member = actions.decide(by=make.actor("gongan-head"), job=job.pk, decision="grant")
    make.filed(row.pk)
    actions.register_seal(by=make.actor("gongan-head"), member=member.pk, seal_number="3302821000001")
    served = make.collection(method="electronic", location="网上", collector_name="王小明", relation="self")
    actions.hand_over(by=make.actor("cixi-issue"), application=row.pk, members=[member.pk], collection=served)

    phone.goto(f"/my/{row.pk}/")
    axe(phone)
    fits(phone)
    certificate = next(d for d in documents.documents_of(row.pk) if d.kind == "certificate")
    link = phone.locator(f"a[href='/files/document/{certificate.pk}/']")
    assert phone.request.get(link.get_attribute("href")).headers["content-type"] == "application/pdf"
    phone.goto(f"/v/{certificate.verify_code}/")
    assert "有效" in phone.inner_text("main")
    assert (row.channel, HandOver.objects.get().method) == ("online", "electronic")
    handed_in = Event.objects.get(chain=row.chain, name="application.receive")
    assert handed_in.by_kind == "person"
