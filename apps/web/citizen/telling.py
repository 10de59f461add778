"""A case's story and clocks in the shapes that the components take."""

from __future__ import annotations

from apps.deadlines.models import Clock
from apps.deadlines.queries import shelf
from apps.deadlines.queries_past import explain_clock

K = Clock.Kind
TOLD = {K.NOTICE, K.BUNDLE, K.DECISION, K.CURE, K.GAP, K.DELIVERY}


def timeline_of(story) -> list[dict]:
    """applications.story entries → components/timeline.html; the last one is where it stands now."""
    entries = [{"at": e.at, "title": e.title, "detail": e.detail, "who": e.who} for e in story]
    if entries:
        entries[-1]["state"] = "now"
    return entries


def clocks_told(clocks) -> list[tuple[Clock, list[str]]]:
    """Clocks that concern the applicant, each with its counting, for the tag clock_line; the running ones first.

    Of those that have stopped only the decision's stays: the others have done their service.
    """
    rows = [
        clock
        for clock in clocks
        if clock.kind in TOLD and (clock.state != Clock.State.STOPPED or clock.kind == Clock.Kind.DECISION)
    ]
    rows.sort(key=lambda clock: (clock.state == Clock.State.STOPPED, clock.due_on is None, clock.due_on))
    if not rows:
        return []
    book = shelf()
    return [(clock, explain_clock(clock, book)) for clock in rows]
