"""监督看板: read in ten seconds, drilled for an hour. Every number opens the rows that it counts."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from apps.deadlines.queries import missing_notice
from apps.gateway import queries as outbound
from apps.kit.paging import keyset_page
from apps.kit.replica import may_be_late
from apps.supervision import queries, queries_cards
from apps.supervision.metrics import METRICS, rows
from apps.web import sheets
from apps.web.access import staff
from apps.web.templatetags.web import state_text

from .frame import ROLES, Period, side

SOURCE = "由办件的每一步自动计数"
FIRST = ("received", "accepted", "decided", "open", "checking")
LIGHTS = ("yellow", "red", "overdue")
REST = ("deemed", "supplement", "turned_away", "withdrawn", "lapsed", "revoked", "voided", "collected")
PRE_CHECK = queries.PRE_CHECK_NAMES
PRE_CHECK_MEANS = {
    "accepted_percent": ("通过后受理率", "通过后受理 ÷ 预审通过，按预审通过日"),
    "clean_percent": ("没有再补的比例", "没有再补 ÷ 通过后受理"),
    "visits_each": ("平均跑窗口次数", "从通过到受理，到窗口交材料、核原件的天数（一天算一次）÷ 通过后受理"),
    "days_each": ("从通过到受理的平均天数", "从预审通过日到受理日的自然日 ÷ 通过后受理；申请人自己的时间也在内"),
}
COLUMNS = ("received", "accepted", "open", "yellow", "red", "overdue", "decided", "on_time", "late")
CHART = (("received", "收件"), ("decided", "办结"))


def _href(name: str, asked: dict, department: str = "") -> str:
    if name not in METRICS:
        return ""
    given = {
        "node": asked["node"],
        "department": department,
        "since": "" if METRICS[name].gauge else asked["since"].isoformat(),
        "until": "" if METRICS[name].gauge else asked["until"].isoformat(),
    }
    query = urlencode({key: value for key, value in given.items() if value})
    return reverse("oversight:rows", args=[name]) + (f"?{query}" if query else "")


def _stat(name: str, board: queries.Board, asked: dict) -> dict:
    metric = METRICS.get(name)
    return {
        "label": metric.label if metric else "补正告知",
        "number": board.total.numbers.get(name, 0),
        "href": _href(name, asked),
        "formula": metric.formula if metric else "期内发出补正告知书的办件数",
        "name": name,
    }


def _table(lines: list[queries.Line], asked: dict, by: str) -> list[dict]:
    """Rows of the table by department or by node; each cell links to its rows."""
    table = []
    for line in lines:
        here = {**asked, "node": line.code} if by == "node" else asked
        department = line.code if by == "department" else ""
        cells = [
            {
                "name": name,
                "label": METRICS[name].label,
                "number": line.numbers.get(name, 0),
                "href": _href(name, here, department),
            }
            for name in COLUMNS
        ]
        table.append({"line": line, "cells": cells})
    return table


def _chart(series: list[dict]) -> dict:
    """Bars of the last days as SVG measures (units of the viewBox): the server draws, no script."""
    height, width, step = 120, 720, 720 / len(series)
    top = max((row[name] for row in series for name, _ in CHART), default=0) or 1
    bars = []
    for place, row in enumerate(series):
        for turn, (name, label) in enumerate(CHART):
            tall = round(height * row[name] / top, 1)
            bars.append(
                {
                    "x": round(place * step + 2 + turn * (step - 4) / 2, 1),
                    "y": round(height - tall + 4, 1),
                    "w": round((step - 5) / 2, 1),
                    "h": tall,
                    "kind": name,
                    "title": f"{row['day']:%-m月%-d日} {label} {row[name]}",
                }
            )
    return {"width": width, "height": height + 8, "bars": bars, "top": top}


CARDS = {
    "yellow": ("黄牌", "部门还没有说明原因的黄牌（现在）"),
    "red": ("红牌", "部门还没有说明原因的红牌（现在）"),
    "alert": ("提醒", "环节超期、一次性告知期限将满或者已过的提醒（现在）"),
}


def _cards(actor, node: str) -> list[dict]:
    counted = queries_cards.waiting(actor, node=node)
    found = []
    for form, (label, formula) in CARDS.items():
        query = urlencode({"state": queries_cards.OPEN, "form": form, **({"node": node} if node else {})})
        href = f"{reverse('cards')}?{query}"
        found.append({"name": form, "label": label, "number": counted[form], "href": href, "formula": formula})
    return found


@staff(*ROLES)
@require_GET
@may_be_late
def board(request: HttpRequest) -> HttpResponse:
    form = Period(request.actor, request.GET or {})
    asked = form.asked
    found = queries.board(request.actor, **asked)
    series = queries.series(request.actor, tuple(name for name, _ in CHART), node=asked["node"])
    context = {
        "form": form,
        "asked": asked,
        "board": found,
        "first": [_stat(name, found, asked) for name in FIRST],
        "lights": [_stat(name, found, asked) for name in LIGHTS],
        "pre_checks": [_stat(name, found, asked) for name in PRE_CHECK],
        "pre_check_means": [
            {"label": label, "number": found.total.pre_check[name], "formula": formula}
            for name, (label, formula) in PRE_CHECK_MEANS.items()
        ],
        "rest": [_stat(name, found, asked) for name in REST],
        "departments": _table(found.departments, asked, "department"),
        "nodes": _table(found.nodes, asked, "node") if len(found.nodes) > 1 else [],
        "head": [METRICS[name].label for name in COLUMNS],
        "series": series,
        "chart": _chart(series),
        "source": SOURCE,
        "side": side(request),
        "stuck": queries.stuck(request.actor)[:1] or outbound.stuck(request.actor).exists(),
        "silent": queries.unexamined(request.actor, 1)[:1],
        "cards": _cards(request.actor, asked["node"]),
        "missing": missing_notice(),
    }
    return render(request, "oversight/board.html", context, status=form.status)


@staff(*ROLES)
@require_GET
@may_be_late
def export(request: HttpRequest) -> HttpResponse:
    """The board as a sheet: by department and by node."""
    asked = Period(request.actor, request.GET or {}).asked
    found = queries.board(request.actor, **asked)
    notes = [f"期间：{asked['since']} 至 {asked['until']}", f"来源：{SOURCE}；“在办”和亮灯是导出时的现状"]
    lines = [
        ("合计", found.total),
        *(("部门", line) for line in found.departments),
        *(("节点", line) for line in found.nodes),
    ]
    return sheets.workbook(
        "监督看板",
        [
            *["类别", "名称", *(METRICS[name].label for name in COLUMNS), "按时办结率"],
            *(METRICS[name].label for name in PRE_CHECK),
            *(label for label, _ in PRE_CHECK_MEANS.values()),
        ],
        [
            [kind, line.name, *(line.numbers.get(n, 0) for n in COLUMNS), line.on_time_percent, *_pre_checked(kind, line)]
            for kind, line in lines
        ],
        notes,
    )


def _pre_checked(kind: str, line: queries.Line) -> list:
    """Pre-checks are the counter's: no department has a share of them."""
    if kind == "部门":
        return [""] * (len(PRE_CHECK) + len(PRE_CHECK_MEANS))
    return [*(line.numbers.get(name, 0) for name in PRE_CHECK), *(line.pre_check[name] for name in PRE_CHECK_MEANS)]


def _asked_rows(request: HttpRequest, name: str):
    form = Period(request.actor, request.GET or {})
    department = request.GET.get("department", "")[:64]
    metric, found = rows(request.actor, name, department=department, **form.asked)
    return form, metric, found


def _row(metric, row) -> dict:
    case = row if metric.of.__name__ == "Application" else row.application
    return {
        "case": case,
        "row": row,
        "kind": "application" if case is row else "member",
        "name": row.name,
        "due_on": row.due_on,
        "department": "" if case is row else row.department.name,
    }


@staff(*ROLES)
@require_GET
@may_be_late
def listed(request: HttpRequest, name: str) -> HttpResponse:
    form, metric, found = _asked_rows(request, name)
    page = keyset_page(found, ("-id",), request.GET.get("page"))
    context = {
        "metric": metric,
        "form": form,
        "asked": form.asked,
        "page": page,
        "rows": [_row(metric, row) for row in page.rows],
        "department": request.GET.get("department", ""),
        "side": side(request),
    }
    return render(request, "oversight/rows.html", context)


@staff(*ROLES)
@require_GET
@may_be_late
def export_rows(request: HttpRequest, name: str) -> HttpResponse:
    form, metric, found = _asked_rows(request, name)
    asked = form.asked

    def lines():
        for row in found.order_by("-id")[: sheets.LIMIT + 1]:
            shown = _row(metric, row)
            case = shown["case"]
            yield [
                case.number or "",
                shown["name"],
                case.applicant_shown,
                case.node.name,
                shown["department"],
                state_text(row.state, shown["kind"]),
                _day(case.receipt_date),
                _day(row.accepted_on),
                _day(row.due_on),
                *([_day(case.pre_passed_on)] if metric.pre_check else []),
            ]

    head = ["办件编号", "事项", "申请人", "节点", "部门", "状态", "收件日", "受理日", "期限"]
    head += ["预审通过日"] if metric.pre_check else []
    period = "现在" if metric.gauge else f"{asked['since']} 至 {asked['until']}"
    return sheets.workbook(f"{metric.label}明细", head, lines(), [f"口径：{metric.formula}", f"期间：{period}"])


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
