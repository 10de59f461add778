import pytest

from tests.applications.conftest import Days


@pytest.fixture
def days(time_machine):
    return Days(time_machine)
