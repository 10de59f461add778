"""Intake: receiving a case gives it the number, the voucher (收件凭证) and the clock of the one-time notice."""

from __future__ import annotations

from datetime import date

from apps.catalog.compiler import stated
from apps.catalog.forms_schema import clean_answers
from apps.catalog.plan import with_limits_of
from apps.deadlines.actions import ClockSpec, start_clocks, stop_clocks
from apps.deadlines.queries import shelf_held
from apps.issuance.actions import queue_documents
from apps.journal.actor import Actor
from apps.journal.door import Action, action
from apps.kit.errors import Refused, WrongState, raise_all
from apps.kit.ids import case_number
from apps.kit.time import beijing_date, now, today

from .. import papers, policy, queries
from ..models import ON_PAPER, Application, MaterialEntry
from . import checklist
from .drafting import demand_mandate, file_in_ones_own_name
from .expiring import without_aside
from .handout import faults_of, tidy
from .marking import mark_begun
from .offering import demand_offered
from .quarantine import demand_examined
from .recompiling import demand_members, follow_plan
from .renewal_outcome import settle_renewal

SERIAL = "application_serial"


def demand_complete(row: Application, entries: list[MaterialEntry], *, to_turn_away: bool = False) -> None:
    """All faults of the form at once: applicant, phone, every required field; and at least one material, where any has to come.

    Who is turned away at once (XKF 32(1)(2)) need not fill in a form that nobody will use: who he is and where he is
    reached is enough.
    """
    demand_members(row.plan)
    errors: list[Refused] = []
    if row.applicant_id is None:
        errors.append(Refused("applicant.missing", "请先录入申请人证件号码。", "applicant.id_number"))
    if not row.contact_mobile:
        errors.append(Refused("contact.missing", "请填写联系手机，用于通知和查询进度。", "contact_mobile"))
    if to_turn_away:
        raise_all(errors)
        return
    _, faults = clean_answers(row.plan["elements"], row.answers, situations=row.plan["answers"])
    errors += faults + faults_of(row)
    if row.channel in ON_PAPER and not any(entry.in_hand for entry in entries) and checklist.missing(row, entries):
        errors.append(Refused("materials.none", "至少收下一件材料才能收件；一件都没有的，请先作咨询。", "materials"))
    raise_all(errors)


def demand_chosen(row: Application) -> None:
    """From home: what an open question would ask for stands in no list."""
    if left := [one["question"] for one in row.plan["situations"] if one["code"] not in row.plan["answers"]]:
        raise Refused("situations.open", f"请先回答办理情形的问题，清单由它决定：{'、'.join(f'“{one}”' for one in left)}。", "situations")


def unanswered(row: Application) -> list[Refused]:
    """Of what was received complete: a corrected situation, or an answer that was put right, may ask for more than is there."""
    _, faults = clean_answers(row.plan["elements"], row.answers, situations=row.plan["answers"])
    return [fault for fault in faults if (fault.field or "").removeprefix("answers.") not in row.answers]


def demand_declared(row: Application, seen: str) -> None:
    """`seen` = the mark (queries.declared_as) of what lay before who declares it to be true. Raises WrongState where it was changed since,
    on another page or by who acts for the same applicant."""
    if seen and seen != queries.declared_as(row):
        raise WrongState("内容在您打开这一页以后改过（在别的页面、别的设备，或者由一起办的人），没有提交。请核对现在的内容，再提交一次。")


def receive(*, by: Actor, application: int, to_turn_away: bool = False, seen: str = "") -> Application:
    """Take it in: number, receipt voucher (收件凭证), and the clock of the one-time notice (XKF 32(4)).

    `to_turn_away`: not_handle or not_accept follows in the same transaction, so the form may be incomplete. `seen`: as in `demand_declared`.
    """
    with action(by) as act:
        row = act.lock(Application, application)
        act.allow("receive", row)
        if by.kind == "staff":
            policy.demand_competence(by, row)
        demand_mandate(by, row)
        demand_declared(row, seen)
        if by.kind == "person":
            demand_chosen(row)
            file_in_ones_own_name(act, by, row)
        entries = list(row.materials.all())
        demand_complete(row, entries, to_turn_away=to_turn_away)
        if not to_turn_away:
            demand_offered(row)
            demand_examined(row)
        checklist.enter(act, entries, filled_in(row, entries))
        on = take_in(act, row)
        start_notice_clock(act, row, on)
        if not to_turn_away or any(entry.in_hand for entry in entries):  # no voucher for nothing
            queue_documents(act, [papers.spec("receipt", row, papers.receipt(row, entries, by))])
        if not to_turn_away:
            mark_begun(act, row)
    return row


def take_in(act: Action, row: Application) -> date:
    """The move of receipt, by the law of its day; returns that day."""
    tidy(act, row)
    row.received_at = now()
    on = beijing_date(row.received_at)
    if row.plan != (plan := with_limits_of(without_aside(row.plan), on)):
        row.plan = plan
        follow_plan(act, row)
    act.move(row, "receive", number=_number(act, row.node_id, on), on=on)
    act.save(row, "received_at", "notice_due")
    return on


def filled_in(row: Application, entries: list[MaterialEntry]) -> dict[str, dict]:
    """What `checklist.enter` takes of it."""
    forms = checklist.filled_in(row)
    here = [entry.code for entry in entries if entry.code in forms and entry.state == MaterialEntry.State.MISSING]
    return {code: {"state": MaterialEntry.State.SUPPLIED, "remark": "网上填报"} for code in here}


def start_notice_clock(act: Action, row: Application, on: date) -> None:
    """The days of the one-time notice, after which silence is acceptance (XKF 32(4))."""
    row.notice_due = start_clocks(act, [notice_clock(act, row, on)])[0].due_on


def look_through(act: Action, row: Application, on: date, facts: dict) -> None:
    """What a notice asked for is in: a clerk looks it through within the notice days, and accepts it as of this day (XKF 32(5))."""
    act.move(row, "resubmit", on=on, facts=facts)
    act.save(row, "notice_due")
    stop_clocks(act, root_id=row.pk, kinds=("cure",), on=today())
    start_notice_clock(act, row, on)


def notice_days(act: Action, row: Application, on: date) -> int:
    """The shortest of the items counts; one that states none has the law's of the day."""
    own = [stated(member, "notice_days") for member in row.plan["members"]]
    general = shelf_held(act).rule("notice", on).value if None in own else 0
    return min(general if days is None else days for days in own)


def notice_clock(act: Action, row: Application, on: date) -> ClockSpec:
    """Of the days from receipt within which the gaps have to be told at once; after them it is accepted by silence."""
    days = notice_days(act, row, on)
    return ClockSpec(
        kind="notice",
        subject=row,
        root_id=row.pk,
        region=row.node_id,
        department=None,
        started_on=on,
        legal={"days": days, "unit": "working"},
    )


def _number(act: Action, node: str, on: date) -> str:
    (serial,) = act.draw(SERIAL)
    return case_number(node, f"{on:%Y%m%d}", serial)


def end_before_acceptance(act: Action, row: Application) -> None:
    """Stop whatever clock runs on a case until it is accepted, or ends instead."""
    stop_clocks(act, root_id=row.pk, kinds=("notice", "cure"), on=today())
    if row.state in Application.ENDED:
        settle_renewal(act, row)


def demand_in_time(row: Application) -> None:
    """Raises WrongState when the law has already decided by silence, whether or not the sweep has come."""
    if row.state in Application.UNDER_CHECK and row.notice_due and today() > row.notice_due:
        since = "补正收齐之日" if row.supplemented_on else "收件之日"
        raise WrongState(
            f"一次性告知的最后一日（{row.notice_due:%Y年%-m月%-d日}）已过，依法自{since}起视为受理，不能再作其他处理；由系统登记，请稍后刷新。"
        )
    if row.state == Application.State.AWAITING_SUPPLEMENT and row.cure_by and today() > row.cure_by:
        raise WrongState(f"补正期限（{row.cure_by:%Y年%-m月%-d日}）已过，依法视为撤回；申请人可以重新申请。")
