"""Events by the Beijing year: turned on in place while others write, guarded as before, and taken back when it cannot be done."""

import io
import json
from datetime import datetime, timedelta
from threading import Event as Signal

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from apps.journal import years
from apps.journal.anchoring import seal, verify
from apps.journal.invariants import patrol
from apps.journal.models import Delivery, Event
from apps.kit.time import BEIJING, now
from tests import databases, make
from tests.threads import lost, together

YEAR = now().astimezone(BEIJING).year
OLD = f"journal_event_before_{YEAR + 1}"
AHEAD = [f"journal_event_{YEAR + 1}", f"journal_event_{YEAR + 2}"]


@pytest.fixture
def bare(transactional_db):
    with databases.scratch("bare"):
        yield


@pytest.fixture
def turned(bare):
    wrote(1, at=now() - timedelta(days=400))
    assert turn() == AHEAD


def turn() -> list[str]:
    return years.put_events_by_year(lambda _: None)


def wrote(seq: int, **given) -> Event:
    given = {"at": now(), "chain": "year:1", "subject_type": "year", "subject_id": "1", **given}
    return Event.objects.create(seq=seq, name="year.turn", by_kind="system", by_name="", hash="", **given)


def of_year(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=BEIJING)


def ask(sql: str, values=None) -> list:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def stands_in(event: Event) -> str:
    return ask("SELECT tableoid::regclass::text FROM journal_event WHERE id = %s", [event.pk])[0][0]


def shape() -> list:
    """Columns, indexes, constraints and triggers of the one table."""
    return [
        ask("SELECT attname, atttypid, attidentity, attnotnull FROM pg_attribute WHERE attrelid = 'journal_event'::regclass AND attnum > 0"),
        ask("SELECT indexdef FROM pg_indexes WHERE tablename = 'journal_event' ORDER BY 1"),
        ask("SELECT conname FROM pg_constraint WHERE 'journal_event'::regclass IN (conrelid, confrelid) ORDER BY 1"),
        ask("SELECT tgname FROM pg_trigger WHERE tgrelid = 'journal_event'::regclass AND NOT tgisinternal ORDER BY 1"),
    ]


# -- what is turned on


def test_a_city_at_work_goes_on_as_if_nothing_had_happened(transactional_db, world):
    with databases.scratch("city"):
        first = make.decided()
        make.deliver_all()
        seal()
        before = list(Event.objects.order_by("pk").values())
        assert turn() == AHEAD
        assert list(Event.objects.order_by("pk").values()) == before
        second = make.decided()
        make.deliver_all()
        seal()
        assert verify() == Event.objects.count() > len(before)
        assert Event.objects.exclude(pk__in=[row["id"] for row in before]).order_by("pk").first().pk > before[-1]["id"]
        assert {first.state, second.state} == {"granted"}
        call_command("simulate", applications=30, days=20, seed=3, node=["330282"], stdout=io.StringIO())
        checked, found = patrol()
        assert found == [] and "journal.what_names_an_event_finds_it" in checked


def test_nothing_is_lost_of_what_others_write_meanwhile(bare):
    stop = Signal()

    def write() -> int:
        count = 0
        while not stop.is_set():
            count += 1
            wrote(count, chain=f"year:{id(stop)}{count % 2}")
        return count

    def switch() -> list[str]:
        try:
            return turn()
        finally:
            stop.set()

    written, made = together(write, switch)
    assert made == AHEAD and written == Event.objects.count()


def test_each_year_has_its_own_and_is_read_alone(turned):
    last = wrote(2, at=of_year(YEAR + 1) - timedelta(microseconds=1))
    first = wrote(3, at=of_year(YEAR + 1))
    assert [stands_in(last), stands_in(first)] == [OLD, AHEAD[0]]
    span = [of_year(YEAR + 1), of_year(YEAR + 1) + timedelta(days=31)]
    plan = "\n".join(line for (line,) in ask("EXPLAIN SELECT count(*) FROM journal_event WHERE at >= %s AND at < %s", span))
    assert AHEAD[0] in plan and OLD not in plan and AHEAD[1] not in plan
    found = {columns for (columns,) in ask("SELECT substring(indexdef FROM '[(].*') FROM pg_indexes WHERE tablename = %s", [AHEAD[0]])}
    assert found >= {"(tx)", "(by_id, at)"}  # by which anchors and the page of a person's deeds find theirs


def test_a_year_is_put_away_with_one_statement(turned):
    kept, gone = wrote(2), wrote(3, at=of_year(YEAR + 1))
    ask(f"ALTER TABLE journal_event DETACH PARTITION {AHEAD[0]}")
    assert Event.objects.filter(pk=kept.pk).exists() and not Event.objects.filter(pk=gone.pk).exists()
    assert ask(f"SELECT id FROM {AHEAD[0]}") == [(gone.pk,)]


def test_the_hour_that_passes_keeps_years_ahead(turned, monkeypatch):
    assert years.keep_ahead() == [] and turn() == []
    monkeypatch.setattr(years, "now", lambda: of_year(YEAR + 2))
    assert years.keep_ahead() == [f"journal_event_{YEAR + 3}", f"journal_event_{YEAR + 4}"]
    assert stands_in(wrote(2, at=of_year(YEAR + 4))) == f"journal_event_{YEAR + 4}"


def test_a_publication_goes_on_under_the_same_name(bare):
    ask("CREATE PUBLICATION city FOR TABLE journal_event, journal_anchor")
    turn()
    assert ask("SELECT tablename FROM pg_publication_tables ORDER BY 1") == [("journal_anchor",), ("journal_event",)]


# -- what guards it


@pytest.mark.parametrize("table", ["journal_event", OLD, AHEAD[0]])
def test_it_stays_append_only(turned, table):
    wrote(2, at=of_year(YEAR + 1))
    for change in (f"UPDATE {table} SET name = 'x'", f"DELETE FROM {table}", f"TRUNCATE {table}"):
        with pytest.raises(DatabaseError, match=r"append-only|Cannot update or delete"), transaction.atomic():
            ask("SET LOCAL yichuang.test_database = 'off'")
            ask(change)
    assert Event.objects.count() == 2


def test_numbers_are_unique_within_a_year(turned):
    event = wrote(2, at=of_year(YEAR + 1))
    with pytest.raises(IntegrityError, match="chain"), transaction.atomic():
        wrote(2, at=event.at)
    with pytest.raises(IntegrityError, match="key"), transaction.atomic():
        wrote(3, at=event.at, id=event.pk)
    with pytest.raises(IntegrityError, match="event_once_in_chain"), transaction.atomic():
        wrote(1)  # of what stood there, as before: one in all years


def test_the_patrol_finds_what_no_foreign_key_holds_any_more(turned):
    good, bad = (Delivery.objects.create(event_id=pk, listener="x", next_try_at=now()) for pk in (Event.objects.get().pk, 10**9))
    found = [one for one in patrol()[1] if one["invariant"] == "journal.what_names_an_event_finds_it"]
    assert [one["where"] for one in found] == [f"delivery:{bad.pk}"] and good.pk


# -- what cannot be done leaves everything as it was


def test_a_table_that_is_never_free(bare, monkeypatch):
    monkeypatch.setattr(years, "PATIENCE", 2)
    monkeypatch.setattr(years, "PAUSE", 0)
    before = shape()
    attempts = []
    switch = years._switch

    def switching(cursor, year):
        attempts.append(year)
        with databases.beside() as other:
            other.cursor().execute("SELECT 1 FROM journal_event LIMIT 1")
            switch(cursor, year)

    monkeypatch.setattr(years, "_switch", switching)
    with pytest.raises(years.Busy, match="长事务"):
        turn()
    assert len(attempts) == 2 and not years.by_year() and shape() == before
    monkeypatch.setattr(years, "_switch", switch)
    assert turn() == AHEAD


def test_one_at_a_time(bare):
    with databases.beside() as other:
        other.cursor().execute(f"SELECT pg_advisory_xact_lock({years._LOCK})")
        with pytest.raises(CommandError, match="等它做完"):
            call_command("events_by_year")
        assert years.keep_ahead() == [] and not years.by_year()


def test_a_bound_left_by_a_killed_turn_does_not_refuse_the_new_year(bare):
    before = shape()
    ask("ALTER TABLE journal_event ADD CONSTRAINT event_before CHECK (at < '2001-01-01')")
    with pytest.raises(IntegrityError), transaction.atomic():
        wrote(1)
    assert years.keep_ahead() == [] and shape() == before
    wrote(1)


def test_what_a_killed_turn_left_is_begun_anew(bare):
    ask("ALTER TABLE journal_event ADD CONSTRAINT event_before CHECK (at < '2901-01-01') NOT VALID")
    ask(f"CREATE UNIQUE INDEX event_key_before_{YEAR + 1} ON journal_event (id, at)")
    wrote(1, at=of_year(YEAR + 1))  # by a clock that was fast: the first partition ends after the newest
    assert turn() == AHEAD[1:]


def test_the_command_tells_what_it_made(bare):
    told, said = io.StringIO(), io.StringIO()
    call_command("events_by_year", json=True, stdout=told, stderr=said)
    assert json.loads(told.getvalue()) == {"partitions": AHEAD} and "切换" in said.getvalue()
    call_command("events_by_year", stdout=told)
    assert "新增 0 个分区" in told.getvalue()


def test_a_failure_in_the_middle_of_the_switch_takes_all_of_it_back(bare, monkeypatch):
    before = shape()

    def fail(cursor):
        raise RuntimeError("the power went out")

    monkeypatch.setattr(years, "_room_ahead", fail)
    with pytest.raises(RuntimeError):
        turn()
    assert shape() == before and not lost(together(lambda: wrote(1)))
