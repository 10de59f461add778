"""The published schema, with every error told at its leaf, in Chinese."""

from __future__ import annotations

import difflib
import json
import re
from datetime import date
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from .problems import Path, shown
from .source import Source

SCHEMA_FILE = FilePath(__file__).parent.parent / "catalog.schema.json"
_KINDS = {
    "string": "文字",
    "integer": "整数",
    "number": "数",
    "boolean": "true 或 false",
    "array": "列表",
    "object": "对照表（名称: 值）",
    "null": "null",
}
_PATTERNS = {
    "^[a-z0-9]": "编码应以小写字母或数字开头，只用小写字母、数字、点、横线和下划线，最多 64 位",
    "^[0-9]{6}": "地区编码应为 6、9、12 位数字，或 330200-Z1 这样的园区编码",
    "^[0-9A-HJ": "统一社会信用代码应为 18 位数字或大写字母（不含 I、O、S、V、Z）",
    "^[0-9]+(": "金额应写成 80 或 80.00 这样加引号的数，单位元",
}
_UNQUOTED = {
    "integer": re.compile(r"-?\d+", re.ASCII),
    "number": re.compile(r"-?\d+(\.\d+)?", re.ASCII),
    "boolean": re.compile("true|false"),
}
_MISSING, _STRANGE = "缺少必填项 ", "不认识的项 "
_formats = FormatChecker(formats=())


@_formats.checks("date")
def is_date(value: Any) -> bool:
    """Only YYYY-MM-DD, and only days that exist (date.fromisoformat alone also takes 20170831 and 2017-W35-4)."""
    if not isinstance(value, str):
        return True
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def element_types() -> list[str]:
    """What a data element can be, as the format lists it; catalog.forms_schema says how each is answered."""
    return validator().schema["$defs"]["element"]["properties"]["type"]["enum"]


@cache
def validator(file: FilePath = SCHEMA_FILE) -> Draft202012Validator:
    """For a schema file, read once a process."""
    # "$" of the schema's dialect ends the text; Python's would also stand before a last line break.
    def close(node: Any) -> Any:
        if isinstance(node, list):
            return [close(part) for part in node]
        if isinstance(node, dict):
            return {
                key: value.replace("$", r"\Z") if key == "pattern" and isinstance(value, str) else close(value)
                for key, value in node.items()
            }
        return node

    return Draft202012Validator(close(json.loads(file.read_text("utf-8"))), format_checker=_formats)


class Faulty(set[Path]):
    """The paths at fault; `strange` are those of names that nobody knows, beside which everything else is as it was meant."""

    def __init__(self) -> None:
        super().__init__()
        self.strange: set[Path] = set()


def check(source: Source, rules: Draft202012Validator | None = None) -> Faulty:
    """Adds the file's schema problems; returns the paths at fault, so that nothing is judged twice."""
    faulty = Faulty()
    faulty |= source.unread
    for error in (rules or validator()).iter_errors(source.data):
        for path, message in _leaves(source, error, ()):
            if path in source.unread:
                continue
            source.problem(path, "schema", message)
            missing = message.startswith(_MISSING)
            faulty.add((*path, message.removeprefix(_MISSING).split("（")[0]) if missing else path)
            if message.startswith(_STRANGE):
                faulty.strange.add(path)
    return faulty


def _leaves(source: Source, error: ValidationError, base: Path):
    """(path, message) of every fault behind one error of the library."""
    path = base + tuple(error.relative_path)
    value, wanted, rule = error.instance, error.validator_value, error.validator
    text = source.text(path, value)
    if rule in ("oneOf", "anyOf"):
        yield from _branches(source, error, path)
    elif rule == "required":
        name = next(part for part in wanted if error.message.startswith(repr(part)))
        yield path, f"{_MISSING}{name}{_which(value)}"
    elif rule == "additionalProperties" and not isinstance(wanted, dict):
        known = sorted(error.schema.get("properties", {}))
        for name in value:
            if name not in known:
                close = difflib.get_close_matches(name, known, 1)
                yield (*path, name), f"{_STRANGE}{shown(name)}" + (f"，是否想写 {close[0]}？" if close else "")
    elif rule == "type":
        kinds = [wanted] if isinstance(wanted, str) else wanted
        hint = "，请加引号" if "string" in kinds and isinstance(value, int | float) else ""
        if isinstance(value, str) and path not in source.texts and any(
            _UNQUOTED[kind].fullmatch(value.strip()) for kind in kinds if kind in _UNQUOTED
        ):
            hint = "，请去掉引号" if value == value.strip() else "，请去掉引号和空格"
        yield path, f"{text} 应为{'或'.join(_KINDS[kind] for kind in kinds)}{hint}"
    elif rule in ("enum", "const"):
        choices = wanted if rule == "enum" else [wanted]
        hint = "（请加引号）" if not isinstance(value, str) and text.strip("'\"") in map(str, choices) else ""
        yield path, f"{text} 不在允许的值里：{'、'.join(map(shown, choices))}{hint}"
    elif rule == "pattern":
        rules = next((told for start, told in _PATTERNS.items() if wanted.startswith(start)), f"应符合 {wanted}")
        spaces = "（现在前后有空格）" if value != value.strip() else ""
        yield path, f"“{text}”写法不对：{rules}{spaces}"
    elif rule == "format":
        yield path, f"“{text}”不是存在的日期，应写成 2017-08-31 这样"
    elif rule == "minimum":
        yield path, f"{text} 不能小于 {wanted}"
    elif rule == "maximum":
        yield path, f"{text} 不能大于 {wanted}"
    elif rule == "maxLength":
        yield path, f"“{text}”太长，最多 {wanted} 个字符"
    elif rule == "minItems":
        yield path, f"列表不能为空，至少 {wanted} 项"
    else:
        yield path, f"{text} 不符合规则 {rule}"


def _which(value: Any) -> str:
    """Names the entry in which something is missing, when it has a name."""
    for key in ("code", "item", "material", "element", "name"):
        if isinstance(value, dict) and isinstance(value.get(key), str):
            return f"（{shown(value[key])}）"
    return ""


def _branches(source: Source, error: ValidationError, path: Path):
    """Of several alternatives, tell only of the one that the author meant."""
    alternatives = error.validator_value
    names = [part["required"][0] for part in alternatives if set(part) == {"required"}]
    if len(names) == len(alternatives):
        if not isinstance(error.instance, dict):
            return  # its type is told already
        written = [name for name in names if name in error.instance]
        unknown = [name for name in error.instance if name not in _condition_keys()]
        if written:
            yield path, f"{'、'.join(written)} 只能写其中一个"
        elif not unknown:
            yield path, f"条件要写明 {'、'.join(names)} 之一：{shown(json.dumps(error.instance, ensure_ascii=False))}"
        return
    by_branch: dict[int, list[ValidationError]] = {}
    for inner in error.context:
        by_branch.setdefault(inner.relative_schema_path[0], []).append(inner)
    meant = [
        inner
        for inner in by_branch.values()
        if not any(one.validator == "type" and not one.relative_path for one in inner)
    ]
    if len(meant) == 1:
        for inner in meant[0]:
            yield from _leaves(source, inner, path)
        return
    kinds = [inner[0].validator_value for inner in by_branch.values() if inner[0].validator == "type"]
    text = source.text(path, error.instance)
    hint = "，请加引号" if "string" in kinds and isinstance(error.instance, int | float) else ""
    yield path, f"{text} 应为{'或'.join(_KINDS.get(kind, str(kind)) for kind in kinds)}{hint}"


@cache
def _condition_keys() -> frozenset[str]:
    return frozenset(validator().schema["$defs"]["condition"]["items"]["properties"])
