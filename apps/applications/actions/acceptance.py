"""Acceptance, with or without a tolerated gap, by a clerk or by the law's silence; members, jobs and clocks begin here."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from apps.catalog.compiler import demanded_by
from apps.deadlines.actions import ClockSpec, start_clocks
from apps.deadlines.queries import shelf_held
from apps.issuance.actions import queue_documents
from apps.journal.actor import SYSTEM, Actor
from apps.journal.door import Action, action
from apps.kit.errors import Refused, WrongState, raise_all
from apps.kit.rows import fresh
from apps.kit.time import today

from .. import gap, papers, queries_vault, whole
from ..models import Application, Job, MaterialEntry, Member, Notice
from . import checklist
from .gaps import needs_of
from .holding import checked_days, hold, last_day, written_clock
from .intake import end_before_acceptance, unanswered
from .renewal_outcome import end_unaccepted_renewal

State = Application.State


def begin_check(*, by: Actor, application: int) -> Application:
    """Take a received case from the queue to look at its materials."""
    with action(by) as act:
        row = hold(act, application, "begin_check")
        act.move(row, "begin_check")
    return row


def accept(
    *,
    by: Actor,
    application: int,
    promised: list[str] | None = None,
    cure_days: int | None = None,
    materials: dict | None = None,
    by_mail: bool | None = None,
) -> Application:
    """Accept (受理), or accept with a tolerated gap (容缺受理) for the tolerable materials the applicant promised.
    `by_mail`: what is entered with it was sent, or was not (checklist.posted).

    Raises Refused naming every material that is missing and not tolerable, or tolerable and not promised. Raises WrongState before its
    receipt, while a supplement is waited for, and after acceptance.
    """
    with action(by) as act:
        row = hold(act, application, "accept")
        if row.number is None:
            raise WrongState("还没有收件：请先收件，再受理。")
        if row.state == State.AWAITING_SUPPLEMENT:
            raise WrongState("正在等待补正：请在补正登记中收下材料，齐全时当日受理。")
        if row.state not in Application.BEFORE_ACCEPTANCE:  # before any word of what is missing: nothing is to be brought for this
            owed = "承诺后补的材料来了，请登记收下容缺材料" if row.state in Application.ACCEPTED else "请刷新后再看"
            raise WrongState(f"现在是“{row.get_state_display()}”，不能再受理；{owed}。")
        raise_all(unanswered(row))
        entries = list(row.materials.all())
        scanned = checklist.scanned_since(row, entries)
        had = checklist.at_hand(entries) - {entry.code for entry in scanned}
        changed = checklist.enter(act, entries, materials or {})
        checklist.demand_listed(entries, promised or [])
        queue_documents(
            act,
            start_review(
                act,
                row,
                entries,
                on=row.supplemented_on or today(),
                promised=checklist.promised_lines(entries, promised or []),
                cure_days=cure_days,
                verb="accept",
                facts=checklist.brought(row, [*changed, *scanned], had, by_mail=by_mail),
            ),
        )
    return row


def start_review(
    act: Action,
    row,
    entries,
    *,
    on: date,
    promised: list[str],
    verb: str,
    cure_days: int | None = None,
    facts: dict | None = None,
) -> list:
    """Members, jobs, clocks; returns the documents to queue. `on` is the acceptance date (receipt date when deemed)."""
    lacking = [] if verb == "deem_accept" else checklist.missing(row, entries)
    system = verb == "deem_accept"
    if not system:
        row.acceptor_id = act.by.id
    gap_notice = tolerated(act, row, lacking, promised, on, cure_days)
    for entry in entries:  # a promise of what came, or that the law's silence passed over, binds nobody: no notice gives it a day
        if entry.promised and entry not in lacking:
            entry.promised = False
            act.save(entry, "promised")
    owed = {"cure_by": gap_notice.cure_by} if gap_notice else {}
    act.move(row, verb, on=on, facts={"gaps": [entry.code for entry in lacking]} | owed | (facts or {}))
    if not system:
        act.save(row, "acceptor")
    if not row._state.adding:  # what is filed in this very act has no clock that could be stopped
        end_before_acceptance(act, row)
        end_unaccepted_renewal(act, row, row.notice_due if system else today())
    clocks = start_members(act, row, _members(row), on=on, gap_notice=gap_notice)
    kind, paper = papers.acceptance(row, clocks, act.by, today(), gap_notice)
    return [papers.spec(kind, row, paper)]


def tolerated(
    act: Action, row: Application, lacking: list[MaterialEntry], promised: list[str], on: date, cure_days: int | None
) -> Notice | None:
    """The notice of the gaps that the applicant promised to close, None without any. Raises Refused for a gap that cannot be
    tolerated, or was not promised, or comes after the one notice of gaps that the law allows.
    """
    demand_tolerable(row, lacking, promised)
    if lacking and row.accepted_on and row.notices.filter(kind=Notice.Kind.GAP).exists():
        names = "、".join(entry.name for entry in lacking)
        raise Refused("accept.told_once", f"容缺已经一次性告知过，{names}须现在交齐。", f"materials.{lacking[0].code}")
    return _tolerate(act, row, lacking, on, cure_days) if lacking else None


def demand_tolerable(row: Application, lacking: list[MaterialEntry], promised: list[str]) -> None:
    """Whether an acceptance with a gap may be: each lacking material tolerable, promised in writing, and not on our own record."""
    errors, held = [], queries_vault.on_record(row, lacking)
    cure = "请现在收下" if row.accepted_on else "请一次性告知补正"  # an amended situation is told of no supplement
    for entry in lacking:
        if entry.code in held:
            errors.append(checklist.not_to_be_asked(entry, held[entry.code].origin, f"materials.{entry.code}"))
        elif entry.necessity != "tolerable":
            errors.append(
                Refused(
                    "accept.main_missing",
                    f"缺少主要材料“{entry.name}”，不能容缺受理；{cure}。",
                    f"materials.{entry.code}",
                )
            )
        elif entry.code not in promised:
            errors.append(
                Refused(
                    "accept.not_promised",
                    f"“{entry.name}”可以容缺，但须由申请人书面承诺后补；请勾选承诺，或{cure.removeprefix('请')}。",
                    f"promised.{entry.code}",
                )
            )
    raise_all(errors)


def _tolerate(act: Action, row: Application, lacking: list[MaterialEntry], on: date, cure_days: int | None) -> Notice:
    """One notice with a period that does not outlast the promise (ZJR 11 and local rules: cure within the promised limit). Its days run
    from today, when it is told, also where the acceptance is dated back to the day on which a supplement came from home."""
    book, told_on = shelf_held(act), today()
    calendar, standard = book.calendar(row.node_id), book.rule("gap_cure", told_on).value
    reviewed = row.members.filter(state__in=Member.UNDECIDED) if row.accepted_on else ()  # by an amended situation
    running = {member.code: last_day(member) for member in reviewed}
    listed, codes = row.plan | {"materials": row.listed}, [entry.code for entry in lacking]
    span = gap.span(listed, codes, on, calendar, standard, told_on=told_on, running=running)
    stands = {running[member.code] for member in reviewed if not member.due_on}  # days that nobody was told yet
    limit = "特别程序如期结束后的办结期限" if span.last in stands else "办结期限"
    if span.most == 0:
        late = f"{limit}到{span.last:%Y年%-m月%-d日}，没有留给申请人补齐的工作日，不能再容缺受理；请现在收下{lacking[0].name}。"
        raise Refused("accept.no_day_left", late, f"promised.{lacking[0].code}")
    days = checked_days(cure_days, span.standard, "cure_days")
    if span.most and days > span.most:
        told = f"容缺补齐期限不能超过{limit}（到{span.last:%Y年%-m月%-d日}，最多 {span.most} 个工作日）。"
        raise Refused("accept.cure_too_long", told, "cure_days")
    for entry in lacking:
        entry.promised = True
        act.save(entry, "promised")
    notice = Notice(
        application=row,
        kind=Notice.Kind.GAP,
        gaps=[checklist.requirement(row, entry) for entry in lacking],
        issued_on=told_on,
        days=days,
        cure_by=calendar.add_working_days(told_on, days).due,
        by_id=act.by.id,
    )
    act.add(notice)
    return notice


def _members(row: Application) -> list[Member]:
    """The plan's members, not yet stored."""
    return [
        fresh(
            Member,
            application=row,
            position=position,
            code=member["code"],
            name=member["name"],
            number=f"{row.number}-{position + 1:02d}",
            department_id=member["department"],
        )
        for position, member in enumerate(row.plan["members"])
    ]


def start_members(
    act: Action,
    row: Application,
    members: list[Member],
    *,
    on: date,
    gap_notice: Notice | None,
    granted: Collection[str] = (),
    owed: Collection[str] | None = None,
) -> list:
    """New members are stored; those without a predecessor that is not `granted` yet are accepted in this moment
    (ZJR 5(3)), the others wait. `owed`: what is still to come of an older notice, where not all that it names.

    Returns the clocks of the decisions and of the whole's own promise. Members begin to exist here: a case that ends
    before acceptance has none.
    """
    first = [member for member in members if set(member.definition["after"]) <= set(granted)]
    later = [member for member in members if member not in first]
    lacking = {gap["material"] for gap in gap_notice.gaps} if gap_notice else set()
    if owed is not None:
        lacking &= set(owed)
    needed = {code for line in row.listed if line["material"] in lacking for code in demanded_by(line)}
    moves, gap_clocks = [], []
    for member in first:
        if member.code in needed:
            moves.append(("accept_with_gap", {"on": on, "cure_by": gap_notice.cure_by}))
            gap_clocks.append(member)
        else:
            moves.append(("accept", {"on": on}))
    for member in later:  # owed by the same day, though its own clock begins with its acceptance
        member.gap_cure_by = gap_notice.cure_by if member.code in needed else None
    act.number(members)
    act.as_system().bear(first, moves)
    act.add(*later)
    more = [written_clock("gap", m, gap_notice.issued_on, gap_notice.cure_by, gap_notice.days) for m in gap_clocks]
    clocks = _open(act, row, first, on, [*whole_clock(row, on), *more])
    for member, clock in zip(first, clocks, strict=False):  # their rows are written when the action ends
        member.due_on = clock.due_on
    promise = next((clock for clock in clocks if clock.kind == "bundle"), None)
    row.due_on = whole.due(members, promise.due_on if promise else None)
    act.save(row, "due_on")
    return [*clocks[: len(first)], *([promise] if promise else [])]


def whole_clock(row: Application, on: date) -> list[ClockSpec]:
    """A one-thing's own promise runs as a clock of the whole from its acceptance (K9)."""
    promised = row.plan.get("own_limit")
    if not promised:
        return []
    return [ClockSpec(kind="bundle", subject=row, root_id=row.pk, region=row.node_id, started_on=on, promised=promised)]


def start_successors(act: Action, row: Application, members: list[Member], *, on: date) -> None:
    """Waiting members whose predecessors are granted start on the written notice of it (ZJR 5(3)); under the tolerated gap
    where a material that they need is still owed, which no certificate may skip (K10)."""
    system, more = act.as_system(), []
    notice = row.notices.filter(kind=Notice.Kind.GAP).first()
    owed = {entry.code for entry in row.materials.filter(promised=True) if not entry.in_hand} if notice else set()
    for member in members:
        if owed & needs_of(row, member):
            system.move(member, "accept_with_gap", on=on, cure_by=notice.cure_by)
            more.append(written_clock("gap", member, notice.issued_on, notice.cure_by, notice.days))
        else:
            system.move(member, "accept", on=on)
    begun = []
    for member, clock in zip(members, _open(act, row, members, on, more), strict=False):
        member.due_on = clock.due_on
        act.save(member, "due_on")
        begun.append({"item": member.name, "due_on": clock.due_on.isoformat()})
    system.record(row, "begin_next", on=on, begun=begun)  # the acceptance of the whole could not tell these days


def _open(act: Action, row: Application, members: list[Member], on: date, more: list[ClockSpec]) -> list:
    """Clocks and departments' jobs of members just accepted; the clocks, the members' decisions first in their order."""
    clocks = start_clocks(act, [*_decision_clocks(row, members, on), *more])
    act.add(
        *(
            fresh(Job, application=row, member=member, department_id=member.department_id, due_on=clock.due_on)
            for member, clock in zip(members, clocks[: len(members)], strict=True)
        )
    )
    return clocks


def _decision_clocks(row: Application, members: list[Member], on: date) -> list[ClockSpec]:
    return [
        ClockSpec(
            kind="decision",
            subject=member,
            root_id=row.pk,
            region=row.node_id,
            department=member.department_id,
            started_on=on,
            legal=member.definition["legal_limit"],
            promised=member.definition["promised_limit"],
        )
        for member in members
    ]


def deem_accepted(*, application: int) -> bool:
    """The notice days passed in silence: accepted as of receipt, alarm to the supervisor (XKF 32(4)). False if it was answered."""
    with action(SYSTEM) as act:
        row = act.lock(Application, application)
        if row.state not in Application.UNDER_CHECK or row.notice_due is None or today() <= row.notice_due:
            return False
        entries = list(row.materials.all())
        queue_documents(
            act,
            start_review(
                act, row, entries, on=row.supplemented_on or row.receipt_date, promised=[], verb="deem_accept"
            ),
        )
    return True
