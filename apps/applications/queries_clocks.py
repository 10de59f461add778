"""A clock of a case: who may see it, whom it concerns, what would become of it under supposed facts, whether its day is provisional."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import OuterRef
from django.db.models.functions import Coalesce

from apps.deadlines import queries_clocks as deadline_clocks
from apps.deadlines.models import Clock, Pause
from apps.deadlines.queries import calendar, shelf
from apps.deadlines.queries_what_if import Supposition, WhatIf, what_if
from apps.directory.queries import clerks_at, holders
from apps.journal.actor import Actor
from apps.kit.errors import DomainError, NotYours
from apps.kit.time import today

from . import policy, powers, sight
from .models import Application, InspectionPart, Job, Member, Opinion
from .queries import NOBODYS, get, needs

INNER = (Clock.Kind.STEP, Clock.Kind.CONSULTATION)  # limits inside the house: the applicant is told of none of them
COUNTED_ANEW = "情形更正后增加了事项，整件的承诺期限重新计算"  # why the clock of the whole stopped while the case runs on


def clock(actor: Actor, pk: int) -> tuple[Clock, Application]:
    """A clock of a case that the actor may see. Raises NotYours."""
    row = Clock.objects.with_intervals().filter(pk=pk).first()
    case = get(actor, row.root_id if row else NOBODYS)
    if row.subject_type in Clock.BESIDE:
        raise NotYours
    if row.kind in INNER and actor.kind == "person":
        raise NotYours
    if row.subject_type == "member":
        members = list(case.members.select_related("commitment"))
        know = sight.needs(actor, case, members)
        if know is not None and not any(m.pk == row.subject_id and m.code in know for m in members):
            raise NotYours
    elif row.subject_type in ("opinion", "inspectionpart"):
        members = []
        if needs(actor, case) is not None and {post.department for post in actor.posts}.isdisjoint(_concerns(row, case)):
            raise NotYours
    elif row.kind == Clock.Kind.BUNDLE:
        members = list(case.members.all())
    else:
        members = []
    whole = Clock.objects.filter(root_id=case.pk, kind=Clock.Kind.BUNDLE, pk__gt=row.pk) if row.kind == Clock.Kind.BUNDLE else None
    row.closing = closing(row, case, members, replaced=whole is not None and whole.exists())
    return row, case


def _concerns(row: Clock, case: Application) -> set[str]:
    """The departments that know of an opinion, or of a visit."""
    if row.subject_type == "opinion":
        one = Opinion.objects.select_related("consultation__member").get(pk=row.subject_id)
        return {one.department_id, one.consultation.asker_id, one.consultation.member.department_id, case.lead}
    visit = InspectionPart.objects.select_related("inspection").get(pk=row.subject_id).inspection
    return {visit.organiser_id, *visit.departments}


def closing(row: Clock, case: Application, members: Iterable[Member], *, replaced: bool = False) -> str:
    """Why a clock stopped without that for which it ran; "" where it was done, or runs on. The members come with their commitments.
    `replaced`: the case has a later clock of the same kind, as only the whole's promise is counted anew."""
    K = Clock.Kind
    if row.state != Clock.State.STOPPED:
        return ""
    if row.kind == K.NOTICE:
        gone = case.state in (case.State.WITHDRAWN, case.State.VOIDED) and not case.accepted_on and not case.cure_by
        return f"{case.get_state_display()}，没有再受理或者告知" if gone else ""
    if row.kind == K.BUNDLE and replaced:
        return COUNTED_ANEW
    if row.kind == K.BUNDLE:
        return "" if any(member.decision for member in members) else "没有作出决定，办件已经结束"
    member = next((m for m in members if row.subject_type == "member" and m.pk == row.subject_id), None)
    if member is None:
        return ""
    if row.kind == K.DECISION and member.state in Member.ENDED:
        return f"{member.get_state_display()}，没有作出决定"
    if row.kind == K.DECISION and member.decision and member.decided_by_id is None:
        return "没有作出决定，依法视为准予延续"
    if row.kind == K.DELIVERY and member.revoked_on and not member.served_on:
        return "决定已经撤销，没有送达"
    return ""


@dataclass(frozen=True, slots=True)
class Asked:
    clock: Clock
    application: Application
    answer: WhatIf
    why_rejected: str  # the legal sentence when the extension would not hold
    cap: int | None  # days by which the item may be extended; None where nothing can be
    unit: str  # of those days


def may_suppose(actor: Actor, row: Clock, application: Application) -> bool:
    """For showing the way to it."""
    try:
        policy.allow_what_if(actor, row, application)
    except DomainError:
        return False
    return row.state != Clock.State.STOPPED


def suppose(actor: Actor, pk: int, supposed: Supposition) -> Asked:
    """Raises NotYours, Forbidden, WrongState (the clock has stopped) and Refused."""
    row, application = clock(actor, pk)
    policy.allow_what_if(actor, row, application)
    found, power = shelf(), None
    if row.kind == Clock.Kind.DECISION:
        member = application.members.get(pk=row.subject_id)
        member.application = application
        power = powers.to_extend(member, found)
    answer = what_if(row, supposed, cap=power.cap if power else 0, found=found)
    why_rejected = power.refusal(answer.rejected, row).message if answer.rejected and power else ""
    return Asked(row, application, answer, why_rejected, power.cap if power else None, power.unit if power else "")


def member_of(row: Clock) -> Member | None:
    """The member that a clock runs on; None: it runs on the whole application, or on a visit."""
    if row.subject_type == "member":
        return Member.objects.get(pk=row.subject_id)
    if row.subject_type == "opinion":
        return Opinion.objects.select_related("consultation__member").get(pk=row.subject_id).consultation.member
    if row.subject_type == "job":
        return Job.objects.select_related("member").get(pk=row.subject_id).member
    return None


def concerned(row: Application, member: Member | None, department: str = "") -> list[int | None]:
    """Who has the work in hand and answers for it; what nobody has claimed yet, or lies with one who is away, is told to the
    department's reviewers, as is what another `department` than the member's has to do; of what it has handed back the heads alone,
    who answer for it until it is sent on. What lies with no department, the clerk; where none took it in, or he is away, all of that counter."""
    own = member.department_id if member else ""
    department = department or own
    if not department:
        clerks = clerks_at(row.node_id, row.region_id)
        return [row.clerk_id] if row.clerk_id in clerks else clerks
    heads, reviewers = (holders(role, department=department) for role in ("head", "reviewer"))
    job = Job.objects.filter(member=member).exclude(state=Job.State.CLOSED).first() if member else None
    if department == own and (job is None or job.state == Job.State.MISROUTED):
        return heads
    known = department == own and job.assignee_id in reviewers
    return [*heads, job.assignee_id] if known else heads + reviewers


def routing(row: Clock) -> bool:
    """Is what a clock counts handed back by its department, so that it waits for who sends it on?"""
    return row.subject_type == "member" and Job.objects.filter(member=row.subject_id, state=Job.State.MISROUTED).exists()


def expected(region: str, pauses: list[Pause]) -> list[Pause]:
    """These special procedures, each with the day `expected_on` which its notice let expect its end, and whether it is `past`."""
    days = calendar(region=region) if pauses else None
    for one in pauses:
        one.expected_on = days.add_working_days(one.notified_on, one.expected_days).due
        one.past = one.expected_on < today()
    return pauses


def provisional_of_member(pk: OuterRef) -> Coalesce:
    return deadline_clocks.provisional(kind=Clock.Kind.DECISION, subject_type="member", subject_id=pk)


def provisional_of_case() -> Coalesce:
    """The clock whose day stands on the application."""
    kinds = (Clock.Kind.DECISION, Clock.Kind.BUNDLE)
    return deadline_clocks.provisional(root_id=OuterRef("pk"), kind__in=kinds, due_on=OuterRef("due_on"))
