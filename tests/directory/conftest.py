import pytest

from tests import people

from .registering import ask, register


@pytest.fixture
def places(db):
    people.places()


@pytest.fixture
def person(world, twins):
    ask()
    return register(twins)
