"""Lights that turned, and days that were counted again. An answer given twice changes nothing the second time."""

from __future__ import annotations

from datetime import date

from apps.applications import actions as applications
from apps.deadlines.models import Clock
from apps.journal.models import Event
from apps.kit.time import beijing_date

from . import actions

# Of these nothing was left to do when the law had ended the item: what it waits for is looked at first.
UNTIL_DECIDED = ("decision", "bundle", "step", "inspection", "hearing_hold")
LIGHTS = {"clock.turn_yellow": "yellow", "clock.turn_red": "red", "clock.lapse": "overdue"}


def light_turned(event: Event) -> None:
    due_on = date.fromisoformat(event.facts["due_on"])
    if event.facts["kind"] in UNTIL_DECIDED:
        applications.end_by_law(application=event.facts["root"])  # on the same day: the law comes before the card
    actions.give_card(clock=int(event.root_id), light=LIGHTS[event.name], due_on=due_on)


def procedure_served(event: Event) -> None:
    """The time stood still since an earlier day than this one: what the lights have brought since then was never due."""
    on = date.fromisoformat(event.facts["on"])
    if on < beijing_date(event.at):
        why = f"特别程序告知书已于{on:%Y年%-m月%-d日}送达，期限自次日起停止计算"
        about = {"subject_type": event.subject_type, "subject_id": event.subject_id, "kind__in": Clock.HELD}
        for clock in Clock.objects.filter(root_id=event.root_id, **about).exclude(state=Clock.State.STOPPED):
            actions.lapse_cards(clock=clock.pk, why=why)


def days_moved(event: Event) -> None:
    """A light that goes back and is still on was perhaps passed over unseen (after an outage): its card was never given."""
    actions.lapse_cards(clock=int(event.root_id), why=event.facts["why"] or "期限重新计算")
    told = event.facts
    if "light" in told["old"] and told["light"] in LIGHTS.values() and told["due_on"]:
        actions.give_card(clock=int(event.root_id), light=told["light"], due_on=date.fromisoformat(told["due_on"]))


def work_handed_on(event: Event) -> None:
    """Who has the work now is reminded of its days, and owes what a department at which nobody is left owed for it."""
    told = event.facts
    if told["left"] != told["department"]:
        of = {"member": told["member"], "leads": told.get("lead") == told["department"]}
        actions.hand_on_cards(application=int(event.root_id), left=told["left"], **of)
