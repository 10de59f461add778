"""What the pages of this desk share."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from apps.directory.policy import DESK_ROLES
from apps.kit.errors import DomainError
from apps.kit.time import today
from apps.supervision.queries import places
from apps.web.once import OnceForm

LETTER_ROLES = ("head", "supervisor")
QUESTION_ROLES = ("clerk", *DESK_ROLES, "supervisor")


def side(request: HttpRequest) -> list[dict]:
    letters = [("函告和整改", reverse("feedback:letters")), ("评价", reverse("feedback:ratings"))]
    links = [*(letters if request.actor.roles & set(LETTER_ROLES) else []), ("在线咨询", reverse("feedback:questions"))]
    return [{"text": text, "href": href, "current": request.path == href} for text, href in links]


def nodes_of(actor) -> list[tuple[str, str]]:
    """The nodes among which a supervisor may choose; none where he has but one."""
    if not actor.has("supervisor"):
        return []
    on = today()
    found = [(node.code, node.told_on(on)) for node in places(actor) if actor.oversees("supervisor", node.code)]
    return found if len(found) > 1 else []


def may(actor, verb: str, row) -> bool:
    """For showing a button; the door asks again."""
    try:
        row.policy(actor, verb, row)
    except DomainError:
        return False
    return True


def ask(
    request: HttpRequest, form: OnceForm, do: Callable[[], object], *, said: str, back: str, **told
) -> HttpResponse:
    """One act on a page of its own: asked, done once, told."""
    if request.method == "POST" and form.act(request.actor, do, at=request.path):
        messages.success(request, said)
        return redirect(back)
    return render(request, "web/confirm.html", {"form": form, "back_url": back, "plain": True} | told, status=form.status)
