"""开药店 in the browser: one notice of everything that is missing, brought in one go; two licences behind the first; what is
ready early waits for one visit if the applicant likes."""

import pytest

from apps.applications.models import Application, Notice
from apps.issuance.models import HandOver
from tests import make
from tests.applications.test_run_bundle import decide, states

from . import hands

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
SITUATION = {"already_registered": "false", "sells_devices": "true", "by_agent": "false"}
BEHIND = ["drug-retail-licence", "device2-record"]


def test_from_the_counter_to_one_pick_up(sit, axe):
    page = sit("cixi-clerk", "/counter/")
    row = hands.begin(page, number=make.APPLICANT["id_number"], words="kyd", code="open-pharmacy", situations=SITUATION)
    hands.fill(page, row)
    page.keyboard.press("Alt+t")
    for code in ("staff_certificates", "floor_plan"):  # both licences need them: asked for once
        page.locator(f"[name=materials__{code}][value=missing]").check()
    page.keyboard.press("Alt+b")
    assert page.locator("#act-supplement li:visible").count() == 2
    page.locator("button[value=supplement]").click()
    page.wait_for_url("**/done/")
    notice = Notice.objects.get(application=row)
    assert sorted(gap["material"] for gap in notice.gaps) == ["floor_plan", "staff_certificates"]

    page.goto(f"/counter/{row.pk}/supplement/")
    for code in ("staff_certificates", "floor_plan"):
        page.locator(".mark", has=page.locator(f"[name=materials__{code}][value=in]")).click()
    axe(page)
    page.keyboard.press("Alt+Enter")
    page.wait_for_url("**/done/")
    row = Application.objects.get(pk=row.pk)
    assert row.state == "in_progress"
    assert states(row) == {"enterprise-registration": "accepted", **dict.fromkeys(BEHIND, "waiting")}

    row = decide(row, "enterprise-registration")
    hands.register(sit, row, "scjg")
    assert "可以先领取已经办好的：企业设立登记" in hands.track(page, row)
    page = sit("cixi-issue", f"/issue/{row.pk}/")
    assert page.get_by_text("还在办的 2 项办好后另行领取").count() == 1
    axe(page)
    hands.decide(sit, hands.review(sit, row, BEHIND[0]))
    row = decide(row, BEHIND[1])
    assert (row.state, row.outcome) == ("done", "granted")
    hands.register(sit, row, "scjg")
    hands.collect(sit, row, relation="legal_rep")
    assert set(states(row).values()) == {"collected"}
    assert HandOver.objects.filter(root_id=row.pk).count() == 1
    assert "已领取" in hands.track(page, row)
    assert page.faults == []
