"""Two real PostgreSQL processes: lists and boards from the standby, how far it is said on the page, everything from the primary while
it is away."""

from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread

import pytest
from django.db import connection, connections
from django.test import Client

from apps.kit import hanging, replica, transactions
from apps.kit.time import now
from tests import make
from tests.faults.worker import until
from tests.second_servers import Standby, upon_copies
from tests.settled import count_all

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "replica"])


@pytest.fixture(scope="module", autouse=True)
def alias():
    """Known before the first test asks which databases it may use."""
    connections.settings["replica"] = {**connection.settings_dict, "TEST": {**connection.settings_dict["TEST"], "MIRROR": "default"}}
    yield
    del connections["replica"], connections.settings["replica"]


@pytest.fixture
def standby(transactional_db, world, settings, monkeypatch):
    """Of a server that is this test's alone: a follower is not read before no transaction of the first has more than 64 savepoints,
    which beside another test's long life of a case was never."""
    monkeypatch.setattr(replica, "ASKED_AGAIN", 0.0)
    monkeypatch.setattr(replica, "AWAY", 0.0)
    settings.DATABASE_ROUTERS = ["apps.kit.replica.Router"]
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "apps.kit.replica.WroteMiddleware"]
    with upon_copies() as turn:
        running = Standby(turn(Standby))
        there = {"NAME": connection.settings_dict["NAME"], "HOST": str(running.place), "PORT": "", "OPTIONS": {
            "connect_timeout": 2, "connection_factory": transactions.ReplicaLine, "cursor_factory": transactions.LineCursor,
        }}  # fmt: skip
        connections["replica"].settings_dict.update(there)
        try:
            running.start()
            yield running
        finally:
            connections["replica"].close()
            if running.runs():
                running.stop()
            running.remove()


def caught_up() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn()::text")
        written = cursor.fetchone()
    with connections["replica"].cursor() as cursor:
        cursor.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", written)
        return cursor.fetchone()[0]


def test_lists_and_boards_come_from_the_standby(standby, monkeypatch):
    supervisor, clerk = Client(), Client()
    supervisor.force_login(make.user("cixi-supervisor"))
    clerk.force_login(make.user("cixi-clerk"))
    case = make.accepted()
    count_all()
    until(caught_up)
    # The board and the list are the standby's, and say nothing: they are as new as the primary's.
    with _reads() as asked:
        page = supervisor.get("/oversight/").content.decode()
        assert case.number in clerk.get("/counter/cases/").content.decode()
        answer = clerk.get("/api/applications/")
    assert len(asked) > 10 and "数据截至" not in page
    assert answer.json()["results"][0]["number"] == case.number and answer.headers["Data-As-Of"]
    # A whole case is the primary's.
    with _reads() as asked:
        clerk.get(f"/counter/cases/{case.pk}/")
    assert asked == []
    # The standby stands still: what it shows is old, and the page says of when.
    with connections["replica"].cursor() as cursor:
        cursor.execute("SELECT pg_wal_replay_pause()")
    later = make.accepted()
    monkeypatch.setattr(replica, "now", lambda: now() + timedelta(minutes=1))
    page = clerk.get("/counter/cases/").content.decode()
    assert "数据截至" in page and later.number not in page
    # Who has just written sees what he wrote.
    clerk.post("/preferences/", {"view": "standard"})
    page = clerk.get("/counter/cases/").content.decode()
    assert "数据截至" not in page and later.number in page
    # The standby dies, seen or unseen: the primary answers.
    standby.stop()
    assert "数据截至" not in supervisor.get("/oversight/").content.decode()
    monkeypatch.setattr(replica.Place, "as_of", lambda self: now())
    assert later.number in supervisor.get("/oversight/cases/").content.decode()
    standby.start()


def test_one_that_was_promoted_is_asked_no_more(standby, monkeypatch):
    """It has a life of its own from then on, and took itself for as new as the moment: every list stood still, and none said so."""
    clerk = Client()
    clerk.force_login(make.user("cixi-clerk"))
    until(caught_up)
    assert "Data-As-Of" in clerk.get("/api/applications/").headers
    standby.promote()
    later = make.accepted()
    answer = clerk.get("/api/applications/")
    assert answer.json()["results"][0]["number"] == later.number and "Data-As-Of" not in answer.headers
    # The very server that is written to, by an address of its own, is as new as can be.
    connections["replica"].close()
    monkeypatch.setitem(connections["replica"].settings_dict, "HOST", connection.settings_dict["HOST"])
    answer = clerk.get("/api/applications/")
    assert answer.json()["results"][0]["number"] == later.number and "Data-As-Of" in answer.headers


@contextmanager
def _reads():
    """The statements that the standby was asked."""
    asked: list[str] = []

    def note(execute, sql, params, many, context):
        asked.append(sql)
        return execute(sql, params, many, context)

    with connections["replica"].execute_wrapper(note):
        yield asked


def test_a_standby_that_hangs_holds_nobody(standby, monkeypatch):
    """It neither answers nor refuses: every list waited for it, and with eight of them the house was dead."""
    monkeypatch.setattr(hanging, "PATIENCE", 2.0)
    clerk = Client()
    clerk.force_login(make.user("cixi-clerk"))
    until(caught_up)
    connections["replica"].close()
    opened, halted, found = Event(), Event(), []

    def ask():
        found.append(clerk.get("/api/applications/"))
        opened.set()
        halted.wait(30)
        found.append(clerk.get("/api/applications/"))
        connections.close_all()

    hand = Thread(target=ask, daemon=True)
    hand.start()
    assert opened.wait(30)
    standby.halt()
    try:
        halted.set()
        until(lambda: hanging.waiting(hanging.time.monotonic(), "replica"))
        assert hanging.look("replica") and not hanging.look()
        hand.join(20)
        assert [answer.status_code for answer in found] == [200, 200]
        assert ["Data-As-Of" in answer.headers for answer in found] == [True, False]
    finally:
        standby.go_on()
        until(lambda: not hanging.look("replica"))
