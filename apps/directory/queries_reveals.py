"""Who looked at personal data in full: for the auditor of a node, and for the person himself (PIPL 45)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet

from apps.journal.actor import Actor
from apps.kit.ids import plain_name
from apps.kit.time import beijing_midnight, today

from . import policy
from .models import Region, Reveal


def reveals_of(actor: Actor, applications: QuerySet, *, child: int | None = None) -> QuerySet[Reveal]:
    """Who looked at one's own data in full, or at those of a child one stands for, and why (PIPL 45): at the party, or at a case among
    its `applications`."""
    whose = actor.party_ids[:1] if child is None else {child}.intersection(actor.party_ids)
    own = Reveal.objects.filter(subject_type="party", subject_id__in=whose)
    theirs = Reveal.objects.filter(subject_type="application", subject_id__in=applications.values("pk"))
    # Two lookups beside each other: with OR the register was read from end to end.
    return Reveal.objects.filter(pk__in=own.values("pk").union(theirs.values("pk"), all=True))


def reveals_for(
    actor: Actor,
    *,
    since: date | None = None,
    until: date | None = None,
    person: str = "",
    subject: str = "",
    node: str | None = None,
) -> QuerySet[Reveal]:
    """Reveals by people of the auditor's nodes, between two Beijing dates (both included), newest first.

    `person` is part of a viewer's name or account, `subject` part of a masked name or `party:12`. Raises Forbidden.
    """
    policy.allow_reveal_list(actor)
    found = Reveal.objects.select_related("by").order_by("-at", "-id")
    nodes = policy.audit_nodes(actor)
    if nodes is not None:
        found = found.filter(node_code__in=nodes)
    if node:
        found = found.filter(node_code=node)
    if since:
        found = found.filter(at__gte=beijing_midnight(since))
    if until:
        found = found.filter(at__lt=beijing_midnight(until, 1))
    if words := person.strip():
        found = found.filter(Q(by__name__icontains=words) | Q(by__name__icontains=plain_name(words)) | Q(by__username__icontains=words.lower()))
    if words := subject.strip():
        kind, mark, number = words.partition(":")
        if mark and number.isascii() and number.isdigit():
            found = found.filter(subject_type=kind, subject_id=int(number))
        else:
            found = found.filter(Q(subject_label__icontains=words) | Q(subject_label__icontains=plain_name(words)))
    return found


def places_of(reveals: Iterable[Reveal]) -> dict[str, str]:
    """{code: name} of the nodes where these were, also of one that is no more."""
    on = today()
    return {one.pk: one.told_on(on) for one in Region.objects.filter(pk__in={reveal.node_code for reveal in reveals})}
