"""Rings the workers. Deliveries stand in their table and are swept from there; a ring is a hint and may not cost a request its time.

A message to the broker is a sixth of a request's work, and in a busy second the same three queues are told a hundred times over.
So who has committed only leaves word here; a thread takes what was left within `PAUSE` to the broker, queue by queue, and where word
follows on word, every `BUSY`. It begins with the first word and ends after a pause that brought none: nothing is to be started or stopped with the server, and a process
that ends waits for its last ring. A forked process begins anew, what was left is its parent's to ring. While the broker is away
only the thread waits for it, and no more than `MOST` of a queue are kept for it.

A worker rings at once: nobody waits for its answer, and its process may be gone with the task.
"""

from __future__ import annotations

import logging
import os
from collections import defaultdict
from collections.abc import Iterable
from threading import Lock, Thread
from time import sleep

from celery import current_app, current_task

log = logging.getLogger(__name__)
PAUSE, BUSY = 0.05, 0.5  # seconds
TOGETHER = 50  # deliveries of one message: more are shared among the workers of a queue
MOST = 10_000
DELIVER = "journal.deliver"  # by name: the task stands above this page and calls back down to it


def _begin_anew() -> None:
    global _lock, _left, _ringer
    _lock, _left, _ringer = Lock(), defaultdict(list), None


_begin_anew()
os.register_at_fork(after_in_child=_begin_anew)


def ring(deliveries: Iterable) -> None:
    """Tell the workers. A lost or refused ring costs only time: the sweep delivers from the table."""
    ring_for((DELIVER, delivery.queue, delivery.pk) for delivery in deliveries)


def ring_for(rows: Iterable[tuple[str, str, int]]) -> None:
    """The same for each (task, queue, row) that is swept by another room."""
    global _ringer
    with _lock:
        for task, queue, pk in rows:
            if len(_left[task, queue]) < MOST:
                _left[task, queue].append(pk)
        if not current_task and _ringer is None:
            ringer = Thread(target=_take_to_the_broker, name="ringer")
            ringer.start()
            _ringer = ringer
    if current_task:
        _send_what_was_left()


def _take_to_the_broker() -> None:
    global _ringer
    pause = PAUSE
    while True:
        sleep(pause)
        pause = BUSY
        if not _send_what_was_left():
            with _lock:
                if not _left:
                    _ringer = None
                    return


def _send_what_was_left() -> bool:
    with _lock:
        left = dict(_left)
        _left.clear()
    for (task, queue), pks in left.items():
        for place in range(0, len(pks), TOGETHER):
            _send(task, queue, pks[place : place + TOGETHER])
    return bool(left)


def _send(task: str, queue: str, pks: list[int]) -> None:
    try:
        current_app.send_task(task, args=[pks], queue=queue, retry=False, ignore_result=True)
    except Exception as error:  # the broker is away; the rows stay due
        log.warning("doorbell of %s not rung: %s", queue, error)
