"""Two beats run: one ticks, the other goes on when the first is killed; what was to be started is started once."""

import json
import signal
from collections import Counter
from datetime import timedelta
from time import monotonic, sleep

import pytest
import time_machine

from apps.journal.anchoring import verify
from apps.journal.models import Event
from apps.kit.time import now
from config.beat import LEASE, OneOfSeveral
from config.celery import HEARTBEAT, app
from tests import make
from tests.full import full

from .conftest import broker, rung
from .worker import Beat, until

SECONDS = full(2, 70)  # the sweep of the clocks comes once a minute


@pytest.fixture
def beats(transactional_db, world, tmp_path):
    rung().flushdb()
    running = [Beat(tmp_path) for _ in range(2)]
    yield running
    for beat in running:
        beat.kill()
    broker().flushdb()


def sent() -> list[str]:
    """The tasks that wait for a worker, in their order."""
    waiting = [json.loads(message) for queue in ("notify", "default") for message in broker().lrange(queue, 0, -1)]
    return [message["headers"]["task"] for message in reversed(waiting)]


def test_one_ticks_and_the_other_takes_over(beats):
    first = until(lambda: next((beat for beat in beats if beat.says("this beat ticks")), None))
    (second,) = {*beats} - {first}
    until(lambda: second.says("this beat waits"))
    make.accepted()
    began = monotonic()
    rung().delete("default", "notify", "pdf")
    sleep(SECONDS)
    until(lambda: sent().count("supervision.rollup") >= full(1, SECONDS // 2))
    told, passed = Counter(sent()), monotonic() - began
    due = {entry["task"]: passed // entry["schedule"] for entry in app.conf.beat_schedule.values()}
    assert told and all(times <= due[task] + 1 for task, times in told.items())
    first.kill()
    broker().delete("default", "notify")
    until(lambda: second.says("this beat ticks"), seconds=10 * LEASE)  # two of them on an idle machine
    until(lambda: "supervision.rollup" in sent())
    second.process.send_signal(signal.SIGTERM)
    assert second.process.wait(20) == 0 and not broker().exists("beat")
    app.loader.import_default_modules()
    with time_machine.travel(now() + timedelta(days=60), tick=True):
        for task in [*told.elements(), *sent()]:
            app.tasks[task]()
    lapsed = Event.objects.filter(name="clock.lapse")
    assert lapsed.count() == lapsed.values("chain").distinct().count() == full(0, 1)
    verify()


def test_a_clock_that_is_set_back_is_not_waited_for(world):
    """It ticked no more until the clock had come again to where it had been: for an hour nothing was swept, counted or sealed."""
    rung().flushdb()
    beat = OneOfSeveral(app=app)
    try:
        until(lambda: beat.tick() is not None and "supervision.rollup" in sent())
        broker().delete("default", "notify")
        with time_machine.travel(now() - timedelta(hours=1), tick=True):
            until(lambda: beat.tick() is not None and {HEARTBEAT, "supervision.rollup"} <= {*sent()}, seconds=20)
            assert sent().count("supervision.rollup") < 20
    finally:
        beat.close()
        broker().flushdb()


def test_who_was_told_to_end_does_not_tick_on(world):
    """Celery answers the signal by closing and raising SystemExit; raised within a `__del__` it would be ignored, and the beat went on."""
    beat = OneOfSeveral(app=app)
    until(lambda: beat.tick() and broker().exists("beat"))  # a broker that answers late counts as away
    beat.close()
    with pytest.raises(SystemExit):
        beat.tick()
    assert not broker().exists("beat")
    broker().delete("default", "notify", "pdf")
