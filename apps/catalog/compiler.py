"""A definition and answers become a Plan: who acts in which order, what is asked, what it costs, by when. Pure.

An item is a bundle of one. Rules in COMMANDS.md (`compile_plan`); what they leave open:

- a member whose condition names a data element is present (the form is not filled in yet);
- an absent predecessor is simply left out: what stood before it is not joined to what stands after it;
- several members could supply a document: the first in member order does;
- a document listed twice in one item under different conditions is one document of that item;
- the longest chain over limits of different units is told in calendar days, a working day counting 7/5 of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil
from typing import Any

from apps.kit.errors import Refused

from .conditions import holds
from .questions import Entry, as_json, asked_now, clean_situation_answers, merged_situations

NECESSITY = {"required": "必要", "tolerable": "可容缺", "optional": "可选"}  # the strictest first
_STRICTNESS = {code: place for place, code in enumerate(NECESSITY)}
OF_THE_LAW = ("notice_days", "extension_cap")
_MEMBER_DEFAULTS: dict[str, Any] = {
    "implementation_code": "",
    "level": "",
    # Both are the statute book's where the item states none (`unstated`); the numbers are for code of before 2026-11-28, which reads them
    # in a draft that was drawn up while it was replaced, or before it was put back.
    "extension_cap": 10,
    "notice_days": 5,
    "pause_grounds": [],
    "hearing_required": False,
    "commitment_route": False,
    "at_most_once": False,
    "channels": [],
    "city_wide": "none",
    "zone": None,
    "courier": False,
    "inspection": "none",
    "visit_reason": "",
    "steps": [],
    "basis": [],
    "conditions": [],
    "contact": {},
    "online_payment": False,
    "main_item": None,
    "accepting": True,
    "batch": None,
}


@dataclass
class Library:
    """What definitions refer to. `item(code)` gives the version in force, or None; `absent(code)` says why none is."""

    item: Callable[[str], Entry | None]
    elements: dict[str, dict] = field(default_factory=dict)
    materials: dict[str, dict] = field(default_factory=dict)
    departments: dict[str, str] = field(default_factory=dict)
    absent: Callable[[str], str] = "“{}”没有有效的版本。".format


@dataclass
class _Member:
    definition: Entry
    after: list[str]
    stage: int = 0

    @property
    def code(self) -> str:
        return self.definition.code

    @property
    def content(self) -> dict:
        return self.definition.content


def compile_definition(definition: Entry, answers: dict, as_of: date, library: Library) -> dict:
    """The Plan (CONTRACT of the room: see `plan.compile_plan`). Raises Refused for answers that cannot be."""
    bundle = definition.kind == "bundle"
    listed = definition.content["members"] if bundle else [{"item": definition.code}]
    items = {row["item"]: library.item(row["item"]) if bundle else definition for row in listed}
    asked = merged_situations(definition, listed, items)
    given = clean_situation_answers(asked, answers)
    members = _present(definition, listed, items, given, library)
    _stage(members)
    befores = _predecessors(members)
    materials, before = _materials(members, befores, given, library)
    after = sum(1 for material in materials if material["supplied_by"] is None)
    content = definition.content
    return {
        "code": definition.code,
        "kind": definition.kind,
        "name": content["name"],
        "version_id": definition.version_id,
        "as_of": as_of.isoformat(),
        "region": content["region"],
        **lead_of(content),
        "issue": content.get("issue", "applicant_choice") if bundle else "as_ready",
        "bundle_kind": content.get("kind", "joint") if bundle else None,
        "audience": content.get("audience", []),
        "answers": {code: as_json(value) for code, value in given.items()},
        "situations": asked_now(asked, listed, {member.code for member in members}, definition),
        "members": [_member(member, library, given) for member in members],
        "joint_inspection": [
            code for code in content.get("joint_inspection", []) if any(code == member.code for member in members)
        ],
        "stages": _stages(members),
        "elements": _elements(members, given, library),
        "materials": materials,
        "materials_before": before,
        "materials_after": after,
        "saving_percent": saving(before, after),
        "fees_total": _fees(members, given),
        "baseline_limit": content.get("baseline_limit"),
        "promised_limit": content.get("promised_limit")
        or longest_chain((member.code, member.after, member.content["promised_limit"]) for member in sorted(members, key=lambda one: one.stage)),
        "own_limit": content.get("promised_limit") if bundle else None,
        "legal_limits": {member.code: member.content["legal_limit"] for member in members},
    }


# --- members and their order -----------------------------------------------------------------------------------


def _present(definition: Entry, listed: list[dict], items: dict, given: dict, library: Library) -> list[_Member]:
    kept = [row for row in listed if holds(row.get("when"), given) is not False]
    codes = {row["item"] for row in kept}
    members = []
    for row in kept:
        item = items[row["item"]]
        if item is None:
            raise Refused("plan.member", f"“{definition.content['name']}”的成员事项{library.absent(row['item'])}", "code")
        members.append(_Member(item, [code for code in row.get("after", []) if code in codes]))
    return members


def _stage(members: list[_Member]) -> None:
    by_code = {member.code: member for member in members}
    waiting = list(members)
    stage = 0
    placed: set[str] = set()
    while waiting:
        stage += 1
        ready = [member for member in waiting if placed.issuperset(member.after)]
        if not ready:  # a circle is refused when a catalogue is loaded
            raise Refused("plan.cycle", f"成员 {'、'.join(member.code for member in waiting)} 的先后成了循环。", "code")
        for member in ready:
            by_code[member.code].stage = stage
        placed.update(member.code for member in ready)
        waiting = [member for member in waiting if member.code not in placed]


def _stages(members: list[_Member]) -> list[list[str]]:
    last = max((member.stage for member in members), default=0)
    return [[member.code for member in members if member.stage == stage] for stage in range(1, last + 1)]


def _predecessors(members: list[_Member]) -> dict[str, set[str]]:
    """All members that come before each one, directly or not."""
    befores: dict[str, set[str]] = {}
    for member in sorted(members, key=lambda one: one.stage):
        befores[member.code] = set(member.after).union(*(befores[code] for code in member.after))
    return befores


def lead_of(content: dict) -> dict:
    """Who answers for the whole of a bundle, and why; an item's own department."""
    lead = content.get("lead") or {"department": content["department"], "criterion": None}
    return {"lead_department": lead["department"], "lead_criterion": lead["criterion"]}


def longest_chain(members: Iterable[tuple[str, list[str], dict]]) -> dict:
    """The limit of the slowest way through the members, each (code, after, limit) behind those before it; nobody present: 0
    working days."""
    best: dict[str, tuple[Fraction, list[dict]]] = {}
    for code, after, limit in members:
        way = max((best[before] for before in after), key=lambda chain: chain[0], default=(Fraction(0), []))
        best[code] = (way[0] + length(limit), [*way[1], limit])
    _, limits = max(best.values(), key=lambda chain: chain[0], default=(Fraction(0), []))
    return one_after_another(limits)


def one_after_another(limits: list[dict]) -> dict:
    """The limit of several in a row."""
    units = {limit["unit"] for limit in limits if limit["days"]} or {limit["unit"] for limit in limits[:1]}
    if len(units) > 1:
        return {"days": ceil(sum(map(length, limits))), "unit": "calendar"}
    return {"days": sum(limit["days"] for limit in limits), "unit": units.pop() if units else "working"}


def length(limit: dict) -> Fraction:
    """In calendar days, to compare limits of different units."""
    return Fraction(limit["days"]) * (Fraction(7, 5) if limit["unit"] == "working" else 1)


def stated(member: dict, key: str) -> int | None:
    """What a member of a Plan says of it by itself; None where the statute book of the day does."""
    return None if key in member.get("unstated", ()) else member.get(key)


def _member(member: _Member, library: Library, given: dict) -> dict:
    content = member.content
    facts = {key: content.get(key, default) for key, default in _MEMBER_DEFAULTS.items()}
    return {
        "code": member.code,
        "version_id": member.definition.version_id,
        **{key: content[key] for key in ("name", "type", "department", "handling", "promised_limit", "max_visits")},
        "department_name": library.departments.get(content["department"], content["department"]),
        "region": content["region"],
        "legal_limit": content["legal_limit"],
        "result": content["result"],
        **facts,
        "unstated": [key for key in OF_THE_LAW if content.get(key) is None],
        "after": member.after,
        "stage": member.stage,
        "fees": [
            {**fee, "holds": holds(fee.get("when"), given)}
            for fee in content.get("fees", [])
            if holds(fee.get("when"), given) is not False
        ],
    }


# --- what is asked ---------------------------------------------------------------------------------------------


def _elements(members: list[_Member], given: dict, library: Library) -> list[dict]:
    """The form: member order, then field order. Required where any member requires it; shown when any one needs it."""
    merged: dict[str, dict] = {}
    uses: dict[str, list[tuple[str, dict]]] = {}
    for member in members:
        for row in member.content.get("fields", []):
            if holds(row.get("when"), given) is False:
                continue
            code = row["element"]
            known = merged.setdefault(
                code, {"element": code, **_element(library.elements.get(code, {})), "needed_by": []}
            )
            if member.code not in known["needed_by"]:
                known["needed_by"].append(member.code)
            uses.setdefault(code, []).append((member.code, row))
    for code, known in merged.items():
        known["required"] = any(row.get("required", False) for _, row in uses[code])
        known["when"] = _either([_open_lines(row) for _, row in uses[code]])
        known["required_when"] = _either([_open_lines(row) for _, row in uses[code] if row.get("required", False)])
        each = [{"member": member, "when": _open_lines(row)} for member, row in uses[code]]
        if any(use["when"] != each[0]["when"] for use in each):
            known["uses"] = each  # who needs it hangs on the answers
    return list(merged.values())


def _element(row: dict) -> dict:
    keys = ("name", "type", "group", "hint", "choices", "max_length", "minimum", "maximum")
    return {**{key: row.get(key) for key in keys}, "sensitive": row.get("sensitive", False)}


def _open_lines(row: dict) -> list[dict]:
    """The lines that only the filled-in form can decide."""
    return [line for line in row.get("when", []) if "element" in line]


def _either(conditions: list[list[dict]]) -> list[list[dict]] | None:
    """Alternatives, one of which must hold; None when one of them asks for nothing (or there are none)."""
    if not conditions or not all(conditions):
        return None
    return [lines for index, lines in enumerate(conditions) if lines not in conditions[:index]]


def _materials(members: list[_Member], befores: dict, given: dict, library: Library) -> tuple[list[dict], int]:
    """The merged list, and the sum of the members' own lists."""
    merged: dict[str, dict] = {}
    before = 0
    for member in members:
        own: set[str] = set()
        for row in member.content.get("materials", []):
            if holds(row.get("when"), given) is False:
                continue
            own.add(row["material"])
            _merge(merged, row, member.code, library)
        before += len(own)
    for material in merged.values():
        material["supplied_by"] = _supplier(material, members, befores)
        material["when"] = _either(material["when"])
    return list(merged.values()), before


def _merge(merged: dict[str, dict], row: dict, member: str, library: Library) -> None:
    code = row["material"]
    facts = library.materials.get(code, {})
    known = merged.get(code)
    if known is None:
        known = merged[code] = {
            "material": code,
            "name": facts.get("name", code),
            "kind": facts.get("kind", "other"),
            "standard": facts.get("standard", ""),
            "necessity": row["necessity"],
            "originals": 0,
            "copies": 0,
            "form": row.get("form", "paper"),
            "source": row.get("source", "applicant"),
            "needed_by": [],
            "supplied_by": None,
            "licence_type": facts.get("licence_type"),
            "max_pages": facts.get("max_pages"),
            "max_mb": facts.get("max_mb"),
            "when": [],
            "uses": [],
        }
    known["necessity"] = min(known["necessity"], row["necessity"], key=_STRICTNESS.__getitem__)
    known["originals"] = max(known["originals"], row.get("originals", 0))
    known["copies"] = max(known["copies"], row.get("copies", 0))
    known["when"].append(_open_lines(row))
    known["uses"].append(
        {
            "member": member,
            "necessity": row["necessity"],
            "originals": row.get("originals", 0),
            "copies": row.get("copies", 0),
            "when": _open_lines(row),
        }
    )
    if member not in known["needed_by"]:
        known["needed_by"].append(member)


def as_answered(line: dict, answers: dict, fields: dict) -> dict:
    """A Plan's material or field as the filled-in form asks for it: a member whose condition does not hold does not need it, and makes a
    material no stricter and no more. What nobody needs by these answers stays as it is; whether it is asked says its `when`."""
    uses = line.get("uses", ())
    held = [use for use in uses if holds(use.get("when"), answers, fields)]
    if not held or len(held) == len(uses):
        return line
    needed = {"needed_by": list(dict.fromkeys(use["member"] for use in held))}
    if "material" not in line:
        return line | needed
    return line | needed | {
        "necessity": min((use["necessity"] for use in held), key=_STRICTNESS.__getitem__),
        "originals": max(use["originals"] for use in held),
        "copies": max(use["copies"] for use in held),
        "uses": held,
    }


def demanded_by(line: dict) -> list[str]:
    """Of those who need a Plan's material the members that cannot do without it: whom it is optional for owes nothing of it."""
    uses = line.get("uses", ())
    spared = {use["member"] for use in uses} - {use["member"] for use in uses if use["necessity"] != "optional"}
    return [code for code in line["needed_by"] if code not in spared]


def promised_by_none(line: dict) -> list[str]:
    """The members among whose main materials it is: no promise takes its place."""
    main = {use["member"] for use in line.get("uses", ()) if use["necessity"] == "required"}
    return [code for code in line["needed_by"] if code in main and line["necessity"] == "required"]


def _supplier(material: dict, members: list[_Member], befores: dict[str, set[str]]) -> str | None:
    """The present member whose result this document is, if only members after it need it."""
    licence = material["licence_type"]
    for member in members if licence else []:
        if member.content["result"].get("licence_type") == licence and all(
            member.code in befores[needing] for needing in material["needed_by"]
        ):
            return member.code
    return None


def saving(before: int, after: int) -> str:
    """100 × (1 - after/before), one decimal, half up; "0.0" for an empty list."""
    if not before:
        return "0.0"
    share = Decimal(100 * (before - after)) / Decimal(before)
    return str(share.quantize(Decimal("0.1"), ROUND_HALF_UP))


def _fees(members: list[_Member], given: dict) -> str:
    total = sum(
        (
            Decimal(fee["amount"])
            for member in members
            for fee in member.content.get("fees", [])
            if fee["amount"] is not None and holds(fee.get("when"), given) is True
        ),
        Decimal(0),
    )
    return str(total.quantize(Decimal("0.01")))
