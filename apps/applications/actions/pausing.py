"""Special procedures (XKF art. 45): the time of a member stands still from its written notice to its end.

The notice is served the moment it is issued where the applicant is told electronically; handed over or mailed it is served
on the day that somebody records, and until then the clock runs (K6).
"""

from __future__ import annotations

from datetime import date

from apps.deadlines import pausing as clocks
from apps.deadlines.models import Clock, Intervals, Pause
from apps.deadlines.queries import shelf_held
from apps.deadlines.queries_clocks import measure
from apps.issuance.actions import queue_documents, void_document
from apps.issuance.models import HandOver
from apps.issuance.queries import current_of_members
from apps.journal.actor import Actor
from apps.journal.door import Action, action
from apps.kit.days import UNITS
from apps.kit.errors import Refused, WrongState, raise_all
from apps.kit.time import today

from .. import grounds, lights, papers, papers_review
from ..models import Application, Job, Member
from .holding import demand_printable, member_of
from .waiting import demand_hearing_opened, demand_promise_in_time

ELECTRONIC = HandOver.Method.ELECTRONIC.value
LATER = "later"
BY_HAND = tuple(value for value in HandOver.Method.values if value != ELECTRONIC)
LONGEST = 999


def pause(
    *,
    by: Actor,
    job: int,
    ground: str,
    expected_days: int,
    organiser: str,
    basis: str,
    reason: str = "",
    service: str = ELECTRONIC,
) -> Member:
    """Issue the 特别程序告知书 and, served electronically, let the clock stand still from today.

    `ground` comes from the frozen item's closed list, `basis` is the clause that wants the procedure, `service` is
    "electronic" or "later" (by hand: `serve_pause` records the day). Raises Refused, WrongState.
    """
    _demand(expected_days, organiser, basis, service)
    with action(by) as act:
        row = act.lock(Job, job)
        application, member = row.application, member_of(row)
        act.allow("pause", member)
        _demand_ground(member, ground)
        if why := why_not_paused(row):
            raise WrongState(why)
        if not by.is_system:
            demand_promise_in_time(member)
        if service == ELECTRONIC and not application.contact_mobile:
            raise Refused("pause.service", "没有申请人的联系手机，不能电子送达，请改为另行送达。", "service")
        held = clocks.case_clocks(act, application.pk)
        if clocks.waiting_pause(held, member) is not None:
            raise WrongState(WAITS)
        at_once = service == ELECTRONIC
        given = {"basis": basis.strip(), "organiser": organiser.strip(), "expected_days": expected_days}
        begun = _begun(member, ground, at_once, **given)
        clock = clocks.clock_of(held, member)
        paper = papers_review.special_procedure(
            application, member, begun, clock, _once_served(act, clock, begun), by, reason=reason.strip()
        )
        (notice,) = queue_documents(act, [papers.spec("special_procedure", application, paper, member=member)])
        begun.notice = notice.number
        clocks.hold_clocks(act, held, begun)
        facts = {**given, "reason": reason.strip()}
        if at_once:
            stand_still(act, row, member, held, begun, facts)
        else:
            act.record(member, "notify_pause", ground=ground, notice=begun.notice, **facts)
    return member


def _begun(member: Member, ground: str, at_once: bool, **given) -> Pause:
    return Pause(
        root_id=member.application_id,
        subject_type=member._meta.model_name,
        subject_id=member.pk,
        ground=ground,
        started_on=today(),
        notified_on=today() if at_once else None,
        served_by=ELECTRONIC if at_once else "",
        **given,
    )


def take_back_notice(act: Action, member: Member, waiting: Pause, reason: str) -> None:
    """What was never served has held nothing, and its paper is in force no longer."""
    clocks.drop_pause(act, waiting, reason=reason)
    for paper in current_of_members(waiting.root_id, [member.pk], ["special_procedure"]):
        if paper.number == waiting.notice:
            void_document(act.as_system(), paper.pk, reason=reason)
    act.record(member, "drop_pause", notice=waiting.notice, reason=reason)


def end_procedure(*, by: Actor, job: int, on: date | None = None, result: str = "") -> tuple[Member, list[Pause]]:
    """What stood still runs on from the day after this one (today; K5), and the applicant is told. Returns what ended, too."""
    with action(by) as act:
        row = act.lock(Job, job)
        application, member = row.application, member_of(row)
        act.allow("resume", member)
        if member.state != Member.State.PAUSED:
            raise WrongState(NOT_PAUSED)
        held = clocks.case_clocks(act, application.pk)
        clock = clocks.clock_of(held, member)
        day = on or today()
        begun = min(pause.notified_on for pause in clock.intervals.pauses if pause.holds)
        if not begun <= day <= today():
            raise Refused("resume.date", f"结束日不能早于停止计时之日（告知书{begun:%Y年%-m月%-d日}送达），也不能晚于今天。", "on")
        ended = clocks.release_clocks(act, held, member, on=day)
        excluded = {one.pk: clocks.left_out(act, clock, one) for one in ended}
        told = [
            papers_review.special_procedure_end(
                application, member, one, clock, excluded[one.pk], by, result=result.strip()
            )
            for one in ended
        ]
        queue_documents(act, [papers.spec("special_procedure_end", application, one, member=member) for one in told])
        lights.follow(act, application, member, row, held)
        act.move(
            member,
            "resume",
            facts={
                "on": day,
                "result": result.strip(),
                "excluded": sum(excluded.values()),
                "unit": UNITS[(clock.promised or clock.legal)["unit"]],
                "due_on": clock.due_on,
                "light": clock.light,
            },
        )
    return member, ended


def _demand(expected_days: int, organiser: str, basis: str, service: str) -> None:
    errors = []
    if not isinstance(expected_days, int) or not 1 <= expected_days <= LONGEST:
        errors.append(
            Refused(
                "pause.days",
                f"请填写预计所需的工作日，1 到 {LONGEST} 的整数；所需时间应书面告知申请人。",
                "expected_days",
            )
        )
    if len(organiser.strip()) < 2:
        errors.append(Refused("pause.organiser", "请写明组织特别程序的单位。", "organiser"))
    if len(basis.strip()) < 4:
        errors.append(Refused("pause.basis", "请写明要求进行这个程序的法律条款。", "basis"))
    if service not in (ELECTRONIC, LATER):
        errors.append(Refused("pause.service", "请选择告知书怎样送达。", "service"))
    raise_all(errors)
    demand_printable(basis, "basis")


def _demand_ground(member: Member, ground: str) -> None:
    if ground in {one.code for one in grounds.allowed(member.definition)}:
        if ground == "hearing":
            demand_hearing_opened(member)
        return
    name = grounds.GROUNDS.get(ground, ground)
    raise Refused(
        "pause.ground",
        f"“{name}”不是这个事项依法可以扣除时间的情形（{grounds.XKF_45}）。本事项可以扣除的：{grounds.list_words(member.definition)}。",
        "ground",
    )


WAITS = "已有一份特别程序告知书等待送达，请先登记送达，或者作废那一份。"
NONE_WAITS = "没有等待送达的特别程序告知书。"
NOT_PAUSED = "这个事项不在特别程序中。"
UNCLAIMED = "还没有审批人员领办，请先领办。"
_WHY_NOT = {
    Member.State.WAITING: "这个事项还没有受理，不能进入特别程序。",
    Member.State.ACCEPTED: UNCLAIMED,
    Member.State.ACCEPTED_WITH_GAP: UNCLAIMED,
    Member.State.PAUSED: "这个事项已在特别程序中。",
}


def why_not_paused(job: Job) -> str:
    """Why its time cannot be left out as it stands, "" where it can. What was claimed and given back may go on to another department,
    which it would reach standing still."""
    state = job.member.state
    if state == Member.State.IN_REVIEW:
        return "" if job.state in (Job.State.IN_HAND, Job.State.CONCLUDED) else UNCLAIMED
    return _WHY_NOT.get(state, "已经作出决定或者已经结束，不能再进入特别程序。")


def _once_served(act: Action, clock: Clock, begun: Pause):
    """The clock as it will stand still; what a served notice today would leave."""
    served = Pause(started_on=begun.started_on, notified_on=begun.started_on, ground=begun.ground)
    held = clock.intervals
    return measure(clock, shelf_held(act), Intervals((*held.pauses, served), held.extension))


def notice_on_its_way(act: Action, member: Member) -> tuple[list[Clock], Pause]:
    """The clocks of the case, locked, and the pause whose notice was made out and not served yet. Raises WrongState where none waits."""
    if member.state not in Member.UNDECIDED:
        raise WrongState("这个事项已经结束。")
    held = clocks.case_clocks(act, member.application_id)
    waiting = clocks.waiting_pause(held, member)
    if waiting is None:
        raise WrongState(NONE_WAITS)
    return held, waiting


def stand_still(act: Action, job: Job, member: Member, held: list[Clock], begun: Pause, facts: dict) -> None:
    application: Application = member.application
    clock = clocks.clock_of(held, member)
    lights.follow(act, application, member, job, held)
    facts = {**facts, "notified_on": begun.notified_on, "light": clock.light}
    act.move(member, "pause", ground=begun.ground, notice=begun.notice, facts=facts)
