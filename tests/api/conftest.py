import pytest

from .client import Caller


@pytest.fixture
def call(world):
    return Caller
