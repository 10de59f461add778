"""A day, and a number of days, in words: one spelling on pages, in papers and in messages."""

from collections.abc import Iterable
from datetime import date

UNITS = {"working": "个工作日", "calendar": "个自然日"}
MIXED = "日"  # of days that two limits get, each in its own unit


def day_cn(day: date | str | None) -> str:
    """A date, or its ISO text as frozen facts hold it -> 2026年11月3日; none -> "". Raises ValueError for any other text."""
    if not day:
        return ""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return f"{day.year}年{day.month}月{day.day}日"


def days_words(n: int, unit: str) -> str:
    """20, "working" -> 20 个工作日; 15, "calendar" -> 15 个自然日"""
    return f"{n} {UNITS[unit]}"


def shared_unit(limits: Iterable[dict | None]) -> str:
    """The unit in which these limits {"unit": …} count, None among them left out; plain 日 where they differ."""
    units = {limit["unit"] for limit in limits if limit}
    return UNITS[units.pop()] if len(units) == 1 else MIXED
