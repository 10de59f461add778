"""At the counter: the holder asks to cancel a certificate and hands the original in, or takes his request back."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.applications import queries
from apps.applications.models import Member
from apps.kit.errors import NotYours
from apps.web.cancelling import ask_page, original_page, withdraw_page

from .frame import clerk, side


@clerk
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, pk: int, member: int) -> HttpResponse:
    row = _found(request, pk, member)
    return ask_page(request, row, **_frame(request, row))


@clerk
@require_http_methods(["GET", "POST"])
def take_back(request: HttpRequest, pk: int, member: int) -> HttpResponse:
    row = _found(request, pk, member)
    return withdraw_page(request, row, **_frame(request, row))


@clerk
@require_http_methods(["GET", "POST"])
def original(request: HttpRequest, pk: int, member: int) -> HttpResponse:
    """The original comes in after the request, or after the decision."""
    row = _found(request, pk, member)
    return original_page(request, row, **_frame(request, row))


def _found(request: HttpRequest, pk: int, member: int) -> Member:
    application = queries.get(request.actor, pk)
    row = application.members.filter(pk=member).select_related("commitment").first()
    if row is None:
        raise NotYours
    row.application = application
    return row


def _frame(request: HttpRequest, member: Member) -> dict:
    row = member.application
    return {"back": reverse("counter:case", args=[row.pk]), "template": "counter/confirm.html", "row": row, "side": side(request)}
