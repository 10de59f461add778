"""办事事项: the published catalogue, by words, pinyin, initials or code, and by filters; paged by key."""

from __future__ import annotations

from django import forms
from django.db.models import F
from django.db.models.fields.json import KeyTextTransform
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from apps.catalog import queries
from apps.catalog.models import Kind
from apps.directory.queries import nodes
from apps.kit.forms import BaseForm
from apps.kit.paging import keyset_page
from apps.web import labels

PAGE = 20
ORDER = ("definition__kind", "pinyin", "id")  # one-things first: "bundle" comes before "item"
KINDS = [("", "事项和一件事"), ("item", "单个事项"), ("bundle", "一件事")]
VISITS = [("", "不限"), ("0", "不用跑"), ("1", "最多跑一次")]


class FilterForm(BaseForm):
    """Everything that narrows the list; an unknown value is told and does not narrow."""

    q = forms.CharField(label="关键词", required=False, max_length=60, strip=True)
    node = forms.ChoiceField(label="办理地", required=False)
    department = forms.ChoiceField(label="部门", required=False)
    audience = forms.ChoiceField(label="谁来办", required=False)
    theme = forms.CharField(label="主题", required=False, max_length=30)
    kind = forms.ChoiceField(label="类别", required=False, choices=KINDS)
    visits = forms.ChoiceField(label="跑动次数", required=False, choices=VISITS)
    way = forms.ChoiceField(label="八个办", required=False, choices=[("", "不限"), *labels.WAYS.items()])
    instant = forms.BooleanField(label="只看当场办结的", required=False)

    def __init__(self, data, *, departments, regions):
        super().__init__(data)
        self.fields["node"].choices = [("", "全市各地"), *regions]
        self.fields["department"].choices = [("", "全部部门"), *departments]
        self.fields["audience"].choices = [("", "不限"), *labels.AUDIENCE.items()]

    @property
    def chosen(self) -> dict:
        self.is_valid()
        return self.cleaned_data


@require_GET
def browse(request: HttpRequest) -> HttpResponse:
    node = request.GET.get("node", "")
    form = FilterForm(request.GET, departments=_departments(node), regions=[(n.code, n.name) for n in nodes()])
    chosen = form.chosen
    rows = queries.search_definitions(
        chosen.get("q", ""),
        region=chosen.get("node") or None,
        audience=chosen.get("audience") or None,
        theme=chosen.get("theme") or None,
        kind=chosen.get("kind") or None,
        department=chosen.get("department") or None,
        way=chosen.get("way") or None,
        visits=int(chosen["visits"]) if chosen.get("visits") else None,
    )
    if chosen.get("instant"):
        rows = rows.filter(content__handling="instant")
    rows = rows.annotate(
        visits=F("content__max_visits"),
        handling=KeyTextTransform("handling", "content"),
        limit=F("content__promised_limit"),
    )
    page = keyset_page(rows, ORDER, request.GET.get("page"), PAGE)
    tagged(page.rows)
    narrowed = any(value for name, value in chosen.items() if name != "q")
    words = chosen.get("q", "")
    context = {
        "form": form,
        "page": page,
        "near": queries.resembling(words) if words and not page.rows and not request.GET.get("page") else [],
        "q": chosen.get("q", ""),
        "theme": chosen.get("theme", ""),
        "narrowed": narrowed,
    }
    rows_only = context["rows_only"] = bool(request.htmx and not request.htmx.history_restore_request)
    template = "citizen/browse_results.html" if rows_only else "citizen/browse.html"
    response = render(request, template, context, status=form.status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def tagged(rows: list) -> list:
    """The same rows, each with `.tags` = which of the eight ways it has; a one-thing with its `.visits`."""
    found = queries.told_of(rows)
    for row in rows:
        row.tags, visits = found[row.pk]
        if row.definition.kind == Kind.BUNDLE:
            row.visits = visits
    return rows


def _departments(node: str) -> list[tuple[str, str]]:
    """Departments that own something in the list, by name."""
    rows = queries.holding()
    if node:
        rows = rows.filter(definition__region__node_code=node)
    pairs = rows.order_by().values_list("definition__department", "definition__department__name").distinct()
    return sorted(pairs, key=lambda pair: pair[1])
