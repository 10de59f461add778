"""Deliveries: each listener gets each event exactly once; trouble waits, and what cannot heal is shown to a person."""

import logging
import os
import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction

from apps.applications.models import Note
from apps.journal import delivering, ringing, switchboard
from apps.journal.actor import SYSTEM
from apps.journal.delivering import LEASE, LIMIT, deliver_one, retry_stuck, sweep
from apps.journal.models import Delivery, Event
from apps.journal.ringing import ring
from apps.journal.writing import Bell
from apps.kit.errors import Later, NotYours, WrongState
from apps.kit.time import now
from config.celery import app
from tests import make
from tests.people import nothing_written

calls: list[int] = []
trouble: list[Exception] = []


def listen(event):
    """A listener that leaves a row, and fails as often as it is told to."""
    case = int(event.root_id)
    Note.objects.create(application_id=case, text=event.name, by=make.user("cixi-clerk"))
    calls.append(event.pk)
    if trouble:
        raise trouble.pop(0)


@pytest.fixture
def board(monkeypatch):
    """Only our listener, on one event."""
    page = {"application.begin_check": [("tests.listen", f"{__name__}.listen", "default")]}
    monkeypatch.setattr(switchboard, "board", lambda: page)
    switchboard.handler.cache_clear()
    calls.clear()
    trouble.clear()
    yield
    switchboard.handler.cache_clear()


def event_with_delivery():
    from apps.applications import actions

    case = make.received()
    actions.begin_check(by=make.actor("cixi-clerk"), application=case.pk)
    return Delivery.objects.get(event__chain=case.chain)


def again(row):
    return Delivery.objects.get(pk=row.pk)


def test_it_is_done_once(world, board):
    row = event_with_delivery()
    assert deliver_one(row.pk)
    assert not deliver_one(row.pk)
    kept = again(row)
    assert (kept.state, kept.attempts, bool(kept.done_at), len(calls)) == ("done", 1, True, 1)
    delivering._fail(row.pk, KeyError("of who was quicker to begin and slower to end"), final=True)
    assert (again(row).state, again(row).error) == ("done", "")


@pytest.mark.parametrize("error", [Later("courier"), OperationalError("db"), ConnectionError("x"), TimeoutError("x")])
def test_temporary_trouble_waits_longer_each_time_and_heals(world, board, error):
    row = event_with_delivery()
    waits = []
    for _ in range(3):
        trouble.append(error)
        started = now()
        assert not deliver_one(row.pk)
        kept = again(row)
        assert (kept.state, type(error).__name__ in kept.error) == ("pending", True)
        waits.append((kept.next_try_at - started).total_seconds())
    assert waits == sorted(waits)
    assert waits[0] >= 9
    assert Note.objects.count() == 0  # what the failed tries wrote is gone
    assert deliver_one(row.pk)
    kept = again(row)
    assert (kept.state, kept.attempts, kept.error, Note.objects.count()) == ("done", 4, "", 1)


def test_trouble_without_end_is_shown_to_a_person_after_two_hours(world, board, time_machine):
    row, began = event_with_delivery(), now()
    for _ in range(LIMIT):
        time_machine.move_to(max(now(), again(row).next_try_at))
        trouble.append(Later("still away"))
        assert not deliver_one(row.pk)
    kept = again(row)
    assert timedelta(hours=2) <= now() - began < timedelta(hours=2, minutes=5)
    assert (kept.state, kept.attempts) == ("stuck", LIMIT)
    assert not deliver_one(row.pk)
    assert len(calls) == LIMIT


def test_a_fault_is_stuck_at_once(world, board, caplog):
    caplog.set_level(logging.CRITICAL)  # a report that holds half a character ends the whole run of the tests
    row = event_with_delivery()
    trouble.append(ValueError("13805740001, lin@example.cn: \x00\ud800bug\nDETAIL:  Failing row contains (7, 林海, 慈溪市)."))
    assert not deliver_one(row.pk)
    kept = again(row)
    assert (kept.state, kept.attempts) == ("stuck", 1)
    assert kept.error == "ValueError: 138****0001, l***@example.cn: bug"  # what no column holds kept it pending for ever
    assert Note.objects.count() == 0


def test_a_listener_of_another_version_waits_for_a_worker_that_knows_it(world, board):
    row = event_with_delivery()
    Delivery.objects.filter(pk=row.pk).update(listener="not.yet")
    assert not deliver_one(row.pk)
    assert (again(row).state, again(row).attempts) == ("pending", 1)
    Delivery.objects.filter(pk=row.pk).update(listener=row.listener)
    assert deliver_one(row.pk) and again(row).state == "done"
    # Nobody has known it for two hours: a person looks.
    Delivery.objects.filter(pk=row.pk).update(state="pending", attempts=7, listener="gone.away")
    assert not deliver_one(row.pk)
    assert again(row).state == "stuck"


def test_a_mended_delivery_is_tried_again_and_told(world, board, monkeypatch, django_capture_on_commit_callbacks):
    row = event_with_delivery()
    with nothing_written(), pytest.raises(WrongState):
        retry_stuck(row.pk, by=SYSTEM)
    trouble.append(KeyError("bug"))
    deliver_one(row.pk)
    rung = []
    monkeypatch.setattr(delivering, "ring", lambda due: rung.extend(one.pk for one in due))
    with django_capture_on_commit_callbacks(execute=True):
        retry_stuck(row.pk, by=SYSTEM)
        assert rung == []
    kept = again(row)
    assert (kept.state, kept.attempts, rung) == ("pending", 0, [row.pk])
    told = Event.objects.get(chain=f"delivery:{row.pk}")
    assert (told.name, told.facts) == ("delivery.retry", {"listener": row.listener, "error": "KeyError: 'bug'"})
    assert deliver_one(row.pk)
    with nothing_written(), pytest.raises(NotYours):
        retry_stuck(0, by=SYSTEM)


def test_the_sweep_rings_for_what_is_due_and_leases_it(world, board, monkeypatch):
    rung = []
    monkeypatch.setattr(delivering, "ring", lambda due: rung.extend(row.pk for row in due))
    row = event_with_delivery()
    Delivery.objects.exclude(pk=row.pk).update(state="done")
    Delivery.objects.filter(pk=row.pk).update(next_try_at=now() - timedelta(seconds=1))
    assert sweep() == 1
    assert sweep() == 0  # leased: the worker that was told has its time
    assert rung == [row.pk]
    assert again(row).next_try_at > now() + LEASE / 2
    Delivery.objects.filter(pk=row.pk).update(next_try_at=now() - timedelta(seconds=1))
    assert sweep() == 1  # it did not come: rung again
    newer = Delivery.objects.create(event=row.event, listener="newer", next_try_at=now())
    Delivery.objects.filter(pk=row.pk).update(next_try_at=now() - timedelta(seconds=1))
    assert sweep(batch=1) == 1 and rung[-1] == row.pk  # what waits longest, and nothing else is put off
    assert again(newer).next_try_at == newer.next_try_at
    newer.delete()
    deliver_one(row.pk)
    Delivery.objects.filter(pk=row.pk).update(next_try_at=now() - timedelta(seconds=1))
    assert sweep() == 0


@pytest.fixture
def told(monkeypatch):
    """What the broker is told: [(queue, deliveries)]. What an earlier test left is rung before."""
    if ringer := ringing._ringer:
        ringer.join()
    heard = []
    monkeypatch.setattr(app, "send_task", lambda name, args, queue, **_: heard.append((queue, *args)))
    return heard


def leave(*queues, first=1):
    ring([Bell(pk, queue) for pk, queue in enumerate(queues, first)])
    return ringing._ringer


def test_many_requests_ring_each_queue_once_and_a_ring_left_while_it_rings_is_not_lost(told, monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(ringing, "sleep", lambda _: over.wait(30))  # in a twentieth of a second a busy machine does not leave ten words

    def rung(ringer):
        over.set()
        ringer.join()
        over.clear()

    ringer = leave("pdf")
    assert [leave("pdf", "notify", first=first) for first in range(2, 20, 2)] == [ringer] * 9
    assert told == []  # no request has waited for it
    rung(ringer)
    assert sorted(told) == [("notify", [*range(3, 21, 2)]), ("pdf", [1, *range(2, 20, 2)])]

    def slow(name, args, queue, **_):
        told.append((queue, *args))
        if args == [[30]]:
            assert leave("pdf", first=31) is ringing._ringer

    monkeypatch.setattr(app, "send_task", slow)
    rung(leave("pdf", first=30))
    assert told[2:] == [("pdf", [30]), ("pdf", [31])]
    rung(leave(*["pdf"] * (ringing.TOGETHER + 1)))
    assert [len(pks) for _, pks in told[4:]] == [ringing.TOGETHER, 1]


def test_a_forked_process_rings_its_own_and_its_last_before_it_ends(told, monkeypatch):
    ringer = leave("pdf", first=7)
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        monkeypatch.setattr(app, "send_task", lambda name, args, queue, **_: os.write(writing, str(args).encode()))
        leave("pdf", first=8)
        threading._shutdown()  # as every process does that ends
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 100) == b"[[8]]"
    os.close(reading), os.close(writing)
    ringer.join()
    assert told == [("pdf", [7])]


def test_a_worker_rings_at_once(told, monkeypatch):
    monkeypatch.setattr(ringing, "current_task", object())
    assert leave("pdf", first=9) is None
    assert told == [("pdf", [9])]


def test_a_broker_that_is_away_costs_only_time(world, board, monkeypatch):
    """Hanging, it holds up the ringer and nobody else; what is left meanwhile has a bound; refusing, it ends nothing."""
    awake = threading.Event()

    def away(*args, **kwargs):
        awake.wait(10)
        raise ConnectionError("broker")

    monkeypatch.setattr(app, "send_task", away)
    monkeypatch.setattr(ringing, "MOST", 3)
    row = event_with_delivery()
    ring([row])
    ringer = leave(*["pdf"] * 5)
    assert len(ringing._left[ringing.DELIVER, "pdf"]) <= 3
    awake.set()
    ringer.join()
    assert again(row).state == "pending"
    assert ringing._ringer is None


def test_two_workers_at_once_do_it_once(transactional_db, world, board):
    row = event_with_delivery()
    done, gate = [], threading.Barrier(4)

    def work():
        try:
            gate.wait()
            done.append(deliver_one(row.pk))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(done) == [False, False, False, True]
    assert (len(calls), Note.objects.count(), again(row).state) == (1, 1, "done")


def test_a_worker_that_dies_leaves_it_due(transactional_db, world, board):
    """The connection breaks while the listener works: the row is as before, the next one does it."""
    row = event_with_delivery()
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        trouble.append(KeyboardInterrupt())
        deliver_one(row.pk)
    kept = again(row)
    assert (kept.state, kept.attempts, Note.objects.count()) == ("pending", 0, 0)
    trouble.append(Later("and later"))  # in transactions of its own, as in a worker
    assert not deliver_one(row.pk) and again(row).attempts == 1
    Delivery.objects.update(next_try_at=now())
    assert sweep() >= 1
    assert deliver_one(row.pk)
    assert Note.objects.count() == 1
