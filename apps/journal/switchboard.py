"""Reads the one page that says who listens to which event (settings.SWITCHBOARD) and rings the workers."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cache

from celery import current_app
from django.conf import settings
from django.utils.module_loading import import_string

log = logging.getLogger(__name__)


@cache
def board() -> dict[str, list[tuple[str, str, str]]]:
    return import_string(settings.SWITCHBOARD)


def listeners(event_name: str) -> list[tuple[str, str, str]]:
    """[(listener, dotted path of its handler, queue)] of an event."""
    return board().get(event_name, [])


@cache
def handler(listener: str) -> Callable:
    """The function behind a listener's name. Raises LookupError when the page no longer names it."""
    for entries in board().values():
        for name, path, _ in entries:
            if name == listener:
                return import_string(path)
    raise LookupError(f"no handler is named {listener}")


def ring(deliveries: Iterable) -> None:
    """Tell the workers. A lost or refused ring costs only time: the sweep delivers from the table."""
    by_queue = defaultdict(list)
    for delivery in deliveries:
        by_queue[delivery.queue].append(delivery.pk)
    for queue, ids in by_queue.items():
        try:
            # By name: the task stands above this page and calls back down to it.
            current_app.send_task("journal.deliver", args=[ids], queue=queue, retry=False, ignore_result=True)
        except Exception as error:  # the broker is away; the row stays due
            log.warning("doorbell of %s not rung: %s", queue, error)
