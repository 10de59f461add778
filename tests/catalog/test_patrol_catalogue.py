"""The patrol finds what should be impossible, and nothing in a lawful catalogue."""

import pytest

from apps.catalog.models import DefinitionVersion
from apps.catalog.patrol import in_use_has_a_version

from .conftest import document, item, load

pytestmark = pytest.mark.django_db


def test_definition_in_use_without_a_version(regions):
    load(document(items=[item(), item("two")]))
    load(document(items=[item("draft")]), as_draft=True)
    assert list(in_use_has_a_version()) == []
    DefinitionVersion.objects.filter(definition="one").update(state="discarded")
    [found] = in_use_has_a_version()
    assert found["where"] == "definition:one"
