"""Who may change the calendar. Clocks themselves are moved by cases and by time, never by a person."""

from __future__ import annotations

from apps.kit.errors import Forbidden
from apps.kit.places import city_of

KEEPER = "node_admin"


def allow_calendar(actor, verb: str, subject) -> None:
    """Arrangements, statute book and lights hold for the whole city: its administrator, or the system."""
    if not (actor.is_system or keeps_city(actor)):
        raise Forbidden("只有市本级节点管理员可以维护工作日历。")


def allow_exception(actor, verb: str, exception) -> None:
    """A local exception: the administrator of that node or of the city; for all nodes only the latter."""
    if actor.is_system or keeps_city(actor):
        return
    if not exception.region or not actor.oversees(KEEPER, exception.region):
        raise Forbidden("只有本节点或市本级的节点管理员可以登记本地例外。")


def keeps_city(actor) -> bool:
    """The administrator of the city's own node."""
    return any(post.role == KEEPER and post.oversees(city_of(post.node)) for post in actor.posts)
