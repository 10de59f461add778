import pytest

from tests import make


@pytest.fixture
def case(world):
    return make.accepted()
