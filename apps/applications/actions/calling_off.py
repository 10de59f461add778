"""A hearing that will not be held: called off by the department that ordered it, or because who asked for it wants it no more."""

from __future__ import annotations

from apps.deadlines.actions import stop_clocks
from apps.deadlines.models import Pause
from apps.deadlines.pausing import catch_up
from apps.issuance.actions import void_document
from apps.issuance.queries import current_of_members
from apps.journal.actor import SYSTEM, Actor
from apps.journal.door import Action, action
from apps.kit.errors import Refused, WrongState
from apps.kit.time import BEIJING, now, today

from ..grounds import allowed
from ..models import Application, Hearing, Job, Member
from .hearings import joined, tell_department
from .holding import demand_reason, in_hand, with_member
from .inspection_clock import rest_for_what_is_ahead
from .pausing import end_procedure, take_back_notice

State, Ground = Hearing.State, Hearing.Ground


def call_off_hearing(*, by: Actor, job: int, reason: str) -> Hearing:
    """The hearing that the department ordered by itself (XKF 46) is not held after all. Everybody invited is told, what stood still
    for it goes on. Raises Refused without a reason, WrongState for one that the law requires or somebody asked for."""
    demand_reason(reason)
    with action(by) as act:
        row, member = in_hand(act, job)
        demand_dispensable(member)
        hearing = member.hearing
        hearing.application = row.application
        act.move(hearing, "call_off", reason=reason.strip())
        _end(act, hearing, row, f"听证取消：{reason.strip()}")
    return hearing


def demand_dispensable(member: Member) -> None:
    """Raises WrongState where its hearing is not the department's to call off, saying why."""
    hearing = getattr(member, "hearing", None)
    if hearing is None or hearing.state != State.CALLED:
        raise WrongState("现在没有已经通知、还没有举行的听证，不用取消。")
    if hearing.ground == Ground.REQUIRED:
        raise WrongState("这个事项依法应当听证，不能取消，只能改期（行政许可法第四十六条）。")
    if hearing.ground == Ground.INTEREST:
        raise WrongState("有人申请的听证应当组织，部门不能取消；申请人自己不要听证了的，请登记撤回听证申请（行政许可法第四十七条）。")
    if now() >= hearing.at:
        raise WrongState("听证的时间已经过了：请登记听证笔录；没有举行、不再举行的，先改期再取消。")


def withdraw_hearing(*, by: Actor, hearing: int, reason: str) -> Hearing:
    """Who asked for it wants it no more: he gives up a right of his own. Others whom the notice named may still ask while its days run.

    From home only what the applicant himself asked for; a third party's word comes to the counter or the department. Raises Refused
    for that from home.
    """
    demand_reason(reason)
    with action(by) as act:
        row, _ = with_member(act, Hearing, hearing)
        act.allow("withdraw", row)
        if by.kind == "person" and row.requested_by == Hearing.Who.THIRD_PARTY:
            raise Refused("hearing.who", "听证是利害关系人申请的，由他到窗口撤回。", "reason")
        demand_withdrawable(row)
        job = Job.objects.filter(member=row.member_id).exclude(state=Job.State.CLOSED).get()
        called = _not_held(row) if row.state == State.CALLED else "不再听证。"
        act.move(row, "withdraw", reason=reason.strip())
        tell_department(act, row, "听证申请已撤回", called)
        _end(act, row, job, "听证申请已经撤回，不再听证")
    return row


def demand_withdrawable(hearing: Hearing, others: list[str] | None = None) -> None:
    """Raises WrongState where there is no request to take back, saying why. `others`: who else asked, where it is known."""
    if hearing.state not in Hearing.PENDING or not hearing.requested_on:
        raise WrongState(f"这个事项的听证是“{hearing.get_state_display()}”，没有可以撤回的听证申请。")
    if hearing.state == State.CALLED and now() >= hearing.at:
        raise WrongState("通知的听证时间已经过了，不能再撤回听证申请。")
    if hearing.member.state not in Member.UNDECIDED:
        raise WrongState("这个事项已经作出决定或者已经结束，不用再撤回听证申请。")
    if joined(hearing) if others is None else others:
        raise WrongState("还有别的人在期限内申请了听证，听证照常举行，不因为一方撤回而取消（行政许可法第四十七条）。")


def hearings_of(gone: list[Member]) -> list[Hearing]:
    """What is asked for or called for these items, and was not held."""
    if not gone:
        return []
    known, rows = {member.pk: member for member in gone}, Hearing.objects.filter(member__in=gone, state__in=Hearing.PENDING)
    found = list(rows.order_by("pk"))
    for hearing in found:
        hearing.member = known[hearing.member_id]
    return found


def void_invitations(act: Action, row: Application, hearings: list[Hearing]) -> None:
    """An item ends with something still ahead: the notice that calls people to its hearing is in force no longer, which only its
    department can tell them, as it can whom it has not called yet, though he asked."""
    if not hearings:  # most decisions: also a question that is never sent costs time to be built
        return
    system, called = act.as_system(), [hearing for hearing in hearings if hearing.state == State.CALLED]
    for notice in current_of_members(row.pk, [hearing.member_id for hearing in called], ["hearing_notice"]):
        void_document(system, notice.pk, reason="事项已经结束，不再听证")
    for hearing in called:
        hearing.application = row
        if now() < hearing.at:
            tell_department(act, hearing, "听证不用再举行", f"事项已经结束，{_not_held(hearing)}", ended=True)
    for hearing in hearings:
        if hearing.state != State.REQUESTED or not hearing.requester:
            continue
        hearing.application = row
        tell_department(act, hearing, "听证不用再组织", "事项已经结束，听证不再组织，请告诉申请听证的利害关系人。", ended=True)


def void_unserved(act: Action, row: Application, started: list[Member]) -> None:
    """The notice of a special procedure that has reached nobody yet is in force no longer, however its item ended: nothing stands still
    any more that it could announce."""
    pks = [member.pk for member in started if allowed(member.definition)]
    if not pks:
        return
    unserved = Pause.objects.filter(root_id=row.pk, subject_type="member", subject_id__in=pks, notified_on=None, ended_on=None)
    numbers = set(unserved.values_list("notice", flat=True))
    for notice in current_of_members(row.pk, pks, ["special_procedure"]) if numbers else ():
        if notice.number in numbers:
            void_document(act.as_system(), notice.pk, reason="事项已经结束，告知书没有送达")


def _not_held(hearing: Hearing) -> str:
    return f"原定{hearing.at.astimezone(BEIJING):%Y年%-m月%-d日 %H:%M}的听证不再举行，请告诉其他参加人。"


def _end(act: Action, hearing: Hearing, job: Job, why: str) -> None:
    """Its notice is void, its clock ends, and the time that stood still for it runs again."""
    member, root = hearing.member, hearing.application_id
    for notice in current_of_members(root, [member.pk], ["hearing_notice"]):
        void_document(act.as_system(), notice.pk, reason=why[:200])
    if hearing.hold_by and today() > hearing.hold_by:
        catch_up(act, root, member, "hearing_hold")
    stop_clocks(act, root_id=root, subjects=[member], kinds=("hearing_hold",), on=today())
    pauses = Pause.objects.filter(root_id=root, subject_id=member.pk, ground="hearing", ended_on__isnull=True)
    for pause in pauses:
        if pause.waits:
            take_back_notice(act, member, pause, why[:200])
        elif member.state == Member.State.PAUSED:
            end_procedure(by=SYSTEM, job=job.pk, result=f"{why}。")
    if pauses:
        rest_for_what_is_ahead(act, member)
