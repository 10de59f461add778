"""Which version of a definition holds when. Pure; files may be loaded in any order of their dates.

A version holds from its start through its stated end, or through the day before the next version starts. A later load
of the same start replaces the version. A load that states what already holds changes nothing, but the day is kept: if
a load from between states something else, the content comes back on that day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

CREATED, NEW_VERSION, UNCHANGED = "created", "new_version", "unchanged"


@dataclass
class Slot:
    """`end` is the stated last day or None; `digest` stands for content and end; `row` is the caller's."""

    start: date
    end: date | None
    digest: str
    content: dict
    row: Any = None
    restated: list[date] = field(default_factory=list)


@dataclass
class Timeline:
    slots: list[Slot] = field(default_factory=list)
    added: list[Slot] = field(default_factory=list)
    replaced: list[Slot] = field(default_factory=list)
    restated: list[Slot] = field(default_factory=list)

    def holder(self, day: date) -> Slot | None:
        """The version that holds on this day."""
        latest = max((slot for slot in self.slots if slot.start <= day), key=lambda slot: slot.start, default=None)
        return latest if latest and (latest.end is None or day <= latest.end) else None

    def last_day(self, slot: Slot) -> date | None:
        """The last day on which the slot holds, None when open."""
        following = min((other.start for other in self.slots if other.start > slot.start), default=None)
        ends = [day for day in (slot.end, following and following - timedelta(days=1)) if day]
        return min(ends, default=None)

    def state(self, slot: Slot, *, again: bool = False) -> str:
        """Take in what a file (or a publication) states; tells what became of it. `again`: what holds already too, as a version of
        its own."""
        first = not self.slots
        holder = self.holder(slot.start)
        if holder and holder.digest == slot.digest and not again:
            if holder.start != slot.start and slot.start not in holder.restated:
                holder.restated = sorted([*holder.restated, slot.start])
                self._note(self.restated, holder)
            return UNCHANGED
        same = next((other for other in self.slots if other.start == slot.start), None)
        if same:
            self.slots.remove(same)
            if same in self.added:
                self.added.remove(same)
            else:
                self.replaced.append(same)
        self._add(slot)
        self._return(same or holder, slot.start)
        return CREATED if first else NEW_VERSION

    def _return(self, former: Slot | None, day: date) -> None:
        """What was restated for a later day, before any other version, comes back on that day."""
        if former is None:
            return
        following = min((other.start for other in self.slots if other.start > day), default=date.max)
        back = [known for known in former.restated if day < known < following]
        if not back:
            return
        self._add(Slot(back[0], former.end, former.digest, former.content, restated=back[1:]))
        if former in self.slots:
            former.restated = [known for known in former.restated if known < day]
            self._note(self.restated, former)

    def _add(self, slot: Slot) -> None:
        self.slots.append(slot)
        self.slots.sort(key=lambda one: one.start)
        self.added.append(slot)

    @staticmethod
    def _note(notes: list[Slot], slot: Slot) -> None:
        if not any(slot is known for known in notes):
            notes.append(slot)
