"""Words between the departments of a visit: who organises it asks for the others' time and moves days in their diaries; he hears when it is his turn."""

from __future__ import annotations

from collections.abc import Iterable

from apps.directory.actions import tell
from apps.journal.door import Action
from apps.journal.models import Event
from apps.kit.days import day_cn

from ..models import Inspection, InspectionPart, Member
from ..queries_clocks import concerned

OPENS = "点开看。"


def awaited(row: Inspection) -> bool:
    """Whether the applicant reckons with it: with the day he was notified of, or, where that was put off, with the next one, of which he
    was to hear."""
    notified = Event.objects.filter(chain=row.application.chain, name="inspection.notify", subject_id=str(row.pk))
    return row.state == Inspection.State.NOTIFIED or notified.exists()


def tell_others(act: Action, row: Inspection, parts: Iterable[InspectionPart], title: str, text: str) -> None:
    """To all of these but the organiser, whose act it is."""
    _tell(act, row, [part for part in parts if part.department_id != row.organiser_id], title, text)


def tell_organiser(act: Action, row: Inspection, parts: Iterable[InspectionPart]) -> None:
    """The visit fell to it with what the department before it gave away."""
    own = [part for part in parts if part.department_id == row.organiser_id]
    _tell(act, row, own, "踏勘改由本部门组织", f"原来组织的部门不再承办，踏勘现在是“{row.get_state_display()}”，以后由本部门安排、登记；")


def tell_organiser_who_joins(act: Action, row: Inspection, parts: Iterable[InspectionPart], joining: list[Member]) -> None:
    """Another item has begun that is to be looked at on the same visit; its department may ask for another day."""
    own = [part for part in parts if part.department_id == row.organiser_id]
    names, offices = "、".join(one.name[:30] for one in joining[:3]), "、".join(dict.fromkeys(one.department.label for one in joining))
    _tell(act, row, own, "又有事项参加踏勘", f"“{names}”也要踏勘，由{offices}一起去；")


def tell_who_fixes_the_day(act: Action, row: Inspection, parts: Iterable[InspectionPart]) -> None:
    """Nobody else may fix it, and the last answer came from another department; the decision's time runs until the applicant is told."""
    own = [part for part in parts if part.department_id == row.organiser_id]
    _tell(act, row, own, "各部门都报了踏勘时间", "请确定踏勘的时间和地点，通知申请人；")


def tell_who_arranges_the_second_look(act: Action, row: Inspection, parts: Iterable[InspectionPart]) -> None:
    """Only the organiser may appoint it, and the list came by another department's conclusion, or by its silence."""
    own = [part for part in parts if part.department_id == row.organiser_id]
    _tell(act, row, own, "整改后请安排复查", f"申请人应当在 {day_cn(row.rectify_by)} 前（含当日）整改，已经改好的可以提前复查；")


def tell_who_is_visited_anew(act: Action, row: Inspection, parts: Iterable[InspectionPart]) -> None:
    """The second look was called off, as all whom it was for have left: what these wait for, or had asked late, nobody looks at any more."""
    _tell(act, row, parts, "复查取消，请另行安排踏勘", "参加复查的事项都不再参加，复查取消；本部门没有出具结论，或者要求整改的还没有复查，请另行安排踏勘；")


def tell_who_stays_away(act: Action, row: Inspection, parts: list[InspectionPart], over: str) -> None:
    """What it was to look at is `over`: no work that would show it lies with anybody any more."""
    _tell(act, row, parts, "不用再去踏勘", f"{row.when}的踏勘，本部门的事项已经{over}；", ended=True)


def _tell(act: Action, row: Inspection, parts: Iterable[InspectionPart], title: str, text: str, *, ended: bool = False) -> None:
    """Place and reason stand behind the link: they may name a home, or a person."""
    pks = [] if ended else [pk for part in parts for pk in part.members]
    members = {one.department_id: one for one in Member.objects.filter(pk__in=pks)} if pks else {}
    case = row.application
    people = [concerned(case, members.get(part.department_id), part.department_id) for part in parts]
    tell(
        act,
        users=[pk for users in people for pk in users],
        kind="case",
        title=f"{title}：{case.number}",
        text=f"{case.name[:60]}：{text}{OPENS}",
        link=f"/review/inspections/{row.pk}/",
        root_id=case.pk,
        key=f"inspection:{row.pk}:{case.chain_seq}",
    )
