"""The department's own steps inside the promise: first the reviewers' share, then the head's. They warn, and bind nobody outside."""

from __future__ import annotations

from datetime import date

from apps.deadlines.actions import ClockSpec, start_clocks, stop_clocks
from apps.journal.door import Action

from ..models import Application, Member

REVIEW, HEAD = ("reviewer", "inspector"), ("head",)


def begin_step(act: Action, application: Application, member: Member, roles: tuple[str, ...], *, on: date) -> None:
    """The clock of these roles' steps, as many days as the plan gives them together; nothing where it gives none.

    A step that comes back to the reviewer begins anew: how often it was sent back is told by the story, not by this clock.
    """
    definition = member.definition
    steps = [step for step in definition["steps"] if step["role"] in roles]
    days = sum(step.get("days", 0) for step in steps)
    if not days:
        return
    promise = definition["promised_limit"]
    spec = ClockSpec(
        kind="step",
        subject=member,
        root_id=application.pk,
        region=application.node_id,
        department=member.department_id,
        started_on=on,
        promised={"days": days, "unit": promise["unit"]},
        facts={
            "step": "、".join(step["name"] for step in steps),
            "promise": {"from": member.accepted_on.isoformat(), "n": promise["days"], "unit": promise["unit"]},
        },
    )
    start_clocks(act, [spec])


def change_step(act: Action, application: Application, member: Member, roles: tuple[str, ...], *, on: date) -> None:
    """One step is done, the next begins."""
    stop_clocks(act, root_id=application.pk, subjects=[member], kinds=("step",), on=on)
    begin_step(act, application, member, roles, on=on)
