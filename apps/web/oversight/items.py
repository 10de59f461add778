"""最多跑一次事项: how many of the items in use are flagged, need no visit, or are decided on the spot; each number opens its items."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from apps.catalog.queries_in_use import in_use, in_use_by_node, items_in_use, shown
from apps.kit.paging import keyset_page
from apps.kit.replica import may_be_late
from apps.kit.rounding import mean_percent, percent
from apps.kit.templatetags.kit import limit_cn
from apps.kit.time import now, today
from apps.web import labels, sheets
from apps.web.access import staff

from .frame import ROLES, Place, side

SOURCE = "在用的事项目录（已公布、今天有效；草稿、暂停和取消的不算）"
SHARES = {
    "items": ("在用事项", "在用的单个事项数，一件事不算"),
    "at_most_once": ("最多跑一次", "标明“最多跑一次”的事项 ÷ 在用事项"),
    "zero_visits": ("不用跑", "到现场次数为 0 的事项 ÷ 在用事项"),
    "instant": ("即办件", "办件类型为即办件的事项 ÷ 在用事项；按事项算，不是按办件算"),
    "more_often": ("还要多跑", "没有标明“最多跑一次”的事项 ÷ 在用事项"),
}
ON_BOARD = ("at_most_once", "zero_visits", "instant")
ORDER = ("pinyin", "id")
HEAD = ("名称", "编码", "节点", "部门", "最多跑一次", "到现场次数", "到现场的原因", "办件类型", "承诺期限")


class Filters(Place):
    share = forms.ChoiceField(label="哪些事项", required=False, choices=[(name, label) for name, (label, _) in SHARES.items()])

    @property
    def share_asked(self) -> str:
        return ("" if self.errors else self.cleaned_data.get("share")) or "items"


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


def _href(share: str, node: str) -> str:
    query = {"node": node, "share": share} if node else {"share": share}
    return f"{reverse('oversight:items')}?{urlencode(query)}"


@staff(*ROLES)
@require_GET
@may_be_late
def page(request: HttpRequest) -> HttpResponse:
    form = Filters(request.actor, request.GET or {})
    share = form.share_asked
    found = shown(items_in_use(share, nodes=form.nodes))
    context = {
        "form": form,
        "share": share,
        "share_label": SHARES[share][0],
        "stats": stats(form.nodes, form.place),
        "nodes": _by_node(form) if not form.place else None,
        "page": keyset_page(found, ORDER, request.GET.get("page")),
        "source": SOURCE,
        "as_of": now(),
        "side": side(request),
    }
    return render(request, "oversight/items.html", context, status=form.status)


def _by_node(form: Filters) -> dict | None:
    """A line for each node; both means, since they differ: of the ratios, and the ratio of the sums."""
    counted = in_use_by_node(form.nodes)
    rows = [{"code": code, "name": name, "counts": counted[code]} for code, name in form.named if code in counted]
    if len(rows) < 2:
        return None
    for row in rows:
        row["percent"] = percent(row["counts"]["at_most_once"], row["counts"]["items"])
        row["cells"] = [(SHARES[name][0], row["counts"][name], _href(name, row["code"])) for name in ("items", *ON_BOARD)]
    sums = [sum(row["counts"][name] for row in rows) for name in ("at_most_once", "items")]
    pairs = [(row["counts"]["at_most_once"], row["counts"]["items"]) for row in rows]
    return {"rows": rows, "whole": percent(*sums), "mean": mean_percent(pairs)}


@staff(*ROLES)
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    form = Filters(request.actor, request.GET or {})
    label, _ = SHARES[form.share_asked]
    rows = shown(items_in_use(form.share_asked, nodes=form.nodes)).order_by(*ORDER)[: sheets.LIMIT + 1]
    told = stats(form.nodes, form.place, ("items", "at_most_once", "zero_visits", "instant"))
    notes = [
        f"截至 {today()}；节点：{form.node_name or '全部'}；只列：{label}",
        f"来源：{SOURCE}",
        *(f"{stat['label']}：{stat['number']}（{stat['formula']}）" for stat in told),
    ]
    lines = (
        [
            row.name,
            row.definition_id,
            row.definition.region.name,
            row.definition.department.name,
            "是" if row.at_most_once else "否",
            row.visits,
            row.reason or "",
            labels.word("handling", row.handling),
            limit_cn(row.limit),
        ]
        for row in rows
    )
    return sheets.workbook(f"{label}事项", HEAD, lines, notes)
