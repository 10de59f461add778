"""What lies at the issue desk, and finding the case of whoever stands before it."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.applications import queries, queries_issue
from apps.kit.forms import BaseForm
from apps.kit.paging import Page, keyset_page
from apps.web.access import staff
from apps.web.numbers import SCANNED

from .frame import side

FOUND = 50  # results of one search
ELSEWHERE = 10  # cases told that are not ready


class SearchForm(BaseForm):
    q = forms.CharField(
        label="办件编号、申请人证件号码或名称",
        required=False,
        max_length=SCANNED,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off", "inputmode": "search"}),
    )


@require_http_methods(["GET", "POST"])
@staff("issue_clerk", "seal_keeper")
def home(request: HttpRequest) -> HttpResponse:
    """Results ready at this desk, the oldest decision first. A search is posted, since it may hold an identity number;
    one that fits one case leads straight to it."""
    actor = request.actor
    if not actor.has("issue_clerk"):
        return redirect("issue:seal")
    form = SearchForm(request.POST if request.method == "POST" else None, auto_id="search_%s")
    words = form.cleaned_data["q"] if form.is_bound and form.is_valid() else ""
    told = {"search": form, "has_errors": bool(form.errors), "words": words, "side": side(request)}
    if words:
        cases = queries.find(actor, words)
        rows = list(
            queries_issue.issue_queue(actor).filter(application__in=cases.values("pk")).order_by("decided_on")[:FOUND]
        )
        if len({row.application_id for row in rows}) == 1:
            return redirect("issue:hand_over", rows[0].application_id)
        told["page"] = Page(rows)
        told["elsewhere"] = [] if rows else list(cases.order_by(*queries.order(words))[:ELSEWHERE])
    else:
        told["page"] = keyset_page(queries_issue.issue_queue(actor), ("decided_on", "id"), request.GET.get("page"))
    queries_issue.put_ways(told["page"].rows)
    queries_issue.put_clocks(told["page"].rows)
    return render(request, "issue/home.html", told, status=form.status)
