import pytest
from django.conf import settings


@pytest.fixture
def courier(twins):
    twins.secret = b"between us"
    settings.SERVICES["courier"]["secret"] = "between us"
    return twins
