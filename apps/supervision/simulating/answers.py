"""What applicants write into the forms: a lawful answer to every field of whatever catalogue is loaded."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from apps.directory.models import Party

from .cast import Applicant

ADDRESS = "行政服务中心附近某某路 1 号"
_TEXTS = {"text": "样例", "textarea": "样例内容", "boolean": True, "email": "a@example.cn", "address": ADDRESS}
_NUMBERS = {"integer": ("10", 0), "decimal": ("80.5", 6), "money": ("100000.00", 2)}  # and the decimals that the form takes


def answers_to(plan: dict, applicant: Applicant, node: str, day: date) -> dict:
    return {element["element"]: _answer(element, applicant, node, day) for element in plan["elements"]}


def _answer(element: dict, applicant: Applicant, node: str, day: date):
    kind = element["type"]
    if kind in ("choice", "multichoice"):
        first = element["choices"][0]["value"]
        return first if kind == "choice" else [first]
    if kind in _NUMBERS:
        number = _within(element, *_NUMBERS[kind])
        return int(number) if kind == "integer" else f"{number:f}"
    own = {
        "uscc": applicant.id_number if applicant.kind == Party.Kind.ENTERPRISE else "91330282MA2A00001K",
        "citizen_id": applicant.legal_rep_id or applicant.id_number,
        "mobile": applicant.mobile,
        "phone": applicant.mobile,
        "region": node,
        "date": day.isoformat(),
    }
    value = {**_TEXTS, **own}[kind]
    longest = element.get("max_length")
    return value[:longest] if longest and kind in ("text", "textarea", "address") else value


def _within(element: dict, usual: str, places: int) -> Decimal:
    """The usual number, or the bound of the field that it lies beyond."""
    value, unit = Decimal(usual), Decimal(1).scaleb(-places)
    if (high := element.get("maximum")) is not None and Decimal(str(high)) < value:
        value = Decimal(str(high)).quantize(unit, ROUND_FLOOR)
    if (low := element.get("minimum")) is not None and Decimal(str(low)) > value:
        value = Decimal(str(low)).quantize(unit, ROUND_CEILING)
    return value
