"""What the lead department of a one-thing sees of the whole: every item's progress, and what it may do about it."""

from __future__ import annotations

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from apps.journal.actor import Actor
from apps.kit.time import beijing_date, today

from . import policy, whole
from .models import Application, Member
from .queries import applications_for
from .queries_case import Case, case
from .sight import desks


def led(actor: Actor) -> QuerySet[Application]:
    """Running one-things that the actor's departments lead, with `total` items of which `over` have ended or are decided."""
    rows = applications_for(actor).filter(lead__in=desks(actor), state__in=Application.ACCEPTED)
    # Of the row, not over a join: that would count the items of all that is led for a page of fifty.
    counted = Member.objects.filter(application=OuterRef("pk")).order_by().values("application")
    total, over = (
        Subquery(counted.annotate(n=Count("pk", filter=which)).values("n"))
        for which in (None, Q(state__in=whole.OVER))
    )
    return rows.annotate(total=total, over=over)


def overview(actor: Actor, pk: int) -> Case:
    """The case as `case` cuts it, for its lead and the supervisor. Raises NotYours, Forbidden."""
    found = case(actor, pk)
    policy.allow_application(actor, "coordinate", found.application)
    return found


def to_chase(found: Case) -> list[Member]:
    """Items under review that nobody has reminded today."""
    told = {e.subject for e in found.story if e.name == "member.remind" and beijing_date(e.at) == today()}
    return [m for m in found.members if m.state in Member.UNDECIDED and f"member:{m.pk}" not in told]


SPOKEN = ("job.conclude", "member.grant", "member.refuse")


def coordinated(found: Case) -> str:
    """What the lead wrote about opinions that go apart, "" while the newest opinion is younger."""
    names = [entry.name for entry in found.story]
    last = max((place for place, name in enumerate(names) if name in SPOKEN), default=-1)
    return next((e.detail for e in found.story[last + 1 :] if e.name == "application.coordinate"), "")
