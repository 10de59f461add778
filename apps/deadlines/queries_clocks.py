"""Reads of clocks: their dates by a calendar, and how they are told."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from .engine import decision, telling
from .engine.calendar import ONE_DAY, Calendar
from .engine.counting import Due, Excluded, working_days
from .models import Clock, Intervals, Pause
from .queries import Shelf


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


def provisional(**about) -> Coalesce:
    """For a list of cases: does the open clock that is `about` the row rest on a year without a notice (推定)?

    Not EXISTS: PostgreSQL would gather all clocks of the kind for a page of fifty rows, and before a notice is out these are half of what is open.
    """
    clocks = Clock.objects.filter(provisional=True, **about).exclude(state=Clock.State.STOPPED)
    return Coalesce(Subquery(clocks.values("provisional")[:1]), False)


def touched_clocks(first: date, last: date, region: str = "") -> QuerySet[Clock]:
    """Open clocks that pass through first..last, at the node and below ("" = everywhere); an open pause has no end yet, and a step
    ends with a promise that began before it."""
    begins = Q(started_on__lte=last) | Q(kind=Clock.Kind.STEP, facts__promise__from__lte=last.isoformat())
    ends = Q(due_on__isnull=True) | Q(due_on__gte=first) | Q(legal_due__gte=first) | Q(promised_due__gte=first)
    rows = Clock.objects.exclude(state=Clock.State.STOPPED).filter(begins, ends)
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
    yellow_on, red_on = light_days(clock, due_on, days, found, intervals)
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
    answer = decision.decide_by(
        days,
        clock.started_on,
        clock.legal_limit,
        clock.promised_limit,
        pauses=[pause.as_interval() for pause in held.pauses],
        extensions=[asked] if asked else (),
        granted=held.extension.as_granted() if held.extension else None,
        extension_cap=cap,
    )
    told = clock.facts.get("told")
    return answer.not_before(date.fromisoformat(told)) if told else answer


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


def light_days(
    clock: Clock, due_on: date | None, days: Calendar, found: Shelf, intervals: Intervals | None = None
) -> tuple[date | None, date | None]:
    """The days on which it turns yellow and red, counted back from the due day; None where it never does (no due day, no rule, too short).
    A special procedure makes no limit longer: its days are no part of that of which so much must be left."""
    rule = found.light_rule(clock.kind, clock.started_on)
    if due_on is None or rule is None:
        return None, None
    measures = ((rule.yellow_days, rule.yellow_percent), (rule.red_days, rule.red_percent))
    pauses = (clock.intervals if intervals is None else intervals).pauses
    left_out = Excluded(pause.as_interval() for pause in pauses).working_days(days, clock.started_on, due_on)
    yellow, red = (_turn(days, clock.started_on, due_on, least, percent, left_out) for least, percent in measures)
    return yellow, red


@lru_cache(maxsize=5000)
def _turn(days: Calendar, started_on: date, due_on: date, least: int, percent: int, left_out: int = 0) -> date | None:
    day = days.previous_working_day(due_on)
    for _ in range(min(least, (days.count(started_on, due_on) - left_out) * percent // 100)):
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


def as_counted(clock: Clock) -> Intervals:
    """Its intervals. What was still open when it stopped stays open: it never ran on, and no day became its last (K5)."""
    held = clock.intervals
    if clock.stopped_on is None or clock.due_on is not None:
        return held
    return replace(held, pauses=tuple(_reopened(pause) if _open_at(pause, clock.stopped_on) else pause for pause in held.pauses))


def _open_at(pause: Pause, day: date) -> bool:
    return pause.notified_on is not None and pause.ended_on is not None and pause.ended_on >= day


def _reopened(pause: Pause) -> Pause:
    then = copy(pause)
    then.ended_on = None
    return then


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
        if told := clock.facts.get("told"):
            last = telling.full(date.fromisoformat(told))
            lines.append(f"书面告知的截止日是{last}，当日仍在期限内；告知以后日历再有变更，不早于这一天。")
        if stopped_on is not None and not clock.closing:
            verdict = "在期限内" if stopped_on <= answer.legal.due else "超过期限"
            lines.append(f"{telling.full(stopped_on)}{_ENDED_BY[clock.kind]}：{verdict}。")
        return lines + _closed(clock, stopped_on)
    held = (clock.intervals if stopped_on else intervals).pauses
    still_open = {pause.pk for pause in intervals.pauses if pause.ended_on is None}
    told = telling.decision(
        days,
        answer,
        [pause.as_interval() for pause in held],
        decided_on=None if clock.closing else stopped_on,
        stopped=stopped_on is not None,
        unresumed=[pause.as_interval() for pause in held if pause.ended_on is not None and pause.pk in still_open],
    )
    return [*lines, *told, *_closed(clock, stopped_on)]


def _closed(clock: Clock, stopped_on: date | None) -> list[str]:
    return [f"{telling.full(stopped_on)}停止计时：{clock.closing}。"] if clock.closing and stopped_on else []
