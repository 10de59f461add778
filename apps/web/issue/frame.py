"""The rooms of the desk at the side of every page."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse


def side(request: HttpRequest, waiting: int | None = None) -> list[dict]:
    actor, here = request.actor, request.path
    links = []
    if actor.has("issue_clerk"):
        links += [("待领取", reverse("issue:home"), waiting), ("快递寄出", reverse("issue:parcels"), None)]
        links.append(("出件登记", reverse("issue:register"), None))
    if actor.has("seal_keeper"):
        links.append(("用印登记", reverse("issue:seal"), None))
    if here == reverse("issue:seal_register"):
        here = reverse("issue:seal")  # what is refused or registered is told in the same room
    return [{"text": text, "href": href, "count": count, "current": here == href} for text, href, count in links]
