"""更正补发 on the review desk: the head puts right what the department's certificate says, or gives it once more."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.applications import queries_review
from apps.web.access import staff
from apps.web.reissue import reissue_page

from .frame import CASE_ROLES, side


@require_http_methods(["GET", "POST"])
@staff(*CASE_ROLES)
def reissue(request: HttpRequest, pk: int) -> HttpResponse:
    job = queries_review.job(request.actor, pk)
    job.member.application = job.application
    back = reverse("review:job", args=[pk])
    return reissue_page(request, job.member, back=back, side=side(request), desk="部门审批")
