"""States of the catalogue that should be impossible."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, OuterRef

from apps.journal.invariants import invariant

from .models import Definition, DefinitionVersion
from .workflow import DefinitionState, VersionState


@invariant("catalog.in_use_has_a_version")
def in_use_has_a_version() -> Iterator[dict]:
    """What is in use was published at least once."""
    published = DefinitionVersion.objects.filter(definition=OuterRef("pk"), state=VersionState.PUBLISHED)
    rows = Definition.objects.filter(~Exists(published), state=DefinitionState.PUBLISHED)
    for code in rows.values_list("code", flat=True):
        yield {"what": "在用的事项没有已公布的版本", "where": f"definition:{code}"}
