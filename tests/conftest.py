"""Fixtures for every room. Servers come from tests/services.py, the browser from tests/browser.py."""

import io

import pytest
from django.conf import settings
from django.core.cache import cache

pytest_plugins = ["tests.lacking", "tests.browser"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The templates of documents ship with the software: tests find them loaded (a flushed database loads its own again)."""
    from apps.issuance.loading import load_templates

    with django_db_blocker.unblock():
        load_templates()


@pytest.fixture(autouse=True)
def files_of_this_test(tmp_path, monkeypatch):
    """Uploads and documents of one test never meet those of another."""
    monkeypatch.setattr(settings, "FILES_DIR", tmp_path / "files")


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


@pytest.fixture
def worker(transactional_db):
    """A Celery worker in this process, on the real broker, taking all three queues."""
    from celery.contrib.testing import worker as testing

    from config.celery import app

    app.control.purge()
    with testing.start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=20) as running:
        yield running


@pytest.fixture
def world(db):
    """Regions, calendars, the whole real catalogue and the demo people (tests/make.py builds cases on them)."""
    from tests import world

    world.load()


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
        services = {name: {"url": f"{address}/{name}", "secret": "", "seconds": 2} for name in settings.PORTS}
        monkeypatch.setattr(settings, "SERVICES", services)
        yield running
