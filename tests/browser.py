"""A real browser against the live server. Tests that use it carry the marker `browser`."""

from itertools import cycle
from random import Random

import pytest

from tests.full import full
from tests.lacking import chromium

COUNTER_SCREEN = {"width": 1366, "height": 768}
PHONE_SCREEN = {"width": 375, "height": 812}
SCREENS = [COUNTER_SCREEN, PHONE_SCREEN]
PATIENCE = 30_000  # milliseconds: a busy machine stands still for seconds, and what comes is waited for no longer than it takes


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)  # of its own it waits five seconds only

    with sync_playwright() as playwright:
        # Only our own pages are opened; root, and many containers, have no sandbox to offer.
        apart = ["--no-sandbox", "--disable-dev-shm-usage"]
        launched = playwright.chromium.launch(executable_path=chromium(), args=apart)
        yield launched
        launched.close()


CALLED_OFF = ("htmx:sendAbort", "htmx:afterRequest")  # told as an error when the page itself calls a late save off


def _is_fault(said) -> bool:
    return said.type == "error" and not said.text.startswith(CALLED_OFF)


def _open(browser, live_server, screen: dict, **more):
    context = browser.new_context(
        base_url=live_server.url, viewport=screen, locale="zh-CN", timezone_id="Asia/Shanghai", **more
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(f"script error: {error}"))
    page.on("console", lambda said: page.faults.append(said.text) if _is_fault(said) else None)
    return context, page


@pytest.fixture
def page(browser, live_server):
    """A counter screen, 1366×768. `page.faults` gathers script errors and refused resources (CSP)."""
    context, opened = _open(browser, live_server, COUNTER_SCREEN)
    yield opened
    context.close()


@pytest.fixture
def phone(browser, live_server):
    """A phone, 375 px wide, with touch."""
    context, opened = _open(browser, live_server, PHONE_SCREEN, has_touch=True, is_mobile=True)
    yield opened
    context.close()


@pytest.fixture
def axe(request):
    """axe(page): fails with what the accessibility checker finds on the page as it stands.

    Contrast costs twice as much as all else together. Short: on every third of the pages that a test shows, and wherever it asks
    for it (`contrast=True`, which tests/web/test_every_page_in_every_look.py does). Full: on each."""
    from axe_playwright_python.sync_playwright import Axe

    checker = Axe()
    only_faults = {"resultTypes": ["violations"], "preload": False}  # what is in order need not be written out
    without_contrast = only_faults | {"rules": {"color-contrast": {"enabled": False}}}
    thirds = cycle(Random(request.node.nodeid).sample([True, False, False], 3))

    def check(page, contrast: bool = False) -> None:
        # The checker is put in by the page's own context, which the strict policy of our pages does not forbid.
        options = only_faults if full(next(thirds), True) or contrast else without_contrast
        found = checker.run(page, options=options).response["violations"]
        told = [f"{v['id']} ({v['impact']}): {v['help']} — {[n['target'] for n in v['nodes'][:3]]}" for v in found]
        assert not told, f"{page.url}\n" + "\n".join(told)

    return check
