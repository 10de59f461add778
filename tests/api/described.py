"""Is an answer what the published description says? Every status, content type, property and format; a property that it does not
name is a fault too, except where the description leaves an answer open."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from functools import cache

import jsonschema
from drf_spectacular.generators import SchemaGenerator

OPEN = {"PlanTold", "MemberTold"}  # they hold properties of the catalogue format besides
FORMATS = jsonschema.FormatChecker(formats=())


@FORMATS.checks("date", raises=ValueError)
def _a_day(value) -> bool:
    return not isinstance(value, str) or bool(date.fromisoformat(value))


@FORMATS.checks("date-time", raises=ValueError)
def _an_instant(value) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@cache
def description() -> dict:
    """As published, in the words of today's JSON schema."""
    schema = json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str))
    for name, component in schema["components"]["schemas"].items():
        if "properties" in component and name not in OPEN:
            component["additionalProperties"] = False
    _allow_null(schema)
    return schema


def _allow_null(node) -> None:
    if isinstance(node, dict):
        if node.pop("nullable", False):
            inner = dict(node)
            node.clear()
            node["anyOf"] = [{"type": "null"}, inner]
        for each in list(node.values()):
            _allow_null(each)
    elif isinstance(node, list):
        for each in node:
            _allow_null(each)


@cache
def _operations() -> list[tuple[re.Pattern, dict]]:
    """Addresses with more words of their own first: /applications/file/ is no case."""
    paths = sorted(description()["paths"].items(), key=lambda one: one[0].count("{"))
    return [(re.compile(re.sub(r"\{(id|year)\}", r"\\d+", path).replace("{code}", "[^/]+")), methods) for path, methods in paths]


def faults(method: str, path: str, answer) -> list[str]:
    """What an answer of /api/… has that its description has not, and the other way round; none for an address without one."""
    told = next((methods[method] for known, methods in _operations() if known.fullmatch(path.partition("?")[0]) and method in methods), None)
    if told is None:
        return []
    response = told["responses"].get(str(answer.status_code))
    if response is None:
        return [f"no status {answer.status_code} is described"]
    kind, content = answer["Content-Type"].partition(";")[0], response.get("content", {})
    if content and kind not in content:
        return [f"{kind} is not among {list(content)}"]
    if not kind.endswith("json"):
        return []
    schema = {**content[kind]["schema"], "components": description()["components"]}
    found = jsonschema.Draft202012Validator(schema, format_checker=FORMATS).iter_errors(answer.json())
    return [f"{list(one.absolute_path)}: {one.message[:300]}" for one in found]
