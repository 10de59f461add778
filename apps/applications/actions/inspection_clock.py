"""A visit and its rectification as special procedures (XKF 45): the clock of a member rests where its item allows the ground.

The system's hand pauses and resumes here, by rule: the organiser has no word in another department's clock, and a department
that lets its conclusion lapse lets the clock run again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from apps.deadlines import pausing as clocks
from apps.deadlines.queries import shelf_held
from apps.journal.actor import SYSTEM
from apps.journal.door import Action, action
from apps.kit.time import today

from .. import grounds
from ..models import Inspection, InspectionPart, Job, Member
from ..visiting import visited
from .pausing import ELECTRONIC, LATER, end_procedure, pause, take_back_notice, why_not_paused
from .waiting import promise_over

OURS = ("inspection", "rectification")
RECTIFY = "现场踏勘提出整改要求，见整改通知书。"


def rest(
    act: Action,
    row: Inspection,
    parts: Iterable[InspectionPart],
    *,
    ground: str,
    days: int,
    reason: str,
    only: Member | None = None,
) -> list[str]:
    """Names of the items (or the `only` one) whose clock stands still from here. One that nobody has in hand, or whose closed list
    lacks the ground, goes on; one that the law has ended, swept or not, has no time that could."""
    service, resting = ELECTRONIC if row.application.contact_mobile else LATER, []
    held = None
    for job in _jobs(parts, Member.State.IN_REVIEW):
        if why_not_paused(job) or promise_over(job.member) or only not in (None, job.member):
            continue
        member = job.member
        member.application = row.application
        allowed = {one.code: one for one in grounds.allowed(member.definition)}
        if ground not in allowed:
            continue
        held = held if held is not None else clocks.case_clocks(act, row.application_id)
        if clocks.waiting_pause(held, member) is not None:
            continue
        pause(
            by=SYSTEM,
            job=job.pk,
            ground=ground,
            expected_days=max(days, 1),
            organiser=row.organiser.name,
            basis=allowed[ground].law,
            reason=reason,
            service=service,
        )
        resting.append(member.name)
    return resting


def rest_for_visit(act: Action, row: Inspection, parts: list[InspectionPart], only: Member | None = None) -> list[str]:
    """From the notice to its department's conclusion the visit is a special procedure of each item that allows it (XKF 45)."""
    found = shelf_held(act)
    ahead = found.calendar(row.application.node_id).count(today(), max(today(), row.visit_on))
    days = ahead + found.rule("inspection_conclusion", today()).value
    reason = f"现场踏勘：{row.when}，{row.place}。"
    return rest(act, row, parts, ground="inspection", days=days, reason=reason, only=only)


def rest_for_what_is_ahead(act: Action, member: Member, but: str = "") -> Member:
    """Another special procedure of this item is over, or its notice was taken back. What it kept from resting when it was told, the
    visit or the rectification (`but` not what was just taken back), rests from today: the law leaves out the one as the other.
    Returns the member as it is then."""
    if not visited(member):
        return member
    mine = {"department": member.department_id, "members__contains": [member.pk], "left": False}
    parts = InspectionPart.objects.filter(application=member.application_id, **mine).select_related("inspection__organiser")
    part = parts.order_by("-inspection", "-round").first()
    if part is None:
        return member
    row, resting = part.inspection, []
    row.application = member.application
    if part.open and row.state in (Inspection.State.NOTIFIED, Inspection.State.HELD) and (not part.due_on or today() < part.due_on):
        resting = rest_for_visit(act, row, [part], only=member) if but != "inspection" else []
    elif part.result == part.Result.RECTIFY and _still_to_mend(row, part) and but != "rectification":
        days = shelf_held(act).calendar(row.application.node_id).count(today(), max(today(), row.rectify_by))
        resting = rest(act, row, [part], ground="rectification", days=days, reason=RECTIFY, only=member)
    if resting:
        act.written()
        member = Member.objects.get(pk=member.pk)
        member.application = row.application
    return member


def _still_to_mend(row: Inspection, part: InspectionPart) -> bool:
    """What was asked for late of an earlier look is, while others look again already."""
    return row.state == Inspection.State.RECTIFY_NEEDED or (part.round < row.round and row.state not in Inspection.OVER)


def run_on(
    act: Action,
    row: Inspection,
    parts: Iterable[InspectionPart],
    *,
    result: str,
    since: date | None = None,
    ours: tuple[str, ...] = OURS,
) -> None:
    """What rested for this visit goes on, from today or `since` an earlier day; a special procedure of another ground is left alone."""
    jobs = _jobs(parts, Member.State.PAUSED)
    held = clocks.case_clocks(act, row.application_id) if jobs else []
    for job in jobs:
        open_now = [one for one in clocks.clock_of(held, job.member).intervals.pauses if one.holds]
        if open_now and all(one.ground in ours for one in open_now):
            end_procedure(by=SYSTEM, job=job.pk, on=since and max(since, *(one.notified_on for one in open_now)), result=result)


def rest_no_more(act: Action, job: Job) -> bool:
    """Its item went to another department, which plans visits of its own: at the one for which it rests nobody looks for it any more.
    True where something may have changed that the rows of the caller do not know."""
    member = job.member
    if not visited(member) or member.state not in (Member.State.PAUSED, Member.State.IN_REVIEW):
        return False
    act.written()
    why, held = "事项转由其他部门承办", clocks.case_clocks(act, job.application_id)
    open_now = [one for one in clocks.clock_of(held, member).intervals.pauses if one.holds]
    waiting = clocks.waiting_pause(held, member)
    if waiting and waiting.ground in OURS:
        take_back_notice(act, member, waiting, why)
    if open_now and all(one.ground in OURS for one in open_now):
        act.written()
        end_procedure(by=SYSTEM, job=job.pk, result=why)
    act.written()
    return True


def call_off(act: Action, row: Inspection, parts: list[InspectionPart], *, result: str) -> None:
    """Nobody comes on the day that was told: what rested for it goes on, and a notice of it that was never served is taken back. What is
    still to be put right rests, whenever it is looked at."""
    jobs = _jobs(parts, Member.State.IN_REVIEW)
    held = clocks.case_clocks(act, row.application_id) if jobs else []
    for job in jobs:
        waiting = clocks.waiting_pause(held, job.member)
        if waiting and waiting.ground == "inspection" and waiting.organiser in _organisers(row):
            job.member.application = row.application
            take_back_notice(act, job.member, waiting, result)
    run_on(act, row, parts, result=result, ours=("inspection",))


def _organisers(row: Inspection) -> set[str]:
    """Who leads it, and who did when a notice was written, before its own item went to another department; not who leads another visit."""
    others = row.application.inspections.exclude(pk=row.pk).exclude(state__in=Inspection.OVER)
    left = InspectionPart.objects.filter(inspection=row, left=True).exclude(department__in=others.values("organiser"))
    return {row.organiser.name, *left.values_list("department__name", flat=True)}


def _jobs(parts: Iterable[InspectionPart], state: str) -> list[Job]:
    asked = {(pk, part.department_id) for part in parts for pk in part.members}  # what went to another department rests for its own visits
    with action(SYSTEM):  # what this action has moved so far must stand in the table before it is read
        jobs = Job.objects.filter(member__in=[pk for pk, _ in asked], member__state=state).exclude(state=Job.State.CLOSED)
        return [job for job in jobs.select_related("member").order_by("pk") if (job.member_id, job.department_id) in asked]
