"""What an opinion and a decision have to wait for: a hearing that is due, a day by which the applicant may still mend."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from apps.deadlines.models import Pause
from apps.journal.models import Event
from apps.kit.errors import WrongState
from apps.kit.time import beijing_date, today

from ..models import Hearing, InspectionPart, Job, Member
from .quarantine import came_in_time

State = Hearing.State

TO_BE_EXAMINED = ("application.supply_gap", "application.amend", "reviewsupplement.take", "reviewsupplement.mend", "opinion.answer")


def demand_decidable(job: Job, member: Member) -> None:
    """Raises WrongState where there is nothing to decide (any more), or not yet."""
    if member.decided_on:
        said = "不予" if member.decision == "refused" else "准予"
        raise WrongState(f"已于{member.decided_on:%Y年%-m月%-d日}作出{said}的决定，不能再作决定。")
    if member.state in Member.ENDED:
        raise WrongState(f"这个事项已经结束（{member.get_state_display()}），不用再作决定。")
    if member.state == Member.State.PAUSED:
        raise WrongState("特别程序还没有结束，不能作出决定；请先登记特别程序结束。")
    if member.gap_open and today() > member.gap_cure_by:  # the law's consequence, whether or not the sweep has come
        raise WrongState(
            f"容缺补齐期限（{member.gap_cure_by:%Y年%-m月%-d日}）已过：没有补齐的依法撤销受理，不再作决定；由系统登记，请稍后刷新。"
        )
    if job.state != Job.State.CONCLUDED:
        raise WrongState("审查意见还没有提交，或者已退回重审；请等承办人提交意见。")


def demand_promise_in_time(member: Member) -> None:
    """Raises WrongState where the law has ended the item with the last day of what was promised, whether or not the sweep has come: the
    applicant would be told of days that there are not any more."""
    if promise_over(member):
        raise WrongState(f"容缺补齐期限（{member.gap_cure_by:%Y年%-m月%-d日}）已过：没有补齐的依法撤销受理，由系统登记，请稍后刷新。")


def demand_promises_in_time(members: Iterable[Member]) -> None:
    """The same of a whole case: what the law has ended is not taken back or terminated beside the rest. It has ended nothing while
    what came by the last day waits for the scanner."""
    for member in members:
        if member.state in Member.UNDECIDED and promise_over(member) and not came_in_time(member.application, member.gap_cure_by):
            demand_promise_in_time(member)


def promise_over(member: Member) -> bool:
    return member.gap_open and today() > member.gap_cure_by


def demand_visit_in_time(parts: list[InspectionPart]) -> None:
    """The same of a visit, where the law has ended all that it would look at."""
    visited = list(Member.objects.filter(pk__in=[pk for part in parts for pk in part.members], state__in=Member.UNDECIDED))
    if visited and all(map(promise_over, visited)):
        demand_promise_in_time(visited[0])


def demand_heard(member: Member) -> None:
    """Raises WrongState while a hearing is due: an opinion and a decision rest on its record (XKF 46-48)."""
    hearing = getattr(member, "hearing", None)
    if member.hearing_held_on:
        return
    if member.definition.get("hearing_required") and (hearing is None or hearing.state != State.CALLED):
        raise WrongState("这个事项作出决定前必须听证，还没有通知和举行（行政许可法第四十六条）。")
    if hearing is None:
        return
    if hearing.state in (State.TOLD, State.CALLED_OFF) and hearing.request_by and today() <= hearing.request_by:
        raise WrongState(
            f"已告知听证权利，申请期限到{hearing.request_by:%Y年%-m月%-d日}；期限届满前不能作出决定（行政许可法第四十七条）。"
        )
    if hearing.state == State.REQUESTED:
        raise WrongState(
            f"已有人申请听证，应在 {hearing.hold_by:%Y年%-m月%-d日} 前（含当日）组织；听证以前不能作出决定（行政许可法第四十七条）。"
        )
    if hearing.state == State.CALLED:
        raise WrongState("听证已经通知、还没有举行；应当根据听证笔录作出决定（行政许可法第四十八条）。")


def presides(member: Member, name: str) -> str:
    """Why who is called so does not examine it, "" where he may: he presides, or presided, over its hearing (XKF 48)."""
    hearing = getattr(member, "hearing", None)
    if hearing is None or hearing.presider != name or hearing.state not in (State.CALLED, State.HELD):
        return ""
    return f"{name}是这个事项听证的主持人，主持听证的人不能审查该申请（行政许可法第四十八条），请另选一人。"


def demand_hearing_opened(member: Member) -> None:
    """Raises WrongState where no hearing is asked for or notified: only then its time may be left out (XKF 45)."""
    hearing = getattr(member, "hearing", None)
    if hearing is None or hearing.state not in Hearing.PENDING:
        raise WrongState("还没有人申请听证，也没有通知听证，不能以听证为由停止计算期限。")
    if hearing.state == State.CALLED and today() > beijing_date(hearing.at):
        when = f"{beijing_date(hearing.at):%Y年%-m月%-d日}"
        raise WrongState(f"听证定在{when}，已经过了：请登记听证笔录；没有举行的，重新通知以后再进入特别程序。")


def over_on(member: Member, pause: Pause) -> date | None:
    """The day on which that was over for which this special procedure is, None while it goes on."""
    if pause.ground == "hearing":
        return member.hearing_held_on
    if pause.ground not in ("inspection", "rectification"):
        return None
    mine = {"department": member.department_id, "members__contains": [member.pk], "left": False}
    part = InspectionPart.objects.filter(inspection__application=member.application_id, **mine).order_by("-inspection", "-round").first()
    if part is None or part.open:
        return None
    if pause.ground == "rectification" and (part.round == 1 or part.result == InspectionPart.Result.RECTIFY):
        return None
    # Who lets the last day of his conclusion pass has no more time than until then, whether he concludes afterwards or not.
    over = min(day for day in (part.concluded_on, part.due_on) if day)
    return over if over >= pause.started_on else None


def demand_silence_in_time(member: Member, on: date) -> None:
    """Raises WrongState where its own department has let the day of its conclusion pass: that day has ended what rested for the visit,
    whether or not the sweep has come, and no later one that somebody enters."""
    mine = {"department": member.department_id, "members__contains": [member.pk], "left": False}
    part = InspectionPart.objects.filter(inspection__application=member.application_id, **mine).order_by("-inspection", "-round").first()
    if part and part.open and part.due_on and on > part.due_on:
        raise WrongState(f"踏勘结论的最后一日（{part.due_on:%Y年%-m月%-d日}）已过，停止计时到那一天为止，由系统登记，请稍后刷新。")


def demand_before(over: date | None, ground: str, served_on: date) -> None:
    """Raises WrongState for a notice that came when it was over: nothing is left of its time to leave out."""
    if over and served_on >= over:
        done = f"听证已于{over:%Y年%-m月%-d日}举行" if ground == "hearing" else f"踏勘所需的时间到{over:%Y年%-m月%-d日}为止"
        raise WrongState(f"{done}，在这以后送达的告知书不停止计时，请作废这份告知书。")


def came_since(member: Member, seq: str) -> bool:
    """Whether anything came after this event of its case that who examines the item has to look at."""
    if not (seq.isascii() and seq.isdigit() and len(seq) < 10):
        return False
    case = member.application
    told = Event.objects.filter(chain=case.chain, seq__gt=int(seq), name__in=TO_BE_EXAMINED)
    own = {line["material"] for line in case.listed if member.code in line["needed_by"]}
    own |= {line["element"] for line in case.form if member.code in line["needed_by"]}
    for name, pk, facts in told.values_list("name", "subject_id", "facts"):
        if name == "opinion.answer":
            if member.consultations.filter(opinions=int(pk)).exists():
                return True
        elif name == "application.amend" or not own.isdisjoint([*facts.get("materials", ()), *facts.get("fields", ())]):
            return True
    return False


def demand_answered(member: Member, choice: str) -> None:
    """Raises WrongState for a refusal before the applicant's day to mend is over; a grant needs nothing more."""
    if choice == "refuse" and member.supplement_by and today() <= member.supplement_by:
        raise WrongState(
            f"已要求申请人在 {member.supplement_by:%Y年%-m月%-d日} 前（含当日）补正，期限没有届满，不能以此前的材料作出不予决定。"
        )
