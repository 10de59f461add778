"""One department asks others for their opinion on a member (征求意见): the question, the answers, silence, a conflict resolved.

It stands beside the member's own clock and never stops it: an opinion between departments is none of the grounds of XKF 45.
Where the item's closed list knows one (expert review), the head pauses on that ground, with its notice.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from apps.deadlines.actions import ClockSpec, start_clocks, stop_clocks
from apps.deadlines.models import Clock
from apps.deadlines.queries import shelf_held
from apps.directory import queries as directory
from apps.directory.actions import tell
from apps.directory.models import Department
from apps.journal.actor import SYSTEM, Actor
from apps.journal.door import Action, action
from apps.kit.days import day_cn
from apps.kit.errors import Refused, WrongState, raise_all
from apps.kit.time import beijing_midnight, today

from .. import sight
from ..consulted import askable, conflict, heard, waits
from ..models import Application, Consultation, Member, Opinion
from .holding import before_when, checked_days, days_left, demand_reason, with_member

State, Answer = Consultation.State, Opinion.Answer
LONGEST = 2000  # characters of a question, an answer, a resolution
TOO_LATE = "离办结期限不足两个工作日，征求意见期间期限照常计算，来不及答复；请直接联系有关部门。"
NOT_ASKED = "这个事项还没有受理，或者已经决定、已经结束，不用再征求意见。"


def consult(
    *,
    by: Actor,
    member: int,
    departments: list[str],
    question: str,
    materials: Iterable[str] = (),
    days: int | None = None,
) -> Consultation:
    """Ask departments for their opinion on an undecided member by a day. `materials` = codes of the member's own that go along.

    Raises Refused for an unknown department or material, an empty question or a day after the member's own; WrongState for
    a member that is not under review and for a department whose answer is still waited for.
    """
    text = question.strip()
    if not 10 <= len(text) <= LONGEST:
        raise Refused(
            "consultation.question", f"请写明征求什么意见（10 到 {LONGEST} 个字），被征求的部门据此答复。", "question"
        )
    with action(by) as act:
        row = act.lock(Member, member)
        application, codes = row.application, list(dict.fromkeys(materials))
        asked = Consultation(application=application, member=row, materials=codes)
        act.allow("ask", asked)
        if row.state not in Member.UNDECIDED:
            raise WrongState(NOT_ASKED)
        chosen = _departments(row, departments)
        _demand_enclosable(row, codes)
        length = _days(act, row, days)
        asked.asker_id, on = _asker(by, row), today()
        due = shelf_held(act).calendar(application.node_id).add_working_days(on, length).due
        names = [one.name for one in chosen]
        act.bear([asked], [("ask", {"on": on, "due_on": due, "question": text, "departments": names})])
        opinions = [Opinion(application=application, consultation=asked, department=one) for one in chosen]
        asked.answers = opinions  # under an idempotency key they stand in no table yet when the answer is made
        act.as_system().bear(opinions, [("ask", {"due_on": due}) for _ in opinions])
        start_clocks(act, [_clock(one, on, length) for one in opinions])
        if not row.consulted:
            row.consulted = True
            act.save(row, "consulted")
        for one in opinions:
            _tell_asked(act, one, "征求意见", f"请在 {day_cn(one.due_on)} 前（含当日）答复，逾期记为未答复。", key="ask")
    return asked


def _asker(by: Actor, member: Member) -> str:
    """The department in whose name the actor asks: the responsible one where he holds a post there."""
    return member.department_id if member.department_id in sight.desks(by) else member.application.lead


def _departments(member: Member, codes: list[str]) -> list[Department]:
    """Known departments, none of them the responsible one, each with somebody to answer and none still waited for."""
    known = {one.code: one for one in askable(member)}
    waiting = set(
        Opinion.objects.filter(consultation__member=member, state=Opinion.State.ASKED, due_on__gte=today()).values_list(
            "department", flat=True
        )
    )
    if not codes:
        raise Refused("consultation.departments", "请选择向哪些部门征求意见，至少一个。", "departments")
    errors = []
    for code in dict.fromkeys(codes):
        if code == member.department_id:
            told = "承办部门的意见就是审查意见，不向自己征求。"
        elif code not in known:
            told = f"没有编码为“{code}”的本级或者市级部门。"
        elif code in waiting:
            told = f"已经向{known[code].label}征求意见，答复期限还没有到，请等答复。"
        elif not _people(code):
            told = f"{known[code].label}现在没有在岗的审批人员，没有人能答复。"
        else:
            continue
        errors.append(Refused("consultation.departments", told, "departments"))
    raise_all(errors)
    return [known[code] for code in dict.fromkeys(codes)]


def _demand_enclosable(member: Member, codes: list[str]) -> None:
    own = {line["material"] for line in member.application.listed if member.code in line["needed_by"]}
    for code in codes:
        if code not in own:
            raise Refused("consultation.materials", f"“{code}”不是这个事项的材料，不能附送。", "materials")


def _days(act: Action, member: Member, given: int | None) -> int:
    """Working days to answer; the member's clock goes on, so the answer has to come before its last day."""
    found, on = shelf_held(act), today()
    standard = found.rule("consultation", on).value
    left = days_left(member, found.calendar(member.application.node_id))
    if left is None:
        return checked_days(given, standard, "days")
    if left < 1:
        raise WrongState(TOO_LATE)
    days = checked_days(given, min(standard, left), "days")
    if days > left:
        raise Refused(
            "consultation.too_long",
            f"征求意见期间期限照常计算：应在{before_when(member)}以前答复，最多 {left} 个工作日。",
            "days",
        )
    return days


def _clock(opinion: Opinion, on, days: int) -> ClockSpec:
    return ClockSpec(
        kind="consultation",
        subject=opinion,
        root_id=opinion.application_id,
        region=opinion.application.node_id,
        department=opinion.department_id,
        started_on=on,
        legal={"days": days, "unit": "working"},
    )


def answer_opinion(*, by: Actor, opinion: int, answer: str, reason: str, conditions: str = "") -> Opinion:
    """The asked department's opinion: agree, conditions (which must be said) or disagree, with its reason; once.

    After the day it is taken as late, as long as nothing is decided: the silence stands in the record before it. Raises WrongState where
    it has answered, or nobody asks any more.
    """
    words, terms = reason.strip(), conditions.strip()
    errors = []
    if answer not in Answer.values:
        errors.append(Refused("opinion.answer", "请选择同意、附条件同意或者不同意。", "answer"))
    if not 4 <= len(words) <= LONGEST:
        errors.append(Refused("opinion.reason", f"请写明理由（4 到 {LONGEST} 个字）。", "reason"))
    if answer == Answer.CONDITIONS and not 4 <= len(terms) <= LONGEST:
        errors.append(Refused("opinion.conditions", "附条件同意的，请写明是什么条件（至少 4 个字）。", "conditions"))
    if answer != Answer.CONDITIONS and terms:
        errors.append(Refused("opinion.conditions", "只有“附条件同意”才写条件。", "conditions"))
    raise_all(errors)
    with action(by) as act:
        row = _locked(act, opinion)
        act.allow("answer", row)
        if row.state == Opinion.State.ANSWERED:
            raise WrongState("本部门已经答复，不能再改；需要补充的，请联系征求意见的部门重新征求。")
        if row.state == Opinion.State.CLOSED:
            raise WrongState("这个事项已经决定、已经结束，征求已经撤回，或者改由本部门承办，不用再答复。")
        if row.overdue:
            _fall_silent(act, row)
        row.reason, row.conditions, row.answered_by_id = words, terms, by.id
        told = {"reason": words, "conditions": terms, "department": row.department.name}
        act.move(row, "answer", answer=answer, on=today(), facts={**told, "late": today() > row.due_on})
        act.save(row, "reason", "conditions", "answered_by")
        stop_clocks(act, root_id=row.application_id, subjects=[row], kinds=("consultation",), on=today())
        _settle(act, row.consultation, _opinions(row.consultation, row), came=row)
    return row


def _locked(act: Action, opinion: int) -> Opinion:
    row = act.lock(Opinion, opinion)
    row.consultation.application = row.consultation.member.application = row.application
    return row


def _opinions(consultation: Consultation, newest: Opinion | None = None) -> list[Opinion]:
    """All of a consultation, on the instances that this action holds."""
    rows = [
        newest if newest is not None and one.pk == newest.pk else one
        for one in consultation.opinions.select_related("department")
    ]
    for one in rows:
        one.application, one.consultation = consultation.application, consultation
    consultation.answers = rows
    return rows


def _fall_silent(act: Action, row: Opinion) -> None:
    """Silence as of the moment at which the day was over, whenever it is written."""
    as_of = beijing_midnight(row.due_on + timedelta(days=1))
    act.as_system().move(row, "miss", facts={"department": row.department.name, "due_on": row.due_on, "as_of": as_of})


def _settle(act: Action, row: Consultation, opinions: list[Opinion], came: Opinion | None = None) -> None:
    """What follows from what is in. The application's lock is held: of two that come at once the second sees the first."""
    system = act.as_system()
    for one in opinions:
        if one.overdue:
            _fall_silent(act, one)
    if row.state == State.ASKED and not any(one.state == Opinion.State.ASKED for one in opinions):
        silent = [one.department.name for one in opinions if one.state == Opinion.State.SILENT]
        system.move(row, "gather", facts={"silent": silent, "conflict": conflict(opinions), "item": row.member.name})
        _tell_asker(act, row, opinions)
    elif row.state == State.RESOLVED and came is not None and came.answer_given == Answer.DISAGREE:
        system.move(row, "reopen", facts={"department": came.department.name})
        _tell_asker(act, row, opinions)
    elif came is not None and row.state != State.ASKED:  # late: who was told of its silence knows of nothing else
        _tell_asker(act, row, opinions, came="逾期的意见来了")


def miss_opinion(*, opinion: int) -> bool:
    """The day after an answer was due: silence is a recorded result. False when it had come."""
    with action(SYSTEM) as act:
        row = _locked(act, opinion)
        if not row.overdue:
            return False
        _settle(act, row.consultation, _opinions(row.consultation, row))
    return True


def remind_opinion(*, clock: Clock) -> None:
    """The clock of an answer turned yellow or red: who has to answer is told again, once for a light."""
    with action(SYSTEM) as act:
        row = Opinion.objects.select_related("application", "consultation__member", "consultation__asker").get(
            pk=clock.subject_id
        )
        if row.state == Opinion.State.ASKED and not row.overdue:
            _tell_asked(act, row, "请尽快答复意见", f"答复期限是{day_cn(row.due_on)}，逾期记为未答复。", key=clock.light)


def resolve_consultation(*, by: Actor, consultation: int, reason: str, seen: str = "") -> Consultation:
    """Somebody disagrees: the lead says, with its reason, how that is dealt with; then the member may be decided. `seen` = the mark
    (consulted.heard) of the opinions that lay before the lead: raises WrongState where one more came meanwhile, late."""
    text = reason.strip()
    if not 10 <= len(text) <= LONGEST:
        raise Refused("consultation.resolution", f"请写明分歧怎样处理和理由（10 到 {LONGEST} 个字）。", "reason")
    with action(by) as act:
        row, _ = with_member(act, Consultation, consultation)
        act.allow("resolve", row)
        opinions = _opinions(row)
        _settle(act, row, opinions)
        if row.state == State.ASKED:
            raise WrongState("意见还没有收齐，答复期限也没有到，请等收齐以后再处理分歧。")
        if row.state == State.GATHERED and not any(one.answer_given == Answer.DISAGREE for one in opinions):
            raise WrongState("没有部门不同意，不需要处理分歧。")
        if seen and seen != heard(opinions):
            raise WrongState("您看过以后又来了部门的意见，还没有登记怎样处理。请看过现在的意见，再写明怎样处理。")
        act.move(row, "resolve", on=today(), reason=text)
        row.resolved_by_id = by.id
        act.save(row, "resolved_by")
    return row


def recall_consultation(*, by: Actor, consultation: int, reason: str) -> Consultation:
    """The asker needs the opinions no longer, with its reason; what was answered stays.
    Raises Refused without a reason, WrongState once all have answered."""
    demand_reason(reason)
    with action(by) as act:
        row, _ = with_member(act, Consultation, consultation)
        act.allow("recall", row)
        opinions = _opinions(row)
        _settle(act, row, opinions)
        if row.state == State.GATHERED:
            raise WrongState("意见已经收齐，不能再撤回征求。")
        act.move(row, "recall", reason=reason.strip())
        _end(act, [one for one in opinions if one.state in Opinion.OPEN])
        for one in opinions:
            if one.state == Opinion.State.CLOSED:
                _tell_asked(act, one, "已撤回征求意见", "不用再答复。", key="recall")
    return row


def close_consultations(act: Action, row: Application, gone: list[Member]) -> None:
    """Members that are decided or ended need no opinion any longer. Whose opinion was still waited for, or missed its day and might come
    late, is told, as when it is recalled."""
    consulted = [member.pk for member in gone if member.consulted]
    if not consulted:
        return
    rows = Consultation.objects.filter(member__in=consulted, state__in=Consultation.LIVE).select_related("member")
    for one in rows:
        one.application = one.member.application = row
        waited = [opinion for opinion in _opinions(one) if opinion.state in Opinion.OPEN]
        _end(act, waited)
        act.as_system().move(one, "close")
        for opinion in waited:
            _tell_asked(act, opinion, "不用再答复意见", "事项已经结束，不用再答复。", key="close")


def hand_on_consultations(act: Action, row: Application, member: Member) -> None:
    """Who is asked about the item answers for it from now on: its opinion is the examination itself, and it is asked for no other. Where
    nobody else was asked, nothing is left of the question."""
    if not member.consulted:
        return
    own = Consultation.objects.filter(state__in=Consultation.LIVE, opinions__department=member.department_id, opinions__state__in=Opinion.OPEN)
    for one in own.filter(member=member):
        one.application, one.member = row, member
        opinions = _opinions(one)
        _end(act, [opinion for opinion in opinions if opinion.department_id == member.department_id])
        if one.state == State.ASKED and all(opinion.state == Opinion.State.CLOSED for opinion in opinions):
            act.as_system().move(one, "recall", reason="改由被征求的部门承办")
        else:
            _settle(act, one, opinions)


def _end(act: Action, opinions: list[Opinion]) -> None:
    for one in opinions:
        act.as_system().move(one, "close")
    if opinions:
        root = opinions[0].application_id
        stop_clocks(act, root_id=root, subjects=opinions, kinds=("consultation",), on=today())


def demand_consulted(act: Action, member: Member, decision: str) -> None:
    """No decision while an opinion is waited for, nor against one that disagrees before the lead has resolved it. Raises WrongState."""
    if not member.consulted:
        return
    for row in member.consultations.filter(state__in=Consultation.LIVE).select_related("member"):
        row.application = row.member.application = member.application
        opinions = _opinions(row)
        _settle(act, row, opinions)
        if told := waits(row, opinions, decision):
            raise WrongState(told)


# —— words to those whom it concerns ——


def _people(department: str) -> list[int]:
    return directory.holders("reviewer", department=department) + directory.holders("head", department=department)


def _tell_asked(act: Action, row: Opinion, title: str, text: str, *, key: str) -> None:
    tell(
        act,
        users=_people(row.department_id),
        kind="case",
        title=f"{title}：{row.consultation.member.name}"[:100],
        text=f"{row.consultation.asker.name}就办件 {row.application.number} 征求意见。{text}",
        link=f"/review/opinions/{row.pk}/",
        root_id=row.application_id,
        key=f"opinion:{row.pk}:{key}",
    )


def _tell_asker(act: Action, row: Consultation, opinions: list[Opinion], *, came: str = "征求的意见已收齐") -> None:
    split, asker = conflict(opinions), row.awaited_by
    who = {asker, row.resolver} if split else {asker}
    tell(
        act,
        users=[person for department in sorted(who) for person in _people(department)],
        kind="case",
        title=f"{came}：{row.member.name}"[:100],
        text=f"办件 {row.application.number}：{'意见有分歧，请牵头部门写明怎样处理' if split and row.state != State.RESOLVED else '可以据此审查'}。",
        link=f"/review/consultations/{row.pk}/",
        root_id=row.application_id,
        key=f"consultation:{row.pk}:{len([one for one in opinions if one.answer_given])}:{row.state}",
    )
