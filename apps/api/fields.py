"""Fields that several shapes have."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, time, timedelta

from rest_framework import serializers as s


def words(choices) -> str:
    """What a code may be, for the description."""
    return "、".join(f"{code} {label}" for code, label in choices)


# What a decision is called once it is made, and the whole case at its end (to ask for one: grant, refuse).
DECIDED = "granted 准予、refused 不予；还没有决定的为空"
ENDED = "granted 准予、partly_granted 部分准予、refused 不予、revoked 撤销受理、terminated 终止；没有办结的为空"
ITEM_OR_BUNDLE = "item 事项、bundle 一件事"


class Instant(s.DateTimeField):
    """The first and the last day of all are, at another place of the earth, days that there are not."""

    default_error_messages = {"range": "时刻超出了可以填写的范围，请核对后重试。"}

    def to_internal_value(self, value):
        try:
            return super().to_internal_value(value)
        except OverflowError:
            self.fail("range")


class Moment(Instant):
    """A day with its time: of a day alone the framework makes midnight, and people would be called for midnight."""

    default_error_messages = {"no_time": "只写了日期，请连时间一起写，如 2026-12-30T09:00:00+08:00。"}

    def to_internal_value(self, value):
        with suppress(TypeError, ValueError):
            date.fromisoformat(value.strip() if isinstance(value, str) else value)
            self.fail("no_time")
        return super().to_internal_value(value)


class DayTime(s.TimeField):
    """A time by Beijing's clock. The published format lets a zone stand behind it; the framework takes the hands and throws the zone away."""

    default_error_messages = {"zone": "请按北京时间填写，如 09:30 或者 09:30:00+08:00；收到的是另一个时区的时间。"}

    def to_internal_value(self, value):
        with suppress(TypeError, ValueError):
            if time.fromisoformat(value).utcoffset() not in (None, timedelta(hours=8)):
                self.fail("zone")
        return super().to_internal_value(value)


class StateLabel(s.CharField):
    """The state of a row in Chinese. Asked of the row itself: the general way reads the method's signature for every answer."""

    def __init__(self, **given):
        super().__init__(source="get_state_display", **given)

    def get_attribute(self, instance) -> str:
        return instance.get_state_display()
