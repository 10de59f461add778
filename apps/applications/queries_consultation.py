"""Reads of consultations: what a department is asked, what it has asked, and what stands on a case. Scoped to who needs to know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch, Q, QuerySet

from apps.journal.actor import Actor
from apps.kit.errors import NotYours

from . import policy, sight
from .consulted import conflict
from .models import Application, Attachment, Consultation, MaterialEntry, Member, Opinion


def opinions_for(actor: Actor, *, over: bool = False) -> QuerySet[Opinion]:
    """征求我的意见: questions to the actor's departments, by ("due_on", "id"); `over`: answered ones and those done with."""
    rows = Opinion.objects.filter(department__in=sight.desks(actor))
    rows = rows.exclude(state__in=Opinion.OPEN) if over else rows.filter(state__in=Opinion.OPEN)
    return rows.select_related("application", "department", "consultation__member", "consultation__asker").defer(
        "application__plan", "application__answers"
    )


def consultations_for(actor: Actor, *, over: bool = False) -> QuerySet[Consultation]:
    """What the actor's departments have asked, or have to resolve as the lead; newest first by ("-id",)."""
    mine = sight.desks(actor)
    live = [Consultation.State.ASKED, Consultation.State.GATHERED, Consultation.State.RESOLVED]
    rows = Consultation.objects.filter(_need(mine), _involved(mine))
    rows = rows.exclude(state__in=live) if over else rows.filter(state__in=live)
    return rows.select_related("application", "member", "asker").defer("application__plan", "application__answers")


def _need(departments: list[str]) -> Q:
    return Q(asker__in=departments) | Q(member__department__in=departments) | Q(application__lead__in=departments)


def _involved(departments: list[str]) -> Q:
    """Whose work has gone to another department since he asked opens the case no more, nor what was asked about it."""
    return Q(application__departments__overlap=departments) | Q(application__lead__in=departments)


@dataclass
class Asked:
    """What an asked department sees of a case: the question, the item, and what was enclosed. Nothing else."""

    opinion: Opinion
    materials: list[MaterialEntry]  # each with its live files; empty once the question is over


def asked(actor: Actor, pk: int) -> Asked:
    """Raises NotYours for a question to another department."""
    row = (
        Opinion.objects.filter(pk=pk, department__in=sight.desks(actor))
        .select_related("application", "department", "consultation__member", "consultation__asker", "answered_by")
        .first()
    )
    if row is None:
        raise NotYours
    row.consultation.application = row.consultation.member.application = row.application
    return Asked(row, _enclosures(row) if row.consultation.state in Consultation.LIVE else [])


def asked_about(actor: Actor, application: int) -> int | None:
    """The newest question about this case to one of the actor's departments: all that there is for him of one that he does not see."""
    rows = Opinion.objects.filter(application=application, department__in=sight.desks(actor)).order_by("-pk")
    return rows.values_list("pk", flat=True).first()


def _enclosures(row: Opinion) -> list[MaterialEntry]:
    live = Attachment.objects.filter(removed_at__isnull=True)
    entries = row.application.materials.filter(code__in=row.consultation.materials)
    return list(entries.prefetch_related(Prefetch("attachments", queryset=live)))


def enclosed(actor: Actor, application: int, material: str) -> bool:
    """Was this material sent along with a question to one of the actor's departments that is not over?"""
    mine = sight.desks(actor)
    if not mine:
        return False
    rows = Opinion.objects.filter(application=application, department__in=mine)
    return rows.filter(consultation__state__in=Consultation.LIVE, consultation__materials__contains=[material]).exists()


def consultation(actor: Actor, pk: int) -> Consultation:
    """One that the actor's department asked, answers for or leads, or that he oversees; with its opinions. Raises NotYours."""
    row = (
        Consultation.objects.filter(pk=pk)
        .select_related("application", "member__department", "asker", "resolved_by")
        .first()
    )
    if row is None or not sight.sees(actor, row.application) or not _knows(actor, row):
        raise NotYours
    row.member.application = row.application
    _with_opinions([row], row.opinions.select_related("department", "answered_by"))
    return row


def _knows(actor: Actor, row: Consultation) -> bool:
    """The asker, who answers for the item, and the lead; and who oversees the case."""
    if {row.asker_id, row.member.department_id, row.application.lead} & set(sight.desks(actor)):
        return True
    return any(post.role == "supervisor" and post.oversees(row.application.node_id) for post in actor.posts)


def rows_of(application: int) -> tuple[QuerySet[Consultation], QuerySet[Opinion]]:
    """What `consultations_of` is given."""
    opinions = Opinion.objects.filter(application=application).select_related("department", "answered_by")
    return Consultation.objects.filter(application=application).select_related("asker", "resolved_by"), opinions


def consultations_of(
    actor: Actor, application: Application, members: list[Member], rows: list[Consultation], opinions: list[Opinion]
) -> list[Consultation]:
    """Of a case that the actor was shown to see: those that he needs to know, with their opinions."""
    by_key, found = {member.pk: member for member in members}, []
    for row in rows:
        row.application, row.member = application, by_key[row.member_id]
        if _knows(actor, row):
            found.append(row)
    _with_opinions(found, opinions)
    return found


def _with_opinions(rows: list[Consultation], opinions: Iterable[Opinion]) -> None:
    """`.answers` (each with its consultation) and `.conflicting` of every row."""
    for row in rows:
        row.answers = []
    known = {row.pk: row for row in rows}
    for one in opinions:
        if one.consultation_id not in known:
            continue
        one.consultation, one.application = known[one.consultation_id], known[one.consultation_id].application
        one.consultation.answers.append(one)
    for row in rows:
        row.conflicting = conflict(row.answers)
        row.disputed = any(one.answer_given == Opinion.Answer.DISAGREE for one in row.answers)


def member_to_ask(actor: Actor, pk: int) -> Member:
    """The member about which the actor may ask others. Raises NotYours and Forbidden."""
    row = Member.objects.filter(pk=pk).select_related("application", "department").first()
    if row is None:
        raise NotYours
    policy.allow_consultation(actor, "ask", Consultation(application=row.application, member=row))
    return row
