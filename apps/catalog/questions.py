"""The situations of a definition: which questions there are, which matter now, which answers can be. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from apps.kit.errors import Refused, raise_all

_INTEGER = re.compile(r"\d{1,15}", re.ASCII)
_DECIMAL = re.compile(r"\d{1,15}(\.\d{1,6})?", re.ASCII)


@dataclass(frozen=True)
class Entry:
    """One version of an item or bundle; `content` as the schema, with its region."""

    code: str
    kind: str  # item | bundle
    content: dict
    version_id: int | None = None


def merged_situations(definition: Entry, listed: list[dict], items: dict) -> dict[str, dict]:
    """Every question of the bundle and of all its items, each once: {"code", …, "asked_by": [codes]}."""
    merged: dict[str, dict] = {}
    bundles = [definition] if definition.kind == "bundle" else []
    for source in [*bundles, *(items[row["item"]] for row in listed)]:
        for row in source.content.get("situations", []) if source else []:
            known = merged.setdefault(row["code"], {**row, "choices": [], "asked_by": []})
            known["asked_by"].append(source.code)
            values = {choice["value"] for choice in known["choices"]}
            known["choices"] += [choice for choice in row.get("choices", []) if choice["value"] not in values]
    return merged


def asked_now(asked: dict[str, dict], listed: list[dict], present: set[str], definition: Entry) -> list[dict]:
    """The questions that matter now: the bundle's own, those of present members, those that decide on members."""
    deciding = {line.get("situation") for row in listed for line in row.get("when", [])}
    here = present | {definition.code}
    return [
        {key: row.get(key) for key in ("code", "question", "type", "choices", "asked_by")}
        for row in asked.values()
        if row["code"] in deciding or here & set(row["asked_by"])
    ]


def clean_situation_answers(asked: dict[str, dict], answers: dict) -> dict[str, Any]:
    """Answers by their question's type (bool, int, Decimal, choice value). None and "" are no answer.

    Raises Refused("situation.unknown" | "situation.value") with every fault.
    """
    clean, faults = {}, []
    for code, value in answers.items():
        row = asked.get(code)
        if row is None:
            faults.append(Refused("situation.unknown", f"没有编码为“{code}”的情形问题。", f"situations.{code}"))
        elif value is not None and value != "":
            answer = _situation_value(row, value)
            if answer is None:
                faults.append(_impossible(row, value))
            else:
                clean[code] = answer
    raise_all(faults)
    return clean


def still_possible(asked: Iterable[dict], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Those of some earlier answers that these questions take."""
    return {
        row["code"]: answers[row["code"]]
        for row in asked
        if answers.get(row["code"]) is not None and _situation_value(row, answers[row["code"]]) is not None
    }


def _situation_value(row: dict, value: Any) -> Any:
    """The typed answer, or None when it is not possible."""
    kind = row["type"]
    if kind == "boolean":
        return value if isinstance(value, bool) else {"true": True, "false": False}.get(str(value))
    if isinstance(value, bool):
        return None
    text = str(value)
    if kind == "choice":
        return text if text in {choice["value"] for choice in row["choices"]} else None
    if kind == "integer":
        return int(text) if _INTEGER.fullmatch(text) else None
    return Decimal(text) if _DECIMAL.fullmatch(text) else None


def is_decimal(text: str) -> bool:
    return _DECIMAL.fullmatch(text) is not None


def _impossible(row: dict, value: Any) -> Refused:
    cures = {
        "boolean": "请答 true 或 false",
        "integer": "请用数字写 0 或更大的整数，最多 15 位",
        "decimal": "请用数字写 0 或更大的数，最多 15 位整数、六位小数",
    }
    cure = cures.get(row["type"]) or "可选：" + "、".join(
        f"{choice['value']}（{choice['label']}）" for choice in row["choices"]
    )
    message = f"“{row['question']}”（{row['code']}）不能答“{value}”，{cure}。"
    return Refused("situation.value", message, f"situations.{row['code']}")


def as_json(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value
