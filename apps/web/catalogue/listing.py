"""The office's list of items and one-things, and the same list as a file or a sheet."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.catalog import policy, queries, queries_office
from apps.catalog.exporting import as_yaml, catalogue_file
from apps.catalog.models import DefinitionVersion
from apps.directory.models import Department
from apps.directory.queries import nodes
from apps.kit.days import day_cn
from apps.kit.paging import keyset_page
from apps.kit.time import today
from apps.web import labels, sheets
from apps.web.access import staff
from apps.web.templatetags.web import state_text

from .forms import FilterForm
from .telling import limit_text

office = staff("catalogue")
ORDER = ("pinyin", "code")
SHEET = (
    "编码",
    "名称",
    "类别",
    "节点",
    "部门",
    "状态",
    "版本",
    "生效日",
    "最后有效日",
    "承诺期限",
    "到现场次数",
    "最多跑一次",
    "通办范围",
)


def own_nodes(actor) -> list:
    allowed = policy.nodes_of(actor)
    return [node for node in nodes() if allowed is None or node.pk in allowed]


def _chosen(request: HttpRequest):
    """(the filter form, the definitions that it leaves)."""
    mine = own_nodes(request.actor)
    owners = queries_office.office_definitions(request.actor).order_by().values("department").distinct()
    offices = list(Department.objects.filter(pk__in=owners).order_by("name"))
    form = FilterForm(request.GET, nodes=mine, departments=offices)
    chosen = form.chosen
    return form, queries_office.office_definitions(request.actor, chosen.pop("q", ""), **chosen)


@office
@require_GET
def definitions(request: HttpRequest) -> HttpResponse:
    form, found = _chosen(request)
    page = keyset_page(found, ORDER, request.GET.get("page"))
    context = {"filters": form, "page": page, "filtered": bool(form.chosen), "query": request.GET.urlencode()}
    return render(request, "catalogue/list.html", context)


def versions_for_export(definitions) -> list[DefinitionVersion]:
    """The version of each that holds today, one more than LIMIT at most: what is cut off is told."""
    return list(queries.holding().filter(definition__in=definitions.values("pk")).order_by("pinyin", "id")[: sheets.LIMIT + 1])


def file_response(versions: list[DefinitionVersion], name: str) -> HttpResponse:
    cut = f"# 只导出前 {sheets.LIMIT} 项，请缩小筛选范围。\n" if len(versions) > sheets.LIMIT else ""
    text = cut + as_yaml(catalogue_file(versions[: sheets.LIMIT], today()))
    response = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["Cache-Control"] = "private, no-store"
    return response


@office
@require_GET
def as_file(request: HttpRequest) -> HttpResponse:
    """In the format that the import reads; loaded again it changes nothing."""
    return file_response(versions_for_export(_chosen(request)[1]), f"事项目录-{today():%Y%m%d}.yaml")


@office
@require_GET
def as_sheet(request: HttpRequest) -> HttpResponse:
    filters, found = _chosen(request)
    rows = (_row(version) for version in versions_for_export(found))
    return sheets.workbook("事项目录", SHEET, rows, notes=[f"截至 {day_cn(today())} 在用的事项和一件事；筛选：{filters.in_words or '全部'}"])


def _row(version: DefinitionVersion) -> list:
    content, definition = version.content, version.definition
    item = definition.kind == "item"
    return [
        definition.code,
        version.name,
        definition.get_kind_display(),
        definition.region.name,
        definition.department.name,
        state_text(definition.state, "definition"),
        version.number,
        version.valid_from,
        version.valid_to,
        limit_text(content.get("promised_limit")),
        content.get("max_visits"),
        ("是" if version.at_most_once else "否") if item else "",
        labels.CITY_WIDE[version.city_wide] if item else "",
    ]
