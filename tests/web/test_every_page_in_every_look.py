"""Every page that the resolver knows, opened by who may come in, in every look and at both widths: the accessibility checker finds
nothing, nothing overflows, no script breaks, nothing is refused by the content policy.

Short: every second page of the citizen's door and every fifth of the desks, in one look at one width, drawn by its own name.
Full: all of them."""

import random
import re

import pytest
from django.conf import settings
from django.test import RequestFactory
from django.urls import resolve

from apps.web import typed
from tests.browser import PHONE_SCREEN, SCREENS
from tests.full import FULL, full
from tests.web.test_every_url_for_every_role import City, addresses, door

pytestmark = pytest.mark.django_db(transaction=True)

LOOKS = [{}, {"view": "elder"}, {"theme": "contrast"}, {"theme": "dark"}, {"view": "elder", "theme": "dark"}]
TYPED = """[...document.querySelectorAll("form[method=post] :is(input, select, textarea)[name]")]
  .filter(each => each.type != "hidden" && each.type != "password" && each.type != "file").map(each => each.name)"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SMALL = """[...document.querySelectorAll("button, .button, summary, select, .pager a, .tabs a, .breadcrumb a, .foot__links a, .scan, input:not([type=checkbox], [type=radio], [type=file])")]
  .filter(each => each.checkVisibility() && each.offsetWidth > 2 && each.offsetHeight < 44).map(each => each.innerText || each.name)"""
NAMELESS = "[...document.querySelectorAll('tbody th')].filter(each => each.checkVisibility() && !each.innerText.trim()).length"
FOR_CITIZENS = re.compile(
    r"citizen:|sign|register|forgot|resume|desk|password|second_factor|message|session|identit|own_"
)
SEARCHES = [
    "/items/?q=许可",
    "/items/?visits=0&kind=item",
    "/items/?q=没有这样的事",
    "/no-such-page/",
]  # states of a page without an address


@pytest.fixture
def city(world):
    return City()


def pages(city) -> list[tuple[str, str]]:
    """(role, address) of what answers with a page."""
    found = [("anonymous", address) for address in SEARCHES]
    for name, pattern in addresses():
        if name.startswith(("api:", "single_", "signout")):
            continue
        rng = random.Random(name)
        if not FULL and rng.random() > (0.5 if FOR_CITIZENS.match(name) else 0.2):
            continue
        place = city.address(name, pattern)
        roles = sorted(door(name))
        if not FULL:
            roles = (
                ["applicant"]
                if "applicant" in roles and FOR_CITIZENS.match(name)
                else [rng.choice(roles)]
                if roles
                else []
            )
        found += [(role, place) for role in roles if is_page(city.browsers[role], place)]
    return found


def is_page(client, place: str) -> bool:
    """Not a file, and no part of a page that a script asks for."""
    kept = client.cookies.copy()
    answer = client.get(place)
    client.cookies = kept
    return answer.status_code == 200 and not answer.streaming and b"<html" in answer.content


def test_every_page(page, axe, live_server, city):
    """One test for all: a case in every queue costs more than looking at the pages."""
    seen, wrong = pages(city), []
    assert len(seen) > full(25, 300)
    for role, place in seen:
        rng = random.Random(place)
        for look in full([rng.choice(LOOKS)], LOOKS):
            page.context.clear_cookies()
            page.context.add_cookies(cookies(city.browsers[role], look, live_server.url))
            page.goto(place)
            wrong += [f"{role} {place}: {name} has no label" for name in page.evaluate(TYPED) if nameless(place, name)]
            for width in full([rng.choice(SCREENS)], SCREENS):
                page.set_viewport_size(width)
                where = f"{role} {place} {look} {width['width']} px"
                if page.evaluate(OVERFLOW) > 0:
                    wrong.append(f"{where}: wider than the screen")
                if width == PHONE_SCREEN and (small := page.evaluate(SMALL)):
                    wrong.append(f"{where}: a finger has less than 44 px for {small}")
                if page.evaluate(NAMELESS):
                    wrong.append(f"{where}: a line of a list whose heading is hidden")
                try:
                    axe(page, contrast=True)
                except AssertionError as found:
                    wrong.append(f"{where}: {found}")
    wrong += [fault for fault in page.faults if "status of 4" not in fault]
    assert not wrong, "\n".join(wrong)


def nameless(place: str, name: str) -> bool:
    """Would an error page lose what was typed there, or have no name for it? (Passwords and codes are lost on purpose.)"""
    sent = RequestFactory().post(place, {name: "x"})
    sent.resolver_match = resolve(place)
    (label, _), *_ = typed.told(sent) or [("", "")]
    return place != "/styleguide/" and bool(typed.sent(sent)) and (label == typed.WITHOUT_NAME or label.isascii())


def cookies(client, look: dict[str, str], url: str) -> list[dict[str, str]]:
    session = client.cookies.get(settings.SESSION_COOKIE_NAME)
    values = look | ({settings.SESSION_COOKIE_NAME: session.value} if session else {})
    return [{"name": name, "value": value, "url": url} for name, value in values.items()]
