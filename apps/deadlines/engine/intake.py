"""From the counter to acceptance: receipt, the one-time notice, supplements, the tolerated gap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from .calendar import Calendar
from .counting import Due, working_days

UNDER_CHECK, ACCEPTED, DEEMED_ACCEPTED = "under_check", "accepted", "deemed_accepted"
AWAITING_SUPPLEMENT, LAPSED = "awaiting_supplement", "lapsed"
IN_REVIEW_WITH_GAP, IN_REVIEW, ACCEPTANCE_REVOKED = "in_review_with_gap", "in_review", "acceptance_revoked"


@dataclass(frozen=True, slots=True)
class Acceptance:
    state: str
    accept_date: date | None
    notice: Due


def accepted_when(
    calendar: Calendar,
    receipt_date: date,
    notice_days: int,
    today: date,
    *,
    action: str | None = None,  # "notice" (one-time notice of all gaps) or "accept"
    action_on: date | None = None,
    full_supplement_on: date | None = None,
    cure_by: date | None = None,
    lapse_state: str = LAPSED,
) -> Acceptance:
    """Where a received application stands on `today`.

    Silence, or a word that comes after the notice days, is acceptance from the day of receipt (XKF art. 32(4));
    all that was asked for is in: accepted that day (art. 32(5)); not in by `cure_by`: `lapse_state` (ZJR art. 11).
    What is dated after `today` has not happened yet.
    """
    notice = working_days(calendar, receipt_date, notice_days)
    acted = action is not None and action_on <= min(today, notice.due)
    if not acted:
        if today > notice.due:
            return Acceptance(DEEMED_ACCEPTED, receipt_date, notice)
        return Acceptance(UNDER_CHECK, None, notice)
    if action == "accept":
        return Acceptance(ACCEPTED, action_on, notice)
    last_day = min(today, cure_by) if cure_by else today
    if full_supplement_on is not None and full_supplement_on <= last_day:
        return Acceptance(ACCEPTED, full_supplement_on, notice)
    if cure_by is not None and today > cure_by:
        return Acceptance(lapse_state, None, notice)
    return Acceptance(AWAITING_SUPPLEMENT, None, notice)


@dataclass(frozen=True, slots=True)
class Cure:
    state: str
    cure_by: Due
    decision: Due


def cured_when(
    calendar: Calendar, accept_date: date, promised: int, cure_days: int, today: date, supplied_on: date | None = None
) -> Cure:
    """Acceptance with a tolerated gap: the decision clock runs on; uncured, the acceptance is revoked (ZJR art. 11(2))."""
    cure_by = working_days(calendar, accept_date, cure_days)
    decision = working_days(calendar, accept_date, promised)
    if supplied_on is not None and supplied_on <= min(today, cure_by.due):
        state = IN_REVIEW
    else:
        state = IN_REVIEW_WITH_GAP if today <= cure_by.due else ACCEPTANCE_REVOKED
    return Cure(state, cure_by, decision)
