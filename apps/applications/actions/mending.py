"""Answers that are to be put right (补正): told in a notice, mended from home or at the counter; the old stays beside the new."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from apps.catalog.forms_schema import shown
from apps.journal.actor import Actor
from apps.journal.door import Action, action
from apps.journal.models import Event
from apps.kit.errors import NotYours, Refused, WrongState, raise_all
from apps.kit.pictures import pictures
from apps.kit.time import now, today

from ..models import AnswerChange, Application, Attachment, MaterialEntry, Member, Notice, ReviewSupplement
from ..models.notice import answer_key
from . import checklist
from .drafting import demand_mandate, fill
from .gaps import cure_gaps
from .holding import with_member
from .intake import demand_in_time

Asked = Notice | ReviewSupplement
SHORTEST, LONGEST = 2, 500


def told_fields(
    row: Application, fields: list[dict] | None, *, member: str | None = None, once: Collection[str] = ()
) -> list[dict]:
    """`fields`: [{"element", "problem"}] of the form, each with what is wrong. Raises Refused for what this form (or this item of
    it) does not ask, for a problem that is not said, and for what was asked before."""
    form = {line["element"]: line for line in row.form}
    errors, told = [], {}
    for given in fields or []:
        code, problem = given.get("element", ""), (given.get("problem") or "").strip()
        line, where = form.get(code), f"fields.{code}"
        asked = line is not None and shown(line, row.answers, row.plan["answers"])
        if not asked or (member and member not in line["needed_by"]):
            errors.append(Refused("supplement.unknown", f"“{code}”不在这次申请的表单里，不得要求更正。", "fields"))
        elif code in once:
            errors.append(Refused("review.once", f"“{line['name']}”已经要求更正过一次，不再重复要求。", where))
        elif len(problem) < SHORTEST:
            errors.append(Refused("supplement.problem", f"请写明“{line['name']}”哪里不对、应当怎样填。", where))
        elif found := pictures(problem):
            errors.append(Refused("text.picture", f"“{line['name']}”的问题里有文书上印不出来的符号：{found}，请删去或者改用文字。", where))
        elif len(problem) > LONGEST:
            errors.append(Refused("supplement.problem", f"“{line['name']}”的问题最多写 {LONGEST} 字，现有 {len(problem)} 字，请缩短。", where))
        else:
            users = checklist.users(row, line["needed_by"])
            told[code] = {
                "element": code,
                "name": line["name"],
                "problem": problem,
                "needed_by": line["needed_by"],
            }
            told[code] |= {"departments": users} if users else {}
    raise_all(errors)
    return list(told.values())


def mend(*, by: Actor, application: int, answers: dict, supplement: int | None = None) -> Application:
    """From home: answers that the notice (or `supplement`, in review) asked to be put right; handing in comes after.

    Raises Refused for what was not asked, what is faulty, and what is as it was; NotYours for a supplement of another case.
    """
    with action(by) as act:
        row = act.lock(Application, application)
        if supplement is None:
            act.allow("resubmit", row)
            demand_awaiting(row)
            demand_in_time(row)
            subject, asked = row, row.notices.get(kind=Notice.Kind.SUPPLEMENT)
        else:
            try:
                subject = asked = open_request(act, supplement)
                if asked.application_id != row.pk:  # what is asked of one case opens no other
                    raise NotYours
            except NotYours:  # the address is right: it is the number in the body
                raise NotYours("supplement.none", "这个办件没有这个编号的审查补正，请核对编号。", "supplement") from None
        demand_mandate(by, row)
        changed = put_right(act, row, asked, answers)
        if not changed:
            raise Refused("supplement.same", "填写的内容没有变化；请按告知的问题更正后再保存。", "answers")
        act.record(subject, "mend", fields=changed)
    return row


def demand_awaiting(row: Application) -> None:
    """Raises WrongState unless the one-time notice before acceptance is still to be answered; what a department asks for while it
    examines is another thing, and is answered by its own number."""
    if row.state == Application.State.AWAITING_SUPPLEMENT:
        return
    if ReviewSupplement.objects.filter(application=row, state__in=ReviewSupplement.OPEN).exists():
        raise WrongState("受理前没有要补正的；部门审查中要求的补正，请按那次补正的编号（办件 supplements 里的 id）更正、交齐。")
    raise WrongState("这个办件不在补正中。")


def open_request(act: Action, supplement: int) -> ReviewSupplement:
    """What a department asks for in its review, locked and still to be answered; the actor may answer."""
    row, member = with_member(act, ReviewSupplement, supplement)
    act.allow("take", row)
    if row.state not in ReviewSupplement.OPEN or member.state not in Member.UNDECIDED:
        raise WrongState("这次补正已经补齐或者了结，没有要收的材料。")
    return row


def put_right(act: Action, row: Application, asked: Asked, answers: dict) -> list[str]:
    """Write the answers down; the elements whose answer is another one now."""
    wanted = {one["element"]: one for one in asked.unmended}
    strange = sorted(answers.keys() - wanted.keys())
    if strange:
        raise Refused(
            "supplement.unknown", f"“{strange[0]}”不在要更正的内容里，或者已经更正。", f"answers.{strange[0]}"
        )
    before = row.answers
    fill(act, row, answers=answers, partial=True)
    empty = [code for code in answers if row.answers.get(code) in (None, "", []) and row.asks(code)]
    raise_all([Refused("answers.required", f"请填写“{wanted[code]['name']}”。", f"answers.{code}") for code in empty])
    changed = [code for code in answers if row.answers.get(code) != before.get(code)]
    if changed and row.accepted_on:  # what was promised may be asked no more
        cure_gaps(act, row, row.materials.all(), row.members.all(), unasked=True)
    return changed


def no_better(asked: Asked, answers: dict, faulty: Collection[str]) -> list[str]:
    """Of an answer that was brought and is as wrong as before nothing is entered: raises Refused where one is given with it, and for what
    was not asked."""
    wanted, errors = {one["element"]: one["name"] for one in asked.unmended}, []
    for code in dict.fromkeys(faulty):
        if code not in wanted:
            errors.append(Refused("supplement.unknown", f"“{code}”不在要更正的内容里，或者已经更正。", f"faulty.{code}"))
        elif code in answers:
            told = f"“{wanted[code]}”不能又更正又记为不合格：不合格的请改回原来的内容，合格的请去掉“不合格”。"
            errors.append(Refused("supplement.both", told, f"faulty.{code}"))
    raise_all(errors)
    return [code for code in wanted if code in faulty]


def judged_bad(row: Application, asked: Asked) -> set[str]:
    """Asked answers that were brought and found no better, and that nobody changed since."""
    if not (waited := {one["element"] for one in asked.unmended}):
        return set()
    found = Event.objects.filter(chain=row.chain, name="application.take_supplement", facts__has_key="faulty")
    judged = {code: at for at, facts in found.order_by("seq").values_list("at", "facts") for code in facts["faulty"] if code in waited}
    changes = AnswerChange.objects.filter(application=row, element__in=judged).order_by("pk") if judged else ()
    changed = {change.element: change.at for change in changes}
    return {code for code, at in judged.items() if code not in changed or changed[code] <= at}


def mended(row: Application, asked: Asked) -> list[str]:
    """Asked answers that read otherwise than when they were asked for and are not handed in yet."""
    wanted = [one["element"] for one in asked.fields if answer_key(one["element"]) not in asked.came]
    if not wanted:
        return []
    fresh = AnswerChange.objects.filter(application=row, element__in=wanted, at__gte=asked.asked_at)
    was = dict(fresh.order_by("-pk").values_list("element", "old"))  # as it was told, before the first change
    return [code for code in wanted if code in was and row.answers.get(code) != was[code]]


def still_wrong(row: Application, asked: Asked) -> list[Refused]:
    """One for each asked answer that nobody has changed."""
    done = set(mended(row, asked))
    return [
        Refused("supplement.unmended", f"“{one['name']}”还没有更正。", f"answers.{one['element']}")
        for one in asked.unmended
        if one["element"] not in done
    ]


def note_came(
    act: Action,
    notice: Notice,
    entries: Collection[MaterialEntry],
    fields: Collection[str] = (),
    on: date | None = None,
) -> None:
    """What came for a notice, when and by whose hand: it stands beside what was there."""
    for entry in entries:
        given = {"originals": entry.originals, "copies": entry.copies, "remark": entry.remark}
        notice.came[entry.code] = handed_in(act, on) | given
    notice.came |= came_as_answers(act, fields)
    act.save(notice, "came")


def came_as_answers(act: Action, codes: Collection[str]) -> dict[str, dict]:
    return {answer_key(code): handed_in(act) for code in codes}


def handed_in(act: Action, on: date | None = None) -> dict:
    """When it came and by whose hand: the clerk's name, for colleagues, or the applicant's side."""
    by = act.by.name if act.by.kind == "staff" else "申请人"
    return {"on": (on or today()).isoformat(), "at": now().isoformat(), "by": by}


def fresh_materials(row: Application, asked: Asked) -> list[str]:
    """Asked materials with an examined file that came after they were asked for."""
    files = Attachment.objects.filter(
        application=row, at__gte=asked.asked_at, removed_at__isnull=True, scan__in=Attachment.SERVED
    )
    known = set(files.values_list("material__code", flat=True))
    return [gap["material"] for gap in asked.gaps if gap["material"] in known and gap["material"] not in asked.came]
