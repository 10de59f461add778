"""A hand-over to the wrong person, taken back on the same day by the clerk who did it."""

from __future__ import annotations

from django.db.models import QuerySet

from apps.deadlines.actions import by_law, start_clocks
from apps.issuance.actions import void_document
from apps.issuance.models import HandOver
from apps.issuance.workflow import VOID
from apps.journal.actor import Actor
from apps.journal.door import action
from apps.kit.errors import Forbidden, NotYours, WrongState
from apps.kit.time import beijing_date, today

from ..cancelling import cancelled_words
from ..models import Application, Member
from ..queries import NOBODYS
from ..sight import sees
from .holding import demand_reason
from .renewal_outcome import hold_old_paper


def take_back(*, by: Actor, hand_over: int, reason: str) -> HandOver:
    """The register keeps its line, its 送达回证 is void; the results lie at the desk again, their time for service runs on, and
    the applicant is told. Raises Refused without a reason, Forbidden for another's, WrongState on another day, or for what a
    courier's signature served.
    Raises NotYours for a case that he does not see."""
    demand_reason(reason)
    with action(by) as act:
        root = HandOver.objects.filter(pk=hand_over).values_list("root_id", flat=True).first()
        row = act.lock(Application, root or NOBODYS)
        if not sees(by, row):
            raise NotYours
        line = HandOver.objects.select_related("receipt").get(pk=hand_over)
        members = list(row.members.filter(pk__in=line.members).select_related("commitment"))
        for member in members:
            member.application = row
            act.allow("take_back", member)
        if line.clerk_id != by.id:
            raise Forbidden("只有办理这次交付的出件员自己可以撤销；请他本人撤销，或者报监督人员。", code="forbidden.not_his")
        if why := why_not_taken_back(line, members):
            raise WrongState(why)
        void_document(act, line.receipt_id, reason=f"交付登记撤销：{reason.strip()}")
        on = beijing_date(line.at)  # the day that counted it
        served = {pk for other in _standing(line).filter(pk__lt=line.pk) for pk in other.members}
        noticed = {"noticed": True} if line.method == HandOver.Method.NOTICE else {}
        for member in members:
            act.move(member, "take_back", on=on, reason=reason.strip(), again=member.pk in served, facts=noticed)
        about = {"root_id": row.pk, "region": row.node_id}
        owed = [member for member in members if not member.revoked_on and member.pk not in served]
        hold_old_paper(act, owed, given_on=None)
        start_clocks(
            act,
            [
                by_law(act, "delivery", on=one.decided_on, kind="delivery", department=one.department_id, subject=one, **about)
                for one in owed
            ],
        )
    return line


def _standing(line: HandOver) -> QuerySet[HandOver]:
    """What stands of the case in the register: there are two lines for a certificate that was made anew."""
    return HandOver.objects.filter(root_id=line.root_id).exclude(receipt__state=VOID)


def why_not_taken_back(line: HandOver, members: list[Member]) -> str:
    """Why this line of the register stands, "" where who entered it may take it back."""
    if line.taken_back:
        return "这次交付已经撤销过，不用再撤销。"
    if line.method == HandOver.Method.MAIL:
        return "快递已经签收，签收的那天就是送达日，不能撤销。"
    entered = beijing_date(line.receipt.queued_at)  # a public notice is entered after the day on which it served
    if entered != today():
        return f"{entered:%Y年%-m月%-d日}登记的交付只能在当天撤销；交错了人的，请报监督人员处理。"
    if any(set(other.members) & set(line.members) for other in _standing(line).filter(pk__gt=line.pk)):
        return "这些结果后来又交付过，不能撤销这一次。"
    if gone := next((member for member in members if member.cancelled_on), None):
        return f"{cancelled_words(gone)}，不能撤销交付。"
    if any(member.state != Member.State.COLLECTED for member in members):
        return "这些结果已经不是“已领取”，不能撤销交付。"
    return ""
