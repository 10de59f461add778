"""How long a tolerated gap may stay open (ZJR 11): the centre's standard, and never beyond the promise. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from apps.deadlines.engine.calendar import Calendar
from apps.deadlines.engine.counting import Limit, due


@dataclass(frozen=True, slots=True)
class Span:
    standard: int  # working days where nobody says otherwise
    most: int | None  # working days left to the day that was promised; None where none was
    last: date | None


def span(plan: dict, materials: Iterable[str], on: date, calendar: Calendar, standard: int, *, told_on: date | None = None) -> Span:
    """For these materials, told on a day (`on`, unless the acceptance is dated back to that), to the earliest day on which an item that
    needs one of them is promised. An instant item waits for what it needs, and promised no day."""
    needed = {line["material"]: line["needed_by"] for line in plan["materials"]}
    owing = {code for material in materials for code in needed.get(material, ())}
    limits = [member["promised_limit"] for member in plan["members"] if member["code"] in owing]
    ends = [due(calendar, on, Limit(limit["days"], limit["unit"])).due for limit in limits if limit["days"]]
    if not ends:
        return Span(standard, None, None)
    last = min(ends)
    most = calendar.count(told_on or on, last)  # one at least on the day of acceptance: every limit ends on a later working day
    return Span(min(standard, most), most, last)
