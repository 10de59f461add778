"""The mark by which a received application renews a certificate (XKF 50)."""

from __future__ import annotations

from contextlib import suppress

from apps.deadlines.actions import ClockSpec, start_clocks
from apps.deadlines.engine.periods import renewed
from apps.deadlines.queries import shelf_held
from apps.issuance.queries import certificate_in_force
from apps.journal.door import Action
from apps.kit.errors import Refused, WrongState
from apps.kit.time import today

from .. import policy
from ..models import Application, Member, Renewal
from ..queries_afterwards import going, made_anew


def mark_begun(act: Action, row: Application) -> None:
    """What was begun from a certificate (`open_renewal`) asks to renew it from its receipt on, whoever receives it, without being
    told once more: who handed it in on the last day read that he need do nothing, and lost what the law gives (XKF 50). Where that
    one is renewed no more it goes on as a new application, for which another may be chosen."""
    paper = made_anew(Member.objects.get(pk=row.renews)) if row.renews else None
    if paper is not None:
        with suppress(Refused, WrongState):  # before anything is written: what was received stands
            mark(act, row, paper.number)


def mark(act: Action, row: Application, number: str) -> Renewal:
    """Of a received case, locked; it raises before it writes anything."""
    act.allow("mark_renewal", row)
    if act.by.kind == "staff":
        policy.demand_competence(act.by, row)
    if row.state not in (*Application.BEFORE_ACCEPTANCE, *Application.ACCEPTED):
        raise WrongState("收件以后、办结以前才能登记为延续。")
    if getattr(row, "renewal", None) is not None:
        raise WrongState("这个办件已经登记过延续的证照。")
    old = _old(act, row, number)
    days = shelf_held(act).rule("renewal", row.receipt_date).value
    answer = renewed(old.valid_to, row.receipt_date, None, today(), days)
    renewal = Renewal(application=row, of=old, apply_by=answer.apply_by, timely=answer.timely)
    facts = {"certificate": number, "valid_to": old.valid_to}
    act.bear([renewal], [("mark", facts)])
    if answer.timely:
        row.renew_by = old.valid_to
        act.save(row, "renew_by")
    clock = ClockSpec(
        kind="renewal",
        subject=row,
        root_id=row.pk,
        region=row.node_id,
        department=row.plan["members"][0]["department"],
        started_on=row.receipt_date,
        due_on=old.valid_to,
        facts={"apply_by": answer.apply_by.isoformat(), "timely": answer.timely},
    )
    start_clocks(act, [clock])
    return renewal


def _old(act: Action, row: Application, number: str) -> Member:
    """The member on which the certificate was granted, its case locked: two renewals never begin at once."""
    paper = certificate_in_force(number) if number else None
    old = act.lock(Member, paper.member_id) if paper else None
    # Asked once more when its case is held: who revokes it may have been waited for.
    if old is None or old.application.applicant_id != row.applicant_id or certificate_in_force(number) is None:
        raise Refused("renewal.certificate", "没有查到申请人名下这个编号的有效证照，请核对。", "certificate")
    if row.plan["kind"] == "bundle" or row.code != old.code:  # a one-thing of one item may still be amended to more
        raise Refused("renewal.item", f"这份证照是“{old.name}”的，请单独用这个事项申请延续。", "certificate")
    if old.valid_to is None:
        raise Refused("renewal.long_term", "这份证照长期有效，不需要延续。", "certificate")
    if old.valid_to < today():
        raise Refused("renewal.expired", f"这份证照已于{old.valid_to:%Y年%-m月%-d日}到期，请按新办申请。", "certificate")
    if told := going(old):
        raise Refused("renewal.twice", told, "certificate")
    return old
