"""What the beat does every few seconds until nothing is left: a test that calls it once meets, now and then, a transaction that is
still open beside it (the server's own, cleaning up), whose end it has to wait for."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db import connection

from apps.journal.anchoring import seal
from apps.journal.models import Anchor, Event
from apps.supervision.models import Progress
from apps.supervision.rollup import rollup


def count_all() -> None:
    """Roll up until every event is counted."""
    _until(rollup, lambda: Progress.objects.filter(horizon__gt=_newest()).exists())


def seal_all() -> None:
    """Seal until every event lies below an anchor."""
    _until(seal, lambda: Anchor.objects.filter(horizon__gt=_newest()).exists())


def _newest() -> int:
    """The newest number but that of the transaction around the test itself, which never settles."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id_if_assigned()::text::bigint")
        (own,) = cursor.fetchone()
    return Event.objects.exclude(tx=own).order_by("-tx").values_list("tx", flat=True).first() or 0


def _until(step: Callable[[], object], done: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    step()
    while not done():
        assert time.monotonic() < end, "another transaction of this database has been open for half a minute"
        time.sleep(0.01)
        step()
