"""注销: a certificate ends because its holder asks for it, or on a ground of the law (XKF 70); what was granted stays granted."""

from __future__ import annotations

from apps.directory.actions import tell
from apps.directory.queries import holders, overseers
from apps.issuance.actions import cancel_document, queue_documents
from apps.journal.actor import Actor
from apps.journal.door import Action, action
from apps.kit.errors import Refused, WrongState
from apps.kit.time import today

from .. import papers, papers_review
from ..cancelling import demand_askable, demand_cancellable, demand_orderable, grounds, on_request, papers_in_force
from ..models import Cancellation, Member
from .holding import demand_printable
from .one_thing import announce, let_go

SHORTEST, SHORTEST_ORDER, LONGEST = 2, 10, 500
Original = Cancellation.Original


def ask_cancellation(*, by: Actor, member: int, reason: str, original: str = "") -> Cancellation:
    """The holder has no more use for it: asked for from home, or at the counter, which says what became of the original. The head of
    the department that decided confirms it; until then the certificate stays in force.

    Raises WrongState for what is not in his hands, has ended, or is being renewed, checked or made anew.
    """
    text, kept = _words(reason, SHORTEST, "申请注销的原因"), _original(by, original)
    demand_printable(text, "reason")  # the decision repeats it
    with action(by) as act:
        row = act.lock(Member, member)
        request = Cancellation(application=row.application, member=row)
        act.allow("ask", request)
        paper = demand_askable(row)
        request.original = kept
        request.taken_by_id = by.id if by.kind == "staff" else None
        ground = on_request()
        request.ground, request.clause = ground.code, ground.clause
        told = {"certificate": paper.number, "on": today(), "reason": text}
        act.bear([request], [("ask", told)])
        heads = holders("head", department=row.department_id)
        cure = "请作出决定" if heads else f"{row.department.name}现在没有负责人能决定，请联系节点管理员任命"
        tell(
            act,
            users=heads or overseers(row.application.node_id, row.department_id),
            kind="case",
            title=f"申请注销：{row.name}"[:100],
            text=f"持证人申请注销证照 {paper.number}，{cure}；决定以前证照照常有效。",
            link="/review/cancellations/" if heads else "",
            root_id=row.application_id,
            key=f"cancellation:{request.pk}",
        )
    return request


def withdraw_cancellation(*, by: Actor, cancellation: int, reason: str) -> Cancellation:
    """The request is taken back, as long as it is not decided."""
    text = _words(reason, SHORTEST, "撤回注销申请的原因")
    with action(by) as act:
        return act.move(act.lock(Cancellation, cancellation), "withdraw", reason=text)


def grant_cancellation(*, by: Actor, cancellation: int) -> Cancellation:
    """What the holder asked for is confirmed: the certificate is out of force from today on, and the decision on it is printed."""
    with action(by) as act:
        row = act.lock(Cancellation, cancellation)
        act.allow("grant", row)
        _still_asked(row)
        member = _member(row)
        in_force = papers_in_force(member, lock=True)
        demand_cancellable(member, in_force)
        act.move(row, "grant", on=today(), facts={"certificate": row.certificate})
        _cancel(act, row, member, in_force, by)
    return row


def decline_cancellation(*, by: Actor, cancellation: int, reason: str) -> Cancellation:
    """Something stands against it: told in writing, with the reason and what can be done about it (XKF 38). The certificate stays."""
    text = _words(reason, SHORTEST_ORDER, "不予注销的理由")
    with action(by) as act:
        row = act.lock(Cancellation, cancellation)
        act.allow("decline", row)
        _still_asked(row)
        member = _member(row)
        act.move(row, "decline", on=today(), reason=text, facts={"certificate": row.certificate})
        told = papers_review.cancellation_declined(row, by)
        queue_documents(act, [papers.spec("cancellation_declined", row.application, told, member=member)])
    return row


def cancel_certificate(*, by: Actor, member: int, ground: str, reason: str, original: str = "") -> Cancellation:
    """The department's head cancels it without a request, on one of the law's grounds of today. Raises Refused for a ground that does
    not fit, WrongState as for a request, and while one waits for his answer."""
    text, kept = _words(reason, SHORTEST_ORDER, "注销的事实和理由"), _original(by, original)
    demand_printable(text, "reason")
    with action(by) as act:
        row = act.lock(Member, member)
        order = Cancellation(application=row.application, member=row)
        act.allow("order", order)
        in_force = papers_in_force(row, lock=True)
        paper = demand_orderable(row, in_force)
        fitting = {one.code: one for one in grounds(row, paper)}
        chosen = fitting.get(ground)
        if chosen is None:
            known = "；".join(f"{one.code}：{one.clause}" for one in fitting.values())
            raise Refused("cancellation.ground", f"请从法律规定的情形里选择一项：{known}。", "ground")
        order.ground, order.clause, order.original = chosen.code, chosen.clause, kept
        told = {"certificate": paper.number, "on": today(), "reason": text}
        act.bear([order], [("order", told)])
        _cancel(act, order, row, in_force, by)
    return order


def take_original(*, by: Actor, cancellation: int) -> Cancellation:
    """The original comes in later, or was found after all. It goes back where the certificate stays in force.
    Raises WrongState where none is waited for, or it is there."""
    with action(by) as act:
        row = act.lock(Cancellation, cancellation)
        act.allow("take_original", row)
        if row.state not in Cancellation.WANTS_ORIGINAL:
            raise WrongState(f"这份注销申请现在是“{row.get_state_display()}”，不用交回原件。")
        if row.original == Original.RETURNED:
            raise WrongState("原件已经登记交回，不用再登记。")
        row.original = Original.RETURNED
        act.save(row, "original")
        act.record(row, "take_original", certificate=row.certificate)
    return row


def _cancel(act: Action, row: Cancellation, member: Member, in_force: list, by: Actor) -> None:
    """The certificate and its decision say at the public check that they are cancelled, and since when."""
    member.cancelled_on = row.decided_on
    act.save(member, "cancelled_on")
    for paper in in_force:
        cancel_document(act.as_system(), paper.pk, reason=f"已注销：{row.clause}", on=row.decided_on)
    announce(act, member.application, let_go(act, member.application, member))
    told = papers_review.cancellation(row, by)
    queue_documents(act, [papers.spec("cancellation", row.application, told, member=member)])


def _member(row: Cancellation) -> Member:
    member, application = row.member, row.application
    member.application = application
    return member


def _still_asked(row: Cancellation) -> None:
    if row.state != Cancellation.State.ASKED:
        raise WrongState(f"这份注销申请现在是“{row.get_state_display()}”，不用再决定。")


def _words(text: str, least: int, name: str) -> str:
    given = text.strip()
    if not least <= len(given) <= LONGEST:
        raise Refused("cancellation.reason", f"请写明{name}（{least} 到 {LONGEST} 个字）。", "reason")
    return given


def _original(by: Actor, given: str) -> str:
    """Whether it came back only who has it in his hands can say."""
    original = given or Original.TO_COME
    if original not in Original.values:
        known = "、".join(f"{value}（{label}）" for value, label in Original.choices)
        raise Refused("cancellation.original", f"“证照原件”请从这几项里选：{known}。", "original")
    if by.kind == "person" and original == Original.RETURNED:
        raise Refused("cancellation.original", "网上申请的，原件以后交回受理窗口；请选“待交回”或者“已遗失”。", "original")
    return original
