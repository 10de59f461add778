"""Reads of time. Calendars and law come from a process cache that one small SELECT keeps true."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Exists, Q, QuerySet

from apps.journal.door import Action
from apps.journal.models import Event
from apps.kit.errors import NotYours, Refused
from apps.kit.prepared import execute
from apps.kit.time import today

from .engine import decision, periods, telling
from .engine.ask import Book
from .engine.calendar import ONE_DAY, Arrangement, Calendar, LocalDay, months_later
from .engine.counting import Due, working_days
from .models import CalendarVersion, CardRule, Clock, Edition, Intervals, LightRule, LocalException, Recount, Rule

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


def clock_rows(root_id: int) -> QuerySet[Clock]:
    """All clocks of one case, oldest first. The caller has already shown that the actor may see the case."""
    rows = Clock.objects.with_intervals().filter(root_id=root_id).exclude(subject_type__in=Clock.BESIDE)
    return rows.order_by("started_on", "pk")


def clocks_of(root_id: int, subjects: Iterable | None = None) -> list[Clock]:
    """The same, read; of these subjects only."""
    clocks = clock_rows(root_id)
    if subjects is not None:
        wanted = {(subject._meta.model_name, subject.pk) for subject in subjects}
        return [clock for clock in clocks if (clock.subject_type, clock.subject_id) in wanted]
    return list(clocks)


def provisional(**about) -> Exists:
    """For a list of cases: does the open clock that is `about` the row rest on a year without a notice (推定)?"""
    return Exists(Clock.objects.filter(provisional=True, **about).exclude(state=Clock.State.STOPPED))


def touched_clocks(first: date, last: date, region: str = "") -> QuerySet[Clock]:
    """Open clocks that pass through first..last, at the node and below ("" = everywhere); an open pause has no end yet."""
    ends = Q(due_on__isnull=True) | Q(due_on__gte=first) | Q(legal_due__gte=first) | Q(promised_due__gte=first)
    rows = Clock.objects.exclude(state=Clock.State.STOPPED).filter(ends, started_on__lte=last)
    return rows.filter(region__startswith=region) if region else rows


@dataclass(frozen=True, slots=True)
class Measured:
    """What a clock's dates should be by a calendar."""

    legal_due: date | None
    promised_due: date | None
    due_on: date | None
    legal_left: int | None
    promised_left: int | None
    provisional: bool
    yellow_on: date | None
    red_on: date | None
    paused: bool

    def as_columns(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__ if name != "paused"}


def measure(clock: Clock, found: Shelf, intervals: Intervals | None = None) -> Measured:
    """Both due dates, the days left of what a pause holds, and the days of the lights. A clock without limits keeps the
    day it was given (a written date). `intervals`: others than the clock's own, to see what they would do."""
    days = found.calendar(clock.region)
    if clock.legal is None and clock.promised is None:
        yellow_on, red_on = light_days(clock, clock.due_on, days, found)
        return Measured(None, None, clock.due_on, None, None, False, yellow_on, red_on, paused=False)
    answer = decide(clock, days, intervals)
    promised_due, due_on = bounded(clock, days, answer, intervals)
    yellow_on, red_on = light_days(clock, due_on, days, found)
    return Measured(
        legal_due=answer.legal.due if answer.legal else None,
        promised_due=promised_due,
        due_on=due_on,
        legal_left=_left(answer.legal),
        promised_left=_left(answer.promised),
        provisional=answer.provisional,
        yellow_on=yellow_on,
        red_on=red_on,
        paused=answer.paused,
    )


def _left(limit: Due | None) -> int | None:
    """The days left of a limit that a pause holds; None for one that runs, or that ran out before."""
    return limit.left if limit is not None and limit.due is None else None


def decide(
    clock: Clock,
    days: Calendar,
    intervals: Intervals | None = None,
    *,
    asked: decision.Extension | None = None,
    cap: int = 0,
) -> decision.Decision:
    """The engine's answer for a stored clock: start, limits, pauses, the one extension — and, for one that is `asked`
    for within this cap, whether it holds and which dates follow."""
    held = clock.intervals if intervals is None else intervals
    return decision.decide_by(
        days,
        clock.started_on,
        clock.legal_limit,
        clock.promised_limit,
        pauses=[pause.as_interval() for pause in held.pauses],
        extensions=[asked] if asked else (),
        granted=held.extension.as_granted() if held.extension else None,
        extension_cap=cap,
    )


def bounded(
    clock: Clock, days: Calendar, answer: decision.Decision, intervals: Intervals | None = None
) -> tuple[date | None, date | None]:
    """(promised due, the day that binds): what the engine answered, a step's not beyond the promise that it belongs to."""
    promised_due, due_on = answer.promised.due, answer.effective_due
    if due_on and (whole := promise_around(clock, days, intervals)):
        promised_due = due_on = min(due_on, whole)
    return promised_due, due_on


def promise_around(clock: Clock, days: Calendar, intervals: Intervals | None = None) -> date | None:
    """The last day of the promise of which this clock is a step, with the days by which it was extended: no step reaches beyond
    it. None for any other clock, and for a step that began when the promise was over."""
    within = clock.facts.get("promise")
    if within is None:
        return None
    whole, n = copy(clock), within["n"] + within.get("more", {}).get("days", 0)
    whole.started_on, whole.promised = date.fromisoformat(within["from"]), {"n": n, "unit": within["unit"]}
    last = decide(whole, days, clock.intervals if intervals is None else intervals).promised.due
    return last if last and last >= clock.started_on else None


def light_days(clock: Clock, due_on: date | None, days: Calendar, found: Shelf) -> tuple[date | None, date | None]:
    rule = found.light_rule(clock.kind, clock.started_on)
    if due_on is None or rule is None:
        return None, None
    measures = ((rule.yellow_days, rule.yellow_percent), (rule.red_days, rule.red_percent))
    yellow, red = (_turn(days, clock.started_on, due_on, least, percent) for least, percent in measures)
    return yellow, red


@lru_cache(maxsize=5000)
def _turn(days: Calendar, started_on: date, due_on: date, least: int, percent: int) -> date | None:
    day = days.previous_working_day(due_on)
    for _ in range(min(least, days.count(started_on, due_on) * percent // 100)):
        day = days.previous_working_day(day - ONE_DAY)
    # A light never turns on the starting day: an instant item is green until it is late.
    return day if day > started_on else None


def _renewal(clock: Clock) -> list[str]:
    last, timely = date.fromisoformat(clock.facts["apply_by"]), clock.facts["timely"]
    end = "届满前没有作出决定的，视为准予延续" if timely else "没有按时申请的，届满即失效"
    return [
        f"原证有效期至{telling.full(clock.due_on)}，最晚{telling.full(last)}申请延续；{'按时申请' if timely else '申请已晚'}。",
        f"{end}（行政许可法第五十条）。有效期是证照上的日子，不因休息日顺延。",
    ]


def _step(clock: Clock, answer: decision.Decision, days: Calendar, intervals: Intervals) -> list[str]:
    """A step is counted like any limit and ends with the promise at the latest; it binds nobody outside the department."""
    lines = [
        f"环节：{clock.facts['step']}。部门内部的环节期限，不改变办理期限。",
        *telling.counting(days, answer.promised),
    ]
    whole = promise_around(clock, days, intervals)
    if whole and answer.promised.due and whole < answer.promised.due:
        lines.append(f"环节不超出承诺期限：以{telling.full(whole)}为准。")
    return lines


_ENDED_BY = {
    Clock.Kind.NOTICE: "受理或者告知",
    Clock.Kind.DELIVERY: "送达",
    Clock.Kind.INSPECTION: "出具结论",
    Clock.Kind.CONSULTATION: "答复",
    Clock.Kind.HEARING_REQUEST: "申请或者届满",
    Clock.Kind.HEARING_HOLD: "举行听证",
    Clock.Kind.COMMITMENT: "核查",
    Clock.Kind.RECTIFY: "整改",
    Clock.Kind.CALLBACK: "回访",
}


def explain_clock(clock: Clock, found: Shelf | None = None) -> list[str]:
    """为什么是这一天: the counting day by day in Chinese, with law, promise, notices, and whether it is provisional.

    A page that explains many clocks asks `shelf()` once and hands it in. `queries_why.why` tells the same in full.
    """
    # What was told in writing is told as it was counted then, a stopped clock by the calendar known when it stopped.
    known_on = clock.started_on if clock.is_written else clock.stopped_on
    found = found or shelf()
    days = found.calendar(clock.region, known_on)
    if clock.stopped_on is not None and _differs(clock, days):
        from .queries_why import Past  # asked only where something was published since

        days = Past(clock, found).calendar(clock.stopped_on)
    lines = tell(clock, days, clock.intervals, clock.stopped_on)
    if _differs(clock, days):
        lines.append(f"日历此后有变更；登记的到期日是{telling.full(clock.due_on)}。")
    return lines


def _differs(clock: Clock, days: Calendar) -> bool:
    """Whether this calendar gives another day than the one that stands."""
    return not clock.is_written and clock.due_on not in (None, bounded(clock, days, decide(clock, days))[1])


def tell(clock: Clock, days: Calendar, intervals: Intervals, stopped_on: date | None) -> list[str]:
    """The telling of one clock by this calendar, these pauses and this extension."""
    lines = [f"{clock.get_kind_display()}，{telling.full(clock.started_on)}开始。"]
    if clock.kind == Clock.Kind.RENEWAL:
        return lines + _renewal(clock)
    if clock.is_written:
        if "counted" in clock.facts:
            lines += telling.counting(days, working_days(days, clock.started_on, clock.facts["counted"]))
        told = f"书面告知的截止日是{telling.full(clock.due_on)}，当日仍在期限内；告知以后日历再有变更，这一天不变。"
        return [*lines, told]
    answer = decide(clock, days, intervals)
    if clock.kind == Clock.Kind.STEP:
        return lines + _step(clock, answer, days, intervals)
    if clock.promised is None and clock.kind in _ENDED_BY:
        # One limit only: nothing was promised, nothing is decided.
        lines += telling.counting(days, answer.legal)
        if stopped_on is not None:
            verdict = "在期限内" if stopped_on <= answer.legal.due else "超过期限"
            lines.append(f"{telling.full(stopped_on)}{_ENDED_BY[clock.kind]}：{verdict}。")
        return lines
    given = [pause.as_interval() for pause in intervals.pauses]
    return [*lines, *telling.decision(days, answer, given, decided_on=stopped_on)]
