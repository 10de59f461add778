"""行业标准: what a sector must meet, point by point, before anybody applies."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.web import standards


@require_GET
def standard(request: HttpRequest, code: str) -> HttpResponse:
    """The version that holds today, or ?version=n. Raises NotYours (404)."""
    return render(request, "citizen/standard.html", standards.context(code, request.GET.get("version", "")))
