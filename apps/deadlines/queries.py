"""Reads of time. Calendars and law come from a process cache that one small SELECT keeps true."""

from __future__ import annotations

from copy import copy
from datetime import date

from django.db import connection
from django.db.models import QuerySet

from apps.journal.door import Action
from apps.journal.models import Event
from apps.kit.days import day_cn
from apps.kit.errors import NotYours, Refused
from apps.kit.prepared import execute
from apps.kit.time import today

from .engine import periods
from .engine.ask import Book
from .engine.calendar import Arrangement, Calendar, LocalDay, months_later
from .engine.counting import Due, working_days
from .models import CalendarVersion, CardRule, Edition, LightRule, LocalException, Recount, Rule

YEARS = range(2000, 2101)  # whose calendar can be looked at
PUBLISHED = ("edition.load", "edition.publish", "localexception.register", "localexception.withdraw")


class NodeCalendar(Calendar):
    """The calendar of one node, with the sums that other rooms ask for."""

    def add_working_days(self, start: date, n: int) -> Due:
        """`.due` = the n-th working day after `start`; n = 0: that day or the next working day (K3, K8)."""
        return working_days(self, start, n)

    @staticmethod
    def years_later(day: date, years: int) -> date:
        """The same day so many years on (29 February: the 28th)."""
        return months_later(day, 12 * years)


class Shelf:
    """Everything that clocks are computed from, as it stood at one edition. Immutable after loading."""

    def __init__(self, number: int):
        self.number = number
        self.versions: tuple[Arrangement, ...] = tuple(row.as_arrangement() for row in CalendarVersion.objects.all())
        self.rules = list(Rule.objects.order_by("valid_from"))
        self.lights = list(LightRule.objects.order_by("valid_from"))
        self.cards = list(CardRule.objects.order_by("valid_from"))
        self._exceptions: dict[str, dict[date, LocalDay]] = {}
        chains = {Edition(pk=1).chain: ""}  # whose events tell what was published, with the place that it holds for
        for row in LocalException.objects.all():
            chains[row.chain] = row.region
            if not row.withdrawn:
                self._exceptions.setdefault(row.region, {})[row.day] = row.as_local_day()
        told = Event.objects.filter(chain__in=chains, name__in=PUBLISHED).order_by("at", "pk")
        self._published = [(chains[event.chain], event) for event in told]
        self._calendars: dict[str, NodeCalendar] = {}

    def local_days(self, region: str) -> dict[date, LocalDay]:
        """Exceptions of a place: those of all nodes, then its county's, township's and its own over them."""
        days: dict[date, LocalDay] = {}
        for place in lineage(region):
            days |= self._exceptions.get(place, {})
        return days

    def calendar(self, region: str = "", as_known_on: date | None = None) -> NodeCalendar:
        if as_known_on is not None:
            return NodeCalendar.known_on(self.versions, as_known_on, self.local_days(region))
        if region not in self._calendars:
            self._calendars[region] = NodeCalendar.known_on(self.versions, None, self.local_days(region))
        return self._calendars[region]

    def published(self, region: str) -> list[Event]:
        """What was published, the oldest first: arrangements, and exceptions of the place registered and withdrawn."""
        places = lineage(region)
        return [event for place, event in self._published if place in places]

    def supposing(self, version: Arrangement) -> Shelf:
        """The same with one more version of a year: what would be if it were published."""
        other = copy(self)
        other.versions, other._calendars = (*self.versions, version), {}
        return other

    def supposing_day(self, region: str, day: date, local: LocalDay) -> Shelf:
        """The same with one more local exception."""
        other = copy(self)
        days = {**self._exceptions.get(region, {}), day: local}
        other._exceptions, other._calendars = {**self._exceptions, region: days}, {}
        return other

    def rule(self, code: str, on: date) -> Rule:
        """The row in force that day; before the first one holds, the first. Raises Refused when there is none, or the last has
        ended."""
        rows = [row for row in self.rules if row.code == code]
        if not rows:
            raise Refused("rule.unknown", f"法定期限表里没有“{code}”，请先运行 load_calendars。", code)
        found = next((row for row in reversed(rows) if row.valid_from <= on), rows[0])
        if found.valid_to is not None and found.valid_to < on:
            raise Refused(
                "rule.ended",
                f"法定期限表里“{found.name}”（{code}）只到 {found.valid_to}，{on} 没有有效的数字；请把后来的规定写入法定期限表，再运行 load_calendars。",
                code,
            )
        return found

    def light_rule(self, kind: str, on: date) -> LightRule | None:
        """The row of the clock's kind in force that day, else the one for all kinds, else None (no yellow, no red)."""
        for wanted in (kind, ""):
            held = [
                row
                for row in self.lights
                if row.kind == wanted and row.valid_from <= on and (row.valid_to is None or on <= row.valid_to)
            ]
            if held:
                return held[-1]
        return None

    def card_rule(self, kind: str, light: str, on: date) -> CardRule | None:
        """What that light of that kind brings on a day; None: nothing."""
        held = [
            row
            for row in self.cards
            if (row.kind, row.light) == (kind, light)
            and row.valid_from <= on
            and (row.valid_to is None or on <= row.valid_to)
        ]
        return held[-1] if held else None


def lineage(region: str) -> list[str]:
    """ "330282002" → ["", "330282", "330282002"]: a GB code of a township or village begins with its county's."""
    parents = [region[:length] for length in (6, 9) if region.isdigit() and len(region) > length]
    return ["", *parents, region] if region else [""]


_shelf: Shelf | None = None
_NUMBER = f"SELECT number FROM {Edition._meta.db_table} WHERE id = 1"  # noqa: S608  (no outside text)
CALENDAR_HELD = f"{_NUMBER} FOR SHARE"  # what `shelf_held` asks its action, which may have foreseen it


def shelf() -> Shelf:
    """One small SELECT; the tables are read again only when the edition has changed."""
    with connection.cursor() as cursor:
        execute(cursor, "edition of the calendar", _NUMBER, [])
        (number,) = cursor.fetchone() or (None,)
    return _of(number)


def is_guessed(day: date) -> bool:
    """Whether the day lies in a year without a notice (推定), by what this process read last: no SELECT for each row of a list.

    Of a clock one limit may reach such a year while the earlier one, which binds, does not: its day is certain.
    """
    return (_shelf or shelf()).calendar().arrangement(day.year) is None


def shelf_held(act: Action) -> Shelf:
    """The same for those who write clocks: until the action ends nobody can publish a calendar that these clocks would
    miss (the publisher waits for the row, and recomputes after). Asked again in the same action it costs nothing."""
    return _of(act.ask(CALENDAR_HELD))


def _of(number: int | None) -> Shelf:
    global _shelf
    if number is None:
        raise Refused("calendar.missing", "还没有工作日历，请先运行 load_calendars。", "calendar")
    known = _shelf
    if known is None or known.number != number:
        known = _shelf = Shelf(number)
    return known


def calendar(as_known_on: date | None = None, region: str | None = None, *, act: Action | None = None) -> NodeCalendar:
    """The working-day calendar of a node (None: without local exceptions), as known on a day (None: now).

    With `act` it is the one by which this action's clocks start, and asking again costs nothing.
    """
    return _found(act).calendar(region or "", as_known_on)


def rule(code: str, on: date | None = None, *, act: Action | None = None) -> Rule:
    """A number of the law in force on a day (today): `.value`, `.unit`, `.source`. Raises Refused."""
    return _found(act).rule(code, on or today())


def _found(act: Action | None) -> Shelf:
    return shelf() if act is None else shelf_held(act)


def book(region: str | None = None) -> Book:
    """What `engine.ask` needs. National calendar unless a region is named."""
    found = shelf()
    return Book(found.versions, lambda code, on: found.rule(code, on).value, found.local_days(region or ""))


def versions_of(year: int) -> QuerySet[CalendarVersion]:
    """The versions of a year's arrangement, the one in force first."""
    return CalendarVersion.objects.filter(year=year).order_by("-known_from")


def exceptions_of(year: int, region: str = "") -> QuerySet[LocalException]:
    """The exceptions of a year that hold at a place (its own and those of the places above it), withdrawn ones too."""
    days = LocalException.objects.filter(region__in=lineage(region), day__year=year)
    return days.order_by("day", "withdrawn", "-pk")


def exception(pk: int) -> LocalException:
    """Raises NotYours when there is none; an exception is no secret."""
    row = LocalException.objects.filter(pk=pk).first()
    if row is None:
        raise NotYours
    return row


def light_rules() -> list[LightRule]:
    """All rules, by kind, the newest first."""
    return list(LightRule.objects.order_by("kind", "-valid_from"))


def card_rules() -> list[CardRule]:
    """All rules, by kind and light, the newest first."""
    return list(CardRule.objects.order_by("kind", "light", "-valid_from"))


def recounts(limit: int = 5) -> list[Recount]:
    """The newest recounts and how far each is."""
    return list(Recount.objects.order_by("-pk")[:limit])


def remedies(served_on: date, found: Shelf | None = None) -> periods.Remedies:
    """The last days to contest what was served on a day, by the law of that day: from service, never from the decision. A storm
    that closes the hall gives nobody a day more before the court."""
    found = found or shelf()
    counts = [found.rule(code, served_on).value for code in ("reconsideration", "litigation")]
    return periods.remedies(found.calendar().national, served_on, *counts)


def missing_notice() -> int | None:
    """The year whose holiday notice should be loaded by now and is not: this one, or from October on the next."""
    day = today()
    wanted = [day.year, day.year + 1] if day.month >= 10 else [day.year]
    published = shelf().calendar().years
    return next((year for year in wanted if year not in published), None)


def demand_year(day: date) -> None:
    """Raises Refused for a day in no calendar that anybody looks at: a slip of the pen, and the day that was meant would go on as before."""
    if day.year not in YEARS:
        raise Refused("exception.year", f"{day_cn(day)}不在 {YEARS.start} 至 {YEARS.stop - 1} 年之间，请核对年份。", "day")
