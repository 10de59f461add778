import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.issuance import paper
from tests import make

BACKEND = "apps.directory.backends.PasswordBackend"
AUTHENTICATION = 2  # session and account


@pytest.fixture
def at(world):
    """at("scjg-reviewer"): a client of its own, signed in as that demo person."""

    def sign_in(username: str) -> Client:
        client = Client()
        client.force_login(make.user(username), BACKEND)
        return client

    return sign_in


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
def signed_in(world, transactional_db):
    """signed_in(page, "scjg-reviewer"): the browser has come in through the door."""

    def come_in(page, username: str):
        page.context.clear_cookies()
        page.goto("/account/")
        page.locator("input[name=username]").fill(username)
        page.locator("input[name=password]").fill("Yichuang-2017")  # of the demo people
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/account/" not in url)
        return page

    return come_in


@pytest.fixture(autouse=True)
def quick_print(monkeypatch):
    """How documents look on paper is tested in their own room; here a file with the document's number is enough."""

    def make(document):
        return paper.Printed(b"%PDF-1.7\n" + document.number.encode(), 1)

    monkeypatch.setattr(paper, "make", make)
