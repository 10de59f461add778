"""A year's holiday notice from a page or a program: read, checked in words, shown before it counts, published.

Nothing published is overwritten: an amendment in the middle of a year is a new version, known from its own day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

import yaml

from apps.journal.actor import Actor
from apps.journal.door import action
from apps.kit.days import day_cn
from apps.kit.errors import Refused, raise_all
from apps.kit.time import today
from apps.kit.yamlfile import document

from .actions import demand_other_day, new_edition
from .engine.calendar import WORKING, Calendar, is_fixed_holiday
from .loading import read_notice
from .models import CalendarVersion, Clock, Edition, LightRule
from .queries import Shelf, shelf, versions_of
from .queries_clocks import measure, touched_clocks

_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
CHECKED_MOST = 5000  # clocks that a preview counts again before it says "at least"
_DAY = r"(?:(\d{4})[-年/.])?(\d{1,2})[-月/.](\d{1,2})日?"
# What a notice says after its days. Of the other kind's words none: days to be worked are not taken for days off.
_SAID = {"days_off": r"放假(?:调休)?|调休|共\d+天", "make_up": r"(?:正常)?上班|调休"}
_NAMED = re.compile(r"(?:[一二三四五六七八九十]+、)?(?:(?:元旦|春节|清明节?|劳动节|端午节?|中秋节?|国庆节?)[、和]?)+[：:]")
_RANGE = re.compile(rf"{_DAY}(?:[至到~—–]+(?:{_DAY}|(\d{{1,2}})日))?")


def read_days(text: str, year: int, field: str) -> list[date]:
    """Days as they are typed or pasted from a notice: 2027-02-06、一、元旦：1月1日至3日、2027-02-06 至 2027-02-12（周五）.

    A day without a year lies in `year`. Raises Refused naming what is not a day.
    """
    bare = re.sub(_SAID.get(field, r"\Z"), " ", _NAMED.sub(" ", text))
    bare = re.sub(r"（[^（）]*）|\([^()]*\)|\s+(?=[至到~—–])|(?<=[至到~—–])\s+", "", bare)
    found: list[date] = []
    for word in re.split(r"[\s,，、;；。]+", bare):
        if not word:
            continue
        match = _RANGE.fullmatch(word)
        try:
            if match is None:
                raise ValueError
            y1, m1, d1, y2, m2, d2, only = match.groups()
            first = date(int(y1 or year), int(m1), int(d1))
            last = first
            if only or d2:
                last = date(int(y2 or first.year), int(m2 or first.month), int(d2 or only))
            if not 0 <= (last - first).days <= 366:
                raise ValueError
        except ValueError:
            raise Refused("notice.day", f"“{word}”不是日期，请写成 2027-02-06 或 2月6日至12日。", field) from None
        found += [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return found


def read_file(content: bytes) -> list[dict]:
    """The notices of a file in the format of fixtures/calendar.yaml, to be checked and published one by one."""
    text, aliases = content.decode("utf-8-sig", "replace"), False
    with suppress(yaml.YAMLError):  # which is told below
        aliases = any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=_PARSER))
    if aliases:  # a page of names for names becomes as much text as a memory holds
        raise Refused("notice.syntax", "文件里不能用“*”引用别处的内容，请逐日写明。", "file")
    found = document(content, "notice.syntax", "文件")
    years = found.get("years") if isinstance(found, dict) else None
    if not isinstance(years, list) or not years:
        raise Refused("notice.empty", "文件里没有 years 列表。", "file")
    return years


@dataclass(frozen=True, slots=True)
class DayChange:
    day: date
    was: str  # kinds of engine.calendar
    now: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a publication would do. `at_least`: more clocks are open than were counted."""

    changes: list[DayChange]
    earlier: int
    later: int
    checked: int
    at_least: bool

    @property
    def moved(self) -> int:
        return self.earlier + self.later

    @property
    def holidays(self) -> list[date]:
        """Statutory holidays on a fixed day that would be worked: hardly meant, and told before it counts. Of the lunar ones and
        of the days that a notice shifts nobody here knows which the law names."""
        return [change.day for change in self.changes if change.now in WORKING and is_fixed_holiday(change.day)]


def checked(given: dict) -> CalendarVersion:
    """The version that these values make. Raises Refusals naming the field and the cure for every fault."""
    version = read_notice(given)
    faults = []
    if not version.notice:
        faults.append(Refused("notice.number", "请填写放假通知的文号。", "notice"))
    if not version.sources:
        faults.append(Refused("notice.sources", "请填写通知的来源（网址或者文件名）。", "sources"))
    if not version.days_off:
        faults.append(Refused("notice.days_off", "请填写放假的日子。", "days_off"))
    if version.known_from > today():
        faults.append(Refused("notice.known_from", "所知日不能晚于今天：通知公布以后才能发布。", "known_from"))
    current = next(iter(versions_of(version.year)), None)
    if current is not None:
        if version.known_from <= current.known_from >= today():
            text = f"{version.year} 年今天已经发布过一版；更正最早明天（{today() + timedelta(days=1)}）发布，所知日填那一天。"
            faults.append(Refused("notice.known_from", text, "known_from"))
        elif version.known_from <= current.known_from:
            text = f"{version.year} 年已有 {current.known_from} 起所知的一版，新的一版应晚于它。"
            faults.append(Refused("notice.known_from", text, "known_from"))
        if set(version.days_off) == set(current.days_off) and set(version.make_up) == set(current.make_up):
            faults.append(Refused("notice.same", "放假和调休的日子与现行的一版完全相同，不用再发布。", "days_off"))
    raise_all(faults)
    return version


def preview(*, by: Actor, version: CalendarVersion) -> Preview:
    """The days that change and the open clocks that would move. Writes nothing. Raises Forbidden."""
    Edition.policy(by, "publish", version)
    now = shelf()
    return _preview(now, now.supposing(version.as_arrangement()), date(version.year, 1, 1), date(version.year, 12, 31))


def preview_day(*, by: Actor, exception) -> Preview:
    """The same for a local exception that is not registered yet. Raises Refused where it could not be."""
    exception.policy(by, "register", exception)
    demand_other_day(exception)
    now = shelf()
    then = now.supposing_day(exception.region, exception.day, exception.as_local_day())
    return _preview(now, then, exception.day, exception.day, exception.region)


def _preview(now: Shelf, then: Shelf, first: date, last: date, region: str = "") -> Preview:
    clocks = list(touched_clocks(first, last, region).with_intervals().order_by("pk")[: CHECKED_MOST + 1])
    earlier = later = 0
    for clock in clocks[:CHECKED_MOST]:
        due = measure(clock, then).due_on
        if due and clock.due_on:
            earlier += due < clock.due_on
            later += due > clock.due_on
    changes = compare(now.calendar(region), then.calendar(region), first, last)
    return Preview(changes, earlier, later, min(len(clocks), CHECKED_MOST), len(clocks) > CHECKED_MOST)


def compare(before: Calendar, after: Calendar, first: date, last: date) -> list[DayChange]:
    """The days that are worked by one calendar and not by the other."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [
        DayChange(day, before.kind(day), after.kind(day))
        for day in days
        if before.is_working_day(day) != after.is_working_day(day)
    ]


def publish(*, by: Actor, given: dict) -> CalendarVersion:
    """Publish a year's notice, or amend it by a new version. Clocks are counted again by the listener of
    `edition.publish`. Raises Forbidden, and Refusals that name every fault."""
    with action(by) as act:
        act.allow("publish", Edition(pk=1))
        edition = new_edition(act)
        version = checked(given)
        before = versions_of(version.year).first()
        if before is not None:
            before.superseded_on = version.known_from
            act.save(before, "superseded_on")
        act.create(version)
        what = "有变更" if before else "已公布"
        act.record(
            edition,
            "publish",
            years=[version.year],
            version=version.pk,
            notice=version.notice,
            known_from=version.known_from,
            days_off=version.days_off,
            make_up=version.make_up,
            why=f"{version.year}年放假安排{what}（{version.notice}）",
        )
    return version


def set_light_rule(
    *,
    by: Actor,
    kind: str,
    valid_from: date,
    yellow_days: int,
    yellow_percent: int,
    red_days: int,
    red_percent: int,
) -> LightRule:
    """When clocks of a kind ("" = all others) that start from that day on turn yellow and red; the rule before it ends, and where
    another is to come it holds until then: one set for a day far off by a slip of the pen would keep out all others.

    Clocks that run already keep theirs. Raises Forbidden, and Refusals naming the fields.
    """
    with action(by) as act:
        act.allow("set_light", Edition(pk=1))
        edition = new_edition(act)
        rule = LightRule(
            kind=kind,
            valid_from=valid_from,
            yellow_days=yellow_days,
            yellow_percent=yellow_percent,
            red_days=red_days,
            red_percent=red_percent,
        )
        others = LightRule.objects.filter(kind=kind).order_by("valid_from")
        raise_all(_light_faults(rule, others))
        before, after = others.filter(valid_from__lt=valid_from).last(), others.filter(valid_from__gt=valid_from).first()
        if before is not None and (before.valid_to is None or before.valid_to >= valid_from):
            before.valid_to = valid_from - timedelta(days=1)
            act.save(before, "valid_to")
        if after is not None:
            rule.valid_to = after.valid_from - timedelta(days=1)
        act.create(rule)
        told = {
            name: getattr(rule, name) for name in ("kind", "yellow_days", "yellow_percent", "red_days", "red_percent")
        }
        act.record(edition, "set_light", **told, valid_from=valid_from)
    return rule


def _light_faults(rule: LightRule, others: Iterable[LightRule]) -> list[Refused]:
    faults = []
    if rule.kind and rule.kind not in Clock.Kind.values:
        faults.append(Refused("light.kind", "没有这一类期限。", "kind"))
    if rule.valid_from <= today():
        faults.append(Refused("light.past", "施行日最早为明天：已经开始的期限不改亮灯规则。", "valid_from"))
    elif any(other.valid_from == rule.valid_from for other in others):
        text = f"已有{day_cn(rule.valid_from)}起施行的规则，请改为另一天。"
        faults.append(Refused("light.order", text, "valid_from"))
    for unit, word in (("days", "剩余工作日"), ("percent", "百分比")):
        if getattr(rule, f"red_{unit}") > getattr(rule, f"yellow_{unit}"):
            faults.append(Refused("light.red_first", f"红灯的{word}不能多于黄灯：红灯不能比黄灯早。", f"red_{unit}"))
    return faults
