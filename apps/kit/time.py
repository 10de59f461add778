"""Instants are stored in UTC; dates are Beijing dates (K1: the date is taken after conversion)."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

BEIJING = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    return timezone.now()


def today() -> date:
    return beijing_date(now())


def beijing_date(instant: datetime) -> date:
    return instant.astimezone(BEIJING).date()


def beijing_midnight(day: date) -> datetime:
    """The instant at which the Beijing day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING)
