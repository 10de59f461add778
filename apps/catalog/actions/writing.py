"""Writes that loading and publishing share: versions taken into their timelines, in bulk."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import date

from apps.journal.door import Action
from apps.kit.time import now, today

from ..models import Definition, DefinitionVersion, Revision
from ..timeline import Slot, Timeline
from ..workflow import VersionState


def open_revision(act: Action) -> Revision:
    """The catalogue's one row, locked: loads and publications follow each other."""
    Revision.objects.bulk_create([Revision()], ignore_conflicts=True)
    return act.lock(Revision, 1)


def draw_number(act: Action, revision: Revision) -> None:
    """Tell every process that its shelf is out of date."""
    revision.number = secrets.randbits(62)
    act.save(revision, "number")


def timelines(codes: Iterable[str]) -> dict[str, Timeline]:
    """The published versions of these definitions."""
    found: dict[str, Timeline] = {code: Timeline() for code in codes}
    rows = DefinitionVersion.objects.filter(definition__in=list(found), state=VersionState.PUBLISHED)
    for row in rows.order_by("valid_from"):
        slot = Slot(row.valid_from, row.stated_to, row.digest, row.content, row, list(row.restated))
        found[row.definition_id].slots.append(slot)
    return found


def next_numbers(codes: Iterable[str]) -> dict[str, int]:
    """The first free version number of each definition."""
    numbers = dict.fromkeys(codes, 1)
    pairs = DefinitionVersion.objects.filter(definition__in=list(numbers)).values_list("definition", "number")
    for code, number in pairs:
        numbers[code] = max(numbers[code], number + 1)
    return numbers


def fresh_version(definition: Definition, slot: Slot, number: int, state: str) -> DefinitionVersion:
    """Unsaved, with its columns filled."""
    version = DefinitionVersion(
        definition=definition,
        number=number,
        state=state,
        valid_from=slot.start,
        valid_to=slot.end,
        stated_to=slot.end,
        restated=slot.restated,
        content=slot.content,
        digest=slot.digest,
        published_at=now() if state == VersionState.PUBLISHED else None,
    )
    version.describe()
    return version


def settle(
    act: Action, definitions: dict[str, Definition], lines: dict[str, Timeline], numbers: dict[str, int]
) -> None:
    """Write what the timelines took in: new versions, replaced ones, and the last day of every neighbour. A draft that is published now
    gets its last day here, and its publisher writes it with the first one: by itself it could lie before the first day that stood."""
    fresh: list[DefinitionVersion] = []
    changed: list[DefinitionVersion] = []
    for code, line in lines.items():
        for slot in line.replaced:
            slot.row.definition = definitions[code]
            act.move(slot.row, "replace")
        for slot in line.slots:
            if slot.row is None:
                slot.row = fresh_version(definitions[code], slot, numbers[code], VersionState.PUBLISHED)
                numbers[code] += 1
                fresh.append(slot.row)
            elif slot not in line.added and (slot.row.restated != slot.restated or slot.row.valid_to != line.last_day(slot)):
                changed.append(slot.row)
            slot.row.restated = slot.restated
            slot.row.valid_to = line.last_day(slot)
    if changed:
        DefinitionVersion.objects.bulk_update(changed, ["restated", "valid_to"])
    if fresh:
        DefinitionVersion.objects.bulk_create(fresh)


def name_after_newest(definition: Definition, line: Timeline) -> None:
    """A definition is called as its newest version calls it."""
    newest = max(line.slots, key=lambda slot: slot.start, default=None)
    if newest:
        definition.call(newest.content)


def publish(act: Action, definition: Definition, line: Timeline, slots: Iterable[Slot]) -> None:
    """These slots of the timeline are published. A withdrawal ends where one of them holds on the day on which nothing else does: a
    version for the days before it, or for days to come, leaves it as it is."""
    withdrawn_on = definition.withdrawn_on
    again = withdrawn_on is not None and _holds_again(withdrawn_on, line)
    for slot in slots:
        facts = {"version": slot.row.number, **told(slot)}
        if again or withdrawn_on is None:
            act.move(definition, "publish", facts=facts)
        else:
            act.record(definition, "publish", **facts)
    if again:
        act.record(definition, "resume")  # who has a draft of it was told that it is not taken in


def _holds_again(withdrawn_on: date, line: Timeline) -> bool:
    held = line.holder(max(withdrawn_on, today()))
    fresh = any(held is slot for slot in line.added)
    return fresh and (withdrawn_on <= today() or held.start == withdrawn_on)


def told(slot: Slot) -> dict:
    """A version as an event tells of it."""
    return {"valid_from": slot.start, "valid_to": slot.end, "digest": slot.digest}


def day_or_none(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
