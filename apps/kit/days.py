"""A number of days in words: one spelling on pages, in papers and in messages."""

from collections.abc import Iterable

UNITS = {"working": "个工作日", "calendar": "个自然日"}
MIXED = "日"  # of days that two limits get, each in its own unit


def days_words(n: int, unit: str) -> str:
    """20, "working" -> 20 个工作日; 15, "calendar" -> 15 个自然日"""
    return f"{n} {UNITS[unit]}"


def shared_unit(limits: Iterable[dict | None]) -> str:
    """The unit in which these limits {"unit": …} count, None among them left out; plain 日 where they differ."""
    units = {limit["unit"] for limit in limits if limit}
    return UNITS[units.pop()] if len(units) == 1 else MIXED
