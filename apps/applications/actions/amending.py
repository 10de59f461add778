"""A situation answer that proves wrong after acceptance: members are added or taken out, with reason, notice and new dates."""

from __future__ import annotations

from datetime import date
from functools import partial

from apps.catalog.compiler import as_answered, demanded_by, promised_by_none
from apps.catalog.plan import compile_again, with_limits_kept, with_limits_of
from apps.deadlines.actions import start_clocks, stop_clocks
from apps.issuance.actions import queue_documents
from apps.journal.actor import Actor
from apps.journal.door import Action, action
from apps.kit.errors import Forbidden, Refused, WrongState, raise_all
from apps.kit.time import today

from .. import lights, papers, papers_review, whole
from ..handout import take_over
from ..models import Application, Member, Notice
from ..sight import desks
from . import checklist
from .acceptance import start_members, start_successors, tolerated
from .drafting import fill
from .holding import written_clock
from .one_thing import announce, lay_in_what_was_granted
from .recompiling import demand_members, demand_reachable, regrouped, relist
from .review_supplements import ask_no_more
from .settling import end_promise, settle
from .waiting import demand_promises_in_time


def amend_situation(
    *,
    by: Actor,
    application: int,
    situations: dict,
    reason: str,
    answers: dict | None = None,
    materials: dict[str, dict] | None = None,
    promised: list[str] | None = None,
    cure_days: int | None = None,
    by_mail: bool | None = None,
) -> Application:
    """`situations` = the answers that change; what the new situation asks for comes with the same act. `by_mail`: checklist.posted.

    New members are accepted today, or wait for theirs; members that the situation no longer holds end with the reason, never a decided
    one. The plan keeps the one it replaces. Raises Refused naming what stands against it: nothing changes, a decided member would go, one
    already under review would get a new predecessor, a field or material is lacking. Raises WrongState where the case does not run or the
    law has ended an item of it.
    """
    if len(reason.strip()) < 4:
        raise Refused("amend.reason", "请写明情形更正的原因（至少 4 个字），会写进告知书。", "reason")
    with action(by) as act:
        row = act.lock(Application, application)
        act.allow("amend", row)
        if row.state not in Application.ACCEPTED:
            raise WrongState("只有办理中的办件可以这样更正情形；受理以前请用“更正录入”。")
        old, members = row.plan, list(row.members.select_related("commitment"))
        demand_promises_in_time(members)
        row.plan = replanned(row, situations)
        demand_reachable(act, row)
        change = changes(row, old, members)
        _demand_others_review(by, row, change.added)
        by_whom = {"by": by.id, "added": [member.code for member in change.added]}  # policy.took_in
        row.plan["former"] = [*old.get("former", ()), {**_bare(old), "until": today().isoformat(), **by_whom}]
        relist(act, row)
        departments = row.departments
        row.departments = sorted({*departments, *(member.department_id for member in change.added)})
        change.filled = row.answers
        fill(act, row, answers=answers or {})
        came = _carry_out(act, row, change, members, reason.strip(), materials or {}, promised or [], cure_days, by_mail)
        told = {name: [m.name for m in getattr(change, name)] for name in ("added", "removed")}
        told |= {name: [m.name for m in found] for name in ("owing", "quit") if (found := getattr(change, name))}
        told |= regrouped(departments, row) | came
        act.record(row, "amend", reason=reason.strip(), **told, situations=row.plan["answers"])
        paper = papers_review.amendment(row, change, by, today(), reason.strip())
        queue_documents(act, [papers.spec("amendment", row, paper)])
    return row


def _demand_others_review(by: Actor, row: Application, added: list[Member]) -> None:
    """Who takes a new item in does not look into it (policy.took_in): whose work it would be is told before, but the acceptor, who
    may look into nothing of the case anyway."""
    if by.id == row.acceptor_id:
        return
    own = desks(by)
    if names := [member.name for member in added if member.department_id in own]:
        told = f"新增的“{'”“'.join(names)}”由您任职的部门审查，请由其他受理人员更正情形（受理与办理分离）。"
        raise Forbidden(told, code="forbidden.separation")


def replanned(row: Application, situations: dict) -> dict:
    """The same versions of the catalogue as when it was filed, with the limits by which it runs, and those of its receipt for what
    comes in, by the corrected answers."""
    plan = compile_again(row.plan, {**row.plan["answers"], **situations}, date.fromisoformat(row.plan["as_of"]))
    demand_members(plan)
    plan = with_limits_kept(with_limits_of(take_over(plan), row.receipt_date or today()), row.plan)
    if plan["answers"] == row.plan["answers"]:
        raise Refused("amend.same", "情形没有变化，不用更正。", "situations")
    return plan


class Change:
    """What an amended situation does to the members."""

    def __init__(self, added: list[Member], removed: list[Member], asked: list[dict], materials: list[str]):
        self.added, self.removed = added, removed
        self.asked, self.materials = asked, materials  # questions answered anew; names of materials asked for anew
        self.filled: dict = {}  # the answers that stood before those that come with it
        self.started: list[Member] = []  # who waited for one that is taken out, and begins
        self.owing: list[Member] = []  # under review, and owing a promised material from now on
        self.quit: list[Member] = []  # owing nothing any more
        self.owed: dict[str, list[str]] = {}  # names of promised materials by item that newly owes, begun or not


def changes(row: Application, old: dict, members: list[Member]) -> Change:
    """`row.plan` = the new one. Raises Refused for what a running case cannot undo."""
    present = {definition["code"] for definition in row.plan["members"]}
    before = {definition["code"] for definition in old["members"]}
    known = {member.code: member for member in members}
    removed = [member for member in members if member.code in before - present and member.state not in Member.ENDED]
    granted = {member.code for member in members if member.decision == "granted"}
    errors = [
        Refused("amend.decided", f"“{member.name}”已经作出决定，不能因更正情形而取消。", "situations")
        for member in removed
        if member.state in Member.DECIDED
    ]
    for code in present - before:
        if code in known:
            errors.append(
                Refused("amend.again", f"“{known[code].name}”在这件里已经结束，不能再启动，请另行申请。", "situations")
            )
    for member in members:
        running = member.code in present and member.state not in (Member.State.WAITING, *Member.ENDED)
        missing = set(row.plan_of(member.code)["after"]) - granted if running else ()
        if missing:
            names = "、".join(row.plan_of(code)["name"] for code in missing)
            sentence = f"“{member.name}”已经受理，不能在它前面加上“{names}”；请撤回后按新的情形申请。"
            errors.append(Refused("amend.order", sentence, "situations"))
    raise_all(errors)
    last = max((member.position for member in members), default=-1)
    fresh = [definition for definition in row.plan["members"] if definition["code"] not in known]
    added = [
        Member(
            application=row,
            position=place,
            code=definition["code"],
            name=definition["name"],
            number=f"{row.number}-{place + 1:02d}",
            department_id=definition["department"],
        )
        for place, definition in enumerate(fresh, last + 1)
    ]
    listed = {line["material"] for line in old["materials"] if not line["supplied_by"]}
    names = {one["code"]: one["name"] for one in row.plan["members"]}
    return Change(
        added,
        removed,
        [q for q in row.plan["situations"] if row.plan["answers"].get(q["code"]) != old["answers"].get(q["code"])],
        [
            f"{m['name']}（{'、'.join(names[code] for code in m['needed_by'])}）"
            for m in row.plan["materials"]
            if m["material"] not in listed and not m["supplied_by"]
        ],
    )


def _bare(plan: dict) -> dict:
    return {name: value for name, value in plan.items() if name != "former"}


def _carry_out(act: Action, row: Application, change: Change, members, reason, materials, promised, cure_days, by_mail) -> dict:
    """The fact of what was brought to the window with it."""
    on, entries, void = today(), list(row.materials.all()), whole.void(members)
    lay_in_what_was_granted(act, row, members, entries)
    had = checklist.at_hand(entries)
    came = checklist.brought(row, checklist.enter(act, entries, materials), had, by_mail=by_mail)
    checklist.demand_listed(entries, promised)
    ended = {member.code for member in members if member.state in Member.ENDED}
    plan, told = checklist.planned(row), row.notices.filter(kind=Notice.Kind.GAP).first()
    late = told is not None and on > told.cure_by  # whom nothing was promised for until now would be accepted by a day that is over
    still_promised = {
        entry.code for entry in entries if entry.promised and not _asked_anew(row, change, plan.get(entry.code), [*change.added, *members], late=late)
    }
    lacking = [
        entry
        for entry in checklist.missing(row, entries)
        if entry.code not in still_promised and not ended.issuperset(demanded_by(plan[entry.code]))
    ]
    fresh = tolerated(act, row, lacking, promised, on, cure_days)
    notice = fresh or told
    owed = {entry.code for entry in checklist.missing(row, entries) if entry.promised}
    waited = [member for member in members if member.state == Member.State.WAITING]
    for member in change.removed:
        member.application = row
        act.as_system().move(member, "terminate", reason=f"情形更正：{reason}")
    if change.added and (promise := lights.of_the_whole(row)):
        end_promise(act, row, promise, on)  # with new members it counts anew
    act.save(row, "plan", "departments")
    if change.added:
        granted = {member.code for member in members if member.decision == "granted"} - void.keys()
        start_members(act, row, change.added, on=on, gap_notice=notice, granted=granted, owed=owed)
    owed_before = {member.code for member in members if member.gap_open or member.owes_ahead}
    change.owing, change.quit = _owe(act, row, members, plan, owed, notice)
    change.owed = {
        member.code: [plan[code]["name"] for code in sorted(owed) if member.code in demanded_by(plan[code])]
        for member in [*change.added, *members]
        if member.gap_cure_by and member.code not in owed_before
    }
    if change.added or fresh:
        act.written()  # what follows asks the tables for the clock of the whole, and for what is owed
    ask_no_more(act, row, [member for member in members if member not in change.removed], entries)
    members += change.added
    settle(act, row, members, ended=change.removed, start=partial(start_successors, act, row, on=on), void=void)
    announce(act, row, members)
    change.started = [member for member in waited if member.state in Member.UNDECIDED]
    return came


def _asked_anew(row: Application, change: Change, line: dict | None, members: list[Member], *, late: bool) -> bool:
    """Does an item want this promised material for which it was not promised, and which cannot wait for it: since it is among its main
    materials, or since the promise's day is over (`late`)?"""
    if line is None:
        return False
    wanting = demanded_by(line) if late else promised_by_none(line)
    return not _unpromised(row, change, line["material"], members).isdisjoint(wanting)


def _unpromised(row: Application, change: Change, code: str, members: list[Member]) -> set[str]:
    """The items for which this material was not promised by the situation and the answers that stood, whatever else was promised for them."""
    old = row.plan["former"][-1]
    line = next((line for line in old["materials"] if line["material"] == code), None)
    owed_by = demanded_by(as_answered(line, old["answers"], change.filled)) if line else ()
    return {m.code for m in members if m.state not in whole.OVER and not ((m.gap_open or m.owes_ahead) and m.code in owed_by)}


def _owe(
    act: Action, row: Application, members: list[Member], plan: dict, owed: set[str], notice: Notice | None
) -> tuple[list[Member], list[Member]]:
    """(owing from now on, owing no more). A member under review owes what the new situation asks of it, and nothing that it
    does not: no certificate while a gap is open (K10), no acceptance revoked for a material that nobody can bring any more.
    """
    cured, opened = [], []
    if notice is None:
        return opened, cured
    for member in members:
        owes = any(member.code in demanded_by(plan[code]) for code in owed)
        if member.state == Member.State.WAITING and owes != member.owes_ahead:
            member.application, member.gap_cure_by = row, notice.cure_by if owes else None
            act.save(member, "gap_cure_by")
        if member.state not in Member.UNDECIDED:
            continue
        if owes == member.gap_open:
            continue
        member.application, member.gap_open = row, owes
        if owes:
            member.gap_cure_by = notice.cure_by
            opened.append(member)
            act.save(member, "gap_open", "gap_cure_by")
        else:
            cured.append(member)
            act.save(member, "gap_open")
    if cured:
        stop_clocks(act, root_id=row.pk, subjects=cured, kinds=("gap",), on=today())
    start_clocks(
        act, [written_clock("gap", member, notice.issued_on, notice.cure_by, notice.days) for member in opened]
    )
    return opened, cured
