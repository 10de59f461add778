"""A sector standard as pages show it: the office's and the public's tell the same."""

from __future__ import annotations

from apps.catalog import queries_standards
from apps.catalog.models import Standard
from apps.catalog.queries_standards import StandardVersion
from apps.kit.errors import NotYours

PARTS = {
    "name": "名称",
    "sector": "行业",
    "valid_from": "生效日",
    "valid_to": "最后有效日",
    "applies_to": "适用于",
    "departments": "参与部门",
    "points": "核查要点",
    "materials": "材料",
    "flow": "流程",
    "basis": "依据",
    "provenance": "出处",
}


def chosen(code: str, number: str) -> tuple[StandardVersion, list[StandardVersion]]:
    """(the version asked for, or the one that holds, or the newest; all versions). Raises NotYours."""
    versions = queries_standards.standard_versions(code)
    asked = number.isdecimal() and len(number) < 6
    found = [one for one in versions if (one.row.version == int(number) if asked else one.holds)]
    if not versions or (asked and not found):
        raise NotYours(message="没有找到这个标准或这一版。")
    return (found or versions)[0], versions


def points_by_owner(row: Standard, names: dict[str, str]) -> list[tuple[str, list[dict]]]:
    """[(who checks, points)] in the order of the standard."""
    groups: dict[str, list[dict]] = {}
    for point in row.points:
        owners = point.get("items") or [point["department"]]
        groups.setdefault("、".join(names.get(code, code) for code in owners), []).append(point)
    return list(groups.items())


def context(code: str, number: str) -> dict:
    """What the page of a standard needs: one, row, versions, groups, bundles [(code, name)], offices."""
    one, versions = chosen(code, number)
    names = queries_standards.standard_names(one.row)
    return {
        "one": one,
        "row": one.row,
        "versions": versions,
        "groups": points_by_owner(one.row, names),
        "bundles": [(code, names.get(code, code)) for code in one.row.applies_to],
        "offices": [names.get(code, code) for code in one.row.departments],
    }
