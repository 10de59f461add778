"""The notice of acceptance names what this applicant pays: of a fee that hangs on a field of the form, the form is filled in now."""

import pytest
import yaml

from apps.applications import actions
from apps.catalog.actions import load_catalogue
from apps.catalog.loading.source import read
from apps.issuance.models import Document
from apps.journal.actor import SYSTEM
from tests import make

FILE = {
    "format": "yichuang-catalog/1",
    "as_of": "2017-08-31",
    "node": "330282",
    "elements": [
        {"code": "has_pool", "name": "有无泳池", "type": "boolean"},
        {"code": "rooms_let", "name": "客房数", "type": "integer"},
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
            "result": {"kind": "none"},
        }
    ],
}


@pytest.mark.parametrize(
    ("pool", "rooms", "owed"),
    [(True, "15", ["牌匾费", "水质检测费"]), (False, "16", ["牌匾费", "评估费"]), (False, "3", ["牌匾费"])],
)
def test_only_fees_that_the_filled_in_form_brings_stand_on_the_paper(world, pool, rooms, owed):
    text = yaml.safe_dump(FILE, allow_unicode=True).encode()
    assert not load_catalogue(by=SYSTEM, sources=[read("house.yaml", text)]).problems
    clerk, row = make.actor("cixi-clerk"), make.draft("guest-house")
    assert row.plan["fees_total"] == "35.50"  # before the form is filled in
    actions.save_draft(by=clerk, application=row.pk, answers={"has_pool": pool, "rooms_let": rooms})
    actions.receive(by=clerk, application=row.pk)
    actions.accept(by=clerk, application=row.pk)
    paper = Document.objects.get(root_id=row.pk, kind="acceptance")
    assert [fee["name"] for fee in paper.payload["fees"]] == owed
