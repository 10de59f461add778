"""Filed and accepted while the applicant stands at the counter: one act, one transaction, written by one statement."""

from __future__ import annotations

from functools import partial

from apps.catalog.shelf import REVISION, Shelf, remembered, shelf
from apps.deadlines.actions import due_dates
from apps.deadlines.queries import CALENDAR_HELD
from apps.issuance.actions import SHEETS_EDITION, needs, queue_documents
from apps.journal.actor import Actor
from apps.journal.door import Action, action
from apps.kit.errors import DomainError, Faults, raise_all

from .. import papers, policy
from ..models import Application, Channel, MaterialEntry, Member
from . import checklist
from .acceptance import demand_tolerable, start_review
from .drafting import chosen, demand_acceptable, drawn_up, fill, no_clerk
from .intake import SERIAL, demand_complete, notice_clock, take_in

PAPERS = 2  # the receipt voucher and the acceptance notice


def file(
    *,
    by: Actor,
    code: str,
    applicant: dict,
    contact_mobile: str,
    situations: dict | None = None,
    agent: dict | None = None,
    answers: dict | None = None,
    materials: dict[str, dict] | None = None,
    promised: list[str] | None = None,
    cure_days: int | None = None,
    issue: str | None = None,
    handout: dict | None = None,
) -> Application:
    """What open_draft, save_draft, receive and accept do one after the other, where nothing is missing or what is missing
    may be and was promised. Refused, it leaves nothing behind: every fault of the form and every material that is missing is
    told at once.

    It is received and accepted in the same moment: the day of the one-time notice is counted and stands on the case and on
    the voucher, but no clock of it is started, since nothing is left to be told.
    """
    if not by.has("clerk"):
        raise no_clerk()
    promised = promised or []
    given = {"applicant": applicant, "agent": agent, "contact_mobile": contact_mobile, "answers": answers or {}}
    with action(by) as act:
        drafted = partial(
            _draft, act, code, situations or {}, {**given, "handout": handout}, materials or {}, promised, issue
        )
        known = remembered()
        try:
            row, entries = drafted(known)
        except DomainError:
            latest = shelf()
            if latest.number == known.number:
                raise
            known = latest  # not so, perhaps, by the catalogue of this moment
            row, entries = drafted(known)
        # Only now: what was refused has drawn no number.
        drawn = [Application, SERIAL, *[Member] * len(row.plan["members"]), *needs(PAPERS)]
        act.foresee(*drawn, asking=[REVISION, CALENDAR_HELD, SHEETS_EDITION])
        if act.ask(REVISION) != known.number:
            row, entries = drafted(shelf())
        act.number([row])
        act.adopt(row)
        for entry in entries:
            entry.application = row  # which has its key only now
        act.add(row, *entries)
        act.record(row, "open", code=code, channel=row.channel)
        on = take_in(act, row)
        row.notice_due = due_dates(act, [notice_clock(act, row, on)])[0]
        voucher = papers.spec("receipt", row, papers.receipt(row, entries, by))
        given_later = checklist.promised_lines(entries, promised)
        accepted = start_review(act, row, entries, on=on, verb="accept", promised=given_later, cure_days=cure_days)
        queue_documents(act, [voucher, *accepted])
    return row


def _draft(
    act: Action,
    code: str,
    situations: dict,
    form: dict,
    materials: dict[str, dict],
    promised: list[str],
    issue: str | None,
    known: Shelf,
) -> tuple[Application, list[MaterialEntry]]:
    """The case and its checklist, filled in and complete by this catalogue, not yet stored; the party's file is."""
    row = drawn_up(act.by, code, situations, Channel.COUNTER, None, known)
    demand_acceptable(act, row, known)
    policy.demand_competence(act.by, row)  # the situations may bring in other zones' items
    entries, faults = checklist.build(row), Faults()
    faults.of(lambda: fill(act, row, **form))
    faults.of(lambda: checklist.enter(act, entries, materials))
    if issue is not None:
        row.issue = faults.of(lambda: chosen(row.plan, issue)) or row.issue
    faults.of(lambda: checklist.demand_listed(entries, promised))
    faults.of(lambda: demand_tolerable(row, checklist.missing(row, entries), checklist.promised_lines(entries, promised)))
    lacking, told = Faults(), {fault.field for fault in faults}
    lacking.of(lambda: demand_complete(row, entries))
    raise_all([*faults, *(fault for fault in lacking if fault.field not in told)])
    return row, entries
