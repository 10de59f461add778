"""Light and due day stand on member, job and application too, so that lists need no join."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from apps.deadlines import pausing
from apps.deadlines.models import Clock
from apps.journal.door import Action

from .models import Application, Job, Member

SEVERITY = {"green": 0, "yellow": 1, "red": 2, "overdue": 3}


def of_case(rows: Iterable[tuple[bool, str, date | None]]) -> tuple[str, date | None]:
    """(runs, light, due day) of each member -> the worst light of those that run, and the latest day."""
    rows = list(rows)
    worst = max((light for runs, light, _ in rows if runs), key=SEVERITY.__getitem__, default="green")
    return worst, max((due for _, _, due in rows if due), default=None)


def follow(act: Action, application: Application, member: Member, job: Job, clocks: list[Clock]) -> None:
    """After the clocks of a case turned: their copies, in the same transaction. `clocks` = pausing.case_clocks."""
    clock = pausing.clock_of(clocks, member)
    for row in (member, job):
        row.light, row.due_on = clock.light, clock.due_on
        act.save(row, "light", "due_on")
    decisions = [one for one in clocks if one.kind == Clock.Kind.DECISION]
    rows = [(one.state != Clock.State.STOPPED, one.light, one.due_on) for one in decisions]
    application.light, application.due_on = of_case(rows)
    act.save(application, "light", "due_on")
