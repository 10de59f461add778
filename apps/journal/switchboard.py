"""Reads the one page that says who listens to which event (settings.SWITCHBOARD)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from apps.kit.errors import Later


@cache
def board() -> dict[str, list[tuple[str, str, str]]]:
    """{event: [(listener, dotted path of its handler, queue)]}"""
    return import_string(settings.SWITCHBOARD)


def listeners(event_name: str) -> list[tuple[str, str, str]]:
    """[(listener, dotted path of its handler, queue)] of an event."""
    return board().get(event_name, [])


@cache
def handler(listener: str) -> Callable:
    """The function behind a listener's name. Raises Later when this page does not name it: while a new version is brought in, old
    workers meet what the new web wrote, and new workers what the old one did."""
    for entries in board().values():
        for name, path, _ in entries:
            if name == listener:
                return import_string(path)
    raise Later(f"no handler is named {listener}")
