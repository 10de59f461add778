"""Judges files of sector standards: every problem with its line, as for the catalogue (format yichuang-standards/1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path as FilePath

from ..standards import Version, holding
from . import schema
from .known import Known
from .problems import Path, Problem, in_order, shown
from .source import Source

SCHEMA_FILE = FilePath(__file__).parent.parent / "standards.schema.json"


@dataclass
class Stated:
    """One version as a file states it, dates as dates."""

    code: str
    version: int
    name: str
    sector: str
    valid_from: date
    valid_to: date | None
    applies_to: list[str]
    points: list[dict]
    provenance: str
    departments: list[str] = field(default_factory=list)
    materials: list[str] = field(default_factory=list)
    flow: list[str] = field(default_factory=list)
    basis: list[str] = field(default_factory=list)


def check(sources: list[Source], known: Known, loaded: Iterable[Version]) -> tuple[list[Problem], list[Stated]]:
    """(all problems in order, what the files state); nothing stated may be written while there is a problem."""
    lines: dict[tuple[str, int], tuple[Source, Path, Version]] = {}
    for source in sources:
        if source.data is None:
            continue
        faulty = schema.check(source, schema.validator(SCHEMA_FILE))
        rows = source.data.get("standards")
        for index, row in enumerate(rows if isinstance(rows, list) else []):
            path: Path = ("standards", index)
            if not any(place[:2] == path for place in faulty):
                _version(source, path, row, known, lines)
    versions = _among(lines, loaded)
    _dates(lines, versions)
    _one_at_a_time(lines, versions)
    problems = in_order((found for source in sources for found in source.problems), [one.name for one in sources])
    return problems, [one for _, _, one in lines.values()]


def _version(source: Source, path: Path, row: dict, known: Known, lines: dict) -> None:
    code, number = row["code"], row["version"]
    if (code, number) in lines:
        before, place, _ = lines[code, number]
        where = f"{before.name} 第 {before.line(place)} 行"
        source.problem((*path, "version"), "duplicate_code", f"标准 {code} 第 {number} 版写了两次（另一处在 {where}）")
        return
    days = {name: date.fromisoformat(row[name]) if row.get(name) else None for name in ("valid_from", "valid_to")}
    lines[code, number] = (source, path, Stated(**{**row, **days}))
    if days["valid_to"] and days["valid_to"] < days["valid_from"]:
        message = f"最后有效日 {row['valid_to']} 早于生效日 {row['valid_from']}"
        source.problem((*path, "valid_to"), "dates", message)
    members = _applies(source, path, row, known)
    for index, office in enumerate(row.get("departments", [])):
        _department(source, (*path, "departments", index), office, known)
    seen: dict[str, int] = {}
    for index, point in enumerate(row["points"]):
        place = (*path, "points", index)
        if point["code"] in seen:
            message = f"核查要点 {point['code']} 写了两次（另一处在第 {seen[point['code']]} 行）"
            source.problem((*place, "code"), "duplicate_code", message)
        seen.setdefault(point["code"], source.line(place))
        _point(source, place, point, members, known)


def _applies(source: Source, path: Path, row: dict, known: Known) -> set[str]:
    """The items that the standard's bundles and items bring; told are codes of neither."""
    members: set[str] = set()
    for index, code in enumerate(row["applies_to"]):
        if code in known.bundles:
            members |= {member["item"] for member in known.bundles[code]["members"]}
        elif code in known.items:
            members.add(code)
        else:
            source.problem(
                (*path, "applies_to", index), "unknown_code", f"没有编码为 {shown(code)} 的一件事或事项，请先载入目录"
            )
    return members


def _department(source: Source, path: Path, code: str, known: Known) -> None:
    if code not in known.departments:
        source.problem(path, "unknown_code", f"没有编码为 {shown(code)} 的部门")


def _point(source: Source, path: Path, point: dict, members: set[str], known: Known) -> None:
    if ("items" in point) == ("department" in point):
        source.problem(path, "schema", f"核查要点 {point['code']} 要写明由谁核查：items、department 之一，不能都写")
        return
    if "department" in point:
        _department(source, (*path, "department"), point["department"], known)
    for index, code in enumerate(point.get("items", [])):
        if code not in known.items:
            source.problem((*path, "items", index), "unknown_code", f"没有编码为 {shown(code)} 的事项")
        elif members and code not in members:
            source.problem(
                (*path, "items", index), "unknown_code", f"事项 {code} 不在本标准适用的一件事里，要点没有人核查"
            )


# --- the versions of one standard, and of several ----------------------------------------------------------------


def _among(lines: dict, loaded: Iterable[Version]) -> list[Version]:
    """Stated and loaded versions together; a stated one stands for the loaded one of its number."""
    return [*(one for _, _, one in lines.values()), *(row for row in loaded if (row.code, row.version) not in lines)]


def _dates(lines: dict, versions: list[Version]) -> None:
    """A later version begins later, whichever of them was loaded first."""
    for source, path, one in lines.values():
        for other in versions:
            if other.code != one.code:
                continue
            later = other.version < one.version and other.valid_from >= one.valid_from
            earlier = other.version > one.version and other.valid_from <= one.valid_from and (other.code, other.version) not in lines
            if later or earlier:
                message = f"第 {one.version} 版的生效日应{'晚' if later else '早'}于第 {other.version} 版（{other.valid_from}）"
                source.problem((*path, "valid_from"), "dates", message)


def _one_at_a_time(lines: dict, versions: list[Version]) -> None:
    """On no day two standards for the same bundle or item: a case is judged by one."""
    for source, path, one in lines.values():
        for other in versions:
            shared = sorted(set(one.applies_to) & set(other.applies_to)) if other.code != one.code else []
            days = [day for day in (one.valid_from, other.valid_from) if _both(one, other, versions, day)]
            if shared and days:
                message = f"{shared[0]} 在 {days[0]} 已适用标准 {other.code}，同一天不能适用两个标准"
                source.problem((*path, "applies_to"), "duplicate_code", message)


def _both(one: Version, other: Version, versions: list[Version], day: date) -> bool:
    found = [id(row) for row in holding(versions, day)]
    return id(one) in found and id(other) in found
