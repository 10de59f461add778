"""Publication batches: what each announced and how many distinct items there are so far."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.catalog import queries, queries_in_use
from apps.kit.time import today

from .forms import DayForm
from .listing import office, own_nodes


@office
@require_GET
def batches(request: HttpRequest) -> HttpResponse:
    form = DayForm(request.GET, nodes=own_nodes(request.actor))
    chosen = form.cleaned_data if form.is_valid() else {}
    day, node = chosen.get("day") or today(), chosen.get("node") or None
    counts = queries_in_use.in_use(day, nodes=[node] if node else None)
    context = {"form": form, "day": day, "rows": queries.batches(day, region=node), "counts": counts}
    return render(request, "catalogue/batches.html", context, status=form.status)
