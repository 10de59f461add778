"""Filed and accepted while the applicant stands at the counter: one act, one transaction, written by one statement."""

from __future__ import annotations

from collections.abc import Callable

from apps.catalog.shelf import shelf
from apps.deadlines.actions import due_dates
from apps.deadlines.queries import CALENDAR_HELD
from apps.issuance.actions import queue_documents
from apps.journal.actor import Actor
from apps.journal.door import action
from apps.kit.errors import Forbidden, Refused, raise_all

from .. import papers, policy
from ..models import Application, Channel, Member
from . import checklist
from .acceptance import demand_tolerable, start_review
from .drafting import chosen, demand_acceptable, drawn_up, fill
from .intake import SERIAL, demand_complete, notice_clock, take_in


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
        raise Forbidden("只有综合窗口受理员可以收件。")
    known = shelf()
    row = drawn_up(by, code, situations or {}, Channel.COUNTER, None, known)
    with action(by) as act:
        demand_acceptable(act, row, known)
        policy.demand_competence(by, row)  # the situations may bring in other zones' items
        act.foresee(Application, SERIAL, *[Member] * len(row.plan["members"]), asking=[CALENDAR_HELD])
        act.number([row])
        act.adopt(row)
        entries, faults = checklist.build(row), _Faults()
        # Before the rows are added: the party is saved by an action of its own, which first writes what was gathered.
        given = {"applicant": applicant, "agent": agent, "contact_mobile": contact_mobile, "answers": answers or {}}
        faults.of(lambda: fill(act, row, **given, handout=handout))
        act.add(row, *entries)
        act.record(row, "open", code=code, channel=row.channel)
        faults.of(lambda: checklist.enter(act, entries, materials or {}))
        if issue is not None:
            row.issue = faults.of(lambda: chosen(row.plan, issue)) or row.issue
        faults.of(lambda: checklist.demand_listed(entries, promised or []))
        faults.of(lambda: demand_tolerable(checklist.missing(row, entries), promised or []))
        raise_all(faults)
        demand_complete(row, entries)
        on = take_in(act, row)
        row.notice_due = due_dates(act, [notice_clock(row, on)])[0]
        voucher = papers.spec("receipt", row, papers.receipt(row, entries, by))
        given = {"promised": promised or [], "cure_days": cure_days}
        queue_documents(act, [voucher, *start_review(act, row, entries, on=on, verb="accept", **given)])
    return row


class _Faults(list):
    def of(self, step: Callable):
        """What the step answers; nothing, and its faults are kept, where it refuses."""
        try:
            return step()
        except Refused as refusal:
            self.extend(refusal.errors)
