"""The counting told in Chinese, a line a day: what a supervisor reads to an applicant who disputes a date."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from apps.kit.days import day_cn, days_words

from . import calendar as kinds
from .bundle import NOT_STARTED, WAITING, Bundle
from .calendar import Calendar
from .counting import (
    CALENDAR_DAYS,
    COUNTED,
    HELD,
    PAUSED,
    RESTED,
    WORKING,
    Day,
    Due,
    Limit,
    Pause,
    Rolled,
    days_until_due,
)
from .decision import LATE, OVER_CAP, SECOND, UNTOLD, Decision
from .intake import Acceptance
from .periods import Renewal

_WEEKDAYS = "一二三四五六日"
_KINDS = {
    kinds.WORKDAY: "",
    kinds.MAKE_UP: "调休上班",
    kinds.WEEKEND: "周末",
    kinds.HOLIDAY: "节假日放假",
    kinds.GUESSED_WORKDAY: "推定上班",
    kinds.GUESSED_HOLIDAY: "法定节假日（推定）",
    kinds.LOCAL_OPEN: "本地开门",
    kinds.LOCAL_CLOSED: "本地停业",
}
# In the order of the law. The catalogue's format lists the same codes; whose time XKF 45 does not leave out is in applications.grounds.OWN_RULE.
PAUSE_TYPES = {
    "hearing": "听证",
    "tender": "招标",
    "auction": "拍卖",
    "inspection": "检验（现场核查）",  # in a case it is the look at the place
    "testing": "检测",
    "quarantine": "检疫",
    "appraisal": "鉴定",
    "expert_review": "专家评审",
    "rectification": "整改",
}
OUTCOMES = {"on_time": "按时", "overdue_promised": "超过承诺期限", "overdue_legal": "超过法定期限"}
_REJECTIONS = {
    SECOND: "此前已延长过一次",
    OVER_CAP: "天数超过上限",
    LATE: "批准时期限已过",
    UNTOLD: "没有告知延长的理由",
}
_LAPSES = {"lapsed": "视为撤回", "withdrawn": "视为撤回", "not_accepted": "不予受理", "acceptance_revoked": "撤销受理"}


def full(day: date) -> str:
    return f"{day.year}年{short(day)}"


def short(day: date) -> str:
    return f"{day.month}月{day.day}日（周{_WEEKDAYS[day.weekday()]}）"


def limit_words(limit: Limit) -> str:
    return days_words(limit.n, limit.unit)


def day_words(calendar: Calendar, day: date) -> str:
    """What sort of day it is, "" for an ordinary working day."""
    words, reason = _KINDS[calendar.kind(day)], calendar.reason(day)
    return f"{words}：{reason}" if reason else words


def one_day(calendar: Calendar, day: date) -> list[str]:
    """Whether it is a working day, and by which notice."""
    words = day_words(calendar, day) or "周一至周五"
    verdict = "是工作日" if calendar.is_working_day(day) else "不是工作日"
    return [f"{full(day)}{words}，{verdict}。", *notices(calendar, day, day)]


@dataclass(frozen=True, slots=True)
class Step:
    """One day of a counting: a row of a table, or a line of the telling."""

    day: date
    what: str  # COUNTED, RESTED, PAUSED, ROLLED, HELD
    number: int | None  # the how-manieth counted day it is
    kind: str  # what sort of day the calendar says it is
    words: str  # that in Chinese; "" for an ordinary working day
    text: str

    @property
    def weekday(self) -> str:
        return f"周{_WEEKDAYS[self.day.weekday()]}"


def steps(calendar: Calendar, clock: Due) -> Iterator[Step]:
    """The days of one clock from its trigger to its due date."""
    last = clock.start
    for day in days_until_due(calendar, clock.start, clock.limit, clock.excluded):
        if clock.due is not None and day.day > clock.due:
            return  # cut short by another clock
        # The year is said where it changes.
        name = short(day.day) if day.day.year == last.year else full(day.day)
        last = day.day
        yield Step(
            day=day.day,
            what=day.what,
            number=day.number if day.what == COUNTED else None,
            kind=calendar.kind(day.day),
            words=day_words(calendar, day.day),
            text=f"{name}{_verdict(calendar, day, clock)}",
        )


def counting(calendar: Calendar, clock: Due) -> list[str]:
    """One clock from its trigger to its due date, a line a day."""
    lines = [f"从{full(clock.start)}起算 {limit_words(clock.limit)}，当日不计。"]
    if not clock.limit.n:
        lines = [f"{full(clock.start)}当日到期；当日不是工作日的，顺延到下一个工作日。"]
    days = list(steps(calendar, clock))
    lines += [step.text for step in days]
    if clock.due is not None:
        lines.append(f"到期日：{full(clock.due)}。")
    return lines + notices(calendar, clock.start, days[-1].day)


def _verdict(calendar: Calendar, step: Day, clock: Due) -> str:
    words = day_words(calendar, step.day)
    comma = f"{words}，" if words else ""
    plain = clock.limit.unit != WORKING
    if step.what == HELD:
        return f"起特别程序尚未结束，期限停止计算，还剩 {limit_words(Limit(clock.left, clock.limit.unit))}"
    if step.what == COUNTED:
        return f"{comma}计第{step.number}{'日' if plain else '个工作日'}"
    if step.what == PAUSED:
        return f"{comma}特别程序期间，不计入"
    if step.what == RESTED:
        return f"{comma}不计"
    if not calendar.is_working_day(step.day):
        return f"{comma}不是工作日，顺延"
    return f"{comma}特别程序期间，顺延" if clock.excluded.covers(step.day) else f"{comma}是工作日，到此为止"


def span(calendar: Calendar, after: date, through: date) -> list[str]:
    """Working days after one day through another."""
    lines, number, day = [f"{full(after)}当日不计，{full(through)}计入。"], 0, after
    while day < through:
        last, day = day, day + kinds.ONE_DAY
        words = day_words(calendar, day)
        number += calendar.is_working_day(day)
        verdict = f"计第{number}个工作日" if calendar.is_working_day(day) else "不计"
        name = short(day) if day.year == last.year else full(day)
        lines.append(f"{name}{words}{'，' if words else ''}{verdict}")
    return [*lines, f"共 {days_words(number, WORKING)}。", *notices(calendar, after, through)]


def acceptance(
    calendar: Calendar, answer: Acceptance, today: date, action: str | None, action_on: date | None
) -> list[str]:
    """`action`: "notice" or "accept", of the day `action_on`; nothing is said of it before that day."""
    lines = ["【一次性告知期限】", *counting(calendar, answer.notice)]
    late = action_on is not None and answer.notice.due < action_on
    if action_on is not None and action_on <= today:
        done = "一次性告知补正" if action == "notice" else "受理"
        lines.append(f"{full(action_on)}{done}{'，已经过了告知期限，不再有效' if late else '，在期限之内'}。")
    accepted = full(answer.accept_date) if answer.accept_date else ""
    states = {
        "under_check": f"到{full(today)}告知期限尚未届满，还在审查材料。",
        "deemed_accepted": f"逾期没有告知，自收到材料之日起即为受理：{accepted}（行政许可法第三十二条第一款第四项）。",
        "accepted": f"{accepted}受理。",
        "awaiting_supplement": f"到{full(today)}正在等待补正。",
    }
    ended = _LAPSES.get(answer.state, answer.state)
    return [*lines, states.get(answer.state, f"补正期限已过，没有补齐：{ended}。")]


def renewal(answer: Renewal, valid_to: date, applied_on: date, days: int) -> list[str]:
    """Whether it was asked for in time, `days` calendar days before the last day of validity, and what follows (XKF 50)."""
    states = {
        "deemed_renewed": "有效期届满前没有作出决定，视为准予延续（行政许可法第五十条）。",
        "pending": "尚在有效期内，等待决定。",
        "renewed": "有效期内已作出决定。",
        "expired": "没有按时申请，有效期届满即失效。",
    }
    timely = "按时" if answer.timely else "晚于期限"
    return [
        f"有效期至{full(valid_to)}，提前 {days_words(days, CALENDAR_DAYS)}申请，最晚{full(answer.apply_by)}。",
        f"{full(applied_on)}申请，{timely}。",
        states[answer.state],
    ]


CURE_STATES = {
    "in_review_with_gap": "补齐期限未到，容缺审查中。",
    "in_review": "已按时补齐，继续审查。",
    "acceptance_revoked": "期限内没有补齐，撤销受理。",
}


def months(calendar: Calendar, start: date, n: int, end: Rolled) -> list[str]:
    """Of a period in months: the day on which it ends, and whereto that is rolled (K4)."""
    lines = [f"从{full(start)}起{n}个月，到期月的对应日（没有对应日的为月末）是{full(end.last)}。"]
    day = end.last
    while day < end.due:
        lines.append(f"{short(day)}{day_words(calendar, day)}，不是工作日，顺延")
        day += kinds.ONE_DAY
    return [*lines, f"到期日：{full(end.due)}。", *notices(calendar, end.last, end.due)]


def notices(calendar: Calendar, first: date, last: date) -> list[str]:
    """On which arrangement of holidays each year from `first` to `last` rests; a guessed one says so (K12)."""
    lines = []
    for year in range(first.year, last.year + 1):
        arrangement = calendar.arrangement(year)
        if arrangement is None:
            gone = bool(calendar.years) and year < calendar.years[0]
            why = "的放假安排没有收录" if gone else "的放假通知计算时尚未公布"
            then = "补录后重新计算" if gone else "通知公布时还没有停止的期限重新计算"
            lines.append(f"{year}年{why}：按周一至周五、扣除固定日期的法定节假日推定，{then}。")
        else:
            notice = arrangement.notice or "同年较早的放假通知"
            known = arrangement.known_from
            lines.append(f"{year}年放假安排：{notice}（{day_cn(known)}起所知）。")
    return lines


def pauses(given: Iterable[Pause], unresumed: Container[Pause] = ()) -> Iterator[str]:
    """One sentence for each: what it leaves out, or why it leaves out nothing (K5, K6; XKF 45). `unresumed`: those during which the
    clock stopped for good; they ended with it, and no day was counted again."""
    for pause in given:
        name = f"特别程序“{PAUSE_TYPES.get(pause.type, pause.type or '未注明')}”"
        span = f"{full(pause.start)}至{full(pause.end)}" if pause.end else f"{full(pause.start)}起，尚未结束"
        if not pause.lawful:
            yield f"{name}（{span}）不是依法可以扣除的情形，不扣除。"
        elif not pause.notified:
            yield f"{name}（{span}）没有书面告知申请人，不扣除。"
        elif pause.end is None:
            yield f"{name}（{span}）：{short(pause.start)}当天仍计入，次日起停止计算，结束前没有到期日。"
        elif pause in unresumed:
            when = span if pause.end > pause.start else full(pause.start)
            yield f"{name}（{when}）：{short(pause.start)}当天仍计入，次日起停止计算；停止计时以前没有结束，没有再继续计算。"
        elif pause.end <= pause.start:
            yield f"{name}（{full(pause.start)}）：当天开始、当天结束，没有不计入的日子。"
        else:
            law = "依本事项的专门规定" if pause.type == "rectification" else "行政许可法第四十五条"
            yield f"{name}（{span}）：{short(pause.start)}当天仍计入，次日至{short(pause.end)}不计入（{law}）。"


def decision(
    calendar: Calendar,
    answer: Decision,
    given: Iterable[Pause] = (),
    decided_on: date | None = None,
    *,
    stopped: bool = False,
    unresumed: Container[Pause] = (),
) -> list[str]:
    """Both clocks, what was left out and why, the extension, and which of the two binds. `stopped`: no day is to come any more."""
    lines = list(pauses(given, unresumed))
    for extension, why in answer.rejected:
        lines.append(f"{full(extension.approved_on)}批准的延长 {extension.days} 日无效：{_REJECTIONS[why]}。")
    if answer.granted:
        lines.append(f"{full(answer.granted.approved_on)}批准延长 {answer.granted.days} 日，两个期限都加上。")
    if answer.legal is None:
        lines.append("没有法定期限，只按承诺期限。")
    else:
        lines += ["【法定期限】", *counting(calendar, answer.legal)]
    if answer.legal is None or answer.promised.limit != answer.legal.limit:
        lines += ["【承诺期限】", *_promised(calendar, answer)]
    else:
        lines.append("承诺期限与法定期限相同。")
    if answer.paused:
        now = "停止计时的时候特别程序还没有结束：" if stopped else "特别程序尚未结束：现在"
        lines.append(f"{now}没有到期日，只有剩余天数。")
    elif answer.legal is not None and answer.legal.due < answer.promised.due:
        lines.append(f"法定期限先到，以{full(answer.legal.due)}为准。")
    else:
        lines.append(f"以{full(answer.effective_due)}为准。")
    if decided_on is not None:
        lines.append(f"{full(decided_on)}作出决定：{OUTCOMES[answer.outcome(decided_on)]}。")
    return lines


def _promised(calendar: Calendar, answer: Decision) -> list[str]:
    longer = answer.unclamped
    if longer is None:
        return counting(calendar, answer.promised)
    beyond = f"本应到{full(longer.due)}" if longer.due else f"还剩 {limit_words(Limit(longer.left, longer.limit.unit))}"
    return [
        f"延长后的承诺期限{beyond}，承诺不得超过法定期限，",
        f"到期日：{full(answer.promised.due)}。",
    ]


def bundle(calendar: Calendar, answer: Bundle, pauses_of: dict[str, Iterable[Pause]]) -> list[str]:
    """A one-thing, item by item, then the day of the whole. `pauses_of`: {code of the item: its pauses}."""
    lines = []
    for code, member in answer.members.items():
        names = "、".join(member.because)
        if member.state == NOT_STARTED:
            lines.append(f"【{code}】前一事项{names}不予许可，本事项不启动，不计入整体期限。")
        elif member.state == WAITING:
            lines.append(f"【{code}】等待{names}办结的书面通知，收到通知之日受理，现在没有到期日。")
        else:
            lines += [f"【{code}】{full(member.accept_date)}受理。", *pauses(pauses_of.get(code, ()))]
            lines += counting(calendar, member.due)
    if answer.due:
        lines.append(f"整体期限以最晚的事项为准：{full(answer.due)}，不是各事项天数相加。")
    else:
        lines.append("有事项尚未启动或暂停中，整体到期日还不能确定。")
    if answer.joint_cap:
        lines += ["【联合办理上限】", *counting(calendar, answer.joint_cap)]
    return lines
