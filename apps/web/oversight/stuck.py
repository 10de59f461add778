"""投递受阻: what a worker could not do by itself, with its cause, and the way to try again."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.gateway import actions as gateway
from apps.gateway import queries as messages
from apps.kit.paging import keyset_page
from apps.supervision import actions, queries
from apps.web.access import staff

from .frame import ROLES, side

UNSENT = 50  # messages shown; more come up as these are dealt with


@staff(*ROLES)
@require_GET
def stuck(request: HttpRequest) -> HttpResponse:
    page = keyset_page(queries.stuck(request.actor), ("id",), request.GET.get("page"))
    unsent = messages.stuck(request.actor).order_by("pk")[:UNSENT]
    context = {"page": page, "unsent": unsent, "side": side(request), "retried": request.GET.get("retried")}
    return render(request, "oversight/stuck.html", context)


@staff(*ROLES)
@require_POST
def retry_message(request: HttpRequest, pk: int) -> HttpResponse:
    """A message or an order to the courier that was given up."""
    gateway.retry(by=request.actor, outbound=pk)
    return redirect("/oversight/stuck/?retried=1")


@staff(*ROLES)
@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    actions.retry(by=request.actor, delivery=pk)
    return redirect("/oversight/stuck/?retried=1")
