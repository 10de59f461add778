"""All that a version says, in words: what the page of its definition folds away."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from apps.catalog.queries_office import batch_names, by_code, choices_of, coded, names_of
from apps.directory.models import Zone
from apps.web import labels

from .telling import INNER, PROPERTIES, path_text, value_text

HEAD = ("code", "name", "department", "region", "provenance")  # stand above the page, or are of no use on it
# Properties whose codes mean something else at each place.
CODES = {
    "inspection": {"none": "不踏勘", "single": "本部门踏勘", "joint": "可以联合踏勘"},
    "kind": labels.RESULT_KIND | {"joint": "各办各的，联合办理", "merged": "合并成一件办理"},
    "online_depth": {"I": "一级", "II": "二级", "III": "三级", "IV": "四级"},
    "type": labels.ITEM_TYPE | {"boolean": "答是或否", "choice": "选一项", "integer": "填整数", "decimal": "填数字"},
}
OPERATORS = {"is": "：", "in": "：", "at_least": "不少于 ", "over": "超过 "}


def told_whole(content: dict, *, shown: Collection[str] = ()) -> list[tuple[str, str]]:
    """[(where, what)], in the order in which an office thinks of them; a row for each material, question, member. `shown`: told already."""
    known = names_of(content)
    asked = known["situations"] = {row["code"]: row["question"] for row in content.get("situations", [])}
    words = worder(known, content)
    order = {key: place for place, key in enumerate(PROPERTIES)}
    rows = []
    for key in sorted(content, key=lambda key: order.get(key, len(order))):
        value = content[key]
        if key in HEAD or key in shown or value in (None, "", [], {}):
            continue
        entries = by_code(value) if coded(value) else {}
        if not entries:
            rows.append((path_text(key), words(key, value)))
        for code, entry in entries.items():
            rest = {part: inner for part, inner in entry.items() if str(inner) not in (code, asked.get(code))}
            rows.append((path_text(key) + " › " + (known.get(key, {}).get(code) or code), words("", rest) or "—"))
    return rows


def worder(names: dict[str, dict[str, str]], *contents: dict) -> Callable[[str, Any], str]:
    """words(property, value): a value of these contents with names for its codes. `names` as queries_office.names_of gives them."""
    questions = [row for content in contents for row in content.get("situations", [])]
    asked = {row["code"]: row["question"] for row in questions}
    labelled: dict[str, dict[str, str]] = {}
    for row in questions:
        labelled.setdefault(row["code"], {}).update({choice["value"]: choice["label"] for choice in row.get("choices") or []})
    of_elements = choices_of(names["fields"])
    halls = {content["zone"] for content in contents if content.get("zone")}
    zones = dict(Zone.objects.filter(pk__in=halls).values_list("code", "name")) if halls else {}

    books = {"department": names["departments"], "material": names["materials"], "element": names["fields"], "zone": zones}
    books |= dict.fromkeys(("item", "after", "joint_inspection"), names["members"])
    books["batch"] = batch_names({content["batch"] for content in contents if content.get("batch")})

    def name(key: str, value: Any) -> Any:
        if isinstance(value, list):
            return [name(key, part) for part in value]
        return (books.get(key, {}).get(value) or value) if isinstance(value, str) else value

    def condition(line: dict) -> str:
        operator = next(code for code in OPERATORS if code in line)
        code = line.get("situation") or line["element"]
        told_as, book = (asked, labelled) if "situation" in line else (names["fields"], of_elements)
        choices = book.get(code, {})
        values = line[operator] if isinstance(line[operator], list) else [line[operator]]
        told = "、".join(choices.get(value, value_text(value)) if isinstance(value, str) else value_text(value) for value in values)
        return f"“{told_as.get(code, code)}”{OPERATORS[operator]}{told}"

    def words(key: str, value: Any) -> str:
        if key == "when" and value:
            return "，并且".join(map(condition, value))
        if key == "choices" and value:
            return "、".join(choice["label"] for choice in value)
        if key in CODES and isinstance(value, str):
            return CODES[key].get(value, value)
        if isinstance(value, dict) and set(value) != {"days", "unit"}:
            parts = [(part, inner) for part, inner in value.items() if inner not in (None, "", [], {})]
            return "；".join(f"{INNER.get(part) or PROPERTIES.get(part, part)}：{words(part, inner)}" for part, inner in parts)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return "；".join(words(key, part) for part in value)
        return value_text(name(key, value), key)

    return words
