"""Kill the worker, empty the broker, cut the database's connections: every delivery still happens, and happens once.

The table is the truth and the broker only the doorbell, so all that a fault costs is the time until the next sweep.
"""

from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test import Client
from kombu import Connection, pools

from apps.applications import actions
from apps.applications.models import Application
from apps.issuance.models import Document
from apps.journal.anchoring import verify
from apps.journal.delivering import sweep
from apps.journal.models import Delivery, Event
from apps.kit import files
from apps.kit.time import now
from config.celery import app
from tests import make
from tests.full import full

from .conftest import broker, end_other_sessions, rung
from .worker import until

pytestmark = pytest.mark.pdf  # what the worker does is print


@pytest.fixture
def held():
    """Another transaction that holds the documents of a case, so that the worker stands still in the middle of its work."""
    other = connections.create_connection("default")
    other.set_autocommit(False)

    class Hold:
        def take(self, case):
            with other.cursor() as cursor:
                cursor.execute("SELECT id FROM issuance_document WHERE root_id = %s FOR UPDATE", [case.pk])

        def let_go(self):
            other.rollback()

    yield Hold()
    other.close()


def waits() -> bool:
    """Somebody stands in the queue for the held rows, in the middle of a delivery."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%%issuance_document%%'"
        )
        return cursor.fetchone()[0] > 0


def printing(case) -> Delivery:
    return Delivery.objects.get(event__chain=case.chain, listener="issuance.render")


def due_now() -> None:
    """The lease is over (in the house: a minute later)."""
    Delivery.objects.filter(state="pending").update(next_try_at=now() - timedelta(seconds=1))


def swept(case) -> bool:
    """Beat's sweep goes on ringing until everything of the case is delivered."""
    if not Delivery.objects.filter(event__chain=case.chain).exclude(state="done").exists():
        return True
    due_now()
    sweep()
    return False


def everything_once(case) -> None:
    """Each delivery done, each document printed exactly once and readable, the chains whole."""
    assert set(Delivery.objects.filter(event__chain=case.chain).values_list("state", flat=True)) == {"done"}
    for document in Document.objects.filter(root_id=case.pk):
        assert document.state == "rendered"
        assert Event.objects.filter(chain=document.chain, name="document.render").count() == 1
        assert files.read(document.path).startswith(b"%PDF")
    verify()


def test_the_worker_is_killed_in_the_middle(workers, held):
    for _ in range(full(1, 5)):
        case = make.received()
        held.take(case)
        first = workers()
        until(waits)
        first.kill()
        held.let_go()
        assert Document.objects.get(root_id=case.pk).state == "queued"  # nothing half done
        assert printing(case).state == "pending"
        case = actions.accept(by=make.actor("cixi-clerk"), application=case.pk)  # work goes on without a worker
        workers()
        until(lambda: swept(case), every=0.5)  # noqa: B023
        everything_once(case)


def test_the_broker_forgets_everything_and_the_database_cuts_every_connection(workers, held):
    """Two faults on one worker: the rings of a commit are lost; then the database ends all its sessions in mid-delivery."""
    case = make.received()
    assert rung().llen("pdf") > 0
    broker().flushdb()
    workers()
    until(lambda: app.control.ping(timeout=0.5), seconds=120)
    assert Document.objects.get(root_id=case.pk).state == "queued"  # nobody rang
    held.take(case)
    sweep_once = Delivery.objects.filter(event__chain=case.chain)
    assert sweep_once.exists()
    due_now()
    sweep()
    until(waits)
    assert end_other_sessions() >= 2  # the worker's and the holder's
    until(lambda: printing(case).attempts == 1 or swept(case), every=0.5)
    until(lambda: swept(case), every=0.5)
    everything_once(case)


def test_the_broker_is_away_at_the_commit(transactional_db, world, monkeypatch):
    """The clerk's request succeeds all the same, over the door of the programs as over the pages'."""
    nowhere = Connection("redis://127.0.0.1:1/0", connect_timeout=1)
    monkeypatch.setattr(app.amqp, "_producer_pool", pools.producers[nowhere])
    case = make.draft()
    client = Client()
    client.force_login(make.user("cixi-clerk"))
    answer = client.post(f"/api/applications/{case.pk}/receive/", data={}, content_type="application/json")
    assert answer.status_code == 200, answer.content
    assert Application.objects.get(pk=case.pk).state == "received"
    row = printing(case)
    assert (row.state, row.attempts) == ("pending", 0)
    due_now()
    assert sweep() >= 1  # rings in vain, and does not fall over it
    rung()
    assert Delivery.objects.get(pk=row.pk).state == "pending"
