"""On the spot: findings, photos, who came, the signature, and the record sheet."""

from __future__ import annotations

from apps.deadlines.actions import ClockSpec, start_clocks
from apps.deadlines.queries import shelf_held
from apps.issuance.actions import queue_documents, void_document
from apps.issuance.handing import drawn_signature
from apps.journal.actor import Actor
from apps.journal.door import Action, action
from apps.kit.errors import Refused, WrongState
from apps.kit.time import today

from .. import papers_inspection as papers
from ..models import Inspection, InspectionPart, InspectionPhoto, RectificationLine
from ..visiting import LEAST_OFFICERS
from .holding import demand_printable
from .inspection_planning import own_part, parts_of, seen

State = Inspection.State
AFTER_VISIT = (State.HELD, State.CONCLUSIONS_IN, State.RECTIFY_NEEDED)


def record_findings(*, by: Actor, inspection: int, findings: list[dict]) -> InspectionPart:
    """What the department found at each check point: [{"point", "verdict": ok | problem | none, "words"}]. Given again it
    replaces what was given, until the department has concluded."""
    rows = _checked_findings(findings)
    with action(by) as act:
        row = seen(act, inspection)
        part = own_part(act, row, parts_of(row), "record")
        demand_open(row, part)
        part.findings = rows
        act.save(part, "findings")
        problems = [finding["point"] for finding in rows if finding["verdict"] == "problem"]
        act.record(part, "record", department=part.department_id, points=len(rows), problems=problems)
    return part


def _checked_findings(given: list[dict]) -> list[dict]:
    asked = [{key: str(row.get(key) or "").strip() for key in ("point", "verdict", "words")} for row in given]
    rows = [row for row in asked if row["verdict"]]
    for place, row in enumerate(asked):
        if not row["verdict"] and not row["words"]:
            continue
        if not row["verdict"]:
            raise Refused(
                "inspection.verdict",
                f"“{row['point'][:20] or row['words'][:20]}”写了说明，请再选结果：符合、有问题或不涉及。",
                f"findings.{place}.verdict",
            )
        if row["verdict"] not in papers.VERDICTS:
            raise Refused("inspection.verdict", "检查结果请选择符合、有问题或不涉及。", f"findings.{place}.verdict")
        if not 1 <= len(row["point"]) <= 300 or len(row["words"]) > 500:
            raise Refused("inspection.finding", "检查内容最多 300 字，说明最多 500 字。", f"findings.{place}.words")
        demand_printable(row["words"], f"findings.{place}.words")
        if row["verdict"] == "problem" and len(row["words"]) < 2:
            raise Refused(
                "inspection.problem", f"“{row['point'][:20]}”有问题的，请写明是什么问题。", f"findings.{place}.words"
            )
    if not rows or len(rows) > 60:
        raise Refused("inspection.findings", "请至少记录一项检查结果，最多 60 项。", "findings")
    return rows


def demand_open(row: Inspection, part: InspectionPart) -> None:
    """The sheet of this part may be written: the day has come and the department has not concluded."""
    if part.result:
        raise WrongState("本部门已经出具结论，记录不能再改。")
    on_the_day = row.state == State.NOTIFIED and today() >= row.visit_on
    earlier = part.round < row.round and row.state not in Inspection.OVER
    if not (on_the_day or earlier or row.state in AFTER_VISIT):
        raise WrongState("还没有到踏勘的日子，或者踏勘已经结束。")


def hold_visit(
    *,
    by: Actor,
    inspection: int,
    present: list[str],
    signature: str = "",
    signature_image: bytes | None = None,
    signature_refused: str = "",
) -> Inspection:
    """The visit took place today: who came, and the applicant's signature or why there is none. Every department's conclusion
    is due from here, also that of one that did not come."""
    signed, refused = signature.strip(), signature_refused.strip()
    if bool(signed) == bool(refused):
        raise Refused(
            "inspection.signature",
            "请申请人或者其代表签名；拒绝签名或者不在场的，不填签名，写明情况。",
            "signature" if not signed else "signature_refused",
        )
    demand_printable(signed, "signature")
    demand_printable(refused, "signature_refused")
    with action(by) as act:
        row = act.lock(Inspection, inspection)
        act.allow("hold", row)
        parts = parts_of(row, round=row.round)
        if row.state == State.NOTIFIED and today() < row.visit_on:
            raise WrongState(f"踏勘定在 {row.visit_on:%Y年%-m月%-d日}，还没有到。")
        came = [part for part in parts if part.department_id in present]
        if not came or len(came) < len(set(present)):
            raise Refused("inspection.present", "请勾选到场的部门；没有部门到场的，请重新安排时间。", "present")
        for part in came:
            if len(part.officers) < LEAST_OFFICERS:
                raise Refused(
                    "inspection.officers",
                    f"{part.department.label}没有两名以上踏勘人员，不能算到场（行政许可法第三十四条）。",
                    "present",
                )
        drawn = drawn_signature(signature_image)
        row.signature, row.signature_refused, row.record_document = signed, refused, None
        row.signature_image = f"{drawn.path} {drawn.sha256}" if drawn else ""
        act.move(row, "hold", on=today(), facts={"present": sorted(present), "signed": bool(signed)})
        act.save(row, "signature", "signature_refused", "signature_image", "record_document")
        _start_conclusions(act, row, parts, present)
    return row


def _start_conclusions(act: Action, row: Inspection, parts: list[InspectionPart], present: list[str]) -> None:
    on = today()
    limit = {"days": shelf_held(act).rule("inspection_conclusion", on).value, "unit": "working"}
    clocks = start_clocks(
        act,
        [
            ClockSpec(
                kind="inspection",
                subject=part,
                root_id=row.application_id,
                region=row.application.node_id,
                department=part.department_id,
                started_on=on,
                legal=limit,
            )
            for part in parts
        ],
    )
    for part, clock in zip(parts, clocks, strict=True):
        part.present, part.due_on = part.department_id in present, clock.due_on
        act.save(part, "present", "due_on")


def print_sheet(act: Action, row: Inspection, parts: list[InspectionPart], lines: list[RectificationLine]) -> None:
    """The record sheet of this round; a late conclusion replaces the one that told of the silence."""
    photos = InspectionPhoto.objects.filter(
        part__in=[part.pk for part in parts], removed_at__isnull=True
    ).select_related("part__department")
    replaced = void_paper(act, row.record_document)
    (paper,) = queue_documents(act, [papers.record(row, parts, lines, photos, act.by, replaced)])
    row.record_document = paper.pk
    act.save(row, "record_document")


def void_paper(act: Action, document: int | None) -> int | None:
    """The paper that another will replace; its id, or None where none was printed."""
    if document is None:
        return None
    return void_document(act, document, reason="踏勘情况有变化，重新制作").pk
