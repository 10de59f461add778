"""A transaction begins with its first statement, in the same trip; for the rest a connection is the driver's own."""

import io

import pytest
from django.db import Error, IntegrityError, InterfaceError, OperationalError, connection, transaction
from psycopg2 import ProgrammingError as DriverError
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, TRANSACTION_STATUS_INERROR, TRANSACTION_STATUS_INTRANS
from psycopg2.extensions import cursor as driver

from apps.journal.models import Receipt
from apps.kit.time import now

pytestmark = pytest.mark.django_db(transaction=True)


def status() -> int:
    return connection.connection.get_transaction_status()


def ask(sql, values=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else None


def keep(key: str) -> None:
    Receipt.objects.create(actor="somebody", key=key, fingerprint="x", answer={}, at=now())


def kept() -> list[str]:
    return list(Receipt.objects.filter(actor="somebody").order_by("key").values_list("key", flat=True))


def test_nothing_is_open_before_the_first_statement_nor_after_the_last():
    connection.ensure_connection()
    with transaction.atomic():
        assert status() == TRANSACTION_STATUS_IDLE
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s + 1", [1])
            assert cursor.fetchone() == (2,)
            assert driver.query.__get__(cursor.cursor) == b"BEGIN; SELECT 1 + 1"
            assert cursor.cursor.query == b"SELECT 1 + 1"  # as logs and captured statements have it
            cursor.execute("SELECT 3")
            assert cursor.cursor.query == b"SELECT 3"
        assert status() == TRANSACTION_STATUS_INTRANS
    assert status() == TRANSACTION_STATUS_IDLE
    ask("SELECT 1")  # outside every statement stands alone
    assert status() == TRANSACTION_STATUS_IDLE


def test_one_transaction_sees_one_number():
    with transaction.atomic():
        assert ask("SELECT pg_current_xact_id()") == ask("SELECT pg_current_xact_id()")
    assert ask("SELECT pg_current_xact_id()") != ask("SELECT pg_current_xact_id()")


def test_what_is_undone_is_gone_and_what_is_done_stays():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        keep("undone")
        raise ZeroDivisionError
    with transaction.atomic():
        keep("a")
        with pytest.raises(IntegrityError), transaction.atomic():
            keep("b")
            keep("a")
        keep("c")
    assert kept() == ["a", "c"]


def test_a_first_statement_that_fails():
    for wrong in ("SELECT 1 / 0", "SELECT nothing FROM nowhere", "SELEKT"):
        with pytest.raises(Error, match=r"zero|exist|SELEKT"), transaction.atomic():
            ask(wrong)
        assert status() == TRANSACTION_STATUS_IDLE
    with pytest.raises(transaction.TransactionManagementError), transaction.atomic():
        with pytest.raises(IntegrityError), transaction.atomic(savepoint=False):
            keep("twice")
            keep("twice")
        assert status() == TRANSACTION_STATUS_INERROR
        keep("more")
    assert kept() == []
    assert status() == TRANSACTION_STATUS_IDLE


def test_rows_asked_for_in_pieces():
    for number in range(30):
        keep(f"{number:02}")
    with transaction.atomic():
        found = Receipt.objects.filter(actor="somebody").order_by("key").iterator(chunk_size=7)
        assert next(found).key == "00"
        keep("later")
        assert [row.key for row in found] == [f"{number:02}" for number in range(1, 30)]
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        for _ in Receipt.objects.filter(actor="somebody").iterator(chunk_size=7):
            keep("undone")
            raise ZeroDivisionError
    assert len(kept()) == 31
    assert ask("SELECT count(*) FROM pg_cursors") == [(0,)]
    assert [row.pk for row in Receipt.objects.iterator(chunk_size=7)] == [row.pk for row in Receipt.objects.all()]


def test_other_first_statements_begin_a_transaction_too():
    firsts = {
        "executemany": lambda hand: hand.executemany("SELECT %s", [[1], [2]]),
        "callproc": lambda hand: hand.callproc("now"),
        "copy_expert": lambda hand: hand.copy_expert("COPY (SELECT 1) TO STDOUT", io.StringIO()),
        "copy_to": lambda hand: hand.copy_to(io.StringIO(), "journal_receipt"),
        "copy_from": lambda hand: hand.copy_from(io.StringIO(), "journal_receipt"),
        "execute": lambda hand: hand.execute(b"SELECT 1"),
    }
    for name, first in firsts.items():
        with transaction.atomic(), connection.cursor() as cursor:
            first(cursor.cursor)
            assert status() == TRANSACTION_STATUS_INTRANS, name
            assert connection.connection.waits is False
        with connection.cursor() as cursor:
            first(cursor.cursor)
            assert status() == TRANSACTION_STATUS_IDLE, name


def test_the_manner_changes_only_between_transactions():
    connection.ensure_connection()
    assert connection.connection.autocommit is True
    with transaction.atomic():
        ask("SELECT 1")
        with pytest.raises(DriverError):
            connection.connection.autocommit = True
        with pytest.raises(transaction.TransactionManagementError):
            connection.set_autocommit(True)
    assert connection.connection.autocommit is True


def test_a_line_that_broke_is_told_and_made_anew():
    with pytest.raises((InterfaceError, OperationalError)), transaction.atomic():
        keep("lost")
        mine = ask("SELECT pg_backend_pid()")[0][0]
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [mine])
        other.close()
        ask("SELECT 1")
    assert kept() == []
    assert ask("SELECT pg_backend_pid()")[0][0] != mine
