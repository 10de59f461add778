"""A made-up city is as lawful as a real one: its journal verifies, nothing impossible stands in it, its numbers agree."""

import re
from collections import Counter
from datetime import date, datetime, timedelta
from io import StringIO
from threading import Timer

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from apps.applications.models import Application, Job, Parcel
from apps.catalog.forms_schema import clean_value
from apps.catalog.loading.schema import element_types
from apps.gateway.models import Outbound
from apps.journal.anchoring import verify
from apps.journal.invariants import patrol
from apps.journal.models import Event
from apps.kit.errors import Refused
from apps.kit.ids import check_case_number
from apps.supervision import rollup
from apps.supervision.models import DayCount, OpenMember, ResultRuns
from apps.supervision.recounting import recount
from apps.supervision.simulating import city, lives, stamping
from apps.supervision.simulating.answers import answers_to
from tests import databases


@pytest.fixture
def alone(monkeypatch):
    """The databases of other tests stand on the same server, and what is open there is none of this city's business."""
    for room in (city, rollup):
        monkeypatch.setattr(room, "settled_below", own_transaction)


def own_transaction() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        return cursor.fetchone()[0]


def test_a_simulated_city_is_lawful(world, alone, monkeypatch):
    with connection.cursor() as cursor:  # numbers of documents get their seventh digit on the way; undone with the test
        cursor.execute("ALTER SEQUENCE issuance_document_serial RESTART WITH 999900")
    before = _structure()
    report = city.simulate(applications=300, days=40, seed=7, nodes=["330282"], rebuild=True)
    assert _structure() == before
    verify()
    assert patrol()[1] == []
    numbers = list(Application.objects.values_list("number", flat=True))
    assert len(numbers) == len(set(numbers)) == report.applications == 300
    assert [check_case_number(number) for number in numbers] == numbers
    assert Application.objects.filter(ended_on__isnull=False).count() == report.finished > 200
    told = Counter()
    for name, value in DayCount.objects.filter(department="").values_list("name", "value"):
        told[name] += value
    assert told["ran_once"] > told["ran_again"] > 0 and told["on_time"] > 9 * told["late"] > 0  # as the reform promised
    late, still = OpenMember.objects.filter(light="overdue").count(), OpenMember.objects.count()
    assert 0 < 4 * late <= still  # nor is what is open late because a weekend went by
    assert Parcel.objects.filter(state="signed").exists() and not Outbound.objects.exists()  # no courier is asked to come
    busy = set(Job.objects.exclude(state="closed").values_list("department", flat=True))
    # There is something to do at more than the two or three desks with the most items, and at those that one looks at first.
    assert len(busy) > 12 and {"gongan", "renshe", "wenguang", "scjg"} <= busy
    kept = _kept()
    monkeypatch.setattr(rollup, "settled_below", lambda: own_transaction() + 1)
    assert recount() == Event.objects.count()  # of days before all that the house itself wrote
    assert _kept() == kept and kept["supervision.DayCount"] and kept["runs"]


def _structure() -> list[tuple]:
    """Every index, constraint and trigger, as PostgreSQL says it; casts and brackets, which it writes anew, left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' UNION ALL "
            "SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE connamespace = 'public'::regnamespace "
            "UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(oid) || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal"
        )
        told = [(kind, name, re.sub(r"::(text|character varying)|\[\]|[()]", "", text)) for kind, name, text in cursor]
    return sorted(told)


def _kept() -> dict[str, set[tuple]]:
    """Every kept counter that is not nought."""
    found = {
        model._meta.label: set(model.objects.exclude(value=0).values_list(*keys, "value"))
        for model, keys in rollup.KEYS.items()
    }
    of_members = {"open": OpenMember.objects.values_list("pk", "node", "department", "light"), "runs": ResultRuns.objects.values_list()}
    return found | {name: set(rows) for name, rows in of_members.items()}


def test_the_same_seed_makes_the_same_city(world, alone):
    def made(seed: int) -> list[tuple]:
        with transaction.atomic():
            city.simulate(applications=2, days=20, seed=seed, nodes=["330282"])
            told = Application.objects.order_by("pk").values_list(
                "code", "state", "receipt_date", "received_at", "applicant_name", "applicant__id_number", "answers"
            )
            found = list(told)
            transaction.set_rollback(True)
        return found

    assert made(3) == made(3) != made(4)


@pytest.mark.parametrize("minutes", [0, 4, 5, 90])
@pytest.mark.parametrize("text", ["2026-11-26T08:31:00+08:00", "2038-01-19T03:10:00+00:00", "2105-01-19T09:00:01+08:00"])
def test_a_moment_is_hashed_as_the_journal_writes_it(db, text, minutes):
    """Also on both sides of the second, in January 2038, from which a float has a bit fewer behind the point."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {stamping._hex(text)} FROM (SELECT {minutes * 60}::bigint AS seconds) c")
        (found,) = cursor.fetchone()
    assert found == (datetime.fromisoformat(text) + timedelta(minutes=minutes)).timestamp().hex()


def test_a_city_of_nothing_is_refused_in_words(world):
    before = Event.objects.count()
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as exit:
        call_command("simulate", applications=0, json=True, stdout=out, stderr=err)
    assert exit.value.code == 1
    assert "errors" in out.getvalue() and err.getvalue().strip()
    assert Event.objects.count() == before


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("text", {"max_length": 1}),
        ("textarea", {"max_length": 3}),
        ("textarea", {"max_length": 0}),
        ("integer", {"minimum": 20.5, "maximum": 30}),
        ("integer", {"maximum": 0}),
        ("decimal", {"minimum": 0.5, "maximum": 60.25}),
        ("money", {"minimum": 200000.005}),
        ("money", {"maximum": 0.009}),
        *((kind, {"choices": [{"value": "a", "label": "甲"}]}) for kind in element_types() if kind != "region"),  # which wants the regions
    ],
)
def test_a_form_of_any_catalogue_is_filled_in_lawfully(kind, facts):
    """Where one field would not take the usual answer, the whole city was refused."""
    field = {"element": "f", "name": "某项", "type": kind, "required": True} | facts
    for applicant in city.MODELS.values():
        given = answers_to({"elements": [field]}, applicant, "330382", date(2026, 1, 5))
        assert clean_value(field, given["f"]) not in (None, "")
    assert all(way.instead for way in (*lives.OTHERWISE, *lives.OPEN) if way.name not in ("received", "accepted"))


@pytest.mark.parametrize("does", ["SELECT pg_current_xact_id()", "LOCK TABLE journal_event IN ROW EXCLUSIVE MODE"])
def test_while_somebody_writes_no_city_is_made_up(transactional_db, world, monkeypatch, does):
    monkeypatch.setattr(city, "PATIENCE", 1)
    with databases.beside() as other:
        other.cursor().execute(does)
        with pytest.raises(Refused, match="平台正在写入"):
            city.simulate(applications=1, days=20, seed=1, nodes=["330282"])
        assert not Application.objects.exists()


def test_who_writes_for_a_moment_is_waited_for(transactional_db, world):
    with databases.beside() as other:
        other.cursor().execute("SELECT pg_current_xact_id()")
        Timer(0.3, other.close).start()
        with transaction.atomic():
            city._demand_alone()
        assert other.closed
