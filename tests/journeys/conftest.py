import pytest
from django.conf import settings

from tests.web.conftest import client_of


@pytest.fixture
def sit(page, world, live_server):
    """sit("scjg-head", "/review/"): whoever sat here has left, this person has the screen, signed in already. (The way through
    the door is walked in test_one_window_in_the_browser.py.)"""

    def seated(username: str, path: str):
        session = client_of(username).cookies[settings.SESSION_COOKIE_NAME].value
        page.context.clear_cookies()
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        page.goto(path)
        return page

    return seated
