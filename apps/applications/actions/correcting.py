"""Correcting: a mis-keyed intake is mended before acceptance, and its voucher printed anew."""

from __future__ import annotations

from copy import copy
from dataclasses import replace

from apps.deadlines.actions import stop_clocks
from apps.directory.actions import tell
from apps.issuance import queries as documents
from apps.issuance.actions import queue_documents, void_document
from apps.issuance.models import Document
from apps.issuance.payloads import Receipt
from apps.issuance.payloads.parts import MaterialLine
from apps.journal.actor import Actor
from apps.journal.door import Action, action
from apps.kit.errors import Refused, WrongState
from apps.kit.time import today

from .. import papers, telling
from ..handout import COLUMNS
from ..models import Application, MaterialEntry
from . import checklist
from .drafting import fill
from .intake import demand_in_time, notice_days, start_notice_clock
from .recompiling import recompile, regrouped
from .renewal_outcome import pending_renewal
from .reusing import leave_reused


def correct(
    *,
    by: Actor,
    application: int,
    reason: str,
    applicant: dict | None = None,
    contact_mobile: str | None = None,
    answers: dict | None = None,
    materials: dict[str, dict] | None = None,
    situations: dict | None = None,
) -> Application:
    """Mend a mis-keyed intake before acceptance: the old voucher is void, a new one is printed; both stay on record.
    `situations` compiles form and checklist anew, by today's catalogue: nothing was accepted yet. Other items may leave other days
    for the one-time notice, from the same receipt; raises WrongState where these are over already.
    Raises Refused without a reason, and naming every faulty field."""
    if len(reason.strip()) < 2:
        raise Refused("correct.reason", "请写明更正的原因。", "reason")
    with action(by) as act:
        row = act.lock(Application, application)
        act.allow("correct", row)
        demand_under_check(row)
        demand_in_time(row)
        before, departments, holder, phone = _snapshot(row), row.departments, row.applicant_id, row.contact_mobile
        if situations is not None and situations != row.plan["answers"]:
            received = row.supplemented_on or row.receipt_date
            days = notice_days(act, row, received)
            recompile(act, row, situations)
            if notice_days(act, row, received) != days:
                _count_notice_anew(act, row)
        fill(act, row, applicant=applicant, contact_mobile=contact_mobile, answers=answers)
        if row.applicant_id != holder and pending_renewal(row):
            told = "这个办件登记为延续，延续的是现在这位申请人的证照，不能改成别人；录错了人的，请作废这一件，重新收件。"
            raise Refused("correct.renewal", told, "applicant.id_number")
        whose = {}
        if row.applicant_id != holder:
            leave_reused(act, row)
            _tell_former(act, row, holder)
            whose = {"whose": True}
        entries = list(row.materials.all())
        changed = checklist.enter(act, entries, materials or {})
        after = _snapshot(row)
        fields = sorted(key for key in after.keys() | before.keys() if after.get(key) != before.get(key))
        told = {"fields": fields, "materials": [entry.code for entry in changed], **regrouped(departments, row), **whose}
        act.record(row, "correct", reason=reason.strip(), **told)
        if row.contact_mobile != phone and not whose:  # told as where it is changed by itself: who came may have known the number alone
            act.record(row, "change_contact")
        _replace_receipt(act, row, entries, reason)
    return row


def demand_under_check(row: Application) -> None:
    """Raises WrongState before receipt, and once it is accepted or over."""
    if row.state not in Application.UNDER_CHECK:
        raise WrongState("只有收件后、受理前的办件可以更正。")


def _tell_former(act: Action, row: Application, holder: int) -> None:
    """Who was told that a case of his is in, and it is another's: he sees it no longer, and the word about it stands in his box."""
    before = copy(row)
    before.applicant_id = holder
    tell(
        act.as_system(),
        parties=[party for party in telling.told(before) if party not in telling.told(row)],
        kind="case",
        title=f"不是您的办件：{row.name}",
        text=f"办件 {row.number} 收件时录错了申请人，已经更正；它与您无关，不用理会。",
        link="/account/messages/",  # he sees no page of it
        key=f"corrected:{row.pk}:{row.chain_seq}",
    )


def _count_notice_anew(act: Action, row: Application) -> None:
    stop_clocks(act, root_id=row.pk, kinds=("notice",), on=today())
    start_notice_clock(act, row, row.supplemented_on or row.receipt_date)
    if today() > row.notice_due:
        raise WrongState(
            f"按更正后的情形，一次性告知的最后一日（{row.notice_due:%Y年%-m月%-d日}）已过，不能这样更正；请由申请人撤回，按实际情形重新申请。"
        )
    act.save(row, "notice_due")


def _snapshot(row: Application) -> dict:
    return {"applicant": row.applicant_id, **row.answers, **{name: getattr(row, name) for name in COLUMNS.values()}}


def reprint_receipt(*, by: Actor, application: int, reason: str = "申请人遗失") -> Application:
    """A fresh voucher with the same content; the old one is void. Raises WrongState where nothing was received, or the case is void."""
    with action(by) as act:
        row = act.lock(Application, application)
        act.allow("reprint", row)
        if row.receipt_date is None:
            raise WrongState("还没有收件，没有凭证可补打。")
        if row.state == Application.State.VOIDED:
            raise WrongState("这件已作为录入错误作废，收件凭证随之作废，不能补打。")
        act.record(row, "reprint", reason=reason)
        old = documents.current(row.pk, "receipt")
        if old is None:  # turned away at once, with nothing in hand
            _print_receipt(act, row, papers.receipt(row, list(row.materials.all()), act.by), old, reason)
        else:  # what has come since is no part of it
            _print_receipt(act, row, {name: said for name, said in old.payload.items() if name != "office"}, old, reason)
    return row


def _replace_receipt(act: Action, row: Application, entries: list[MaterialEntry], reason: str) -> None:
    """By the corrected intake; what came for a notice, and the days after it, are no part of the receipt."""
    old = documents.current(row.pk, "receipt")
    stood = {line["name"] for line in old.payload["materials"]} if old else set()  # one that was bad came as well, before its better one
    here = [entry for entry in entries if entry.state != MaterialEntry.State.SUPPLEMENTED or entry.name in stood]
    voucher = papers.receipt(row, here, act.by)
    if old is not None:  # of what was mended for the notice it says what was in hand on its own day
        better = {entry.name for entry in here if entry.state == MaterialEntry.State.SUPPLEMENTED}
        said = {line["name"]: line for line in old.payload["materials"] if line["name"] in better}
        kept = tuple(MaterialLine(**said[line.name]) if line.name in said else line for line in voucher.materials)
        voucher = replace(voucher, materials=kept)
    if old is not None and row.supplemented_on:
        voucher = replace(voucher, notice_last_day=old.payload["notice_last_day"])
    _print_receipt(act, row, voucher, old, reason)


def _print_receipt(act: Action, row: Application, voucher: Receipt | dict, old: Document | None, reason: str) -> None:
    if old is not None:
        void_document(act, old.pk, reason=reason)
    queue_documents(act, [papers.spec("receipt", row, voucher, replaces=old.pk if old else None)])
