"""The broker is killed and started again, or stays away: whoever files and accepts notices nothing, and what could not be rung for is
delivered afterwards, once. A broker of the test's own; the others that work on the shared one notice nothing either."""

import os
import signal
from datetime import timedelta
from itertools import count
from time import monotonic, sleep

import pytest
from django.conf import settings
from django.urls import reverse
from kombu import Connection, pools

from apps.issuance.models import Document
from apps.journal.anchoring import verify
from apps.journal.delivering import sweep
from apps.journal.invariants import patrol
from apps.journal.models import Delivery, Event
from apps.kit.time import now
from config.celery import app
from config.runner.places import redis_url
from config.runner.valkey import Valkey
from tests import make
from tests.full import full
from tests.web.conftest import client_of as signed_in

from .conftest import broker
from .worker import until

GONE = full([(1, 1)], [(0, 0), (2, 2), (5, 55)])  # seconds in which it hangs, and then is not there
PATIENCE = 12  # seconds that an answer may take without it: about two on an idle machine


@pytest.fixture
def own_broker(hasty, tmp_path, settings, monkeypatch):
    running = Valkey(tmp_path / "broker", durable=False)
    running.start()
    settings.REDIS_URL = redis_url(tmp_path / "broker")
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": settings.REDIS_URL.replace("db=0", "db=1")}}
    monkeypatch.setattr(app.amqp, "_producer_pool", pools.producers[line()])
    yield running
    running.stop()


def line() -> Connection:
    address = settings.REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
    return Connection(address, transport_options=settings.CELERY_BROKER_TRANSPORT_OPTIONS)


def swept() -> bool:
    """Beat's sweep, and the leases over (in the house: a minute later)."""
    waiting = Delivery.objects.filter(state="pending")
    if not waiting.exists():
        return True
    waiting.update(next_try_at=now() - timedelta(seconds=1))
    sweep()
    return False


def emptied() -> bool:
    return not any(broker().llen(queue) for queue in settings.CELERY_TASK_QUEUES) and not broker().hlen("unacked")


@pytest.mark.pdf
def test_the_broker_hangs_is_killed_and_comes_back(own_broker, workers):
    clerk, reviewer, keys = signed_in("cixi-clerk"), signed_in("scjg-reviewer"), count()
    accepted: list[int] = []

    def work() -> None:
        """A case is accepted over the door of the programs and opened by its department."""
        case = make.received()
        for send in (
            lambda: clerk.post(
                f"/api/applications/{case.pk}/accept/", {}, "application/json", headers={"Idempotency-Key": f"{next(keys)}"}
            ),
            lambda: reviewer.get(reverse("review:job", args=[make.job_of(case).pk])),
        ):
            began = monotonic()
            answer = send()
            assert answer.status_code == 200, answer.content
            assert monotonic() - began < PATIENCE
        accepted.append(case.pk)
        sleep(full(0, 1))  # in a minute no more than a worker prints in the next

    workers()
    work()
    # Messages of other code: what a worker does not know it puts away, and goes on; what it was rung for waits for the sweep.
    app.send_task("journal.deliver_as_next_year", args=[[1]], queue="default", ignore_result=True)
    app.send_task("journal.deliver", args=["of", "other", "arguments"], queue="default", ignore_result=True)
    until(swept, every=0.5)
    until(emptied)
    for hangs, away in GONE:
        end = monotonic() + hangs
        if hangs:
            os.kill(own_broker.child.pid, signal.SIGSTOP)
        while monotonic() < end:
            work()
        os.kill(own_broker.child.pid, signal.SIGKILL)
        own_broker.child.wait()
        end = monotonic() + away
        while monotonic() < end:
            work()
        assert Delivery.objects.filter(state="pending").exists() or not away
        own_broker.start()
        work()
        until(swept, seconds=300, every=0.5)
    assert Event.objects.filter(name="application.accept").count() == len(accepted)
    assert set(Delivery.objects.values_list("state", "attempts")) == {("done", 1)}
    for document in Document.objects.all():
        assert Event.objects.filter(chain=document.chain, name="document.render").count() == 1
    until(emptied)
    verify()
    assert patrol()[1] == []


def test_what_a_dead_broker_was_not_told_is_in_hand_no_more(own_broker):
    """It counted as in hand for good: a worker that takes one at a time took none again, and connected nowhere."""
    for end in ("ack", "reject"):
        app.send_task("ops.heartbeat", queue="default", ignore_result=True)
        with line() as worker:
            channel = worker.channel()
            channel.basic_qos(0, 1, False)
            message = channel.basic_get("default")
            assert message and not channel.qos.can_consume()
            own_broker.child.kill()
            own_broker.child.wait()
            with pytest.raises(worker.connection_errors):
                getattr(message, end)()
            assert channel.qos.can_consume()
            own_broker.start()
