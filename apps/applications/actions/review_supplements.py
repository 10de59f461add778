"""A supplement asked for during the review (审查阶段补正): what is asked, what comes, and what happens when it does not.

Acceptance has said that the application is complete, so this is no second one-time notice (XKF 32(4)): it cannot make the
case lapse, it does not stop the clock, and it may only concern what the item's own list asks for (XKF 31).
"""

from __future__ import annotations

from collections.abc import Iterable

from apps.deadlines.actions import start_clocks, stop_clocks
from apps.deadlines.queries import shelf_held
from apps.directory.actions import tell
from apps.issuance.actions import queue_documents
from apps.journal.actor import SYSTEM, Actor
from apps.journal.door import Action, action
from apps.kit.errors import Refused, WrongState, raise_all
from apps.kit.time import now, today

from .. import papers, papers_review, policy, queries_vault
from ..models import Application, MaterialEntry, Member, ReviewSupplement
from ..models.notice import answer_key
from ..queries_clocks import concerned
from . import checklist
from .holding import before_when, checked_days, days_left, in_hand, written_clock
from .mending import came_as_answers, fresh_materials, handed_in, mended, open_request, put_right, told_fields

State = ReviewSupplement.State
TOO_LATE = "离办结期限不足两个工作日，期限照常计算，来不及补正；请按现有材料审查。"
STILL_ASKED = "上一次补正还没有到期，请等补齐或到期以后再提；每次要一次说清。"


def ask_in_review(
    *,
    by: Actor,
    job: int,
    gaps: list[dict] | None = None,
    fields: list[dict] | None = None,
    cure_days: int | None = None,
) -> ReviewSupplement:
    """The reviewer asks for materials by a day: one open request at a time, each gap once.

    `gaps`: [{"material", "problem"?, "requirement"?, "how"?}]; of what is in hand the problem must be said; `fields`: [{"element",
    "problem"}], answers to be put right. Raises Refused for an empty or unlawful list or too long a period, WrongState while
    another request is open.
    """
    with action(by) as act:
        row, member = in_hand(act, job)
        application = row.application
        earlier = list(member.supplements.all())
        if any(one.state == State.ASKED for one in earlier):
            raise WrongState(STILL_ASKED)
        before = {field["element"] for one in earlier for field in one.fields}
        wrong = told_fields(application, fields, member=member.code, once=before)
        told = _told(application, member, list(application.materials.all()), gaps or [], earlier, empty=not wrong)
        excluded = "rectification" in (member.definition.get("pause_grounds") or ())
        days = _days(act, member, cure_days, free=excluded)
        on = today()
        cure_by = shelf_held(act).calendar(application.node_id).add_working_days(on, days).due
        supplement = ReviewSupplement(application=application, member=member, gaps=told, days=days, excluded=excluded)
        supplement.fields = wrong
        act.bear([supplement], [("ask", {"on": on, "cure_by": cure_by})])
        member.supplement_by = cure_by
        act.save(member, "supplement_by")
        start_clocks(act, [written_clock("review_cure", member, on, cure_by, days)])
        paper = papers_review.review_supplement_notice(supplement, by)
        queue_documents(act, [papers.spec("review_supplement_notice", application, paper, member=member)])
    return supplement


def _told(
    application: Application,
    member: Member,
    entries: list[MaterialEntry],
    gaps: list[dict],
    earlier: list,
    *,
    empty: bool,
) -> list[dict]:
    if not gaps and empty:
        raise Refused("review.empty", "请勾选需要补正的材料。", "gaps")
    needed = {line["material"] for line in application.listed if member.code in line["needed_by"]}
    lines = {entry.code: entry for entry in checklist.asked(application, entries) if entry.code in needed}
    asked_before = {gap["material"] for one in earlier for gap in one.gaps}
    errors, told = [], {}
    named = [lines[gap["material"]] for gap in gaps if gap.get("material") in lines]
    held = queries_vault.on_record(application, [entry for entry in named if not entry.in_hand])
    for gap in gaps:
        code = gap.get("material", "")
        entry, where = lines.get(code), f"gaps.{code}"
        words = checklist.said(gap, "problem", "requirement", "how")
        if entry is None:
            errors.append(
                Refused(
                    "review.unknown",
                    f"“{code}”不在这个事项的材料清单里，不得要求提交（行政许可法第三十一条）。",
                    "gaps",
                )
            )
        elif code in asked_before:
            errors.append(
                Refused("review.once", f"“{entry.name}”已经要求补正过一次，不再重复要求；请按现有材料审查。", where)
            )
        elif entry.promised and not entry.in_hand:
            errors.append(Refused("review.gap", f"“{entry.name}”已承诺容缺后补，不另行要求。", where))
        elif entry.in_hand and len(words.get("problem", "")) < 2:
            errors.append(Refused("review.problem", f"“{entry.name}”已经收下，请写明哪里需要更正或补充。", where))
        elif code in held and len(words.get("problem", "")) < 2:
            cure = "请按它审查；这份不适用的，请写明原因。"
            errors.append(Refused("material.on_record", f"“{entry.name}”已有{held[code].origin}，不得再要求提交：{cure}", where))
        else:
            told[code] = {**checklist.requirement(application, entry), **words}
    raise_all(errors)
    return list(told.values())


def _days(act: Action, member: Member, given: int | None, *, free: bool) -> int:
    """Working days to hand it in: so that the department can still decide in time, unless the item's rule stops the clock."""
    found, on = shelf_held(act), today()
    standard = found.rule("review_cure", on).value
    left = None if free else days_left(member, found.calendar(member.application.node_id))
    if left is not None and left < 1:
        raise WrongState(TOO_LATE)
    days = checked_days(given, min(standard, left) if left else standard, "cure_days")
    if left and days > left:
        raise Refused(
            "review.too_long",
            f"补正期间期限照常计算：应在{before_when(member)}以前补齐，最多 {left} 个工作日。",
            "cure_days",
        )
    return days


def take_in_review(
    *, by: Actor, supplement: int, materials: dict[str, dict] | None = None, answers: dict | None = None, by_mail: bool | None = None
) -> ReviewSupplement:
    """What came, at the counter (brought, or `by_mail`) or from home; taken also after the day, as long as nothing is decided.

    The lines of the checklist keep what was handed in first: the reviewer sees the new beside the old.
    """
    with action(by) as act:
        row = open_request(act, supplement)
        application, member = row.application, row.member
        if by.kind == "staff":
            policy.demand_competence(by, application)
        entries = {entry.code: entry for entry in application.materials.all()}
        put_right(act, application, row, answers or {})
        fields = mended(application, row)
        came = _came(act, by, row, entries, materials or {}, empty=not fields)
        row.came = {**row.came, **came, **came_as_answers(act, fields)}
        act.save(row, "came")
        _let_go(act, row, entries.values())  # an answer put right may ask for less
        missing = row.missing
        facts = {"materials": list(came), "missing": [gap["material"] for gap in missing]}
        facts |= {"fields": fields} if fields else {}
        act.record(row, "take", **facts, **checklist.posted(by, application, by_mail), late=today() > row.cure_by)
        if not missing and not row.unmended:
            _complete(act, row, member)
        if fields:  # nor is what another department waits for
            ask_no_more(act, application, application.members.exclude(pk=member.pk), list(entries.values()))
        names = papers.field_names(row.fields, fields)
        paper = papers_review.review_supplement_receipt(row, [entries[code] for code in came], by, now(), names)
        queue_documents(act, [papers.spec("review_supplement_slip", application, paper, member=member)])
    return row


def _complete(act: Action, row: ReviewSupplement, member: Member, **facts) -> None:
    """Everything that it asked for is in. One that was asked for earlier, or later, keeps its own day."""
    newest = row.state == State.ASKED
    act.as_system().move(row, "complete", facts=facts)
    others = member.supplements.filter(state__in=ReviewSupplement.OPEN).exclude(pk=row.pk)
    member.supplement_by = max(others.values_list("cure_by", flat=True), default=None)
    act.save(member, "supplement_by")
    if newest:
        stop_clocks(act, root_id=row.application_id, subjects=[member], kinds=("review_cure",), on=today())
    came = "情形或者填写的内容更正后，没有补交的不再要求" if facts.get("let_go") else "要求补正的都来了"
    _tell_department(act, row, member, "补正已补齐", f"{came}，请接着审查。")


def _tell_department(act: Action, row: ReviewSupplement, member: Member, title: str, text: str) -> None:
    """Who has the item in hand waits for it, and the decision's time runs."""
    case = row.application
    tell(
        act,
        users=[pk for pk in concerned(case, member, member.department_id) if pk != act.by.id],
        kind="case",
        title=f"{title}：{case.number}",
        text=f"“{member.name}”：{text}",
        root_id=case.pk,
        key=f"reviewsupplement:{row.pk}:{case.chain_seq}",
    )


def ask_no_more(act: Action, application: Application, members: Iterable[Member], entries: list[MaterialEntry]) -> None:
    """Of these items: what an open request named and an amended situation, or an answer amended or put right, does not ask any more is not
    waited for; with nothing left the request is over."""
    of = {member.pk: member for member in members}
    for row in application.supplements.filter(state__in=ReviewSupplement.OPEN, member__in=of):
        row.application, row.member = application, of[row.member_id]
        if _let_go(act, row, entries) and not row.missing and not row.unmended:
            _complete(act, row, row.member, let_go=True)


def _let_go(act: Action, row: ReviewSupplement, entries: Iterable[MaterialEntry]) -> bool:
    """Whether it named something that did not come and is asked no more of its item, as the form is filled in now: it names it no longer."""
    code, form = row.member.code, {line["element"]: line for line in row.application.form}
    plan = checklist.planned(row.application)
    asked = {entry.code for entry in checklist.asked(row.application, entries) if code in plan[entry.code]["needed_by"]}
    gaps = [gap for gap in row.gaps if gap["material"] in {*row.came, *asked}]
    waited = [one["element"] for one in row.unmended if code in form[one["element"]]["needed_by"]]
    fields = [one for one in row.fields if answer_key(one["element"]) in row.came or one["element"] in waited]
    if (gaps, fields) == (row.gaps, row.fields):
        return False
    row.gaps, row.fields = gaps, fields
    act.save(row, "gaps", "fields")
    return True


def _came(
    act: Action, by: Actor, row: ReviewSupplement, entries: dict, materials: dict[str, dict], *, empty: bool
) -> dict[str, dict]:
    if not materials and empty:
        from_home = "没有新的内容可以提交：请先上传新文件并等它通过安全检查，或者保存更正的内容。"
        raise Refused(
            "supplement.nothing", from_home if by.kind == "person" else "请勾选这次补交了哪些材料，或者填写更正后的内容。", "materials"
        )
    wanted = {gap["material"] for gap in row.missing}
    scanned = set(fresh_materials(row.application, row)) if by.kind == "person" else set(materials)
    errors, came = [], {}
    for code, given in materials.items():
        where = f"materials.{code}"
        if code not in wanted:
            errors.append(Refused("supplement.unknown", f"“{code}”不在这次补正的清单里，或者已经收下。", where))
        elif code not in scanned:
            errors.append(
                Refused("supplement.scan", f"请先上传“{entries[code].name}”的新文件，并等它通过安全检查。", where)
            )
        else:
            pieces = given if by.kind == "staff" else {**given, "originals": 0, "copies": 0}  # nobody has seen a paper
            came[code] = handed_in(act) | checklist.handed(entries[code], pieces, where)
    raise_all(errors)
    for code, given in came.items():
        entry = entries[code]
        if not entry.in_hand:
            entry.originals, entry.copies = given["originals"], given["copies"]
        entry.state = MaterialEntry.State.SUPPLEMENTED
        act.save(entry, "state", "originals", "copies")
    return came


def expire_in_review(*, member: int) -> bool:
    """The day has passed: told, and the department decides on what it has. False when everything came."""
    with action(SYSTEM) as act:
        found = ReviewSupplement.objects.filter(member=member, state=State.ASKED).values_list("pk", flat=True).first()
        if found is None:
            return False
        row = act.lock(ReviewSupplement, found)
        if row.state != State.ASKED or today() <= row.cure_by:
            return False
        act.move(row, "expire")
        stop_clocks(act, root_id=row.application_id, subjects=[row.member], kinds=("review_cure",), on=today())
        _tell_department(act, row, row.member, "补正期限已过", "没有补齐，请按现有材料审查；以后补来的照收。")
    return True
