"""The rows behind a number: every case that it counts, page by page and as a sheet."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from apps.applications.models import Application, Member
from apps.catalog.queries_names import definition_names
from apps.directory import queries as directory
from apps.kit.days import day_cn
from apps.kit.paging import keyset_page
from apps.kit.replica import may_be_late
from apps.kit.time import now, today
from apps.supervision.metrics import ONE_THINGS, Metric, rows
from apps.web import sheets
from apps.web.access import staff
from apps.web.templatetags.web import state_text

from .frame import ROLES, Period, asked_again, side


@dataclass(frozen=True)
class Asked:
    """Which rows of a number are asked for, in words as well."""

    form: Period
    metric: Metric
    found: QuerySet
    department: str
    item: str

    @property
    def place(self) -> str:
        """"慈溪市，慈溪市市场监督管理局" (or an item); "" for everything that the supervisor oversees."""
        return "，".join(filter(None, [self.form.node_name, self.department, self.item]))

    @property
    def period(self) -> str:
        asked = self.form.asked
        return "现在" if self.metric.gauge else f"{day_cn(asked['since'])} 至 {day_cn(asked['until'])}"


def _asked_rows(request: HttpRequest, name: str) -> Asked:
    form = Period(request.actor, request.GET or {})
    department = request.GET.get("department", "")[:64]
    code = request.GET.get("code", "")[:64]
    metric, found = rows(request.actor, name, department=department, code=code, **form.asked)
    names = directory.department_names([department]) if department else {}
    return Asked(form, metric, found, names.get(department, department), definition_names([code]).get(code, code) if code else "")


def _row(metric: Metric, row) -> dict:
    whole = metric.of is Application
    case = row if whole else row.application
    return {
        "case": case,
        "row": row,
        "kind": "application" if whole else "member",
        "name": row.name,
        **_until(row),
        "runs": row.state in (Application.ACCEPTED if whole else Member.UNDECIDED),
        "day": getattr(row, metric.day[0]) if metric.day else None,
        "department": "" if whole else row.department.name,
        "held_by": _held_by(row),
    }


def _until(row) -> dict:
    """The day that runs now: before the acceptance that of the counter's notice, or of what the applicant has to supplement."""
    if row.state == Application.State.AWAITING_SUPPLEMENT:
        return {"until": "补正至", "due_on": row.cure_by}
    if row.state in (Application.State.RECEIVED, Application.State.CHECKING):
        return {"until": "告知至", "due_on": row.notice_due}
    return {"until": "", "due_on": row.due_on}


def _held_by(row) -> str:
    """Whose desk it lies on, of what is counted as it stands now."""
    name = getattr(row, "held_by", None)
    return "无人领办" if name == "" else name or ""


@staff(*ROLES)
@require_GET
@may_be_late
def listed(request: HttpRequest, name: str) -> HttpResponse:
    told = _asked_rows(request, name)
    page = keyset_page(told.found, told.metric.order, request.GET.get("page"))
    context = {
        "metric": told.metric,
        "told": told,
        "asked": told.form.asked,
        "page": page,
        "rows": [_row(told.metric, row) for row in page.rows],
        "whole": told.metric.of is Application,
        "hands": told.metric.of is Member and told.metric.gauge,
        "nothing": "现在一件也没有。" if told.metric.gauge else "换一个期间，或者看看别的数。",
        "back": _back(told),
        "back_text": "一件事的节省" if told.metric is ONE_THINGS else "监督看板",
        "side": side(request),
    }
    return render(request, "oversight/rows.html", context, status=told.form.status)


def _back(told: Asked) -> str:
    """The page as it was asked when this number of it was opened."""
    asked, whence = told.form.asked, "savings" if told.metric is ONE_THINGS else "board"
    wanted = {name: value for name, value in asked.items() if value}
    if whence == "board" and asked["since"] == asked["until"] == today():
        wanted = {name: value for name, value in wanted.items() if name == "node"}
    return reverse(f"oversight:{whence}") + (f"?{urlencode(wanted)}" if wanted else "")


@staff(*ROLES)
@require_GET
@may_be_late
def export(request: HttpRequest, name: str) -> HttpResponse:
    told = _asked_rows(request, name)
    if told.form.errors:
        return asked_again(request, reverse("oversight:rows", args=[name]))
    metric = told.metric
    hands = metric.of is Member and metric.gauge
    extra = ("pre_passed_on", "预审通过日") if metric.pre_check else metric.day
    if extra and extra[0] == "accepted_on":
        extra = None  # it stands in every sheet

    def lines():
        for row in told.found.order_by(*told.metric.order)[: sheets.LIMIT + 1]:
            shown = _row(metric, row)
            case = shown["case"]
            yield [
                case.number or "",
                shown["name"],
                case.applicant_shown,
                case.node.name,
                shown["department"],
                state_text(row.state, shown["kind"]),
                case.receipt_date,
                row.accepted_on,
                shown["due_on"],
                *([getattr(row, extra[0])] if extra else []),
                *([shown["held_by"]] if hands else []),
                *([row.runs, row.promised] if metric.runs else []),
            ]

    head = ["办件编号", "事项", "申请人", "节点", "部门", "状态", "收件日", "受理日", "期限"]
    head += ([extra[1]] if extra else []) + (["承办人"] if hands else []) + (["到窗口（次）", "公布（次）"] if metric.runs else [])
    at = sheets.minute(now())  # a sheet is read on another day
    period = f"现在（{at}）" if metric.gauge else f"{told.period}（截至 {at}）"
    notes = [f"口径：{metric.formula}", f"期间：{period}；范围：{'，'.join(filter(None, (told.form.counted, told.department, told.item))) or '全部'}"]
    return sheets.workbook(f"{metric.label}明细", head, lines(), notes)
