"""What the verbs share: the locked case, the job in hand, checked days, clocks of a written day."""

from __future__ import annotations

from datetime import date
from typing import TypeVar

from apps.deadlines import queries as deadlines
from apps.deadlines.actions import ClockSpec
from apps.deadlines.queries import NodeCalendar
from apps.journal.door import Action
from apps.kit.errors import Refused, WrongState
from apps.kit.pictures import pictures
from apps.kit.time import today

from .. import foresight, policy
from ..models import Application, Commitment, Consultation, Hearing, Job, Member, ReviewSupplement
from ..queries_clocks import expected
from .intake import demand_in_time
from .waiting import demand_promise_in_time

Row = TypeVar("Row", Commitment, Consultation, Hearing, ReviewSupplement)


def hold(act: Action, application: int, verb: str) -> Application:
    """The locked case; the verb is allowed, the clerk is competent, and the law has not already decided by silence."""
    row = act.lock(Application, application)
    act.allow(verb, row)
    policy.demand_competence(act.by, row)
    demand_in_time(row)
    return row


def in_hand(act: Action, job: int) -> tuple[Job, Member]:
    """The job in the hand of its reviewer, and its undecided member. Raises WrongState otherwise."""
    row = act.lock(Job, job)
    act.allow("conclude", row)
    if row.state != Job.State.IN_HAND or row.member.state not in Member.UNDECIDED:
        raise WrongState("这件工作不在审查中，请先领办；已提交意见的，请负责人退回。")
    row.member.application = row.application
    demand_promise_in_time(row.member)
    return row, row.member


def with_member(act: Action, model: type[Row], pk: int) -> tuple[Row, Member]:
    """The locked row that stands beside a member, and the member, which knows the case as the lock has read it."""
    row = act.lock(model, pk)
    row.member.application = row.application
    return row, row.member


def last_day(member: Member) -> date | None:
    """The item's own last day. While it stands still the one that follows if the procedure ends when its notice let expect (today,
    where that is past): without it somebody else could be given longer than the item will have."""
    if member.due_on or member.state != Member.State.PAUSED:
        return member.due_on
    clock = foresight.clock_of(member)
    ends = [one.expected_on for one in expected(clock.region, [pause for pause in clock.intervals.pauses if pause.holds])]
    return foresight.if_resumed(clock, max(today(), *ends)).due_on


def days_left(member: Member, calendar: NodeCalendar | None = None) -> int | None:
    """Working days in which somebody else may answer before the item's last day: none, or less than none, on the day itself.

    None where no day runs for it, or it is over: whoever is late already cannot be made later by asking.
    """
    last = last_day(member)
    if not last or today() > last:
        return None
    node = member.application.node_id
    return (calendar or deadlines.calendar(region=node)).count(today(), last) - 1


def before_when(member: Member) -> str:
    """The day before which somebody else has to answer, in words."""
    last = f"{last_day(member):%Y年%-m月%-d日}"
    return f"办结期限（{last}）" if member.due_on else f"特别程序如期结束后的办结期限（{last}）"


def checked_days(given: int | None, standard: int, field: str) -> int:
    """Days that somebody typed for a period of his own, 1 to 60; nothing typed = `standard`. Raises Refused at `field`."""
    if given in (None, ""):
        return standard
    try:
        days = int(given)
    except (TypeError, ValueError):
        days = 0
    if not 1 <= days <= 60:
        raise Refused("days.range", "天数应为 1 到 60 的整数。", field)
    return days


def written_clock(kind: str, subject, on: date, due_on: date, days: int) -> ClockSpec:
    """A clock of the day that was told to the applicant in writing; `days` = the working days from which it was counted."""
    application = subject if isinstance(subject, Application) else subject.application
    return ClockSpec(
        kind=kind,
        subject=subject,
        root_id=application.pk,
        region=application.node_id,
        started_on=on,
        due_on=due_on,
        facts={"counted": days},
    )


def member_of(job: Job) -> Member:
    """The job's member, holding the same locked application."""
    member = job.member
    member.application = job.application
    return member


def demand_reason(reason: str) -> None:
    if len(reason.strip()) < 4:
        raise Refused("reason.short", "请写明理由（至少 4 个字）。", "reason")


def demand_printable(text: str, field: str) -> None:
    """Raises Refused for a picture in what a paper will say: the act would stand, and its paper never be made."""
    if found := pictures(text):
        raise Refused("text.picture", f"里面有文书上印不出来的符号：{found}，请删去或者改用文字。", field)
