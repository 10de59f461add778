"""Which days are working days (K2), as far as notices have been published, and which answers are provisional (K12)."""

from __future__ import annotations

import calendar as months
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)
# Statutory holidays on a fixed day of the solar year; the lunar ones need the notice (全国年节及纪念日放假办法, 2025).
FIXED_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})

WORKDAY, MAKE_UP, WEEKEND, HOLIDAY = "workday", "make_up", "weekend", "holiday"
GUESSED_WORKDAY, GUESSED_HOLIDAY = "guessed_workday", "guessed_holiday"
LOCAL_OPEN, LOCAL_CLOSED = "local_open", "local_closed"
WORKING = frozenset({WORKDAY, MAKE_UP, GUESSED_WORKDAY, LOCAL_OPEN})


@dataclass(frozen=True, slots=True)
class Arrangement:
    """One version of one year's holiday arrangement, by the year in which the days lie (not that of the notice)."""

    year: int
    known_from: date
    days_off: frozenset[date]
    make_up: frozenset[date]
    notice: str = ""


@dataclass(frozen=True, slots=True)
class LocalDay:
    """A day on which one place differs from the State Council's arrangement (a typhoon, an extra opening)."""

    working: bool
    reason: str


def is_fixed_holiday(day: date) -> bool:
    return (day.month, day.day) in FIXED_HOLIDAYS


def months_later(day: date, n: int) -> date:
    """The same day number n months on, clamped to the month's end (Civil Code art. 202)."""
    index = day.year * 12 + day.month - 1 + n
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, months.monthrange(year, month)[1]))


class Calendar:
    """The arrangements in force, one a year, and the local exceptions of one place. Immutable."""

    def __init__(self, arrangements: Iterable[Arrangement], local: Mapping[date, LocalDay] | None = None):
        self._years = {arrangement.year: arrangement for arrangement in arrangements}
        self._local = dict(local or {})

    @classmethod
    def known_on(
        cls,
        versions: Iterable[Arrangement],
        as_known_on: date | None = None,
        local: Mapping[date, LocalDay] | None = None,
    ) -> Calendar:
        """Of each year the latest version known on that day; None = all that is known."""
        chosen: dict[int, Arrangement] = {}
        for version in versions:
            if as_known_on is not None and version.known_from > as_known_on:
                continue
            known = chosen.get(version.year)
            if known is None or version.known_from > known.known_from:
                chosen[version.year] = version
        return cls(chosen.values(), local)

    @property
    def years(self) -> list[int]:
        """Years with a published arrangement."""
        return sorted(self._years)

    @property
    def national(self) -> Calendar:
        """Without the exceptions of one place: they move no period before a court or another body."""
        return Calendar(self._years.values()) if self._local else self

    def arrangement(self, year: int) -> Arrangement | None:
        return self._years.get(year)

    def kind(self, day: date) -> str:
        """What sort of day it is: one of the constants of this file."""
        local = self._local.get(day)
        if local is not None:
            return LOCAL_OPEN if local.working else LOCAL_CLOSED
        weekend = day.weekday() >= 5
        arrangement = self._years.get(day.year)
        if arrangement is None:
            if is_fixed_holiday(day):
                return GUESSED_HOLIDAY
            return WEEKEND if weekend else GUESSED_WORKDAY
        if day in arrangement.days_off:
            return HOLIDAY
        if weekend:
            return MAKE_UP if day in arrangement.make_up else WEEKEND
        return WORKDAY

    def reason(self, day: date) -> str:
        """Why the place differs on that day; "" when it does not."""
        local = self._local.get(day)
        return local.reason if local else ""

    def is_working_day(self, day: date) -> bool:
        return self.kind(day) in WORKING

    def next_working_day(self, day: date) -> date:
        """That day itself when it is a working day."""
        while not self.is_working_day(day):
            day += ONE_DAY
        return day

    def previous_working_day(self, day: date) -> date:
        """That day itself when it is a working day."""
        while not self.is_working_day(day):
            day -= ONE_DAY
        return day

    def count(self, after: date, through: date) -> int:
        """Working days d with after < d <= through (K3); 0 when there is none such."""
        found, day = 0, after
        while day < through:
            day += ONE_DAY
            found += self.is_working_day(day)
        return found

    def is_provisional(self, first: date, last: date) -> bool:
        """Whether some day of first..last lies in a year whose notice is not published (K12)."""
        return any(year not in self._years for year in range(first.year, last.year + 1))
