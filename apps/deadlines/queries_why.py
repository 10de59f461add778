"""为什么是这一天, in full: both limits as rows of days, and every day on which the dates of a clock became others.

`why(clock)` tells what stands, `why(clock, as_of=day)` what stood that evening, by the calendar, the special procedures and
the extension that were known then. What a clock was counted by in the past follows from facts: its intervals, and the
journal's record of what was published since. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date

from apps.journal.models import Event
from apps.kit.days import days_words, shared_unit
from apps.kit.errors import Refused
from apps.kit.time import beijing_date, today

from .engine import counting, telling
from .engine.calendar import ONE_DAY, Arrangement, Calendar, LocalDay
from .engine.counting import Due, Limit
from .models import CalendarVersion, Clock, Edition, Extension, Intervals, LocalException, Pause
from .queries import Shelf, lineage, shelf
from .queries_clocks import as_counted, bounded, decide, light_days, measure, tell

LEGAL, PROMISED, WRITTEN = "legal", "promised", "written"
START, PAUSE, RESUME, EXTEND, CALENDAR, STOP = "start", "pause", "resume", "extend", "calendar", "stop"


@dataclass(frozen=True, slots=True)
class Side:
    """One limit of a clock: its days one by one, and where they end."""

    name: str  # legal, promised or written
    limit: Limit
    due: date | None
    left: int  # days left while a pause holds it
    binds: bool
    steps: tuple[telling.Step, ...]
    excluded_working_days: int = 0

    @property
    def limit_words(self) -> str:
        return telling.limit_words(self.limit) if self.limit.n else "当日"

    @property
    def left_words(self) -> str:
        return days_words(self.left, self.limit.unit)


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


@dataclass(frozen=True, slots=True)
class Why:
    clock: Clock
    as_of: date | None  # None: as it stands
    sides: tuple[Side, ...]
    lines: tuple[str, ...]
    turns: tuple[Turn, ...]
    pauses: tuple[Pause, ...]
    extension: Extension | None
    due_on: date | None
    yellow_on: date | None
    red_on: date | None
    provisional: bool
    light: str  # of that day: green … overdue (also of a limit that ran out before a procedure), paused or stopped
    notices: tuple[str, ...]  # by which arrangements it was counted
    days_left: int | None  # working days from `as_of` (or today) to the day that binds; None when stopped or held

    @property
    def overdue_on(self) -> date | None:
        return self.due_on + ONE_DAY if self.due_on else None

    @property
    def on_the_spot(self) -> bool:
        """No days to count: it is due on its first day, or the first working one after it (K8)."""
        return bool(self.sides) and not any(side.limit.n for side in self.sides)

    @property
    def longer_by(self) -> str:
        return _longer_by(self.clock, self.extension.days) if self.extension else ""


def why(clock: Clock, as_of: date | None = None, found: Shelf | None = None) -> Why:
    """Raises Refused for a day on which the clock did not run yet, and for one that has not come: nobody knows what will be known then."""
    if as_of is not None and as_of < clock.started_on:
        raise Refused("why.as_of", f"这个期限从 {clock.started_on} 起计算，请选这一天或以后的日子。", "as_of")
    if as_of is not None and as_of > max(today(), clock.started_on):
        raise Refused("why.as_of", f"{as_of} 还没有到，那一天会知道什么，现在说不出；请选今天或以前的日子。", "as_of")
    past = Past(clock, found or shelf())
    day = as_of or past.last
    days, held, clock = past.calendar(day), past.intervals(day), past.clock_on(day)
    stopped_on = clock.stopped_on if clock.stopped_on and clock.stopped_on <= day else None
    sides, due_on, provisional = _sides(clock, days, held)
    yellow_on, red_on = light_days(clock, due_on, days, past.shelf, held)
    lines = tell(clock, days, held, stopped_on)
    if as_of is None and due_on != clock.due_on and clock.due_on is not None:
        lines.append(f"日历此后有变更；登记的到期日是{telling.full(clock.due_on)}。")
    light = _light(clock, stopped_on, sides, due_on, yellow_on, red_on, day)
    last = max((side.steps[-1].day for side in sides), default=None)
    kept = (clock.intervals if stopped_on else held).pauses
    return Why(
        clock=clock,
        as_of=as_of,
        sides=sides,
        lines=tuple(lines),
        turns=tuple(turn for turn in past.turns() if turn.on <= day),
        pauses=tuple(pause for pause in kept if not pause.void_reason),
        extension=held.extension,
        due_on=due_on,
        yellow_on=yellow_on,
        red_on=red_on,
        provisional=provisional,
        light=light,
        notices=tuple(telling.notices(days, clock.started_on, last)) if last else (),
        days_left=days.count(day, due_on) if due_on is not None and stopped_on is None else None,
    )


def recounted(clock: Clock, day: date) -> Clock:
    """A copy with its dates and light of a morning gone by, by the calendar of today: what was begun or approved on that day or later
    is not there yet."""
    past = Past(clock, shelf())
    held, then = past.intervals(day), copy(past.clock_on(day))
    granted = held.extension if held.extension and held.extension.approved_on < day else None
    known = Intervals(tuple(pause for pause in held.pauses if pause.notified_on != day), granted)
    for name, value in measure(then, past.shelf, known).as_columns().items():
        setattr(then, name, value)
    then.light = then.light_on(day)
    return then


def longer_in(clock: Clock) -> str:
    """The unit of an extension's days: that of both limits, each of which gets them in its own; plain 日 where the two differ."""
    return shared_unit((clock.promised, clock.legal))


def _longer_by(clock: Clock, days: int) -> str:
    return f"{days} {longer_in(clock)}"


def _light(clock: Clock, stopped_on, sides: tuple[Side, ...], due_on, yellow_on, red_on, day: date) -> str:
    if stopped_on is not None:
        return str(Clock.State.STOPPED)
    then = copy(clock)
    then.due_on, then.yellow_on, then.red_on = due_on, yellow_on, red_on
    then.legal_due = then.promised_due = min((side.due for side in sides if side.due is not None), default=None)
    light = str(then.light_on(day))
    return light if due_on is not None or light == Clock.Light.OVERDUE else str(Clock.State.PAUSED)


def _sides(clock: Clock, days: Calendar, held: Intervals) -> tuple[tuple[Side, ...], date | None, bool]:
    if clock.is_written:
        counted = clock.facts.get("counted")
        one = counting.working_days(days, clock.started_on, counted) if counted is not None else None
        sides = (_side(days, WRITTEN, one, True),) if one else ()
        return sides, clock.due_on, False
    answer = decide(clock, days, held)
    by_law = answer.legal is not None and answer.effective_due == answer.legal.due
    sides = []
    if answer.legal is not None:
        sides.append(_side(days, LEGAL, answer.legal, by_law))
    if clock.promised is not None:
        kept = answer.effective_due == answer.promised.due
        sides.append(_side(days, PROMISED, answer.promised, kept and not (by_law and kept)))
    return tuple(sides), bounded(clock, days, answer, held)[1], answer.provisional


def _side(days: Calendar, name: str, one: Due, binds: bool) -> Side:
    binds = binds and one.due is not None
    steps = tuple(telling.steps(days, one))
    return Side(name, one.limit, one.due, one.left, binds, steps, one.excluded_working_days)


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
        """The calendar by which the clock's dates of that evening were counted.

        What came after this day is taken away again, up to the clock's last: it may have moved no due day, and yet that evening's yellow
        light, the days left then, and the days that are named; and an amendment names the whole year, an earlier one's days too.
        Since the clock was last counted again nothing has moved its dates: where they are others without it, they were counted by it
        (the clock of a silent acceptance is younger than its first day, the end of a procedure than its entry).
        """
        if self.clock.is_written:
            return self.shelf.calendar(self.clock.region, self.clock.started_on)
        last = self._stripped(self.last) if self.clock.stopped_on else self.shelf.calendar(self.clock.region)
        if day >= self.last:
            return last
        then, since = self._stripped(day), self._counted_on is None or day >= self._counted_on
        return last if since and self._dates(day, then) != self._dates(day, last) else then

    def _dates(self, day: date, days: Calendar) -> tuple:
        answer = decide(self.clock_on(day), days, self.intervals(day))
        return answer.provisional, [one and (one.due, one.left) for one in (answer.legal, answer.promised)]

    def _stripped(self, day: date) -> Calendar:
        """Without what was published after this day."""
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
        """Versions that were published when the clock had stopped, of years that it had counted by an earlier one."""
        first: dict[str, date] = {}
        for event in self.changes:
            for name in _rows_of(event):
                first.setdefault(name, beijing_date(event.at))
        late = {name for name, on in first.items() if on > self.clock.stopped_on}
        counted: dict[int, date] = {}
        for version in self.shelf.versions:
            if _row_name(version) not in late:
                counted[version.year] = max(counted.get(version.year, version.known_from), version.known_from)
        return {
            _row_name(version)
            for version in self.shelf.versions
            if _row_name(version) in late and version.known_from > counted.get(version.year, version.known_from)
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
            text = f"延长 {_longer_by(clock, granted.days)}：{granted.reason}"
            yield Point(granted.approved_on, EXTEND, text, granted.notice)
        more = (clock.facts.get("promise") or {}).get("more")
        if more and (on := date.fromisoformat(more["on"])) > clock.started_on:
            longer = _longer_by(clock, more["days"])
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
