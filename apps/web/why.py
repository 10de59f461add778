"""为什么是这一天: a due date explained day by day, for whoever may see the case."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from apps.applications import queries
from apps.deadlines.queries import explain_clock

from .access import to_sign_in
from .shell import actor_of


@never_cache
@require_GET
def why(request: HttpRequest, pk: int) -> HttpResponse:
    actor = actor_of(request)
    if actor.id is None:
        return to_sign_in(request)
    clock, application = queries.clock(actor, pk)
    back = request.GET.get("back", "")
    told = {"clock": clock, "application": application, "lines": explain_clock(clock)}
    if url_has_allowed_host_and_scheme(back, None):
        told["back"] = back
    return render(request, "web/why.html", told)
