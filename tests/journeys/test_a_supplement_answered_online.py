"""The department asks in its review, the citizen is told and answers on a phone, each gap where it stands: one field, one material.
The reviewer, who has looked before, reads what changed since then."""

import pytest
from django.conf import settings

from apps.applications import actions
from apps.applications.models import ReviewSupplement
from tests import make
from tests.journeys.test_open_a_restaurant_from_home import fits
from tests.web.citizen.test_apply_from_home import PNG
from tests.web.conftest import client_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
AREA, PROOF = "premises_area", "premises_proof"


def test_answered_at_each_gap_and_seen(world, phone, axe, live_server, sit):
    case = make.from_home(submit=False)
    actions.attach(by=make.actor("enterprise"), application=case.pk, material=PROOF, name="旧合同.png", content=PNG)
    case = actions.receive(by=make.actor("enterprise"), application=case.pk)
    actions.accept(
        by=make.actor("cixi-clerk"),
        application=case.pk,
        materials={entry.code: {"state": "confirmed", "originals": 1} for entry in case.materials.all()},
    )
    before, job = case.answers[AREA], make.job_of(case)
    reviewer = make.actor("scjg-reviewer")
    actions.claim(by=reviewer, job=job.pk)
    actions.ask_in_review(
        by=reviewer,
        job=job.pk,
        gaps=[{"material": PROOF, "problem": "租赁期限已届满"}],
        fields=[{"element": AREA, "problem": "与平面图上的面积不一致"}],
    )
    make.deliver_all()
    client_of("scjg-reviewer").get(f"/review/{job.pk}/")  # a look before anything came

    session = client_of("enterprise").cookies[settings.SESSION_COOKIE_NAME].value
    phone.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    phone.goto("/account/messages/")
    phone.locator(".message", has_text="请补正材料").get_by_role("button", name="查看").click()
    phone.get_by_role("link", name="去补正").click()
    phone.wait_for_url("**/supplement/*/")
    assert "还有 2 项没有补" in phone.inner_text("main")
    axe(phone)
    fits(phone)
    field = phone.locator(".mend", has_text="与平面图上的面积不一致")
    assert before in field.inner_text()
    field.get_by_role("textbox").fill("96")
    phone.get_by_role("button", name="保存更正").click()
    phone.get_by_text("已保存，还没有提交").wait_for()
    material = phone.locator(f"#m-{PROOF}")
    assert "租赁期限已届满" in material.inner_text() and "旧合同.png" in material.inner_text()
    material.locator("input[type=file]").set_input_files({"name": "新合同.png", "mimeType": "image/png", "buffer": PNG})
    material.get_by_role("button", name="上传").click()
    phone.get_by_role("link", name="新合同.png").wait_for()
    assert "项没有补" not in phone.inner_text("main")
    fits(phone)
    phone.get_by_role("button", name="提交补正").click()
    phone.wait_for_url(f"**/my/{case.pk}/")
    compared = phone.locator("section", has=phone.locator("#compared")).inner_text()
    assert "旧合同.png" in compared and "新合同.png" in compared and phone.get_by_role("link", name="去补正").count() == 0
    fits(phone)
    assert ReviewSupplement.objects.get().state == "complete"

    desk = sit("scjg-reviewer", f"/review/{job.pk}/")
    changes = desk.get_by_role("status").filter(has_text="您上次查看后有变化").inner_text()
    assert before in changes and "96" in changes and "替换或补充" in changes
    axe(desk)
    desk.reload()
    assert desk.get_by_text("您上次查看后有变化").count() == 0
    assert phone.faults == desk.faults == []
