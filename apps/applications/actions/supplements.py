"""What is missing: the one notice of all gaps and what comes of it, the tolerated gap and what comes of that."""

from __future__ import annotations

from collections.abc import Collection, Container
from contextlib import suppress
from datetime import datetime

from django.db.models import Max

from apps.deadlines.actions import start_clocks, stop_clocks
from apps.deadlines.queries import shelf_held
from apps.issuance import queries as documents
from apps.issuance.actions import queue_documents, void_document
from apps.journal.actor import SYSTEM, Actor
from apps.journal.door import Action, action
from apps.kit.errors import Later, Refused, WrongState, raise_all
from apps.kit.time import beijing_date, now, today

from .. import papers, policy, queries_vault
from ..models import Application, MaterialEntry, Member, Notice
from . import checklist
from .acceptance import start_review
from .gaps import cure_gaps, needs_of, owed
from .holding import checked_days, hold, written_clock
from .intake import end_before_acceptance, look_through, unanswered
from .mending import demand_awaiting, judged_bad, mended, no_better, note_came, put_right, told_fields
from .one_thing import announce
from .quarantine import came_in_time
from .settling import settle

State = Application.State


def ask_supplement(
    *,
    by: Actor,
    application: int,
    gaps: list[dict] | None = None,
    fields: list[dict] | None = None,
    cure_days: int | None = None,
    materials: dict | None = None,
    by_mail: bool | None = None,
) -> Application:
    """The one-time notice (补正告知书): every missing material must be in it, and nothing that is shared or in hand.

    `gaps`: [{"material", "requirement"?, "how"?}]; `fields`: [{"element", "problem"}], answers to be put right; `by_mail`: what is entered
    with it was sent. Raises Refused for
    an empty, incomplete or unlawful list, or a second notice; WrongState when the notice days are over (then it is accepted by law).
    """
    with action(by) as act:
        row = hold(act, application, "ask_supplement")
        if row.supplemented_on:
            raise WrongState("补正只能一次性告知；网上补交的材料仍不符合要求的，依法作不予受理，否则应当受理。")
        entries = list(row.materials.all())
        scanned = checklist.scanned_since(row, entries)
        had = checklist.at_hand(entries) - {entry.code for entry in scanned}
        changed = checklist.enter(act, entries, materials or {})
        wrong = told_fields(row, fields)
        told = _told(row, entries, gaps or [], empty=not wrong)
        _promised_no_more(act, entries, {gap["material"] for gap in told})
        on, book = today(), shelf_held(act)
        days = checked_days(cure_days, book.rule("cure", on).value, "cure_days")
        cure_by = book.calendar(row.node_id).add_working_days(on, days).due
        facts = {"materials": [gap["material"] for gap in told]} | (
            {"fields": [f["element"] for f in wrong]} if wrong else {}
        )
        facts |= checklist.brought(row, [*changed, *scanned], had, by_mail=by_mail)
        act.move(row, "ask_supplement", cure_by=cure_by, facts=facts)
        row.cure_by = cure_by
        act.save(row, "cure_by")
        notice = Notice.objects.create(
            application=row,
            kind=Notice.Kind.SUPPLEMENT,
            gaps=told,
            fields=wrong,
            issued_on=on,
            days=days,
            cure_by=cure_by,
            by_id=by.id,
        )
        stop_clocks(act, root_id=row.pk, kinds=("notice",), on=on)
        start_clocks(act, [written_clock("cure", row, on, cure_by, days)])
        queue_documents(act, [papers.spec("supplement_notice", row, papers.supplement_notice(row, notice, by))])
    return row


def _promised_no_more(act: Action, entries: list[MaterialEntry], asked: set[str]) -> None:
    """What is asked for by the last day of the notice was offered for later, and not taken."""
    for entry in entries:
        if entry.promised and entry.code in asked:
            entry.promised = False
            act.save(entry, "promised")


def _told(row: Application, entries: list[MaterialEntry], gaps: list[dict], *, empty: bool) -> list[dict]:
    lines = {entry.code: entry for entry in checklist.asked(row, entries)}
    named = {gap.get("material") for gap in gaps}
    wanted = [entry for entry in lines.values() if not entry.in_hand and (entry.necessity != "optional" or entry.code in named)]
    held = queries_vault.on_record(row, wanted)
    if not gaps and empty:
        raise Refused("supplement.empty", "请列出需要补正的全部内容；没有缺漏的应当受理。", "gaps")
    errors = [checklist.not_to_be_asked(lines[code], one.origin, f"gaps.{code}") for code, one in held.items()]
    told = []
    for gap in gaps:
        code = gap.get("material", "")
        entry = lines.get(code)
        if code in held:
            continue
        if entry is None:
            errors.append(Refused("supplement.unknown", f"“{code}”不在这次申请的材料清单里，不得要求补交。", "gaps"))
        elif entry.in_hand:
            errors.append(
                Refused("supplement.in_hand", f"“{entry.name}”已经收下或可共享，不得再要求提交。", f"gaps.{code}")
            )
        elif code not in {earlier["material"] for earlier in told}:
            told.append({**checklist.requirement(row, entry), **checklist.said(gap, "requirement", "how")})
    named = {gap["material"] for gap in told}
    for entry in checklist.missing(row, entries):
        if entry.code not in named and entry.code not in held:
            errors.append(
                Refused(
                    "supplement.not_all",
                    f"还缺“{entry.name}”：全部缺漏须在一份告知书中一次说清。",
                    f"gaps.{entry.code}",
                )
            )
    raise_all(errors)
    return told


def take_supplement(
    *,
    by: Actor,
    application: int,
    materials: dict[str, dict] | None = None,
    answers: dict | None = None,
    faulty: Collection[str] = (),
    unseen: bool = False,
    by_mail: bool | None = None,
) -> Application:
    """What the applicant brought after the notice; `faulty`: elements of which he brought an answer that is no better, looked at and not
    entered. When everything asked for is in, it is accepted that day (XKF 32(5)); as of that day, where an answer that was put right
    asks for another one. `by_mail`: it was sent. `unseen`: of what is there now something came that whoever sends this has not looked at; raises WrongState
    where the case would be accepted on it."""
    with action(by) as act:
        row = hold(act, application, "take_supplement")
        demand_awaiting(row)
        notice = row.notices.get(kind=Notice.Kind.SUPPLEMENT)
        entries = list(row.materials.all())
        faulty = no_better(notice, answers or {}, faulty)
        put_right(act, row, notice, answers or {})
        # What was judged before stays judged until it is changed, or given once more as the answer that holds.
        bad = {*faulty, *(judged_bad(row, notice) - (answers or {}).keys())}
        fields = [code for code in mended(row, notice) if code not in bad]
        sent = {entry.code for entry in entries if entry.state == MaterialEntry.State.SUPPLEMENTED}
        came = _supplemented(act, entries, materials or {}, empty=not (fields or faulty))
        note_came(act, notice, came, fields)
        lacking = checklist.missing(row, entries)
        missing = [entry.name for entry in lacking]
        wrong = [one["name"] for one in notice.unmended]
        if unseen and not missing and not wrong:
            raise WrongState("打开页面以后又来了补正的内容，您还没有看过，所以没有登记，也没有受理。请看过现在的内容，再登记。")
        facts = {"materials": [e.code for e in came], "missing": [e.code for e in lacking]}
        refused = [entry for entry in entries if _rejects(materials or {}, entry)]
        # Nobody stood at the counter for what was sent, or put right, from home and is only registered, or found bad, here.
        brought = answers or faulty or any(e.code not in sent or e.originals or e.copies for e in (*came, *refused))
        rejected = [entry.code for entry in refused]
        by_file = [] if brought else [*facts["materials"], *fields, *rejected]
        more = {"fields": fields, "rejected": rejected, "faulty": faulty, "by_file": by_file}
        way = checklist.posted(by, row, by_mail) if brought else {}  # what came from home was neither carried nor posted
        act.record(row, "take_supplement", **facts, **way, **{name: codes for name, codes in more.items() if codes})
        specs = []
        if came or fields:  # what was looked at and given back gets no receipt
            names = papers.field_names(notice.fields, fields)
            paper = papers.supplement_receipt(row, came, [*missing, *wrong], by, now(), row.cure_by, mended=names)
            specs = [papers.spec("supplement_receipt", row, paper)]
        if not missing and not wrong and unanswered(row):  # what was put right asks for more: corrected first, as it is from home
            look_through(act.as_system(), row, today(), {"materials": [entry.code for entry in came]})
        elif not missing and not wrong:
            specs += start_review(act, row, entries, on=today(), promised=[], verb="accept")
        queue_documents(act, specs)
    return row


def _supplemented(
    act: Action, entries: list[MaterialEntry], materials: dict[str, dict], *, empty: bool = True
) -> list[MaterialEntry]:
    """`empty`: nothing else came, so that there must be a material."""
    if not materials and empty:
        raise Refused("supplement.nothing", "请勾选这次补交了哪些材料。", "materials")
    changed = checklist.enter(act, entries, materials)
    # What is ticked came, also where a scan had already put the line to "supplied".
    arrived = (MaterialEntry.State.SUPPLIED, MaterialEntry.State.CONFIRMED)
    came = [entry for entry in entries if entry.code in materials and entry.state in arrived]
    for entry in came:
        entry.state = MaterialEntry.State.SUPPLEMENTED
        act.save(entry, "state")
    # A number alone hands nothing in; what is as bad as the one before it was looked at all the same.
    judged = [entry for entry in entries if _rejects(materials, entry) or (entry in changed and entry.state != MaterialEntry.State.MISSING)]
    if not judged and not came and empty:
        raise Refused("supplement.nothing", "请勾选这次补交了哪些材料。", "materials")
    return came


def _rejects(materials: dict[str, dict], entry: MaterialEntry) -> bool:
    return materials.get(entry.code, {}).get("state") == MaterialEntry.State.REJECTED


def lapse(*, application: int) -> bool:
    """The cure date passed: treated as withdrawn (视为撤回, ZJR 11). False if the supplement came in time.

    Raises Later while files that came in time wait for the virus scanner.
    """
    with action(SYSTEM) as act:
        row = act.lock(Application, application)
        if row.state != State.AWAITING_SUPPLEMENT or row.cure_by is None or today() <= row.cure_by:
            return False
        if came_in_time(row, row.cure_by):
            raise Later("the scanner has not answered for files that came in time")
        act.move(row, "lapse")
        end_before_acceptance(act, row)
        entries = list(row.materials.all())
        queue_documents(act, [papers.spec("withdrawal", row, papers.lapse(row, entries, SYSTEM, today()))])
    return True


def end_for_scanner(*, application: int) -> None:
    """The scanner has answered after the last day, and what came was not all: its consequence waits no longer. Another file that
    still waits brings this call as well."""
    with suppress(Later):
        lapse(application=application)
    end_gaps(application=application)


def end_gaps(*, application: int) -> None:
    """Every promise of this case whose last day is over has its consequence, whoever came first: the sweep of this or of another clock."""
    owing = Member.objects.filter(application=application, gap_open=True, gap_cure_by__lt=today()).order_by("pk")
    for member in owing.values_list("pk", flat=True):
        with suppress(Later):
            revoke_for_gap(member=member)


def demand_owed(row: Application, members: list[Member], entries: list[MaterialEntry]) -> Notice:
    """The notice of what was promised at acceptance and may still be brought. Raises WrongState where nothing may (any more)."""
    notice = row.notices.filter(kind=Notice.Kind.GAP).first() if row.accepted_on and row.state in Application.ACCEPTED else None
    open_ = any(member.gap_open and member.state in Member.UNDECIDED for member in members)
    # What only a member needs that still waits for its predecessor is owed as well.
    if notice is None or not (open_ or owed(row, entries)):
        raise WrongState("这个办件没有待补的容缺材料。")
    if today() > notice.cure_by:
        raise WrongState("容缺补齐期限已过，依法撤销受理；申请人可以重新申请。")
    return notice


def supply_gap(*, by: Actor, application: int, materials: dict[str, dict], by_mail: bool | None = None) -> Application:
    """The promised materials come after acceptance, brought or `by_mail`; members whose gap is closed may be granted.
    Raises Refused for what was not promised, WrongState where nothing is owed or its day is over."""
    with action(by) as act:
        row = hold(act, application, "supply_gap")
        all_, entries = list(row.members.all()), list(row.materials.all())
        notice = demand_owed(row, all_, entries)
        promised = {entry.code for entry in entries if entry.promised}
        strange = [code for code in materials if code not in promised]
        if strange:
            raise Refused("gap.unknown", f"“{strange[0]}”不在容缺清单里。", f"materials.{strange[0]}")
        _gap_came(act, row, notice, entries, _supplemented(act, entries, materials), all_, **checklist.posted(by, row, by_mail))
    return row


def _gap_came(
    act: Action,
    row: Application,
    notice: Notice,
    entries: list[MaterialEntry],
    came: list[MaterialEntry],
    all_: list[Member],
    at: datetime | None = None,
    **facts: bool,
) -> None:
    """Noted, with its receipt; the members that lack nothing any more may be granted. `at` = when it came, where that is not now."""
    note_came(act, notice, came, on=beijing_date(at) if at else None)
    act.record(row, "supply_gap", materials=[entry.code for entry in came], **facts)
    still = cure_gaps(act, row, entries, all_)
    names = [entry.name for entry in entries if entry.code in still]
    if came:
        paper = papers.supplement_receipt(row, came, names, act.by, at or now(), notice.cure_by)
        queue_documents(act, [papers.spec("supplement_receipt", row, paper)])


def gap_by_file(act: Action, row: Application, entry: MaterialEntry, at: datetime) -> None:
    """From home the examined file itself is what was promised (ZJR 6), `at` the moment it came: there is no second step that could be
    forgotten."""
    entry.state, entry.remark = MaterialEntry.State.SUPPLEMENTED, ""
    act.save(entry, "state", "remark")
    entries = [entry if other.pk == entry.pk else other for other in row.materials.all()]
    notice = row.notices.get(kind=Notice.Kind.GAP)
    _gap_came(act, row, notice, entries, [entry], list(row.members.all()), at)


def revoke_for_gap(*, member: int) -> bool:
    """The tolerated gap was not cured in time: acceptance is revoked in writing (ZJR 11). False if it was, also where the files
    lie there and nobody has registered them.

    Raises Later while files that came in time wait for the virus scanner.
    """
    with action(SYSTEM) as act:
        row = act.lock(Member, member)
        if not row.gap_open or row.state not in Member.UNDECIDED or today() <= row.gap_cure_by:
            return False
        application = row.application
        if policy.renewed_by_law(application) and application.renew_by < row.gap_cure_by:
            return False
        entries = list(application.materials.all())
        needs = needs_of(application, row)
        owing = [entry for entry in owed(application, entries) if entry.code in needs]
        held = _spare_held(act, application, owing)
        missing = [entry for entry in owing if entry.code not in held]
        if held and not missing:
            others = application.members.exclude(pk=row.pk)
            cure_gaps(act, application, entries, [row, *others], on_record=[entry.name for entry in entries if entry.code in held])
            return False
        if not missing:
            notice = application.notices.get(kind=Notice.Kind.GAP)
            came = [e for e in entries if e.promised and e.in_hand and e.code in needs and e.code not in notice.came]
            at = application.attachments.filter(material__in=came, removed_at=None).aggregate(at=Max("at"))["at"]
            _gap_came(act, application, notice, entries, came, [row], at)
            return False
        if came_in_time(application, row.gap_cure_by):
            raise Later("the scanner has not answered for files that came in time")
        _revoke(act, row, missing)
    return True


def _spare_held(act: Action, row: Application, owing: list[MaterialEntry]) -> Container[str]:
    """What the platform issued meanwhile is not asked for (ZJR 7); the codes of it."""
    held = queries_vault.on_record(row, owing)
    for entry in owing:
        if entry.code in held:
            entry.state, entry.remark = MaterialEntry.State.WAIVED, f"已有{held[entry.code].origin}"[:300]
            act.save(entry, "state", "remark")
    return held


def _revoke(act: Action, member: Member, missing: list[MaterialEntry]) -> None:
    application = member.application
    told = [checklist.requirement(application, entry) for entry in missing]
    act.move(member, "revoke_acceptance", reason="容缺材料逾期未补")
    members = [member if other.pk == member.pk else other for other in application.members.select_related("commitment")]
    stop_clocks(act, root_id=application.pk, subjects=[member], kinds=("gap",), on=today())
    # Nothing was left to decide when its day was over: what was promised for that same day is not late.
    settle(act, application, members, ended=[member], on=member.gap_cure_by)
    announce(act, application, members)
    accepted = documents.current(application.pk, "acceptance_with_gap")
    paper = papers.acceptance_revoked(application, member, told, SYSTEM, today(), accepted.number if accepted else "")
    queue_documents(act, [papers.spec("acceptance_revoked", application, paper, member=member)])
    # The notice says that all of the case is accepted: where none of it is any more, the public check says so too.
    if accepted and all(one.state in (Member.State.ACCEPTANCE_REVOKED, Member.State.NOT_STARTED) for one in members):
        void_document(act, accepted.pk, reason="容缺材料逾期未补，受理已撤销")
