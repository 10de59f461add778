"""The door to Plans: what the catalogue says on a day, compiled for these answers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

from apps.kit.errors import NotYours
from apps.kit.jsontext import packed, unpacked

from . import insight
from .compiler import Library, compile_definition, lead_of, longest_chain
from .questions import Entry
from .shelf import Shelf, remembered, shelf
from .standards import frozen, kept


def in_force(code: str, as_of: date, known: Shelf | None = None) -> tuple[Entry, Shelf]:
    """The version that holds on the day. Raises NotYours naming an unknown code or a day without a version."""
    known = known or shelf()
    shelved = known.get(code)
    if shelved is None:
        raise NotYours("plan.unknown", f"没有编码为“{code}”的事项或一件事。", "code")
    held = shelved.on(as_of)
    if held is None:
        raise NotYours("plan.not_in_force", shelved.why_not(code, as_of), "code")
    return held.entry, known


def compile_plan(code: str, answers: dict, as_of: date, known: Shelf | None = None) -> dict:
    """Everything that a case needs of the catalogue, JSON-able, to be frozen with it.

    {"code", "kind", "name", "version_id", "as_of", "region", "lead_department", "lead_criterion", "issue", "bundle_kind",
    "audience", "answers", "situations": [{"code", "question", "type", "choices", "asked_by"}],
    "members": [{"code", "name", "department", "legal_limit", …, "after", "stage", "fees", "version_id"}],
    "joint_inspection", "stages": [[codes]],
    "elements": [{"element", "name", "type", "required", "required_when", "when", "needed_by", "uses"?, …}],
    "materials": [{"material", "name", "necessity", "originals", "copies", "needed_by", "uses", "supplied_by", "when", …}],
    "materials_before", "materials_after", "saving_percent", "fees_total", "baseline_limit", "promised_limit",
    "legal_limits": {code: limit or null},
    "standard": {"code", "name", "sector", "version", "valid_from", "points": {member: [{"code", "text", …}]}} or null}

    `when` of elements and materials holds what only the filled-in form decides (see conditions.holds). `known`: the shelf
    that the caller asked for in this moment.
    Raises NotYours (unknown code, no version on the day) and Refused (an answer that cannot be).
    """
    entry, known = in_force(code, as_of, known)
    try:
        asked = (code, as_of, json.dumps(answers, sort_keys=True))
    except (TypeError, ValueError):  # no answers that a form can give: the compiler says so
        return _compiled(entry, known, answers, as_of)
    plan = known.plans.get(asked)
    if plan is None:
        plan = packed(_compiled(entry, known, answers, as_of))
        known.remember(asked, plan)
    return unpacked(plan)  # each case has a Plan of its own


def compile_again(plan: dict, answers: dict, day: date) -> dict:
    """The same for other answers, by the catalogue of the day as it stood when the Plan was drawn up: who applied in the morning goes
    on with the versions of the morning, whatever is published at noon, and with what was withdrawn at noon, also with an item that his
    answers ask for only now; what the Plan holds already stays, of whatever day it is withdrawn."""
    known, taken = shelf(), {part["code"]: part["version_id"] for part in (plan, *plan["members"])}

    def had(code: str) -> Entry | None:
        shelved = known.get(code)
        held = shelved.had_on(day, taken=taken.get(code)) if shelved else None
        return held.entry if held else None

    entry = had(plan["code"]) or in_force(plan["code"], day, known)[0]
    return _compiled(entry, known, answers, day, library=replace(known.library(day), item=had))


# What of an item is a limit of time, and who is competent: the law of the day of receipt, not of the day on which a draft was opened.
LIMITS = (
    "department",
    "department_name",
    "handling",
    "legal_limit",
    "promised_limit",
    "notice_days",
    "extension_cap",
    "unstated",
    "pause_grounds",
    "hearing_required",
    "steps",
    "basis",
)


def with_limits_of(plan: dict, day: date) -> dict:
    """The Plan with the limits, the departments and the standard of the versions that hold on `day`, what is asked for and of which items
    unchanged; the same Plan where these are its own. An item of which nothing holds any more keeps its own."""
    same_day = plan["as_of"] == day.isoformat()
    known = remembered() if same_day else shelf()  # who drew it up today, or asks whether it is still offered, has just seen the shelf
    held = known.on(plan["code"], day)
    if held is None or (same_day and _made_of(plan, known, day)):
        return plan
    content, bundle = held.entry.content, held.entry.kind == "bundle"
    members = [member | _limits(member["code"], day, known) for member in plan["members"]]
    limited = _limited(plan, members, content.get("promised_limit") if bundle else None)
    return {**limited, **lead_of(content), "standard": frozen(known.standard(plan["code"], day), members)}


def with_limits_kept(plan: dict, old: dict) -> dict:
    """The Plan with the limits, the departments, the lead and the check points by which `old` runs already; what came in beside keeps
    its own."""
    running = {member["code"]: {key: member[key] for key in LIMITS if key in member} for member in old["members"]}
    members = [member | running.get(member["code"], {}) for member in plan["members"]]
    lead = {key: old[key] for key in ("lead_department", "lead_criterion") if key in old}
    own = old.get("own_limit", plan["own_limit"])  # a Plan of before the whole's own promise tells nothing of it
    return {**_limited(plan, members, own), **lead, "standard": kept(plan["standard"], old, [member["code"] for member in members])}


def _limited(plan: dict, members: list[dict], own: dict | None) -> dict:
    in_order = sorted(members, key=lambda member: member["stage"])
    return {
        **plan,
        "members": members,
        "legal_limits": {member["code"]: member["legal_limit"] for member in members},
        "promised_limit": own or longest_chain((member["code"], member["after"], member["promised_limit"]) for member in in_order),
        "own_limit": own,
    }


def _made_of(plan: dict, known: Shelf, day: date) -> bool:
    """Of the very versions that hold on the day: none was published for today since."""
    parts = [plan, *plan["members"]]
    return all(held.entry.version_id == part["version_id"] for part in parts if (held := known.on(part["code"], day)))


def _limits(code: str, day: date, known: Shelf) -> dict:
    if known.on(code, day) is None:
        return {}
    (member,) = compile_plan(code, {}, day, known)["members"]
    return {key: member[key] for key in LIMITS}


def compile_draft(entry: Entry, answers: dict, as_of: date, *, whole: bool = False) -> dict:
    """The Plan of a version that is not in force, from what holds on the day; for the designer.

    `whole`: all members and all that their conditions may bring, whatever the situation.
    """
    return _compiled(entry, shelf(), answers, as_of, whole)


def _compiled(
    entry: Entry, known: Shelf, answers: dict, as_of: date, whole: bool = False, library: Library | None = None
) -> dict:
    if entry.kind == "bundle":
        known.fetch(row["item"] for row in entry.content["members"])
    library = library or known.library(as_of)
    if whole:
        entry, library = insight.whole(entry, library)
    plan = compile_definition(entry, answers, as_of, library)
    return plan | {"standard": frozen(known.standard(entry.code, as_of), plan["members"])}


MATERIAL_KEYS = ("material", "necessity", "originals", "copies", "needed_by", "supplied_by", "licence_type")


def summary(plan: dict) -> dict:
    """The Plan as others rely on it (COMMANDS.md)."""
    return {
        "code": plan["code"],
        "name": plan["name"],
        "lead_department": plan["lead_department"],
        "members": [member["code"] for member in plan["members"]],
        "stages": plan["stages"],
        "elements": [element["element"] for element in plan["elements"]],
        "materials": [{key: material[key] for key in MATERIAL_KEYS} for material in plan["materials"]],
        **{key: plan[key] for key in ("materials_before", "materials_after", "saving_percent", "fees_total")},
        "promised_limit": plan["promised_limit"],
        "legal_limits": plan["legal_limits"],
    }
