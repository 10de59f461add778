"""How a joint site inspection comes about: who takes part, which slots there are, which one is proposed, what is looked at. Pure.

A slot is a half day, written "2017-10-12/am" or "/pm": as text they stand in the order of time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, time
from typing import TYPE_CHECKING

from apps.catalog.standards import points_of
from apps.deadlines.engine.calendar import ONE_DAY, Calendar

if TYPE_CHECKING:
    from .models import Member

HALVES = ("am", "pm")
USUAL = {"am": time(9, 0), "pm": time(14, 0)}
NOON = time(12, 0)
AHEAD = 10  # working days from which a department chooses
LEAST_OFFICERS = 2  # XKF 34


def organiser(plan: dict, members: list[Member]) -> str:
    """The lead department where it takes part in the visit, else the first of those who do (ZJR 18: one named department)."""
    present = [member.department_id for member in members]
    return plan["lead_department"] if plan["lead_department"] in present else present[0]


def visited(member: Member) -> bool:
    """Does its item, or the bundle for it, want somebody to come and look?"""
    return member.definition["inspection"] != "none" or member.code in member.application.plan["joint_inspection"]


def visits(plan: dict, members: Iterable[Member]) -> list[tuple[str, list[Member]]]:
    """[(organiser, members)] of the visits that these running members still need: one for all that the bundle joins, and one
    a department for items that are inspected without being joined."""
    members = list(members)
    joined = [member for member in members if member.code in plan["joint_inspection"]]
    found = [(organiser(plan, joined), joined)] if joined else []
    alone: dict[str, list[Member]] = {}
    for member in members:
        if member.code not in plan["joint_inspection"] and visited(member):
            alone.setdefault(member.department_id, []).append(member)
    return [*found, *alone.items()]


def slots(days: Calendar, today: date, most: int = AHEAD) -> list[str]:
    """The half days of the next working days, from tomorrow: the applicant is told before anybody comes."""
    found, day = [], today
    while len(found) < most * len(HALVES):
        day += ONE_DAY
        if days.is_working_day(day):
            found += [f"{day.isoformat()}/{half}" for half in HALVES]
    return found


def parse(slot: str) -> tuple[date, str]:
    """("2017-10-12/am") -> (day, half). Raises ValueError."""
    text, _, half = slot.partition("/")
    if half not in HALVES:
        raise ValueError(slot)
    return date.fromisoformat(text), half


def common(offers: Collection[Collection[str]], today: date) -> list[str]:
    """The slots after today that are in every offer, earliest first; nothing was offered: none."""
    shared = set.intersection(*map(set, offers)) if offers else set()
    return sorted(slot for slot in shared if parse(slot)[0] > today)


def points(plan: dict, members: Iterable[Member]) -> list[str]:
    """What a department looks at, each once: its check points of the case's sector standard, then the conditions of its items."""
    members = list(members)
    listed = [point["text"] for member in members for point in points_of(plan, member.code)]
    listed += [text for member in members for text in member.definition.get("conditions") or ()]
    return list(dict.fromkeys(listed)) or ["现场与申请材料一致"]
