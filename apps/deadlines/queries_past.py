"""What a clock was counted by on each day of its life: the special procedures and the extension known that evening, the calendar by which its
dates were counted, and the days on which they became others. It follows from the intervals and from the journal's record of what was published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date

from apps.journal.models import Event
from apps.kit.days import shared_unit
from apps.kit.time import beijing_date, today

from .engine import counting, telling
from .engine.calendar import ONE_DAY, Arrangement, Calendar, LocalDay
from .models import CalendarVersion, Clock, Edition, Intervals, LocalException, Pause
from .queries import Shelf, lineage, shelf
from .queries_clocks import as_counted, bounded, decide, tell

START, PAUSE, RESUME, EXTEND, CALENDAR, STOP = "start", "pause", "resume", "extend", "calendar", "stop"


@dataclass(frozen=True, slots=True)
class Turn:
    """A day on which the dates became what they are (the first) or others."""

    on: date
    what: str  # start, pause, resume, extend, calendar, stop
    text: str
    due_on: date | None
    legal_due: date | None = None
    promised_due: date | None = None
    notice: str = ""  # number of the document that told it


@dataclass(frozen=True, slots=True)
class Point:
    """A day on which something happened to a clock; `pause` = which of its special procedures."""

    on: date
    what: str
    text: str
    notice: str = ""
    pause: int | None = None


def longer_in(clock: Clock) -> str:
    """The unit of an extension's days: that of both limits, each of which gets them in its own; plain 日 where the two differ."""
    return shared_unit((clock.promised, clock.legal))


def longer_by(clock: Clock, days: int) -> str:
    return f"{days} {longer_in(clock)}"


@dataclass
class Past:
    """What a clock was counted by on each day of its life."""

    clock: Clock
    shelf: Shelf
    _recounts: list[Event] | None = field(default=None, repr=False)

    @property
    def last(self) -> date:
        """The last day of which there is something to tell."""
        return self.clock.stopped_on or max(today(), self.clock.started_on)

    # —— special procedures and extension ——

    def intervals(self, day: date, later: Sequence[Point] = ()) -> Intervals:
        """As they were known that evening: what began later is not there, what ended later is open. `later`: of that day's
        own points those that had not come yet."""
        held = as_counted(self.clock)
        unbegun = {point.pause for point in later if point.what == PAUSE}
        unended = {point.pause for point in later if point.what == RESUME}
        known = tuple(
            _pause_on(pause, day, still_open=place in unended)
            for place, pause in enumerate(held.pauses)
            if pause.started_on <= day and place not in unbegun
        )
        granted = held.extension
        if granted and (granted.approved_on > day or any(point.what == EXTEND for point in later)):
            granted = None
        return Intervals(known, granted)

    def clock_on(self, day: date) -> Clock:
        """Of a step: within the promise as it was that evening, before a later extension."""
        within = self.clock.facts.get("promise") or {}
        if "more" not in within or date.fromisoformat(within["more"]["on"]) <= day:
            return self.clock
        then = copy(self.clock)
        then.facts = {**then.facts, "promise": {name: within[name] for name in within if name != "more"}}
        return then

    # —— the calendar ——

    def calendar(self, day: date) -> Calendar:
        """The calendar by which the clock's dates of that evening were counted: without what was published later in its life. That may have moved
        no due day, but it moved the yellow light, the days left, or the days that are named (an amendment names the whole year).

        Since the clock was last counted again nothing has moved its dates. Where they would be others without what came later, it was
        counted by that already: a silent acceptance starts its clock days after its first day, and the end of a procedure may be entered
        days after it.
        """
        newest = self._when_stopped() if self.clock.stopped_on else self.shelf.calendar(self.clock.region)
        if day >= self.last:
            return newest
        of_then = self._without_later(day)
        if self.clock.is_written or (self._counted_on and day < self._counted_on):
            return of_then
        return of_then if self._dates(day, of_then) == self._dates(day, newest) else newest

    def told_by(self) -> Calendar:
        """The calendar by which a day was counted that was told in writing: the first that gives this day. It is the one known on the first
        day, or, where a year's notice was loaded later than it is dated, the one published by then; or that of the evening before, since
        what was registered on the first day itself may have come after the notice."""
        began, counted = self.clock.started_on, self.clock.facts.get("counted", 0)
        tried = (by(day) for day in (began, began - ONE_DAY) for by in (self._known_on, self._without_later))
        fitting = (days for days in tried if counting.working_days(days, began, counted).due == self.clock.due_on)
        return next(fitting, None) or self._known_on(began)

    def _known_on(self, day: date) -> Calendar:
        return Calendar.known_on(self.shelf.versions, day, self._local_days(day))

    def _when_stopped(self) -> Calendar:
        """What is published on the very day of its end may have come before it or after: the calendar that gives the days that stand."""
        evening = self._without_later(self.last)
        if self.clock.is_written or self._gives_what_stands(evening):
            return evening
        morning = self._without_later(self.last - ONE_DAY)
        return morning if self._gives_what_stands(morning) else evening

    def _gives_what_stands(self, days: Calendar) -> bool:
        clock, held = self.clock, as_counted(self.clock)
        answer = decide(clock, days, held)
        legal_due = answer.legal.due if answer.legal else None
        found = (answer.provisional, legal_due, *bounded(clock, days, answer, held))
        return found == (clock.provisional, clock.legal_due, clock.promised_due, clock.due_on)

    def _dates(self, day: date, days: Calendar) -> tuple:
        answer = decide(self.clock_on(day), days, self.intervals(day))
        return answer.provisional, [one and (one.due, one.left) for one in (answer.legal, answer.promised)]

    def _without_later(self, day: date) -> Calendar:
        """As published by that evening; of a clock that has stopped, without what was published after its end."""
        stopped_on = self.clock.stopped_on
        later = {name for event in self.changes if self._after(event, day) for name in _rows_of(event)}
        if stopped_on is not None:
            later |= self._too_late()
        kept = [one for one in self.shelf.versions if _row_name(one) not in later and (stopped_on is None or one.known_from <= stopped_on)]
        return Calendar.known_on(kept, None, self._local_days(day))

    @property
    def _counted_on(self) -> date | None:
        """The day on which the clock was last counted again. A recount that meets it standing still changes no day and leaves no
        event: the end of the procedure counts by the new calendar."""
        turns = [beijing_date(self.recounts[-1].at)] if self.recounts else []
        for pause in self.clock.intervals.pauses:
            held = pause.as_interval()
            turns += [on for on in (held.start, held.end) if held.notified and on is not None]
        if self.clock.intervals.extension:
            turns.append(self.clock.intervals.extension.approved_on)
        return max(turns, default=None)

    def _after(self, event: Event, day: date) -> bool:
        """Published after that day, in the clock's life."""
        return day < beijing_date(event.at) <= self.last

    def _too_late(self) -> set[str]:
        """Versions that were published when the clock had stopped, of years that it had counted by an earlier one, or had guessed: a year
        without a notice that it passed through (推定), where there was a notice of any other."""
        first: dict[str, date] = {}
        for event in self.changes:
            for name in _rows_of(event):
                first.setdefault(name, beijing_date(event.at))
        late = {name for name, on in first.items() if on > self.clock.stopped_on}
        counted: dict[int, date] = {}
        for version in self.shelf.versions:
            if _row_name(version) not in late:
                counted[version.year] = max(counted.get(version.year, version.known_from), version.known_from)
        guessed = self.clock.provisional and bool(counted)
        return {
            _row_name(version)
            for version in self.shelf.versions
            if _row_name(version) in late
            and (version.known_from > counted[version.year] if version.year in counted else guessed)
        }

    def _local_days(self, day: date) -> dict[date, LocalDay]:
        """Exceptions of the clock's place as registered by that evening, the nearer place over the farther."""
        kept: dict[str, dict[date, LocalDay]] = {}
        for event in self.changes:
            if event.subject_type != LocalException._meta.model_name or beijing_date(event.at) > day:
                continue
            place, on = kept.setdefault(event.facts["region"], {}), date.fromisoformat(event.facts["day"])
            if event.name == "localexception.register":
                place[on] = LocalDay(event.facts["working"], event.facts["reason"])
            else:
                place.pop(on, None)
        return {on: what for region in lineage(self.clock.region) for on, what in kept.get(region, {}).items()}

    @property
    def recounts(self) -> list[Event]:
        if self._recounts is None:
            named = Event.objects.filter(chain=self.clock.chain, name="clock.recompute").order_by("seq")
            self._recounts = list(named) if self.clock.chain_seq else []
        return self._recounts

    @property
    def changes(self) -> list[Event]:
        """What was published: arrangements loaded, exceptions of the clock's place registered and withdrawn."""
        return self.shelf.published(self.clock.region)

    # —— the days on which something changed ——

    def turns(self) -> Iterator[Turn]:
        points = sorted(self._points(), key=lambda point: point.on)
        for place, point in enumerate(points):
            told = (point.on, point.what, point.text)
            if self.clock.is_written:
                yield Turn(*told, self.clock.due_on, notice=point.notice)
                continue
            later = [other for other in points[place + 1 :] if other.on == point.on]
            days, held, clock = self.calendar(point.on), self.intervals(point.on, later), self.clock_on(point.on)
            answer = decide(clock, days, held)
            legal = answer.legal.due if answer.legal else None
            promised_due, due_on = bounded(clock, days, answer, held)
            yield Turn(*told, due_on, legal, promised_due, point.notice)

    def _points(self) -> Iterator[Point]:
        clock = self.clock
        yield Point(clock.started_on, START, "开始计算")
        for place, pause in enumerate(as_counted(clock).pauses):
            held = pause.as_interval()
            if not held.notified:
                continue
            name = telling.PAUSE_TYPES.get(pause.ground, pause.ground)
            yield Point(held.start, PAUSE, f"特别程序“{name}”开始，次日起停止计算", pause.notice, place)
            if held.end is not None:
                yield Point(held.end, RESUME, f"特别程序“{name}”结束，次日起继续计算", pause=place)
        granted = clock.intervals.extension
        if granted:
            text = f"延长 {longer_by(clock, granted.days)}：{granted.reason}"
            yield Point(granted.approved_on, EXTEND, text, granted.notice)
        more = (clock.facts.get("promise") or {}).get("more")
        if more and (on := date.fromisoformat(more["on"])) > clock.started_on:
            longer = longer_by(clock, more["days"])
            yield Point(on, EXTEND, f"承诺期限延长{longer}，环节不超出延长后的承诺期限")
        for event in self.recounts:
            yield Point(beijing_date(event.at), CALENDAR, self._cause(event))
        if clock.stopped_on:
            yield Point(clock.stopped_on, STOP, "停止计算")

    def _cause(self, recount: Event) -> str:
        """What was published last before the clock was counted again."""
        before = [event for event in self.changes if event.at <= recount.at]
        if not before:
            return "工作日历变更，重新计算"
        event = before[-1]
        if event.subject_type == Edition._meta.model_name:
            years = "、".join(f"{year}年" for year in event.facts["years"])
            return f"载入{years}放假安排，重新计算"
        on = telling.full(date.fromisoformat(event.facts["day"]))
        if event.name == "localexception.withdraw":
            return f"撤销{on}的本地例外，重新计算"
        return f"{on}本地{'上班' if event.facts['working'] else '停业'}：{event.facts['reason']}，重新计算"


def _pause_on(pause: Pause, day: date, *, still_open: bool = False) -> Pause:
    then = copy(pause)
    if still_open or (then.ended_on is not None and then.ended_on > day):
        then.ended_on = None
    if then.notified_on is not None and then.notified_on > day:
        then.notified_on = None
    return then


def _rows_of(event: Event) -> list[str]:
    """The versions of years that an event of the edition brought, by name."""
    if event.name == "edition.publish":
        known_from = date.fromisoformat(event.facts["known_from"])
        return [str(CalendarVersion(year=year, known_from=known_from)) for year in event.facts["years"]]
    return event.facts.get("rows", [])


def _row_name(version: Arrangement) -> str:
    """The words by which `edition.load` names a version."""
    return str(CalendarVersion(year=version.year, known_from=version.known_from))


def explain_clock(clock: Clock, found: Shelf | None = None) -> list[str]:
    """为什么是这一天: the counting day by day in Chinese, with law, promise, notices, and whether it is provisional.

    A page that explains many clocks asks `shelf()` once and hands it in. `queries_why.why` tells the same in full.
    """
    # What was told in writing is told as it was counted then, a stopped clock by what was published when it stopped.
    past = Past(clock, found or shelf())
    days = past.told_by() if clock.is_written else past.calendar(past.last)
    lines = tell(clock, days, as_counted(clock), clock.stopped_on)
    if _differs(clock, days):
        lines.append(f"日历此后有变更；登记的到期日是{telling.full(clock.due_on)}。")
    return lines


def _differs(clock: Clock, days: Calendar) -> bool:
    """Whether this calendar gives another day than the one that stands."""
    return not clock.is_written and clock.due_on not in (None, bounded(clock, days, decide(clock, days))[1])
