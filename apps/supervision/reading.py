"""Which events are counted and which are not yet: by the number of the transaction that wrote them, since a smaller id may be
committed later than a larger one. In a new cluster, into which the house was restored, these numbers begin again: what came
before is then told from what comes after by the id, and Progress keeps the last of the old ones (`after_event`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db import connection
from django.db.models import Q, QuerySet

from apps.journal.models import Event

from .models import Progress

BATCH = 5000
REROUTE = "job.reroute"
# Where a case takes other departments; those that left it as it was tell of none.
MOVES = (REROUTE, "application.correct", "application.amend")


def unread(progress: Progress, horizon: int) -> tuple[Iterable[list[Event]], int]:
    """The next ones, so many at once as fit into memory, and the number below which all are read with them."""
    rows = uncounted(progress).filter(tx__lt=horizon).order_by("tx", "pk")
    events = list(rows[:BATCH])
    if len(events) < BATCH:
        return [events], horizon
    # Whole transactions only: the last one may go on beyond the batch.
    last = events[-1].tx
    whole = [event for event in events if event.tx < last]
    return ([whole], last) if whole else (_in_turn(rows.filter(tx=last)), last + 1)


def _in_turn(rows: QuerySet[Event]) -> Iterator[list[Event]]:
    """Of one transaction: a made-up city of a million cases was written in one, twenty million events."""
    after = 0
    while events := list(rows.filter(pk__gt=after).order_by("pk")[:BATCH]):
        yield events
        after = events[-1].pk


def moved(progress: Progress, events: list[Event] | None = None) -> list[Event]:
    """Moves that are not counted yet, also those above the horizon, the newest first: the rows already stand where these put them.
    Of the cases of these events, with which what is not counted begins; else of all."""
    rows = uncounted(progress).filter(name__in=MOVES)
    if events is not None:
        # Where everything is counted anew, all that is not counted yet cannot be looked through for each part.
        rows = rows.filter(chain__in={event.chain for event in events})
        rows = rows.exclude(tx=events[0].tx, pk__lt=events[0].pk)  # of a transaction that is counted in parts
    return [event for event in rows.order_by("-pk") if moves(event)]


def moves(event: Event) -> bool:
    return event.name in MOVES and "before" in event.facts


def counted_by(progress: Progress) -> Q:
    return Q(tx__lt=progress.horizon) | Q(pk__lte=progress.after_event)


def uncounted(progress: Progress) -> QuerySet[Event]:
    return Event.objects.filter(tx__gte=progress.horizon, pk__gt=progress.after_event)


def began_anew(progress: Progress) -> bool:
    """Is it another cluster than that of the last count? In the same one no number that was counted is still to be given."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint < %s", [progress.horizon])
        return cursor.fetchone()[0]


def last_of_earlier(progress: Progress) -> int:
    """The last event that an earlier cluster wrote, 0 where there was none: what is new came after the last count of the old one."""
    if not began_anew(progress):
        return progress.after_event
    old = Event.objects.filter(Q(tx__gte=progress.horizon) | Q(at__lte=progress.at))
    return old.order_by("-pk").values_list("pk", flat=True).first() or 0


def left_of_earlier(progress: Progress) -> list[Event]:
    """What the earlier cluster had not counted in its last moments."""
    return list(uncounted(progress).order_by("pk"))


def up_to(progress: Progress, last: int) -> list[Event]:
    return list(Event.objects.filter(pk__gt=progress.after_event, pk__lte=last).order_by("pk")[:BATCH])
