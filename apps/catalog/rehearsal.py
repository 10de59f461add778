"""A rehearsal of a Plan on the real calendar: every member takes all its time, its notice goes out on its last day.

Dates come from the engine that counts real cases (K9): a successor starts on its predecessors' latest notice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from apps.deadlines.engine import bundle as engine
from apps.deadlines.engine import telling
from apps.deadlines.engine.calendar import Calendar
from apps.deadlines.engine.counting import WORKING, Due, Limit, due
from apps.deadlines.engine.decision import decide_by


@dataclass(frozen=True)
class Step:
    """`lines`: the counting told day by day."""

    member: dict
    accepted_on: date
    due_on: date
    because: list[str]  # names of the members on whose notice it starts
    lines: list[str]


@dataclass(frozen=True)
class Rehearsal:
    steps: list[Step]
    latest: date | None  # the latest member's due date
    cap: Due | None  # the whole's own promise
    provisional: bool

    @property
    def shown(self) -> date | None:
        """K9: the applicant is shown the earlier of the two."""
        days = [day for day in (self.latest, self.cap and self.cap.due) if day]
        return min(days, default=None)

    @property
    def late(self) -> bool:
        return bool(self.latest and self.cap and self.latest > self.cap.due)


def rehearse(plan: dict, accepted_on: date, calendar: Calendar) -> Rehearsal:
    """One run from acceptance to the end, every item decided on its last day: the latest that the law and the promises allow."""
    members = {member["code"]: member for member in plan["members"]}
    notices: dict[str, date] = {}
    lines: dict[str, list[str]] = {}
    answer = _ask(plan, accepted_on, calendar, notices)
    while len(notices) < len(members):
        for code, found in answer.members.items():
            if found.accept_date is not None and code not in notices:
                decision = decide_by(
                    calendar,
                    found.accept_date,
                    _limit(members[code]["legal_limit"]),
                    _limit(members[code]["promised_limit"]),
                )
                notices[code], lines[code] = decision.effective_due, telling.decision(calendar, decision)
        answer = _ask(plan, accepted_on, calendar, notices)
    steps = [
        Step(
            member,
            answer.members[code].accept_date,
            notices[code],
            [members[before]["name"] for before in member["after"]],
            lines[code],
        )
        for code, member in members.items()
    ]
    promise = _limit(plan["promised_limit"])
    cap = due(calendar, accepted_on, promise) if plan["kind"] == "bundle" else None
    provisional = answer.provisional or bool(cap and cap.provisional)
    return Rehearsal(steps, max(notices.values(), default=None), cap, provisional)


def _ask(plan: dict, accepted_on: date, calendar: Calendar, notices: dict[str, date]) -> engine.Bundle:
    rows = [
        engine.Member(
            member["code"],
            _limit(member["promised_limit"]),
            tuple(member["after"]),
            notified_on=notices.get(member["code"]),
        )
        for member in plan["members"]
    ]
    return engine.bundle_due(calendar, accepted_on, rows)


def _limit(limit: dict | None) -> Limit | None:
    return limit and Limit(limit["days"], limit.get("unit", WORKING))
