"""What follows when a member is decided or ends: its clocks and job, its successors, and the application's derived state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType

from apps.deadlines.actions import stop_clocks
from apps.deadlines.models import Clock
from apps.deadlines.pausing import catch_up, look_again
from apps.directory.actions import tell
from apps.journal.door import Action
from apps.kit.time import today

from .. import lights, whole
from ..models import Application, Job, Member, ReviewSupplement
from .calling_off import hearings_of, void_invitations, void_unserved
from .consulting import close_consultations
from .inspection_conclusion import end_lines, leave_inspections
from .renewal_outcome import settle_renewal

# The delivery of the decision, and the check of what was promised, begin when everything else of the member ends.
AFTERWARDS = (Clock.Kind.DELIVERY, Clock.Kind.COMMITMENT)
NOTHING: Mapping[str, str] = MappingProxyType({})
UNTIL_DECIDED = [kind for kind in Clock.Kind.values if kind not in AFTERWARDS]


def settle(
    act: Action,
    row: Application,
    members: list[Member],
    *,
    ended: list[Member] = (),
    jobs: list[Job] | None = None,
    start: Callable[[list[Member]], object] | None = None,
    on: date | None = None,
    void: Mapping[str, str] = NOTHING,
) -> None:
    """`members` = all of the case in their newest state; `ended` = those just decided or ended; `jobs` = their open jobs
    where the caller holds them already; `start` accepts successors; `on` = the day of the end where it is not today;
    `void` = `whole.void` where something may have been revoked or cancelled, and somebody may still wait for it.

    A failed predecessor ends its successors unstarted; when every predecessor is granted, a successor starts today, on the
    written notice of it (ZJR 5(3)).
    """
    for member in members:
        member.application = row
    ended = [*ended, *_end_successors(act, members, void)]
    if ended:
        _close(act, row, ended, jobs, on or today())
        settle_renewal(act, row, ended[0])
    ready = _ready(members) if start else []
    if ready:
        start(ready)
    derive(act, row, members, _last_end(members, on or today()))


def _last_end(members: list[Member], on: date) -> date:
    """The whole ends with the last of its items: what the law ended on an earlier day may be told after others were decided."""
    withdrawn = Member.State.WITHDRAWN
    return max([on, *(day for one in members if (day := one.ended_on if one.state == withdrawn else one.decided_on))])


def _close(act: Action, row: Application, ended: list[Member], jobs: list[Job] | None, on: date) -> None:
    system = act.as_system()
    if jobs is None:
        jobs = list(Job.objects.filter(member__in=ended).exclude(state=Job.State.CLOSED))
    for job in jobs:
        job.application = row
        system.move(job, "close")
    _tell_who_had_it(act, row, jobs, ended)
    started = [member for member in ended if member.accepted_on]
    undecided = [member for member in started if member.state in Member.ENDED or act.by.is_system]  # else its decision has looked
    hearings = hearings_of(undecided)
    for member in undecided:
        if member.due_on and on > member.due_on and member.light != Clock.Light.OVERDUE:
            catch_up(act, row.pk, member)
    for hearing in hearings:
        if hearing.hold_by and on > hearing.hold_by:
            catch_up(act, row.pk, hearing.member, "hearing_hold")
    if asked := [member for member in ended if member.supplement_by]:
        for supplement in ReviewSupplement.objects.filter(member__in=asked, state__in=ReviewSupplement.OPEN):
            supplement.application = row
            system.move(supplement, "close")
    if started:
        stop_clocks(act, root_id=row.pk, kinds=UNTIL_DECIDED, subjects=started, on=on, with_the_rest=True)
    close_consultations(act, row, started)
    gone = [member for member in started if member.state in Member.ENDED]
    leave_inspections(act, row, gone, on=on)
    end_lines(act, row, [member for member in started if member.decision == "refused"])
    void_invitations(act, row, [hearing for hearing in hearings if hearing.member.state in Member.ENDED])
    void_unserved(act, row, started)


def _tell_who_had_it(act: Action, row: Application, jobs: list[Job], ended: list[Member]) -> None:
    """What ended without a decision, or was renewed by law, lies in no list of its reviewer any more; he would look for it, or come to
    work on it in vain."""
    gone = {member.pk: member for member in ended if member.state in Member.ENDED or act.by.is_system}
    for job in jobs:
        if job.member_id in gone and job.assignee_id not in (None, act.by.id):
            member = gone[job.member_id]
            by_law = "有效期届满前没有作出决定，依法视为准予延续"  # nothing else is decided by no one
            how = f"“{member.get_state_display()}”，没有作出决定" if member.state in Member.ENDED else by_law
            tell(
                act,
                users=[job.assignee_id],
                kind="case",
                title=f"不用再审查：{member.name}"[:100],
                text=f"办件 {row.number} 的这一项{how}，您手里的审查已经结束。",
                link=f"/review/{job.pk}/",
                root_id=row.pk,
                key=f"ended:{job.pk}",
            )


def _end_successors(act: Action, members: list[Member], void: Mapping[str, str] = NOTHING) -> list[Member]:
    present = {member.code: member for member in members}
    failed = {m.code for m in members if m.state in Member.ENDED or m.decision == "refused"} | void.keys()
    system, gone = act.as_system(), []
    changed = True
    while changed:
        changed = False
        for member in members:
            before = [code for code in member.definition["after"] if code in present]
            if member.state == Member.State.WAITING and failed & set(before):
                refused = any(present[code].decision == "refused" for code in before)
                why = next((void[code] for code in before if code in void), "前一事项没有办成")
                system.move(member, "not_start", reason="前一事项未获准予" if refused else why)
                failed.add(member.code)
                gone.append(member)
                changed = True
    return gone


def _ready(members: list[Member]) -> list[Member]:
    granted = {member.code for member in members if member.decision == "granted"}
    present = {member.code for member in members}
    return [
        member
        for member in members
        if member.state == Member.State.WAITING and set(member.definition["after"]) & present <= granted
    ]


def derive(act: Action, row: Application, members: list[Member], on: date) -> None:
    """State, due day and light of the whole, from its members in their newest state; `on` = the day of the last end."""
    over = [member for member in members if member.state in whole.OVER]
    promise = lights.of_the_whole(row)
    row.due_on = whole.due(members, promise.due_on if promise else None)
    ends = promise is not None and len(over) == len(members)
    row.light = whole.light(members, promise.light if promise and not ends else "green")
    act.save(row, "due_on", "light")
    if ends:
        end_promise(act, row, promise, on)
    system = act.as_system()
    if row.state not in Application.ACCEPTED:
        return
    # What an amended situation took out was never part of what is asked for.
    planned = {definition["code"] for definition in row.plan["members"]}
    if len(over) == len(members):
        system.move(row, "finish", outcome=outcome([member for member in members if member.code in planned]))
    elif row.state == Application.State.IN_PROGRESS and any(member.code in planned for member in over):
        system.move(row, "part")


def end_promise(act: Action, row: Application, promise: Clock, on: date) -> None:
    """The clock of the whole stops; what ran out unswept is announced before."""
    if on > promise.due_on and promise.light != Clock.Light.OVERDUE:
        look_again(act, [act.lock(Clock, promise.pk)])
    stop_clocks(act, root_id=row.pk, kinds=("bundle",), on=on)


def outcome(members: list[Member]) -> str:
    """K9: members end separately; the whole is granted, partly granted, refused — or revoked or terminated."""
    granted = [member for member in members if member.decision == "granted"]
    if len(granted) == len(members):
        return "granted"
    if granted:
        return "partly_granted"
    states = {member.state for member in members}
    if any(member.decision == "refused" for member in members):
        return "refused"
    return "revoked" if Member.State.ACCEPTANCE_REVOKED in states else "terminated"
