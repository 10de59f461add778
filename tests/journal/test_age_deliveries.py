"""What was done more than a month ago stands in its year's partition; everything else stays where it is."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from apps.journal import ageing
from apps.journal.models import Delivery, Event
from apps.kit.time import now

pytestmark = pytest.mark.django_db


def deliveries(**each):
    """{name: (state, done_at, chain_seq)} of one event."""
    event = Event.objects.create(
        at=now(), chain="age:1", seq=1, name="age.turn", subject_type="age", subject_id="1", by_kind="system", by_name="", hash=""
    )
    for name, (state, done_at, seq) in each.items():
        Delivery.objects.create(event=event, listener=name, state=state, next_try_at=now(), done_at=done_at, chain_seq=seq)


def aged() -> list:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text, listener FROM journal_done_delivery ORDER BY id")
        return cursor.fetchall()


def test_old_ones_go_into_their_year(monkeypatch):
    monkeypatch.setattr(ageing, "BATCH", 2)
    old = now() - timedelta(days=31)
    deliveries(
        first=("done", datetime(2024, 12, 31, 15, 59, tzinfo=UTC), 0),
        second=("done", datetime(2024, 12, 31, 16, 0, tzinfo=UTC), 0),  # the new year in Beijing
        third=("done", datetime(2025, 6, 1, tzinfo=UTC), 0),
        retried=("done", old, 1),
        stuck=("stuck", None, 0),
        waiting=("pending", None, 0),
        young=("done", now() - timedelta(days=29), 0),
    )
    assert ageing.age() == 3 and ageing.age() == 0
    years = [f"journal_done_delivery_{year}" for year in (2024, 2025, 2025)]
    assert aged() == list(zip(years, ["first", "second", "third"], strict=True))
    assert set(Delivery.objects.values_list("listener", flat=True)) == {"retried", "stuck", "waiting", "young"}


def test_a_year_is_read_without_the_others():
    deliveries(a=("done", datetime(2024, 6, 1, tzinfo=UTC), 0), b=("done", datetime(2025, 6, 1, tzinfo=UTC), 0))
    ageing.age()
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN SELECT count(*) FROM journal_done_delivery WHERE done_at BETWEEN '2025-03-01' AND '2025-04-01'")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "journal_done_delivery_2025" in plan and "journal_done_delivery_2024" not in plan
