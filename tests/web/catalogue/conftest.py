import pytest

from tests import people


@pytest.fixture
def office(client):
    client.force_login(people.staff("catalogue", node=people.CITY))
    return client


@pytest.fixture
def county(client):
    client.force_login(people.staff("catalogue", node=people.CIXI))
    return client
