"""Sector approval standards: which version holds, and which of its check points a case freezes. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol


class Version(Protocol):
    code: str
    version: int
    name: str
    sector: str
    valid_from: date
    valid_to: date | None
    applies_to: list[str]
    points: list[dict]


def holding(versions: Iterable[Version], day: date) -> list[Version]:
    """Of each standard the latest version begun by the day, unless that one has ended."""
    latest: dict[str, Version] = {}
    for version in sorted(versions, key=lambda one: one.valid_from):
        if version.valid_from <= day:
            latest[version.code] = version
    return [version for version in latest.values() if version.valid_to is None or day <= version.valid_to]


def last_day(version: Version, versions: Iterable[Version]) -> date | None:
    """The stated last day, or the day before the next version; None when open."""
    starts = [one.valid_from for one in versions if one.code == version.code and one.valid_from > version.valid_from]
    following = date.fromordinal(min(starts).toordinal() - 1) if starts else None
    return min((day for day in (version.valid_to, following) if day), default=None)


def frozen(version: Version | None, members: list[dict]) -> dict | None:
    """What a Plan keeps of the standard: its version, and the check points of each member present."""
    if version is None:
        return None
    points = {member["code"]: [_kept(row) for row in version.points if concerns(row, member)] for member in members}
    return {
        "code": version.code,
        "name": version.name,
        "sector": version.sector,
        "version": version.version,
        "valid_from": version.valid_from.isoformat(),
        "points": {code: rows for code, rows in points.items() if rows},
    }


def kept(fresh: dict | None, old: dict, present: list[str]) -> dict | None:
    """What was frozen anew, with what the Plan `old` is judged by already: its version, and the points of its members."""
    before, running = old.get("standard"), {member["code"] for member in old["members"]}
    if not (before or fresh):
        return None
    lines = {code: rows for code, rows in (fresh or {}).get("points", {}).items() if code not in running}
    lines |= {code: rows for code, rows in (before or {}).get("points", {}).items() if code in present}
    return {**(fresh or {}), **(before or {}), "points": lines}


def concerns(point: dict, member: dict) -> bool:
    """A point names its items, or a department: then it is that department's in every member it handles."""
    if "items" in point:
        return member["code"] in point["items"]
    return point["department"] == member["department"]


def _kept(point: dict) -> dict:
    return {key: point.get(key, "") for key in ("code", "text", "basis", "evidence")}


def points_of(plan: dict, member: str) -> list[dict]:
    """The frozen check points of one member; none where the case has no standard (or is older than standards)."""
    standard = plan.get("standard") or {}
    return standard.get("points", {}).get(member, [])
