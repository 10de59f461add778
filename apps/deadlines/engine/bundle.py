"""Several items as one matter: who starts when, and when the slowest is due (ZJR art. 5(3); K9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from graphlib import TopologicalSorter

from .calendar import Calendar
from .counting import Due, Excluded, Limit, Pause, due, working_days

WAITING, NOT_STARTED, REFUSED = "waiting", "not_started", "refused"


@dataclass(frozen=True, slots=True)
class Member:
    """`notified_on`: the day of the written notice that this member finished, which starts those `after` it."""

    code: str
    promised: Limit
    after: tuple[str, ...] = ()
    pauses: tuple[Pause, ...] = ()
    notified_on: date | None = None
    result: str | None = None


@dataclass(frozen=True, slots=True)
class MemberDue:
    accept_date: date | None
    due: Due | None
    state: str | None = None  # WAITING or NOT_STARTED; None once accepted
    because: tuple[str, ...] = ()  # codes of the members it waits for, or whose refusal keeps it from starting


@dataclass(frozen=True, slots=True)
class Bundle:
    members: dict[str, MemberDue]
    due: date | None
    joint_cap: Due | None

    @property
    def provisional(self) -> bool:
        clocks = [self.joint_cap, *(member.due for member in self.members.values())]
        return any(clock is not None and clock.provisional for clock in clocks)


def in_order(members: Iterable[Member]) -> list[str]:
    """Codes, every member after those it follows. Raises graphlib.CycleError (args[1] = the circle)."""
    return list(TopologicalSorter({member.code: member.after for member in members}).static_order())


def bundle_due(calendar: Calendar, accept_date: date, members: list[Member], cap: int | None = None) -> Bundle:
    """Members without predecessors are accepted together; another on the last notice that a predecessor finished.

    A refusal keeps all that come after it from starting, and they no longer count. While one waits, or a pause is
    open, nobody knows the bundle's day. Every `after` must name a member.
    """
    by_code = {member.code: member for member in members}
    refusals: dict[str, frozenset[str]] = {}  # refused members above each one
    for code in in_order(members):
        above = by_code[code].after
        refusals[code] = frozenset(name for name in above if by_code[name].result == REFUSED).union(
            *(refusals[name] for name in above)
        )
    answer: dict[str, MemberDue] = {}
    for member in members:
        unfinished = tuple(name for name in member.after if by_code[name].notified_on is None)
        if refusals[member.code]:
            answer[member.code] = MemberDue(None, None, NOT_STARTED, tuple(sorted(refusals[member.code])))
        elif unfinished:
            answer[member.code] = MemberDue(None, None, WAITING, unfinished)
        else:
            accepted = max((by_code[name].notified_on for name in member.after), default=accept_date)
            clock = due(calendar, accepted, member.promised, Excluded(member.pauses))
            answer[member.code] = MemberDue(accepted, clock)
    counting = [member for member in answer.values() if member.state != NOT_STARTED]
    known = [member.due.due for member in counting if member.due is not None and member.due.due is not None]
    return Bundle(
        answer,
        max(known) if known and len(known) == len(counting) else None,
        working_days(calendar, accept_date, cap) if cap is not None else None,
    )
