"""From home: hand in for a pre-check (预审, which is no acceptance and starts no clock) or for good, and the supplement."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Max, Min

from apps.issuance.actions import queue_documents
from apps.journal.actor import SYSTEM, Actor
from apps.journal.door import Action, action
from apps.kit.errors import Refused, WrongState, raise_all
from apps.kit.time import beijing_date, beijing_midnight, now, today

from .. import papers, policy, queries_counter
from ..models import AnswerChange, Application, Attachment, MaterialEntry, Notice
from . import checklist
from .acceptance import accept
from .drafting import demand_mandate, file_in_ones_own_name
from .expiring import kept_from_now
from .intake import demand_chosen, demand_complete, demand_declared, demand_in_time, look_through, receive
from .mending import demand_awaiting, mended, note_came, still_wrong
from .offering import demand_offered
from .quarantine import demand_examined


def submit(*, by: Actor, application: int, seen: str = "") -> Application:
    """Hand a draft in to be looked through first; every fault of the form is told at once. `seen`: as in `intake.demand_declared`."""
    with action(by) as act:
        row = act.lock(Application, application)
        act.allow("submit", row)
        demand_mandate(by, row)
        demand_declared(row, seen)
        demand_offered(row)
        demand_chosen(row)
        demand_complete(row, list(row.materials.all()))
        demand_examined(row)
        file_in_ones_own_name(act, by, row)
        act.move(row, "submit")
    return row


def begin_pre_check(*, by: Actor, application: int) -> Application:
    with action(by) as act:
        row = act.lock(Application, application)
        act.allow("begin_pre_check", row)
        policy.demand_competence(by, row)
        act.move(row, "begin_pre_check")
    return row


def pass_pre_check(*, by: Actor, application: int, at_once: bool = False, seen: str = "") -> Application:
    """The materials look right: at the counter only the originals are compared. `at_once`: it is accepted in the same moment; `seen`: as
    in `demand_seen`."""
    with action(by) as act:
        row = act.lock(Application, application)
        act.allow("pass_pre_check", row)
        policy.demand_competence(by, row)
        demand_seen(row, seen)
        act.move(row, "pass_pre_check", on=today(), facts={"at_once": True} if at_once else {})
    return row


def pass_and_accept(*, by: Actor, application: int, seen: str = "") -> Application:
    """Passed, received and accepted in one moment: complete but for what he promised, and nothing of it has to be brought (an
    electronic material equals paper, ZJR 6). The applicant declared and handed it in; the law's days run from today, in his favour.

    Raises Refused for what has to be brought or is missing.
    """
    with action(by):
        row = pass_pre_check(by=by, application=application, at_once=True, seen=seen)
        bring = checklist.to_bring(row, list(row.materials.all()))
        if bring:
            names = "、".join(entry.name for entry in bring)
            raise Refused("pre_check.bring", f"{names}要在窗口核对原件：请先只作通过，等申请人带原件来。", "materials")
        receive(by=by, application=application)
        return accept(by=by, application=application)


def return_pre_check(*, by: Actor, application: int, reason: str, seen: str = "") -> Application:
    """Back to the applicant, all gaps named at once."""
    if len(reason.strip()) < 4:
        raise Refused("pre_check.reason", "请一次写明全部需要修改或补充的内容。", "reason")
    with action(by) as act:
        row = act.lock(Application, application)
        act.allow("return_pre_check", row)
        policy.demand_competence(by, row)
        demand_seen(row, seen)
        act.move(row, "return_pre_check", reason=reason.strip())
        kept_from_now(act, row)
    return row


def demand_seen(row: Application, seen: str) -> None:
    """`seen` = the mark (queries_counter.submitted_as) of the filing that lay before who looked it through. Raises WrongState where it
    was sent back meanwhile and handed in anew."""
    if seen and seen != queries_counter.submitted_as(row):
        raise WrongState("这件申请在您看过以后退回过，申请人改了又重新提交，预审结论没有作出。请看过现在的内容，再作结论。")


def resubmit(*, by: Actor, application: int) -> Application:
    """All that the one-time notice asked for is uploaded: the cure period ends, a clerk looks it through within the notice days.

    It is accepted as of today, by a clerk or by silence (XKF 32(4)(5)). Raises Refused naming every material that is still missing.
    """
    with action(by) as act:
        row = act.lock(Application, application)
        act.allow("resubmit", row)
        demand_mandate(by, row)
        demand_awaiting(row)
        demand_in_time(row)
        demand_examined(row)
        entries, notice = list(row.materials.all()), row.notices.get(kind=Notice.Kind.SUPPLEMENT)
        raise_all(
            [
                Refused("supplement.still_missing", f"“{entry.name}”还没有上传。", f"materials.{entry.code}")
                for entry in checklist.missing(row, entries)
            ]
            + still_wrong(row, notice)
        )
        _handed_in(act, row, notice, entries, now())
    return row


def resubmit_for_scanner(*, application: int, on: date) -> bool:
    """The files came by the last day, the scanner's answer after it: handed in by rule, as of the day on which the last one came.
    `on`: when the one came for which it has answered now.

    False when something is missing all the same; then the cure period has passed.
    """
    with action(SYSTEM) as act:
        row = act.lock(Application, application)
        entries = list(row.materials.all())
        if row.state != Application.State.AWAITING_SUPPLEMENT or checklist.missing(row, entries):
            return False
        notice = row.notices.get(kind=Notice.Kind.SUPPLEMENT)
        last = max(on, *_days_of(row, notice))  # a file answered for earlier may have come later
        if last > row.cure_by or still_wrong(row, notice):
            return False
        _handed_in(act, row, notice, entries, _came_at(row, notice, last))
    return True


def _days_of(row: Application, notice: Notice) -> list[date]:
    """On which days what was asked for came from home: each material with its first file, each answer that was put right."""
    files = Attachment.objects.filter(application=row, at__gte=notice.asked_at, removed_at=None, scan__in=Attachment.SERVED, by__party__isnull=False)
    files = files.filter(material__code__in=[gap["material"] for gap in notice.gaps]).exclude(material__code__in=notice.came)
    mends = AnswerChange.objects.filter(application=row, at__gte=notice.asked_at)
    firsts = [*files.values_list("material").annotate(Min("at")), *mends.values_list("element").annotate(Min("at"))]
    return [beijing_date(at) for _, at in firsts]


def _came_at(row: Application, notice: Notice, last: date) -> datetime:
    """When the last of it came, on this day."""
    then = {"application": row, "at__gte": notice.asked_at, "at__lt": beijing_midnight(last, 1)}
    files = Attachment.objects.filter(removed_at=None, scan__in=Attachment.SERVED, by__party__isnull=False, **then)
    came = (found.aggregate(at=Max("at"))["at"] for found in (files, AnswerChange.objects.filter(**then)))
    return max(filter(None, came), default=beijing_midnight(last))


def _handed_in(act: Action, row: Application, notice: Notice, entries: list[MaterialEntry], at: datetime) -> None:
    """`at` = when the last of it came."""
    on = beijing_date(at)
    came = [entry for entry in entries if entry.state == MaterialEntry.State.SUPPLEMENTED]
    fields = mended(row, notice)
    note_came(act, notice, [entry for entry in came if entry.code not in notice.came], fields, on)
    facts = {"materials": [entry.code for entry in came]} | ({"fields": fields} if fields else {})
    look_through(act, row, on, facts)
    names = papers.field_names(notice.fields, fields)
    paper = papers.supplement_receipt(row, came, [], act.by, at, row.cure_by, mended=names)
    queue_documents(act, [papers.spec("supplement_receipt", row, paper)])
