"""The simulator's own time: the real actions run on days of the past."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils import timezone


class Time:
    """What `now()` answers while it is `in_force`; moved by whoever tells the story, never at a Beijing midnight, which is a
    moment of the law and not of an act."""

    def __init__(self):
        self.moment = timezone.now()

    @contextmanager
    def in_force(self) -> Iterator[Time]:
        real = timezone.now
        timezone.now = lambda: self.moment
        try:
            yield self
        finally:
            timezone.now = real

    def move(self, moment: datetime) -> None:
        self.moment = moment
