import pytest

from tests.applications.conftest import Days, office  # noqa: F401


@pytest.fixture
def days(time_machine):
    return Days(time_machine)
