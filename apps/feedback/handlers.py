"""Doors for events of the clocks below: whose clock is a letter's, looks at its letter."""

from __future__ import annotations

from apps.deadlines.models import Clock
from apps.journal.models import Event

from . import actions
from .models import Rectification


def clock_changed(event: Event) -> None:
    """A letter's day has passed, or a changed calendar has moved it."""
    clock = Clock.objects.get(pk=event.root_id)
    if clock.kind not in Clock.BESIDE:
        return
    if event.name == "clock.lapse":
        actions.mark_overdue(rectification=clock.subject_id, kind=clock.kind)
    elif clock.kind == Clock.Kind.RECTIFY and clock.due_on:
        Rectification.objects.filter(pk=clock.subject_id).update(due_on=clock.due_on)
