"""Shares and means as they are told: one decimal, half up (DOMAIN.md 1H), "—" where there is nothing to divide by."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

NOTHING = "—"
TENTH = Decimal("0.1")


def tenth(number: Decimal) -> Decimal:
    """One decimal, half up; never "-0.0"."""
    return number.quantize(TENTH, ROUND_HALF_UP) + 0


class Told(str):
    """A number as it is told. A sheet, which is sorted and counted on with, takes its `value`, shown by `pattern` as it is told."""

    value: Decimal
    pattern: str


def told(number: Decimal) -> Told:
    text = Told(tenth(number))
    text.value, text.pattern = tenth(number), "0.0"
    return text


def told_percent(number: Decimal) -> Told:
    """`number` of a hundred."""
    text = Told(f"{tenth(number)}%")
    text.value, text.pattern = tenth(number) / 100, "0.0%"
    return text


def percent(part: int, whole: int) -> str:
    return told_percent(Decimal(100 * part) / whole) if whole else NOTHING


def mean_percent(pairs: list[tuple[int, int]]) -> str:
    """Every share weighs alike, however large what it is a share of."""
    shares = [Decimal(100 * part) / whole for part, whole in pairs if whole]
    return told_percent(sum(shares) / len(shares)) if shares else NOTHING


def mean(total: int, count: int) -> str:
    return told(Decimal(total) / count) if count else NOTHING
