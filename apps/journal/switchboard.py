"""Reads the one page that says who listens to which event (settings.SWITCHBOARD)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string


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
