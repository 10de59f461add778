import pytest

from tests import people
from tests.catalog.conftest import document, item, load

GUESTS = {"code": "guests", "question": "几位客人？", "type": "integer"}
THING = {
    "code": "thing",
    "name": "一件事",
    "lead": {"department": "office", "criterion": "general_intake"},
    "members": [{"item": "one"}, {"item": "two", "when": [{"situation": "guests", "over": 5}]}],
}


@pytest.fixture
def office(client):
    client.force_login(people.staff("catalogue", node=people.CITY))
    return client


@pytest.fixture
def county(client):
    client.force_login(people.staff("catalogue", node=people.CIXI))
    return client


@pytest.fixture
def asking():
    """A one-thing in use whose second item joins by what its first one asks."""
    people.places()
    load(document(items=[item(situations=[GUESTS]), item("two")], bundles=[THING]))
