"""What the documents of a site inspection say: the notice, the record sheet (code 21), the one rectification list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from apps.issuance import payloads as paper
from apps.issuance.payloads import DocumentSpec
from apps.journal.actor import Actor
from apps.kit.pictures import without
from apps.kit.time import beijing_date, today

from . import papers
from .models import Inspection, InspectionPart, InspectionPhoto, RectificationLine

VERDICTS = {"ok": "符合", "problem": "有问题", "none": "不涉及"}


def officers(part: InspectionPart) -> str:
    return "、".join(f"{officer['name']}（{officer['badge']}）" for officer in part.officers)


def conclusion(part: InspectionPart) -> str:
    """One department's conclusion in words; silence is told as silence."""
    if part.result:
        late = "（逾期出具）" if part.late else ""
        return part.get_result_display() + late
    return "逾期未出具结论" if part.overdue else "待出具"


def _common(row: Inspection, by: Actor) -> dict:
    """In the name of the organiser: its member speaks where it has one, else whoever speaks for the whole case."""
    given = papers.common(row.application, by, today())
    given["agency"] = paper.Agency(name=row.organiser.name, phone=row.organiser.phone)
    given["handler"] = paper.Contact(name=_officer(row, by), phone=row.organiser.phone or given["handler"].phone)
    return given


def _officer(row: Inspection, by: Actor) -> str:
    """Of the organiser: whose conclusion came last brings about the list and the sheet, and is not whom to ask about them."""
    if any(post.department == row.organiser_id for post in by.posts):
        return by.name
    own = row.parts.filter(department=row.organiser_id).exclude(officers=[]).order_by("-round", "-pk").first()
    return own.officers[0]["name"] if own else papers.officer(by)


def _spec(kind: str, row: Inspection, payload, replaces: int | None = None) -> DocumentSpec:
    return DocumentSpec(
        kind=kind,
        root_id=row.application_id,
        member_id=None,
        region=row.organiser.region_id,
        department=row.organiser_id,
        payload=payload,
        replaces=replaces,
    )


def notice(row: Inspection, parts: Sequence[InspectionPart], by: Actor, excluded: Iterable[str]) -> DocumentSpec:
    named = [part for part in parts if part.officers]
    payload = paper.InspectionNotice(
        **_common(row, by),
        when=row.when,
        where=row.place,
        departments=tuple(part.department.name for part in parts),
        officers=tuple(paper.Line(label=part.department.name, value=officers(part)) for part in named),
        excluded=tuple(excluded),
        again=row.round > 1,
    )
    return _spec("inspection_notice", row, payload)


def rectification(
    row: Inspection,
    lines: Iterable[RectificationLine],
    by: Actor,
    replaces: int | None,
    *,
    held_on: date | None = None,
    rectify_by: date | None = None,
) -> DocumentSpec:
    """The days are those of the round, or `held_on` and `rectify_by` of an earlier look."""
    payload = paper.RectificationNotice(
        **_common(row, by), held_on=held_on or row.held_on, rectify=_listed(lines), rectify_by=rectify_by or row.rectify_by
    )
    return _spec("rectification_notice", row, payload, replaces)


def record(
    row: Inspection,
    parts: Sequence[InspectionPart],
    lines: Iterable[RectificationLine],
    photos: Iterable[InspectionPhoto],
    by: Actor,
    replaces: int | None,
) -> DocumentSpec:
    payload = paper.InspectionRecord(
        **_common(row, by),
        held_on=row.held_on,
        where=row.place,
        round=row.round,
        inspected=tuple(
            paper.Inspected(
                department=part.department.name,
                officers=officers(part),
                findings=tuple(
                    paper.Finding(point=f["point"], verdict=VERDICTS[f["verdict"]], words=f["words"])
                    for f in part.findings
                ),
                conclusion=conclusion(part),
                words=part.words,
            )
            for part in parts
        ),
        rectify=_listed(lines),
        rectify_by=row.rectify_by,
        photos=tuple(
            paper.Line(
                label=photo.part.department.label,
                value=f"{without(photo.caption) or without(photo.name)}，{beijing_date(photo.at):%Y年%-m月%-d日}，SHA-256 {photo.sha256[:16]}…",
            )
            for photo in photos
        ),
        signature=row.signature,
        signature_image=row.signature_image,
        signature_refused=row.signature_refused,
    )
    return _spec("inspection_record", row, payload, replaces)


def _listed(lines: Iterable[RectificationLine]) -> tuple[paper.Line, ...]:
    return tuple(paper.Line(label=line.part.department.name, value=line.text) for line in lines)
