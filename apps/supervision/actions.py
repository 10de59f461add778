"""What a supervisor may mend."""

from __future__ import annotations

from apps.journal.actor import Actor
from apps.journal.delivering import retry_stuck
from apps.kit.errors import NotYours

from . import queries


def retry(*, by: Actor, delivery: int) -> None:
    """Put a stuck delivery back in line, after its cause was mended. Raises NotYours, Forbidden."""
    row = queries.stuck(by).filter(pk=delivery).first()
    if row is None:
        raise NotYours
    retry_stuck(row.pk, by=by)
