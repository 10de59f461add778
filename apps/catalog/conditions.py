"""`when`: true when every line holds. One evaluation for plans, forms and checks.

Three values: True, False, and None for "cannot be known yet" (a line on a data element before the form is filled in).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_NOTHING = object()
_DIGITS = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


def holds(when: list | None, answers: Mapping[str, Any], fields: Mapping[str, Any] | None = None) -> bool | None:
    """`when` is a list of lines (all must hold) or, in a Plan, a list of such lists (one must hold); nothing: True.

    `answers` are of situations, `fields` of data elements; `fields` None means that the form is not filled in yet.
    A line on a question or field without an answer does not hold.
    """
    if when and isinstance(when[0], list):
        verdicts = [holds(lines, answers, fields) for lines in when]
        return True if True in verdicts else None if None in verdicts else False
    unknown = False
    for line in when or []:
        if "situation" in line:
            verdict: bool | None = line_holds(line, answers.get(line["situation"], _NOTHING))
        elif fields is None:
            verdict = None
        else:
            verdict = line_holds(line, fields.get(line["element"], _NOTHING))
        if verdict is False:
            return False
        unknown = unknown or verdict is None
    return None if unknown else True


def line_holds(line: dict, answer: Any) -> bool:
    """One line of a condition against one answer; no answer fits no line."""
    if answer is _NOTHING or answer is None:
        return False
    if isinstance(answer, list):  # several choices: one that fits is enough
        return any(line_holds(line, part) for part in answer)
    if "is" in line:
        return _same(answer, line["is"])
    if "in" in line:
        return any(_same(answer, value) for value in line["in"])
    number = _number(answer)
    if number is None:
        return False
    if "at_least" in line:
        return number >= _number(line["at_least"])
    return number > _number(line["over"])


def _number(value: Any) -> Decimal | None:
    """A number, also one kept as text (money and decimals are, so that nothing is rounded); a boolean is none."""
    if isinstance(value, str):
        return Decimal(value) if _DIGITS.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _same(answer: Any, value: Any) -> bool:
    if isinstance(answer, bool) or isinstance(value, bool):
        return answer is value
    if isinstance(value, str):
        return answer == value
    number = _number(answer)
    return number is not None and number == _number(value)
