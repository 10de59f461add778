"""After a visit: each department's own conclusion, the one rectification list, the second look, and what a decision waits for."""

from __future__ import annotations

from datetime import date

from apps.deadlines.actions import stop_clocks
from apps.deadlines.models import Clock
from apps.deadlines.pausing import catch_up
from apps.deadlines.queries import shelf_held
from apps.directory import queries as directory
from apps.issuance.actions import queue_documents
from apps.journal.actor import SYSTEM, Actor
from apps.journal.door import Action, action
from apps.kit.errors import Refused, WrongState
from apps.kit.time import today

from .. import papers_inspection as papers
from ..models import Application, Inspection, InspectionPart, Member, RectificationLine
from ..queries_inspection import FOUND, NOT_BINDING
from ..visiting import LEAST_OFFICERS, visited
from .holding import checked_days, demand_printable
from .inspection_clock import RECTIFY, rest, run_on
from .inspection_planning import own_part, parts_of, seen, void_notice
from .inspection_record import AFTER_VISIT, print_sheet, void_paper
from .inspection_telling import (
    awaited,
    tell_organiser,
    tell_who_arranges_the_second_look,
    tell_who_is_visited_anew,
    tell_who_stays_away,
)

State, Result, Line = Inspection.State, InspectionPart.Result, RectificationLine.State
MOST_LINES = 50


def conclude_inspection(
    *,
    by: Actor,
    inspection: int,
    result: str,
    words: str,
    lines: list[str] = (),
    days: int | None = None,
    fixed: list[int] = (),
) -> InspectionPart:
    """A department's conclusion: pass, rectify (with `lines` and the working days for them) or fail. `fixed` = open lines of its
    own that the re-inspection found mended; whoever passes must have ticked them all. What comes late is taken, as late.
    Raises Refused naming what of it is faulty."""
    if result not in Result.values:
        raise Refused("inspection.result", "请选择踏勘结论：符合、整改后复查或者不符合。", "result")
    if len(words.strip()) < 4:
        raise Refused("inspection.words", "请写明结论的理由（至少 4 个字）。", "words")
    demand_printable(words, "words")
    texts = [text.strip() for text in lines if text.strip()]
    if len(texts) > MOST_LINES or any(len(text) > 500 for text in texts):
        raise Refused("inspection.lines", f"整改内容最多 {MOST_LINES} 条，每条最多 500 字。", "lines")
    demand_printable("".join(texts), "lines")
    with action(by) as act:
        row = seen(act, inspection)
        parts = parts_of(row)
        part = own_part(act, row, parts, "conclude")
        _demand_concludable(row, part)
        asked = _lines(row)
        own = [line for line in asked if line.part.department_id == part.department_id and line.state == Line.OPEN]
        _judge(result, texts, own, set(fixed))
        for line in own:
            line.state = Line.FIXED if line.pk in fixed else Line.UNFIXED if result == Result.FAIL else Line.OPEN
            line.checked_on = today()
            act.save(line, "state", "checked_on")
        part.result, part.words, part.concluded_on, part.concluded_by_id = result, words.strip(), today(), by.id
        if result == Result.RECTIFY:
            standard = shelf_held(act).rule("rectification", today()).value
            part.rectify_days = checked_days(days, standard, "days")
            fresh = [RectificationLine(part=part, text=text) for text in texts]
            asked += RectificationLine.objects.bulk_create(fresh)
        act.save(part, "result", "words", "concluded_on", "concluded_by", "rectify_days")
        told = {"result": result, "words": part.words, "late": part.late, "lines": texts, "fixed": sorted(fixed)}
        act.record(part, "conclude", department=part.department_id, round=part.round, **told)
        if part.late:
            catch_up(act, row.application_id, part, "inspection")
        stop_clocks(act, root_id=row.application_id, subjects=[part], kinds=("inspection",), on=today())
        run_on(act, row, [part], result=f"踏勘结论：{papers.conclusion(part)}", since=part.due_on if part.late else None)
        _settle(act, row, parts, asked, came=part)
    return part


def _demand_concludable(row: Inspection, part: InspectionPart) -> None:
    if part.result:
        raise WrongState("本部门已经出具结论。")
    if row.state in Inspection.OVER:
        raise WrongState(f"踏勘{row.get_state_display()}，不用再出具结论。")
    if row.state not in AFTER_VISIT and not part.round < row.round:
        raise WrongState("踏勘还没有举行，不能出具结论。")
    if len(part.officers) < LEAST_OFFICERS:
        raise WrongState("本部门还没有登记两名以上踏勘人员，不能出具结论（行政许可法第三十四条）。")
    if not part.findings:
        raise WrongState("请先填写检查记录，再出具结论；没能进去看的，选“不涉及”，写明情况。")


def _judge(result: str, texts: list[str], own: list[RectificationLine], fixed: set[int]) -> None:
    if fixed - {line.pk for line in own}:
        raise Refused("inspection.fixed", "勾选的整改内容不是本部门待复查的，请刷新后再试。", "fixed")
    left = [line for line in own if line.pk not in fixed]
    if result == Result.RECTIFY and not (texts or left):
        raise Refused("inspection.lines", "需要整改的，请逐条写明整改内容。", "lines")
    if result == Result.PASS and left:
        raise Refused("inspection.fixed", f"“{left[0].text[:20]}”还没有确认整改到位，不能作出符合的结论。", "fixed")
    if result != Result.RECTIFY and texts:
        raise Refused("inspection.lines", "只有“整改后复查”的结论才有整改内容。", "lines")


def _lines(row: Inspection) -> list[RectificationLine]:
    return list(
        RectificationLine.objects.filter(part__inspection=row, part__left=False).select_related("part__department")
    )


def miss_conclusion(*, part: int) -> bool:
    """The day after a conclusion was due: silence is a recorded result, and the others go on. False when it had come."""
    with action(SYSTEM) as act:
        row = act.lock(InspectionPart, part)
        inspection = row.inspection
        inspection.application = row.application
        if not row.open or row.due_on is None or today() <= row.due_on:
            return False
        act.allow("miss", row)
        parts = [row if known.pk == row.pk else known for known in parts_of(inspection)]
        row.overdue = True
        act.save(row, "overdue")
        act.record(row, "miss", department=row.department_id, due_on=row.due_on)
        # Its last day ends what rested, whenever the sweep comes: silence gives nobody time.
        run_on(act, inspection, [row], result="踏勘结论逾期未出具", since=row.due_on)
        _settle(act, inspection, parts, _lines(inspection))
    return True


def _settle(
    act: Action,
    row: Inspection,
    parts: list[InspectionPart],
    lines: list[RectificationLine],
    came: InspectionPart | None = None,
) -> None:
    """What follows from what is in: the record sheet, one rectification list, or the end. `came` = the part just concluded.

    The application's lock is held, so of two departments that conclude at once the second sees the first.
    """
    system = act.as_system()
    gathered = row.state == State.HELD and not any(part.open for part in parts)
    if gathered:
        system.move(row, "gather", facts={"overdue": [part.department_id for part in parts if not part.result]})
    still = [line for line in lines if line.state == Line.OPEN]
    fresh = came is not None and any(line.part_id == came.pk for line in still)
    if still and (row.state == State.CONCLUSIONS_IN or (row.state == State.RECTIFY_NEEDED and fresh)):
        _require(act, row, parts, still)
        if came is None or came.department_id != row.organiser_id:
            tell_who_arranges_the_second_look(act, row, parts)
    elif fresh and came.round < row.round:
        _require_beside(act, row, came, [line for line in still if line.part_id == came.pk])
    elif not still and row.state in AFTER_VISIT[1:] and all(part.result for part in parts):
        ended = {"failed": Result.FAIL, "dropped": Result.RECTIFY}
        system.move(row, "close", facts={name: [p.department_id for p in parts if p.result == one] for name, one in ended.items()})
    late = came is not None and not gathered and came.round == row.round and row.record_document is not None
    looked = [part for part in parts if part.round == row.round]  # none: all for whom the second look was have left
    if looked and (gathered or late):
        print_sheet(act, row, looked, still)


def _require(act: Action, row: Inspection, parts: list[InspectionPart], lines: list[RectificationLine]) -> None:
    """The list of all open lines with one period: the longest that a department gives. A list of the same round is replaced."""
    given = {part.department_id: part.rectify_days for part in parts}
    days = max(given.get(line.part.department_id) or line.part.rectify_days for line in lines)
    due = shelf_held(act).calendar(row.application.node_id).add_working_days(today(), days).due
    added = row.state == State.RECTIFY_NEEDED
    act.as_system().move(
        row,
        "require_rectification",
        rectify_by=max(due, row.rectify_by) if added else due,
        facts={"lines": [f"{line.part.department.label}：{line.text}" for line in lines], "round": row.round},
    )
    replaced = void_paper(act, row.list_document) if added else None
    (paper,) = queue_documents(act, [papers.rectification(row, lines, act.by, replaced)])
    row.list_document = paper.pk
    act.save(row, "list_document")
    asking = {line.part.department_id for line in lines}
    rest(
        act,
        row,
        [part for part in parts if part.department_id in asking and part.result],
        ground="rectification",
        days=days,
        reason=RECTIFY,
    )


def _require_beside(act: Action, row: Inspection, part: InspectionPart, lines: list[RectificationLine]) -> None:
    """What comes late of an earlier look while the next one is on its way is asked for at once, by a paper of its own beside the list for
    which that look was called; the list after it holds what is still open of both. Of items that are decided nothing is asked."""
    if not Member.objects.filter(pk__in=part.members, state__in=Member.UNDECIDED).exists():
        return
    due = shelf_held(act).calendar(row.application.node_id).add_working_days(today(), part.rectify_days).due
    listed = [f"{part.department.label}：{line.text}" for line in lines]
    act.as_system().record(row, "require_beside", lines=listed, rectify_by=due, round=part.round, department=part.department_id)
    looked_on = Clock.objects.get(root_id=row.application_id, kind="inspection", subject_type="inspectionpart", subject_id=part.pk).started_on
    queue_documents(act, [papers.rectification(row, lines, act.by, None, held_on=looked_on, rectify_by=due)])
    row.rectify_by = max(due, row.rectify_by)
    act.save(row, "rectify_by")
    rest(act, row, [part], ground="rectification", days=part.rectify_days, reason=RECTIFY)


def leave_inspections(
    act: Action, row: Application, gone: list[Member], over: str = "终止", handed_on: str = "", on: date | None = None
) -> None:
    """Members that are `over` (`on` = the day of their end where it is not today) before a visit, or went to another department, which
    that one knows, take no part any longer; a visit that nobody needs is called off or closed."""
    why = handed_on or f"参加踏勘的事项都已{over}"
    pks = {member.pk for member in gone if visited(member)}
    going_on = list(row.inspections.exclude(state__in=Inspection.OVER).select_related("organiser")) if pks else []
    if not going_on:
        return
    system, others = act.as_system(), row.members.exclude(pk__in=pks).exclude(state__in=Member.ENDED)
    stays = set(others.values_list("pk", "department"))  # who left earlier keeps no part from being left now
    for inspection in going_on:
        inspection.application = row
        parts, earlier = parts_of(inspection), inspection.parts.filter(round__lt=inspection.round, left=False)
        for part in parts:
            if not any((pk, part.department_id) in stays for pk in part.members):
                system.allow("leave", part)
                for one in (part, *(one for one in earlier if one.department_id == part.department_id and one.pk != part.pk)):
                    one.left = True  # its earlier rounds would stand for it again, with their open lines
                    act.save(one, "left")
                act.record(part, "leave", department=part.department_id)
        stay = [part for part in parts if not part.left]
        if not handed_on and inspection.visit_on and inspection.state in Inspection.BEFORE_VISIT:
            tell_who_stays_away(act, inspection, [part for part in parts if part.left and part.round == inspection.round], over)
        left = [part for part in parts if part.left and part.due_on]
        for part in left:
            if not (part.result or part.overdue) and (on or today()) > part.due_on:
                catch_up(act, row.pk, part, "inspection")
        if left:
            stop_clocks(act, root_id=row.pk, subjects=left, kinds=("inspection",), on=on or today())
        if inspection.state in Inspection.BEFORE_VISIT and not any(part.round == inspection.round for part in stay):
            if inspection.state == State.NOTIFIED:
                void_notice(act, inspection, inspection.when, why)
            system.move(inspection, "cancel", reason=why, facts={"told": awaited(inspection)})
            if inspection.round > 1:
                running = set(others.filter(state__in=[Member.State.WAITING, *Member.UNDECIDED]).values_list("pk", flat=True))
                wait = [part for part in stay if part.result not in FOUND and not running.isdisjoint(part.members)]
                tell_who_is_visited_anew(act, inspection, wait)
        else:
            alive = {part.department_id for part in stay}
            lines = [line for line in _lines(inspection) if line.part.department_id in alive]
            _settle(system, inspection, stay, lines)


def end_lines(act: Action, row: Application, refused: list[Member]) -> None:
    """What was still to be put right for a refused item is looked at no more: nobody is asked for it, or called to a second look."""
    pks = {member.pk for member in refused if visited(member)}
    going_on = list(row.inspections.filter(state__in=AFTER_VISIT).select_related("organiser")) if pks else []
    if not going_on:
        return
    running = {*row.members.filter(state__in=[Member.State.WAITING, *Member.UNDECIDED]).exclude(pk__in=pks).values_list("pk", flat=True)}
    for inspection in going_on:
        inspection.application = row
        lines = _lines(inspection)
        over = [line for line in lines if line.state == Line.OPEN and running.isdisjoint(line.part.members)]
        for line in over:
            line.state, line.checked_on = Line.UNFIXED, today()
            act.save(line, "state", "checked_on")
        if over:
            _settle(act.as_system(), inspection, parts_of(inspection), lines)


def hand_on_visits(act: Action, row: Application, member: Member, left: str) -> None:
    """The item goes to another department, which plans a visit of its own: at this one nobody could conclude the old one or call it off.
    What others still take part in is led by one of them where the last department has no more to do with the case, or nobody is left there."""
    leave_inspections(act, row, [member], handed_on="事项转由其他部门承办，由它另行安排踏勘")
    if left in (*row.departments, row.lead) and directory.manned(left):
        return
    act.written()
    for inspection in row.inspections.exclude(state__in=Inspection.OVER).filter(organiser=left):
        inspection.application = row
        if stay := parts_of(inspection):
            inspection.organiser_id = stay[0].department_id
            act.save(inspection, "organiser")
            tell_organiser(act, inspection, stay)


def looks(member: Member) -> list[InspectionPart]:
    """The newest part of its own department in each visit that binds the decision on this member; none where nobody has to look."""
    if not visited(member):
        return []
    parts = (
        InspectionPart.objects.filter(application=member.application_id, department=member.department_id, left=False)
        .filter(members__contains=[member.pk])
        .exclude(NOT_BINDING)
        .select_related("inspection")
        .order_by("inspection", "round")
    )
    return list({part.inspection_id: part for part in parts}.values())


def unvisited(member: Member) -> bool:
    """Somebody should come and look, and nobody of its department has or will. The law leaves it to the department whether the facts
    need looking at (XKF 34), so this holds nothing back: whoever decides has to know it."""
    return visited(member) and not looks(member)


def demand_inspected(member: Member, decision: str, reason: str) -> None:
    """A member that takes part in a visit is not decided before its own department has concluded (XKF 34); not granted while
    a rectification line is open, nor against the conclusion without words. A visit that was called off binds nobody, a second look only
    to what the one before it found.
    Raises WrongState, and Refused where the words are missing."""
    for part in looks(member):
        if not part.result:
            raise WrongState("本部门的踏勘结论还没有出具，不能作出决定；不再需要踏勘的，请先由组织部门取消并说明理由。")
        if decision == "grant" and part.result == Result.RECTIFY:
            raise WrongState("踏勘提出的整改内容还没有复查合格，不能准予。")
        if decision == "grant" and part.result == Result.FAIL and len(reason) < 10:
            raise Refused("decision.inspection", "踏勘结论为不符合，仍然准予的，请写明理由（至少 10 个字）。", "reason")
