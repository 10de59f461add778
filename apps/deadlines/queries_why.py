"""为什么是这一天, in full: both limits as rows of days, and every day on which the dates of a clock became others.

`why(clock)` tells what stands, `why(clock, as_of=day)` what stood that evening, by the calendar, the special procedures and
the extension that were known then. What a clock was counted by in the past follows from facts: its intervals, and the
journal's record of what was published since. Writes nothing.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import date

from apps.kit.days import day_cn, days_words
from apps.kit.errors import Refused
from apps.kit.time import today

from .engine import counting, telling
from .engine.calendar import ONE_DAY, Calendar
from .engine.counting import Due, Limit
from .models import Clock, Extension, Intervals, Pause
from .queries import Shelf, shelf
from .queries_clocks import bounded, decide, light_days, measure, tell
from .queries_past import Past, Turn, longer_by

LEGAL, PROMISED, WRITTEN = "legal", "promised", "written"
SIDES = {LEGAL: "法定期限", PROMISED: "承诺期限", WRITTEN: "告知的期限"}


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
        return longer_by(self.clock, self.extension.days) if self.extension else ""


def why(clock: Clock, as_of: date | None = None, found: Shelf | None = None) -> Why:
    """Raises Refused for a day on which the clock did not run yet, and for one that has not come: nobody knows what will be known then."""
    if as_of is not None and as_of < clock.started_on:
        raise Refused("why.as_of", f"这个期限从{day_cn(clock.started_on)}起计算，请选这一天或以后的日子。", "as_of")
    if as_of is not None and as_of > max(today(), clock.started_on):
        raise Refused("why.as_of", f"{day_cn(as_of)}还没有到，那一天会知道什么，现在说不出；请选今天或以前的日子。", "as_of")
    past = Past(clock, found or shelf())
    day = as_of or past.last
    days, held, clock = past.calendar(day), past.intervals(day), past.clock_on(day)
    stopped_on = clock.stopped_on if clock.stopped_on and clock.stopped_on <= day else None
    counted_by = past.told_by() if clock.is_written else days
    sides, due_on, provisional = _sides(clock, counted_by, held)
    yellow_on, red_on = light_days(clock, due_on, days, past.shelf, held)
    lines = tell(clock, counted_by, held, stopped_on)
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
        notices=tuple(telling.notices(counted_by, clock.started_on, last)) if last else (),
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
