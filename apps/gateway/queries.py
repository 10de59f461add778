"""What a supervisor sees of the messages that could not be sent."""

from __future__ import annotations

from django.db.models import QuerySet

from apps.applications.models import Application
from apps.journal.actor import Actor

from .models import Outbound


def stuck(actor: Actor) -> QuerySet[Outbound]:
    """Messages that were given up, of the nodes that the actor supervises."""
    posts = [post for post in actor.posts if post.role == "supervisor"]
    rows = Outbound.objects.filter(state=Outbound.State.STUCK)
    if any(post.node.endswith("00") for post in posts):
        return rows
    return rows.filter(region__in=sorted({post.node for post in posts}))


def oldest_stuck(actor: Actor, most: int) -> list[Outbound]:
    """The first of them, each with its `case` (None where it is of none): its key says nothing to a person."""
    rows = list(stuck(actor).order_by("pk")[:most])
    cases = Application.objects.only("number", "name").in_bulk({row.root_id for row in rows if row.root_id})
    for row in rows:
        row.case = cases.get(row.root_id)
    return rows
