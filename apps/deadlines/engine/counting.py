"""One clock: n days after a trigger, pauses left out (K3, K4, K5, K8). Everything that has a due date ends here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache

from .calendar import ONE_DAY, Calendar, months_later

WORKING, CALENDAR_DAYS = "working", "calendar"
COUNTED, RESTED, PAUSED, ROLLED, HELD = "counted", "rested", "paused", "rolled", "held"


@dataclass(frozen=True, slots=True)
class Limit:
    """n working days, or n plain days (the sector statute says 日 without 工作)."""

    n: int
    unit: str = WORKING

    def extended(self, days: int) -> Limit:
        return replace(self, n=self.n + days)


@dataclass(frozen=True, slots=True)
class Pause:
    """Time not counted, XKF art. 45. Day `start` still counts, the clock resumes the day after `end`; None = still open.

    It counts only when its ground is lawful for the item and the written notice was served (K6).
    """

    start: date
    end: date | None
    type: str = ""
    lawful: bool = True
    notified: bool = True

    @property
    def holds(self) -> bool:
        return self.lawful and self.notified


class Excluded:
    """The union of the pauses that hold: days d with start < d <= end (K5)."""

    __slots__ = ("_closed", "open_from")

    def __init__(self, pauses: Iterable[Pause] = ()):
        held = [pause for pause in pauses if pause.holds]
        self._closed = [(pause.start, pause.end) for pause in held if pause.end is not None]
        self.open_from = min((pause.start for pause in held if pause.end is None), default=None)

    def __bool__(self) -> bool:
        return bool(self._closed) or self.open_from is not None

    def covers(self, day: date) -> bool:
        return self.is_open(day) or any(start < day <= end for start, end in self._closed)

    def is_open(self, day: date) -> bool:
        """Whether the day lies in a pause whose end nobody knows yet."""
        return self.open_from is not None and day > self.open_from

    def working_days(self, calendar: Calendar, after: date, through: date) -> int:
        """How many working days of after < day <= through are left out."""
        days = (after + timedelta(i) for i in range(1, (through - after).days + 1)) if self else ()
        return sum(self.covers(day) and calendar.is_working_day(day) for day in days)


NOTHING = Excluded()


@dataclass(frozen=True, slots=True)
class Day:
    """One day on the way to a due date: COUNTED with its number, RESTED, PAUSED, ROLLED past the last counted one,
    or HELD: from here on an open pause keeps the clock."""

    day: date
    what: str
    number: int


@dataclass(frozen=True, slots=True)
class Due:
    """The answer of one clock. `due` is None while an open pause holds it; then `left` days remain."""

    start: date
    limit: Limit
    due: date | None
    left: int = 0
    excluded_working_days: int = 0
    provisional: bool = False
    excluded: Excluded = field(default=NOTHING, compare=False)


@dataclass(frozen=True, slots=True)
class Rolled:
    """The end of a period in months: `last` by the rule of the same day number, `due` after rolling."""

    last: date
    due: date
    provisional: bool


def days_until_due(calendar: Calendar, start: date, limit: Limit, excluded: Excluded = NOTHING) -> Iterator[Day]:
    """Every day that is looked at, in order; the last is the due date, or HELD where an open pause cuts the row short.

    The trigger day is not counted (Civil Code art. 201). With 0 days the trigger day itself is looked at (K8).
    """
    working = limit.unit == WORKING
    counted, day = 0, start
    while counted < limit.n:
        day += ONE_DAY
        if excluded.is_open(day):
            yield Day(day, HELD, counted)
            return
        if working and not calendar.is_working_day(day):
            yield Day(day, RESTED, counted)
        elif excluded.covers(day):
            yield Day(day, PAUSED, counted)
        else:
            counted += 1
            yield Day(day, COUNTED, counted)
    # Working days end on one by themselves; plain days, and the 0 days of an instant item, move on to one (K4, K8).
    if working and limit.n:
        return
    if not limit.n:
        yield Day(day, HELD if excluded.is_open(day) else ROLLED, 0)
        if excluded.is_open(day):
            return
    while not calendar.is_working_day(day) or excluded.covers(day):
        day += ONE_DAY
        if excluded.is_open(day):
            yield Day(day, HELD, counted)
            return
        yield Day(day, ROLLED, counted)


def due(calendar: Calendar, start: date, limit: Limit, excluded: Excluded = NOTHING) -> Due:
    """When the limit ends: the n-th counted day after `start`, for plain days rolled to the next working day."""
    return _due(calendar, start, limit, excluded) if excluded else _undisturbed(calendar, start, limit)


@lru_cache(maxsize=5000)
def _undisturbed(calendar: Calendar, start: date, limit: Limit) -> Due:
    """Most clocks of a day begin alike, and no pause holds them: counted once."""
    return _due(calendar, start, limit, NOTHING)


def _due(calendar: Calendar, start: date, limit: Limit, excluded: Excluded) -> Due:
    skipped, years, last = 0, set(), Day(start, HELD, 0)
    for last in days_until_due(calendar, start, limit, excluded):
        left_out = last.what == PAUSED or (last.what == ROLLED and excluded.covers(last.day))
        skipped += left_out and calendar.is_working_day(last.day)
        # Plain days ask the calendar only where the period ends, and where pauses are counted; the day that is held never.
        if last.what == HELD:
            break
        if limit.unit == WORKING or last.what == PAUSED or last.number == limit.n:
            years.add(last.day.year)
    return Due(
        start=start,
        limit=limit,
        due=None if last.what == HELD else last.day,
        left=limit.n - last.number,
        excluded_working_days=skipped,
        provisional=any(calendar.arrangement(year) is None for year in years),
        excluded=excluded,
    )


def cut(calendar: Calendar, clock: Due, on: date) -> Due:
    """The clock ended by another one's day: nothing is left, and what is excluded after that day plays no part."""
    return replace(clock, due=on, left=0, excluded_working_days=clock.excluded.working_days(calendar, clock.start, on))


def working_days(calendar: Calendar, start: date, n: int) -> Due:
    """n working days after `start` (K3); n = 0: that day if it is a working day, otherwise the next one (K8)."""
    return due(calendar, start, Limit(n))


def plain_days(calendar: Calendar, start: date, n: int) -> Due:
    """n days of the ordinary calendar, rolled to a working day (Civil Code art. 203, K4)."""
    return due(calendar, start, Limit(n, CALENDAR_DAYS))


def months_after(calendar: Calendar, start: date, n: int) -> Rolled:
    """The same day number n months on, clamped to the month's end, rolled to a working day (Civil Code art. 202-203)."""
    last = months_later(start, n)
    due_on = calendar.next_working_day(last)
    return Rolled(last, due_on, calendar.is_provisional(last, due_on))
