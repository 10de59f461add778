"""How long a tolerated gap may stay open (ZJR 11): the centre's standard, and never beyond the promise, nor the law where that ends first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from apps.catalog.compiler import demanded_by
from apps.deadlines.engine.calendar import Calendar
from apps.deadlines.engine.counting import Limit
from apps.deadlines.engine.decision import decide_by


@dataclass(frozen=True, slots=True)
class Span:
    standard: int  # working days where nobody says otherwise
    most: int | None  # working days left to the day that binds; None where none was promised
    last: date | None


def span(
    plan: dict,
    materials: Iterable[str],
    on: date,
    calendar: Calendar,
    standard: int,
    *,
    told_on: date | None = None,
    running: Mapping[str, date | None] | None = None,
) -> Span:
    """For these materials, told on a day (`on`, unless the acceptance is dated back to that), to the earliest day on which an item that
    needs one of them has to be decided: with the gap open it could not be granted. An instant item waits for what it needs, and promised no day.

    `running`: {item: its last day} of those under review already; of one that stands still the day it will have when it goes on. One that
    is late gives no day: asking makes it no later.
    """
    needed, told = {line["material"]: demanded_by(line) for line in plan["materials"]}, told_on or on
    owing = {code for material in materials for code in needed.get(material, ())}
    limits = {m["code"]: (m["legal_limit"], m["promised_limit"]) for m in plan["members"] if m["code"] in owing and m["promised_limit"]["days"]}
    begun = limits.keys() & (running or {}).keys()
    both = [[one and Limit(one["days"], one["unit"]) for one in limits[code]] for code in limits.keys() - begun]
    ends = [decide_by(calendar, on, legal, promised).effective_due for legal, promised in both]
    ends += [day for code in begun if (day := running[code]) and day >= told]
    if not ends:
        return Span(standard, None, None)
    last = min(ends)
    most = calendar.count(told, last)  # one at least on the day of acceptance: every limit ends on a later working day
    return Span(min(standard, most), most, last)
