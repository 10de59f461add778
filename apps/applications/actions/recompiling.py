"""A case comes under another plan: what is still asked keeps what was given, departments and limits follow."""

from __future__ import annotations

from apps.catalog.plan import compile_again, compile_plan, with_limits_kept, with_limits_of
from apps.directory import queries as directory
from apps.journal.actor import Actor
from apps.journal.door import Action
from apps.kit.errors import DomainError, Refused
from apps.kit.time import today

from .. import policy
from ..handout import COLUMNS, HandOut, take_over, ways
from ..models import AnswerChange, Application, MaterialEntry
from . import checklist
from .expiring import ASIDE
from .handout import put
from .offering import demand_accepted_here, withdrawn


def recompile(act: Action, row: Application, situations: dict) -> None:
    """By today's catalogue, and where that takes in nothing of the kind any more, by the versions by which it was drawn up; what was
    received keeps the limits of that day. What a draft's new situation asks no more is put aside, until it is asked again or the draft is
    handed in."""
    typed = {} if row.number else {**row.plan.get(ASIDE, {}), **row.answers}
    try:
        plan = compile_plan(row.code, situations, today())
    except DomainError as refusal:
        if refusal.code not in ("plan.not_in_force", "plan.member"):
            raise
        if row.number is None:
            raise withdrawn(refusal.message) from None
        plan = with_limits_kept(compile_again(row.plan, situations, row.receipt_date), row.plan)
    row.plan = take_over(plan)
    if row.number:
        demand_members(row.plan)
        row.plan = with_limits_of(row.plan, row.receipt_date)
    demand_reachable(act, row)
    asked = asked_of(row)
    if aside := {code: value for code, value in typed.items() if code not in asked}:
        row.plan = {**row.plan, ASIDE: aside}
    row.answers = {**typed, **row.answers}
    follow_plan(act, row)
    relist(act, row)


def follow_plan(act: Action, row: Application) -> None:
    """Its plan is another one: so may its departments be."""
    for name, value in assigned(row.plan).items():
        setattr(row, name, value)
    act.save(row, "plan", "departments", "lead")


def assigned(plan: dict) -> dict:
    """The departments of a case, and its lead; an item alone lies with whom it is routed to."""
    lead = plan["lead_department"] if plan["kind"] == "bundle" else ""
    return {"departments": sorted({member["department"] for member in plan["members"]}), "lead": lead}


def regrouped(before: list[str], row: Application) -> dict[str, list[str]]:
    """The fact that a case has other departments than before; what statistics need to move with it."""
    return {"before": before, "after": row.departments} if set(before) != set(row.departments) else {}


def relist(act: Action, row: Application) -> None:
    """Answers and checklist follow the row's new plan: what is still asked keeps what was given, what came stays on record."""
    asked, before = asked_of(row), row.answers
    row.answers = {code: value for code, value in row.answers.items() if code in asked}
    act.save(row, "answers")
    if row.number:
        keep_old_answers(act, row, before)
    if row.handout and row.handout not in ways(row.plan):
        changed = put(act, row, dict.fromkeys(COLUMNS, ""), partial=True)
        if row.number:  # he waits at home for what he has to fetch now
            act.record(row, "choose_handout", way=HandOut.COUNTER, fields=changed, dropped=True)
    stood = {entry.code: entry for entry in row.materials.all()}
    fresh = checklist.build(row)
    for entry in fresh:
        known = stood.get(entry.code)
        if known is None or known.state == MaterialEntry.State.EXPECTED:
            continue
        if entry.state == MaterialEntry.State.MISSING or known.supplier_id:
            entry.state, entry.originals, entry.copies = known.state, known.originals, known.copies
            entry.remark, entry.promised = known.remark, known.promised
    gone = stood.keys() - {entry.code for entry in fresh}
    unused = MaterialEntry.objects.filter(application=row, code__in=gone, attachments__isnull=True)
    (unused.filter(state=MaterialEntry.State.MISSING) if row.number else unused).delete()
    MaterialEntry.objects.bulk_create(
        fresh,
        update_conflicts=True,
        unique_fields=["application", "code"],
        update_fields=["position", "name", "necessity", "state", "originals", "copies", "remark", "promised"],
    )


def asked_of(row: Application) -> set[str]:
    return {element["element"] for element in row.plan["elements"]}


def keep_old_answers(act: Action, row: Application, before: dict) -> None:
    """What was handed in stays beside what takes its place."""
    codes = [code for code in before.keys() | row.answers.keys() if before.get(code) != row.answers.get(code)]
    AnswerChange.objects.bulk_create(
        AnswerChange(application=row, element=code, old=before.get(code), new=row.answers.get(code), by_id=act.by.id)
        for code in sorted(codes)
    )


def demand_members(plan: dict) -> None:
    """Raises Refused for answers by which none of a one-thing's items is needed: a draft may be on its way, a case may not."""
    if not plan["members"]:
        raise Refused(
            "situations.nothing", "按所答的情形，没有需要办理的事项；请核对情形，确实不用办的不必申请。", "situations"
        )


def demand_reachable(act: Action, row: Application) -> None:
    """A situation may bring in items that this place does not accept, or that the clerk was not trained for."""
    if act.by.kind != "staff":
        return
    demand_accepted_here(row.plan["members"], row.node_id)
    demand_own_place(act.by, row.plan["members"], "situations.elsewhere", "situations", "按这些情形请转到那里办理")
    if not policy.competent(act.by, row):
        raise Refused(
            "situations.competence",
            "按这些情形要办的事项里，有您没有受理资格的板块；请转全科（综合）窗口办理。",
            "situations",
        )


def demand_own_place(by: Actor, members: list[dict], code: str, field: str, cure: str) -> None:
    """What goes nowhere else is taken in at its own place alone: a township's window is not the county's hall, nor this the township's."""
    at = {post.region for post in by.posts if post.role == "clerk"}
    for member in members:
        if member.get("city_wide", "none") == "none" and member["region"] not in at:
            place = directory.get_region(member["region"]).name
            raise Refused(code, f"“{member['name']}”只在{place}本级的窗口受理，{cure}。", field)
