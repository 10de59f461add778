"""The way of a bad rating or a complaint: call, reply, appeal, and the check by somebody who is not of the unit."""

from __future__ import annotations

from datetime import date
from typing import Any

from apps.deadlines.actions import ClockSpec, by_law, due_dates, start_clocks, stop_clocks
from apps.deadlines.models import Clock
from apps.directory import queries as directory
from apps.directory.actions import tell
from apps.journal.actor import SYSTEM, Actor
from apps.journal.door import Action, action
from apps.journal.models import Event
from apps.kit.days import day_cn
from apps.kit.errors import Refused, WrongState, raise_all
from apps.kit.places import city_of
from apps.kit.time import beijing_date, now, today

from ..models import Rating, Rectification
from ..queries import units_to_pass
from .rating import count

State = Rectification.State


def call_back(*, by: Actor, rectification: int, note: str) -> Rectification:
    """The citizen was called (every bad rating with a name, 浙江 2019: within one day). Raises WrongState where nobody is to be called."""
    note = _words(note, "note", "请写明回访的情况（至少 4 个字），例如通话时间和对方的意见。")
    with action(by) as act:
        row = act.lock(Rectification, rectification)
        act.allow("call_back", row)
        if not row.wants_call:
            raise WrongState("这一件已经回访过，或者是匿名评价、投诉，不需要回访。")
        _note_late(act, row, "callback")
        row.called_at, row.call_note = now(), note
        act.save(row, "called_at", "call_note")
        act.record(row, "call_back", note=note)
        _stop(act, row, "callback")
    return row


def reply(*, by: Actor, rectification: int, measures: str, answer: str) -> Rectification:
    """What was set right, and the answer to the citizen; then it is checked. Raises Refused and WrongState."""
    errors = []
    for name, value, sentence in (
        ("measures", measures, "请写明采取了什么整改措施（至少 4 个字）。"),
        ("answer", answer, "请写明给办事人的答复（至少 4 个字）。"),
    ):
        if not 4 <= len(value.strip()) <= 1000:
            errors.append(Refused(f"rectification.{name}", sentence + "最多 1000 字。", name))
    raise_all(errors)
    with action(by) as act:
        row = act.lock(Rectification, rectification)
        act.allow("reply", row)
        if row.wants_call:
            raise WrongState("实名差评要先回访（好差评要求百分之百回访），请先登记回访。")
        _note_late(act, row)
        act.move(row, "reply", measures=measures.strip(), answer=answer.strip())
        row.replied_by_id = by.id
        act.save(row, "replied_by_id")
        _stop(act, row, "rectify")
        _tell_watch(act, row, "整改答复待核查", f"整改措施：{row.measures}")
    return row


def appeal(*, by: Actor, rectification: int, reason: str) -> Rectification:
    """Once: after it was overruled the unit sets right. While others look at it the unit is not late: its clock stops as by a reply.
    Raises WrongState the second time."""
    reason = _words(reason, "reason", "请写明为什么认为反映的问题不属实（至少 4 个字）。")
    with action(by) as act:
        row = act.lock(Rectification, rectification)
        act.allow("appeal", row)
        if row.appealed_in_vain:
            raise WrongState("已经申诉过一次，核实不成立；请整改后答复。")
        _note_late(act, row)
        act.move(row, "appeal", reason=reason)
        row.replied_by_id = by.id  # who spoke for the unit: he does not judge it himself
        act.save(row, "replied_by_id")
        _stop(act, row, "rectify")
        _tell_watch(act, row, "申诉待核实", f"申诉理由：{reason}")
    return row


def decide_appeal(*, by: Actor, rectification: int, right: bool, reason: str, seen: str = "") -> Rectification:
    """The appeal is right: nothing to set right, the rating leaves the score and stays on record; or it is not: the unit goes on.
    `seen` as in `judge`."""
    reason = _words(reason, "reason", "请写明核查的结论和理由（至少 4 个字）。")
    with action(by) as act:
        row = act.lock(Rectification, rectification)
        verb = "uphold" if right else "overrule"
        act.allow(verb, row)
        _demand_seen(row, seen)
        act.move(row, verb, reason=reason)
        if right:
            _stop(act, row, "rectify", "callback")
            if row.rating_id:
                rating = act.lock(Rating, row.rating_id)
                rating.counts = False
                act.save(rating, "counts")
                count(rating, -1)
            _tell_citizen(act, row, "反映的情况已核查", f"经核查：{reason}")
            _tell_unit(act, row, "申诉成立", f"不用再整改。核查结论：{reason}")
        else:
            _stop(act, row, "rectify")  # an appeal of an earlier release let it run on
            _run_again(act, row)
            _tell_unit(act, row, "申诉不成立", f"请在 {row.due_on:%Y年%-m月%-d日} 前（含当日）整改并答复。核查结论：{reason}")
    return row


def judge(*, by: Actor, rectification: int, settled: bool, words: str, seen: str = "") -> Rectification:
    """Checked from outside the unit: settled, and the citizen hears the answer; or back to the unit, in the same days. `seen` = what the
    unit had said when the page was opened (Rectification.said): raises WrongState where it has said something else since."""
    words = _words(words, "words", "请写明核查的情况（至少 4 个字）。")
    with action(by) as act:
        row = act.lock(Rectification, rectification)
        act.allow("verify" if settled else "send_back", row)
        _demand_seen(row, seen)
        if settled:
            act.move(row, "verify", words=words)
            again = "您可以再评价一次。答复：" if row.rating_id else ""  # before the answer, which may be longer than a message
            _tell_citizen(act, row, "反映的问题已答复", f"{again}{row.answer}")
        else:
            act.move(row, "send_back", reason=words)
            _run_again(act, row)
            _tell_unit(act, row, "退回重办", f"请在 {row.due_on:%Y年%-m月%-d日} 前（含当日）整改并重新答复。核查情况：{words}")
    return row


def _demand_seen(row: Rectification, seen: str) -> None:
    if seen and seen != row.said and row.state in (State.REPLIED, State.APPEALED):
        raise WrongState("您打开页面以后，责任单位另有答复或者申诉，您的结论没有登记。请看过现在的内容，再作结论。")


def pass_on(*, by: Actor, rectification: int, unit: str, reason: str) -> Rectification:
    """转办: a complaint that went to the wrong unit of its case goes to the right one; the day stays (`_run_again`), the citizen is told why.

    `unit` of queries.units_to_pass ("" = the hall). An appeal that says so needs no verdict of its own. A rating stays with whom it was
    given of, as long as somebody speaks for it: its way out is the appeal. Raises Refused for a unit that has no part in the case, or has
    it; WrongState for a rating, and once it is answered.
    """
    reason = _words(reason, "reason", "请写明为什么转给它（至少 4 个字），会告诉投诉人。")
    with action(by) as act:
        row = act.lock(Rectification, rectification)
        act.allow("pass_on", row)
        units, complaint = units_to_pass(row), row.source == Rectification.Source.COMPLAINT
        if not (complaint or units):
            raise WrongState("评价说的是哪个单位的服务，就由哪个单位整改，不能转办；认为不属实的，由它申诉。")
        if row.state not in Rectification.TO_PASS_ON:
            raise WrongState("已经答复或者办结的不能转办；答复不对的，请在核查时退回重办。")
        if unit == row.department:
            raise Refused("rectification.unit", "已经在这个单位，请另选一个。", "unit")
        if unit not in units:
            raise Refused("rectification.unit", "请从这个办件的承办单位里选择。", "unit")
        _note_late(act, row)
        before, told = row.department, {"reason": reason, "before": row.department, "department": unit}
        if row.state != State.SENT:
            act.move(row, "pass_on", facts=told)
        else:
            act.record(row, "pass_on", **told)
        row.department = unit
        row.appeal_reason = row.verdict = ""  # of the unit before: it stands in the story, and the new one may say its own
        row.replied_by_id, row.measures, row.answer = None, "", ""
        act.save(row, "department", "appeal_reason", "verdict", "replied_by", "measures", "answer")
        _stop(act, row, "rectify")
        _run_again(act, row)
        by_when = f"{row.due_on:%Y年%-m月%-d日} 前（含当日）"
        _tell_unit(act, row, "转办", f"请在 {by_when}整改并答复。转办原因：{reason}；反映的问题：{row.facts}")
        _tell_unit(act, row, "已转办", f"已转由{units[unit]}办理，不用再答复。转办原因：{reason}", unit=before)
        said = "投诉" if complaint else "评价"
        _tell_citizen(act, row, f"{said}已转办", f"您的{said}转由{units[unit]}办理，{by_when}答复。原因：{reason}")
    return row


def mark_overdue(*, rectification: int, kind: str) -> bool:
    """The day of the letter or of the call has passed: it stands on the row and goes to the supervisors of node and city."""
    with action(SYSTEM) as act:
        row = act.lock(Rectification, rectification)
        # Told late, another unit may have it by now, with a day of its own.
        if not (row.wants_call if kind == "callback" else row.waits_past_its_day):
            return False
        _fall_overdue(act, row, kind)
    return True


def _note_late(act: Action, row: Rectification, kind: str = "rectify") -> None:
    """The unit speaks after its last day, or what it left lying is taken from it, whether or not the sweep has come. That the call was
    late, or an earlier answer, is another lateness: what was written down of this kind since that day is this one."""
    if kind == "rectify" and row.state not in Rectification.WITH_UNIT:
        return
    about = {"root_id": row.application_id, "subject_type": row._meta.model_name, "subject_id": row.pk, "kind": kind}
    ran_out = Clock.objects.filter(**about, due_on__lt=today()).exclude(state=Clock.State.STOPPED).first()
    noted = Event.objects.filter(chain=row.chain, name="rectification.overdue", facts__kind=kind)
    if ran_out and not any(beijing_date(event.at) > ran_out.due_on for event in noted):
        _fall_overdue(act, row, kind)


def _fall_overdue(act: Action, row: Rectification, kind: str) -> None:
    row.overdue = True
    act.save(row, "overdue")
    system = act.as_system()
    system.record(row, "overdue", kind=kind)
    what = "回访" if kind == "callback" else "整改答复"
    city = city_of(row.node)
    of = {"subject_type": row._meta.model_name, "subject_id": row.pk, "kind": kind}
    day = Clock.objects.filter(root_id=row.application_id, **of).latest("pk").due_on
    tell(
        system,
        users=[*directory.holders("supervisor", node=row.node), *directory.holders("supervisor", node=city)],
        kind="feedback",
        title=f"{what}逾期：{row.name}",
        text=f"{row.get_source_display()}的{what}已过期限，请督促。",
        link=f"/feedback/{row.pk}/",
        key=f"rectification:{row.pk}:overdue:{kind}:{day}",  # a new day that passes as well is told as well
    )


def redate(*, clock: Clock, old: date, new: date, facts: dict[str, Any]) -> None:
    """A changed calendar moved the day of the letter or of the call: the unit is told why. `facts` are those of `clock.recompute`."""
    with action(SYSTEM) as act:
        row = act.lock(Rectification, clock.subject_id)
        # The clock that runs, and as it is now: whoever was waited for has passed the letter on, or moved its day once more.
        same = {"kind": clock.kind, "subject_type": clock.subject_type, "subject_id": clock.subject_id}
        due = Clock.objects.filter(root_id=clock.root_id, **same).latest("pk").due_on or row.due_on
        if clock.kind == Clock.Kind.RECTIFY:
            row.due_on = due
            act.save(row, "due_on")
        if row.overdue and due >= today() and not _late_otherwise(row, clock.kind):
            row.overdue = False  # the storm that closed the hall on that day was registered when it had passed
            act.save(row, "overdue")
        days = f"由{day_cn(old)}改为{day_cn(new)}"
        _tell_unit(
            act,
            row,
            f"期限{'提前' if new < old else '推后'}",
            f"{row.get_source_display()}的{clock.get_kind_display()}{days}。原因：{facts['why']}。",
            key=f"recount:{facts['recount']}:{clock.pk}",
        )


def _late_otherwise(row: Rectification, kind: str) -> bool:
    return Event.objects.filter(chain=row.chain, name="rectification.overdue").exclude(facts__kind=kind).exists()


def _words(text: str, field: str, sentence: str) -> str:
    text = text.strip()
    if not 4 <= len(text) <= 500:
        raise Refused(f"rectification.{field}", sentence + "最多 500 字。", field)
    return text


def _stop(act: Action, row: Rectification, *kinds: str) -> None:
    stop_clocks(act, root_id=row.application_id, subjects=[row], kinds=kinds, on=today())


def _run_again(act: Action, row: Rectification) -> None:
    """To the same day: the law's from the letter on, as the calendar has it now (nobody counted it again while others had the letter).
    Where that has passed it is the end of today, which the letter's page then shows as well."""
    about = {"kind": "rectify", "subject": row, "root_id": row.application_id, "region": row.node, "department": row.department}
    spec = by_law(act, "rating_rectification", on=row.opened_on, **about)
    if due_dates(act, [spec])[0] < today():
        spec = ClockSpec(started_on=today(), due_on=today(), **about)
    row.due_on = start_clocks(act, [spec])[0].due_on
    act.save(row, "due_on")


def _tell_citizen(act: Action, row: Rectification, title: str, text: str) -> None:
    tell(
        act.as_system(),
        parties=[row.party_id],
        kind="feedback",
        title=f"{title}：{row.name}",
        text=text,
        link=f"/my/{row.application_id}/",
        root_id=row.application_id,
        key=f"rectification:{row.pk}:{row.state}:{row.chain_seq}",
    )


def _tell_watch(act: Action, row: Rectification, title: str, text: str) -> None:
    """Who looks at it from outside the unit (policy): of a department's letter the node's supervisor, of a hall's the city's."""
    tell(
        act.as_system(),
        users=directory.overseers(row.node if row.department else city_of(row.node), row.department),
        kind="feedback",
        title=f"{title}：{row.name}",
        text=text,
        link=f"/feedback/{row.pk}/",
        key=f"rectification:{row.pk}:{row.state}:{row.chain_seq}",
    )


def _tell_unit(act: Action, row: Rectification, title: str, text: str, *, key: str = "", unit: str | None = None) -> None:
    """`unit`: one that had it before, which sees it no longer."""
    department = row.department if unit is None else unit
    users = directory.holders("head", department=department) if department else []
    tell(
        act.as_system(),
        users=users or directory.overseers(row.node),
        kind="feedback",
        title=f"{title}：{row.name}",
        text=text,
        link=f"/feedback/{row.pk}/" if unit is None else "",
        key=key or f"rectification:{row.pk}:{row.state}:{row.chain_seq}{'' if unit is None else ':from'}",
    )
