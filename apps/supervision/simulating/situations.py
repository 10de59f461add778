"""An answer to every question of the situation, as of somebody for whom nothing special holds."""

from __future__ import annotations

from apps.applications.actions.drafting import open_questions
from apps.catalog.plan import compile_plan
from apps.kit.time import today


def answered(code: str, given: dict | None = None) -> dict:
    """`given`, and for every question left open the answer that brings in no item and no material, the first where each does."""
    given = dict(given or {})
    plan = compile_plan(code, given, today())
    while left := open_questions(plan):
        question = left[0]["code"]
        ways = [given | {question: value} for value in _possible(left[0])]
        plans = [compile_plan(code, way, today()) for way in ways]
        at = next((n for n, one in enumerate(plans) if _asks(one) == _asks(plan)), 0)
        given, plan = ways[at], plans[at]
    return given


def _possible(question: dict) -> list:
    if question["type"] == "choice":
        return [choice["value"] for choice in question["choices"]]
    return [False, True] if question["type"] == "boolean" else [0]


def _asks(plan: dict) -> tuple:
    return [one["code"] for one in plan["members"]], [one["material"] for one in plan["materials"]]
