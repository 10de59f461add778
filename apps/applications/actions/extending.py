"""The one extension (XKF art. 42, K7): approved in time, within the cap, its reason told in writing."""

from __future__ import annotations

from apps.deadlines import pausing as clocks
from apps.deadlines.engine import decision
from apps.deadlines.models import Extension
from apps.deadlines.queries import shelf_held
from apps.deadlines.queries_clocks import decide
from apps.deadlines.queries_past import longer_in
from apps.issuance.actions import queue_documents
from apps.journal.actor import Actor
from apps.journal.door import action
from apps.kit.errors import Refused, WrongState
from apps.kit.time import today

from .. import lights, papers, papers_review, powers
from ..models import Job, Member
from .holding import member_of
from .waiting import demand_promise_in_time

NOT_EXTENDED = "已经作出决定、已经结束或者还没有受理，不能延长期限。"


def extend(*, by: Actor, job: int, days: int, reason: str = "", approver: str = "") -> Member:
    """The head approves more days, or records who above him did where the law wants that (`approver`: body and number).

    The applicant is told by the 延期通知书. Raises Refused second_extension, over_cap, approved_after_due or
    reason_not_told (in this order), extend.approver, extend.days; WrongState.
    """
    if not isinstance(days, int) or days < 1:
        raise Refused("extend.days", "请填写延长的天数，至少 1 天。", "days")
    told = reason.strip()
    with action(by) as act:
        row = act.lock(Job, job)
        application, member = row.application, member_of(row)
        act.allow("extend", member)
        if member.state not in Member.UNDECIDED:
            raise WrongState(NOT_EXTENDED)
        demand_promise_in_time(member)
        book = shelf_held(act)
        power = powers.to_extend(member, book)
        held = clocks.case_clocks(act, application.pk)
        clock = clocks.clock_of(held, member)
        asked = decision.Extension(days, today(), reason_told=len(told) >= powers.SHORTEST_REASON)
        answer = decide(clock, book.calendar(clock.region), asked=asked, cap=power.cap)
        if answer.rejected:
            raise power.refusal(answer.rejected[-1][1], clock)
        if power.above(days) and len(approver.strip()) < 4:
            raise Refused("extend.approver", power.who(days), "approver")
        extension = Extension(
            days=days,
            approved_on=today(),
            approver=approver.strip() or _head(papers.agency(application, member).name, by),
            reason=told,
            told_on=today(),
        )
        paper = papers_review.extension_notice(application, member, extension, clock, answer, by)
        document = queue_documents(act, [papers.spec("extension_notice", application, paper, member=member)])[0]
        extension.notice = document.number
        before = clock.due_on
        clocks.extend_clock(act, held, clock, extension)
        lights.follow(act, application, member, row, held)
        act.record(
            member,
            "extend",
            days=days,
            unit=longer_in(clock),
            reason=told,
            approver=extension.approver,
            notice=extension.notice,
            before=before,
            due_on=clock.due_on,
            light=clock.light,
        )
    return member


def _head(agency: str, by: Actor) -> str:
    """Who approved; of an agency's name as much as there is room for."""
    title = f"负责人{by.name}"
    return agency[: Extension._meta.get_field("approver").max_length - len(title)] + title
