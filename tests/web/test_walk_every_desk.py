"""The pages that a role can walk to from its desk (short: a few, drawn by a fixed seed; full: all): the accessibility checker finds nothing, nothing overflows a counter screen or a
phone, no script breaks and nothing is refused by the content policy."""

import random
import re

import pytest
from django.conf import settings
from django.test import Client

from tests import make
from tests.browser import COUNTER_SCREEN, PHONE_SCREEN
from tests.full import full

pytestmark = pytest.mark.django_db(transaction=True)

DESKS = {
    "cixi-clerk": "/counter/",
    "scjg-reviewer": "/review/",
    "scjg-head": "/review/countersign/",
    "scjg-seal": "/issue/seal/",
    "cixi-issue": "/issue/",
    "cixi-supervisor": "/oversight/",
    "cixi-catalogue": "/catalogue/",
    "cixi-admin": "/people/",
    "cixi-auditor": "/audit/",
}
NOT_PAGES = re.compile(r"export|files/|\.xlsx|\.yaml|#|^/(track|verify|items)")
MOST = full(6, 40)  # pages of one desk
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def busy(world):
    """A case in every queue."""
    make.draft()
    make.received()
    make.awaiting()
    make.accepted(gaps=["floor_plan"])
    make.concluded()
    make.decided()
    make.sealed()


def sign_in(page, live_server, username: str) -> None:
    visitor = Client()
    visitor.force_login(make.user(username))
    value = visitor.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}])


def shape(address: str) -> str:
    """Pages that differ by a number or a code only are one page to look at."""
    return re.sub(r"/\d+|(?<=/items)/[^/]+|\?.*", "", address)


def inspect(page, axe) -> None:
    for screen in (PHONE_SCREEN, COUNTER_SCREEN):
        page.set_viewport_size(screen)
        assert page.evaluate(OVERFLOW) <= 0, f"{page.url} is wider than {screen['width']} px"
    axe(page)


def walk(page, axe, start: str) -> None:
    waiting, seen, rng = [start], set(), random.Random(start)
    while waiting and len(seen) < MOST:
        address = waiting.pop(rng.randrange(len(waiting)))
        if shape(address) in seen:
            continue
        seen.add(shape(address))
        answer = page.goto(address)
        assert answer.status == 200, address
        inspect(page, axe)
        links = page.evaluate("[...document.querySelectorAll('main a[href]')].map((one) => one.getAttribute('href'))")
        waiting += [link for link in links if link.startswith("/") and len(link) > 1 and not NOT_PAGES.search(link)]


def test_every_desk(page, axe, live_server, busy):
    """One test for all: filling every queue costs more than looking at the pages."""
    for username, start in DESKS.items():
        page.context.clear_cookies()
        sign_in(page, live_server, username)
        walk(page, axe, start)
    assert not page.faults
