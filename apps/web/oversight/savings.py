"""一件事的节省: materials and days saved on finished one-things, the formula shown, the published figure beside it."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from apps.catalog.queries_in_use import bundles_in_use
from apps.kit.days import day_cn
from apps.kit.replica import may_be_late
from apps.kit.time import now, today
from apps.supervision.metrics import ONE_THINGS
from apps.supervision.published import published
from apps.supervision.queries_savings import SHARES, savings
from apps.web import sheets
from apps.web.access import staff

from .frame import ROLES, Period, asked_again, printed, side

FIRST_LOOK = 364  # days that are shown before a period is chosen
SOURCE = "由办结的一件事自动计数；改革前的时间是随办件存下的基线，不重算"
LABELS = {"materials": "材料精简", "promised": "承诺提速", "taken": "实际提速"}
FORMULAS = {
    "materials": "1 − 合并后的材料数 ÷ 各事项材料数之和，只算期内办结的一件事",
    "promised": "1 − 一件事承诺天数 ÷ 改革前天数（存下的基线）；没有基线或者计日单位不同的不算",
    "taken": "1 − 受理到办结的实际天数（含特别程序）÷ 改革前天数（存下的基线），计日单位相同的才算",
}
PRINTED = {"materials": "bundle_material_saving", "promised": "bundle_time_saving", "taken": "bundle_time_saving"}
COLUMNS = (
    ("cases", "办结件数"),
    ("materials_before", "材料（分别办）"),
    ("materials_after", "材料（合并后）"),
    ("days_before", "改革前天数"),
    ("days_promised", "承诺天数"),
    ("days_taken", "实际天数"),
)


def _asked(request: HttpRequest) -> tuple[Period, dict]:
    form = Period(request.actor, request.GET or {})
    asked = form.asked
    if not request.GET.get("since") and not form.errors:
        asked["until"] = min(asked["until"], today())  # beyond it nothing is done, and the lists take no more than a year
        asked["since"] = asked["until"] - timedelta(days=FIRST_LOOK)
    return form, asked


def last_year(actor, node: str) -> dict:
    """What the board says of them: {"stats", "as_of"}; each opens the page, by one-thing and with its cases."""
    until = today()
    found = savings(actor, node=node, since=until - timedelta(days=FIRST_LOOK), until=until)
    href = reverse("oversight:savings") + (f"?{urlencode({'node': node})}" if node else "")
    stats = [
        {"label": LABELS[name], "number": found.total.percents[name], "formula": f"{FORMULAS[name]}；最近一年办结的，大数按件加权", "href": href}
        for name in SHARES
    ]
    return {"stats": stats, "as_of": found.as_of}


@staff(*ROLES)
@require_GET
@may_be_late
def page(request: HttpRequest) -> HttpResponse:
    form, asked = _asked(request)
    found = savings(request.actor, **asked)
    figures = published(request.actor)
    context = {
        "form": form,
        "asked": asked,
        "found": found,
        "stats": [
            {
                "label": LABELS[name],
                "number": found.total.percents[name],
                "mean": found.means[name],
                "formula": FORMULAS[name],
                "printed": figures.get(PRINTED[name]),
            }
            for name in SHARES
        ],
        "in_use": _in_use(form),
        "in_use_source": "在用的一件事目录（已公布、今天有效）",
        "read_at": now(),
        "rows": [_row(row, asked) for row in found.bundles],
        "total": _row(found.total, asked) if found.bundles else None,
        "head": [*(label for _, label in COLUMNS), *LABELS.values()],
        "source": SOURCE,
        "side": side(request),
    }
    return render(request, "oversight/savings.html", context, status=form.status)


def _in_use(form: Period) -> list[dict]:
    """How many one-things the catalogue offers today, beside what was printed of the node."""
    counts = bundles_in_use(form.nodes)
    query = {"kind": "bundle"} | ({"node": form.only} if form.only else {})
    listed = f"{reverse('citizen:catalogue')}?{urlencode(query)}" if form.only or form.nodes is None else ""
    told = (("bundles", "在用的一件事", "已公布、今天有效的一件事数", listed), ("several", "涉及多个部门", "其中所含事项属于一个以上部门的一件事数", ""))
    return [
        {"label": label, "number": counts[name], "formula": formula, "href": href, "published": printed(form.only, name)}
        for name, label, formula, href in told
    ]


def _cells(row) -> list[tuple[str, object]]:
    cells = [(label, row.sums[name]) for name, label in COLUMNS]
    return cells + [(LABELS[name], row.percents[name]) for name in SHARES]


def _row(row, asked: dict) -> dict:
    """`href`: the cases that were counted."""
    query = urlencode({name: value for name, value in {**asked, "code": row.code}.items() if value})
    href = reverse("oversight:rows", args=[ONE_THINGS.name])
    return {"name": row.name, "cells": _cells(row), "href": f"{href}?{query}"}


def _printed(figure: dict | None) -> str:
    return f"；公布 {figure['value']}%" if figure else ""


@staff(*ROLES)
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    form, asked = _asked(request)
    if form.errors:
        return asked_again(request, reverse("oversight:savings"))
    found = savings(request.actor, **asked)
    figures = published(request.actor)
    notes = [
        f"办结日：{day_cn(asked['since'])} 至 {day_cn(asked['until'])}；节点：{form.counted or '全部'}",
        f"来源：{SOURCE}",
        *(f"{LABELS[name]}：{FORMULAS[name]}{_printed(figures.get(PRINTED[name]))}" for name in SHARES),
    ]
    if found.as_of:
        notes.insert(1, f"数字更新于：{sheets.minute(found.as_of)}")
    lines = [[value for _, value in _cells(row)] for row in (*found.bundles, found.total)]
    names = [*(row.name for row in found.bundles), "合计（按件加权）"]
    table = [[name, *line] for name, line in zip(names, lines, strict=True)]
    table.append(["各一件事的简单平均", *[""] * len(COLUMNS), *(found.means[name] for name in SHARES)])
    return sheets.workbook("一件事的节省", ["一件事", *(label for _, label in COLUMNS), *LABELS.values()], table, notes)
