"""Fixtures of every page: somebody signed in, in a test client or in the browser; statements counted."""

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import make

AUTHENTICATION = 2  # session and account


def client_of(username: str) -> Client:
    client = Client()
    client.force_login(make.user(username))
    return client


@pytest.fixture
def at(world):
    """at("scjg-reviewer"): a client of its own, signed in as that demo person."""
    return client_of


@pytest.fixture
def statements():
    """with statements(most) as ran: …: no more than so many, transaction control counted, authentication not."""

    class Counted(CaptureQueriesContext):
        def __init__(self, most: int):
            super().__init__(connection)
            self.most = most

        def __exit__(self, *fault):
            super().__exit__(*fault)
            if fault[0] is None:
                told = "\n".join(query["sql"][:160] for query in self.captured_queries)
                assert len(self) <= self.most + AUTHENTICATION, told

    return Counted


@pytest.fixture
def signed_in(world, transactional_db, live_server):
    """signed_in(page, "scjg-reviewer"): the browser has that demo person's session and stands before his desk. (The way through
    the door is walked in tests/journeys/.)"""

    def give_session(page, username: str = "cixi-clerk"):
        session = client_of(username).cookies[settings.SESSION_COOKIE_NAME].value
        page.context.clear_cookies()
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        page.goto("/account/")
        return page

    return give_session
