"""What a pause, its end or an extension would do to the days of a member, by the engine; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from apps.deadlines.engine import decision
from apps.deadlines.models import Clock, Intervals, Pause
from apps.deadlines.queries import shelf
from apps.deadlines.queries_clocks import decide, measure
from apps.kit.errors import Refused
from apps.kit.time import today

from . import powers
from .models import Member


@dataclass(frozen=True, slots=True)
class Days:
    """Both due dates and the earlier, days left where a pause holds them, and whether a year is guessed."""

    due_on: date | None
    promised_due: date | None
    legal_due: date | None
    promised_left: int | None
    legal_left: int | None
    provisional: bool


def clock_of(member: Member) -> Clock | None:
    """The member's decision clock with its intervals, while it is not stopped."""
    rows = Clock.objects.with_intervals().filter(kind=Clock.Kind.DECISION, subject_type="member", subject_id=member.pk)
    return rows.exclude(state=Clock.State.STOPPED).first()


def now(clock: Clock) -> Days:
    return Days(
        clock.due_on, clock.promised_due, clock.legal_due, clock.promised_left, clock.legal_left, clock.provisional
    )


def if_paused(clock: Clock, expected_days: int) -> tuple[Days, date, Days]:
    """(while it lasts, the day on which it would end as expected, the days after that)."""
    calendar = shelf().calendar(clock.region)
    end = calendar.add_working_days(today(), expected_days).due
    begun = Pause(started_on=today(), notified_on=today())
    return _measured(clock, clock.intervals.plus(begun)), end, _measured(clock, clock.intervals.plus(_ended(begun, end)))


def if_resumed(clock: Clock, on: date) -> Days:
    """The days if what holds the clock ended on this day."""
    pauses = tuple(_ended(pause, on) if pause.holds else pause for pause in clock.intervals.pauses)
    return _measured(clock, replace(clock.intervals, pauses=pauses))


def if_extended(member: Member, clock: Clock, days: int) -> Days:
    """The days with an extension approved today. Raises the refusal that `actions.extend` would."""
    book = shelf()
    power = powers.to_extend(member, book)
    answer = decide(clock, book.calendar(clock.region), asked=decision.Extension(days, today()), cap=power.cap)
    if answer.rejected:
        raise power.refusal(answer.rejected[-1][1], clock)
    law, promise = answer.legal, answer.promised
    return Days(
        answer.effective_due,
        promise.due,
        law.due if law else None,
        promise.left if promise.due is None else None,
        law.left if law and law.due is None else None,
        answer.provisional,
    )


def refused(member: Member, clock: Clock) -> Refused | None:
    """Why not even one day may be added today."""
    try:
        if_extended(member, clock, 1)
    except Refused as refusal:
        return refusal
    return None


def _ended(pause: Pause, on: date) -> Pause:
    return Pause(
        started_on=pause.started_on, ended_on=max(on, pause.notified_on), notified_on=pause.notified_on, ground=pause.ground
    )


def _measured(clock: Clock, intervals: Intervals) -> Days:
    seen = measure(clock, shelf(), intervals)
    return Days(
        seen.due_on, seen.promised_due, seen.legal_due, seen.promised_left, seen.legal_left, seen.provisional
    )
