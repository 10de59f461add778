"""Instants are stored in UTC; dates are Beijing dates (K1: the date is taken after conversion)."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone

from .errors import Refused

BEIJING = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    return timezone.now()  # the same that columns fill in: a made-up city turns both back at once (supervision/simulating/clockwork.py)


def due(moment: datetime) -> Q:
    """Rows whose `next_try_at` has come. Nothing waits longer than an hour for its next try: what says so was written while the
    clock was wrong, and is due as well."""
    return Q(next_try_at__lte=moment) | Q(next_try_at__gt=moment + timedelta(hours=2))


def next_try(attempts: int) -> datetime:
    """When what has failed so many times is tried again: in ten seconds, each time in three times as long, at most in an hour. With
    the eighth failure two hours are over."""
    return now() + timedelta(seconds=min(10 * 3 ** (attempts - 1), 3600))


def today() -> date:
    return beijing_date(now())


def beijing_date(instant: datetime) -> date:
    return instant.astimezone(BEIJING).date()


# What UTC still holds of a Beijing day, and of the day after it.
_FIRST, _LAST = date(1, 1, 2), date(9999, 12, 30)


def beijing_midnight(day: date, later: int = 0) -> datetime:
    """The instant at which the Beijing day begins, or the one so many days later (0 or 1); at the ends of the calendar the nearest."""
    day = min(max(day, _FIRST), _LAST) + timedelta(days=later)
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING)


def parse_day(text: str | None, field: str) -> date | None:
    """2026-11-23 -> date; nothing -> None. Raises Refused naming the field."""
    if not text:
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Refused("date.format", "日期应写作 年-月-日，如 2026-11-23，且真实存在。", field) from None
