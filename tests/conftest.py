"""Fixtures for every room. Servers come from tests/services.py, the browser from tests/browser.py."""

import io
from datetime import date

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as properties

from apps.kit import limits
from config import standing
from tests import databases
from tests.full import FULL

# How fast a machine makes and tries its examples says nothing of what they show. Short: the same examples in every run, so that who
# changed nothing there is not refused; full: others each time.
properties.register_profile("no clock", deadline=None, derandomize=not FULL, suppress_health_check=[HealthCheck.too_slow])
properties.load_profile("no clock")

# On a busy machine also Redis stands still for a moment, and what is not counted or kept then is what a test is about.
PATIENT = 20
_HASTY = {"PATIENCE": limits.PATIENCE, **settings.CACHES["default"]["OPTIONS"]}
limits.PATIENCE = PATIENT
settings.CACHES["default"]["OPTIONS"] |= {"socket_timeout": PATIENT, "socket_connect_timeout": PATIENT}

pytest_plugins = ["tests.lacking", "tests.browser", "tests.prices"]


def pytest_collection_finish() -> None:
    """Five thousand tests and all that they import stay: looking at them again and again was a tenth of the processor's time."""
    standing.stands()


def pytest_runtest_setup(item) -> None:
    """Before the first fixture: which database this test meets. Tests without one leave it as it is."""
    if "world" in item.fixturenames:
        databases.choose("city")
    elif item.get_closest_marker("django_db") or {"db", "transactional_db", "live_server"} & set(item.fixturenames):
        databases.choose("bare")


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker):
    """In place of pytest-django's: the bare database, migrated. The templates of documents ship with the software: tests find them loaded."""
    with django_db_blocker.unblock():
        databases.prepare("bare", fill=databases.migrate)
    TransactionTestCase._fixture_teardown = lambda _: databases.put_back()
    yield
    with django_db_blocker.unblock():
        databases.leave()


@pytest.fixture(scope="session")
def city(django_db_setup, django_db_blocker):
    """The database in which the demo city stands."""
    from tests import world

    with django_db_blocker.unblock():
        databases.prepare("city", fill=world.load, over="bare")


@pytest.fixture(autouse=True)
def files_of_this_test(tmp_path, monkeypatch):
    """Uploads and documents of one test never meet those of another, and need not outlive a failure of the power."""
    monkeypatch.setattr(settings, "FILES_DIR", tmp_path / "files")
    monkeypatch.setattr("apps.kit.files._to_disk", lambda handle: None)


@pytest.fixture(autouse=True)
def scanner_answers(monkeypatch):
    """A file is examined at once, without a server; the fixture `twins` puts the real adapter back."""
    monkeypatch.setattr(settings, "PORTS", {**settings.PORTS, "scanner": "tests.scanner.Scanner"})


@pytest.fixture(autouse=True)
def nothing_was_counted_yet(monkeypatch):
    """What may be done so often (config/limits.py) begins anew, and no window ends in the middle of a test."""
    cache.clear()
    monkeypatch.setattr(limits, "time", lambda: 1_800_000_020.0)


@pytest.fixture
def hasty(settings, monkeypatch):
    """No more patience with Redis than the house has."""
    options = {name: value for name, value in _HASTY.items() if name != "PATIENCE"}
    monkeypatch.setattr(limits, "PATIENCE", _HASTY["PATIENCE"])
    settings.CACHES = {"default": {**settings.CACHES["default"], "OPTIONS": options}}


@pytest.fixture
def worker(transactional_db):
    """A Celery worker in this process, on the real broker, taking all three queues."""
    from celery.contrib.testing import worker as testing

    from config.celery import app

    app.control.purge()
    with testing.start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=20) as running:
        yield running


@pytest.fixture
def world(city, db):
    """Regions, calendars, the whole real catalogue and the demo people (tests/make.py builds cases on them)."""
    databases.start_numbers_again()


@pytest.fixture
def standards(world):
    """The two sector standards on top of the world: opinions in 办民宿 and 开餐饮店 then answer check points (make.checks)."""
    from django.core.management import call_command

    call_command("load_standards", stdout=io.StringIO())


@pytest.fixture
def twins(monkeypatch):
    """The outside services as local stand-ins that a test can break: twins.behave("sms", "down")."""
    from apps.gateway.twins import serving

    with serving() as (running, address):
        services = {name: {"url": f"{address}/{name}", "secret": "", "seconds": PATIENT} for name in settings.PORTS}
        monkeypatch.setattr(settings, "SERVICES", services)
        monkeypatch.setattr(settings, "PORTS", {**settings.PORTS, "scanner": "apps.gateway.adapters.HttpScanner"})
        yield running


@pytest.fixture
def days(time_machine):
    from tests.days import Days

    return Days(time_machine)


@pytest.fixture
def long_ago(world):
    """The demo people held their posts, and stood for each other, long before today: stories of other years can be told."""
    from apps.directory.models import Mandate, Post

    Post.objects.update(valid_from=date(2010, 1, 1))
    Mandate.objects.update(valid_from=date(2010, 1, 1))


@pytest.fixture
def office(world, days):
    """The demo city with posts that were always held: a story may be set in any year of the published calendar."""
    from apps.directory.models import Post

    Post.objects.update(valid_from=date(2015, 1, 1))
    return days


@pytest.fixture
def quick_print(monkeypatch):
    """How it looks on paper is tested with the documents; elsewhere a file with the document's number is enough."""
    from apps.issuance import paper

    monkeypatch.setattr(paper, "make", lambda one: paper.Printed(f"%PDF-1.7\n{one.number}".encode(), 1))
