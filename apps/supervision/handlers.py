"""Lights that turned, and days that were counted again. An answer given twice changes nothing the second time."""

from __future__ import annotations

from datetime import date

from apps.applications import actions as applications
from apps.journal.models import Event

from . import actions

LIGHTS = {"clock.turn_yellow": "yellow", "clock.turn_red": "red", "clock.lapse": "overdue"}


def light_turned(event: Event) -> None:
    due_on = date.fromisoformat(event.facts["due_on"])
    if event.name == "clock.lapse" and event.facts["kind"] in ("decision", "bundle"):
        applications.end_by_law(application=event.facts["root"])  # on the same day: the law comes before the card
    actions.give_card(clock=int(event.root_id), light=LIGHTS[event.name], due_on=due_on)


def days_moved(event: Event) -> None:
    actions.lapse_cards(clock=int(event.root_id), why=event.facts["why"] or "期限重新计算")
