"""补发 at the issue desk: who lost his paper asks where it was given to him."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.applications import queries
from apps.kit.errors import NotYours
from apps.web.access import staff
from apps.web.reissue import reissue_page

from .frame import side


@require_http_methods(["GET", "POST"])
@staff("issue_clerk")
def reissue(request: HttpRequest, pk: int, member: int) -> HttpResponse:
    application = queries.get(request.actor, pk)
    row = application.members.filter(pk=member).select_related("commitment").first()
    if row is None:
        raise NotYours
    row.application = application
    return reissue_page(request, row, back=reverse("issue:hand_over", args=[pk]), side=side(request), desk="统一出件")
