"""A catalogue file is the one way in for names that stand on every desk: what begins like a formula comes out as what it is, a text."""

from __future__ import annotations

from io import BytesIO

import pytest
import yaml
from openpyxl import load_workbook

from apps.catalog.actions import load_catalogue
from apps.catalog.loading.source import read
from apps.catalog.models import Batch, DefinitionVersion
from apps.journal.actor import SYSTEM
from apps.web.sheets import RISKY
from tests.attacks.test_withstand_single_attacks import signed_in
from tests.catalog.conftest import document, item, load

NAMES = ["=cmd|' /C calc'!A0", "+1+2", "-2+3", "@SUM(A1)", "＝1+1"]


@pytest.mark.parametrize("name", NAMES)
def test_from_the_file_to_the_sheet_and_back(world, name):
    paper = {"code": "paper", "name": name, "kind": "other"}
    asked = {"material": "paper", "necessity": "required"}
    report = load(document(materials=[paper], items=[item("sneaked", name=name, materials=[asked])]))
    assert not report.problems, report.problems
    office = signed_in("cixi-catalogue")
    chosen = {"q": "sneaked"}

    sheet = load_workbook(BytesIO(office.get("/catalogue/export.xlsx", chosen).content)).active
    cells = [cell for row in sheet.rows for cell in row if isinstance(cell.value, str)]
    assert name in [cell.value for cell in cells]
    assert not [cell.value for cell in cells if cell.data_type == "f" or (RISKY.match(cell.value) and not cell.quotePrefix)]

    file = office.get("/catalogue/export.yaml", chosen).content
    assert [one["name"] for one in yaml.safe_load(file)["items"]] == [name]
    before = (DefinitionVersion.objects.count(), Batch.objects.count())
    assert not load_catalogue(by=SYSTEM, sources=[read("again.yaml", file)]).problems
    assert (DefinitionVersion.objects.count(), Batch.objects.count()) == before
