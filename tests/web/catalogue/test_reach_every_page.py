"""Every page of the catalogue office in a real browser: nothing refused, nothing overflows, axe finds nothing."""

import os
from pathlib import Path
from random import Random

import pytest
import yaml
from django.conf import settings
from django.test import Client
from django.urls import reverse

from apps.catalog.actions import load_catalogue
from apps.catalog.loading.source import read
from apps.directory.models import User
from apps.journal.actor import SYSTEM
from tests import people
from tests.browser import SCREENS
from tests.catalog.conftest import DATA
from tests.full import full

REAL = settings.BASE_DIR / "fixtures" / "catalog" / "cixi-2017.yaml"
SHOTS = os.environ.get("SCREENSHOTS")  # a directory, to look at the pages


@pytest.fixture
def signed_in(transactional_db, world, live_server):
    """The cookie of the city's catalogue office, with one real item changed in a draft and a batch announced."""
    changed = yaml.safe_load(REAL.read_text("utf-8"))
    [row] = [row for row in changed["items"] if row["code"] == "food-licence"]
    row |= {"name": "食品经营许可（新办）", "valid_from": "2018-01-01", "batch": "batch-4"}
    row |= {"promised_limit": {"days": 9, "unit": "working"}, "conditions": row["conditions"][:2]}
    row["materials"][4] |= {"necessity": "required"}
    batches = [{"code": "batch-4", "name": "第四批最多跑一次事项", "published_on": "2017-12-20", "level": "4"}]
    document = {
        "format": "yichuang-catalog/1",
        "as_of": "2018-01-01",
        "node": "330282",
        "batches": batches,
        "items": [row],
    }
    content = yaml.safe_dump(document, allow_unicode=True).encode()
    assert not load_catalogue(by=SYSTEM, sources=[read("draft.yaml", content)], as_draft=True).refused
    client = Client()
    client.force_login(people.staff("catalogue", node=people.CITY))
    assert User.objects.exists()
    return [{"name": settings.SESSION_COOKIE_NAME, "value": client.cookies["sessionid"].value, "url": live_server.url}]


@pytest.mark.django_db(transaction=True)
def test_every_page_at_both_widths(page, axe, live_server, signed_in):
    """Short: each page at one of the two."""
    page.context.add_cookies(signed_in)
    addresses = {
        "list": reverse("catalogue:list"),
        "nothing": reverse("catalogue:list") + "?q=xyzzy",
        "definition": reverse("catalogue:definition", args=["food-licence"]),
        "bundle": reverse("catalogue:definition", args=["open-restaurant"]),
        "differences": reverse("catalogue:differences", args=["food-licence"]) + "?old=1&new=2",
        "suspend": reverse("catalogue:suspend", args=["food-licence"]),
        "batches": reverse("catalogue:batches"),
        "alignment": reverse("catalogue:alignment"),
        "import": reverse("catalogue:import"),
    }
    for name, address in addresses.items():
        page.goto(live_server.url + address)
        _look(page, axe, name)
    page.goto(live_server.url + reverse("catalogue:list"))
    page.set_viewport_size({"width": 683, "height": 384})  # 1366 at 200 %: a card a row, on paper a table
    head = "getComputedStyle(document.querySelector('.table--cards thead')).position"
    assert page.evaluate(head) == "absolute"
    page.emulate_media(media="print")
    assert page.evaluate(head) == "static"
    framed = "getComputedStyle(Object.assign(document.body.appendChild(document.createElement('div')), {className: 'panel'})).padding"
    assert page.evaluate(framed) == "0px"  # a desk's panels stand on paper where its title does
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1366, "height": 768})
    number = "getComputedStyle(document.querySelector('.table .code-number')).whiteSpace"
    assert page.evaluate(number) == "nowrap"
    page.evaluate("document.documentElement.dataset.view = 'elder'")
    assert page.evaluate(number) == "normal"  # so that in large type what stands last in the line is not cut
    for name, file in (("faults", DATA / "faults.yaml"), ("sound", REAL)):
        page.goto(live_server.url + reverse("catalogue:import"))
        page.set_input_files("input[type=file]", str(file))
        page.get_by_role("button", name="检查").click()
        page.wait_for_load_state()
        page.get_by_text("什么都没有写入" if name == "faults" else "检查通过").wait_for()
        _look(page, axe, f"import-{name}")
    assert not page.faults


def _look(page, axe, name: str) -> None:
    for screen in full([Random(name).choice(SCREENS)], SCREENS):
        page.set_viewport_size(screen)
        axe(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{page.url} is {wide} px too wide"
        if SHOTS:
            page.screenshot(path=str(Path(SHOTS) / f"{name}-{screen['width']}.png"), full_page=True)
