"""The simulator's own time: the real actions run on days of the past, its working days."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from django.utils import timezone

from apps.deadlines.queries import NodeCalendar, calendar
from apps.kit.errors import Refused


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


def working_days(node: str, since: date, until: date) -> list[date]:
    """Working days of the node from `since` through `until`. Raises Refused when there is none."""
    held: NodeCalendar = calendar(region=node)
    every = (since + timedelta(days=n) for n in range((until - since).days + 1))
    found = [day for day in every if held.is_working_day(day)]
    if not found:
        raise Refused("simulate.days", f"{since:%Y-%m-%d} 到 {until:%Y-%m-%d} 之间没有工作日，请加大 --days。", "days")
    return found
