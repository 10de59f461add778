"""Changes to a bundle's draft content, one a function: each takes a content and gives a new one. Pure.

Nothing here judges the whole: a draft may be unfinished, and `actions.blockers` tells what keeps it from publication. What can
only be a slip of the hand is refused at once.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from decimal import Decimal

from apps.kit.errors import Refused

from .questions import is_decimal

OPERATORS = {"is": "是", "in": "是其中之一", "at_least": "不少于", "over": "超过"}
_BETWEEN = re.compile("[、，,]")
TRUE, FALSE = ("是", "true"), ("否", "false")


def blank(*, code: str, name: str, region: str, department: str, criterion: str) -> dict:
    """The content of a one-thing with which its design begins."""
    return {
        "code": code,
        "name": name.strip(),
        "region": region,
        "kind": "joint",
        "lead": {"department": department, "criterion": criterion},
        "members": [],
        "issue": "applicant_choice",
    }


def with_facts(content: dict, facts: dict) -> dict:
    """Properties of the whole; None or empty takes one away."""
    changed = {**content, **facts}
    return {key: value for key, value in changed.items() if value not in (None, "", [])} | {
        "members": content["members"]
    }


# --- members ---------------------------------------------------------------------------------------------------


def members(content: dict) -> list[str]:
    return [row["item"] for row in content["members"]]


def add_member(content: dict, item: str) -> dict:
    if item in members(content):
        raise Refused("member.twice", f"{item} 已经是成员。", "item")
    return content | {"members": [*content["members"], {"item": item}]}


def drop_member(content: dict, item: str) -> dict:
    """With every mention of it: in `after` of others and in the joint inspection."""
    _demand(content, item)
    kept = []
    for row in content["members"]:
        if row["item"] != item:
            kept.append(_tidy(row | {"after": [code for code in row.get("after", []) if code != item]}, row))
    inspected = [code for code in content.get("joint_inspection", []) if code != item]
    return _with_inspection(content | {"members": kept}, inspected)


def shift_member(content: dict, item: str, step: int) -> dict:
    """One place up (-1) or down (1); at the end of the list it stays."""
    _demand(content, item)
    rows = list(content["members"])
    place = members(content).index(item)
    target = min(max(place + step, 0), len(rows) - 1)
    rows.insert(target, rows.pop(place))
    return content | {"members": rows}


def set_member(content: dict, item: str, *, after: list[str], when: list[dict], inspected: bool) -> dict:
    """What is said of one member: whom it waits for, when it is needed, and whether its visit is joined with others."""
    _demand(content, item)
    strange = [code for code in after if code == item or code not in members(content)]
    if strange:
        raise Refused("member.after", f"{strange[0]} 不能排在 {item} 之前：只能选其他成员。", "after")
    rows = [
        _tidy({"item": item, "after": after, "when": when}, row) if row["item"] == item else row
        for row in content["members"]
    ]
    visit = content.get("joint_inspection", [])
    if inspected != (item in visit):
        visit = [*visit, item] if inspected else [code for code in visit if code != item]
    return _with_inspection(content | {"members": rows}, visit)


def _demand(content: dict, item: str) -> None:
    if item not in members(content):
        raise Refused("member.unknown", f"{item} 不是这件事的成员。", "item")


def _tidy(row: dict, was: dict) -> dict:
    """Without empty lists, unless the file wrote them."""
    order = [*was, *(key for key in row if key not in was)]
    return {key: row[key] for key in order if key in row and (row[key] or was.get(key) == row[key])}


def _with_inspection(content: dict, codes: list[str]) -> dict:
    if codes:
        return content | {"joint_inspection": codes}
    return {key: value for key, value in content.items() if key != "joint_inspection"}


# --- situations ------------------------------------------------------------------------------------------------


def set_situation(content: dict, row: dict, was: str | None = None) -> dict:
    """Add a question (`was` None) or put it in the place of another."""
    rows = copy.deepcopy(content.get("situations", []))
    codes = [one["code"] for one in rows]
    if row["code"] in codes and row["code"] != was:
        raise Refused("situation.twice", f"情形编码 {row['code']} 已经有了，请换一个。", "code")
    if was is None:
        return content | {"situations": [*rows, row]}
    if was not in codes:
        raise Refused("situation.unknown", f"没有编码为 {was} 的情形。", "code")
    if row["code"] != was:
        _demand_unused(content, was, "改编码")
    rows[codes.index(was)] = row
    return content | {"situations": rows}


def drop_situation(content: dict, code: str) -> dict:
    _demand_unused(content, code, "删除")
    rows = [row for row in content.get("situations", []) if row["code"] != code]
    changed = {key: value for key, value in content.items() if key != "situations"}
    return changed | ({"situations": rows} if rows else {})


def _demand_unused(content: dict, code: str, verb: str) -> None:
    using = [
        row["item"] for row in content["members"] if any(line.get("situation") == code for line in row.get("when", []))
    ]
    if using:
        raise Refused("situation.used", f"有 {len(using)} 个成员的条件还在用它，先改条件再{verb}。", "code")


def parse_choices(text: str, values: Iterable[str] = ()) -> list[dict]:
    """Lines “enterprise 企业” to choices. `values` stood there before: a loaded file may have one with a space in it. Raises Refused
    naming the line."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        line = line.strip()
        stood = (value for value in values if line.startswith(f"{value} "))
        value = max(stood, key=len, default=line.partition(" ")[0])
        label = line.removeprefix(value)
        if not label.strip():
            raise Refused(
                "situation.choices", f"第 {number} 行要写成“值 文字”，中间空一格，如 enterprise 企业。", "choices"
            )
        found.append({"value": value, "label": label.strip()})
    return found


# --- conditions ------------------------------------------------------------------------------------------------


def parse_condition(question: dict, operator: str, text: str, field: str) -> dict:
    """One line of `when` from what was typed: 是 / 否, a choice's value or text, a number; several parted by “、”."""
    whole = any(text.strip() in (choice["value"], choice["label"]) for choice in question.get("choices") or [])
    words = [text.strip()] if whole else [part.strip() for part in _BETWEEN.split(text) if part.strip()]
    if not words:
        raise Refused("condition.value", f"请写明“{question['question']}”等于什么。", field)
    values = [_value(question, word, field) for word in words]
    line: dict = {"situation": question["code"]}
    if operator in ("at_least", "over"):
        if question["type"] not in ("integer", "decimal"):
            raise Refused("condition.operator", f"“{question['question']}”不是数，不能比大小。", field)
        if len(values) > 1:
            raise Refused("condition.value", "比大小只能写一个数。", field)
        return line | {operator: values[0]}
    if operator == "is" and len(values) > 1:
        raise Refused("condition.value", "写了几个值的，请选“是其中之一”。", field)
    return line | ({"in": values} if operator == "in" else {"is": values[0]})


def _value(question: dict, word: str, field: str):
    kind = question["type"]
    if kind == "boolean":
        if word in (*TRUE, *FALSE):
            return word in TRUE
        raise Refused("condition.value", f"“{question['question']}”只能写 是 或 否，现为“{word}”。", field)
    if kind == "choice":
        for choice in question.get("choices", []):
            if word in (choice["value"], choice["label"]):
                return choice["value"]
        listed = "、".join(choice["label"] for choice in question.get("choices", []))
        raise Refused("condition.value", f"“{question['question']}”没有选项“{word}”，可选：{listed}。", field)
    if not is_decimal(word):
        raise Refused("condition.value", f"“{question['question']}”要写数字，现为“{word}”。", field)
    number = Decimal(word)
    return int(number) if number == number.to_integral_value() else float(number)


def condition_text(line: dict, questions: dict[str, dict], *, typed: bool = True) -> tuple[str, str, str]:
    """(question code, operator, value) of a line as it is `typed`, or as it is told."""
    operator = next(name for name in OPERATORS if name in line)
    question = questions.get(line.get("situation", ""), {})
    labels = {choice["value"]: choice["label"] for choice in question.get("choices") or []}

    def word(value) -> str:
        if isinstance(value, bool):
            return TRUE[0] if value else FALSE[0]
        label = labels.get(value, "") if isinstance(value, str) else ""
        return str(value) if not label or (typed and _BETWEEN.search(label)) else label  # a label of several words would be read as several

    values = line[operator] if isinstance(line[operator], list) else [line[operator]]
    return line.get("situation", ""), operator, "、".join(map(word, values))
