"""Sector standards: every version, which one holds, and the names that they mention. They are public."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from apps.directory.models import Department
from apps.kit.time import today

from . import standards
from .models import Definition, Standard


@dataclass(frozen=True)
class StandardVersion:
    """A version with its last day, which the next version may set, and whether it holds today."""

    row: Standard
    last_day: date | None
    holds: bool


def standard_versions(code: str | None = None) -> list[StandardVersion]:
    """Every version of all standards (or of one), newest first within each."""
    rows = list(Standard.objects.filter(**({"code": code} if code else {})).order_by("code", "-version"))
    held = {row.pk for row in standards.holding(rows, today())}
    return [StandardVersion(row, standards.last_day(row, rows), row.pk in held) for row in rows]


def standard_of(code: str, day: date | None = None) -> Standard | None:
    """The standard that holds for a bundle or item on the day."""
    return next(
        (row for row in standards.holding(Standard.objects.all(), day or today()) if code in row.applies_to), None
    )


def standard_names(*rows: Standard) -> dict[str, str]:
    """Names of the bundles, items and departments that standards mention: {code: name}."""
    codes = {code for row in rows for code in row.applies_to}
    codes |= {code for row in rows for point in row.points for code in point.get("items", [])}
    offices = {code for row in rows for code in row.departments}
    offices |= {point["department"] for row in rows for point in row.points if "department" in point}
    return dict(Department.objects.filter(code__in=offices).values_list("code", "name")) | dict(
        Definition.objects.filter(code__in=codes).values_list("code", "name")
    )
