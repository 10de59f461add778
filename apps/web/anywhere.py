"""One address for a case, whoever opens it: messages lead there, and each is shown the case at his own desk."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from apps.applications import queries, queries_consultation, queries_review
from apps.applications.sight import desks
from apps.directory.policy import DEPARTMENT_ROLES
from apps.kit.errors import NotYours

from .access import to_sign_in
from .shell import actor_of


@never_cache
@require_GET
def case(request: HttpRequest, pk: int) -> HttpResponse:
    actor = actor_of(request)
    if actor.id is None:
        return to_sign_in(request)
    try:
        row = queries.get(actor, pk)
    except NotYours:
        if opinion := queries_consultation.asked_about(actor, pk):
            return redirect("review:opinion", opinion)
        raise
    if actor.kind == "person":
        return redirect("citizen:mine", pk)
    if job := queries_review.job_of_mine(actor, row):
        return redirect("review:job", job.pk)
    if row.lead in desks(actor):
        return redirect("review:lead_case", pk)
    if actor.has("clerk") and queries.needs(actor, row) is None:
        return redirect("counter:case", pk)
    if actor.has("supervisor"):
        return redirect("oversight:case", pk)
    return redirect("desk")


def from_the_counter(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A counter's page of one case shows all of it: it is for who reaches the case from a counter, or oversees it. Who sees it by the
    post of a department alone, and has a counter elsewhere, needs a part of it (sight.needs) and is led to his own desk."""

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        actor, pk = request.actor, kwargs.get("pk")
        if pk is not None and actor.roles & set(DEPARTMENT_ROLES):
            with suppress(NotYours):  # the page says so itself: a second click on what the first threw away goes on there
                if queries.needs(actor, queries.get(actor, pk)) is not None:
                    return redirect("case_anywhere", pk)
        return view(request, *args, **kwargs)

    return guarded
