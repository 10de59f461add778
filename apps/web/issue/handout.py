"""Another way to hand out than the one that was chosen: asked for at the issue desk."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.applications import queries
from apps.web.access import staff
from apps.web.anywhere import from_the_counter
from apps.web.handout import change

from .frame import side


@require_http_methods(["GET", "POST"])
@staff("issue_clerk")
@from_the_counter
def handout(request: HttpRequest, pk: int) -> HttpResponse:
    row = queries.get(request.actor, pk)
    back = reverse("issue:hand_over", args=[pk])
    return change(request, row, back=back, base="issue/base.html", side=side(request))
