"""Numbers that were not kept from the beginning: counted once, from the rows, for what the rollup had read by then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from django.db.models import Exists, OuterRef, TextField
from django.db.models.functions import Cast

from apps.applications.models import Application, Member
from apps.journal.models import Event

from . import instant, runs
from .models import FROM, Progress
from .reading import counted_by, uncounted

RECEIVE, TERMINATE = "application.receive", "member.terminate"


def terminated_before(progress: Progress) -> Counter:
    """Those that were ended before their number was kept; the rows tell where and when."""
    members = Event.objects.filter(counted_by(progress), name=TERMINATE).values_list("subject_id", flat=True)
    rows = Member.objects.filter(pk__in=[int(pk) for pk in members])
    days: Counter = Counter()
    for day, node, department in rows.values_list("ended_on", "application__node_id", "department_id"):
        for scope in ("", department):
            days[day, node, scope, "terminated"] += 1
    return days


def received_before(progress: Progress, moved: list[Event]) -> Counter:
    """The channels of what was received before they were counted; the rows tell them. `moved`: moves that are not counted yet, the newest first."""
    fresh = Exists(uncounted(progress).filter(name=RECEIVE, subject_id=Cast(OuterRef("pk"), TextField())))  # in the statement of the rows: who comes in meanwhile is in both or none
    stood = {int(event.root_id): event.facts["before"] for event in moved}  # what is moved is counted where it stood
    rows = Application.objects.filter(~fresh, number__isnull=False).values_list("pk", "receipt_date", "node_id", "departments", "channel")
    days: Counter = Counter()
    for pk, day, node, departments, channel in rows.iterator():
        for scope in ("", *stood.get(pk, departments)):
            days[day, node, scope, FROM[channel]] += 1
    return days


def served_before(progress: Progress) -> Counter:
    """The runs of results that were served before they were counted; what was taken back is taken off, as the events have it."""
    days: Counter = Counter()
    for events, places in _read(progress, runs.STEPS):
        ran, of_each = runs.counted(events, places)
        days.update(ran)
        runs.keep(of_each)
    return days


def beyond_before(progress: Progress) -> Counter:
    """Of the same those that cost more than was promised."""
    return Counter({key: n for key, n in served_before(progress).items() if key[-1] == runs.BEYOND})


def decided_before(progress: Progress) -> Counter:
    """What was decided on the spot before it was counted."""
    days: Counter = Counter()
    for events, places in _read(progress, instant.DECIDES):
        days.update(instant.counted(events, places))
    return days


def _read(progress: Progress, names: Iterable[str]) -> Iterator[tuple[list[Event], dict]]:
    """Some at a time: events of members that the rollup has read, and where the members belong."""
    rest = Event.objects.filter(counted_by(progress), name__in=names).order_by("pk").iterator()
    while some := list(islice(rest, 2000)):
        members = Member.objects.filter(pk__in={int(event.subject_id) for event in some})
        yield some, {pk: place for pk, *place in members.values_list("pk", "application__node_id", "department_id")}
