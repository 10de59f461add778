"""The thirteen questions of `explain_deadline`: JSON in, JSON out. Pages and the API ask the functions behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from graphlib import CycleError
from typing import Any

from . import bundle as bundles
from . import counting, decision, intake, periods, telling
from .calendar import ONE_DAY, Arrangement, Calendar, LocalDay
from .reading import BadInput, Reader, fault, shown


@dataclass(frozen=True, slots=True)
class Book:
    """What is needed besides the question: all calendar versions, one place's exceptions, and the numbers of the law.

    `rule(code, on)` = the number in force on that day; what it raises where the statute book has none passes through `ask`.
    """

    versions: tuple[Arrangement, ...]
    rule: Callable[[str, date], int]
    local: Mapping[date, LocalDay] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    read: Reader
    calendar: Calendar
    rule: Callable[[str, date], int]


Answer = tuple[dict[str, Any], bool, Callable[[], list[str]]]  # the keys, whether provisional, the telling


def ask(document: Any, book: Book, *, steps: bool = False) -> dict[str, Any]:
    """The answer to {"op", "input"}, with "provisional" when true and "steps" when wanted. Raises BadInput."""
    if not isinstance(document, dict):
        raise BadInput([fault("", "type", '每个问题应是一个 JSON 对象，如 {"op": "receipt", "input": {…}}。')])
    operation = _operation(document)
    if "input" not in document:
        raise BadInput([fault("input", "missing", "缺少 input，请补上。")])
    read = Reader(document["input"])
    calendar = Calendar.known_on(book.versions, read.known_on(), book.local)
    answer, provisional, tell = operation(Question(read, calendar, book.rule))
    if provisional:
        answer["provisional"] = True
    if steps:
        answer["steps"] = tell()
    return answer


def _operation(document: dict[str, Any]) -> Callable[[Question], Answer]:
    name = document.get("op")
    if name is None:
        raise BadInput([fault("op", "missing", f"缺少 op，应为 {'、'.join(OPERATIONS)} 之一。")])
    if not isinstance(name, str) or name not in OPERATIONS:
        raise BadInput([fault("op", "unknown", f"没有{shown(name)}这种算法，应为 {'、'.join(OPERATIONS)} 之一。")])
    return OPERATIONS[name]


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _is_working_day(q: Question) -> Answer:
    day = q.read.date("date")
    q.read.done()
    return (
        {"working_day": q.calendar.is_working_day(day)},
        q.calendar.is_provisional(day, day),
        partial(telling.one_day, q.calendar, day),
    )


def _add_working_days(q: Question) -> Answer:
    start, n = q.read.date("start"), q.read.number("n")
    q.read.done()
    clock = counting.working_days(q.calendar, start, n)
    return {"due": _iso(clock.due)}, clock.provisional, partial(telling.counting, q.calendar, clock)


def _count_working_days(q: Question) -> Answer:
    after, through = q.read.date("after"), q.read.date("through")
    q.read.done()
    found = q.calendar.count(after, through)
    provisional = after < through and q.calendar.is_provisional(after + ONE_DAY, through)
    return {"working_days": found}, provisional, partial(telling.span, q.calendar, after, through)


def _calendar_days(q: Question) -> Answer:
    start, n = q.read.date("start"), q.read.number("n")
    q.read.done()
    clock = counting.plain_days(q.calendar, start, n)
    return {"due": _iso(clock.due)}, clock.provisional, partial(telling.counting, q.calendar, clock)


def _receipt(q: Question) -> Answer:
    # The receipt is that of the first counter: `forwarded_at` is read only so that nonsense is refused.
    received, days = q.read.instant_date("received_at"), q.read.number("notice_days")
    forwarded = q.read.instant_date("forwarded_at", required=False, or_day=True)
    q.read.done()
    notice = counting.working_days(q.calendar, received, days)

    def tell() -> list[str]:
        lines = [f"按北京时间，收件日是{telling.full(received)}；节假日收到的也以当日为收件日。"]
        if forwarded:
            lines.append(f"{telling.full(forwarded)}转交其他部门不改变收件日。")
        return [*lines, "【一次性告知期限】", *telling.counting(q.calendar, notice)]

    return {"receipt_date": _iso(received), "notice_due": _iso(notice.due)}, notice.provisional, tell


def _acceptance(q: Question) -> Answer:
    read = q.read
    received, days, today = read.date("receipt_date"), read.number("notice_days"), read.date("today")
    action = read.inner("action")
    kind = action.choice("kind", ("notice", "accept")) if action else None
    acted_on = action.date("on") if action else None
    full, cure_by = read.date("full_supplement_on", required=False), read.date("cure_by", required=False)
    lapse_state = read.text("lapse_state", required=False) or intake.LAPSED
    read.demand_order("today", today, "收件日", received)
    if action:
        action.demand_order("on", acted_on, "收件日", received)
    if kind == "notice":
        read.demand_order("full_supplement_on", full, "告知补正的日子", acted_on)
        read.demand_order("cure_by", cure_by, "告知补正的日子", acted_on)
    read.done()
    answer = intake.accepted_when(
        q.calendar,
        received,
        days,
        today,
        action=kind,
        action_on=acted_on,
        full_supplement_on=full,
        cure_by=cure_by,
        lapse_state=lapse_state,
    )
    keys = {
        "state": answer.state,
        "accept_date": _iso(answer.accept_date),
        "notice_due": _iso(answer.notice.due),
    }
    return keys, answer.notice.provisional, partial(telling.acceptance, q.calendar, answer, today, kind, acted_on)


def _decision_due(q: Question) -> Answer:
    read = q.read
    accepted, legal, promised = read.date("accept_date"), read.limit("legal"), read.limit("promised")
    pauses, extensions = read.pauses(), read.extensions()
    cap, decided = read.number("extension_cap", required=False), read.date("decided_on", required=False)
    if not read.has("legal") and not read.has("promised"):
        read.fail("legal", "missing", "缺少 legal 和 promised：法定期限和承诺期限至少要有一个。")
    read.demand_order("decided_on", decided, "受理日", accepted)
    read.done()
    if cap is None:
        cap = q.rule("extension_cap", accepted)
    answer = decision.decide_by(
        q.calendar, accepted, legal, promised, pauses=pauses, extensions=extensions, extension_cap=cap
    )
    keys: dict[str, Any] = {
        "legal_due": _iso(answer.legal.due) if answer.legal else None,
        "promised_due": _iso(answer.promised.due),
        "effective_due": _iso(answer.effective_due),
    }
    if read.has("pauses"):
        keys["excluded_working_days"] = answer.promised.excluded_working_days
    if answer.rejected:
        keys["rejected_extensions"] = [why for _, why in answer.rejected]
    if decided:
        keys["outcome"] = answer.outcome(decided)
    if answer.paused:
        keys["state"] = "paused"
        for name, clock in (("promised", answer.promised), ("legal", answer.legal)):
            if clock is not None and clock.due is None:
                keys[f"{name}_days_left"] = clock.left
    return keys, answer.provisional, partial(telling.decision, q.calendar, answer, pauses, decided)


def _deliver(q: Question) -> Answer:
    decided, posted = q.read.date("decision_date"), q.read.date("posted_on", required=False)
    signed = q.read.date("signed_on", required=False)
    q.read.demand_order("posted_on", posted, "决定日", decided)
    q.read.demand_order("signed_on", signed, "决定日", decided)
    q.read.demand_order("signed_on", signed, "寄出日", posted)
    q.read.done()
    answer = periods.delivered(q.calendar, decided, q.rule("delivery", decided), signed)

    def tell() -> list[str]:
        lines = ["【送达期限】", *telling.counting(q.calendar, answer.by)]
        if posted:
            lines.append(f"{telling.full(posted)}寄出不等于送达，以签收为准。")
        if signed:
            lines.append(f"{telling.full(signed)}签收：{'按时' if answer.on_time else '超期'}送达。")
        return lines

    keys = {"deliver_by": _iso(answer.by.due), "served_on": _iso(answer.served_on), "on_time": answer.on_time}
    return keys, answer.by.provisional, tell


def _remedy(q: Question) -> Answer:
    served = q.read.date("served_on")
    q.read.done()
    days, months = q.rule("reconsideration", served), q.rule("litigation", served)
    calendar = q.calendar.national
    answer = periods.remedies(calendar, served, days, months)

    def tell() -> list[str]:
        return [
            "【行政复议】",
            *telling.counting(calendar, answer.reconsideration),
            "【行政诉讼】",
            *telling.months(calendar, served, months, answer.litigation),
        ]

    keys = {
        "reconsideration_by": _iso(answer.reconsideration.due),
        "litigation_by": _iso(answer.litigation.due),
    }
    return keys, answer.reconsideration.provisional or answer.litigation.provisional, tell


def _renewal(q: Question) -> Answer:
    valid_to, applied, today = q.read.date("valid_to"), q.read.date("applied_on"), q.read.date("today")
    decided = q.read.date("decided_on", nullable=True)
    q.read.demand_order("decided_on", decided, "申请日", applied)
    q.read.demand_order("today", today, "申请日", applied)
    q.read.done()
    days = q.rule("renewal", applied)
    answer = periods.renewed(valid_to, applied, decided, today, days)
    keys = {"apply_by": _iso(answer.apply_by), "timely": answer.timely, "state": answer.state}
    return keys, False, partial(telling.renewal, answer, valid_to, applied, days)


def _cure(q: Question) -> Answer:
    read = q.read
    accepted, promised, days = read.date("accept_date"), read.number("promised"), read.number("cure_days")
    today, supplied = read.date("today"), read.date("supplied_on", required=False)
    read.demand_order("today", today, "受理日", accepted)
    read.demand_order("supplied_on", supplied, "受理日", accepted)
    read.done()
    answer = intake.cured_when(q.calendar, accepted, promised, days, today, supplied)

    def tell() -> list[str]:
        return [
            "【补齐期限】",
            *telling.counting(q.calendar, answer.cure_by),
            "【承诺期限】容缺受理不停止审批期限。",
            *telling.counting(q.calendar, answer.decision),
            telling.CURE_STATES[answer.state],
        ]

    keys = {"cure_by": _iso(answer.cure_by.due), "decision_due": _iso(answer.decision.due), "state": answer.state}
    return keys, answer.cure_by.provisional or answer.decision.provisional, tell


def _commitment(q: Question) -> Answer:
    decided = q.read.date("decision_date")
    q.read.done()
    clock = periods.inspected(q.calendar, decided, q.rule("commitment_check", decided))
    return {"inspect_by": _iso(clock.due)}, clock.provisional, partial(telling.counting, q.calendar, clock)


def _bundle(q: Question) -> Answer:
    read = q.read
    accepted, cap = read.date("accept_date"), read.number("cap", required=False)
    members = _members(read)
    read.done()
    answer = bundles.bundle_due(q.calendar, accepted, members, cap)
    _demand_finishable(read, members, answer)
    read.done()
    keys: dict[str, Any] = {"members": {}, "bundle_due": _iso(answer.due)}
    for code, member in answer.members.items():
        keys["members"][code] = {
            "accept_date": _iso(member.accept_date),
            "due": _iso(member.due.due) if member.due else None,
        }
        if member.state:
            keys["members"][code]["state"] = member.state
    if answer.joint_cap:
        keys["joint_cap"] = _iso(answer.joint_cap.due)
    return keys, answer.provisional, partial(telling.bundle, q.calendar, answer, {m.code: m.pauses for m in members})


def _members(read: Reader) -> list[bundles.Member]:
    """The members, with every doubled code, unknown predecessor and circle refused by name."""
    rows = [
        (
            each,
            bundles.Member(
                code=each.text("code") or "",
                promised=each.days_or_limit("promised"),
                after=each.codes("after"),
                pauses=tuple(each.pauses()),
                notified_on=each.date("notified_on", required=False),
                result=each.text("result", required=False),
            ),
        )
        for each in read.each("members", required=True)
    ]
    members = [member for _, member in rows]
    if not rows and not read.faults:
        read.fail("members", "missing", "members 里至少要有一个事项。")
    codes = [member.code for member in members]
    for each, member in rows:
        if member.code and codes.count(member.code) > 1:
            each.fail("code", "duplicate", f"编码“{member.code}”出现了不止一次。")
        for name in member.after:
            if name not in codes:
                each.fail("after", "unknown", f"前置事项“{name}”不在 members 里。")
    if not read.faults:
        try:
            bundles.in_order(members)
        except CycleError as error:
            read.fail("members", "cycle", f"after 互为前置，形成循环：{' → '.join(reversed(error.args[1]))}。")
    return members


def _demand_finishable(read: Reader, members: list[bundles.Member], answer: bundles.Bundle) -> None:
    """A member is finished on or after the day it was accepted, and only once it was."""
    for index, member in enumerate(members):
        begun, where = answer.members[member.code], f"members[{index}].notified_on"
        if member.notified_on is None:
            continue
        if begun.accept_date is None:
            before = "、".join(begun.because)
            why = (
                f"前置事项{before}不予许可" if begun.state == bundles.NOT_STARTED else f"前置事项{before}还没有办结通知"
            )
            read.fail(
                where,
                "order",
                f"{why}，“{member.code}”没有受理，不会有办结通知；请删去，或者补上前置事项的 notified_on。",
            )
        else:
            read.demand_order(where, member.notified_on, f"“{member.code}”的受理日", begun.accept_date)


OPERATIONS: dict[str, Callable[[Question], Answer]] = {
    "is_working_day": _is_working_day,
    "add_working_days": _add_working_days,
    "count_working_days": _count_working_days,
    "calendar_days": _calendar_days,
    "receipt": _receipt,
    "acceptance": _acceptance,
    "decision_due": _decision_due,
    "deliver": _deliver,
    "remedy": _remedy,
    "renewal": _renewal,
    "cure": _cure,
    "commitment": _commitment,
    "bundle": _bundle,
}
