"""常用视图: filters that a reviewer keeps for himself.

They are only bookmarks, so they live in a signed cookie of their user (one per account, so that two who share a computer
do not meet) and cost no table and no statement. The words searched for are never kept: they may name a person.
"""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.directory.policy import DESK_ROLES
from apps.kit.forms import BaseForm
from apps.web.access import staff

KEPT = ("state", "light", "code", "assignee")
MOST = 8
YEAR = 365 * 24 * 3600  # seconds


def _cookie(request: HttpRequest) -> str:
    return f"review_views_{request.actor.id}"


def kept(request: HttpRequest) -> list[tuple[str, str]]:
    """[(name, query string)] of this user in this browser; a forged or foreign cookie holds nothing."""
    try:
        rows = signing.loads(request.COOKIES.get(_cookie(request), ""), salt=_cookie(request))
    except signing.BadSignature:
        return []
    return [(name, query) for name, query in rows]


def _keep(request: HttpRequest, rows: list[tuple[str, str]], target: str) -> HttpResponse:
    response = redirect(target)
    response.set_cookie(
        _cookie(request),
        signing.dumps(rows, salt=_cookie(request), compress=True),
        max_age=YEAR,
        path=reverse("review:home"),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )
    return response


class SaveForm(BaseForm):
    name = forms.CharField(label="名称", max_length=12)
    state = forms.CharField(max_length=20, required=False)
    light = forms.CharField(max_length=20, required=False)
    code = forms.CharField(max_length=64, required=False)
    assignee = forms.CharField(max_length=20, required=False)


@require_POST
@staff(*DESK_ROLES)
def save(request: HttpRequest) -> HttpResponse:
    """Keep the filters that are set under a name (the newest of a name wins), and go to them."""
    form = SaveForm(request.POST)
    if not form.is_valid():
        return redirect(f"{reverse('review:home')}?{_query(form.cleaned_data)}&unnamed=1")
    query = _query(form.cleaned_data)
    rows = [row for row in kept(request) if row[0] != form.cleaned_data["name"]]
    return _keep(request, [*rows, (form.cleaned_data["name"], query)][-MOST:], f"{reverse('review:home')}?{query}")


@require_POST
@staff(*DESK_ROLES)
def forget(request: HttpRequest) -> HttpResponse:
    name = request.POST.get("name", "")
    return _keep(request, [row for row in kept(request) if row[0] != name], reverse("review:home"))


def _query(given: dict) -> str:
    return urlencode({name: given[name] for name in KEPT if given.get(name)})
