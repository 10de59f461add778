"""How the applicant wants the results and by which phone he is told: said at intake, set right or changed later."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.applications import queries
from apps.web import contact as contacts
from apps.web.handout import change

from .frame import clerk, side


@clerk
@require_http_methods(["GET", "POST"])
def handout(request: HttpRequest, pk: int) -> HttpResponse:
    row = queries.get(request.actor, pk)
    back = reverse("counter:case", args=[pk])
    return change(request, row, back=back, base="counter/base.html", side=side(request))


@clerk
@require_http_methods(["GET", "POST"])
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    back = reverse("counter:case", args=[pk])
    return contacts.change(request, pk, back=back, page="counter/confirm.html", side=side(request))
