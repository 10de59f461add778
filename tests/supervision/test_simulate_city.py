"""A made-up city is as lawful as a real one: its journal verifies, nothing impossible stands in it, its numbers agree."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from apps.applications.models import Application
from apps.journal.anchoring import verify
from apps.journal.invariants import patrol
from apps.journal.models import Event
from apps.kit.ids import check_case_number
from apps.supervision import rollup
from apps.supervision.simulating import city


@pytest.fixture
def alone(monkeypatch):
    """The databases of other tests stand on the same server, and what is open there is none of this city's business."""
    for room in (city, rollup):
        monkeypatch.setattr(room, "settled_below", own_transaction)


def own_transaction() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        return cursor.fetchone()[0]


def test_a_simulated_city_is_lawful(world, alone):
    report = city.simulate(applications=300, days=40, seed=7, nodes=["330282"], tell=lambda _: None)
    verify()
    assert patrol()[1] == []
    numbers = list(Application.objects.values_list("number", flat=True))
    assert len(numbers) == len(set(numbers)) == report.applications == 300
    assert [check_case_number(number) for number in numbers] == numbers
    assert Application.objects.filter(ended_on__isnull=False).count() == report.finished > 200


def test_a_city_of_nothing_is_refused_in_words(world):
    before = Event.objects.count()
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as exit:
        call_command("simulate", applications=0, json=True, stdout=out, stderr=err)
    assert exit.value.code == 1
    assert "errors" in out.getvalue() and err.getvalue().strip()
    assert Event.objects.count() == before
