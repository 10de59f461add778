"""An item that asks for no paper, or only for what may be left out, is taken in at the counter with nothing in hand."""

import pytest
import yaml

from apps.applications import actions
from apps.applications.models import Application
from apps.catalog.actions import load_catalogue
from apps.catalog.loading.source import read
from apps.issuance.models import Document
from apps.journal.actor import SYSTEM
from apps.kit.errors import Refused
from tests import make
from tests.people import nothing_written

pytestmark = pytest.mark.usefixtures("world")
HEAD = {"format": "yichuang-catalog/1", "as_of": "2017-08-31", "node": "330282"}
PAPERS = [{"code": "any-paper", "name": "情况说明", "kind": "other"}]
FILED = {"applicant": make.APPLICANT, "contact_mobile": make.MOBILE}


def publish(*necessities: str) -> str:
    item = {
        "code": "no-papers",
        "name": "无须材料的事项",
        "type": "20",
        "department": "scjg",
        "handling": "promised",
        "legal_limit": None,
        "promised_limit": {"days": 3, "unit": "working"},
        "max_visits": 0,
        "result": {"kind": "none"},
        "materials": [{"material": "any-paper", "necessity": necessity} for necessity in necessities],
    }
    part = yaml.safe_dump({**HEAD, "materials": PAPERS, "items": [item]}, allow_unicode=True)
    load_catalogue(by=SYSTEM, sources=[read("one.yaml", part.encode())])
    return item["code"]


@pytest.mark.parametrize("necessities", [(), ("optional",)])
def test_nothing_that_has_to_come_keeps_nobody_out(necessities):
    code = publish(*necessities)
    at_once = actions.file(by=make.actor("cixi-clerk"), code=code, **FILED)
    received = make.received(code, without=("any-paper",))
    step_by_step = actions.accept(by=make.actor("cixi-clerk"), application=received.pk)
    for row in (at_once, step_by_step):
        assert row.state == Application.State.IN_PROGRESS
        (line,) = Document.objects.get(root_id=row.pk, kind="receipt").payload["materials"]
        assert line["name"] == "窗口登记的申请表"


@pytest.mark.parametrize("necessity", ["required", "tolerable"])
def test_who_brings_nothing_of_what_has_to_come_is_not_received(necessity):
    code = publish(necessity)
    with nothing_written(Application), pytest.raises(Refused) as refusal:
        actions.file(by=make.actor("cixi-clerk"), code=code, promised=["any-paper"], **FILED)
    assert "materials.none" in [error.code for error in refusal.value.errors]
