"""Sealing, hand-over, and the ends that are not a decision: withdrawal, termination, voiding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.conf import settings

from apps.deadlines.actions import stop_clocks
from apps.directory import queries as directory
from apps.directory.models import Party
from apps.issuance import actions as issuance
from apps.issuance import handing as issuance_desk
from apps.issuance import queries as documents
from apps.issuance.handing import Collection
from apps.issuance.models import Document, HandOver
from apps.issuance.workflow import DECIDES
from apps.journal.actor import Actor
from apps.journal.door import Action, action
from apps.kit.errors import Later, NotYours, Refused, WrongState
from apps.kit.ids import bare
from apps.kit.time import beijing_date, today

from .. import papers, whole
from ..handout import way_of
from ..models import Application, Member
from ..ports import scanner
from ..queries import get
from ..queries_files import document as case_document
from ..sight import sees
from ..telling import told
from ..uploads import Limits, fit
from .intake import demand_in_time, end_before_acceptance
from .one_thing import announce, only_for
from .quarantine import came_in_time
from .renewal_outcome import hold_old_paper
from .settling import settle
from .waiting import demand_promises_in_time


def register_seal(*, by: Actor, member: int, seal_number: str) -> Member:
    """The keeper registers the seal's number and the SHA-256 of each decision document; then it goes to the issue desk.

    Raises WrongState while a document is still being printed, Refused for a faulty seal number.
    """
    with action(by) as act:
        row = act.lock(Member, member)
        act.allow("seal", row)
        if row.state not in (Member.State.GRANTED, Member.State.REFUSED):
            raise WrongState("还没有决定，或已经登记用印。")
        rows = documents.current_of_members(row.application_id, [row.pk], DECIDES, lock=True)
        if not rows:
            _demand_in_force(row, "登记用印")
        if broken := [f"{document.title}：{document.problem.rstrip('。')}" for document in rows if document.state in ("stuck", "failed")]:
            # No waiting helps: the printer does not try again by itself.
            raise WrongState(
                f"文书生成不了（{'；'.join(broken)}），请系统管理员补上缺少的字或者组件，由本部门负责人在办件页面点“重新生成”以后再登记用印。"
            )
        waiting = [document.title for document in rows if document.state != "rendered"]
        if not rows or waiting:
            raise WrongState(f"文书还在生成（{'、'.join(waiting) or '决定书'}），请稍后再登记用印。")
        issuance.register_seals(act, rows, seal_number=seal_number)
        act.move(row, "seal", facts={"documents": [document.number for document in rows]})
        members = [row]
        if row.application.plan["kind"] == "bundle":
            members += row.application.members.exclude(pk=row.pk).select_related("commitment")
        # What is made anew is fetched alone: the others were handed out with the first.
        together = whole.taken_together(row.application, members) and row.served_on is None
        way = {"way": way_of(row.application, row.code)} if row.application.handout else {}
        act.as_system().move(row, "make_ready", facts={"together": True, **way} if together else way)
        announce(act, row.application, members)
    return row


def results_to_give(act: Action, application: int, chosen: list[int], verb: str, word: str) -> tuple[Application, list[Member]]:
    """The locked case and its chosen results, all of them ready and the actor's to give. `word`: what is done with them.

    Who does not see the case, or gives nothing, is told so before anything is said of its results. Raises NotYours or Forbidden; Refused
    where nothing is chosen, or what is of another case; WrongState for what is not ready, or waits for the others.
    """
    if not chosen:
        raise Refused("results.none", f"请勾选要{word}的结果。", "members")
    row = act.lock(Application, application)
    if not sees(act.by, row):
        raise NotYours
    present = list(row.members.select_related("commitment"))
    for member in present:
        member.application = row
        act.allow(verb, member)
    rows = [member for member in present if member.pk in set(chosen)]
    if len(rows) != len(set(chosen)):
        raise Refused("results.members", "勾选的结果不属于这个办件，请刷新后再试。", "members")
    if why := whole.waits_for(row, present):
        raise WrongState(why)
    for member in rows:
        if member.state != Member.State.READY_FOR_ISSUE:
            raise WrongState(f"“{member.name}”还不能{word}，或已经交付。")
        _demand_in_force(member, word)
    return row, rows


def _demand_in_force(member: Member, word: str) -> None:
    if member.revoked_on:
        raise WrongState(f"{whole.revoked_words(member)}，不再{word}。")


def hand_over(*, by: Actor, application: int, members: list[int], collection: Collection) -> HandOver:
    """Hand results to the applicant or a proxy against identity and signature; the date is the service date (CPL 87).

    `collection.expected_number` and `expected_names` are filled in here from the case, the proxy's paper is judged as every upload. Raises
    Refused/Refusals naming what does not match.
    """
    if paper := collection.proxy_evidence:
        collection = replace(collection, proxy_evidence=_examined(paper) if _gives(by, application) else None)
    with action(by) as act:
        row, rows = results_to_give(act, application, members, "collect", "交付")
        papers_in_force = to_hand_out(row.pk, rows)
        here = collection.method in issuance_desk.IN_PERSON
        number, names = _expected(row, collection.relation, shown=here)
        given = replace(collection, expected_number=number, expected_names=names)
        if here and (guardian := _guardian(row, collection)):
            given = replace(collection, expected_number=guardian.id_number, expected_names=(guardian.name,), by_law=True)
        handed = issuance_desk.hand_over(act, row.pk, [paper.pk for paper in papers_in_force], given)
        before = once_more(*rows)
        on = beijing_date(collection.at) if collection.at else today()  # of a public notice the last of its days
        for member in rows:
            noticed = {"noticed": True} if collection.method == HandOver.Method.NOTICE else {}
            left = {"left": True} if collection.method == HandOver.Method.LEFT else {}
            act.move(member, "collect", on=on, facts={"relation": collection.relation, **left, **noticed, **once_more(member)})
        if here and not given.himself:  # who is not here himself learns of it, once for all that was taken
            by_whom = {"relation": handed.get_relation_display(), "items": [member.name for member in rows], **_taker(row, handed), **before}
            act.record(row, "hand_to_proxy", on=on, **by_whom)
        stop_clocks(act, root_id=row.pk, subjects=rows, kinds=("delivery",), on=on)
        hold_old_paper(act, rows, given_on=on)
    return handed


def _gives(by: Actor, application: int) -> bool:
    """Is there anything that the actor may give? Asked before a file is unpacked and shown to the scanner, which costs much and is done
    while nobody holds the case; it is asked again when the case is held. Raises NotYours, Forbidden."""
    row = get(by, application)
    present = list(row.members.all())
    for member in present:
        member.application = row
        member.policy(by, "collect", member)
    return bool(present)


def _taker(row: Application, handed: HandOver) -> dict[str, int]:
    """Which of the parties who are told of the case took it: he knows."""
    took = [pk for pk in told(row) if pk != row.applicant_id and directory.party(pk).id_number == handed.collector_number]
    return {"taker": took[0]} if took else {}


def to_hand_out(root_id: int, rows: list[Member]) -> list[Document]:
    """The decision papers in force of these results; beside one made anew lies what was handed over with the first."""
    found = documents.current_of_members(root_id, [member.pk for member in rows], DECIDES)
    given = documents.handed_over(root_id) if any(member.served_on for member in rows) else ()
    return [paper for paper in found if paper.pk not in given]


def once_more(*rows: Member) -> dict[str, bool]:
    """Stands on what is given after the decision was served: it is counted and dated by the first time."""
    return {"again": True} if rows and all(member.served_on for member in rows) else {}


def _examined(content: bytes | None) -> bytes | None:
    """The paper of who collects for another: judged by its bytes, made fit and shown to the virus scanner, whose silence is no
    consent. Raises Refused. (A drawn signature is painted anew, so nothing of its file is kept: issuance.handing.)"""
    if not content:
        return None
    try:
        kept = fit(content, Limits(issuance_desk.EVIDENCE_LIMIT, settings.UPLOAD_PAGES))
        found = scanner().infected(kept.content)
    except Later:
        told = "安全检查（查病毒）没有应答，代领凭据没有收下；请稍等再按一次，结果还没有交付。"
        raise Refused("hand_over.unexamined", told, "proxy_evidence") from None
    except Refused as fault:
        raise Refused(fault.code, fault.message, "proxy_evidence") from None
    if found or kept.note:
        told = kept.note or "代领凭据里查出了病毒，没有收下；请用原件重新扫描。"
        raise Refused("hand_over.proxy_evidence", told, "proxy_evidence")
    return kept.content


def _expected(row: Application, relation: str, *, shown: bool) -> tuple[str, tuple[str, ...]]:
    """(number, names) that whoever comes as the applicant himself, or as his legal representative, must show; not `shown`: nobody
    stands there with a paper."""
    party = row.applicant
    person = party.kind == "person"
    if relation in ((HandOver.Relation.LEGAL_REP,) if person else (HandOver.Relation.SELF, HandOver.Relation.GUARDIAN)):
        raise Refused(
            "hand_over.relation",
            "个人的办件没有法定代表人，请选本人、监护人、同住成年家属或者委托代理人。"
            if person
            else "单位的办件请选法定代表人、单位负责收件的人或者委托代理人。",
            "relation",
        )
    # Whose name was changed since he applied shows the new one.
    number = party.id_number if person else party.legal_rep_id
    names = (row.applicant_name, party.name) if person else (party.legal_rep_name,)
    if relation in issuance_desk.NEEDS_NO_PROXY and shown and not number:
        raise Refused(
            "hand_over.no_number",
            "登记里没有法定代表人的证件号码，无法核对；请按单位负责收件的人或者委托代理人领取，并上传凭据。",
            "relation",
        )
    return number, names


def _guardian(row: Application, collection: Collection) -> Party | None:
    """Who comes as the guardian and is one by the register: a child signs no authority for its parent, and what is on record is not asked
    for. Any other guardian brings his proof, as whoever else comes for another."""
    if collection.relation != HandOver.Relation.GUARDIAN or collection.id_kind != HandOver.Paper.CITIZEN:
        return None
    shown = bare(collection.id_number)  # as the desk reads it
    return next((one for one in directory.guardians(row.applicant_id) if one.id_number == shown), None)


def print_again(*, by: Actor, document: int) -> None:
    """A document that could not be printed goes to the printer again, after its cause was mended."""
    with action(by) as act:
        issuance.requeue(act, case_document(by, document).pk)


def demand_undecided(members: Sequence[Member]) -> None:
    """A case of which something is decided is not taken back as a whole. Raises WrongState."""
    if any(member.state in Member.DECIDED for member in members):
        going = any(member.state in Member.UNDECIDED or member.state == Member.State.WAITING for member in members)
        rest = "还没有决定的事项可以逐项撤回；" if going else ""
        raise WrongState(f"已经作出决定，不能撤回；{rest}准予的许可、证照，可以在领取结果后申请注销。")


def withdraw(*, by: Actor, application: int, reason: str) -> Application:
    """The applicant takes the case back, as long as nothing is decided; materials are returned, a notice is given.
    Raises Refused without a reason, WrongState once something is decided, by the department or by the law."""
    if len(reason.strip()) < 2:
        raise Refused("withdraw.reason", "请写明撤回的原因。", "reason")
    with action(by) as act:
        row = act.lock(Application, application)
        act.allow("withdraw", row)
        if not row.number:
            raise WrongState("还没有收件，没有可以撤回的；不办了，可以放弃这份申请。")
        if not (row.state == Application.State.AWAITING_SUPPLEMENT and row.cure_by and came_in_time(row, row.cure_by)):
            demand_in_time(row)
        members = list(row.members.all())
        demand_undecided(members)
        demand_promises_in_time(members)
        act.move(row, "withdraw", reason=reason.strip())
        system = act.as_system()
        live = [m for m in members if m.state in Member.UNDECIDED or m.state == Member.State.WAITING]
        for member in live:
            member.application = row
            system.move(member, "withdraw", reason="申请人撤回")
        end_before_acceptance(act, row)
        settle(act, row, members, ended=live)
        paper = papers.withdrawal(row, list(row.materials.all()), by, today(), reason.strip())
        issuance.queue_documents(act, [papers.spec("withdrawal", row, paper)])
    return row


def terminate(*, by: Actor, application: int, reason: str) -> Application:
    """The applicant died or was dissolved, or the item was repealed: undecided members end without a decision.
    Raises Refused without a reason, WrongState where the case does not run or the law has ended an item of it."""
    if len(reason.strip()) < 4:
        raise Refused("terminate.reason", "请写明终止的事由（至少 4 个字）。", "reason")
    with action(by) as act:
        row = act.lock(Application, application)
        act.allow("terminate", row)
        if row.state not in Application.ACCEPTED:
            raise WrongState("只有办理中的办件可以终止。")
        members = list(row.members.select_related("commitment"))
        demand_promises_in_time(members)
        live = [m for m in members if m.state in Member.UNDECIDED or m.state == Member.State.WAITING]
        act.record(row, "terminate", reason=reason.strip())
        system = act.as_system()
        for member in live:
            member.application = row
            system.move(member, "terminate", reason=reason.strip())
        settle(act, row, members, ended=live)
        announce(act, row, members)
        back = only_for(row, {member.code for member in live}, members)
        paper = papers.termination(row, live, back, by, today(), reason.strip())
        issuance.queue_documents(act, [papers.spec("termination", row, paper)])
    return row


def void(*, by: Actor, application: int, reason: str) -> Application:
    """An entry error, before acceptance; supervisor only. The number is not used again. Raises Refused without a reason."""
    if len(reason.strip()) < 4:
        raise Refused("void.reason", "请写明作废的原因（至少 4 个字）。", "reason")
    with action(by) as act:
        row = act.lock(Application, application)
        act.allow("void", row)
        demand_in_time(row)
        act.move(row, "void", reason=reason.strip())
        end_before_acceptance(act, row)
        for old in documents.in_force(row.pk, ("receipt", "supplement_notice", "supplement_receipt")):
            issuance.void_document(act, old.pk, reason=reason.strip())
    return row
