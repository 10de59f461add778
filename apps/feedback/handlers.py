"""Doors for events of the clocks below: whose clock is a letter's, looks at its letter."""

from __future__ import annotations

from datetime import date

from apps.deadlines.models import Clock
from apps.journal.models import Event

from . import actions


def clock_changed(event: Event) -> None:
    """A letter's day has passed, or a changed calendar has moved it."""
    clock = Clock.objects.get(pk=event.root_id)
    if clock.subject_type not in Clock.BESIDE:  # a broken commitment is put right by a day too
        return
    if event.name == "clock.lapse":
        actions.mark_overdue(rectification=clock.subject_id, kind=clock.kind)
        return
    old, new = event.facts["old"].get("due_on"), event.facts["new"].get("due_on")
    if old and new:
        actions.redate(clock=clock, old=date.fromisoformat(old), new=date.fromisoformat(new), facts=event.facts)
