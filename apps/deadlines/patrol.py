"""States of clocks that should be impossible."""

from datetime import timedelta

from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat

from apps.journal.invariants import invariant
from apps.journal.models import Delivery, Event
from apps.kit.time import now, today

from .models import Clock, Recount
from .queries import shelf
from .queries_clocks import measure

NEWEST = 1000  # clocks counted again in one patrol: the older ones were counted before
# The days of the lights are left out: a new rule of lights is for clocks that start under it.
COUNTED = ("legal_due", "promised_due", "due_on", "legal_left", "promised_left")


@invariant("deadlines.sweep_keeps_up")
def sweep_keeps_up():
    """A moment that passed an hour ago and still waits: nobody sweeps, and nobody is warned.

    A clock may begin, or go on, in days that are over (an acceptance by silence that is told late, a procedure registered as ended):
    where its subject, or itself, was moved within the hour its moment may have been over already, and is the next sweep's.
    """
    hour = now() - timedelta(hours=1)
    text = CharField()
    subject = Q(subject_type=OuterRef("subject_type"), subject_id=Cast(OuterRef("subject_id"), text))
    itself = Q(subject_type="clock", subject_id=Cast(OuterRef("pk"), text))
    chains = (
        Concat(Value("application:"), OuterRef("root_id"), output_field=text),
        Concat(OuterRef("subject_type"), Value(":"), OuterRef("subject_id"), output_field=text),  # a letter has a chain of its own
        Concat(Value("clock:"), OuterRef("pk"), output_field=text),
    )
    moved = Event.objects.filter(subject | itself, chain__in=chains, at__gt=hour)
    late = Clock.objects.filter(~Exists(moved), next_change_at__lt=hour).order_by("next_change_at")[:20]
    for clock in late:
        yield {"what": "期限已到而没有变灯", "where": clock.chain, "since": clock.next_change_at.isoformat()}


@invariant("deadlines.stored_days_follow_from_facts")
def days_follow():
    """The stored days of an open clock are what start, limits, pauses, extension and calendar give, and its light what its days say."""
    if _calendar_changes_wait():
        return
    rows = Clock.objects.with_intervals().exclude(state=Clock.State.STOPPED)
    clocks = list(rows.exclude(legal=None, promised=None).order_by("-pk")[:NEWEST])
    found = shelf() if clocks else None
    for clock in clocks:
        measured = measure(clock, found)
        wrong = [name for name in COUNTED if getattr(clock, name) != getattr(measured, name)]
        if not _turns(clock) and clock.light != clock.light_on(today()):
            wrong.append("light")
        if wrong or measured.paused != (clock.state == Clock.State.PAUSED):
            yield {"what": "登记的期限与起算日、暂停、延长和日历算出的不一致", "where": clock.chain, "columns": wrong}


@invariant("deadlines.outcome_follows_from_its_days")
def outcome_follows():
    """In time is what ended on its last day or before (K11)."""
    ended = Clock.objects.filter(state=Clock.State.STOPPED, due_on__isnull=False, stopped_on__isnull=False).exclude(outcome="").order_by("-pk")
    for clock in ended.only("kind", "subject_type", "subject_id", "outcome", "stopped_on", "due_on")[:NEWEST]:
        if (clock.outcome == "on_time") != (clock.stopped_on <= clock.due_on):
            yield {"what": "登记的按期或者逾期与期限、结束日不一致", "where": clock.chain}


def _turns(clock: Clock) -> bool:
    """Its light is to rise by now: that is the next sweep's."""
    return clock.next_change_at is not None and clock.next_change_at <= now()


def _calendar_changes_wait() -> bool:
    """A new calendar is out and its recount is not done: until then clocks lawfully stand by the old one.

    A delivery that is stuck excuses nothing: its clocks would stand by the old calendar for good.
    """
    unheard = Delivery.objects.filter(listener__startswith="deadlines.", state=Delivery.PENDING)
    return Recount.objects.filter(finished_at=None).exists() or unheard.exists()
