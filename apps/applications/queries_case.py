"""One whole case for its page, cut to what the actor needs of it: members, papers, clocks, remedies, story, the next step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from apps.catalog.conditions import holds
from apps.deadlines import queries as deadlines
from apps.deadlines import queries_clocks as deadline_clocks
from apps.deadlines.models import Clock
from apps.issuance import queries as documents
from apps.issuance.models import Document
from apps.journal.actor import Actor
from apps.journal.models import Event
from apps.kit.errors import NotYours
from apps.kit.together import Together, keep

from . import sight, story
from .models import (
    Application,
    Attachment,
    Cancellation,
    Commitment,
    Consultation,
    Hearing,
    Inspection,
    InspectionPart,
    Job,
    MaterialEntry,
    Member,
    Note,
    Notice,
    Renewal,
    ReviewSupplement,
)
from .models.notice import answer_key
from .next_step import next_step
from .queries import may
from .queries_clocks import INNER, closing, expected
from .queries_consultation import consultations_of
from .queries_consultation import rows_of as consultation_rows
from .queries_files import may_name_another, of_own_visit, paper_is_for


def _idle(row: Application, entry: MaterialEntry) -> bool:
    """Of a received case: a line that its filled-in form did not ask for, and to which nothing came."""
    if row.number is None or entry.state != MaterialEntry.State.MISSING or entry.attachments.all():
        return False
    line = next((line for line in row.plan["materials"] if line["material"] == entry.code), {})
    return not holds(line.get("when"), row.plan["answers"], row.answers)


@dataclass(frozen=True)
class Remedy:
    """Until when a served decision may be contested."""

    member: Member
    served_on: date
    reconsideration_by: date
    litigation_by: date
    provisional: bool  # one of the days lies in a year without a notice


@dataclass
class Case:
    """Everything that a case page shows, loaded in a fixed number of statements."""

    application: Application
    members: list[Member]
    jobs: list[Job]
    hearings: list[Hearing]
    consultations: list[Consultation]
    supplements: list[ReviewSupplement]
    commitments: list[Commitment]
    cancellations: list[Cancellation]
    renewal: Renewal | None
    remedies: list[Remedy]
    materials: list[MaterialEntry]
    notices: list[Notice]
    notes: list[Note]
    clocks: list[Clock]
    documents: list[Document]
    story: list[story.Entry]
    now: tuple[str, str, str]
    needs: frozenset[str] | None  # whose fields the actor sees (sight.needs); everything above is cut to it already
    masked: bool  # personal data: for everybody but the applicant and who acts for him today

    def may(self, actor: Actor, verb: str) -> bool:
        """Would the door let this actor do it now? For showing buttons; the door asks again."""
        return may(actor, verb, self.application)


def case(actor: Actor, pk: int) -> Case:
    """Raises NotYours for what the actor may not see. Internal notes are left out for the applicant; a department gets
    the materials, papers and clocks of its own members (need to know)."""
    if not Application.objects.filter(sight.scope(actor), pk=pk).exists():
        raise NotYours
    rows, members, materials, files, jobs, supplements, cancelled, asked, opinions, notices, notes, clocks, papers, visits, parts, events = (
        _WHOLE.of(pk)
    )
    if not rows:  # gone since
        raise NotYours
    row, staff = rows[0], actor.kind != "person"
    for one in (*members, *materials, *files, *jobs, *notices, *notes, *visits, *parts):
        one.application = row
    _tie(members, materials, files, jobs)
    mark_otherwise(members, events)
    know = sight.needs(actor, row, members)
    hidden = _hidden(row, know)
    own = {member.pk for member in members if know is None or member.code in know}
    strange = [] if know is None else _elsewhere(actor, parts)
    visits_of_others, parts_of_others = {part.inspection_id for part in strange}, {part.pk for part in strange}
    materials = [entry for entry in row.weighed(materials) if entry.code not in hidden and not _idle(row, entry)]
    jobs = jobs if staff else []
    consulted = consultations_of(actor, row, members, asked, opinions) if staff else []
    ahead = [visit for visit in visits if visit.pk not in visits_of_others]
    return Case(
        application=row,
        members=members,
        jobs=jobs,
        hearings=[member.hearing for member in members if member.pk in own and hasattr(member, "hearing")],
        consultations=consulted,
        supplements=[one for one in _with_members(supplements, row, members) if one.member_id in own],
        commitments=[m.commitment for m in members if hasattr(m, "commitment") and m.pk in own],
        cancellations=[one for one in _with_members(cancelled, row, members) if one.member_id in own],
        renewal=getattr(row, "renewal", None),
        remedies=remedies(members),
        materials=materials,
        notices=[_cut(notice, hidden) for notice in notices],
        notes=notes if staff else [],
        clocks=[clock for clock in named(clocks, row, members) if _counts_for(clock, own, parts_of_others, public=not staff)],
        documents=[
            paper
            for paper in papers
            if (staff or not may_name_another(paper))
            and (
                paper_is_for(paper, own, len(members))
                or any(entry.document_id == paper.pk for entry in materials)
                or of_own_visit(paper, own, parts)
            )
        ],
        story=story.tell(
            row,
            members,
            events,
            public=not staff,
            hidden=hidden,
            jobs=jobs,
            beside=[*supplements, *cancelled, *asked, *opinions],
            unsaid={f"consultation:{one.pk}" for one in asked} - {f"consultation:{one.pk}" for one in consulted},
            untold={*(f"inspection:{pk}" for pk in visits_of_others), *(f"inspectionpart:{pk}" for pk in parts_of_others)},
        ),
        now=next_step(row, members, clocks, ahead if _running(row) else (), events, cancelled),
        needs=know,
        masked=staff or not sight.acts(actor, row),
    )


def _tie(
    members: list[Member], materials: list[MaterialEntry], files: list[Attachment], jobs: list[Job]
) -> None:
    """What was read side by side knows each other: nothing of it is asked for again, one by one."""
    for entry in materials:
        keep(entry, "attachments", [file for file in files if file.material_id == entry.pk])
    for file in files:
        file.material = next(entry for entry in materials if entry.pk == file.material_id)
    for member in members:
        for beside in ("hearing", "commitment"):
            if hasattr(member, beside):
                getattr(member, beside).application = member.application
    for job in jobs:
        job.member = next(member for member in members if member.pk == job.member_id)


def _hidden(row: Application, know: frozenset[str] | None) -> set[str]:
    """Materials and answers that are none of the actor's business, also such as were asked for before an amendment."""
    asked, form = row.asked_ever("materials", "material"), row.asked_ever("elements", "element")
    return {code for code, line in asked.items() if not sight.needed(line, know)} | {
        answer_key(code) for code, line in form.items() if not sight.needed(line, know)
    }


def _counts_for(clock: Clock, own: set[int], parts_of_others: set[int], *, public: bool) -> bool:
    """Whether the actor reads this clock: those of opinions stand at their consultation."""
    if public and clock.kind in INNER:
        return False
    match clock.subject_type:
        case "opinion":
            return False
        case "member":
            return clock.subject_id in own
        case "inspectionpart":
            return clock.subject_id not in parts_of_others
    return True


def mark_otherwise(members: Iterable[Member], events: Iterable[Event]) -> None:
    """On each member `otherwise`: in a word how its result was served without anybody who took it, so that no page says so; "" else."""
    last = {event.subject_id: event.facts for event in events if event.name == "member.collect"}
    for member in members:
        facts = last.get(str(member.pk), {}) if member.state == Member.State.COLLECTED else {}
        member.otherwise = "已留置送达" if facts.get("left") else "已公告送达" if facts.get("noticed") else ""


def _elsewhere(actor: Actor, parts: Iterable[InspectionPart]) -> list[InspectionPart]:
    """Of visits in which none of the actor's departments takes part: they know nothing of them, in the story neither."""
    mine = {post.department for post in actor.posts if post.department}
    return [part for part in parts if mine.isdisjoint({part.inspection.organiser_id, *part.inspection.departments})]


_WHOLE = Together(
    "whole case",
    lambda pk: [
        Application.objects.filter(pk=pk).select_related(
            "applicant", "agent", "node", "region", "clerk", "acceptor", "window", "renewal"
        ),
        Member.objects.filter(application=pk).select_related(
            "department", "decided_by", "opinion_by", "hearing", "commitment"
        ),
        MaterialEntry.objects.filter(application=pk),
        Attachment.objects.filter(application=pk, removed_at__isnull=True).select_related("by"),
        Job.objects.filter(application=pk).select_related("department", "assignee").order_by("pk"),
        ReviewSupplement.objects.filter(application=pk),
        Cancellation.objects.filter(application=pk),
        *consultation_rows(pk),
        Notice.objects.filter(application=pk).order_by("pk"),
        Note.objects.filter(application=pk).select_related("by"),
        deadline_clocks.clock_rows(pk),
        documents.document_rows(pk),
        _visits_ahead(pk),
        InspectionPart.objects.filter(application=pk).select_related("inspection"),
        Event.objects.filter(chain=Application(pk=pk).chain).order_by("seq"),
    ],
)


def named(clocks: list[Clock], row: Application, members: list[Member]) -> list[Clock]:
    """Each clock with `item`: the item of a one-thing whose time it counts, of a visit the department that has to conclude, "" where
    there is only one; and with `closing`. Of what stands still is known whether it lasts longer than was told."""
    several = members if len(members) > 1 else []
    names = {member.pk: member.name for member in several}
    offices = {member.department_id: member.department.name for member in several}
    whole = max((clock.pk for clock in clocks if clock.kind == Clock.Kind.BUNDLE), default=None)
    for clock in clocks:
        clock.item = offices.get(clock.department, "") if clock.subject_type == "inspectionpart" else ""
        if clock.subject_type == "member":
            clock.item = names.get(clock.subject_id, "")
        clock.closing = closing(clock, row, members, replaced=clock.kind == Clock.Kind.BUNDLE and clock.pk != whole)
    still = [clock for clock in clocks if clock.kind == Clock.Kind.DECISION and clock.state == Clock.State.PAUSED]
    expected(row.node_id, [pause for clock in still for pause in clock.intervals.pauses if pause.holds])
    return clocks


def remedies(members: Iterable[Member]) -> list[Remedy]:
    """One for each decision that reached the applicant (Reconsideration Law art. 20, ALL art. 46). Of one that was revoked it is the
    revocation that can be contested, and its own paper says until when; what a utility or a bank says is no act of an authority."""
    served = [member for member in members if member.served_on and not member.revoked_on and member.department.holds_power]
    found = []
    shelf = deadlines.shelf() if served else None
    for member in served:
        last = deadlines.remedies(member.served_on, shelf)
        guessed = last.reconsideration.provisional or last.litigation.provisional
        found.append(Remedy(member, member.served_on, last.reconsideration.due, last.litigation.due, guessed))
    return found


def _with_members(found: list, row: Application, members: list[Member]) -> list:
    """What was asked for during the review, or after it, each with its loaded member."""
    for one in found:
        one.application, one.member = row, next(m for m in members if m.pk == one.member_id)
    return found


def visits_ahead(row: Application) -> list[Inspection]:
    """The visits for which the applicant has something to do: to be there, or to mend what they found."""
    return list(_visits_ahead(row.pk)) if _running(row) else []


def _running(row: Application) -> bool:
    return row.state in Application.ACCEPTED


def _visits_ahead(application: int) -> QuerySet[Inspection]:
    asking = (Inspection.State.NOTIFIED, Inspection.State.RECTIFY_NEEDED)
    return Inspection.objects.filter(application=application, state__in=asking).order_by("visit_on")


def _cut(notice: Notice, hidden: set[str]) -> Notice:
    notice.gaps = [gap for gap in notice.gaps if gap["material"] not in hidden]
    notice.fields = [field for field in notice.fields if answer_key(field["element"]) not in hidden]
    notice.came = {code: one for code, one in notice.came.items() if code not in hidden}
    return notice
