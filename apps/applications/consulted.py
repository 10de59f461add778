"""What follows from the opinions of several departments: is there a conflict, whom does a decision contradict, who may be asked."""

from __future__ import annotations

from apps.directory import queries as directory
from apps.directory.models import Department

from .models import Member, Opinion

Answer = Opinion.Answer


def against(opinions: list[Opinion]) -> list[Opinion]:
    return [one for one in opinions if one.answer_given == Answer.DISAGREE]


def conflict(opinions: list[Opinion]) -> bool:
    """Some agree, with conditions or without, and some do not."""
    return bool(against(opinions)) and any(one.answer_given in (Answer.AGREE, Answer.CONDITIONS) for one in opinions)


def contested(opinions: list[Opinion], decision: str) -> list[Opinion]:
    """Those who disagree, where the others agree or where the decision grants in spite of them."""
    return against(opinions) if decision == "grant" or conflict(opinions) else []


def askable(member: Member) -> list[Department]:
    """Departments that may be asked: of the deciding node and of its city, without the responsible one."""
    node = member.department.region_id[:6]
    nodes = dict.fromkeys([node, f"{node[:4]}00"])
    found = [one for place in nodes for one in directory.departments_at(place)]
    return [one for one in found if one.code != member.department_id]
