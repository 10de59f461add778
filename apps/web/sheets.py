"""Lists as XLSX: text stays text, whatever it begins with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from io import BytesIO
from itertools import islice
from urllib.parse import quote

from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from apps.kit.days import day_cn
from apps.kit.rounding import Told
from apps.kit.time import BEIJING, now

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LIMIT = 5000  # rows of one export
NARROW, WIDE = 10, 48  # of a column, in Latin letters
WIDE_SIGN = "\u2e80"  # from here on a sign is as wide as two Latin letters
RISKY = re.compile(r"^[\s]*[=+\-@|%＝＋－＠]")  # a Chinese Excel reads wide signs too


def workbook(title: str, head: Sequence[str], rows: Iterable[Sequence], notes: Sequence[str] = ()) -> HttpResponse:
    """An XLSX download; `notes` (as-of date, filters, formula) stand above the table.

    Texts are written as texts and never as formulas; one that begins like a formula is also quoted, so that it stays a
    text when the sheet is saved as CSV and opened again. At most LIMIT rows. A column is as wide as what stands in it, up to
    WIDE, where it wraps; printed, the table is one page wide and every page has its head.
    """
    found = [list(row) for row in islice(rows, LIMIT + 1)]
    widths = _widths(head, found[:LIMIT])
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_clean(title)[:31] or "导出")
    for column, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(column)].width = min(max(width + 2, NARROW), WIDE)
    top, last = len(notes) + 1, get_column_letter(len(head))
    sheet.freeze_panes = f"A{top + 1}"
    sheet.auto_filter.ref = f"A{top}:{last}{top + len(found[:LIMIT])}"
    sheet.print_title_rows = f"{top}:{top}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9  # A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    for note in notes:
        sheet.append([_cell(sheet, note)])
    sheet.append([_cell(sheet, name, bold=True) for name in head])
    for row in found[:LIMIT]:
        cells = [_cell(sheet, value) for value in row]
        for cell, width in zip(cells, widths, strict=True):
            if max(widths) > WIDE:  # beside what wraps, the first lines stand in one line
                cell.alignment = Alignment(wrap_text=width > WIDE, vertical="top")
        sheet.append(cells)
    if len(found) > LIMIT:
        sheet.append([_cell(sheet, f"只导出前 {LIMIT} 行，请缩小筛选范围。")])
    out = BytesIO()
    book.save(out)
    response = HttpResponse(out.getvalue(), content_type=CONTENT_TYPE)
    name = quote(f"{title}-{now().astimezone(BEIJING):%Y%m%d-%H%M}.xlsx")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    response["Cache-Control"] = "private, no-store"
    return response


def _clean(text: str) -> str:
    return re.sub(r"[\[\]:*?/\\]", " ", ILLEGAL_CHARACTERS_RE.sub("", text))


def _widths(head: Sequence[str], rows: list[list]) -> list[int]:
    """Of every column, its longest line."""
    return [max(_width(value) for value in column) for column in zip(head, *rows, strict=True)]


def _width(value) -> int:
    if isinstance(value, datetime):
        return len("2026-11-29 08:00")
    return max((sum(1 + (sign >= WIDE_SIGN) for sign in line) for line in str(value or "").splitlines()), default=0)


def _cell(sheet, value, *, bold: bool = False) -> WriteOnlyCell:
    if isinstance(value, Told):
        cell = WriteOnlyCell(sheet, value=value.value)
        cell.number_format = value.pattern
        return cell
    if isinstance(value, datetime):
        value = value.astimezone(BEIJING).replace(tzinfo=None)
    elif value is not None and not isinstance(value, (int, float, date)):
        value = ILLEGAL_CHARACTERS_RE.sub("", str(value))[:32000]
    cell = WriteOnlyCell(sheet, value=value)
    if isinstance(value, str):
        cell.data_type = "s"
        cell.quotePrefix = bool(RISKY.match(value))
    if isinstance(value, datetime):
        cell.number_format = "yyyy-mm-dd hh:mm"
    if bold:
        cell.font = Font(bold=True)
    return cell


def minute(moment: datetime) -> str:
    """For the words above the rows; a cell holds the moment itself."""
    moment = moment.astimezone(BEIJING)
    return f"{day_cn(moment.date())} {moment:%H:%M}"
