from datetime import date

import pytest

from tests import make


@pytest.fixture
def old(long_ago, days):
    """食品经营许可 granted for five years, until 2022-09-11."""
    days.at(date(2017, 9, 11))
    member = make.decided()
    assert member.valid_to == date(2022, 9, 11)
    days.work()
    return member
