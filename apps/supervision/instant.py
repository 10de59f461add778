"""Decided on the spot (即办件, by cases): results whose item promises no days, kept under the day of the decision (DOMAIN.md 1H)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

from django.db.models import QuerySet

from apps.deadlines.models import Clock
from apps.journal.models import Event

DECIDES = ("member.grant", "member.deem_renew", "member.refuse")


def clocks() -> QuerySet[Clock]:
    """The decision clocks of members whose promise is of no days."""
    return Clock.objects.filter(kind=Clock.Kind.DECISION, subject_type="member", promised__n=0)


def counted(events: Iterable[Event], places: Mapping[int, tuple]) -> Counter:
    """{(day, node, department, "instant"): how many} of what these events decided; no statement without a decision.

    `places`: {member id: (its node, its department, …)}.
    """
    decided = {int(event.subject_id): event for event in events if event.name in DECIDES}
    sums: Counter = Counter()
    if not decided:
        return sums
    roots = {int(event.root_id) for event in decided.values()}
    for member in clocks().filter(root_id__in=roots, subject_id__in=decided).values_list("subject_id", flat=True):
        node, department, *_ = places[member]
        for scope in ("", department):
            sums[date.fromisoformat(decided[member].facts["on"]), node, scope, "instant"] += 1
    return sums
