"""What hangs on a field of the form is told of a case as its form was filled in: its fees, and the materials that were asked for."""

import pytest
import yaml

from apps.applications import actions
from apps.catalog.actions import load_catalogue
from apps.catalog.loading.source import read
from apps.issuance.models import Document
from apps.journal.actor import SYSTEM
from tests import make
from tests.web.citizen.test_apply_from_home import browser

FILE = {
    "format": "yichuang-catalog/1",
    "as_of": "2017-08-31",
    "node": "330282",
    "elements": [
        {"code": "has_pool", "name": "有无泳池", "type": "boolean"},
        {"code": "rooms_let", "name": "客房数", "type": "integer"},
    ],
    "materials": [
        {"code": "house_deed", "name": "房产证明", "kind": "other"},
        {"code": "pool_report", "name": "水质报告", "kind": "other"},
    ],
    "items": [
        {
            "code": "guest-house",
            "name": "民宿登记",
            "type": "07",
            "department": "lvyou",
            "handling": "promised",
            "legal_limit": None,
            "promised_limit": {"days": 5, "unit": "working"},
            "max_visits": 0,
            "fields": [{"element": "has_pool", "required": True}, {"element": "rooms_let", "required": True}],
            "fees": [
                {"name": "牌匾费", "amount": "35.50"},
                {"name": "水质检测费", "amount": "200", "when": [{"element": "has_pool", "is": True}]},
                {"name": "评估费", "amount": None, "when": [{"element": "rooms_let", "over": 15}]},
            ],
            "materials": [
                {"material": "house_deed", "necessity": "required"},
                {"material": "pool_report", "necessity": "required", "when": [{"element": "has_pool", "is": True}]},
            ],
            "result": {"kind": "none"},
        }
    ],
}


@pytest.fixture
def houses(world):
    text = yaml.safe_dump(FILE, allow_unicode=True).encode()
    assert not load_catalogue(by=SYSTEM, sources=[read("house.yaml", text)]).problems

    def accepted(pool: bool, rooms: str = "3"):
        clerk, row = make.actor("cixi-clerk"), make.draft("guest-house", without=() if pool else ("pool_report",))
        actions.save_draft(by=clerk, application=row.pk, answers={"has_pool": pool, "rooms_let": rooms})
        actions.receive(by=clerk, application=row.pk)
        return actions.accept(by=clerk, application=row.pk)

    return accepted


@pytest.mark.parametrize(
    ("pool", "rooms", "owed"),
    [(True, "15", ["牌匾费", "水质检测费"]), (False, "16", ["牌匾费", "评估费"]), (False, "3", ["牌匾费"])],
)
def test_only_fees_that_the_filled_in_form_brings_stand_on_the_paper(houses, pool, rooms, owed):
    row = houses(pool, rooms)
    assert row.plan["fees_total"] == "35.50"  # before the form is filled in
    paper = Document.objects.get(root_id=row.pk, kind="acceptance")
    assert [fee["name"] for fee in paper.payload["fees"]] == owed


@pytest.mark.parametrize(("pool", "listed"), [(True, ["house_deed", "pool_report"]), (False, ["house_deed"])])
def test_a_material_that_was_not_asked_for_is_not_told_as_lacking(houses, pool, listed):
    """At the department it stood as required and not handed in, in a case that was accepted as complete."""
    row = houses(pool)
    for name in ("cixi-clerk", "lvyou-reviewer"):
        assert [entry.code for entry in make.case(name, row).materials] == listed


def test_an_answer_put_right_may_let_a_material_go_that_was_asked_with_it(houses):
    """The page of the supplement fell over it."""
    clerk, row = make.actor("cixi-clerk"), make.draft("guest-house", without=("pool_report",))
    actions.save_draft(by=clerk, application=row.pk, answers={"has_pool": True, "rooms_let": "3"})
    actions.receive(by=clerk, application=row.pk)
    wrong = [{"element": "has_pool", "problem": "现场没有泳池"}]
    actions.ask_supplement(by=clerk, application=row.pk, gaps=[{"material": "pool_report"}], fields=wrong)
    client, place = browser("enterprise"), f"/my/{row.pk}/supplement/"
    assert 'id="m-pool_report"' in client.get(place).text
    assert client.post(f"{place}mend/", {"answers__has_pool": "false"}).status_code == 302
    page = client.get(place)
    assert page.status_code == 200 and 'id="m-pool_report"' not in page.text
    assert client.post(f"{place}hand-in/").status_code == 302
