import pytest

from tests import people


@pytest.fixture
def places(db):
    people.places()


@pytest.fixture
def enter(client, places):
    """enter(user): this client is signed in as the user."""

    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in
