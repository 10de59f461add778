"""A statement is kept parsed and planned by each connection: what happens when it is refused, outdated, or one too many."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.utils import NotSupportedError

from apps.kit import prepared
from apps.kit.prepared import execute

pytestmark = pytest.mark.django_db


def run(sql, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        execute(cursor, "test", sql, values)
        return cursor.fetchall() if cursor.description else None


def kept() -> set[str]:
    """As the server tells it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements")
        return {name for (name,) in cursor.fetchall()}


@pytest.fixture
def table():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept_here (id int PRIMARY KEY, word text)")


@pytest.fixture(autouse=True)
def forget():
    """The connection is shared with other tests: it keeps nothing of these tables."""
    yield
    for sql in [sql for sql in prepared._kept.get(connection.connection, {}) if "kept_here" in sql or "one_of_many" in sql]:
        with connection.cursor() as cursor:
            cursor.execute(f"DEALLOCATE {prepared._kept[connection.connection].pop(sql)}")


def test_only_the_values_differ(table):
    insert = "INSERT INTO kept_here VALUES (%s, %s)"
    run(insert, 1, "百分之 100% 的 '引号'")
    mine = kept()
    run(insert, 2, None)
    assert kept() == mine
    assert run("SELECT id, word FROM kept_here ORDER BY id") == [(1, "百分之 100% 的 '引号'"), (2, None)]


def test_a_refused_value_leaves_it_kept(table):
    insert = "INSERT INTO kept_here VALUES (%s, 'x')"
    run(insert, 1)
    mine = kept()
    with pytest.raises(IntegrityError):
        run(insert, 1)
    run(insert, 2)
    assert kept() == mine


def test_a_table_that_has_another_column_by_now_is_asked_anew(table):
    """As after a migration under a running process: one request fails, the next one goes on."""
    ask = "SELECT * FROM kept_here WHERE id >= %s"
    assert run(ask, 1) == []
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE kept_here ADD COLUMN more int DEFAULT 7")
        cursor.execute("INSERT INTO kept_here VALUES (1, 'a')")
    with pytest.raises(NotSupportedError):
        run(ask, 1)
    assert run(ask, 1) == [(1, "a", 7)]


def test_one_that_the_server_lost_is_prepared_anew(table):
    ask = "SELECT id FROM kept_here WHERE id = %s"
    run(ask, 1)
    with connection.cursor() as cursor:
        cursor.execute(f"DEALLOCATE {prepared._kept[connection.connection][ask]}")
    with pytest.raises(DatabaseError):
        run(ask, 1)
    assert run(ask, 1) == []


def test_the_oldest_makes_room(monkeypatch):
    known = list(prepared._kept.get(connection.connection, {}))
    before = kept()
    monkeypatch.setattr(prepared, "MOST", len(known) + 2)
    asked = [f"SELECT %s::int AS one_of_many_{number}" for number in range(4)]
    for number, sql in enumerate(asked):
        assert run(sql, number) == [(number,)]
    mine = prepared._kept[connection.connection]
    assert list(mine) == [*known, *asked][-prepared.MOST :]
    assert {name.strip('"') for name in mine.values()} <= kept()
    assert len(kept() - before) == sum(sql in mine for sql in asked)
    run(asked[-2], 2)
    assert list(mine)[-1] == asked[-2]  # what is used again is the last to go


def test_of_one_trip_none_takes_the_place_of_another(monkeypatch):
    first, second = "SELECT %s::int AS one_of_many_a", "SELECT %s::int AS one_of_many_b"
    run(first, 1)
    run("SELECT %s::int AS one_of_many_c", 1)
    mine = prepared._kept[connection.connection]
    for sql in [sql for sql in mine if sql != first]:  # the first is the next to go
        mine[sql] = mine.pop(sql)
    monkeypatch.setattr(prepared, "MOST", len(mine))
    with transaction.atomic(), connection.cursor() as cursor:
        execute(cursor, "test", second, [2], after=[("before", first, [1])])
        assert cursor.fetchall() == [(2,)]
    assert list(mine)[-2:] == [first, second]


@pytest.mark.parametrize("pooled", [False, True])
def test_what_goes_before_is_seen_in_the_same_trip(table, monkeypatch, pooled):
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", pooled)
    ask = "SELECT id, word FROM kept_here ORDER BY id"
    for number in (1, 2):
        before = [("before", "INSERT INTO kept_here VALUES (%s, %s) RETURNING 'not read'", [number, "a; b"])]
        with transaction.atomic(), connection.cursor() as cursor:
            execute(cursor, "test", ask, [], after=before)
            assert cursor.fetchall() == [(one, "a; b") for one in range(1, number + 1)]
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        execute(cursor, "test", ask, [], after=before)
    assert len(run(ask)) == 2


def test_behind_a_pooler_nothing_is_kept(table, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    before = kept()
    assert run("SELECT id FROM kept_here WHERE word LIKE '%%x' AND id = %s", 1) == []
    assert kept() == before
