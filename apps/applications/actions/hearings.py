"""The hearing: the right to it is told, somebody asks or the days pass, time and place are notified, it is held on record."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from hashlib import sha256

from apps.deadlines.actions import by_law, due_dates, start_clocks, stop_clocks
from apps.deadlines.models import Pause
from apps.deadlines.pausing import catch_up
from apps.deadlines.queries import Shelf, shelf_held
from apps.directory.actions import tell
from apps.issuance.actions import queue_documents, void_document
from apps.issuance.queries import current_of_members
from apps.journal.actor import SYSTEM, Actor
from apps.journal.door import Action, action
from apps.journal.models import Event
from apps.kit.errors import Refused, WrongState, raise_all
from apps.kit.ids import plain_name
from apps.kit.jsontext import text
from apps.kit.time import BEIJING, beijing_date, now, today

from .. import papers, papers_review
from ..models import Hearing, Job, Member
from ..queries_clocks import concerned
from .going_on import resume
from .holding import demand_printable, in_hand, with_member

State, Ground = Hearing.State, Hearing.Ground
FARTHEST = timedelta(days=366)  # a day beyond is a slip of the pen, and people would be invited to it


def tell_hearing(*, by: Actor, job: int, interest: str, third_parties: list[str]) -> Hearing:
    """The reviewer finds a third party's major interest: 听证告知书 to applicant and third parties; their days begin (XKF 36, 47).

    Raises Refused without an interest or a third party, WrongState where a hearing is held anyway or already opened.
    """
    names = [name for name in dict.fromkeys(map(plain_name, third_parties)) if name]
    errors = []
    if len(interest.strip()) < 4:
        errors.append(Refused("hearing.interest", "请写明涉及他人的什么重大利益（至少 4 个字）。", "interest"))
    if not names:
        errors.append(Refused("hearing.third_parties", "请写明利害关系人，至少一个。", "third_parties"))
    errors += [
        Refused("hearing.third_parties", f"“{name[:10]}…”太长，每个利害关系人最多 100 字。", "third_parties")
        for name in names
        if len(name) > 100
    ]
    raise_all(errors)
    demand_printable("".join(names), "third_parties")
    with action(by) as act:
        row, member = in_hand(act, job)
        demand_tellable(member)
        on = today()
        about = _about(member, "hearing_request")
        (last,) = due_dates(act, [by_law(act, "hearing_request", on=on, **about)])
        told = {"told": last.isoformat()}  # on the paper, to third parties too: no message reaches them when the calendar changes
        clock = start_clocks(act, [by_law(act, "hearing_request", on=on, facts=told, **about)])[0]
        hearing = Hearing(
            application=row.application,
            member=member,
            ground=Ground.INTEREST,
            interest=interest.strip(),
            third_parties=names,
        )
        act.bear([hearing], [("tell", {"on": on, "request_by": clock.due_on})])
        queue_documents(
            act,
            [papers.spec("hearing_right", row.application, papers_review.hearing_right(hearing, by), member=member)],
        )
    return hearing


def demand_tellable(member: Member) -> None:
    """Raises WrongState where nobody is to be told of a right to a hearing, saying why."""
    if member.definition.get("hearing_required"):
        raise WrongState("这个事项依法应当听证，不以申请为前提：请直接通知听证的时间、地点。")
    if getattr(member, "hearing", None) is not None:
        raise WrongState("这个事项已经告知过听证权利，不再重复告知。")


def request_hearing(*, by: Actor, hearing: int, who: str, name: str = "") -> Hearing:
    """The applicant or a third party asks for it, within the days of the notice; from now it must be held in time (XKF 47).
    Raises Refused for a third party from home, and for a name that is not the applicant's."""
    errors = []
    if who not in Hearing.Who.values:
        errors.append(Refused("hearing.who", "请选择是申请人还是利害关系人申请听证。", "who"))
    typed = plain_name(name)
    name = typed if who == Hearing.Who.THIRD_PARTY else ""  # the applicant's stands on the case
    if who == Hearing.Who.THIRD_PARTY and not name:
        errors.append(Refused("hearing.name", "利害关系人申请的，请写明姓名或名称。", "name"))
    raise_all(errors)
    with action(by) as act:
        row, member = with_member(act, Hearing, hearing)
        act.allow("request", row)
        if by.kind == "person" and who != Hearing.Who.APPLICANT:
            raise Refused("hearing.who", "利害关系人请到窗口提出听证申请。", "who")
        demand_askable(row, who, name)
        if typed not in (name, plain_name(row.application.applicant_name)):  # whose request it is would be lost
            told = f"写了“{typed[:30]}”，选的却是申请人：利害关系人申请的请改选，申请人自己申请的请删去姓名。"
            raise Refused("hearing.name", told, "name")
        on = today()
        if row.state in Hearing.PENDING:  # who asked first may take that back: then it is held for this one
            act.record(row, "join", on=on, who=who)
            row.requester = "、".join(filter(None, (row.requester, name)))[:2000]
            act.save(row, "requester")
            tell_department(act, row, "又有人申请听证", f"{Hearing.Who(who).label}也提出，听证照常组织。")
            return row
        act.move(row, "request", on=on, facts={"who": who})
        stop_clocks(act, root_id=row.application_id, subjects=[member], kinds=("hearing_request",), on=on)
        clock = start_clocks(act, [by_law(act, "hearing_hold", on=on, **_about(member, "hearing_hold"))])[0]
        row.requested_by, row.requester, row.hold_by = who, name, clock.due_on
        act.save(row, "requested_by", "requester", "hold_by")
        tell_department(act, row, "有人申请听证", f"{Hearing.Who(who).label}提出，请在 {clock.due_on:%Y年%-m月%-d日} 前（含当日）组织，并提前通知时间、地点。")
    return row


def tell_department(act: Action, hearing: Hearing, title: str, text: str, *, ended: bool = False) -> None:
    """Who has the item in hand, of what came from home or at a counter: it has to hold it in time, or need not come. Of an item that
    `ended` nobody has it any more: all who may have ordered the hearing."""
    case, member = hearing.application, hearing.member
    tell(
        act,
        users=[pk for pk in concerned(case, None if ended else member, member.department_id) if pk != act.by.id],
        kind="case",
        title=f"{title}：{case.number}",
        text=f"“{member.name}”：{text}",
        root_id=case.pk,
        key=f"hearing:{hearing.pk}:{case.chain_seq}",
    )


def demand_askable(hearing: Hearing, who: str = "", name: str = "", others: list[str] | None = None) -> None:
    """Raises WrongState where this hearing can no longer be asked for (by him), saying why. `others`: who else asked, where it is
    known."""
    if hearing.state == State.WAIVED or (hearing.state == State.TOLD and today() > hearing.request_by):
        raise WrongState(
            f"申请听证的期限（{hearing.request_by:%Y年%-m月%-d日}）已过，视为放弃听证（行政许可法第四十七条）。"
        )
    again = hearing.state == State.CALLED_OFF and bool(hearing.request_by) and today() <= hearing.request_by
    if hearing.state in Hearing.PENDING and hearing.request_by and today() <= hearing.request_by:
        if who == Hearing.Who.THIRD_PARTY:
            again = name not in hearing.requester.split("、")
        else:
            again = who not in {hearing.requested_by, *(joined(hearing) if others is None else others)}
    if hearing.state != State.TOLD and not again:
        raise WrongState(f"这个事项的听证是“{hearing.get_state_display()}”，不用再申请。")
    if hearing.member.state not in Member.UNDECIDED:
        raise WrongState("这个事项已经作出决定或者已经结束，不能再申请听证。")


def joined(hearing: Hearing) -> list[str]:
    """Who else asked for it since it was asked for, in the order of the journal."""
    return joined_of([hearing])[hearing.pk]


def joined_of(hearings: list[Hearing]) -> dict[int, list[str]]:
    """The same of all hearings of one case, in one statement, none where nothing is ahead: {key of a hearing: [who]}."""
    told: dict[int, list[str]] = {one.pk: [] for one in hearings}
    ahead = [one for one in hearings if one.state in Hearing.PENDING]
    if not ahead:
        return told
    rows = Event.objects.filter(chain=ahead[0].application.chain, subject_type="hearing")
    rows = rows.filter(subject_id__in=[str(one.pk) for one in ahead], name__in=("hearing.request", "hearing.join"))
    for key, name, who in rows.order_by("seq").values_list("subject_id", "name", "facts__who"):
        if name == "hearing.request":
            told[int(key)].clear()
        else:
            told[int(key)].append(who)
    return told


def waive_hearing(*, member: int) -> bool:
    """The days to ask have passed in silence. False when somebody asked."""
    with action(SYSTEM) as act:
        found = Hearing.objects.filter(member=member).values_list("pk", flat=True).first()
        if found is None:
            return False
        row, subject = with_member(act, Hearing, found)
        if row.state != State.TOLD or today() <= row.request_by:
            return False
        act.move(row, "waive")
        stop_clocks(act, root_id=row.application_id, subjects=[subject], kinds=("hearing_request",), on=today())
        tell_department(act, row, "没有人申请听证", "申请听证的期限已过，可以提出审查意见了。")
    return True


def call_hearing(
    *, by: Actor, job: int, at: datetime, place: str, presider: str, reason: str = "", seen: str = ""
) -> Hearing:
    """听证通知书 with time and place, so many working days ahead as the law wants (XKF 48(1)); again when it must be moved.

    Where the law requires a hearing it begins here; for any other item without a request the agency says which public
    interest is at stake (XKF 46). `seen` = what was notified when the page was opened (`announced`): raises WrongState where that is
    another by now. Raises Refused for a day that is too soon, or later than the request allows.
    Another presider alone is named until the hearing begins.
    """
    presider = plain_name(presider)  # compared with the names of the staff, which are written so
    errors = [
        Refused(f"hearing.{field}", sentence, field)
        for field, value, sentence in (
            ("place", place, "请写明听证的地点。"),
            ("presider", presider, "请写明主持人；审查该申请的工作人员不能主持（行政许可法第四十八条）。"),
        )
        if not value.strip()
    ]
    raise_all(errors)
    with action(by) as act:
        row, member = in_hand(act, job)
        hearing = getattr(member, "hearing", None)
        fresh = hearing is None
        if fresh:
            hearing = _opened(row, member, reason)
        hearing.application = row.application
        demand_callable(member)
        if hearing.state == State.CALLED and (hearing.at, hearing.place, hearing.presider) == (at, place.strip(), presider):
            raise WrongState("听证通知书已经按这个时间、地点和主持人出具，不用再通知；要改期的，写新的时间、地点。")
        if seen and seen != announced(None if fresh else hearing):
            raise WrongState("您打开页面以后，这次听证的安排有变化，您填的没有通知出去。请看过现在的安排，还要改的，再提交。")
        if hearing.state != State.CALLED or (hearing.at, hearing.place) != (at, place.strip()) or at <= now():
            _demand_day(act, hearing, at)  # time and place are notified so many days ahead; another may preside any day (XKF 48)
        if presider in (by.name, row.assignee.name):  # also while another stands in for who has it in hand
            raise Refused(
                "hearing.presider",
                "审查该申请的工作人员不能主持听证，请另行指定主持人（行政许可法第四十八条）。",
                "presider",
            )
        given = {"at": at, "place": place.strip()}
        moved = [name for name, new in {**given, "presider": presider}.items() if getattr(hearing, name) != new]
        hearing.presider = presider
        if fresh:
            act.bear([hearing], [("call", given)])
        else:
            again = hearing.state == State.CALLED
            put_off = again and "at" in moved
            act.move(hearing, "call", facts={"put_off": put_off, **({"changed": moved} if again and not put_off else {})}, **given)
            act.save(hearing, "presider")
            for old in current_of_members(row.application_id, [member.pk], ["hearing_notice"]):
                void_document(act, old.pk, reason=f"听证{'改期' if put_off else '的安排有变化'}，以新的通知书为准")
        paper = papers_review.hearing_notice(hearing, by)
        queue_documents(act, [papers.spec("hearing_notice", row.application, paper, member=member)])
    return hearing


def announced(hearing: Hearing | None) -> str:
    """A mark of time, place and presider as they are notified: by it a page says what it showed."""
    held = hearing is not None and hearing.state == State.CALLED
    told = [hearing.at.astimezone(BEIJING).isoformat(), hearing.place, hearing.presider] if held else []
    return sha256(text(told).encode()).hexdigest()[:16]


def demand_callable(member: Member) -> None:
    """Raises WrongState where time and place of its hearing are not to be notified, saying what became of it."""
    hearing = getattr(member, "hearing", None)
    if member.hearing_held_on:
        raise WrongState(f"已于{member.hearing_held_on:%Y年%-m月%-d日}听证，不用再通知；请根据听证笔录提出审查意见。")
    if hearing is None:
        return
    if hearing.state == State.WAIVED or (hearing.state == State.TOLD and today() > hearing.request_by):
        raise WrongState("没有人在期限内申请听证，不需要再组织。")
    if hearing.state == State.CALLED_OFF and hearing.ground == Ground.INTEREST:
        raise WrongState("听证申请已经撤回，不需要再组织；期限内又有人申请的，先登记申请。")
    if hearing.state == State.TOLD:
        raise WrongState(
            f"申请听证的期限到{hearing.request_by:%Y年%-m月%-d日}，还没有人申请；收到申请以后再通知时间、地点。"
        )


def soonest_day(node: str, found: Shelf) -> date:
    """The first day on which a hearing that is notified today may be held (XKF 48(1))."""
    return found.calendar(node).add_working_days(today(), found.rule("hearing_notice", today()).value).due


def _opened(job: Job, member: Member, reason: str) -> Hearing:
    required = bool(member.definition.get("hearing_required"))
    if not required and len(reason.strip()) < 4:
        raise Refused("hearing.reason", "没有人申请的，请写明涉及什么公共利益、为什么要听证（至少 4 个字）。", "reason")
    demand_printable(reason, "reason")
    return Hearing(
        application=job.application,
        member=member,
        ground=Ground.REQUIRED if required else Ground.PUBLIC,
        interest=reason.strip(),
    )


def _demand_day(act: Action, hearing: Hearing, at: datetime) -> None:
    if at.tzinfo is None:
        raise Refused("hearing.at", "请写明听证的日期和时间。", "at")
    day, found = beijing_date(at), shelf_held(act)
    ahead = found.rule("hearing_notice", today()).value
    earliest = soonest_day(hearing.application.node_id, found)
    if day < earliest:
        raise Refused(
            "hearing.too_soon",
            f"听证应当在举行的 {ahead} 个工作日前通知（行政许可法第四十八条），最早可以定在{earliest:%Y年%-m月%-d日}。",
            "at",
        )
    last = hearing.hold_by
    if day > today() + FARTHEST:
        raise Refused("hearing.too_late", f"{day:%Y年%-m月%-d日}在一年以后，请核对年份。", "at")
    if last and day > max(last, earliest):  # who notifies too late holds it as soon as the notice allows
        raise Refused(
            "hearing.too_late",
            f"收到听证申请后应当限期组织（行政许可法第四十七条），最晚定在{max(last, earliest):%Y年%-m月%-d日}。",
            "at",
        )


def record_hearing(*, by: Actor, job: int, held_on: date, record: str) -> Job:
    """It was held, at the time that was notified; its record decides (XKF 48).
    Raises Refused for another day than was notified, and without the record's words."""
    if len(record.strip()) < 10:
        raise Refused("hearing.record", "请写明听证的主持人、参加人和笔录要点（至少 10 个字）。", "record")
    with action(by) as act:
        row, member = in_hand(act, job)
        demand_recordable(member)
        hearing = member.hearing
        hearing.application = row.application
        notified = beijing_date(hearing.at)
        if held_on != notified or now() < hearing.at:
            raise Refused(
                "hearing.date",
                f"听证通知书定在{hearing.at.astimezone(BEIJING):%Y年%-m月%-d日 %H:%M}{'，还没有到' if now() < hearing.at else ''}；要改期的，请重新通知。",
                "held_on",
            )
        act.move(hearing, "hold", on=held_on, facts={"record": record.strip()})
        hearing.record, member.hearing_held_on = record.strip(), held_on
        act.save(hearing, "record")
        act.save(member, "hearing_held_on")
        if hearing.hold_by and held_on > hearing.hold_by:
            catch_up(act, row.application_id, member, "hearing_hold")
        stop_clocks(act, root_id=row.application_id, subjects=[member], kinds=("hearing_hold",), on=held_on)
        begun = _stands_still_since(member) if member.state == Member.State.PAUSED else None
        if begun is not None:  # on the day itself, or later by a notice that came after it
            resume(by=by, job=job, on=max(held_on, begun), result="听证已经举行。")
    return row


def demand_recordable(member: Member) -> None:
    """Raises WrongState where there is no hearing of which a record is to be entered."""
    hearing = getattr(member, "hearing", None)
    if hearing is not None and hearing.state == State.HELD:
        raise WrongState("听证笔录已经登记，不用再登记。")
    if hearing is None or hearing.state != State.CALLED:
        raise WrongState("还没有通知听证的时间、地点，请先出具听证通知书（行政许可法第四十八条）。")


def _stands_still_since(member: Member) -> date | None:
    """The first day of the special procedure that its hearing is, while that is open."""
    open_pauses = Pause.objects.filter(root_id=member.application_id, subject_id=member.pk, ended_on__isnull=True)
    return open_pauses.filter(ground="hearing").values_list("notified_on", flat=True).first()


def _about(member: Member, kind: str) -> dict:
    return {
        "kind": kind,
        "subject": member,
        "root_id": member.application_id,
        "region": member.application.node_id,
        "department": member.department_id,
    }
