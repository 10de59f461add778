"""Doors for events of the rooms below. Each re-reads, asks whether it is still needed, and calls an action."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from apps.deadlines.models import Clock
from apps.journal.models import Event
from apps.kit.errors import Later

from . import actions, lights, whole
from .models import Application, Commitment, Consultation, Hearing, InspectionPart, Job, Member, Opinion
from .telling import FETCH

# The row that carries a clock's day too, found by the clock's subject: doors, lists and late answers go by it.
CARRIES = {
    "notice": ((Application, "pk", "notice_due"),),
    "hearing_request": ((Hearing, "member", "request_by"),),
    "hearing_hold": ((Hearing, "member", "hold_by"),),
    "consultation": ((Opinion, "pk", "due_on"), (Consultation, "opinions", "due_on")),
    "inspection": ((InspectionPart, "pk", "due_on"),),
    "commitment": ((Commitment, "member", "inspect_by"),),
}


def clock_lapsed(event: Event) -> None:
    """The day after a clock's last day: the law's consequence of silence."""
    clock = Clock.objects.get(pk=event.root_id)
    if clock.kind == "notice":
        actions.deem_accepted(application=clock.root_id)
    elif clock.kind == "cure":
        actions.lapse(application=clock.root_id)
    elif clock.kind == "gap":
        actions.revoke_for_gap(member=int(clock.subject_id))
    elif clock.kind == "inspection":
        actions.miss_conclusion(part=int(clock.subject_id))
    elif clock.kind == "consultation":
        actions.miss_opinion(opinion=int(clock.subject_id))
    elif clock.kind == "renewal":
        actions.renewal_at_expiry(application=clock.root_id)
    elif clock.kind == "hearing_request":
        actions.waive_hearing(member=int(clock.subject_id))
    elif clock.kind == "review_cure":
        actions.expire_in_review(member=int(clock.subject_id))


def tell_parties(event: Event) -> None:
    """The applicant, who files for him and who stands for him by law learn what happened, each once."""
    actions.tell_parties(event=event)


def reviewer_leaves(event: Event) -> None:
    """A post ends, or an account is locked, with work in hand."""
    actions.tell_work_left(event=event)


def offer_changed(event: Event) -> None:
    """An item or one-thing is not to be applied for from a day on, or is again."""
    actions.tell_of_offer(event=event)


def calendar_changed(event: Event) -> None:
    """A hearing or a visit may be fixed for a day that is none any more, and a visit's answers be due on another."""
    actions.redate_replies(event=event)
    actions.tell_of_closed_days(event=event)


def answered_late(event: Event) -> None:
    """The scanner answered for a file after the last day by which it had to come: what is complete is handed in as of its day, what
    is not has its consequence now."""
    application = int(event.root_id)
    if not actions.resubmit_for_scanner(application=application, on=date.fromisoformat(event.facts["on"])):
        actions.end_for_scanner(application=application)
    with suppress(Later):  # of another file, whose answer comes here as well
        actions.renewal_at_expiry(application=application)


def deadline_moved(event: Event) -> None:
    """A changed calendar moved an open clock's day. A day that an open pause has taken away is told when it is back."""
    old, new = event.facts["old"].get("due_on"), event.facts["new"].get("due_on")
    if old and new and "recount" in event.facts:
        clock = Clock.objects.get(pk=event.root_id)
        if clock.subject_type in Clock.BESIDE:
            return
        days = {"old": date.fromisoformat(old), "new": date.fromisoformat(new)}
        actions.redate(clock=clock, facts=event.facts, **days)


def light_changed(event: Event) -> None:
    """Light and due day of a clock stand on its member, job and application too, so that lists need no join."""
    root = Clock.objects.values_list("root_id", flat=True).get(pk=event.root_id)
    application = Application.objects.select_for_update().get(pk=root)
    clock = Clock.objects.get(pk=event.root_id)  # under the case's lock: who held it may have turned the clock
    if carried := CARRIES.get(clock.kind):
        about = {"kind": clock.kind, "subject_type": clock.subject_type, "subject_id": clock.subject_id}
        same = Clock.objects.filter(root_id=root, **about)  # by the case: a subject's stopped clocks stand in no index
        on = same.latest("pk").due_on  # it may have stopped and begun anew before this was delivered
        for model, subject, day in carried:
            model.objects.filter(**{subject: clock.subject_id}).update(**{day: on})
    if clock.kind == "consultation" and event.name in ("clock.turn_yellow", "clock.turn_red"):
        actions.remind_opinion(clock=clock)
    if clock.kind == "delivery" and clock.light in FETCH:
        actions.remind_to_fetch(clock=clock)
    if clock.kind == "decision":
        carried = {"light": clock.light, "due_on": clock.due_on}
        if clock.state == Clock.State.STOPPED and clock.due_on is None:
            del carried["due_on"]  # decided while it stood still: what decided it has said by which day
        Member.objects.filter(pk=clock.subject_id).update(**carried)
        Job.objects.filter(member=clock.subject_id).exclude(state=Job.State.CLOSED).update(**carried)
    elif clock.kind != "bundle":
        return
    members = list(Member.objects.filter(application=clock.root_id).only("state", "light", "due_on"))
    promise = lights.of_the_whole(application)
    Application.objects.filter(pk=clock.root_id).update(
        light=whole.light(members, promise.light if promise else "green"),
        due_on=whole.due(members, promise.due_on if promise else None),
    )
