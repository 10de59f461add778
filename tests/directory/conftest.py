import pytest

from tests import people


@pytest.fixture
def places(db):
    people.places()
