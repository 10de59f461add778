"""Shares and means as they are told (DOMAIN.md 1H)."""

from decimal import Decimal

import pytest

from apps.kit.rounding import mean, mean_percent, percent, tenth


@pytest.mark.parametrize(("number", "told"), [("0.04", "0.0"), ("0.05", "0.1"), ("-0.04", "0.0"), ("-0.05", "-0.1"), ("99.95", "100.0")])
def test_one_decimal_half_up_and_no_minus_nought(number, told):
    assert str(tenth(Decimal(number))) == told


def test_shares_and_means_and_nothing_to_divide_by():
    assert (percent(1, 16), percent(0, 7), percent(3, 3), percent(0, 0)) == ("6.3%", "0.0%", "100.0%", "—")
    assert (mean(5, 4), mean(1, 3), mean(0, 5), mean(0, 0)) == ("1.3", "0.3", "0.0", "—")
    assert (mean_percent([(1, 2), (300, 300), (5, 0)]), mean_percent([(0, 0)]), mean_percent([])) == ("75.0%", "—", "—")
