"""What it costs, in words: the fees that hold, those that hang on a question not answered yet, and those assessed case by case."""

from __future__ import annotations

from decimal import Decimal

from apps.applications.models import Application
from apps.catalog.conditions import holds
from apps.catalog.forms_schema import shown
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


def of_case(row: Application) -> str:
    """The same of a case or draft: by what is filled in, and open where a field that is asked has no answer yet."""
    situations, answers = row.plan["answers"], row.answers
    asked = {one["element"] for one in row.plan["elements"] if shown(one, answers, situations)}
    blank = {code for code in asked if answers.get(code) in (None, "", [])}

    def verdict(when: list | None) -> bool | None:
        found = set()
        for lines in when if when and isinstance(when[0], list) else [when or []]:
            known = [line for line in lines if line.get("element") not in blank]
            held = holds(known, situations, answers)
            found.add(None if held and len(known) < len(lines) else held)
        return True if True in found else None if None in found else False

    fees = [fee | {"holds": verdict(fee.get("when"))} for member in row.plan["members"] for fee in member.get("fees") or ()]
    told = [{"amount": fee.get("amount"), "holds": fee["holds"]} for fee in fees if fee["holds"] is not False]
    total = sum((Decimal(fee["amount"]) for fee in told if fee["holds"] and fee["amount"]), Decimal())
    return cost({"members": [{"fees": told}], "fees_total": f"{total:.2f}"})


def undecided(content: dict, given: dict) -> list[dict]:
    """Fees of an item that the questions still open decide on: no line of their condition is answered otherwise."""
    return [fee for fee in content.get("fees") or () if still_open(fee.get("when") or (), given)]


def still_open(when: list[dict], given: dict) -> bool:
    asked = [line for line in when if "situation" in line and given.get(line["situation"]) in (None, "")]
    answered = [line for line in when if line not in asked]
    return bool(asked) and holds(answered, given) is not False
