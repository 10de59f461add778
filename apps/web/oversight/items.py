"""最多跑一次事项: how many of the items in use are flagged, need no visit, are decided on the spot or taken in at the one window; each
number opens its items."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from apps.catalog.models import DefinitionVersion
from apps.catalog.queries_in_use import in_use, in_use_by, items_in_use, shown
from apps.directory import queries as directory
from apps.kit.days import day_cn
from apps.kit.paging import keyset_page
from apps.kit.places import city_of
from apps.kit.replica import may_be_late
from apps.kit.rounding import mean, mean_percent, percent
from apps.kit.templatetags.kit import limit_cn
from apps.kit.time import now, today
from apps.web import labels, sheets
from apps.web.access import staff

from .frame import ROLES, Place, asked_again, printed, side

SOURCE = "在用的事项目录（已公布、今天有效；草稿、暂停和取消的不算）"
SHARES = {
    "items": ("在用事项", "在用的单个事项数，一件事不算"),
    "accepting": ("统一受理", "由综合窗口统一受理的事项 ÷ 在用事项"),
    "at_most_once": ("最多跑一次", "标明“最多跑一次”的事项 ÷ 在用事项"),
    "zero_visits": ("不用跑", "到现场次数为 0 的事项 ÷ 在用事项"),
    "instant": ("即办件", "办件类型为即办件的事项 ÷ 在用事项；按事项算，不是按办件算"),
    "online": ("网上可办", "可以网上申请的事项 ÷ 在用事项"),
    "city_wide": ("全城通办", "市内任何一个节点的窗口都能收的事项 ÷ 在用事项"),
    "more_often": ("还要多跑", "没有标明“最多跑一次”的事项 ÷ 在用事项"),
}
ON_BOARD = ("at_most_once", "zero_visits", "instant")
COMPARED = ("items", "accepting", *ON_BOARD, "online")
ORDER = ("pinyin", "id")
HEAD = ("名称", "编码", "节点", "部门", "统一受理", "最多跑一次", "到现场次数", "到现场的原因", "办件类型", "承诺期限")


class Filters(Place):
    share = forms.ChoiceField(label="哪些事项", required=False, choices=[(name, label) for name, (label, _) in SHARES.items()])
    department = forms.CharField(label="部门", required=False, max_length=64, widget=forms.HiddenInput)  # of the table that was opened

    @property
    def share_asked(self) -> str:
        return ("" if self.errors else self.cleaned_data.get("share")) or "items"

    def clean_department(self) -> str:
        code = self.cleaned_data["department"]
        if code and code not in directory.department_names([code]):
            raise forms.ValidationError("没有这个部门，请从“按部门”里选。")
        return code

    @property
    def department_asked(self) -> str:
        return ("" if self.errors else self.cleaned_data.get("department")) or ""

    @property
    def department_name(self) -> str:
        code = self.department_asked
        return directory.department_names([code])[code] if code else ""

    def listed(self) -> QuerySet[DefinitionVersion]:
        """The items that are asked for."""
        rows = shown(items_in_use(self.share_asked, nodes=self.nodes))
        return rows.filter(own_department=self.department_asked) if self.department_asked else rows


def stats(nodes: list[str] | None, node: str, names=tuple(SHARES)) -> list[dict]:
    """For the board and the page: the share, the numbers it is made of, and the page of the items."""
    counts = in_use(nodes=nodes)
    found = []
    for name in names:
        label, formula = SHARES[name]
        part, whole = counts[name], counts["items"]
        number = whole if name == "items" else percent(part, whole)
        formula = formula if name == "items" else f"{formula} = {part} ÷ {whole}"
        found.append({"label": label, "number": number, "part": part, "formula": formula, "href": _href(name, node), "name": name})
    return found


def _href(share: str, node: str, department: str = "") -> str:
    query = {"node": node, "share": share, "department": department}
    return f"{reverse('oversight:items')}?{urlencode({name: value for name, value in query.items() if value})}"


@staff(*ROLES)
@require_GET
@may_be_late
def page(request: HttpRequest) -> HttpResponse:
    form = Filters(request.actor, request.GET or {})
    share = form.share_asked
    context = {
        "form": form,
        "share": share,
        "share_label": SHARES[share][0],
        "stats": [stat | {"published": printed(form.only, stat["name"])} for stat in stats(form.nodes, form.place)],
        "nodes": None if form.only else _by_node(form),
        "departments": _by_department(form) if form.only else None,
        "page": keyset_page(form.listed(), ORDER, request.GET.get("page")),
        "source": SOURCE,
        "as_of": now(),
        "side": side(request),
    }
    return render(request, "oversight/items.html", context, status=form.status)


def _by_node(form: Filters) -> dict | None:
    """A line for each node. Of the counties, as their published mean was: both means, since they differ, of the ratios and the ratio
    of the sums; and how many items one has flagged. The city's own items and the zones' are of another level."""
    counted = in_use_by("node", form.nodes)
    rows = [_line(name, counted[code], node=code) for code, name in form.named if code in counted]
    if len(rows) < 2:
        return None
    pairs = [(counts["at_most_once"], counts["items"]) for code, counts in counted.items() if code in form.counties]
    flagged, items = (sum(numbers) for numbers in zip(*pairs, strict=True)) if pairs else (0, 0)
    told = {"whole": percent(flagged, items), "mean": mean_percent(pairs), "each": mean(flagged, len(pairs))}
    return {"rows": rows, "counties": len(pairs), **told, "published": printed(f"{city_of(form.named[0][0])} counties", "at_most_once")}


def _by_department(form: Filters) -> dict:
    """A line for each department of the one node, who has most first."""
    counted = in_use_by("department", [form.only])
    names = directory.department_names(counted)
    lines = sorted(counted.items(), key=lambda line: (-line[1]["items"], names[line[0]]))
    return {"rows": [_line(names[code], counts, node=form.only, department=code) for code, counts in lines]}


def _line(name: str, counts: dict[str, int], **where: str) -> dict:
    # To the list itself: it stands below a table that may be long.
    cells = [(SHARES[share][0], counts[share], _href(share, **where) + "#list-title") for share in COMPARED]
    return {"name": name, "cells": cells, "percent": percent(counts["at_most_once"], counts["items"])}


@staff(*ROLES)
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    form = Filters(request.actor, request.GET or {})
    if form.errors:
        return asked_again(request, reverse("oversight:items"))
    label, _ = SHARES[form.share_asked]
    rows = form.listed().order_by(*ORDER)[: sheets.LIMIT + 1]
    told = stats(form.nodes, form.place, COMPARED)
    notes = [
        f"截至 {day_cn(today())}；节点：{form.counted or '全部'}；部门：{form.department_name or '全部'}；只列：{label}",
        f"来源：{SOURCE}",
        *(f"{stat['label']}：{stat['number']}（{stat['formula']}）" for stat in told),
    ]
    lines = (
        [
            row.name,
            row.definition_id,
            row.definition.region.name,
            row.department,
            "是" if row.accepting else "否",
            "是" if row.at_most_once else "否",
            row.visits,
            row.reason or "",
            labels.word("handling", row.handling),
            limit_cn(row.limit),
        ]
        for row in rows
    )
    return sheets.workbook(label if label.endswith("事项") else f"{label}事项", HEAD, lines, notes)
