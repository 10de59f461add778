"""A changed calendar moved a day: it stands in the case's story, and those whom it concerns are told."""

from __future__ import annotations

from datetime import date
from typing import Any

from apps.deadlines.models import Clock
from apps.directory import queries as directory
from apps.directory.actions import tell
from apps.journal.actor import SYSTEM
from apps.journal.door import action
from apps.kit.days import day_cn

from ..models import Application
from ..queries_clocks import INNER, concerned, member_of
from ..telling import told


def redate(*, clock: Clock, old: date, new: date, facts: dict[str, Any]) -> None:
    """`facts` are those of `clock.recompute`: why the day moved, and by which recount. Once per clock and recount."""
    with action(SYSTEM) as act:
        row = act.lock(Application, clock.root_id)
        inner = clock.kind in INNER
        member = member_of(clock)
        given = {"clock": clock.pk, "kind": clock.kind, "label": clock.get_kind_display()}
        if clock.kind in ("inspection", "consultation"):  # each department has one, and who takes no part in a visit knows of none
            given |= {"item": directory.department(_whose(row, clock)).label, "about": f"{clock.subject_type}:{clock.subject_id}"}
        elif member and row.plan["kind"] == "bundle":  # several items have such a limit
            given["item"] = member.name
        act.record(row, "redate_step" if inner else "redate", **given, old=old, new=new, why=facts["why"])
        moved = "提前" if new < old else "推后"
        tell(
            act,
            users=concerned(row, member, _whose(row, clock)),
            parties=() if inner else told(row),
            kind="deadline",
            title=f"期限{moved}：{row.number}",
            text=f"“{member.name if member else row.name}”的{given['label']}由{day_cn(old)}改为{day_cn(new)}。原因：{facts['why']}。",
            root_id=row.pk,
            key=f"recount:{facts['recount']}:{clock.pk}",
        )


def _whose(row: Application, clock: Clock) -> str:
    """The department that owes it, where it is not simply the member's: who was asked, who has to conclude a visit, who leads."""
    if clock.kind == "bundle":
        return row.lead
    return clock.department if clock.kind in ("consultation", "inspection") else ""
