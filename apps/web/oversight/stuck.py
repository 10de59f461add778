"""投递受阻: what a worker could not do by itself, what could not be sent, and files for which the scanner is silent; with the
cause, since when, and the way to try again."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.gateway import actions as gateway
from apps.gateway import queries as messages
from apps.kit.paging import keyset_page
from apps.supervision import actions, queries
from apps.web.access import staff
from apps.web.once import press

from .frame import ROLES, side

MOST = 50  # rows of a list that nobody pages; more come up as these are dealt with


@staff(*ROLES)
@require_GET
def stuck(request: HttpRequest) -> HttpResponse:
    actor = request.actor
    files, unsent = queries.unexamined(actor, MOST + 1), messages.oldest_stuck(actor, MOST + 1)
    page = keyset_page(queries.stuck(actor), ("id",), request.GET.get("page"))
    context = {
        "page": page,
        "steps": queries.told_stuck(page.rows),
        "files": files[:MOST],
        "unsent": unsent[:MOST],
        "more": {"files": len(files) > MOST, "unsent": len(unsent) > MOST},
        "most": MOST,
        "side": side(request),
        "retried": request.GET.get("retried"),
    }
    return render(request, "oversight/stuck.html", context)


@staff(*ROLES)
@require_POST
def retry_message(request: HttpRequest, pk: int) -> HttpResponse:
    """A message or an order to the courier that was given up."""
    press(request, request.actor, lambda: gateway.retry(by=request.actor, outbound=pk))
    return redirect("/oversight/stuck/?retried=1")


@staff(*ROLES)
@require_POST
def retry_messages(request: HttpRequest) -> HttpResponse:
    """All of them: the carrier is back."""
    gateway.retry_all(by=request.actor)
    return redirect("/oversight/stuck/?retried=1")


@staff(*ROLES)
@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    press(request, request.actor, lambda: actions.retry(by=request.actor, delivery=pk))
    return redirect("/oversight/stuck/?retried=1")


@staff(*ROLES)
@require_POST
def retry_deliveries(request: HttpRequest) -> HttpResponse:
    """All of them: the disk, or what else it was, is back."""
    actions.retry_all(by=request.actor)
    return redirect("/oversight/stuck/?retried=1")


@staff(*ROLES)
@require_POST
def examine_again(request: HttpRequest) -> HttpResponse:
    """Every file that waits for the scanner's verdict, now."""
    actions.examine_again(by=request.actor)
    return redirect("/oversight/stuck/?retried=1")
