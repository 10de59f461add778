"""The real files, there and back again."""

from datetime import date

import pytest

from apps.catalog.actions import load_catalogue
from apps.catalog.exporting import as_yaml, catalogue_file
from apps.catalog.loading.source import read
from apps.catalog.queries import holding
from apps.directory.models import Department
from apps.directory.queries import successors_of
from apps.journal.actor import SYSTEM

from .conftest import REAL, footprint

pytestmark = pytest.mark.django_db


def test_real_catalogue_loads_and_loads_again_without_a_trace(real_catalogue):
    assert real_catalogue.counts == {
        "departments": 42,
        "zones": 13,
        "elements": 100,
        "materials": 39,
        "batches": 0,
        "items": {"created": 106, "new_version": 0, "unchanged": 0},
        "bundles": {"created": 19, "new_version": 0, "unchanged": 0},
    }
    before = footprint()
    again = load_catalogue(by=SYSTEM, sources=[read(str(path)) for path in REAL])
    assert again.counts["items"] == {"created": 0, "new_version": 0, "unchanged": 106}
    assert again.counts["bundles"] == {"created": 0, "new_version": 0, "unchanged": 19}
    assert again.counts["departments"] == 42
    assert footprint() == before


def test_real_catalogue_exported_and_loaded_again_is_unchanged(real_catalogue):
    text = as_yaml(catalogue_file(holding(date(2017, 8, 31)), date(2017, 8, 31)))
    before = footprint()
    report = load_catalogue(by=SYSTEM, sources=[read("export.yaml", text.encode())])
    assert not report.problems
    assert report.counts["items"]["unchanged"] == 106
    assert report.counts["bundles"]["unchanged"] == 19
    assert footprint() == before


def test_a_company_of_the_real_catalogue_decides_as_no_authority(real_catalogue):
    """Its refusal names no reconsideration, and the router gives it no department's work."""
    companies = Department.objects.filter(uscc__startswith="9")
    assert {one.code for one in companies} == {"gongshui", "gongdian", "gongqi", "yinhang"} and not any(one.holds_power for one in companies)
    assert not {one.code for one in successors_of("scjg")} & {one.code for one in companies}
