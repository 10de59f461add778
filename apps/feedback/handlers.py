"""Doors for events of the floor below: a letter's clock, and the calendar by which questions that wait were given their day."""

from __future__ import annotations

from datetime import date

from apps.deadlines.models import Clock
from apps.journal.models import Event
from apps.kit.days import day_cn

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


def calendar_changed(event: Event) -> None:
    """edition.load, edition.publish: whole years; localexception.register, .withdraw: one day at one node."""
    facts = event.facts
    if "day" in facts:
        first = last = date.fromisoformat(facts["day"])
        words = f"{day_cn(first)}的上班安排有变更（{facts.get('reason', '')}）"
    elif not facts["years"]:
        return
    else:
        first, last = date(min(facts["years"]), 1, 1), date(max(facts["years"]), 12, 31)
        words = "、".join(f"{year}年" for year in sorted(set(facts["years"]))[:3]) + "的放假安排有变更"
    actions.redate_enquiries(first=first, last=last, why=facts.get("why") or words)
