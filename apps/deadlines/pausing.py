"""Clocks stand still, run on and are extended, inside the action of the case that says so.

    clocks = case_clocks(act, application.pk)          # locked, with their intervals: one statement
    hold_clocks(act, clocks, pause)                    # or release_clocks, extend_clock

The caller has locked the case and asked who may. The case's own move says what was done, and its facts carry the new days and
the light. A light that has risen with it (the end of a procedure was recorded late) is announced here as the sweep would: nothing is
left for the sweep to find.
"""

from __future__ import annotations

from datetime import date

from django.db import models

from apps.journal.door import Action
from apps.kit.time import today

from .actions import MEASURED, MOVING, announce, name_of, set_dates
from .engine.counting import CALENDAR_DAYS
from .models import Clock, Extension, Intervals, Pause
from .queries import shelf_held


def case_clocks(act: Action, root_id: int) -> list[Clock]:
    """All decision and step clocks of a case, stopped ones too, locked; their intervals are the same Pause objects.

    Asked once in an action: these objects carry what is not written yet.
    """
    rows = Clock.objects.with_intervals().filter(root_id=root_id, kind__in=Clock.HELD).order_by("pk")
    clocks, known = list(rows.select_for_update(of=("self",))), {}
    for clock in clocks:
        pauses = tuple(known.setdefault(pause.pk, pause) for pause in clock.intervals.pauses)
        clock.intervals = Intervals(pauses, clock.intervals.extension)
    return clocks


def clock_of(clocks: list[Clock], subject: models.Model) -> Clock:
    """The running or paused decision clock of a member."""
    wanted = name_of(subject)
    return next(
        clock
        for clock in clocks
        if clock.kind == Clock.Kind.DECISION and clock.state != Clock.State.STOPPED and clock.about == wanted
    )


def hold_clocks(act: Action, clocks: list[Clock], pause: Pause) -> None:
    """Store a special procedure. Every clock that it covers stands still, if its notice was served already (K5, K6)."""
    pause.save(force_insert=True)
    covered = _covered(clocks, pause.about)
    for clock in covered:
        clock.intervals = clock.intervals.plus(pause)
    _turn(act, covered)


def serve_pause(act: Action, clocks: list[Clock], pause: Pause, *, on: date, by: str) -> None:
    """The written notice reached the applicant: from this day on the time is left out."""
    pause.notified_on, pause.served_by = on, by
    act.save(pause, "notified_on", "served_by")
    _turn(act, _covered(clocks, pause.about))


def drop_pause(act: Action, pause: Pause, *, reason: str) -> None:
    """A notice that was never served is taken back: it has held nothing."""
    pause.ended_on, pause.void_reason = today(), reason
    act.save(pause, "ended_on", "void_reason")


def release_clocks(act: Action, clocks: list[Clock], subject: models.Model, *, on: date) -> list[Pause]:
    """The special procedures of this subject are over on that day; clocks run on from the next. Returns what ended."""
    covered = _covered(clocks, name_of(subject))
    ended = {pause.pk: pause for clock in covered for pause in clock.intervals.pauses if pause.holds}
    for pause in ended.values():
        pause.ended_on = on
        act.save(pause, "ended_on")
    _turn(act, covered)
    return list(ended.values())


def left_out(act: Action, clock: Clock, pause: Pause) -> int:
    """The days that an ended special procedure left out of the promise, in its unit: days d with start < d <= end (K5). One that began
    when both limits were over left out nothing."""
    span, ends = pause.as_interval(), [clock.promised_due, *([clock.legal_due] if clock.legal else [])]
    if not span.notified or all(end is not None and end <= span.start for end in ends):
        return 0
    if (clock.promised or clock.legal)["unit"] == CALENDAR_DAYS:
        return (span.end - span.start).days
    return shelf_held(act).calendar(clock.region).count(span.start, span.end)


def waiting_pause(clocks: list[Clock], subject: models.Model) -> Pause | None:
    """The special procedure of this subject whose notice is not served yet."""
    return next((pause for pause in clock_of(clocks, subject).intervals.pauses if pause.waits), None)


def extend_clock(act: Action, clocks: list[Clock], clock: Clock, extension: Extension) -> None:
    """Store the one extension of this decision clock, judged valid before (`queries.decide`): both limits get the days (K7), and
    the step that runs has as much more room."""
    extension.clock = clock
    extension.save(force_insert=True)
    clock.intervals = Intervals(clock.intervals.pauses, extension)
    steps = [other for other in _covered(clocks, clock.about) if other.kind == Clock.Kind.STEP]
    for step in steps:
        step.stretch(extension)
        act.save(step, "facts")
    _turn(act, [clock, *steps])


def catch_up(act: Action, root_id: int, subject: models.Model, *kinds: str) -> None:
    """What ends today ran out unswept: its lights are announced as the sweep would have, before it stops and is never looked at again.
    `kinds`: of its other clocks these, instead of the decision's and its steps'."""
    if not kinds:
        look_again(act, _covered(case_clocks(act, root_id), name_of(subject)))
        return
    rows = Clock.objects.filter(root_id=root_id, kind__in=kinds, subject_type=subject._meta.model_name, subject_id=subject.pk)
    look_again(act, list(rows.exclude(state=Clock.State.STOPPED).order_by("pk").select_for_update()))


def hand_on(act: Action, root_id: int, subject: models.Model, department: str) -> None:
    """What runs of this subject, of whatever kind, is another department's from now on: it is warned, answers for it and may ask about it.
    What binds none, as the applicant's own days, still binds none."""
    rows = Clock.objects.filter(root_id=root_id, subject_type=subject._meta.model_name, subject_id=subject.pk)
    for clock in rows.exclude(state=Clock.State.STOPPED).exclude(department="").order_by("pk").select_for_update():
        clock.department = department
        act.save(clock, "department")


def look_again(act: Action, clocks: list[Clock]) -> None:
    """The same of these clocks, which are locked."""
    for clock in clocks:
        verb = clock.advance()
        act.save(clock, *MOVING)
        if verb:
            announce(act, clock, verb)
    act.written()  # the statement that stops them may not be the one that writes this: a row is changed once in each


def _covered(clocks: list[Clock], about: str) -> list[Clock]:
    return [clock for clock in clocks if clock.about == about and clock.state != Clock.State.STOPPED]


def _turn(act: Action, clocks: list[Clock]) -> None:
    """Dates, state, light and next moment of these clocks anew; one statement writes them all."""
    found = shelf_held(act)
    for clock in clocks:
        set_dates(clock, found)
        verb = clock.advance()
        act.save(clock, "state", *MEASURED, *MOVING)
        if verb:
            announce(act, clock, verb)
