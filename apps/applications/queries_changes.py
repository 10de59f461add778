"""Old and new side by side: what was asked for in a supplement, what was there and what came; and what changed since a moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from . import sight
from .display import answer_shown
from .models import AnswerChange, Application, Attachment, MaterialEntry, Notice, ReviewSupplement
from .models.notice import answer_key
from .queries_case import Case


@dataclass
class Line:
    """One material or answer that was asked for."""

    name: str
    problem: str
    requirement: str = ""
    came: dict | None = None  # {"on", "by", "originals"?, "copies"?, "remark"?}
    old_files: list[Attachment] = field(default_factory=list)
    new_files: list[Attachment] = field(default_factory=list)
    old: str = ""  # an answer's words, masked where it is sensitive
    new: str = ""
    material: str = ""
    element: str = ""


@dataclass
class Asked:
    title: str
    row: Notice | ReviewSupplement
    lines: list[Line]
    item: str = ""  # the item of a one-thing whose department asked

    @property
    def in_review(self) -> bool:
        return isinstance(self.row, ReviewSupplement)


def compared(case: Case, *, member: int | None = None, masked: bool = True) -> list[Asked]:
    """Every supplement of the case, oldest first; `member`: of those asked in review only this member's."""
    notices = [one for one in case.notices if one.kind == Notice.Kind.SUPPLEMENT]
    reviews = [one for one in case.supplements if member in (None, one.member_id)]
    rows = sorted([*notices, *reviews], key=lambda one: one.asked_at)
    files = {entry.code: list(entry.attachments.all()) for entry in case.materials}
    changes = changes_of(case.application) if any(one.fields for one in rows) else []
    many = len(case.members) > 1
    return [
        _asked(case.application, one, rows[place + 1 :], files, changes, masked, many) for place, one in enumerate(rows)
    ]


def changes_of(application: Application) -> list[AnswerChange]:
    """Every answer that was changed after the receipt, the oldest first, with who changed it."""
    return list(AnswerChange.objects.filter(application=application).select_related("by"))


def _asked(application: Application, one, later: list, files: dict, changes: list, masked: bool, many: bool) -> Asked:
    lines = []
    for gap in one.gaps:
        code = gap["material"]
        until = min((row.asked_at for row in later if any(g["material"] == code for g in row.gaps)), default=None)
        here = [file for file in files.get(code, ()) if until is None or file.at < until]
        lines.append(
            Line(
                gap["name"],
                gap.get("problem") or "缺少",
                gap["requirement"],
                _came(one.came.get(code)),
                [file for file in here if file.at < one.asked_at],
                [file for file in here if file.at >= one.asked_at],
                material=code,
            )
        )
    form = {element["element"]: element for element in application.plan["elements"]}
    for wrong in one.fields:
        code = wrong["element"]
        since = [row for row in changes if row.element == code and row.at >= one.asked_at]
        was = since[0].old if since else application.answers.get(code)
        until = min((row.asked_at for row in later if any(f["element"] == code for f in row.fields)), default=None)
        now = [row for row in since if until is None or row.at < until]
        lines.append(
            Line(
                wrong["name"],
                wrong["problem"],
                came=_came(one.came.get(answer_key(code))),
                old=answer_shown(form.get(code), was, masked=masked),
                new=answer_shown(form.get(code), now[-1].new, masked=masked) if now and now[-1].new != was else "",
                element=code,
            )
        )
    item = one.member.name if many and isinstance(one, ReviewSupplement) else ""
    title = "审查中要求补正" if isinstance(one, ReviewSupplement) else "一次性告知补正"
    return Asked(title, one, lines, item)


def _came(given: dict | None) -> dict | None:
    return given and {**given, "on": date.fromisoformat(given["on"])}


# —— since a moment ——


@dataclass
class Change:
    """A material that was replaced or added to, or an answer that reads otherwise now."""

    kind: str  # material | answer
    name: str
    at: datetime
    by: str
    old: str = ""
    new: str = ""
    files: list[Attachment] = field(default_factory=list)
    replaced: bool = False  # there was a file before


def since(case: Case, moment: datetime | None, *, me: int | None, member: str | None = None) -> list[Change]:
    """What changed after `moment` by others than `me`, newest first; `member`: only what this item needs. Nothing for a first look."""
    if moment is None:
        return []
    know = case.needs if member is None else frozenset({member})
    application = case.application
    needed = {line["material"] for line in application.listed if sight.needed(line, know)}
    form = {line["element"]: line for line in application.form if sight.needed(line, know)}
    found = [one for entry in case.materials if entry.code in needed for one in _of_material(case, entry, moment, me)]
    fresh = AnswerChange.objects.filter(application=application, at__gt=moment, element__in=form).select_related(
        "by"
    )
    found += [
        Change(
            "answer",
            form[row.element]["name"],
            row.at,
            _hand(row.by),
            answer_shown(form[row.element], row.old),
            answer_shown(form[row.element], row.new),
        )
        for row in fresh
        if row.by_id != me
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)


def _of_material(case: Case, entry: MaterialEntry, moment: datetime, me: int | None) -> Iterable[Change]:
    files = list(entry.attachments.all())
    fresh = [file for file in files if file.at > moment and file.by_id != me]
    if fresh:
        last = fresh[-1]
        replaced = len(fresh) < len(files)
        yield Change("material", entry.name, last.at, _hand(last.by), files=fresh, replaced=replaced)
        return
    for asked in reversed([*case.notices, *case.supplements]):  # on paper
        given = asked.came.get(entry.code, {})
        at = datetime.fromisoformat(given["at"]) if "at" in given else None
        if at and at > moment:
            yield Change("material", entry.name, at, given["by"], new=_counted(given), replaced=True)
            return


def _counted(given: dict) -> str:
    words = [f"{name} {given[key]} 份" for key, name in (("originals", "原件"), ("copies", "复印件")) if given.get(key)]
    return "，".join(["收到纸质件", *words])


def _hand(by) -> str:
    """An account of the applicant's side has no name for colleagues."""
    return "申请人" if by is None or by.party_id else by.name
