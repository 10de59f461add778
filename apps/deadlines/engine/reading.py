"""Reads the input of one question, finding every fault at once and naming the key of each."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta, timezone
from typing import Any

from .counting import CALENDAR_DAYS, WORKING, Limit, Pause
from .decision import Extension

BEIJING = timezone(timedelta(hours=8))  # no summer time since 1991
FEWEST_YEARS, MOST_YEARS = 1949, 2200  # outside these a date is a slip of the pen
LONGEST = 36500  # days
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?(Z|z|[+-]\d{2}(:?\d{2})?)", re.ASCII)
_NO_ZONE = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?", re.ASCII)
_KNOWN_BEFORE = re.compile(r"(\d{4})-before-(\d{2})-(\d{2})", re.ASCII)


class BadInput(Exception):
    """The question cannot be answered. `errors`: [{"path", "code", "message"}], messages in Chinese."""

    def __init__(self, errors: list[dict[str, str]]):
        super().__init__("；".join(error["message"] for error in errors))
        self.errors = errors


def fault(path: str, code: str, message: str) -> dict[str, str]:
    return {"path": path, "code": code, "message": f"{path}：{message}" if path else message}


class Reader:
    """One JSON object. Readers return None after a fault; `done` raises what was found."""

    def __init__(self, data: Any, path: str = "input", faults: list[dict[str, str]] | None = None):
        self.path, self.faults = path, [] if faults is None else faults
        if not isinstance(data, dict):
            self.fail("", "type", f"应是一个 JSON 对象，收到的是 {shown(data)}。")
            data = None
        self._data: dict[str, Any] | None = data

    def done(self) -> None:
        if self.faults:
            raise BadInput(self.faults)

    def fail(self, key: str, code: str, message: str) -> None:
        self.faults.append(fault(f"{self.path}.{key}" if key else self.path, code, message))

    def has(self, key: str) -> bool:
        return self._data is not None and self._data.get(key) is not None

    def _value(self, key: str, required: bool, nullable: bool = False) -> Any:
        if self._data is None:
            return None
        if key not in self._data and required:
            self.fail(key, "missing", f"缺少 {key}，请补上。")
        elif self._data.get(key) is None and required and not nullable:
            self.fail(key, "missing", f"{key} 不能为空。")
        return self._data.get(key)

    def date(self, key: str, *, required: bool = True, nullable: bool = False) -> date | None:
        """A Beijing date YYYY-MM-DD. `nullable`: the key must stand there but may hold null."""
        value = self._value(key, required, nullable)
        if value is None:
            return None
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            self.fail(key, "type", f"{shown(value)} 不是日期，请写成 YYYY-MM-DD，如 2017-09-30。")
            return None
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.fail(key, "impossible_date", f"没有“{value}”这一天。")
            return None
        return self._in_range(key, day)

    def _in_range(self, key: str, day: date) -> date | None:
        if FEWEST_YEARS <= day.year <= MOST_YEARS:
            return day
        self.fail(key, "range", f"{day.isoformat()} 不在 {FEWEST_YEARS} 至 {MOST_YEARS} 年之间。")
        return None

    def demand_order(self, key: str, day: date | None, what: str, earliest: date | None) -> None:
        """A fault when `day` lies before that of `what`, which had to come first."""
        if day is not None and earliest is not None and day < earliest:
            self.fail(key, "order", f"{day.isoformat()} 早于{what} {earliest.isoformat()}，请核对两个日期。")

    def instant_date(self, key: str, *, required: bool = True, or_day: bool = False) -> date | None:
        """The Beijing date of an ISO instant (K1); `or_day`: of which a bare date says enough."""
        value = self._value(key, required)
        if value is None:
            return None
        if or_day and isinstance(value, str) and _DATE.fullmatch(value):
            return self.date(key)
        if isinstance(value, str) and _INSTANT.fullmatch(value):
            try:
                instant = datetime.fromisoformat(value.upper().replace(",", "."))
                return self._in_range(key, instant.astimezone(BEIJING).date())
            except (ValueError, OverflowError):
                self.fail(key, "impossible_date", f"没有“{value}”这一时刻。")
                return None
        if isinstance(value, str) and _NO_ZONE.fullmatch(value):
            self.fail(key, "type", f"“{value}”没有时区，请写明，如 {value}+08:00（北京时间）或以 Z 结尾（UTC）。")
        else:
            self.fail(
                key, "type", f"{shown(value)} 不是时刻，请写成 2017-09-28T17:30:00Z 或 2017-09-28T09:00:00+08:00。"
            )
        return None

    def number(self, key: str, *, required: bool = True, least: int = 0) -> int | None:
        value = self._value(key, required)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            self.fail(key, "type", f"{shown(value)} 不是整数。")
        elif value < least:
            self.fail(key, "range", f"{value} 太小，不能小于 {least}。")
        elif value > LONGEST:
            self.fail(key, "range", f"{shown(value)} 太大，不能超过 {LONGEST}。")
        else:
            return value
        return None

    def flag(self, key: str, default: bool) -> bool:
        value = self._value(key, False)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.fail(key, "type", f"{shown(value)} 应为 true 或 false。")
        return value is True

    def text(self, key: str, *, required: bool = True) -> str | None:
        value = self._value(key, required)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            self.fail(key, "type", f"{shown(value)} 应为文字。")
            return None
        return value

    def choice(self, key: str, choices: tuple[str, ...]) -> str | None:
        value = self.text(key)
        if value is not None and value not in choices:
            self.fail(key, "unknown", f"“{value}”不认识，应为 {' 或 '.join(choices)}。")
            return None
        return value

    def inner(self, key: str, *, required: bool = False) -> Reader | None:
        value = self._value(key, required)
        return None if value is None else Reader(value, f"{self.path}.{key}", self.faults)

    def each(self, key: str, *, required: bool = False) -> list[Reader]:
        value = self._value(key, required)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fail(key, "type", f"{shown(value)} 应是一个列表。")
            return []
        return [Reader(item, f"{self.path}.{key}[{index}]", self.faults) for index, item in enumerate(value)]

    def codes(self, key: str) -> tuple[str, ...]:
        """One code, a list of codes, or nothing."""
        value = self._value(key, False)
        if value is None:
            return ()
        listed = value if isinstance(value, list) else [value]
        if not all(isinstance(code, str) and code for code in listed):
            self.fail(key, "type", f"{shown(value)} 应是一个编码或编码列表。")
            return ()
        return tuple(dict.fromkeys(listed))

    def limit(self, key: str) -> Limit | None:
        """{n, unit}; None when absent."""
        inner = self.inner(key)
        if inner is None:
            return None
        n, unit = inner.number("n"), inner.choice("unit", (WORKING, CALENDAR_DAYS))
        return Limit(n, unit) if n is not None and unit is not None else None

    def days_or_limit(self, key: str) -> Limit | None:
        """Working days as a bare number, or {n, unit}."""
        if self.has(key) and isinstance(self._data[key], dict):
            return self.limit(key)
        n = self.number(key)
        return None if n is None else Limit(n)

    def pauses(self, key: str = "pauses") -> list[Pause]:
        found = [self._pause(each) for each in self.each(key)]
        return [pause for pause in found if pause is not None]

    @staticmethod
    def _pause(each: Reader) -> Pause | None:
        start, end = each.date("start"), each.date("end", nullable=True)
        kind, lawful, notified = each.text("type"), each.flag("lawful", True), each.flag("notified", True)
        if start and end and end < start:
            each.fail("end", "range", f"{end.isoformat()} 早于开始日 {start.isoformat()}。")
        return Pause(start, end, kind or "", lawful, notified) if start else None

    def extensions(self, key: str = "extensions") -> list[Extension]:
        found = []
        for each in self.each(key):
            days, on = each.number("days", least=1), each.date("approved_on")
            told = each.flag("reason_told", True)
            if days is not None and on is not None:
                found.append(Extension(days, on, told))
        return found

    def known_on(self, key: str = "calendar") -> date | None:
        """ "2019-before-03-22" = as known on the day before that date; None = all that is known."""
        value = self.text(key, required=False)
        if value is None:
            return None
        match = _KNOWN_BEFORE.fullmatch(value)
        if not match:
            self.fail(key, "type", f"“{value}”应写成 年-before-月-日，如 2019-before-03-22（该日通知之前所知的日历）。")
            return None
        try:
            return date(*map(int, match.groups())) - timedelta(days=1)
        except (ValueError, OverflowError):
            self.fail(key, "impossible_date", f"“{value}”里没有这一天。")
            return None


def shown(value: Any) -> str:
    """As it was sent, cut short."""
    text = json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else f"“{value}”"
    return text if len(text) <= 40 else f"{text[:40]}…"
