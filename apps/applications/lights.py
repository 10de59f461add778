"""Light and due day stand on member, job and application too, so that lists need no join."""

from __future__ import annotations

from apps.deadlines import pausing
from apps.deadlines.models import Clock
from apps.journal.door import Action

from . import whole
from .models import Application, Job, Member


def follow(act: Action, application: Application, member: Member, job: Job, clocks: list[Clock]) -> None:
    """After the clocks of a case turned: their copies, in the same transaction. `clocks` = pausing.case_clocks."""
    clock = pausing.clock_of(clocks, member)
    for row in (member, job):
        row.light, row.due_on = clock.light, clock.due_on
        act.save(row, "light", "due_on")
    members = [member]
    if application.plan["kind"] == "bundle":
        members = [member if other.pk == member.pk else other for other in application.members.all()]
    promise = of_the_whole(application)
    application.light = whole.light(members, promise.light if promise else "green")
    application.due_on = whole.due(members, promise.due_on if promise else None)
    act.save(application, "light", "due_on")


def of_the_whole(application: Application) -> Clock | None:
    """The running clock of a one-thing's own promise (K9)."""
    if not application.plan.get("own_limit"):
        return None
    running = Clock.objects.exclude(state=Clock.State.STOPPED)
    return running.filter(root_id=application.pk, kind=Clock.Kind.BUNDLE).first()
