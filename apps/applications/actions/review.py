"""The department's work: claim, opinion, countersign, decision; misrouted jobs, reassignment, internal notes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from apps.catalog.standards import points_of
from apps.deadlines import pausing as clocks
from apps.deadlines.actions import by_law, start_clocks
from apps.deadlines.models import Clock, Pause
from apps.deadlines.queries import CALENDAR_HELD
from apps.directory import queries as directory
from apps.directory.actions import tell
from apps.issuance.actions import SHEETS_EDITION, needs, queue_documents
from apps.journal.actor import Actor
from apps.journal.door import Action, Foreseen, action
from apps.kit.errors import DomainError, Refused, WrongState
from apps.kit.time import today

from .. import papers_decision, policy
from ..checks import judged, laid_open, marked
from ..models import Application, Consultation, Job, Member, Note
from .acceptance import start_successors
from .commitments import check_after_grant
from .consulting import demand_consulted, hand_on_consultations
from .holding import demand_printable, demand_reason, member_of
from .inspection_clock import rest_no_more
from .inspection_conclusion import demand_inspected, hand_on_visits
from .one_thing import hand_on
from .renewal_outcome import renewed_from
from .settling import settle
from .steps import HEAD, REVIEW, begin_step, change_step
from .waiting import came_since, demand_answered, demand_decidable, demand_heard, presides

RECOMMENDATIONS = ("grant", "refuse")
STILL_OWED = "容缺材料还没有补齐，不能准予；请等补齐，或到期依法撤销受理。"
_DECISION = Foreseen(
    wanted=tuple(needs(1)),
    asking=(CALENDAR_HELD, SHEETS_EDITION),
    beside=("all_members", lambda application: Member.objects.filter(application=application)),
)


def claim(*, by: Actor, job: int) -> Job:
    """Take a job from the department's inbox; the member goes into review. Raises WrongState where a colleague has it."""
    with action(by) as act:
        row = act.lock(Job, job)
        if row.state == Job.State.IN_HAND and row.assignee_id not in (None, by.id):
            act.allow("claim", row)
            raise WrongState(f"已由{row.assignee.name}领办；要由您来办，请本部门负责人改派。")
        act.move(row, "claim", assignee=by.id)
        _begin_review(act, row)
    return row


@dataclass(frozen=True)
class Bulk:
    """What a bulk verb did: ids done, and for each other id the sentence why not."""

    done: list[int]
    refused: dict[int, str]


def claim_many(*, by: Actor, jobs: list[int]) -> Bulk:
    return _many(partial(claim, by=by), jobs)


def reroute_many(*, by: Actor, jobs: list[int], left: str, department: str, reason: str) -> Bulk:
    """What a department had that was merged away (`left`) goes to the one that took it over."""
    return _many(partial(reroute, by=by, department=department, reason=reason, left=left), jobs)


def _many(do: Callable[..., Job], jobs: list[int]) -> Bulk:
    """Each job in a transaction of its own, so that one that another took does not hold back the rest."""
    done, refused = [], {}
    for job in jobs[:200]:
        try:
            do(job=job)
            done.append(job)
        except DomainError as error:
            refused[job] = error.message
    return Bulk(done, refused)


def reassign(*, by: Actor, job: int, assignee: int, reason: str) -> Job:
    """The head gives the job to another reviewer of the department (who did not accept the case), with a reason.
    Raises Refused for who has no such post, has it already, accepted the case or presides over its hearing."""
    demand_reason(reason)
    with action(by) as act:
        row = act.lock(Job, job)
        act.allow("reassign", row)
        people = {person.pk: person.name for person in directory.reviewers(row.department_id)}
        if assignee not in people:
            raise Refused("reassign.assignee", "请选择本部门在岗的审批人员。", "assignee")
        if row.state == Job.State.IN_HAND and assignee == row.assignee_id:
            raise Refused("reassign.same", f"这件工作已经由{row.assignee.name}承办，请另选一人。", "assignee")
        if assignee in policy.took_in(row.application, row.member.code):
            raise Refused("reassign.separation", "受理了这个办件的人不能审查它，请另选一人。", "assignee")
        if why := presides(row.member, people[assignee]):
            raise Refused("reassign.presider", why, "assignee")
        before = row.assignee_id
        act.move(row, "reassign", assignee=assignee, reason=reason.strip())
        _begin_review(act, row)
        _tell_reviewer(act, row, assignee, "改由您承办", "改由您承办，期限照常计算；点开看经过和理由。")
        _tell_reviewer(act, row, before, "不再由您承办", f"改由{people[assignee]}承办，您不用再办；点开看理由。")
    return row


def _tell_reviewer(act: Action, row: Job, user: int | None, title: str, text: str) -> None:
    """Who has it in hand, of what another did to it: the list alone does not show that it came (back). The reason stands behind the link."""
    tell(
        act,
        users=[] if user == act.by.id else [user],
        kind="case",
        title=f"{title}：{row.application.number}",
        text=f"“{row.member.name}”{text}",
        link=f"/review/{row.pk}/",
        root_id=row.application_id,
        key=f"job:{row.pk}:{row.application.chain_seq}",
    )


def give_back(*, by: Actor, job: int, reason: str) -> Job:
    """Claimed by mistake, or by whom cannot do it: back to the department's inbox, whence another claims it or it is sent back to
    the router; the clock runs on.
    Raises WrongState where something has begun in the department's name (`demand_given_back`)."""
    demand_reason(reason)
    with action(by) as act:
        row = act.lock(Job, job)
        act.allow("give_back", row)
        demand_given_back(row)
        act.move(row, "give_back", reason=reason.strip())
    return row


def demand_given_back(row: Job) -> None:
    """Raises WrongState where something has begun or is waited for in the department's name, saying what."""
    if why := why_not_given_back(row):
        raise WrongState(why)
    if Consultation.objects.filter(member=row.member_id, state=Consultation.State.ASKED).exists():
        raise WrongState("已经向其他部门征求意见，还在等答复，不能退回待领办；可以先撤回征求意见，或者请负责人改派。")
    if Pause.objects.filter(root_id=row.application_id, subject_type="member", subject_id=row.member_id, ended_on__isnull=True).exists():
        raise WrongState("特别程序告知书已经出具，等待送达，不能再退回待领办；开错了的请负责人先作废，要换人办的请负责人改派。")


def why_not_given_back(row: Job, where: str = "退回待领办") -> str:
    """What has begun in the department's name needs somebody who goes on with it; "" where nothing has. `where`: it goes on from there."""
    if row.state in (Job.State.IN_HAND, Job.State.CONCLUDED) and row.opinion:
        return f"已经提出过审查意见，不能再{where}；要换人办的，请负责人改派。"
    member = row.member
    begun = {
        "特别程序": member.state == Member.State.PAUSED,
        "听证": getattr(member, "hearing", None) is not None,
        "要求补正": member.supplement_by is not None,
    }
    going = "、".join(word for word, is_so in begun.items() if is_so)
    return f"{going}已经开始，不能再{where}；要换人办的，请负责人改派。" if going else ""


def return_to_router(*, by: Actor, job: int, reason: str) -> Job:
    """Not our work: back to the router, once; the clock runs on."""
    demand_reason(reason)
    with action(by) as act:
        row = act.lock(Job, job)
        act.allow("return_to_router", row)
        demand_returnable(row)
        act.move(row, "return_to_router", reason=reason.strip())
        number, name = row.application.number, row.member.name
        tell(
            act,
            users=directory.overseers(row.application.node_id, row.department_id),
            kind="case",
            title=f"请重新分办：{number}",
            text=f"{row.department.name}退回了“{name}”（{number}），期限照常计算。理由：{reason.strip()}",
            link=f"/review/router/{row.pk}/",
            root_id=row.application_id,
            key=f"misrouted:{row.pk}",
        )
    return row


def demand_returnable(row: Job) -> None:
    """Raises WrongState where the router cannot have it back, saying why."""
    if row.returned:
        raise WrongState("这件工作已退回分办过一次，不能再退；有争议的请报监督人员，由监督人员重新分办。")
    if row.state in (Job.State.IN_HAND, Job.State.CONCLUDED):
        cure = "这件工作在承办人手里，不能直接退回分办；不属于本部门职责的，请先退回待领办，然后退回分办。"
        raise WrongState(why_not_given_back(row, "退回分办") or cure)
    if Consultation.objects.filter(member=row.member_id, asker=row.department_id, state=Consultation.State.ASKED).exists():
        raise WrongState("本部门已经向其他部门征求意见，还在等答复；请先撤回征求意见，再退回分办。")


def reroute(*, by: Actor, job: int, department: str, reason: str, seen: str = "", left: str = "") -> Job:
    """The router sends a misrouted job to a department (or back to the same one, with the reason why it is its work); and one that
    its department cannot send back, whatever it had begun: who has it now examines it himself. `seen` = where it lay when his page was
    opened (`lies`), `left` = with which department: raises WrongState where another has sent it on meanwhile."""
    demand_reason(reason)
    with action(by) as act:
        row = act.lock(Job, job)
        act.allow("reroute", row)
        if why := why_not_rerouted(row):
            raise WrongState(why)
        if (seen and seen != lies(row)) or left not in ("", row.department_id):
            raise WrongState(f"您打开页面以后，这件工作已经重新分办，现在在{row.department.name}。请先看过，仍要改分的，再提交。")
        office = directory.department(department)
        if row.state != Job.State.MISROUTED and department == row.department_id:
            raise WrongState(f"这件工作已经在{office.name}。")
        if office.pk not in {one.pk for one in directory.successors_of(row.department_id)}:
            raise Refused("reroute.elsewhere", f"“{office.name}”不能承接这件工作，请选本地有职权的部门。", "department")
        application, member = row.application, member_of(row)
        others = application.members.exclude(pk=member.pk).values_list("department_id", flat=True)
        before, after = application.departments, sorted({department, *others})
        # What statistics need to move with it: by the time they read, the rows say only how it ended.
        told = {"member": member.pk, "left": member.department_id, "before": before, "after": after}
        if _led_for_it(application, told["left"], after):
            told["lead"] = application.lead = department
            act.save(application, "lead")
        concluded = row.state == Job.State.CONCLUDED
        act.move(row, "reroute", department=department, reason=reason.strip(), facts=told)
        row.opinion, row.checks = "", []  # another department's: they stand in the journal
        act.save(row, "opinion", "checks")
        if member.department_id != department:
            clocks.hand_on(act, application.pk, member, department)
            member.department_id, application.departments = department, after
            act.save(member, "department")
            act.save(application, "departments")
            hand_on_visits(act, application, member, told["left"])
            hand_on_consultations(act, application, member)
        if concluded:
            change_step(act, application, member, REVIEW, on=today())
        if department != told["left"] and rest_no_more(act, row):
            row = act.lock(Job, job)
    return row


def _led_for_it(application: Application, left: str, after: list[str]) -> bool:
    """A one-thing was led by this department as that of its trade or its main certificate, and it has no item of it any more: who has
    the item leads. Who leads as the general intake needs none; but where nobody is left it leads nothing."""
    if left != application.lead:
        return False
    if left in after or application.plan["lead_criterion"] == "general_intake":
        return not directory.manned(left)
    return True


def lies(row: Job) -> str:
    """With whom, and whether it was handed back there: by it a page says what it showed."""
    return f"{row.state}.{row.department_id}"[:40]


def why_not_rerouted(row: Job) -> str:
    """Why the router has to wait for the department's own word, "" where there will be none: it was sent back once already, or
    nobody there can go on with it (nobody reviews; of what is concluded, nobody decides either)."""
    if row.state == Job.State.MISROUTED or (row.state == Job.State.ASSIGNED and row.returned):
        return ""
    acting = {Job.State.CLOSED: (), Job.State.CONCLUDED: ("reviewer", "head")}.get(row.state, ("reviewer",))
    if acting and not any(directory.holders(role, department=row.department_id) for role in acting):
        return ""
    if row.state != Job.State.ASSIGNED:
        return f"这件工作是“{row.get_state_display()}”，不能重新分办。"
    return "这件工作没有退回分办；承办部门认为不属于自己职责的，由承办部门先退回。"


def conclude(
    *, by: Actor, job: int, recommendation: str, opinion: str, checks: Mapping[str, Mapping] | None = None, seen: str = ""
) -> Job:
    """The reviewer's opinion (grant or refuse, with words) goes to the head.

    `checks` = {point: {"result": "met" | "unmet" | "na", "note"?}}: where the case froze a sector standard, every check point of this
    member is answered, and a grant in spite of an unmet one is explained. `seen` = the case's last event (`chain_seq`) as its page showed
    it: raises WrongState where something to be examined came since. Raises Refused naming what is missing.
    """
    if recommendation not in RECOMMENDATIONS:
        raise Refused("opinion.recommendation", "请选择建议准予或建议不予。", "recommendation")
    text = opinion.strip()
    if len(text) < 4:
        raise Refused("opinion.text", "请写明审查意见（至少 4 个字）；建议不予的，写明事实和理由。", "opinion")
    demand_printable(text, "opinion")  # the facts of a refusal
    with action(by) as act:
        row = act.lock(Job, job)
        act.allow("conclude", row)
        member = member_of(row)
        if why := presides(member, by.name):
            raise WrongState(why)
        demand_heard(member)
        demand_answered(member, recommendation)
        if seen and seen != str(row.application.chain_seq) and came_since(member, seen):
            raise WrongState("您打开页面以后又来了补交、更正的内容或者部门的意见，审查意见没有提交。请看过现在的内容，再提交。")
        answered = judged(points_of(row.application.plan, member.code), checks or {}, recommendation)
        # The words go to the journal too: an opinion that is sent back and rewritten stays readable.
        told = {"opinion": text, **({"checks": answered} if answered else {})}
        act.move(row, "conclude", recommendation=recommendation, facts=told)
        row.opinion, row.checks, member.opinion_by_id = text, answered, by.id
        act.save(row, "opinion", "checks")
        act.save(member, "opinion_by")
        change_step(act, row.application, member, HEAD, on=today())
    return row


def send_back(*, by: Actor, job: int, reason: str) -> Job:
    """The head does not countersign; the reviewer looks again."""
    demand_reason(reason)
    with action(by) as act:
        row = act.lock(Job, job)
        act.move(row, "send_back", reason=reason.strip())
        change_step(act, row.application, member_of(row), REVIEW, on=today())
        _tell_reviewer(act, row, row.assignee_id, "负责人退回重审", "请重新审查，再提出意见，期限照常计算；点开看理由。")
    return row


def decide(*, by: Actor, job: int, decision: str, reason: str = "", seen: str = "") -> Member:
    """The head decides: grant or refuse. A refusal needs its reasons (XKF 38); a grant needs every gap closed (K10). `seen` = the mark
    (checks.marked) of the opinion that lay before him, or of all that the papers will say (checks.laid_open): raises WrongState where
    another opinion was given meanwhile, or an answer put right.
    Raises Refused without the reasons that it needs, WrongState for what still stands against it."""
    text = reason.strip()
    if decision not in RECOMMENDATIONS:
        raise Refused("decision.choice", "请选择准予或不予。", "decision")
    if decision == "refuse" and len(text) < 10:
        raise Refused("decision.reason", "不予的决定必须写明理由（至少 10 个字）。", "reason")
    demand_printable(text, "reason")
    with action(by) as act:
        row = act.lock(Job, job, foreseeing=_DECISION)
        application, member = row.application, member_of(row)
        act.allow(decision, member)
        demand_inspected(member, decision, text)
        demand_decidable(row, member)
        if seen and seen.partition(".")[0] != marked(row):
            raise WrongState("审查意见在您看过以后重新提交过，决定没有作出。请看过现在的意见，再作决定。")
        if "." in seen and seen != laid_open(row):
            raise WrongState("办件填写的内容在您看过以后更正过，决定没有作出。请看过现在的内容和文书，再作决定。")
        demand_heard(member)
        demand_answered(member, decision)
        if decision == "grant" and member.gap_open:
            raise WrongState(STILL_OWED)
        demand_consulted(act, member, decision)
        if row.recommendation != decision and len(text) < 4:
            raise Refused("decision.differs", "决定与审查建议不同，请写明理由。", "reason")
        _decide(act, application, member, row, decision, text)
    return member


def _decide(act: Action, application: Application, member: Member, job: Job, decision: str, text: str) -> None:
    by, on = act.by, today()
    if member.due_on and on > member.due_on and member.light != Clock.Light.OVERDUE:
        clocks.catch_up(act, application.pk, member)
    member.decided_by_id = by.id
    if decision == "grant":
        act.move(member, "grant", on=on)
        member.decision_reason, member.valid_to = text, papers_decision.valid_to(member, renewed_from(act, application) or on)
    else:
        act.move(member, "refuse", on=on, reason=text)
    act.save(member, "decided_by", "decision_reason", "valid_to")
    about = {"subject": member, "root_id": application.pk, "region": application.node_id}
    due = by_law(act, "delivery", on=on, kind="delivery", department=member.department_id, **about)
    checks = check_after_grant(act, member, on) if decision == "grant" else []
    delivery = start_clocks(act, [due, *checks])[0]
    made = queue_documents(act, papers_decision.decision(application, member, job, by, delivery.due_on))
    members = [member]
    if application.plan["kind"] == "bundle":
        members = [member if other.pk == member.pk else other for other in job.all_members]
        if decision == "grant":
            hand_on(act, application, member, members, made)
    settle(
        act,
        application,
        members,
        ended=[member],
        jobs=[job],
        start=partial(start_successors, act, application, on=on),
    )


def add_note(*, by: Actor, application: int, text: str) -> Note:
    """An internal remark for colleagues; never shown to the applicant. Raises Refused for no text, or more than 1000 characters."""
    if not 1 <= len(text.strip()) <= 1000:
        raise Refused("note.text", "请填写备注，最多 1000 字。", "text")
    with action(by) as act:
        row = act.lock(Application, application)
        act.allow("note", row)
        note = Note.objects.create(application=row, text=text.strip(), by_id=by.id)
        act.record(row, "note", note=note.pk)
    return note


def _begin_review(act: Action, job: Job) -> None:
    """The first who takes it in hand begins the review, and the department's first step."""
    member = member_of(job)
    if member.state in (Member.State.ACCEPTED, Member.State.ACCEPTED_WITH_GAP):
        act.as_system().move(member, "begin_review")
        begin_step(act, job.application, member, REVIEW, on=today())
