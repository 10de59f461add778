"""告知承诺 (ZJR 14): signed instead of proven, granted on it, checked within the days of the law, put right or revoked."""

from __future__ import annotations

from datetime import date, timedelta

from apps.deadlines.actions import ClockSpec, by_law, start_clocks, stop_clocks
from apps.deadlines.pausing import catch_up
from apps.deadlines.queries import rule, shelf_held
from apps.directory import queries as directory
from apps.issuance import queries as documents
from apps.issuance.actions import queue_documents, void_document
from apps.issuance.workflow import DECIDES
from apps.journal.actor import Actor
from apps.journal.door import Action, action
from apps.kit.errors import Refused, WrongState, raise_all
from apps.kit.time import today

from .. import papers, papers_review
from ..models import Application, Commitment, Member
from .handout import on_behalf
from .holding import checked_days, demand_reason, with_member, written_clock
from .one_thing import announce, let_go
from .renewal_outcome import hold_old_paper, tell_who_renews

State = Commitment.State
SHORTEST = 4


def sign_commitment(*, by: Actor, member: int, signed_by: str, text: str = "") -> Commitment:
    """The applicant chooses this way, at the counter or before the department: what he signed is kept with the case.

    Without `text` it is the item's own conditions. Raises Refused where the item does not offer it, or for a party whose
    broken commitment is not repaired.
    """
    if not signed_by.strip():
        raise Refused("commitment.signed_by", "请写明签署承诺书的人。", "signed_by")
    with action(by) as act:
        row = act.lock(Member, member)
        commitment = Commitment(application=row.application, member=row)
        act.allow("sign", commitment)
        demand_choice(row)
        if by.kind == "person":
            _demand_own_word(by, row, signed_by.strip(), text.strip())
        if 0 < len(text.strip()) < SHORTEST:
            raise Refused("commitment.text", f"请照签名的承诺书写明承诺内容（至少 {SHORTEST} 个字）。", "text")
        commitment.text = text.strip() or promise_of(row)
        given = {"signed_by": signed_by.strip()[:100], "on": today()}
        act.bear([commitment], [("sign", given)], facts=on_behalf(by, row.application))
    return commitment


def signers(by: Actor, application: Application) -> list[str]:
    """In which names he who signs from home may do so: his own, for another saying for whom; an enterprise also by its legal
    representative."""
    me = directory.party(by.party_ids[0])
    if me.pk != application.applicant_id:
        return [f"{me.name}（代{application.applicant_name}）"]
    return [name for name in (me.name, me.legal_rep_name) if name]


def _demand_own_word(by: Actor, member: Member, signed_by: str, text: str) -> None:
    """From home nobody has seen a paper: in his own name, and the item's own conditions."""
    errors, names = [], signers(by, member.application)
    if signed_by not in names:
        errors.append(Refused("commitment.signed_by", f"网上签署的，签署人应写“{'”或者“'.join(names)}”。", "signed_by"))
    if text not in ("", promise_of(member)):
        errors.append(Refused("commitment.text", "网上签署的是事项规定的承诺内容，不能另写；要另写的请到窗口办理。", "text"))
    raise_all(errors)


def demand_choice(member: Member) -> None:
    """Raises where this way is not open for the member, or not to its applicant, saying why."""
    if not member.definition.get("commitment_route"):
        raise Refused("commitment.route", "这个事项没有开通告知承诺，请按一般程序办理。", "member")
    if member.state not in Member.UNDECIDED:
        raise WrongState("只有受理后、决定前的事项可以选择告知承诺。")
    if Commitment.objects.filter(member=member).exists():
        raise WrongState("已经登记过承诺书。")
    broken = Commitment.objects.filter(application__applicant=member.application.applicant_id, state=State.REVOKED)
    if found := broken.select_related("member").first():
        raise Refused(
            "commitment.barred",
            f"申请人违反过承诺，“{found.member.name}”已于{found.revoked_on:%Y年%-m月%-d日}撤销，信用修复以前不再适用告知承诺"
            f"（{rule('commitment_check').source}）；请按一般程序办理，或者先登记信用修复。",
            "member",
        )


def promise_of(member: Member) -> str:
    """The usual text: the item's conditions, and what a broken word brings."""
    conditions = "；".join(member.definition.get("conditions") or ())
    met = f"（{conditions}）" if conditions else ""
    return f"已知晓办理“{member.name}”应当具备的条件{met}，承诺已经符合并保持；承诺不实的，愿意承担被撤销等法律责任。"


def check_after_grant(act: Action, member: Member, on: date) -> list[ClockSpec]:
    """The clock of the check, where the member is granted on a commitment; to be started with the other clocks."""
    commitment = getattr(member, "commitment", None)
    if commitment is None or commitment.state != State.SIGNED:
        return []
    application, book = member.application, shelf_held(act)
    commitment.application, commitment.member = application, member
    days = book.rule("commitment_check", on).value
    last = book.calendar(application.node_id).add_working_days(on, days).due
    act.as_system().move(commitment, "begin", inspect_by=last)
    about = {"subject": member, "root_id": application.pk, "region": application.node_id}
    return [by_law(act, "commitment_check", on=on, kind="commitment", department=member.department_id, **about)]


def confirm_commitment(*, by: Actor, commitment: int, findings: str) -> Commitment:
    """The check found things as promised, at once or after rectification."""
    with action(by) as act:
        row, member = with_member(act, Commitment, commitment)
        _find(act, row, member, "confirm", findings)
    return row


def rectify_commitment(*, by: Actor, commitment: int, findings: str, days: int | None = None) -> Commitment:
    """The check found them otherwise: to be put right within so many working days (the centre's standard when absent)."""
    with action(by) as act:
        row, member = with_member(act, Commitment, commitment)
        act.allow("rectify", row)
        on, book = today(), shelf_held(act)
        period = checked_days(days, book.rule("commitment_rectify", on).value, "days")
        until = book.calendar(row.application.node_id).add_working_days(on, period).due
        _find(act, row, member, "rectify", findings, rectify_by=until)
        start_clocks(act, [written_clock("rectify", member, on, until, period)])
        told = papers_review.commitment_rectification(row, by, on)
        queue_documents(act, [papers.spec("commitment_rectify", row.application, told, member=member)])
    return row


def revoke_commitment(*, by: Actor, commitment: int, reason: str) -> Commitment:
    """Not put right by its day: the head revokes in writing; the certificate is no longer in force (ZJR 14, XKF 69).
    Raises Refused without facts and reasons."""
    if len(reason.strip()) < 10:
        raise Refused("commitment.reason", "撤销必须写明事实和理由（至少 10 个字）。", "reason")
    with action(by) as act:
        row, member = with_member(act, Commitment, commitment)
        act.allow("revoke", row)
        demand_revocable(row)
        on = today()
        act.move(row, "revoke", on=on, reason=reason.strip())
        stop_clocks(act, root_id=row.application_id, subjects=[member], kinds=("rectify", "delivery"), on=on)
        for paper in documents.current_of_members(row.application_id, [member.pk], DECIDES):
            void_document(act.as_system(), paper.pk, reason="违反承诺，决定已撤销")
        hold_old_paper(act, [member], given_on=on - timedelta(days=1))  # what it renewed by law is renewed no more
        told = papers_review.permit_revoked(row, by)
        queue_documents(act, [papers.spec("permit_revoked", row.application, told, member=member)])
        _let_the_others_go(act, row.application, member)
        tell_who_renews(act, member)
    return row


def demand_revocable(row: Commitment) -> None:
    """Raises WrongState while its holder still has time to put it right."""
    if row.state == State.RECTIFYING and today() <= row.rectify_by:
        raise WrongState(f"整改期限（{row.rectify_by:%Y年%-m月%-d日}）还没有届满，不能撤销。")


def _let_the_others_go(act: Action, application: Application, revoked: Member) -> None:
    """What comes after this one is not started, and the other results of a one-thing wait for it no more; a slip that calls for it makes room for one that does not."""
    members = let_go(act, application, revoked)
    if not any(one.state == Member.State.READY_FOR_ISSUE and not one.revoked_on for one in members):
        return
    if slip := documents.current(application.pk, "pickup_slip"):
        void_document(act.as_system(), slip.pk, reason=f"“{revoked.name}”的决定已撤销，不再领取")
        act.written()
    announce(act, application, members)


def repair_commitment(*, by: Actor, commitment: int, reason: str) -> Commitment:
    """The holder's credit was repaired: `reason` names the body and its paper. He may promise again."""
    demand_reason(reason)
    with action(by) as act:
        row, _ = with_member(act, Commitment, commitment)
        act.move(row, "repair", on=today(), reason=reason.strip())
    return row


def _find(act: Action, row: Commitment, member: Member, verb: str, findings: str, **given) -> None:
    """What a check found, kept beside what an earlier one did; the clock that asked for it stops."""
    found = findings.strip()
    act.allow(verb, row)
    if len(found) < SHORTEST:
        raise Refused("commitment.findings", f"请写明核查的情况（至少 {SHORTEST} 个字）。", "findings")
    act.move(row, verb, on=today(), facts={"findings": found}, **given)
    row.findings = "\n".join(filter(None, [row.findings, found]))
    act.save(row, "findings")
    if today() > row.inspect_by:
        catch_up(act, row.application_id, member, "commitment")
    stop_clocks(act, root_id=row.application_id, subjects=[member], kinds=("commitment", "rectify"), on=today())
