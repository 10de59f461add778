"""What this room does when the calendar changed. An answer given twice changes nothing the second time."""

from __future__ import annotations

from datetime import date

from apps.journal.models import Event

from . import actions


def recompute_for_calendar(event: Event) -> None:
    """edition.load: the years whose arrangements changed."""
    years = event.facts["years"]
    if years:
        actions.recompute(date(min(years), 1, 1), date(max(years), 12, 31))


def recompute_for_exception(event: Event) -> None:
    """localexception.register and .withdraw: one day at one node."""
    day = date.fromisoformat(event.facts["day"])
    actions.recompute(day, day, region=event.facts["region"])
