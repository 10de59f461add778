"""What this room does when the calendar changed. An answer given twice changes nothing the second time."""

from __future__ import annotations

from datetime import date

from celery import current_app
from django.db import transaction

from apps.journal.models import Event
from apps.kit.days import day_cn

from . import actions

RECOUNT = "deadlines.recount"


def recompute_for_calendar(event: Event) -> None:
    """edition.load and edition.publish: the years whose arrangements changed."""
    years = event.facts["years"]
    if years:
        span = f"{min(years)}" if len(years) == 1 else f"{min(years)}—{max(years)}"
        why = event.facts.get("why") or f"{span}年的放假安排有变更"
        _open(event, date(min(years), 1, 1), date(max(years), 12, 31), why=why)


def recompute_for_exception(event: Event) -> None:
    """localexception.register and .withdraw: one day at one node."""
    facts = event.facts
    day = date.fromisoformat(facts["day"])
    what = "本地照常上班" if facts.get("working") else "本地停业"
    if event.name == "localexception.withdraw":
        what = f"撤销“{what}”"
    _open(
        event,
        day,
        day,
        region=facts["region"],
        why=f"{day_cn(day)}{what}：{facts.get('reason', '')}",
    )


def _open(event: Event, first: date, last: date, **more) -> None:
    """The work itself has transactions of its own, so it is asked for here and done by a task; its tick does it as well."""
    if actions.open_recount(first, last, event=event, **more):
        transaction.on_commit(lambda: current_app.send_task(RECOUNT, ignore_result=True, retry=False), robust=True)
