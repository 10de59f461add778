"""The standards that ship, on the real catalogue."""

from datetime import date

import pytest

from apps.catalog.models import Standard
from apps.catalog.plan import compile_plan


@pytest.mark.usefixtures("standards")
def test_two_standards_ship():
    assert {row.code for row in Standard.objects.all()} == {"homestay", "restaurant"}
    plan = compile_plan("open-homestay", {"already_registered": "false", "serves_meals": "true"}, date(2017, 8, 31))
    asked = {member["code"] for member in plan["members"]} - {"individual-registration"}
    assert asked == set(plan["standard"]["points"])
