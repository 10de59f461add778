"""What a one-thing saves against handling each of its items alone (DOMAIN.md 1H), told from a Plan. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from .compiler import one_after_another, saving


@dataclass(frozen=True)
class Savings:
    """`days_before` = the stored baseline, never recomputed; without one the members' promises one after the other.

    The percentages have one decimal, half up; `days_percent` is None where the two limits count different days.
    """

    items: int
    departments: int
    materials_before: int
    materials_after: int
    materials_percent: str
    days_before: dict
    days_after: dict
    days_percent: str | None
    baseline: bool
    visits_before: int
    visits_after: int


def savings(plan: dict) -> Savings | None:
    """None for a single item."""
    if plan["kind"] != "bundle":
        return None
    members = plan["members"]
    after = plan["promised_limit"]
    before = plan.get("baseline_limit") or one_after_another([member["promised_limit"] for member in members])
    visits = [member["max_visits"] or 0 for member in members]
    return Savings(
        items=len(members),
        departments=len({member["department"] for member in members}),
        materials_before=plan["materials_before"],
        materials_after=plan["materials_after"],
        materials_percent=plan["saving_percent"],
        days_before=before,
        days_after=after,
        days_percent=saving(before["days"], after["days"]) if before["unit"] == after["unit"] else None,
        baseline=bool(plan.get("baseline_limit")),
        visits_before=sum(visits),
        visits_after=max(visits, default=0),
    )
