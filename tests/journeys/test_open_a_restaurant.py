"""开餐饮店 in the browser: one window, one form; the licence of the first office feeds the three behind it; one refusal leaves
the rest right; one signature for all."""

import pytest

from apps.applications.models import Application, MaterialEntry
from apps.issuance.models import Document, HandOver
from apps.journal.anchoring import seal, verify
from apps.journal.invariants import patrol
from tests import make

from . import hands

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
SITUATION = {"subject_kind": "enterprise", "small_shop": "false", "dining_area": "600", "by_agent": "false"}


def test_from_the_counter_to_one_pick_up(sit, axe):
    page = sit("cixi-clerk", "/counter/")
    row = hands.begin(
        page, number=make.APPLICANT["id_number"], words="餐饮店", code="open-restaurant", situations=SITUATION
    )
    assert page.get_by_text("由“企业设立登记”产生，无需提交。").count() == 1  # the business licence is not asked for
    hands.fill(page, row)
    axe(page)
    row = hands.accept(page)
    assert [m.state for m in row.members.order_by("position")] == ["accepted", "waiting", "waiting", "waiting"]
    page.get_by_role("link", name="办件详情").click()
    assert page.get_by_text("待“企业设立登记”办结后启动").count() == 3

    hands.decide(sit, hands.review(sit, row, "enterprise-registration"))
    licence = Document.objects.get(root_id=row.pk, kind="certificate")
    assert MaterialEntry.objects.get(application=row, code="business_licence").document == licence
    job = hands.review(sit, row, "fire-check", recommend="refuse", opinion="疏散出口数量不足，不符合消防技术标准。")
    assert licence.number in page.locator("#materials").inner_text()  # it arrived by itself
    axe(page)
    hands.decide(sit, job, decision="refuse", reason="疏散出口数量不足，不符合消防技术标准的规定。")
    for code in ("food-licence", "drainage-permit"):
        hands.decide(sit, hands.review(sit, row, code))
    row = Application.objects.get(pk=row.pk)
    assert (row.state, row.outcome) == ("done", "partly_granted")

    for department in ("scjg", "xiaofang", "zhujian"):
        hands.register(sit, row, department)
    hands.collect(sit, row, relation="legal_rep")
    assert {m.state for m in row.members.all()} == {"collected"}
    assert HandOver.objects.filter(root_id=row.pk).count() == 1
    assert Document.objects.filter(root_id=row.pk, kind="pickup_slip").count() == 1
    told = hands.track(page, row)
    assert "企业设立登记：决定：准予" in told and "公众聚集场所投入使用营业前消防安全检查：决定：不予" in told
    assert page.faults == []
    make.filed(row.pk)
    make.deliver_all()
    seal()
    assert verify() > 0
    assert patrol()[1] == []
