"""The real catalogue, and small ones written in a test."""

import copy
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.db import transaction

from apps.catalog.actions import load_catalogue
from apps.catalog.loading.source import read
from apps.catalog.models import Batch, Definition, DefinitionVersion, Element, MaterialType, Revision
from apps.directory.loading import load_regions
from apps.directory.models import Department, Zone
from apps.journal.actor import SYSTEM
from apps.journal.models import Event

FIXTURES = Path(settings.BASE_DIR) / "fixtures"
REAL = [FIXTURES / "catalog" / name for name in ("cixi-2017.yaml", "city-2017.yaml")]
DATA = Path(__file__).parent / "data"

ITEM = {
    "code": "one",
    "name": "测试事项",
    "type": "10",
    "department": "office",
    "handling": "promised",
    "legal_limit": {"days": 20, "unit": "working"},
    "promised_limit": {"days": 5, "unit": "working"},
    "max_visits": 0,
    "result": {"kind": "none"},
}


def item(code: str = "one", **changes) -> dict:
    return copy.deepcopy(ITEM) | {"code": code} | changes


def document(as_of: str = "2017-08-31", **parts) -> dict:
    """A small file with one department; parts are lists of the format."""
    return {
        "format": "yichuang-catalog/1",
        "as_of": as_of,
        "node": "330282",
        "departments": [{"code": "office", "name": "测试部门"}],
    } | parts


def source(parts: dict, name: str = "test.yaml"):
    return read(name, yaml.safe_dump(parts, allow_unicode=True, sort_keys=False).encode())


def load(*documents: dict, by=SYSTEM, **options):
    """Load small documents as files in this order."""
    sources = [source(part, f"test-{index}.yaml") for index, part in enumerate(documents)]
    return load_catalogue(by=by, sources=sources, **options)


def codes(report) -> list[str]:
    return [problem.code for problem in report.problems]


def footprint() -> dict:
    """Every row of the room, and the number of events."""
    models = (Definition, DefinitionVersion, Element, MaterialType, Batch, Revision, Department, Zone)
    rows = {model.__name__: sorted(map(repr, model.objects.values_list())) for model in models}
    return rows | {"events": Event.objects.count()}


@pytest.fixture
def regions(db):
    load_regions(FIXTURES / "regions.yaml")


@pytest.fixture(scope="module")
def loaded_once(django_db_setup, django_db_blocker):
    """The real catalogue, loaded once for the tests of a module; each test sees it and undoes its own changes."""
    with django_db_blocker.unblock():
        whole = transaction.atomic()
        whole.__enter__()
        try:
            load_regions(FIXTURES / "regions.yaml")
            report = load_catalogue(by=SYSTEM, sources=[read(str(path)) for path in REAL])
            assert not report.problems
            yield report
        finally:
            transaction.set_rollback(True)
            whole.__exit__(None, None, None)


@pytest.fixture
def real_catalogue(loaded_once, db):
    return loaded_once
