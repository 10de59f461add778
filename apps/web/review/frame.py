"""What every page of the desk shares: its rooms at the side, and for whom one stands in today."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from apps.directory import queries as directory
from apps.directory.policy import DESK_ROLES
from apps.journal.actor import Actor
from apps.web.shell import oversight_rooms

from . import views

CASE_ROLES = (*DESK_ROLES, "supervisor")


def side(request: HttpRequest, counts: dict[str, int] | None = None) -> list[dict]:
    """Links of the side navigation; `counts` = queries.inbox_counts where the page has them."""
    actor, here = request.actor, request.get_full_path()
    if not actor.roles & set(DESK_ROLES):
        return oversight_rooms(request)  # a supervisor who reads or passes on a piece of work keeps his own rooms
    home, links = reverse("review:home"), []

    def link(text: str, href: str, count: str = "") -> None:
        number = (counts or {}).get(count)
        if number is not None:
            number = "999+" if number > 999 else number
        links.append({"text": text, "href": href, "count": number, "current": here == href})

    link("全部待办", home, "open")
    if actor.has("reviewer"):
        link("我手上的", f"{home}?state=in_hand&assignee=me", "mine")  # no opinion that waits for the head
        link("待领办", f"{home}?state=assigned", "unclaimed")
    if actor.has("head"):
        link("待我决定", reverse("review:countersign"), "concluded")
    link("特别程序中", f"{home}?state=paused", "paused")
    link("我的踏勘", reverse("review:inspections"))
    link("征求我的意见", reverse("review:opinions"))
    link("我征求的意见", reverse("review:consultations"))
    for name, query in views.kept(request):
        link(name, f"{home}?{query}")
    link("牵头的一件事", reverse("review:led"))
    link("红黄牌", reverse("cards"))
    link("承诺核查", reverse("review:commitments"))
    link("注销申请", reverse("review:cancellations"))
    link("已结束", reverse("review:done"))
    if actor.has("supervisor"):
        link("退回分办", reverse("review:router"))
    return links


def standing_in(actor: Actor) -> list[str]:
    """["徐国平"]: absent colleagues whose department posts the actor holds today (AB岗)."""
    absent = {post.acting_for for post in actor.posts if post.acting_for and post.role in DESK_ROLES}
    return sorted(directory.names_of(absent).values())
