"""Calendars, statute book, rules of lights and cards from data files. Loading the same files again costs one SELECT.

A calendar version is known by (year, known_from). What a file no longer names stays: answers were once given by it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from apps.journal.actor import SYSTEM, Actor
from apps.journal.door import action
from apps.kit.errors import Refused, raise_all
from apps.kit.time import today
from apps.kit.yamlfile import content_of, document

from .actions import new_edition
from .engine.calendar import FIXED_HOLIDAYS
from .engine.reading import FEWEST_YEARS, LONGEST, MOST_YEARS
from .models import CalendarVersion, CardRule, Clock, Edition, LightRule, Rule


def load(
    calendar: Path, statute: Path, lights: Path, *, by: Actor = SYSTEM, told: list[str] | None = None
) -> dict[str, int] | None:
    """{"created", "changed", "unchanged"} rows; None when the files are those of the last load. `told`: gets a sentence for each
    thing in them that nothing here reads.

    Raises Refusals naming every faulty entry by its place in its file (`years[3].make_up`).
    """
    contents = [content_of(path, "calendar.file") for path in (calendar, statute, lights)]
    digest = hashlib.sha256(b"\0".join(contents)).hexdigest()
    if Edition.objects.filter(pk=1, digest=digest).exists():
        return None
    faults: list[Refused] = []
    wanted: list = []
    for path, content, (keys, readers) in zip((calendar, statute, lights), contents, _READ, strict=True):
        document, found = _document(path, content), []
        wanted += [row for read in readers for row in read(document, found)]
        found += [Refused(UNKNOWN, f"{str(key)[:40]}：{_unread(key)}，没有读。") for key in document if key not in keys]
        faults += [Refused(fault.code, f"{path} 的 {fault.message}", fault.field) for fault in found]
    raise_all([fault for fault in faults if fault.code != UNKNOWN])
    if told is not None:
        told += [fault.message for fault in faults]
    with action(by) as act:
        act.allow("load", Edition(pk=1))
        edition = new_edition(act)
        fresh, changed = _write(wanted)
        if told is not None:
            told += _without_number()
        edition.digest = digest
        act.save(edition, "digest")
        years = sorted({row.year for row in fresh + changed if isinstance(row, CalendarVersion)})
        if fresh or changed:
            act.record(edition, "load", years=years, rows=[str(row) for row in fresh + changed])
    return {"created": len(fresh), "changed": len(changed), "unchanged": len(wanted) - len(fresh) - len(changed)}


def _without_number() -> Iterator[str]:
    """A number of the law that ends, or has ended, before another takes its place: from then on whatever needs it is refused."""
    rows = list(Rule.objects.order_by("code", "valid_from"))
    for row, after in pairwise([*rows, None]):
        begins = after.valid_from if after and after.code == row.code else None
        if row.valid_to and not (begins and begins <= max(today(), row.valid_to + timedelta(days=1))):
            until = f"到 {begins} 前" if begins else "以后"
            yield f"法定期限表里“{row.name}”（{row.code}）只到 {row.valid_to}，{until}没有有效的数字，用到它的事都办不成；请写入接着的规定。"


UNKNOWN = "calendar.unknown"


def _document(path: Path, content: bytes) -> dict[str, Any]:
    found = document(content, "calendar.syntax", path)
    if not isinstance(found, dict):
        raise Refused("calendar.syntax", f"{path} 的最外层应是键值。", "file")
    return found


_KEYS = {
    CalendarVersion: ("year", "known_from"),
    Rule: ("code", "valid_from"),
    LightRule: ("kind", "valid_from"),
    CardRule: ("kind", "light", "valid_from"),
}
# What a page publishes ends the row before it, of which the file that ships, loaded again with every release, does not know.
_ENDS = {CalendarVersion: "superseded_on", LightRule: "valid_to"}


def _write(wanted: list) -> tuple[list, list]:
    """Insert what is new, correct what differs; one statement a kind of row."""
    fresh: list = []
    changed: list = []
    for model, keys in _KEYS.items():
        known = {tuple(getattr(row, key) for key in keys): row for row in model.objects.all()}
        fields = [field.attname for field in model._meta.concrete_fields if not field.primary_key]
        new, differing, end = [], [], _ENDS.get(model)
        for row in (row for row in wanted if isinstance(row, model)):
            at = tuple(getattr(row, key) for key in keys)
            stored = known.get(at)
            if stored and end and getattr(row, end) is None and any(of == at[0] and since > at[1] for of, since in known):
                setattr(row, end, getattr(stored, end))
            if stored is None:
                new.append(row)
            elif any(getattr(row, name) != getattr(stored, name) for name in fields):
                row.pk = stored.pk
                differing.append(row)
        if new:
            model.objects.bulk_create(new)
        if differing:
            model.objects.bulk_update(differing, fields)
        fresh += new
        changed += differing
    return fresh, changed


class _Entry:
    """One entry of a list in a file; a wrong value is noted with its place and read as None."""

    def __init__(self, data: Any, place: str, faults: list[Refused]):
        self._data, self.place, self._faults = data, place, faults
        self._is_one = isinstance(data, dict)
        if not self._is_one:
            self._data = {}
            self.fault("", "应是键值。")
        self._asked: set[str] = set()

    def fault(self, key: str, message: str, code: str = "calendar.entry") -> None:
        """An entry without a place was typed into a form: its fields are named by the page. Of what is no mapping only that is told."""
        if key and not self._is_one:
            return
        place = ".".join(filter(None, (self.place, key)))
        self._faults.append(Refused(code, f"{place}：{message}" if self.place else message, place))

    def _given(self, key: str) -> Any:
        self._asked.add(key)
        return self._data.get(key)

    def done(self) -> None:
        """All that is known was asked for: what is left is misspelt, and would be read as not given."""
        for key in self._data.keys() - self._asked:
            self.fault(str(key)[:40], "不认识的字段，没有读。", UNKNOWN)

    def day(self, key: str, *, required: bool = True) -> date | None:
        value = self._given(key)
        return self._day(key, value) if required or value is not None else None

    def _day(self, key: str, value: Any) -> date | None:
        if type(value) is date:
            return value
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            self.fault(key, f"{_said(value)}不是日期，应写作 2017-09-30。")
            return None

    def days(self, key: str, year: int | None) -> list[date]:
        """Dates in order; each once and in the year."""
        listed = self._given(key)
        if not isinstance(listed, list):
            self.fault(key, "应是日期列表。")
            return []
        found = [day for value in listed if (day := self._day(key, value)) is not None]
        for day in found:
            if year is not None and day.year != year:
                self.fault(key, f"{day} 不在 {year} 年内，请归入它所在的年份。")
        for day in sorted({day for day in found if found.count(day) > 1}):
            self.fault(key, f"{day} 写了两次。")
        return sorted(set(found))

    def number(self, key: str, least: int = 0, most: int = LONGEST) -> int | None:
        value = self._given(key)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        quoted = "，请去掉引号" if isinstance(value, str) and value.isdecimal() else ""  # else the number looks right as it is told
        self.fault(key, f"{_said(value)}应是 {least} 到 {most} 的整数{quoted}。")
        return None

    def text(self, key: str, *, required: bool = True, most: int = 200) -> str:
        value = self._given(key)
        if value is None and not required:
            return ""
        if not isinstance(value, str) or (required and not value.strip()):
            self.fault(key, f"{_said(value)}应是文字。")
        elif len(value.strip()) > most:
            self.fault(key, f"有 {len(value.strip())} 个字，最多 {most} 个字。")
        else:
            return value.strip()
        return ""

    def texts(self, key: str) -> list[str]:
        value = self._given(key) or []
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return value
        self.fault(key, "应是文字列表。")
        return []


def _said(value: Any) -> str:
    return "没有填写，" if value is None else f"“{str(value)[:40]}”"


def _entries(document: dict[str, Any], name: str, faults: list[Refused], *, required: bool = True) -> Iterator[_Entry]:
    listed = document.get(name)
    if listed in (None, []) and not required:
        return
    if not isinstance(listed, list) or not listed:
        faults.append(Refused("calendar.empty", f"{name}：这个列表没有，或者是空的。", name))
        return
    for index, data in enumerate(listed):
        yield _Entry(data, f"{name}[{index}]", faults)


def _versions(document: dict[str, Any], faults: list[Refused]) -> list[CalendarVersion]:
    entries = [
        *_entries(document, "years", faults),
        *_entries(document, "superseded", faults, required=False),
    ]
    versions: dict[tuple, CalendarVersion] = {}
    for entry in entries:
        version = _version(entry)
        key = (version.year, version.known_from)
        if key in versions and None not in key:
            entry.fault("known_from", f"{version.year} 年在 {version.known_from} 起所知的版本写了两次。")
        versions[key] = version
        if version.known_from and version.known_from > today():  # told only: a page refuses it, a file may be rehearsed on an earlier day
            told = f"{version.known_from} 还没有到：读入后马上按这一版计算，这一天以前公布的新通知都不会取代它；请核对是不是写错了年份。"
            entry.fault("known_from", told, UNKNOWN)
        if worked := "、".join(map(str, _worked_holidays(version))):
            entry.fault("days_off", f"{worked} 是法定节假日，按这份安排要上班；请核对是不是漏写了。", UNKNOWN)
    return list(versions.values())


def _worked_holidays(version: CalendarVersion) -> list[date]:
    """Statutory holidays on a fixed day that a notice leaves to be worked; 2 May is one since 2025. Told only, as on the page: the law may change."""
    days = [date(version.year, *day) for day in sorted(FIXED_HOLIDAYS) if version.year >= 2025 or day != (5, 2)] if version.year else []
    return [day for day in days if day in version.make_up or (day.weekday() < 5 and day not in version.days_off)]


def _told_twice(rows: list, entry: _Entry, row: Rule | LightRule | CardRule) -> None:
    """A row is known by what it is about and its first day: two of them the table would not take."""
    key = [getattr(row, name) for name in _KEYS[type(row)]]
    said = row.valid_from and (key[0] or isinstance(row, LightRule))
    if said and any(key == [getattr(other, name) for name in _KEYS[type(row)]] for other in rows):
        about = "、".join(str(part) for part in key[:-1] if part) or "各类期限"
        entry.fault("valid_from", f"“{about}”从 {row.valid_from} 起的一行写了两次。")
    rows.append(row)


def _version(entry: _Entry) -> CalendarVersion:
    year = entry.number("year", FEWEST_YEARS, MOST_YEARS)
    version = CalendarVersion(
        year=year,
        known_from=entry.day("known_from"),
        superseded_on=entry.day("superseded_on", required=False),
        notice=entry.text("notice", required=False),
        sources=entry.texts("sources"),
        days_off=entry.days("days_off", year),
        make_up=entry.days("make_up", year),
        note=entry.text("what", required=False, most=300),
    )
    if year and version.known_from and version.known_from.year > year:  # the newest counts: none could be published after it
        entry.fault("known_from", f"{version.known_from} 已经过了 {year} 年，请填写通知公布的日子。")
    for day in version.make_up:
        if day.weekday() < 5:
            entry.fault("make_up", f"{day} 不是周六或周日，不需要调休上班。")
        if day in version.days_off:
            entry.fault("make_up", f"{day} 既放假又调休上班。")
    if version.superseded_on and version.known_from and version.superseded_on <= version.known_from:
        entry.fault("superseded_on", f"{version.superseded_on} 应晚于 known_from。")
    entry.done()
    return version


def read_notice(given: Any) -> CalendarVersion:
    """One notice in the shape of an entry of `years`, from a page or a program. Raises Refusals naming its fields."""
    faults: list[Refused] = []
    version = _version(_Entry(given, "", faults))
    raise_all([fault for fault in faults if fault.code != UNKNOWN])
    return version


# In which units each number of the law may be told: those in which it is counted. In any other it would be counted as before.
_DAYS, _EITHER = ("working",), ("working", "calendar")
_COUNTED = {
    **dict.fromkeys(("notice", "cure", "gap_cure", "review_cure", "extension_cap", "joint_extension_cap", "delivery", "hearing_notice"), _DAYS),
    **dict.fromkeys(("inspection_times", "inspection_conclusion", "rectification", "consultation", "commitment_check", "commitment_rectify"), _DAYS),
    **dict.fromkeys(("hearing_request", "hearing_hold", "rating_callback", "rating_rectification", "enquiry", "pre_check", "public_notice"), _EITHER),
    **dict.fromkeys(("decision", "joint_decision", "preliminary_review", "inspection_officers"), _EITHER),
    **dict.fromkeys(("renewal", "draft_kept", "draft_warning", "reconsideration"), ("calendar",)),
    "litigation": ("month",),
    "usual_time_least": ("case",),
}


def _rules(document: dict[str, Any], faults: list[Refused]) -> list[Rule]:
    units = dict(Rule._meta.get_field("unit").choices)
    rules = []
    for entry in _entries(document, "rules", faults):
        rule = Rule(
            code=entry.text("code", most=40),
            name=entry.text("name", most=80),
            value=entry.number("value"),
            unit=entry.text("unit"),
            source=entry.text("source"),
            **_validity(entry),
        )
        if rule.unit and rule.unit not in units:
            entry.fault("unit", f"“{rule.unit}”应为 {'、'.join(units)} 之一。")
        elif rule.unit and (counted := _COUNTED.get(rule.code)) and rule.unit not in counted:
            named = "、".join(f"{units[unit]}（{unit}）" for unit in counted)
            entry.fault("unit", f"“{rule.code}”按{named}计算，不能写成 {rule.unit}；法律改了单位的，要先改程序。")
        if rule.code and rule.code not in _COUNTED:
            entry.fault("code", f"没有哪里用“{rule.code}”这个数字，请核对编码。", UNKNOWN)
        entry.done()
        _told_twice(rules, entry, rule)
    return rules


def _lights(document: dict[str, Any], faults: list[Refused]) -> list[LightRule]:
    names = ("yellow_days", "yellow_percent", "red_days", "red_percent")
    rows = []
    for entry in _entries(document, "lights", faults):
        row = LightRule(
            kind=entry.text("kind", required=False),
            **_validity(entry),
            **{name: entry.number(name) for name in names},
        )
        if row.kind and row.kind not in Clock.Kind.values:
            entry.fault("kind", f"“{row.kind}”应为 {'、'.join(Clock.Kind.values)} 之一或留空。")
        for unit in ("days", "percent"):
            yellow, red = getattr(row, f"yellow_{unit}"), getattr(row, f"red_{unit}")
            if yellow is not None and red is not None and red > yellow:
                entry.fault(f"red_{unit}", "红灯不能比黄灯早。")
        entry.done()
        _told_twice(rows, entry, row)
    return rows


def _cards(document: dict[str, Any], faults: list[Refused]) -> list[CardRule]:
    known = {"kind": Clock.Kind.values, "light": list(Clock.ANNOUNCES), "gives": CardRule.Gives.values}
    rows = []
    for entry in _entries(document, "cards", faults, required=False):
        row = CardRule(source=entry.text("source"), **_validity(entry), **{name: entry.text(name) for name in known})
        for name, values in known.items():
            if getattr(row, name) and getattr(row, name) not in values:
                entry.fault(name, f"“{getattr(row, name)}”应为 {'、'.join(values)} 之一。")
        entry.done()
        _told_twice(rows, entry, row)
    return rows


def _validity(entry: _Entry) -> dict[str, date | None]:
    valid_from, valid_to = entry.day("valid_from"), entry.day("valid_to", required=False)
    if valid_from and valid_to and valid_to < valid_from:
        entry.fault("valid_to", f"{valid_to} 早于施行日。")
    return {"valid_from": valid_from, "valid_to": valid_to}


# Which lists are read from the calendar, the statute book and the file of lights; in another of the three they are lost.
_READ = (
    (("timezone", "years", "superseded"), (_versions,)),
    (("rules",), (_rules,)),
    (("lights", "cards"), (_lights, _cards)),
)


def _unread(key: Any) -> str:
    homes = zip(_READ, ("日历", "法定期限", "红黄灯规则"), strict=True)
    return next((f"它属于{name}文件，写在这里不起作用" for (keys, _), name in homes if key in keys), "不认识的字段")
