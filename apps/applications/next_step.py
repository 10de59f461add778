"""What happens now with a case, who holds it, and what the applicant must do: in plain words, from its states and clocks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from apps.deadlines.engine.telling import full
from apps.deadlines.models import Clock
from apps.deadlines.queries import is_guessed, rule
from apps.journal.models import Event
from apps.kit.days import days_words
from apps.kit.time import BEIJING, beijing_date, now, today

from . import whole
from .display import bring_to, desk_of
from .grounds import GROUNDS
from .handout import HandOut, way_of
from .models import Application, Cancellation, Commitment, Hearing, Inspection, Member, Parcel

NOTHING = "不用做什么。"
CONTEST = "不服的，可以按通知书写明的途径和期限申请行政复议或者提起行政诉讼。"
AFTER_SENDING = ("member.dispatch", "member.come_back", "member.collect", "member.reissue")


def held_words(clock: Clock) -> str:
    """承诺期限还剩 8 个工作日，法定期限还剩 18 个工作日: what is left of a clock that stands still."""
    words = []
    for name, limit, left, due in (
        ("承诺期限", clock.promised or clock.legal, clock.promised_left, clock.promised_due),
        ("法定期限", clock.legal, clock.legal_left, clock.legal_due),
    ):
        if limit is not None and left is not None:
            words.append(f"{name}还剩 {days_words(left, limit['unit'])}")
        elif limit is not None and due is not None:
            words.append(f"{name}已于 {_cn(due)} 届满")
    return "，".join(words)


def pre_check_days() -> str:
    """1 个工作日: the centre's own standard for the answer to a pre-check."""
    standard = rule("pre_check")
    return days_words(standard.value, standard.unit)


def next_step(
    application: Application,
    members: list[Member],
    clocks: Iterable[Clock] = (),
    visits: Iterable[Inspection] = (),
    events: Iterable[Event] = (),
    cancellations: Iterable[Cancellation] = (),
) -> tuple[str, str, str]:
    """(what happens now, who holds it, what the applicant must do) in plain words."""
    back = came_back(events)
    state, S = application.state, Application.State
    if state in (S.RECEIVED, S.CHECKING) and application.supplemented_on:
        return (
            "补正的材料已交，窗口正在核对。",
            "受理窗口",
            f"不用做什么；最迟 {_told(application.notice_due)}告知结果，符合要求的从 {_cn(application.supplemented_on)} 起受理。",
        )
    if state in (S.RECEIVED, S.CHECKING):
        return (
            "窗口正在核对材料。",
            "受理窗口",
            f"不用做什么；最迟 {_told(application.notice_due)}会一次性告知是否齐全。",
        )
    if state == S.AWAITING_SUPPLEMENT:
        return ("等待您补正材料。", "您", f"请在 {_by(application.cure_by)}前（含当日）一次补齐：可以在网上补，也可以{bring_to(application)}原窗口。")
    if state in (S.IN_PROGRESS, S.PARTLY_DONE):
        running = _running(application, members, clocks, visits, back)
        return _cancelled(members, events, cancellations, _promised(members, running))
    if state == S.DONE:
        gone = [member for member in members if _commitment(member) in REVOKED or member.cancelled_on]
        done = _done(application, [member for member in members if member not in gone], back, events)
        return _cancelled(members, events, cancellations, _promised(members, done))
    if state == S.DRAFT and application.clerk_id:
        return ("窗口正在录入，还没有收件。", "受理窗口", "不用做什么；收件以后给您收件凭证。")
    if state in (S.SUBMITTED, S.PRE_CHECKING):
        what = "等窗口预审。" if state == S.SUBMITTED else "窗口正在预审。"
        return (what, "受理窗口", f"不用做什么；{pre_check_days()}内答复。")
    before = {
        S.DRAFT: ("草稿，还没有提交。", "您", "请填好后提交；没有提交的，窗口看不到。"),
        S.PRE_RETURNED: ("窗口预审后退回。", "您", "请按退回的理由改好，再提交一次。"),
        S.PRE_PASSED: ("预审已通过，还没有收件。", "您", "请正式提交；要核对原件的，也可以直接带原件到窗口，不用重新填。"),
    }
    if state in before:
        return before[state]
    if state == S.NOT_ACCEPTED:
        return ("不予受理，理由和救济途径见通知书。", "", _turned_away(events))
    if state == S.NOT_HANDLED:
        return ("这件事不需要办理许可，理由和救济途径见不予受理通知书。", "", CONTEST)
    ended = {
        S.WITHDRAWN: "已按您的申请撤回；交过材料原件的，可以取回。",
        S.LAPSED: "补正期限已过，视为撤回；可以重新申请。",
        S.VOIDED: "这次收件登记是录入错误，已经作废，不再办理；仍要办的请联系受理窗口。",
    }
    return (ended.get(state, "办理中。"), "", "")


def _turned_away(events: Iterable[Event]) -> str:
    """Where he may go with it, and that he may contest it: who reads that nothing is to be done lets the days for that pass."""
    whose = next((event.facts.get("competent_agency") for event in events if event.name == "application.not_accept"), "")
    again = f"请向{whose}提出申请。" if whose else "符合条件、改正以后可以重新申请。"
    return again + CONTEST


def _running(
    application: Application, members: list[Member], clocks: Iterable[Clock], visits: Iterable[Inspection], back: str
) -> tuple[str, str, str]:
    holders = "、".join(dict.fromkeys(m.department.name for m in members if m.state in Member.UNDECIDED))
    gaps = [m for m in members if m.owes_ahead or (m.gap_open and m.state in Member.UNDECIDED)]
    day = _until(application, members)
    what, todo = _examined(day, printed=day == application.renew_by), NOTHING
    paused = any(m.state == Member.State.PAUSED for m in members)
    if paused:
        held = [clock for clock in clocks if clock.kind == Clock.Kind.DECISION and clock.state == Clock.State.PAUSED]
        resting = "、".join(f"“{m.name}”" for m in members if m.state == Member.State.PAUSED)
        others = any(m.state in Member.UNDECIDED and m.state != Member.State.PAUSED for m in members)
        what = f"部门正在审查；其中{resting}" if others else ""  # the others' time runs on
        what += f"正在特别程序中，所需时间依法不计入办理期限。{_standing(held)}"
        todo = "请按特别程序告知书配合；结束后会告知新的办结日。"
    late = [m for m in members if m.state in Member.UNDECIDED and _past(m.due_on)]
    if late and len(members) > 1 and (paused or not _past(application.due_on)):
        what += f"{'' if paused else '其中'}{'、'.join(f'“{m.name}”的办理期限 {_cn(m.due_on)} 已过' for m in late)}。"
    if application.renew_by and not _past(application.renew_by):
        what += f"原证照的有效期到 {_cn(application.renew_by)}，届满前没有作出决定的，视为准予延续。"
    what += _heard_first(members, day)
    duties = _duties(application, members, visits)
    if any(m.supplement_by and m.state in Member.UNDECIDED for m in members):
        what = f"{what}需要您补正材料。"
    if gaps:
        what = f"{what}另有承诺后补的材料未交。"
        first = min((m.gap_cure_by for m in gaps if m.gap_cure_by), default=None)
        duties.append(f"请在 {_by(first)}前（含当日）补齐承诺的材料：可以在网上补，也可以{bring_to(application)}受理窗口。")
    if duties:
        todo = "".join(duties)
    ready = _some_ready(application, members, back)
    if ready and (todo == NOTHING or not ready.startswith("不用做什么")):
        todo = ready if todo == NOTHING else todo + ready
    return (what, holders, todo)


def _until(application: Application, members: list[Member]) -> date | None:
    """The last day; without one, and not for a special procedure, that of the renewal."""
    paused = any(m.state == Member.State.PAUSED for m in members)
    return application.last_day or (None if paused else application.renew_by)


def _examined(due_on: date | None, *, printed: bool) -> str:
    """`printed`: a day on a certificate, which no calendar moves."""
    if due_on is None:
        return "部门正在审查。"
    if _past(due_on):
        return f"部门正在审查；办理期限 {_cn(due_on)} 已过。"
    return f"部门正在审查，最迟 {_by(due_on) if printed else _told(due_on)}办结。"


def _duties(application: Application, members: list[Member], visits: Iterable[Inspection]) -> list[str]:
    """What the applicant must or may do on or by a day: one does not hide another."""
    duties = []
    for visit in visits:
        if visit.state == visit.State.RECTIFY_NEEDED:
            late = f"整改期限已于 {_cn(visit.rectify_by)} 届满，请尽快按整改通知书整改，部门再来复查。"
            in_time = f"请在 {_by(visit.rectify_by)}前（含当日）按整改通知书整改，部门再来复查。"
            duties.append(late if _past(visit.rectify_by) else in_time)
        elif today() <= visit.visit_on:
            duties.append(f"{visit.when}到{visit.place}现场踏勘，请派人到场。")
    undecided = [member for member in members if member.state in Member.UNDECIDED]
    duties += [_heard(member.hearing, member.name) for member in undecided if hasattr(member, "hearing")]
    wanted = sorted((member for member in undecided if member.supplement_by), key=lambda member: member.supplement_by)
    for member in wanted:
        item = f"“{member.name}”" if len(wanted) > 1 else ""
        by = _cn(member.supplement_by)
        late = f"{item}补交期限已于 {by} 届满；作出决定以前还可以补交，没有补交的，部门根据现有材料作出决定。"
        duties.append(late if _past(member.supplement_by) else f"{item}请在 {_by(member.supplement_by)}前（含当日）补交通知书列明的材料：可以在网上补，也可以{bring_to(application)}受理窗口。")
    return [*dict.fromkeys(duty for duty in duties if duty)]


def _some_ready(application: Application, members: list[Member], back: str) -> str:
    """What to do about the results that lie at the issue desk while others are still to come; "" where none does."""
    ready = [m for m in members if m.state == Member.State.READY_FOR_ISSUE and not m.revoked_on]
    if not ready:
        return ""
    if whole.waits_for(application, members):
        return "不用做什么；已经办好的，等全部办好后一次领取。"
    names = "、".join(member.name for member in ready)
    here = f"可以先领取已经办好的：{names}。请带身份证件和收件凭证到{desk_of(application)}。"
    return _by_courier(application, ready, back) or _lost(back) + here


def _by_courier(application: Application, ready: list[Member], back: str) -> str:
    """What to do about these results where a courier was chosen; "" where none was. What may not be sent has to be fetched."""
    if application.handout != HandOut.COURIER:
        return ""
    kept = [member.name for member in ready if way_of(application, member.code) != HandOut.COURIER]
    came = {"": SENT, Parcel.State.LOST.label: LOST, Parcel.State.CALLED_OFF.label: OFF}.get(back, BACK)
    sent = "" if len(kept) == len(ready) else came
    if not kept:
        return sent
    told = f"“{'、'.join(kept)}”的结果不能寄，请带身份证件和收件凭证到{desk_of(application)}领取。"
    return told + (f"其余的：{sent.removeprefix('不用做什么，')}" if sent else "")


def _to_come(application: Application, members: list[Member]) -> str:
    """What to do while the results are being made: who has all of them sent is not told to wait until he may fetch them."""
    made = [member for member in members if member.state in whole.NOT_YET_AT_THE_DESK]
    sent = made and all(way_of(application, member.code) == HandOut.COURIER for member in made)
    return f"不用做什么，{'交给快递' if sent else '可以领取'}时这里会显示"


def _lost(back: str) -> str:
    """Before he is called to the desk: who came at once for what was lost on its way would come in vain."""
    return "快递丢失了，文书要重新制作，请先问好出件窗口再来。" if back == Parcel.State.LOST.label else ""


def came_back(events: Iterable[Event]) -> str:
    """Why what was sent last by courier is the desk's again; "" where it is not, or not any more: given at the desk meanwhile, or made
    anew."""
    moved = [event for event in events if event.name in AFTER_SENDING and not event.facts.get("void")]
    last = {event.subject_id: event for event in moved}
    back = [event for event in last.values() if event.name == "member.come_back"]
    return max(back, key=lambda event: event.seq).facts["reason"] if back else ""


def _on_its_way(events: Iterable[Event]) -> tuple[str, str, str]:
    """Where the envelopes are: who waits for one that was refused, or that no courier has taken yet, is not told that it comes."""
    last = {event.subject_id: event.to_state for event in events if event.subject_type == "parcel" and event.to_state}
    open_ones = set(last.values()) & set(Parcel.OPEN)
    if Parcel.State.REFUSED in open_ones:
        back = "不用做什么；退回以后会告诉您，可以更改领取方式再寄一次，或者到窗口领取。"
        return ("快递被拒收，结果正在退回出件窗口，没有送达。", "快递公司", back)
    if open_ones - {Parcel.State.WAYBILL}:
        what = "结果已寄出。"
    else:
        what = "结果已交寄，等快递员揽收。" if open_ones else "结果已交寄，等快递公司接单。"
    return (what, "快递公司", "请留意快递，由您或者同住的家人、单位收件的人签收。")


def _heard(hearing: Hearing, item: str) -> str:
    """What the applicant may or must do about the hearing of his item; "" while there is nothing to do."""
    if hearing.state == Hearing.State.TOLD and today() <= hearing.request_by:
        return (
            f"“{item}”可以要求听证：请在 {_told(hearing.request_by)}前（含当日）在网上或者到综合窗口申请，逾期视为放弃；不要求的，不用做什么。"
        )
    if hearing.state == Hearing.State.CALLED and now() < hearing.at:
        when = f"{full(beijing_date(hearing.at))} {hearing.at.astimezone(BEIJING):%H:%M}"
        return f"“{item}”{when}在{hearing.place}听证，请按通知书到场。"
    return ""


def _heard_first(members: list[Member], day: date | None) -> str:
    """That a decision waits for a hearing: the last day alone would promise it before the day on which people are invited."""
    waits = [m for m in members if m.state in Member.UNDECIDED and hasattr(m, "hearing") and m.hearing.state in Hearing.PENDING]
    if not waits:
        return ""
    called = [m for m in waits if m.hearing.state == Hearing.State.CALLED and m.state != Member.State.PAUSED]
    later = day and any(beijing_date(m.hearing.at) > day for m in called)
    told = "听证在这一天以后，要等听证举行了才能办结；办结日有变的，会告知您。" if later else ""
    names = "、".join(f"“{m.name}”" for m in waits) if len(members) > 1 else ""
    return f"{names}要先听证，听证以前不作出决定。{told}"


def _standing(held: list[Clock]) -> str:
    """检测，由某某院组织，2018年3月5日开始，预计 15 个工作日；承诺期限还剩 8 个工作日。Of several items: what stops them together is said
    once, and then what is left of each: a visit stops all of a one thing, and four times the same is not read."""
    rows = [(getattr(clock, "item", ""), _procedures(clock), held_words(clock)) for clock in held]
    if len(rows) < 2 or not all(item for item, _, _ in rows):
        return "".join((f"“{item}”：" if item else "") + "；".join(filter(None, [why, left])) + "。" for item, why, left in rows)
    stopped, of = _together((why, item) for item, why, _ in rows), _together((left, item) for item, _, left in rows)
    told = [*(f"{names}：{why}" for why, names in stopped.items() if why), "；".join(f"{names}{left}" for left, names in of.items() if left)]
    return "".join(f"{one}。" for one in told if one)


def _procedures(clock: Clock) -> str:
    return "；".join(
        f"{GROUNDS.get(pause.ground, pause.ground)}由{pause.organiser}组织，{_cn(pause.notified_on)}开始，"
        f"预计 {pause.expected_days} 个工作日{f'，到 {_told(pause.expected_on)}' if hasattr(pause, 'expected_on') else ''}"
        f"{'，预计的时间已过，还没有结束' if getattr(pause, 'past', False) else ''}"
        for pause in clock.intervals.pauses
        if pause.holds
    )


def _together(rows: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What is said, with the names of all of whom it is."""
    found: dict[str, list[str]] = {}
    for said, item in rows:
        found.setdefault(said, []).append(f"“{item}”")
    return {said: "、".join(names) for said, names in found.items()}


LOST = "快递丢失了，出件窗口重新制作以后再寄，不用做什么；也可以更改领取方式，到窗口领取。"
BACK = "快递没有送达，结果在出件窗口：请核对收件地址和电话，有错的更改领取方式后再寄；也可以改为到窗口领取。"
OFF = "快递取消了，结果在出件窗口：可以更改领取方式，到窗口领取；仍要寄的，请核对收件地址和电话。"
SENT = "不用做什么，出件窗口会按您留的地址寄出；要改地址或者来窗口领取，请尽快更改领取方式。"


REVOKED = (Commitment.State.REVOKED, Commitment.State.REPAIRED)


def _commitment(member: Member) -> str:
    return member.commitment.state if hasattr(member, "commitment") else ""


def _promised(members: list[Member], now: tuple[str, str, str]) -> tuple[str, str, str]:
    """The same, and before it what a check of 告知承诺 found: what must be put right by when, what is no longer in force."""
    what, holder, todo = now
    for member in members:
        if _commitment(member) == Commitment.State.RECTIFYING:
            by = _cn(member.commitment.rectify_by)
            until = f"整改期限已于 {by} 届满" if _past(member.commitment.rectify_by) else f"请在 {_by(member.commitment.rectify_by)}前（含当日）按限期整改通知书整改到位"
            must = f"“{member.name}”核查与承诺不符，{until}；仍不符合的，撤销决定。"
            todo = must + todo.removeprefix(NOTHING).removeprefix("不用做什么，").removeprefix("不用做什么；")
        elif _commitment(member) in REVOKED:
            what = f"“{member.name}”承诺不实，决定已经撤销，证照失效。{what}"
            late = "快递里的文书已经作废，收到了也不算送达。" if member.state == Member.State.DISPATCHED else ""
            todo = f"理由和救济途径见撤销决定书。{late}{todo}"
    return what, holder, todo


def _cancelled(
    members: list[Member], events: Iterable[Event], cancellations: Iterable[Cancellation], now: tuple[str, str, str]
) -> tuple[str, str, str]:
    """The same, and before it what was cancelled, and whether its holder waits for an answer to his request or still has the original."""
    what, holder, todo = now
    # A word beside it that is no move, as of the original that came in, leaves it as it is.
    asked = {event.subject_id: event.to_state for event in events if event.subject_type == "cancellation" and event.to_state}
    if Cancellation.State.ASKED in asked.values():
        what = f"您申请注销证照，等部门决定；决定以前证照照常有效。{what}"
        holder = "、".join(filter(None, ["审批部门", holder]))
    for member in members:
        if member.cancelled_on:
            what = f"“{member.name}”的证照已于 {_cn(member.cancelled_on)} 注销，不再有效。{what}"
    if any(one.state == one.State.GRANTED and one.original == one.Original.TO_COME for one in cancellations):
        todo = f"请把注销的证照原件交回受理窗口。{'' if todo in ('', NOTHING) else todo}"
    return what, holder, todo


def _done(application: Application, members: list[Member], back: str, events: Iterable[Event]) -> tuple[str, str, str]:
    states = {m.state for m in members}
    S = Member.State
    if not states:  # what was granted is no longer in force
        return ("", "", "")
    if S.READY_FOR_ISSUE in states and states & set(whole.NOT_YET_AT_THE_DESK):
        return ("有的结果已办好，其他的正在制证、登记用印。", "审批部门", _some_ready(application, members, back))
    if S.READY_FOR_ISSUE in states:
        ready = [member for member in members if member.state == S.READY_FOR_ISSUE]
        here = f"请带身份证件和收件凭证到{desk_of(application)}领取；他人代领另带委托书。"
        todo = _by_courier(application, ready, back) or _lost(back) + here
        if S.DISPATCHED not in states:
            return ("结果已办好。", "出件窗口", todo)
        what, holder, watch = _on_its_way(events)
        return (f"结果已办好，有的交给了快递：{what}", f"出件窗口、{holder}", todo + watch.removeprefix("不用做什么；"))
    if S.DISPATCHED in states:
        what, holder, todo = _on_its_way(events)
        late = states & set(whole.NOT_YET_AT_THE_DESK)
        return (what + ("其他的正在制证、登记用印。" if late else ""), f"审批部门、{holder}" if late else holder, todo)
    if S.REFUSED in states and not states & {S.GRANTED, S.SEALED}:
        return ("已作出不予的决定，决定书正在制作、登记用印。", "审批部门", f"{_to_come(application, members)}；理由和救济途径写在决定书里。")
    if any(member.served_on and member.state in (S.GRANTED, S.SEALED) for member in members):
        return ("正在更正补发：重新制证、登记用印，原来的已经作废。", "审批部门", f"{_to_come(application, members)}。")
    if states & {S.GRANTED, S.REFUSED, S.SEALED}:
        return ("已作出决定，正在制证、登记用印。", "审批部门", f"{_to_come(application, members)}。")
    if S.ACCEPTANCE_REVOKED in states and states <= set(Member.ENDED):
        return ("承诺后补的材料逾期未补，受理已经撤销；理由和救济途径见撤销受理决定书。", "", f"可以重新申请。{CONTEST}")
    if S.TERMINATED in states and states <= set(Member.ENDED):
        return ("办理已经终止，没有作出决定；原因见办件终止告知书。", "", "")
    return ("已办结。", "", "")


def _past(day: date | None) -> bool:
    return day is not None and today() > day


def _cn(day: date | None) -> str:
    return f"{day:%Y年%-m月%-d日}" if day else "期限内"


def _told(day: date | None) -> str:
    """The same of a day that the law counts: a notice of its year's holidays may still move it."""
    return _by(day) + ("（推定）" if day and is_guessed(day) else "")


def _by(day: date | None) -> str:
    """A day on which something must be done, with its weekday."""
    return full(day) if day else "期限内"
