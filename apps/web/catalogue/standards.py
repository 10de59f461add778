"""Sector standards at the catalogue office: all versions, one in full, what differs between two."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.catalog import queries_office, queries_standards
from apps.web import standards

from .listing import office
from .telling import part_text, value_text


@office
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    versions = queries_standards.standard_versions()
    names = queries_standards.standard_names(*(one.row for one in versions))
    rows = [{"one": one, "applies_to": [names.get(code, code) for code in one.row.applies_to]} for one in versions]
    return render(request, "catalogue/standards.html", {"rows": rows})


@office
@require_GET
def standard(request: HttpRequest, code: str) -> HttpResponse:
    return render(request, "catalogue/standard.html", standards.context(code, request.GET.get("version", "")))


@office
@require_GET
def differences(request: HttpRequest, code: str) -> HttpResponse:
    """?old=1&new=2"""
    (old, _), (new, _) = (standards.chosen(code, request.GET.get(name, "")) for name in ("old", "new"))
    contents = [{name: _plain(getattr(one.row, name)) for name in standards.PARTS} for one in (old, new)]
    names = queries_standards.standard_names(old.row, new.row)
    texts = {point["code"]: point["text"] for one in (old, new) for point in one.row.points}
    rows = [_told(row, names, texts) for row in queries_office.differences(*contents)]
    return render(request, "catalogue/standard_differences.html", {"old": old, "new": new, "rows": rows})


def _plain(value):
    return value.isoformat() if hasattr(value, "isoformat") else value


_POINT = {"text": "要点", "items": "由谁核查", "department": "由谁核查", "basis": "依据", "evidence": "看什么"}


def _told(row: dict, names: dict[str, str], texts: dict[str, str]) -> dict:
    head, *rest = row["path"]
    place = [part_text(head, standards.PARTS), *(part_text(part, texts, _POINT) for part in rest)]

    def words(value):
        if isinstance(value, dict):
            return value.get("text") or value_text(value)
        if isinstance(value, list):
            return value_text([names.get(part, part) if isinstance(part, str) else words(part) for part in value])
        return names.get(value, value_text(value)) if isinstance(value, str) else value_text(value)

    return {"path": " › ".join(place), "old": words(row["old"]), "new": words(row["new"])}
