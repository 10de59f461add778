"""Who acts for whom: mandates that stand, those held and given, and for whom one may apply today."""

from __future__ import annotations

from datetime import date

from django.db.models import DateTimeField, Q, QuerySet
from django.db.models.functions import Cast, Coalesce

from apps.journal.actor import Actor
from apps.kit.errors import NotYours
from apps.kit.time import today

from .models import Mandate, Party

PAST = 200  # mandates that are over: more of them are not shown


def standing_mandate(principal: int, agent: int, code: str, day: date | None = None) -> Mandate | None:
    """The mandate by which the agent may act for the principal in this item on a day (today), or None.

    For rooms above that have shown the actor's right to the case of these two.
    """
    on = day or today()
    rows = standing_on(on).filter(principal=principal, agent=agent).order_by("-pk")
    return next((row for row in rows if not row.scope or code in row.scope), None)


def standing_on(day: date) -> QuerySet[Mandate]:
    """Every mandate that stands on the day."""
    rows = Mandate.objects.filter(revoked_at__isnull=True, valid_from__lte=day)
    return rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day))


def representatives(principal: int) -> frozenset[int]:
    """Parties that act for this one by law today: its legal representative, the parents of a child."""
    rows = standing_on(today()).filter(principal=principal, kind__in=Mandate.BY_LAW)
    return frozenset(rows.values_list("agent_id", flat=True))


def last_day_by_law(principal: int, agent: int) -> date | None:
    """Until when the agent stands for the principal by law, where that has an end: a child grows up."""
    days = standing_on(today()).filter(principal=principal, agent=agent, kind__in=Mandate.BY_LAW).values_list("valid_to", flat=True)
    return None if None in days else max(days, default=None)


def principals_of(actor: Actor) -> list[Party]:
    """One's own party first, then those for which the actor stands by law: for whom he may authorise handlers."""
    if actor.kind != "person" or not actor.party_ids:
        return []
    me = actor.party_ids[0]
    by_law = standing_on(today()).filter(agent=me, kind__in=Mandate.BY_LAW).values("principal")
    rows = list(Party.objects.filter(Q(pk=me) | Q(pk__in=by_law)).order_by("pk"))
    return sorted(rows, key=lambda party: party.pk != me)


def principals_for(actor: Actor, code: str) -> list[Party]:
    """For whom the actor may apply for this item today: himself first, then those whose mandate covers it."""
    own = actor.party_ids[:1]
    pks = {*actor.party_ids, *(party for party, item in actor.scoped if item == code)}
    return sorted(Party.objects.filter(pk__in=pks), key=lambda party: (party.pk not in own, party.pk))


def principals_beside(actor: Actor, code: str) -> list[Party]:
    """Who let the actor act, but in other items than this one; no statement where there is nobody."""
    pks = {party for party, _ in actor.scoped} - {party for party, item in actor.scoped if item == code} - set(actor.party_ids)
    return list(Party.objects.filter(pk__in=pks).order_by("pk")) if pks else []


def mandates_held(actor: Actor) -> list[Mandate]:
    """By which the actor acts for others, today or later, ended ones left out."""
    rows = Mandate.objects.filter(agent__in=actor.party_ids[:1], revoked_at__isnull=True)
    rows = rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=today()))
    return list(rows.select_related("principal", "agent").order_by("kind", "pk"))


def mandates_ended(agent: int, principal: int | None = None, code: str = "") -> list[Mandate]:
    """What once let the agent act (for this principal, in this item) and no longer does, the latest first."""
    rows = Mandate.objects.filter(agent=agent, **({"principal": principal} if principal else {}))
    if code:  # in the statement: who acted in many items hears of this one no more, though more than 20 others ended after it
        rows = rows.filter(Q(scope=[]) | Q(scope__contains=[code]))
    over = rows.filter(Q(revoked_at__isnull=False) | Q(valid_to__lt=today())).select_related("principal")
    return list(over.order_by(Coalesce("revoked_at", Cast("valid_to", DateTimeField())).desc(), "-pk")[:20])


def mandates_given(actor: Actor) -> list[Mandate]:
    """What one's own party, and those the actor represents by law, have given, newest first: running and future ones, each of which
    may be taken back, then of the others the latest."""
    rows = Mandate.objects.filter(principal__in=[party.pk for party in principals_of(actor)]).exclude(kind__in=Mandate.BY_LAW)
    rows = rows.select_related("principal", "agent").order_by("-pk")
    over = Q(revoked_at__isnull=False) | Q(valid_to__lt=today())
    return [*rows.exclude(over), *rows.filter(over)[:PAST]]


def mandate_for(actor: Actor, pk: int) -> Mandate:
    """One that the actor gave or holds. Raises NotYours."""
    found = next((row for row in (*mandates_held(actor), *mandates_given(actor)) if row.pk == pk), None)
    if found is None:
        raise NotYours
    return found
