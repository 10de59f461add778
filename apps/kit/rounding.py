"""Shares and means as they are told: one decimal, half up (DOMAIN.md 1H), "—" where there is nothing to divide by."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

NOTHING = "—"
TENTH = Decimal("0.1")


def tenth(number: Decimal) -> Decimal:
    """One decimal, half up; never "-0.0"."""
    return number.quantize(TENTH, ROUND_HALF_UP) + 0


def percent(part: int, whole: int) -> str:
    return f"{tenth(Decimal(100 * part) / whole)}%" if whole else NOTHING


def mean_percent(pairs: list[tuple[int, int]]) -> str:
    """Every share weighs alike, however large what it is a share of."""
    shares = [Decimal(100 * part) / whole for part, whole in pairs if whole]
    return f"{tenth(sum(shares) / len(shares))}%" if shares else NOTHING


def mean(total: int, count: int) -> str:
    return str(tenth(Decimal(total) / count)) if count else NOTHING
