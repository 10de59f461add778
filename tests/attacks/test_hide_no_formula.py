"""No sheet that we write holds a formula, whoever chose the name in it."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from openpyxl import load_workbook

from apps.applications.models import Member
from apps.directory.models import Department, Party, Region, User
from apps.web.sheets import CONTENT_TYPE, RISKY, workbook
from config.runner.places import PROJECT
from tests import make

from .test_withstand_single_attacks import signed_in


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "|cmd", "%0A=1", " =HYPERLINK(1)", "=cmd|' /C calc'!A0", "\r=1", "＝1+1", "＠SUM(A1)"])
def test_no_sheet_holds_a_formula(text):
    cell = load_workbook(BytesIO(workbook(text, [text], [[text]], notes=[text]).content)).active["A3"]
    assert (cell.value.strip(), cell.data_type, cell.quotePrefix) == (text.strip(), "s", True)


EXPORTS = ["/cards/export/", "/feedback/export/", "/feedback/ratings/export/", "/feedback/questions/export/", "/oversight/items/export/", "/review/export.xlsx", "/counter/cases/?export=xlsx", "/issue/register/export.xlsx",
           "/oversight/savings/export/", "/oversight/export/", "/oversight/rows/open/export/", "/catalogue/export.xlsx", "/audit/?export=xlsx"]  # fmt: skip


DDE = "=cmd|' /C calc'!A0"


def test_no_name_is_a_formula_in_any_export(world):
    """Names of parties, people, places, items and what was filtered by, as somebody would have sneaked them in."""
    make.carded(make.accepted())
    for model, fields in {Party: ["name"], User: ["name"], Region: ["name"], Department: ["name", "short_name"], Member: ["name"]}.items():
        model.objects.update(**dict.fromkeys(fields, DDE))
    read, told = set(), 0
    for name in ("cixi-clerk", "scjg-reviewer", "cixi-issue", "cixi-supervisor", "cixi-auditor", "cixi-catalogue"):
        clerk = signed_in(name)
        for path in set(EXPORTS) - read:
            answer = clerk.get(path, {"q": DDE} if "rows" in path else None)
            if answer.status_code == 200 and answer["Content-Type"] == CONTENT_TYPE:
                read.add(path)
                cells = [cell for row in load_workbook(BytesIO(answer.content)).active.rows for cell in row if isinstance(cell.value, str)]
                assert not [cell.value for cell in cells if cell.data_type == "f" or (RISKY.match(cell.value) and not cell.quotePrefix)], path
                told += sum(DDE in cell.value for cell in cells)
    assert read == set(EXPORTS) and told >= 5


def test_every_sheet_is_written_in_one_place():
    sources = [file for file in (PROJECT / "apps").rglob("*.py") if re.search(r"\b(openpyxl|csv)\b.*import|import csv", file.read_text())]
    assert [str(file.relative_to(PROJECT)) for file in sources] == ["apps/web/sheets.py"]
