"""Who sees a card and who may do what with it: its department answers, whoever oversees the node withdraws."""

from __future__ import annotations

from django.db.models import Q

from apps.directory.policy import DESK_ROLES
from apps.journal.actor import Actor, PostFacts
from apps.kit.errors import Forbidden, NotYours

CARD_VERBS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("give", "announce", "lapse"), frozenset({"system"})),
    "answer": frozenset({"head"}),
    "withdraw": frozenset({"supervisor"}),
}


def scope_cards(actor: Actor) -> Q:
    """Which cards exist for the actor. `_posts` gives the same answer for one row."""
    if actor.is_system:
        return Q()
    seen = Q(pk__in=[])
    for post in actor.posts:
        if post.role == "supervisor":
            seen |= Q(**post.overseen("node__code"))
        elif post.role in DESK_ROLES and post.department:
            seen |= Q(department_id=post.department)
    return seen


def _posts(actor: Actor, card) -> dict[str, PostFacts]:
    """The posts by which the actor sees the card, by role; his own before lent ones."""
    held: dict[str, PostFacts] = {}
    for post in sorted(actor.posts, key=lambda post: post.acting_for is None):
        near = post.oversees(card.node_id) if post.role == "supervisor" else post.role in DESK_ROLES
        if near and (post.role == "supervisor" or post.department == card.department_id):
            held[post.role] = post
    return held


def allow_card(actor: Actor, verb: str, card) -> PostFacts | None:
    """The post that entitles him. Raises NotYours when the card does not exist for the actor, Forbidden when no post does."""
    if actor.is_system:
        if "system" not in CARD_VERBS[verb]:
            raise Forbidden
        return None
    held = _posts(actor, card)
    if not held:
        raise NotYours
    fitting = sorted(CARD_VERBS[verb] & held.keys())
    if not fitting:
        raise Forbidden
    return held[fitting[0]]
