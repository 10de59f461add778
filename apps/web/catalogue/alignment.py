"""事项比对: the same item at several nodes, and in what they say it differently; the office that is meant puts it right."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.catalog.alignment import Compared, Offered
from apps.catalog.queries_alignment import compared
from apps.catalog.queries_names import coded_names
from apps.directory.queries import nodes
from apps.kit.days import day_cn
from apps.kit.forms import BaseForm
from apps.kit.time import today
from apps.web import sheets

from .listing import office
from .telling import limit_text

SHOWN = 100  # on the page; the sheet holds all of them
FACETS = {
    "name": "名称",
    "split": "主项子项",
    "materials": "材料",
    "form": "申请表",
    "promise": "承诺期限",
    "visits": "到现场次数",
}
HEAD = ("基本编码", "不一致", "节点", "事项编码", "事项名称", "怎么写的")


class Filters(BaseForm):
    node = forms.ChoiceField(label="节点", required=False)
    facet = forms.ChoiceField(label="哪里不一致", required=False, choices=[("", "不限"), *FACETS.items()])

    def __init__(self, data, *, places):
        super().__init__(data)
        self.fields["node"].choices = [("", "全市"), *places.items()]
        self.is_valid()

    @property
    def told(self) -> dict[str, str]:
        """In words, what is compared and in what: a number that is narrowed says so. A faulty form asks for all."""
        asked = {} if self.errors else self.cleaned_data
        at = dict(self.fields["node"].choices)[asked.get("node", "")]
        return {"common": f"{at}与其他节点都有的事项" if asked.get("node") else "几个节点都有的事项", "what": FACETS.get(asked.get("facet"), "写法")}


def _asked(request: HttpRequest) -> tuple[Filters, list[Compared], list[dict]]:
    """(the form, what is offered by several, the lines of what is said differently). A faulty form asks for all."""
    places = {node.code: node.name for node in nodes()}
    form = Filters(request.GET, places=places)
    asked = {} if form.errors else form.cleaned_data
    rows, facet = compared(asked.get("node", "")), asked.get("facet")
    apart = [row for row in rows if (facet in row.apart if facet else row.apart)]
    return form, rows, told(apart, places)


def told(rows: list[Compared], places: dict[str, str]) -> list[dict]:
    """[{"basic", "name", "facets": [{"label", "lines": [{"node", "item", "words"}]}]}]"""
    lacking = {code for row in rows for facet in ("materials", "form") for one in row.offered for code in row.lacking(one, facet)}
    fields, materials = coded_names(lacking)
    say: dict[str, Callable[[Compared, Offered], str]] = {
        "name": lambda row, one: one.name,
        "split": lambda row, one: _split(row.split[one.node]),
        "materials": lambda row, one: _lacking(row.lacking(one, "materials"), materials),
        "form": lambda row, one: _lacking(row.lacking(one, "form"), fields),
        "promise": lambda row, one: limit_text({"days": one.promise[0], "unit": one.promise[1]}),
        "visits": lambda row, one: f"{one.visits} 次",
    }
    return [
        {
            "basic": row.basic,
            "name": row.offered[0].name,
            "facets": [
                {
                    "label": FACETS[facet],
                    "lines": [{"node": places.get(one.node, one.node), "item": one, "words": say[facet](row, one)} for one in row.offered],
                }
                for facet in row.apart
            ],
        }
        for row in rows
    ]


def _split(subs: Iterable[str]) -> str:
    return "不拆分" if set(subs) == {"000"} else f"子项 {'、'.join(sorted(subs))}"


def _lacking(codes: Iterable[str], names: dict[str, str]) -> str:
    return "没有：" + "、".join(sorted(names.get(code, code) for code in codes)) if codes else "都有"


@office
@require_GET
def alignment(request: HttpRequest) -> HttpResponse:
    form, rows, lines = _asked(request)
    context = {"form": form, "day": today(), "compared": len(rows), "apart": len(lines), "rows": lines[:SHOWN], "shown": SHOWN} | form.told
    return render(request, "catalogue/alignment.html", context, status=form.status)


@office
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    form, rows, lines = _asked(request)
    told = form.told
    counted = f"{told['common']} {len(rows)} 项，{told['what']}不一致的 {len(lines)} 项"
    notes = [f"截至 {day_cn(today())} 在用的事项；{counted}", "同一事项按实施编码里的 12 位基本编码认定"]
    cells = (
        [row["basic"], facet["label"], line["node"], line["item"].code, line["item"].name, line["words"]]
        for row in lines
        for facet in row["facets"]
        for line in facet["lines"]
    )
    return sheets.workbook("事项比对", HEAD, cells, notes)
