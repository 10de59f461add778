"""如果……会怎样: what a pause, an extension, a decision or another calendar would do to a clock.

The same functions count, with supposed facts in place of stored ones; nothing is written.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import date

from apps.kit.days import day_cn
from apps.kit.errors import Refused, WrongState, raise_all
from apps.kit.time import today

from .engine import decision
from .engine.calendar import LocalDay
from .models import Clock, Extension, Intervals, Pause
from .queries import Shelf, shelf
from .queries_clocks import decide, measure, tell
from .queries_past import Past

FARTHEST = 3 * 366  # days from the start within which a supposition makes sense


@dataclass(frozen=True, slots=True)
class Supposition:
    """What is supposed; nothing = as it is."""

    pause_from: date | None = None
    pause_to: date | None = None  # None with a beginning: it stays open
    extension_days: int | None = None
    approved_on: date | None = None  # of the extension; today when absent
    decided_on: date | None = None
    day: date | None = None  # a day of the calendar that would be otherwise
    working: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """A clock by one set of facts."""

    legal_due: date | None
    promised_due: date | None
    due_on: date | None
    legal_left: int | None
    promised_left: int | None
    yellow_on: date | None
    red_on: date | None
    light: str  # of today
    outcome: str  # of the supposed decision; "" without one
    lines: tuple[str, ...]

    @property
    def paused(self) -> bool:
        return self.due_on is None


@dataclass(frozen=True, slots=True)
class WhatIf:
    now: Seen
    then: Seen
    rejected: str  # why the extension would not hold: second_extension, over_cap, approved_after_due; "" when it would

    @property
    def both(self) -> tuple[Seen, Seen]:
        return self.now, self.then


def what_if(clock: Clock, supposed: Supposition, *, cap: int, found: Shelf | None = None) -> WhatIf:
    """Now and then, side by side. `cap`: how many days the item may be extended by. Raises WrongState and Refused."""
    if clock.state == Clock.State.STOPPED:
        raise WrongState("这个期限已经停止计算，不能再假设。")
    _demand(clock, supposed)
    now_shelf = found or shelf()
    shelf_then = now_shelf
    if supposed.day:
        shelf_then = now_shelf.supposing_day(clock.region, supposed.day, LocalDay(supposed.working, "假设"))
    held, rejected = _supposed(clock, supposed), ""
    if supposed.extension_days:
        asked = decision.Extension(supposed.extension_days, supposed.approved_on or today())
        answer = decide(clock, shelf_then.calendar(clock.region), held, asked=asked, cap=cap)
        if answer.rejected:
            rejected = answer.rejected[-1][1]
        else:
            held = Intervals(held.pauses, Extension(days=asked.days, approved_on=asked.approved_on))
    return WhatIf(
        _seen(clock, now_shelf, clock.intervals, supposed.decided_on),
        _seen(clock, shelf_then, held, supposed.decided_on),
        rejected,
    )


def _demand(clock: Clock, supposed: Supposition) -> None:
    faults = []
    wants_pause, wants_more = supposed.pause_from or supposed.pause_to, supposed.extension_days or supposed.approved_on
    if supposed.pause_to and not supposed.pause_from:
        faults.append(Refused("what_if.pause", "请填写暂停从哪天开始。", "pause_from"))
    if supposed.pause_from and supposed.pause_to and supposed.pause_to < supposed.pause_from:
        faults.append(Refused("what_if.pause", "暂停的结束日不能早于开始日。", "pause_to"))
    if supposed.approved_on and not supposed.extension_days:
        faults.append(Refused("what_if.extension", "请填写延长多少天。", "extension_days"))
    if wants_pause and clock.kind not in Clock.HELD:
        faults.append(Refused("what_if.kind", "这种期限不因特别程序停止，不能假设暂停。", "pause_from"))
    if wants_more and clock.kind != Clock.Kind.DECISION:
        faults.append(Refused("what_if.kind", "只有审批期限可以延长。", "extension_days"))
    for name in ("pause_from", "pause_to", "approved_on", "decided_on", "day"):
        day = getattr(supposed, name)
        if day and abs((day - clock.started_on).days) > FARTHEST:
            faults.append(Refused("what_if.range", f"{day_cn(day)}离开始日太远，请选前后三年以内的日子。", name))
        elif day and day < clock.started_on and name != "day":
            faults.append(Refused("what_if.range", f"请选开始日（{day_cn(clock.started_on)}）或以后的日子。", name))
    raise_all(faults)


def _supposed(clock: Clock, supposed: Supposition) -> Intervals:
    held = clock.intervals
    if supposed.pause_from is None:
        return held
    return held.plus(
        Pause(started_on=supposed.pause_from, ended_on=supposed.pause_to, notified_on=supposed.pause_from, ground="假设")
    )


def _seen(clock: Clock, found: Shelf, held: Intervals, decided_on: date | None) -> Seen:
    """A copy of the clock with the dates that these facts give it."""
    measured = measure(clock, found, held)
    then = copy(clock)
    for name, value in measured.as_columns().items():
        setattr(then, name, value)
    days = Past(clock, found).told_by() if clock.is_written else found.calendar(clock.region)  # no calendar moves what was told in writing
    return Seen(
        legal_due=measured.legal_due,
        promised_due=measured.promised_due,
        due_on=measured.due_on,
        legal_left=measured.legal_left,
        promised_left=measured.promised_left,
        yellow_on=measured.yellow_on,
        red_on=measured.red_on,
        light=then.light_on(today()),
        outcome=decide(clock, days, held).outcome(decided_on) if decided_on and not clock.is_written else "",
        lines=tuple(tell(clock, days, held, decided_on)),
    )

