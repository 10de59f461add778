"""The side clocks: delivery, remedies, renewal, the check after a commitment. Day counts of the law come from the caller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from .calendar import Calendar
from .counting import Due, Rolled, months_after, plain_days, working_days

DEEMED_RENEWED, PENDING, RENEWED, EXPIRED = "deemed_renewed", "pending", "renewed", "expired"


@dataclass(frozen=True, slots=True)
class Delivery:
    by: Due
    served_on: date | None
    on_time: bool | None


def delivered(calendar: Calendar, decision_date: date, days: int, signed_on: date | None = None) -> Delivery:
    """A clock of its own after the decision (XKF art. 44); served when signed for, not when posted (CPL art. 87)."""
    by = working_days(calendar, decision_date, days)
    return Delivery(by, signed_on, None if signed_on is None else signed_on <= by.due)


@dataclass(frozen=True, slots=True)
class Remedies:
    reconsideration: Due
    litigation: Rolled


def remedies(calendar: Calendar, served_on: date, reconsideration_days: int, litigation_months: int) -> Remedies:
    """Plain days and months from service, never from the decision (Reconsideration Law art. 20; ALL art. 46)."""
    return Remedies(
        plain_days(calendar, served_on, reconsideration_days), months_after(calendar, served_on, litigation_months)
    )


@dataclass(frozen=True, slots=True)
class Renewal:
    apply_by: date
    timely: bool
    state: str


def renewed(valid_to: date, applied_on: date, decided_on: date | None, today: date, days_before: int) -> Renewal:
    """Asked for in time and undecided at expiry = renewed (XKF art. 50). The days before expiry are plain ones (K13)."""
    apply_by = valid_to - timedelta(days=days_before)
    timely = applied_on <= apply_by
    if decided_on is not None and decided_on <= min(today, valid_to):
        state = RENEWED
    elif today <= valid_to:
        state = PENDING
    else:
        # What is decided after expiry comes too late: the law has answered by then.
        state = DEEMED_RENEWED if timely else EXPIRED
    return Renewal(apply_by, timely, state)


def inspected(calendar: Calendar, decision_date: date, days: int) -> Due:
    """A grant on commitment is checked within so many working days of the decision (ZJR art. 14(2))."""
    return working_days(calendar, decision_date, days)
