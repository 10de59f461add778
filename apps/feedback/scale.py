"""The five levels and the reasons one may tick, as fixtures/ratings.yaml dates them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

import yaml
from django.conf import settings

from apps.kit.rounding import tenth


@dataclass(frozen=True, slots=True)
class Level:
    level: int  # 1 very satisfied … 5 very dissatisfied (GB/T 39046)
    name: str
    score: int


@dataclass(frozen=True, slots=True)
class Tag:
    code: str
    name: str
    good: bool
    valid_from: date
    valid_to: date | None = None
    step: str = ""  # given of this event only


@cache
def _file() -> dict:
    return yaml.safe_load((settings.BASE_DIR / "fixtures" / "ratings.yaml").read_text(encoding="utf-8"))


@cache
def levels() -> dict[int, Level]:
    return {row["level"]: Level(**row) for row in _file()["levels"]}


def is_bad(level: int) -> bool:
    return level >= _file()["bad_from"]


def tags(day: date, *, step: str, good: bool | None = None) -> dict[str, Tag]:
    """Those of this event (intake, visit, result) in force on the day, in the order of the file."""
    rows = [Tag(**row) for row in _file()["tags"]]
    return {
        tag.code: tag
        for tag in rows
        if tag.valid_from <= day
        and (tag.valid_to is None or day <= tag.valid_to)
        and good in (None, tag.good)
        and tag.step in ("", step)
    }


def all_tags() -> list[tuple[str, str]]:
    """(code, words) of every day's and event's."""
    return [(row["code"], row["name"]) for row in _file()["tags"]]


def tag_names(codes: list[str]) -> list[str]:
    """Words of tags given on any day."""
    names = dict(all_tags())
    return [names.get(code, code) for code in codes]


def mean(counts: dict[int, int]) -> float | None:
    """The score 0–100 of submitted ratings, one decimal, half up; None without any."""
    total = sum(counts.values())
    score = sum(levels()[level].score * n for level, n in counts.items())
    return float(tenth(Decimal(score) / total)) if total else None
