"""How a special procedure goes on after it was begun: its notice served or taken back, its end. A visit that was told meanwhile, and
could not rest then, rests from here."""

from __future__ import annotations

from datetime import date

from apps.deadlines import pausing as clocks
from apps.journal.actor import Actor
from apps.journal.door import action
from apps.kit.errors import Refused
from apps.kit.time import today

from ..models import Job, Member
from .holding import demand_reason, member_of
from .inspection_clock import OURS, rest_for_what_is_ahead
from .pausing import BY_HAND, end_procedure, notice_on_its_way, stand_still, take_back_notice
from .waiting import demand_before, demand_silence_in_time, over_on


def serve_pause(*, by: Actor, job: int, method: str, on: date) -> Member:
    """The notice that was handed over, mailed or left reached the applicant on this day: from it on the clock stands still.
    Raises Refused for an unknown way, or a day before the notice or to come."""
    if method not in BY_HAND:
        raise Refused("serve.method", "请选择送达方式。", "method")
    with action(by) as act:
        row = act.lock(Job, job)
        member = member_of(row)
        act.allow("serve_pause", member)
        held, waiting = notice_on_its_way(act, member)
        if not waiting.started_on <= on <= today():
            issued = f"{waiting.started_on:%Y年%-m月%-d日}"
            raise Refused("serve.date", f"送达日不早于告知书出具之日（{issued}），也不晚于今天。", "on")
        over = over_on(member, waiting)
        demand_before(over, waiting.ground, on)
        clocks.serve_pause(act, held, waiting, on=on, by=method)
        act.record(member, "serve_pause", notice=waiting.notice, method=method, on=on)
        stand_still(act.as_system(), row, member, held, waiting, {})
        if over:
            told = "听证已经举行。" if waiting.ground == "hearing" else "踏勘所需的时间已经届满。"
            member, _ = end_procedure(by=by, job=job, on=over, result=told)
            return rest_for_what_is_ahead(act, member)
    return member


def drop_pause(*, by: Actor, job: int, reason: str) -> Member:
    """Take back a notice that was not served yet; the clock never stood still."""
    demand_reason(reason)
    with action(by) as act:
        row = act.lock(Job, job)
        member = member_of(row)
        act.allow("drop_pause", member)
        _, waiting = notice_on_its_way(act, member)
        take_back_notice(act, member, waiting, reason.strip())
        return rest_for_what_is_ahead(act, member, but=waiting.ground)


def resume(*, by: Actor, job: int, on: date | None = None, result: str = "") -> Member:
    """The special procedure ended on this day (today); the clock runs on from the next one (K5), and the applicant is told."""
    with action(by) as act:
        member, ended = end_procedure(by=by, job=job, on=on, result=result)
        if any(pause.ground in OURS for pause in ended):
            demand_silence_in_time(member, on or today())
            return member
        return rest_for_what_is_ahead(act, member)
