"""Lists as XLSX: text stays text, whatever it begins with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from io import BytesIO
from urllib.parse import quote

from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from apps.kit.time import BEIJING, now

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LIMIT = 5000  # rows of one export
RISKY = re.compile(r"^[\s]*[=+\-@|%＝＋－＠]")  # a Chinese Excel reads wide signs too


def workbook(title: str, head: Sequence[str], rows: Iterable[Sequence], notes: Sequence[str] = ()) -> HttpResponse:
    """An XLSX download; `notes` (as-of date, filters, formula) stand above the table.

    Texts are written as texts and never as formulas; one that begins like a formula is also quoted, so that it stays a
    text when the sheet is saved as CSV and opened again. At most LIMIT rows.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_clean(title)[:31] or "导出")
    for column in range(1, len(head) + 1):
        sheet.column_dimensions[chr(64 + column) if column < 27 else f"A{chr(38 + column)}"].width = 20
    sheet.freeze_panes = f"A{len(notes) + 2}"
    for note in notes:
        sheet.append([_cell(sheet, note)])
    sheet.append([_cell(sheet, name, bold=True) for name in head])
    for count, row in enumerate(rows):
        if count >= LIMIT:
            sheet.append([_cell(sheet, f"只导出前 {LIMIT} 行，请缩小筛选范围。")])
            break
        sheet.append([_cell(sheet, value) for value in row])
    out = BytesIO()
    book.save(out)
    response = HttpResponse(out.getvalue(), content_type=CONTENT_TYPE)
    name = quote(f"{title}-{now().astimezone(BEIJING):%Y%m%d-%H%M}.xlsx")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    response["Cache-Control"] = "private, no-store"
    return response


def _clean(text: str) -> str:
    return re.sub(r"[\[\]:*?/\\]", " ", ILLEGAL_CHARACTERS_RE.sub("", text))


def _cell(sheet, value, *, bold: bool = False) -> WriteOnlyCell:
    if isinstance(value, datetime):
        value = value.astimezone(BEIJING).replace(tzinfo=None)
    elif value is not None and not isinstance(value, (int, float, date)):
        value = ILLEGAL_CHARACTERS_RE.sub("", str(value))[:32000]
    cell = WriteOnlyCell(sheet, value=value)
    if isinstance(value, str):
        cell.data_type = "s"
        cell.quotePrefix = bool(RISKY.match(value))
    if bold:
        cell.font = Font(bold=True)
    return cell


def minute(moment: datetime) -> str:
    return f"{moment.astimezone(BEIJING):%Y-%m-%d %H:%M}"
