"""What only a one-thing knows: a result handed on to those who wait for it (内部流转), one member taken back, a department
reminded (催办), opinions that went apart brought together (协调), one slip for everything that is ready."""

from __future__ import annotations

from collections.abc import Iterable

from apps.directory.actions import tell
from apps.directory.queries import overseers
from apps.issuance import queries as documents
from apps.issuance.models import Document
from apps.issuance.queuing import queue_documents, queue_one
from apps.issuance.workflow import DECIDES
from apps.journal.actor import Actor
from apps.journal.door import Action, action
from apps.journal.models import Event
from apps.kit.errors import Refused, WrongState
from apps.kit.time import beijing_midnight, today

from .. import papers, whole
from ..cancelling import cancelled_words, lasts
from ..handout import HandOut, way_of
from ..models import Application, Job, MaterialEntry, Member
from ..queries_clocks import concerned
from .settling import settle
from .waiting import demand_promises_in_time

PRODUCED = ("certificate", "grant")  # what a granted member hands on: its certificate, else the decision itself


def hand_on(act: Action, row: Application, member: Member, members: list[Member], made: list[Document]) -> None:
    """A member is granted: its result stands in the checklist as what it was expected to be, and everyone who waits for
    it gets the written notice in the journal, with the number and what goes with it (ZJR 5(3)). Nobody asks the applicant.
    """
    result = next(paper for kind in PRODUCED for paper in made if paper.kind == kind)
    lines = [line for line in row.plan["materials"] if line["supplied_by"] == member.code]
    for entry in row.materials.filter(code__in=[line["material"] for line in lines]) if lines else ():
        _lay_in(act, entry, member, result)
    system = act.as_system()
    for other in members:
        other.application = row
        if other.state == Member.State.WAITING and member.code in other.definition["after"]:
            system.record(
                other,
                "notify",
                of=member.code,
                item=member.name,
                on=today(),
                document=result.number,
                materials=[line["material"] for line in lines if other.code in line["needed_by"]],
            )


def _lay_in(act: Action, entry: MaterialEntry, member: Member, result: Document) -> None:
    entry.state, entry.supplier, entry.document = MaterialEntry.State.SUPPLIED, member, result
    entry.remark = f"由“{member.name}”产生：{result.title} {result.number}"[:300]
    act.save(entry, "state", "supplier", "document", "remark")


def lay_in_what_was_granted(act: Action, row: Application, members: list[Member], entries: list[MaterialEntry]) -> None:
    """An amended plan expects the result of a member that was granted before anybody needed it: it is there already."""
    expected = {entry.code: entry for entry in entries if entry.state == MaterialEntry.State.EXPECTED}
    granted = {member.code: member for member in members if member.decision == "granted"}
    lines = [line for line in row.plan["materials"] if line["material"] in expected and line["supplied_by"] in granted]
    if not lines:
        return
    makers = {granted[line["supplied_by"]].pk for line in lines}
    made = documents.current_of_members(row.pk, sorted(makers), PRODUCED)
    for line in lines:
        member = granted[line["supplied_by"]]
        own = [paper for kind in PRODUCED for paper in made if (paper.kind, paper.member_id) == (kind, member.pk)]
        if own:
            _lay_in(act, expected[line["material"]], member, own[0])


def withdraw_member(*, by: Actor, member: int, reason: str) -> Member:
    """The applicant takes one item of a one-thing back before it is decided; what comes after it is not started, the rest
    goes on. Raises WrongState for a decided or ended one, and for the last: then the whole is withdrawn.
    """
    if len(reason.strip()) < 2:
        raise Refused("withdraw.reason", "请写明撤回的原因。", "reason")
    with action(by) as act:
        row = act.lock(Member, member)
        application = row.application
        act.allow("withdraw", row)
        demand_promises_in_time([row])
        members = [row if other.pk == row.pk else other for other in application.members.select_related("commitment")]
        gone = {row.code} | {other.code for other in taken_along(row, members, application)}
        act.move(row, "withdraw", reason=reason.strip())
        settle(act, application, members, ended=[row])
        announce(act, application, members)
        paper = papers.withdrawal(application, only_for(application, gone, members), by, today(), reason.strip(), row)
        queue_documents(act, [papers.spec("withdrawal", application, paper, member=row)])
    return row


def let_go(act: Action, application: Application, gone: Member) -> list[Member]:
    """What was granted on this item is no longer in force: what waits for it, and for others beside, would begin on a void paper, and
    is not started; what has begun on its paper reads there that it is void. All items in their newest state."""
    if application.plan["kind"] != "bundle":
        return [gone]
    why = whole.revoked_words(gone) if gone.revoked_on else cancelled_words(gone)
    for entry in application.materials.filter(supplier=gone) if application.state in Application.ACCEPTED else ():
        entry.remark = f"{why}。{entry.remark}"[:300]
        act.save(entry, "remark")
    members = [gone if one.pk == gone.pk else one for one in application.members.select_related("commitment")]
    for member in members:
        member.application = application
    if any(member.state == Member.State.WAITING for member in members):
        settle(act, application, members, void=whole.void(members))
    return members


def only_for(application: Application, gone: set[str], members: Iterable[Member]) -> list[MaterialEntry]:
    """The materials that go back when these items, by their codes, end: no other needs them, but those that have ended before."""
    going = {member.code for member in members if member.code not in gone and member.state not in Member.ENDED}
    needed = {line["material"]: set(line["needed_by"]) for line in application.listed}
    back = {code for code, by in needed.items() if by & gone and not by & going}
    return [entry for entry in application.materials.all() if entry.code in back or entry.code not in needed]


def taken_along(row: Member, members: list[Member], application: Application) -> list[Member]:
    """What is not started when this member is taken back. Raises WrongState where it cannot be taken back alone (any more)."""
    if row.state in Member.DECIDED:
        later = "；可以在领取结果后申请注销" if row.decision == "granted" and lasts(row) else ""
        raise WrongState(f"“{row.name}”已经作出决定，不能撤回{later}。")
    if row.state in Member.ENDED:
        raise WrongState(f"“{row.name}”已经结束，不用再撤回。")
    gone = _after(members, row.code, application)
    if all(other.code in {row.code, *gone} or other.state in Member.ENDED for other in members):
        waiting = any(other.code in gone and other.state not in Member.ENDED for other in members)
        why = "其余的事项都要等它办出来，不能只撤回它" if waiting else "这是最后在办的事项"
        raise WrongState(f"{why}，请撤回整件申请。")
    return [other for other in members if other.code in gone]


def _after(members: list[Member], code: str, row: Application) -> set[str]:
    """Waiting members that come after this one, directly or not."""
    found: set[str] = set()
    reached = {code}
    while reached:
        reached = {
            member.code
            for member in members
            if member.state == Member.State.WAITING
            and member.code not in found
            and reached & set(row.plan_of(member.code)["after"])
        }
        found |= reached
    return found


def remind(*, by: Actor, member: int, text: str = "") -> Member:
    """The lead department (or the supervisor) chases a member that is under review: once a day, on record, told to who has the
    work and to who answers for it, decided by nobody but its own department."""
    text = text.strip()
    if len(text) > 300:
        raise Refused("remind.text", "催办的话最多 300 字。", "text")
    with action(by) as act:
        row = act.lock(Member, member)
        act.allow("remind", row)
        if row.state not in Member.UNDECIDED:
            raise WrongState(f"“{row.name}”现在不在部门审查中，不用催办。")
        today_on = Event.objects.filter(chain=row.application.chain, at__gte=beijing_midnight(today()))
        if today_on.filter(name="member.remind", subject_id=str(row.pk)).exists():
            raise WrongState(f"“{row.name}”今天已经催办过，每天一次。")
        act.record(row, "remind", text=text, department=row.department_id)
        job = Job.objects.filter(member=row).exclude(state=Job.State.CLOSED).first()
        routed = job is None or job.state != Job.State.MISROUTED  # else no department has it, but who sends it on
        users = concerned(row.application, row) if routed else overseers(row.application.node_id, row.department_id)
        if not users:
            raise WrongState(f"{row.department.name}现在没有在岗的审批人员和负责人，催办没有人收到；请联系节点管理员安排人员。")
        tell(
            act,
            users=users,
            kind="case",
            title=f"催办：{row.name}",
            text=f"{by.name}催办“{row.name}”（{row.application.number}）。{text}",
            link=f"/review/{'' if routed else 'router/'}{job.pk}/" if job else "",
            root_id=row.application_id,
            key=f"remind:{row.pk}:{today()}",
        )
    return row


def coordinate(*, by: Actor, application: int, reason: str) -> Application:
    """The lead department (or the supervisor) writes how opinions that go apart were brought together (协调). It stands on
    record for every department of the case and decides for none of them. Raises WrongState where they agree."""
    text = reason.strip()
    if not 4 <= len(text) <= 500:
        raise Refused("coordinate.reason", "请写明协调的结果和理由（4 到 500 个字）。", "reason")
    with action(by) as act:
        row = act.lock(Application, application)
        act.allow("coordinate", row)
        jobs = row.jobs.filter(state=Job.State.CONCLUDED)
        found = whole.apart(row.plan["stages"], row.members.all(), jobs) if row.state in Application.ACCEPTED else {}
        if not found:
            raise WrongState("各部门的意见没有分歧，不用协调。")
        act.record(row, "coordinate", reason=text, **{word: [m.name for m in found[word]] for word in found})
    return row


def announce(act: Action, row: Application, members: list[Member]) -> None:
    """One pick-up slip (领取凭单) of all that has to be fetched, when every member has ended and every decided one lies at the issue
    desk or is revoked; who takes everything at once is told only now. The members come with their commitments."""
    if len(members) < 2 or whole.unfinished(members) or documents.current(row.pk, "pickup_slip"):
        return
    ready = [one for one in members if one.state == Member.State.READY_FOR_ISSUE and not one.revoked_on]
    if ready:
        kept = [one for one in ready if way_of(row, one.code) != HandOut.COURIER]
        if kept:
            results = documents.current_of_members(row.pk, [member.pk for member in kept], DECIDES)
            slip = papers.pickup_slip(row, kept, results, act.by, today())
            queue_one(act, papers.spec("pickup_slip", row, slip))
        elif Event.objects.filter(chain=row.chain, name="application.announce").exists():
            return  # there is no slip to show that it was told
        if whole.taken_together(row, members):
            sent = {"way": row.handout, "kept": [one.name for one in kept]} if len(kept) < len(ready) else {}
            act.as_system().record(row, "announce", **sent)
