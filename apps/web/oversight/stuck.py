"""投递受阻: what a worker could not do by itself, with its cause, and the way to try again."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.kit.paging import keyset_page
from apps.supervision import actions, queries
from apps.web.access import staff

from .frame import ROLES, side


@staff(*ROLES)
@require_GET
def stuck(request: HttpRequest) -> HttpResponse:
    page = keyset_page(queries.stuck(request.actor), ("id",), request.GET.get("page"))
    context = {"page": page, "side": side(request), "retried": request.GET.get("retried")}
    return render(request, "oversight/stuck.html", context)


@staff(*ROLES)
@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    actions.retry(by=request.actor, delivery=pk)
    return redirect("/oversight/stuck/?retried=1")
