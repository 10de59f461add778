"""出件登记: what was handed over on a day, each line with its service receipt to print again."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.applications import queries_issue
from apps.issuance.models import HandOver
from apps.kit.masking import mask_name
from apps.kit.paging import keyset_page
from apps.kit.replica import may_be_late
from apps.kit.time import today
from apps.web import sheets
from apps.web.access import staff

from .forms import DayForm
from .frame import side


def _day(request: HttpRequest) -> tuple[DayForm, date]:
    """The day asked for, or today; what is not a day is today."""
    form = DayForm(request.GET or None, auto_id="register_%s")
    if form.is_bound and form.is_valid() and form.cleaned_data["day"]:
        return form, form.cleaned_data["day"]
    return DayForm(initial={"day": today()}, auto_id="register_%s"), today()


def _collector(line: HandOver) -> str:
    """A person masked; the unit itself, in whose name a parcel was signed for, by its public name."""
    holder = line.receipt.payload["applicant"]
    itself = holder["kind"] != "person" and holder["name"] == line.collector_name
    return line.collector_name if itself else mask_name(line.collector_name)


@require_GET
@staff("issue_clerk")
@may_be_late
def register(request: HttpRequest) -> HttpResponse:
    form, day = _day(request)
    page = keyset_page(queries_issue.issue_register(request.actor, day), ("-at", "-id"), request.GET.get("page"))
    told = {
        "filters": form,
        "day": day,
        "page": page,
        "rows": [{"line": line, "collector": _collector(line)} for line in page.rows],
        "side": side(request),
    }
    return render(request, "issue/register.html", told)


@require_GET
@staff("issue_clerk")
def export(request: HttpRequest) -> HttpResponse:
    """The day's register as XLSX, collectors masked."""
    _form, day = _day(request)
    lines = queries_issue.issue_register(request.actor, day).order_by("at", "id")[: sheets.LIMIT + 1]
    head = [
        "时间",
        "文书",
        "文号",
        "所属事项",
        "领取人",
        "与受送达人的关系",
        "证件号码",
        "送达方式",
        "经办人",
        "送达回证",
    ]
    rows = (
        [
            line.at,
            paper["title"],
            paper["number"],
            paper["item"],
            _collector(line),
            line.get_relation_display(),
            line.collector_masked,
            line.get_method_display(),
            line.clerk_name,
            line.receipt.number,
        ]
        for line in lines
        for paper in line.documents
    )
    return sheets.workbook(f"出件登记-{day}", head, rows, notes=[f"{day} 出件登记；领取人姓名和证件号码已掩码。"])


@require_GET
@staff("issue_clerk")
def handed(request: HttpRequest, pk: int) -> HttpResponse:
    """The result: what was handed to whom, and the service receipt."""
    line, application = queries_issue.hand_over(request.actor, pk)
    told = {"line": line, "application": application, "side": side(request)}
    return render(request, "issue/handed.html", told)
