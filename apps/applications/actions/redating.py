"""A changed calendar moved a day: it stands in the case's story, and those whom it concerns are told."""

from __future__ import annotations

from datetime import date
from typing import Any

from apps.deadlines.models import Clock
from apps.directory.actions import tell
from apps.directory.queries import holders
from apps.journal.actor import SYSTEM
from apps.journal.door import action

from ..models import Application, Job, Member, Opinion

INNER = {"step", "consultation"}  # limits inside the house: the applicant was never told of them


def redate(*, clock: Clock, old: date, new: date, facts: dict[str, Any]) -> None:
    """`facts` are those of `clock.recompute`: why the day moved, and by which recount. Once per clock and recount."""
    with action(SYSTEM) as act:
        row = act.lock(Application, clock.root_id)
        inner = clock.kind in INNER
        given = {"clock": clock.pk, "kind": clock.kind, "label": clock.get_kind_display()}
        act.record(row, "redate_step" if inner else "redate", **given, old=old, new=new, why=facts["why"])
        member = _member(clock)
        moved = "提前" if new < old else "推后"
        tell(
            act,
            users=_asked(clock) if clock.kind == "consultation" else _staff(row, member),
            parties=() if inner else (row.applicant_id, row.agent_id),
            kind="deadline",
            title=f"期限{moved}：{row.number}",
            text=f"“{member.name if member else row.name}”的{given['label']}由{_cn(old)}改为{_cn(new)}。原因：{facts['why']}。",
            root_id=row.pk,
            key=f"recount:{facts['recount']}:{clock.pk}",
        )


def _member(clock: Clock) -> Member | None:
    if clock.subject_type == "member":
        return Member.objects.get(pk=clock.subject_id)
    if clock.subject_type == "opinion":
        return Opinion.objects.select_related("consultation__member").get(pk=clock.subject_id).consultation.member
    if clock.subject_type == "job":
        return Job.objects.select_related("member").get(pk=clock.subject_id).member
    return None


def _asked(clock: Clock) -> list[int]:
    """Who has to answer a consultation: the asked department, not the case's own people."""
    return [person for role in ("reviewer", "head") for person in holders(role, department=clock.department)]


def _staff(row: Application, member: Member | None) -> list[int | None]:
    """Who has the work in hand and answers for it; what nobody has claimed yet is told to the department's reviewers."""
    if member is None:
        return [row.clerk_id]
    heads = holders("head", department=member.department_id)
    job = Job.objects.filter(member=member).exclude(state=Job.State.CLOSED).first()
    if job is not None and job.assignee_id is None:
        return heads + holders("reviewer", department=member.department_id)
    return [*heads, job.assignee_id if job else None]


def _cn(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
