"""PostgreSQL stands still in the middle of its work: it neither answers nor refuses. Pages say so within seconds and go on when it does;
workers put down what they hold."""

import os
import resource
import threading
from itertools import count
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client

from apps.journal.models import Delivery
from apps.kit import hanging, transactions
from config.celery import AT_WORK, HEARTBEAT, app
from config.health import WORK
from tests import make
from tests.faults.worker import until
from tests.second_servers import Standby
from tests.threads import behind


class Halting(Standby):
    def stop(self) -> None:
        self.go_on()
        super().stop()


@pytest.fixture
def copy(on_a_copy):
    yield on_a_copy(Halting)
    transactions.hang.clear()


def test_who_waits_is_let_go_and_nobody_begins_to(copy, monkeypatch):
    opened, halted, said = threading.Event(), threading.Event(), []
    client = Client(raise_request_exception=False)

    def in_the_middle():
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            opened.set()
            halted.wait(60)
            cursor.execute("SELECT 2")

    def ask():
        try:
            in_the_middle()
        except OperationalError as error:
            said.append(error)
        finally:
            connection.close()

    hand = threading.Thread(target=ask)
    hand.start()
    assert opened.wait(60)
    connection.close()
    assert not hanging.look() and hand.is_alive()  # it answers: whoever waits for something else waits on
    copy.halt()
    halted.set()
    monkeypatch.setattr(hanging, "PATIENCE", 2.0)
    until(lambda: hanging.waiting(hanging.time.monotonic()))
    assert hanging.look()
    hand.join(20)
    assert len(said) == 1
    page = client.get("/")
    assert page.status_code == 503 and "数据库" in page.content.decode()
    told = client.get("/readyz")
    assert told.status_code == 503 and "不可用" in told.json()["parts"]["database"]
    copy.go_on()
    until(lambda: not hanging.look())
    assert client.get("/").status_code == 200 and client.get("/readyz").json()["parts"]["database"] == "ok"


@pytest.mark.pdf
def test_a_worker_is_let_go_too(copy, workers):
    """It stood for ten minutes with whatever it had begun, also where another server had long taken the place of the one that hangs."""
    workers()
    send = lambda *tasks: [app.send_task(task, queue="default") for task in tasks]  # noqa: E731
    send("journal.sweep", HEARTBEAT)
    until(lambda: cache.get(HEARTBEAT))
    assert len(cache.get_many(AT_WORK + queue for queue in WORK)) == len(WORK)
    cache.delete(HEARTBEAT)
    copy.halt()
    send("journal.sweep", HEARTBEAT)
    until(lambda: cache.get(HEARTBEAT), seconds=60)
    copy.go_on()
    case = make.accepted()
    undone = Delivery.objects.filter(event__chain=case.chain).exclude(state=Delivery.DONE)
    until(lambda: send("journal.sweep") and not undone.exists(), every=1)


def test_what_only_takes_long_is_left_alone(copy):
    def slow():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(1), 7")
            return cursor.fetchone()[1]

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(7)")

    def wait():
        with connection.chunked_cursor() as cursor:  # that of a long list: what it waits for is its fetch
            cursor.execute("SELECT pg_advisory_lock(7)")
            cursor.fetchmany(10)
        return slow()

    answer = behind(wait)
    assert hanging.waiting(hanging.time.monotonic()) and not hanging.look()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(7)")
    assert answer() == 7


def test_who_could_not_connect_waits_no_more(db):
    with pytest.raises(OperationalError), connection.wrap_database_errors:
        transactions.Line("host=/nowhere")
    assert not hanging.waiting(hanging.time.monotonic() + 60)


def test_a_machine_that_stood_still_has_had_no_time_to_answer(db, monkeypatch):
    """Its clock had run on: the answer that lay there was not looked at, and everybody was let go. Nor does it matter how many visitors
    hold a socket: one with a number above 1023 could not be watched."""
    monkeypatch.setattr(hanging, "time", SimpleNamespace(monotonic=count(0, 60).__next__))
    lower, upper = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(upper, max(lower, 4096)), upper))
    held = []
    try:
        while not held or held[-1] < 1024:
            held.append(os.dup(0))
        assert hanging.answers(5.0)
    finally:
        for one in held:
            os.close(one)
        resource.setrlimit(resource.RLIMIT_NOFILE, (lower, upper))
