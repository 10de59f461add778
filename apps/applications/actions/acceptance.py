"""From receipt to acceptance: one notice of all gaps, acceptance with or without a tolerated gap, and the ways it ends."""

from __future__ import annotations

from datetime import date

from apps.deadlines.actions import ClockSpec, due_dates, start_clocks, stop_clocks
from apps.deadlines.queries import shelf_held
from apps.issuance.actions import queue_documents
from apps.journal.actor import SYSTEM, Actor
from apps.journal.door import Action, action
from apps.kit.errors import Refused, WrongState, raise_all
from apps.kit.time import now, today

from .. import papers, policy
from ..models import Application, Job, MaterialEntry, Member, Notice
from . import checklist
from .intake import demand_in_time, end_before_acceptance
from .settling import settle

State = Application.State


def begin_check(*, by: Actor, application: int) -> Application:
    """Take a received case from the queue to look at its materials."""
    with action(by) as act:
        row = _hold(act, application, "begin_check")
        act.move(row, "begin_check")
    return row


def ask_supplement(
    *, by: Actor, application: int, gaps: list[dict], cure_days: int | None = None, materials: dict | None = None
) -> Application:
    """The one-time notice (补正告知书): every missing material must be in it, and nothing that is shared or in hand.

    `gaps`: [{"material", "requirement"?, "how"?}]. Raises Refused for an empty, incomplete or unlawful list, or a second notice;
    WrongState when the notice days are over (then it is accepted by law).
    """
    with action(by) as act:
        row = _hold(act, application, "ask_supplement")
        entries = list(row.materials.all())
        checklist.enter(act, entries, materials or {})
        told = _told(row, entries, gaps)
        on, book = today(), shelf_held(act)
        days = _days(cure_days, book.rule("cure", on).value, "cure_days")
        cure_by = book.calendar(row.node_id).add_working_days(on, days).due
        act.move(row, "ask_supplement", cure_by=cure_by, facts={"materials": [gap["material"] for gap in told]})
        row.cure_by = cure_by
        act.save(row, "cure_by")
        notice = Notice.objects.create(
            application=row, kind=Notice.Kind.SUPPLEMENT, gaps=told, issued_on=on, days=days, cure_by=cure_by, by_id=by.id
        )
        stop_clocks(act, root_id=row.pk, kinds=("notice",), on=on)
        start_clocks(act, [_written("cure", row, on, cure_by, days)])
        queue_documents(act, [papers.spec("supplement_notice", row, papers.supplement_notice(row, notice, by))])
    return row


def _told(row: Application, entries: list[MaterialEntry], gaps: list[dict]) -> list[dict]:
    lines = {entry.code: entry for entry in checklist.asked(row, entries)}
    if not gaps:
        raise Refused("supplement.empty", "请列出需要补正的全部内容；没有缺漏的应当受理。", "gaps")
    errors, told = [], []
    for gap in gaps:
        code = gap.get("material", "")
        entry = lines.get(code)
        if entry is None:
            errors.append(Refused("supplement.unknown", f"“{code}”不在这次申请的材料清单里，不得要求补交。", "gaps"))
        elif entry.in_hand:
            errors.append(
                Refused("supplement.in_hand", f"“{entry.name}”已经收下或可共享，不得再要求提交。", f"gaps.{code}")
            )
        elif code not in {earlier["material"] for earlier in told}:
            words = {key: gap[key].strip() for key in ("requirement", "how") if (gap.get(key) or "").strip()}
            told.append({**checklist.requirement(row, entry), **words})
    named = {gap["material"] for gap in told}
    for entry in checklist.missing(row, entries):
        if entry.code not in named:
            errors.append(
                Refused(
                    "supplement.not_all",
                    f"还缺“{entry.name}”：全部缺漏须在一份告知书中一次说清。",
                    f"gaps.{entry.code}",
                )
            )
    raise_all(errors)
    return told


def take_supplement(*, by: Actor, application: int, materials: dict[str, dict]) -> Application:
    """What the applicant brought after the notice. When everything asked for is in, it is accepted that day (XKF 32(5))."""
    with action(by) as act:
        row = _hold(act, application, "take_supplement")
        if row.state != State.AWAITING_SUPPLEMENT:
            raise WrongState("这个办件不在补正中。")
        entries = list(row.materials.all())
        came = _supplemented(act, entries, materials)
        missing = checklist.missing(row, entries)
        row_facts = {"materials": [entry.code for entry in came], "missing": [entry.code for entry in missing]}
        act.record(row, "take_supplement", **row_facts)
        specs = []
        if came:  # what was looked at and given back gets no receipt
            paper = papers.supplement_receipt(row, came, [entry.name for entry in missing], by, now(), row.cure_by)
            specs = [papers.spec("supplement_receipt", row, paper)]
        if not missing:
            specs += _accept(act, row, entries, on=today(), promised=[], verb="accept")
        queue_documents(act, specs)
    return row


def _supplemented(act: Action, entries: list[MaterialEntry], materials: dict[str, dict]) -> list[MaterialEntry]:
    if not materials:
        raise Refused("supplement.nothing", "请勾选这次补交了哪些材料。", "materials")
    changed = checklist.enter(act, entries, materials)
    # What is ticked came, also where a scan had already put the line to "supplied".
    arrived = (MaterialEntry.State.SUPPLIED, MaterialEntry.State.CONFIRMED)
    came = [entry for entry in entries if entry.code in materials and entry.state in arrived]
    for entry in came:
        entry.state = MaterialEntry.State.SUPPLEMENTED
        act.save(entry, "state")
    if not changed and not came:
        raise Refused("supplement.nothing", "请勾选这次补交了哪些材料。", "materials")
    return came


def accept(
    *,
    by: Actor,
    application: int,
    promised: list[str] | None = None,
    cure_days: int | None = None,
    materials: dict | None = None,
) -> Application:
    """Accept (受理), or accept with a tolerated gap (容缺受理) for the tolerable materials the applicant promised.

    Raises Refused naming every material that is missing and not tolerable, or tolerable and not promised.
    """
    with action(by) as act:
        row = _hold(act, application, "accept")
        if row.state == State.AWAITING_SUPPLEMENT:
            raise WrongState("正在等待补正：请在补正登记中收下材料，齐全时当日受理。")
        entries = list(row.materials.all())
        if materials:
            checklist.enter(act, entries, materials)
        queue_documents(
            act, _accept(act, row, entries, on=today(), promised=promised or [], cure_days=cure_days, verb="accept")
        )
    return row


def _accept(
    act: Action, row, entries, *, on: date, promised: list[str], verb: str, cure_days: int | None = None
) -> list:
    """Members, jobs, clocks; returns the documents to queue. `on` is the acceptance date (receipt date when deemed)."""
    lacking = [] if verb == "deem_accept" else checklist.missing(row, entries)
    _demand_tolerable(lacking, promised)
    system = verb == "deem_accept"
    if not system:
        row.acceptor_id = act.by.id
    gap_notice = None
    if lacking:
        gap_notice = _tolerate(act, row, lacking, on, cure_days)
    act.move(row, verb, on=on, facts={"gaps": [entry.code for entry in lacking]})
    if not system:
        act.save(row, "acceptor")
    clocks = start_members(act, row, _members(row), on=on, gap_notice=gap_notice)
    end_before_acceptance(act, row)
    kind, paper = papers.acceptance(row, clocks, act.by, today() if system else on, gap_notice)
    return [papers.spec(kind, row, paper)]


def _demand_tolerable(lacking: list[MaterialEntry], promised: list[str]) -> None:
    errors = []
    for entry in lacking:
        if entry.necessity != "tolerable":
            errors.append(
                Refused(
                    "accept.main_missing",
                    f"缺少主要材料“{entry.name}”，不能容缺受理；请一次性告知补正。",
                    f"materials.{entry.code}",
                )
            )
        elif entry.code not in promised:
            errors.append(
                Refused(
                    "accept.not_promised",
                    f"“{entry.name}”可以容缺，但须由申请人书面承诺后补；请勾选承诺，或一次性告知补正。",
                    f"promised.{entry.code}",
                )
            )
    raise_all(errors)


def _tolerate(act: Action, row: Application, lacking: list[MaterialEntry], on: date, cure_days: int | None) -> Notice:
    """One notice with a period that does not outlast the promise (ZJR 11 and local rules: cure within the promised limit)."""
    promise = min(m["promised_limit"]["days"] for m in row.plan["members"])
    book = shelf_held(act)
    standard = book.rule("gap_cure", on).value
    days = _days(cure_days, min(standard, promise) if promise else standard, "cure_days")
    if promise and days > promise:
        raise Refused("accept.cure_too_long", f"容缺补齐期限不能超过承诺办结时限（{promise} 日）。", "cure_days")
    for entry in lacking:
        entry.promised = True
        act.save(entry, "promised")
    return Notice.objects.create(
        application=row,
        kind=Notice.Kind.GAP,
        gaps=[checklist.requirement(row, entry) for entry in lacking],
        issued_on=on,
        days=days,
        cure_by=book.calendar(row.node_id).add_working_days(on, days).due,
        by_id=act.by.id,
    )


def _members(row: Application) -> list[Member]:
    """The plan's members, not yet stored."""
    return [
        Member(
            application=row,
            position=position,
            code=member["code"],
            name=member["name"],
            number=f"{row.number}-{position + 1:02d}",
            department_id=member["department"],
        )
        for position, member in enumerate(row.plan["members"])
    ]


def start_members(act: Action, row: Application, members: list[Member], *, on: date, gap_notice: Notice | None) -> list:
    """The plan's members are stored; those without a predecessor are accepted in this moment (ZJR 5(3)), the others wait.

    Returns the decision clocks. Members begin to exist here: a case that ends before acceptance has none.
    """
    first = [member for member in members if not member.definition["after"]]
    later = [member for member in members if member.definition["after"]]
    lacking = {gap["material"] for gap in gap_notice.gaps} if gap_notice else set()
    needed = {code for line in row.plan["materials"] if line["material"] in lacking for code in line["needed_by"]}
    moves, gap_clocks = [], []
    for member in first:
        if member.code in needed:
            moves.append(("accept_with_gap", {"on": on, "cure_by": gap_notice.cure_by}))
            gap_clocks.append(member)
        else:
            moves.append(("accept", {"on": on}))
    for member, due in zip(first, due_dates(act, _decision_clocks(row, first, on)), strict=True):
        member.due_on = due
    act.as_system().bear(first, moves)
    Member.objects.bulk_create(later)
    return _open(act, row, first, on, [_written("gap", m, on, gap_notice.cure_by, gap_notice.days) for m in gap_clocks])


def start_successors(act: Action, row: Application, members: list[Member], *, on: date) -> None:
    """Waiting members whose predecessors are granted start on the written notice of it (ZJR 5(3))."""
    system = act.as_system()
    for member in members:
        system.move(member, "accept", on=on)
    for member, clock in zip(members, _open(act, row, members, on, []), strict=True):
        member.due_on = clock.due_on
        act.save(member, "due_on")


def _open(act: Action, row: Application, members: list[Member], on: date, more: list[ClockSpec]) -> list:
    """Clocks and departments' jobs of members just accepted; the decision clocks, in their order."""
    decisions = _decision_clocks(row, members, on)
    clocks = start_clocks(act, [*decisions, *more])[: len(decisions)]
    dues = [clock.due_on for clock in clocks if clock.due_on]
    Job.objects.bulk_create(
        [
            Job(application=row, member=member, department_id=member.department_id, due_on=clock.due_on)
            for member, clock in zip(members, clocks, strict=True)
        ]
    )
    row.due_on = max([*dues, *([row.due_on] if row.due_on else [])], default=None)
    act.save(row, "due_on")
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
        queue_documents(act, _accept(act, row, entries, on=row.receipt_date, promised=[], verb="deem_accept"))
    return True


def not_handle(*, by: Actor, application: int, reason: str, basis: str = "") -> Application:
    """No permit is needed for this: told at once (XKF 32(1))."""
    return _turn_away(by, application, "not_handle", "no_permit_needed", reason, basis, "")


def not_accept(
    *, by: Actor, application: int, ground: str, reason: str, basis: str = "", competent_agency: str = ""
) -> Application:
    """Not accepted (不予受理): ground not_our_power (names the competent agency), bad_cure or other; reasons and remedies in writing."""
    errors = []
    if ground not in ("not_our_power", "bad_cure", "other"):
        errors.append(Refused("not_accept.ground", "请选择不予受理的情形。", "ground"))
    if ground == "not_our_power" and not competent_agency.strip():
        errors.append(Refused("not_accept.agency", "不属于本机关职权的，请写明有权办理的机关。", "competent_agency"))
    raise_all(errors)
    return _turn_away(by, application, "not_accept", ground, reason, basis, competent_agency)


def _turn_away(
    by: Actor, application: int, verb: str, ground: str, reason: str, basis: str, competent: str
) -> Application:
    if len(reason.strip()) < 4:
        raise Refused(f"{verb}.reason", "请写明理由（至少 4 个字），申请人有权知道。", "reason")
    with action(by) as act:
        row = _hold(act, application, verb)
        if ground == "bad_cure" and row.state != State.AWAITING_SUPPLEMENT:
            raise WrongState("只有补正不合格的办件才能以此为由不予受理。")
        act.move(row, verb, reason=reason.strip(), facts={"ground": ground, "competent_agency": competent.strip()})
        end_before_acceptance(act, row)
        default = {
            "no_permit_needed": "中华人民共和国行政许可法第三十二条第一款第一项",
            "not_our_power": "中华人民共和国行政许可法第三十二条第一款第二项",
            "bad_cure": "浙江省保障“最多跑一次”改革规定第十一条",
        }.get(ground, "中华人民共和国行政许可法第三十二条")
        paper = papers.non_acceptance(
            row,
            by,
            today(),
            ground=ground,
            reason=reason.strip(),
            basis=[basis.strip() or default],
            competent=competent.strip(),
        )
        queue_documents(act, [papers.spec("non_acceptance", row, paper)])
    return row


def lapse(*, application: int) -> bool:
    """The cure date passed: treated as withdrawn (视为撤回, ZJR 11). False if the supplement came in time."""
    with action(SYSTEM) as act:
        row = act.lock(Application, application)
        if row.state != State.AWAITING_SUPPLEMENT or row.cure_by is None or today() <= row.cure_by:
            return False
        act.move(row, "lapse")
        end_before_acceptance(act, row)
        entries = list(row.materials.all())
        paper = papers.withdrawal(row, entries, SYSTEM, today(), "补正期限届满未补正，视为撤回申请。")
        queue_documents(act, [papers.spec("withdrawal", row, paper)])
    return True


def supply_gap(*, by: Actor, application: int, materials: dict[str, dict]) -> Application:
    """The promised materials come after acceptance; members whose gap is closed may be granted."""
    with action(by) as act:
        row = _hold(act, application, "supply_gap")
        if not (row.accepted_on and row.state in Application.ACCEPTED):
            raise WrongState("这个办件没有待补的容缺材料。")
        members = [member for member in row.members.all() if member.gap_open]
        if not members:
            raise WrongState("这个办件没有待补的容缺材料。")
        if any(today() > member.gap_cure_by for member in members):
            raise WrongState("容缺补齐期限已过，依法撤销受理；申请人可以重新申请。")
        entries = list(row.materials.all())
        promised = {entry.code for entry in entries if entry.promised}
        strange = [code for code in materials if code not in promised]
        if strange:
            raise Refused("gap.unknown", f"“{strange[0]}”不在容缺清单里。", f"materials.{strange[0]}")
        came = _supplemented(act, entries, materials)
        act.record(row, "supply_gap", materials=[entry.code for entry in came])
        still = {entry.code for entry in entries if entry.promised and not entry.in_hand}
        cured = [m for m in members if not still & _needs(row, m)]
        for member in cured:
            member.application, member.gap_open = row, False
            act.save(member, "gap_open")
            act.as_system().record(member, "cure_gap")
        if cured:
            stop_clocks(act, root_id=row.pk, subjects=cured, kinds=("gap",), on=today())
        names = [entry.name for entry in entries if entry.code in still]
        last = max(member.gap_cure_by for member in members)
        if came:
            paper = papers.supplement_receipt(row, came, names, by, now(), last)
            queue_documents(act, [papers.spec("supplement_receipt", row, paper)])
    return row


def _needs(row: Application, member: Member) -> set[str]:
    return {line["material"] for line in row.plan["materials"] if member.code in line["needed_by"]}


def revoke_for_gap(*, member: int) -> bool:
    """The tolerated gap was not cured in time: acceptance is revoked in writing (ZJR 11). False if it was."""
    with action(SYSTEM) as act:
        row = act.lock(Member, member)
        if not row.gap_open or row.state not in Member.UNDECIDED or today() <= row.gap_cure_by:
            return False
        application = row.application
        entries = list(application.materials.all())
        needs = _needs(application, row)
        missing = [e for e in entries if e.promised and not e.in_hand and e.code in needs]
        told = [checklist.requirement(application, entry) for entry in missing]
        act.move(row, "revoke_acceptance", reason="容缺材料逾期未补")
        members = [row if other.pk == row.pk else other for other in application.members.all()]
        settle(act, application, members, ended=[row])
        paper = papers.acceptance_revoked(application, row, told, SYSTEM, today())
        queue_documents(act, [papers.spec("acceptance_revoked", application, paper, member=row)])
    return True


def _hold(act: Action, application: int, verb: str) -> Application:
    """The locked case; the verb is allowed, the clerk is competent, and the law has not already decided by silence."""
    row = act.lock(Application, application)
    act.allow(verb, row)
    policy.demand_competence(act.by, row)
    demand_in_time(row)
    return row


def _days(given: int | None, standard: int, field: str) -> int:
    if given in (None, ""):
        return standard
    try:
        days = int(given)
    except (TypeError, ValueError):
        days = 0
    if not 1 <= days <= 60:
        raise Refused("days.range", "天数应为 1 到 60 的整数。", field)
    return days


def _written(kind: str, subject, on: date, due_on: date, days: int) -> ClockSpec:
    """A clock of the day that was told to the applicant in writing; `days` = the working days from which it was counted."""
    application = subject if isinstance(subject, Application) else subject.application
    return ClockSpec(
        kind=kind,
        subject=subject,
        root_id=application.pk,
        region=application.node_id,
        started_on=on,
        due_on=due_on,
        facts={"counted": days},
    )
