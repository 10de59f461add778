"""二手房过户 in the browser: tax, title, then water and power side by side; five offices at most, one person, one form, one
signature at the end."""

import pytest

from apps.applications.models import Application, MaterialEntry
from apps.issuance.models import Document, HandOver
from tests.applications.test_run_bundle import decide, states

from . import hands

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
SITUATION = {"transfer_water": "true", "transfer_power": "true", "transfer_gas": "false", "by_agent": "false"}
SELLER = "330282198506150021"
OFFICES = {
    "deed-tax": "caizheng",
    "title-transfer": "guotu",
    "water-transfer": "gongshui",
    "power-transfer": "gongdian",
}


def test_from_the_counter_to_one_pick_up(sit, axe):
    page = sit("cixi-clerk", "/counter/")
    row = hands.begin(page, number=SELLER, words="二手房", code="second-hand-house", situations=SITUATION)
    hands.fill(page, row)
    axe(page)
    row = hands.accept(page)
    assert states(row) == {"deed-tax": "accepted", **dict.fromkeys(list(OFFICES)[1:], "waiting")}
    assert page.locator(".light", has_text="一件事承诺期限").count() == 1

    hands.decide(sit, hands.review(sit, row, "deed-tax"))
    receipt = Document.objects.get(root_id=row.pk, kind="certificate")
    assert MaterialEntry.objects.get(application=row, code="tax_receipt").document == receipt
    row = decide(row, "title-transfer")
    assert states(row)["water-transfer"] == states(row)["power-transfer"] == "accepted"
    for code in ("water-transfer", "power-transfer"):
        row = decide(row, code)
    assert (row.state, row.outcome) == ("done", "granted")
    for department in OFFICES.values():
        hands.register(sit, row, department)
    hands.collect(sit, row, relation="self")
    assert set(states(row).values()) == {"collected"}
    assert HandOver.objects.filter(root_id=row.pk).count() == 1
    told = hands.track(page, row)
    assert "王小明" not in told and "不动产转移登记" in told
    assert Application.objects.get(pk=row.pk).outcome == "granted"
    assert page.faults == []
