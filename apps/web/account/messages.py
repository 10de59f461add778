"""One's own messages: read, opened, marked."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from apps.applications import queries as applications
from apps.directory import actions, queries
from apps.journal.actor import Actor
from apps.kit.paging import keyset_page

UNREAD = "unread"


@never_cache
@login_required
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    only = request.GET.get("show") == UNREAD
    rows = queries.messages_for(request.actor, unread=only)
    page = keyset_page(rows, ("-id",), request.GET.get("page"), 30)
    _name_cases(request.actor, page.rows)
    return render(request, "account/messages.html", {"page": page, "only_unread": only})


def _name_cases(actor: Actor, rows: list) -> None:
    """A citizen's messages are titled by the item: who has several of one item is told which. A colleague's title has the number."""
    about = {row.root_id for row in rows if row.root_id} if actor.party_ids else set()
    numbers = dict(applications.applications_for(actor).filter(pk__in=about).values_list("pk", "number")) if about else {}
    for row in rows:
        row.number = numbers.get(row.root_id) or ""


@login_required
@require_POST
def opened(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark it and go where it leads (its page, or its case), or back to the list."""
    row = actions.read_message(by=request.actor, message=pk)
    if "stay" in request.POST:
        return redirect(_list(request))
    case = reverse("case_anywhere", args=[row.root_id]) if row.root_id else _list(request)
    return redirect(row.link or case)


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    newest = request.POST.get("until", "")
    known = newest.isascii() and newest.isdigit() and len(newest) < 19
    done = actions.read_messages(by=request.actor, until=int(newest)) if known else 0
    messages.success(request, f"已将 {done} 条消息标为已读。" if done else "没有未读的消息。")
    return redirect(_list(request))


def _list(request: HttpRequest) -> str:
    return reverse("messages") + (f"?show={UNREAD}" if request.POST.get("show") == UNREAD else "")
