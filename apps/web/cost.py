"""What it costs, in words: the fees that hold, those that hang on a question not answered yet, and those assessed case by case."""

from __future__ import annotations

from apps.catalog.conditions import holds
from apps.kit.templatetags.kit import yuan


def cost(plan: dict, *, open_too: bool = False) -> str:
    """In few words. What comes on top: a fee without an amount, one that a field of the form decides on, and `open_too` one
    that a question still open does."""
    fees = [fee for member in plan["members"] for fee in member["fees"]]
    more = open_too or any(fee["amount"] is None or fee["holds"] is None for fee in fees)
    if plan["fees_total"] != "0.00":
        return f"{yuan(plan['fees_total'])}{'起' if more else ''}"
    if open_too:
        return "看您的情形"
    if not fees:
        return "不收费"
    return "按标准核定" if all(fee["amount"] is None for fee in fees) else "看申请表怎么填"


def undecided(content: dict, given: dict) -> list[dict]:
    """Fees of an item that the questions still open decide on: no line of their condition is answered otherwise."""
    return [fee for fee in content.get("fees") or () if still_open(fee.get("when") or (), given)]


def still_open(when: list[dict], given: dict) -> bool:
    asked = [line for line in when if "situation" in line and given.get(line["situation"]) in (None, "")]
    answered = [line for line in when if line not in asked]
    return bool(asked) and holds(answered, given) is not False
