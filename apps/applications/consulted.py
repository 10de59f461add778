"""What follows from the opinions of several departments: is there a conflict, whom does a decision contradict, who may be asked."""

from __future__ import annotations

from hashlib import sha256

from apps.directory import queries as directory
from apps.directory.models import Department
from apps.kit.jsontext import text
from apps.kit.places import city_of

from .models import Consultation, Member, Opinion

Answer = Opinion.Answer


def against(opinions: list[Opinion]) -> list[Opinion]:
    """Who answered 不同意; silence is none of them."""
    return [one for one in opinions if one.answer_given == Answer.DISAGREE]


def conflict(opinions: list[Opinion]) -> bool:
    """Some agree, with conditions or without, and some do not."""
    return bool(against(opinions)) and any(one.answer_given in (Answer.AGREE, Answer.CONDITIONS) for one in opinions)


def contested(opinions: list[Opinion], decision: str) -> list[Opinion]:
    """Those who disagree, where the others agree or where the decision grants in spite of them."""
    return against(opinions) if decision == "grant" or conflict(opinions) else []


def heard(opinions: list[Opinion]) -> str:
    """A mark of what was answered: by it a page says which opinions it showed."""
    said = sorted((one.pk, one.answer_given, one.reason, one.conditions) for one in opinions if one.answer_given)
    return sha256(text(said).encode()).hexdigest()[:16]


def waits(row: Consultation, opinions: list[Opinion], decision: str) -> str:
    """Why this decision has to wait for the opinions that were asked, "" where it has not."""
    open_ones = "、".join(one.department.label for one in opinions if one.standing == Opinion.State.ASKED)
    if open_ones:
        until = f"{row.due_on:%Y年%-m月%-d日}"
        return f"已向{open_ones}征求意见，答复期限到{until}，期限届满前不能作出决定；不再需要的，可以说明理由撤回征求。"
    no = "、".join(one.department.label for one in contested(opinions, decision))
    if no and row.state != Consultation.State.RESOLVED:
        lead = directory.department(row.resolver).label
        return f"部门意见有分歧（{no}不同意），请先由{lead}写明怎样处理和理由，再作出决定。"
    return ""


def askable(member: Member) -> list[Department]:
    """Departments that may be asked: of the deciding node and of its city, without the responsible one."""
    node = directory.node_of(member.department.region_id)
    nodes = dict.fromkeys([node, city_of(node)])
    found = [one for place in nodes for one in directory.departments_at(place)]
    return [one for one in found if one.code != member.department_id]
