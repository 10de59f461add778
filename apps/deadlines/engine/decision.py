"""The two clocks of a decision, law and promise, with pauses and one extension (XKF art. 42, 45; K5-K7, K11)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from .calendar import Calendar
from .counting import Due, Excluded, Limit, Pause, cut, due

SECOND, OVER_CAP, LATE, UNTOLD = "second_extension", "over_cap", "approved_after_due", "reason_not_told"
ON_TIME, OVERDUE_PROMISED, OVERDUE_LEGAL = "on_time", "overdue_promised", "overdue_legal"


@dataclass(frozen=True, slots=True)
class Extension:
    days: int
    approved_on: date
    reason_told: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """`legal` is None where no law sets a limit. `rejected` holds (extension, why) of those without effect."""

    promised: Due
    legal: Due | None
    paused: bool
    granted: Extension | None = None
    rejected: tuple[tuple[Extension, str], ...] = ()
    unclamped: Due | None = None  # the extended promise where it would have passed the law

    @property
    def effective_due(self) -> date | None:
        """The day that binds: the earlier clock; nobody can name it while a pause is open."""
        return None if self.paused else _earlier(self.promised, self.legal)

    def not_before(self, day: date) -> Decision:
        """No limit ends before the day that was told in writing: a calendar that is changed later takes it from nobody."""
        promised, legal = (one and replace(one, due=max(one.due, day)) for one in (self.promised, self.legal))
        return replace(self, promised=promised, legal=legal)

    @property
    def provisional(self) -> bool:
        return self.promised.provisional or (self.legal is not None and self.legal.provisional)

    def outcome(self, decided_on: date) -> str:
        """On time means on or before the due date (K11); a clock held by a pause has not run out."""
        if self.legal is not None and self.legal.due is not None and decided_on > self.legal.due:
            return OVERDUE_LEGAL
        if self.promised.due is not None and decided_on > self.promised.due:
            return OVERDUE_PROMISED
        return ON_TIME


def decide_by(
    calendar: Calendar,
    accept_date: date,
    legal: Limit | None,
    promised: Limit | None = None,
    *,
    pauses: Iterable[Pause] = (),
    extensions: Iterable[Extension] = (),
    granted: Extension | None = None,
    extension_cap: int = 10,
) -> Decision:
    """Both clocks from acceptance. Without a promise it equals the law; one of the two must be there.

    `granted` was judged valid on the day of its approval and is not judged again: a notice amended later does not make
    it void.
    """
    promise = promised or legal
    if promise is None:
        raise ValueError("a decision needs a legal or a promised limit")
    excluded = Excluded(pauses)
    paused = excluded.open_from is not None
    extensions = list(extensions)
    plain = Decision(
        due(calendar, accept_date, promise, excluded),
        due(calendar, accept_date, legal, excluded) if legal else None,
        paused,
    )
    granted, rejected = judge(extensions, extension_cap, _earlier(plain.promised, plain.legal), granted)
    if granted is None:
        return replace(plain, rejected=rejected)
    longer = due(calendar, accept_date, promise.extended(granted.days), excluded)
    law = due(calendar, accept_date, legal.extended(granted.days), excluded) if legal else None
    unclamped = None
    if law is not None and law.due is not None and (longer.due is None or longer.due > law.due):
        # K7: an extended promise never passes the law, as it could where the two count in different units.
        unclamped, longer = longer, replace(cut(calendar, longer, law.due), provisional=law.provisional)
    return Decision(longer, law, paused, granted, rejected, unclamped)


def judge(
    extensions: list[Extension], cap: int, current_due: date | None, granted: Extension | None = None
) -> tuple[Extension | None, tuple[tuple[Extension, str], ...]]:
    """The one extension that holds, and why each other does not (K7). A void one does not use up the only chance."""
    refusals = {}
    for index, extension in sorted(enumerate(extensions), key=lambda pair: pair[1].approved_on):
        if granted is not None:
            refusals[index] = SECOND
        elif extension.days > cap:
            refusals[index] = OVER_CAP
        elif current_due is not None and extension.approved_on > current_due:
            refusals[index] = LATE
        elif not extension.reason_told:
            refusals[index] = UNTOLD
        else:
            granted = extension
    return granted, tuple((extensions[index], refusals[index]) for index in sorted(refusals))


def _earlier(promised: Due, legal: Due | None) -> date | None:
    days = [clock.due for clock in (promised, legal) if clock is not None and clock.due is not None]
    return min(days, default=None)
