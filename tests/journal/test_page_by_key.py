"""Keyset paging over rows whose keys repeat: no row is lost, none comes twice, forwards and back."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.journal.models import Event
from apps.kit.errors import Refused
from apps.kit.paging import keyset_page, slices
from apps.kit.time import now
from tests.full import full

START = now()


def events(seconds):
    Event.objects.bulk_create(
        [
            Event(
                at=START + timedelta(seconds=second),
                chain=f"page:{n}",
                seq=1,
                name="page.turn",
                subject_type="page",
                subject_id=str(n),
                by_kind="system",
                by_name="",
                hash="",
            )
            for n, second in enumerate(seconds)
        ]
    )


@pytest.mark.parametrize("order", [("-at", "-id"), ("at", "id"), ("-id",)])
@settings(
    max_examples=full(8, 200),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(seconds=st.lists(st.integers(0, 5), max_size=25), size=st.integers(1, 7))
def test_walk_there_and_back(db, order, seconds, size):
    from django.db import transaction

    with transaction.atomic():
        events(seconds)
        rows = Event.objects.filter(name="page.turn")
        whole = list(rows.order_by(*order).values_list("pk", flat=True))
        assert [row.pk for row in slices(rows, order, size)] == whole
        seen, after, back = [], None, None
        while True:
            page = keyset_page(rows, order, after, size)
            assert len(page.rows) <= size
            seen += [row.pk for row in page.rows]
            back = page.previous
            if not page.next:
                break
            after = page.next
        assert seen == whole
        returned = []
        while back:
            page = keyset_page(rows, order, back, size)
            returned = [row.pk for row in page.rows] + returned
            assert page.next  # from where he came
            back = page.previous
        assert returned == whole[: len(returned)]
        assert len(whole) - len(returned) <= size
        if after:  # of this list only: in another one its keys would not fit
            with pytest.raises(Refused):
                keyset_page(rows, ("name", *order), after, size)
        transaction.set_rollback(True)
