"""Every read of cases, by actor: what is loaded is already allowed. The number of statements does not grow with the rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from apps.catalog.plan import in_force
from apps.deadlines import queries as deadlines
from apps.deadlines.models import Clock
from apps.issuance import queries as documents
from apps.issuance.models import Document, HandOver
from apps.journal.actor import Actor
from apps.journal.models import Event
from apps.kit.errors import NotYours, WrongState
from apps.kit.time import beijing_midnight, today
from apps.kit.together import keep, together

from . import policy, story, whole
from .handout import COLUMNS
from .models import (
    Application,
    Attachment,
    Commitment,
    Consultation,
    Hearing,
    Inspection,
    InspectionPart,
    IssueMode,
    Job,
    MaterialEntry,
    Member,
    Note,
    Notice,
    Renewal,
    ReviewSupplement,
)
from .models.case import DUE_KEY, OUT_OF_HANDS, answer_key
from .papers import DECISION_KINDS
from .queries_consultation import consultations_of, enclosed
from .queries_consultation import rows_of as consultation_rows
from .searching import with_words

NOBODYS = 0  # no case has this key: asked for in place of one that is not there, so that both answers take as long


def applications_for(actor: Actor) -> QuerySet[Application]:
    """What exists for this actor; every list, search, count and export starts here. Plans and answers stay unread."""
    return (
        Application.objects.filter(policy.scope(actor), discarded_at__isnull=True)
        .select_related("node", "region")
        .defer("plan", "answers")
    )


def own_applications(actor: Actor, *, running: bool = False) -> QuerySet[Application]:
    """What the citizen himself (not those he acts for) has handed in; `running`: what has not ended."""
    mine = Application.objects.filter(applicant__in=actor.party_ids[:1], number__isnull=False)
    return mine.exclude(state__in=Application.ENDED) if running else mine


def export_own(actor: Actor) -> list[dict]:
    """A copy of everything that is kept of the citizen's own cases (PIPL 45), oldest first."""
    rows = own_applications(actor).order_by("pk").prefetch_related("materials", "members")
    return [
        {
            "number": row.number,
            "item": row.name,
            "state": row.get_state_display(),
            "received_at": row.received_at,
            "accepted_on": row.accepted_on,
            "ended_on": row.ended_on,
            "outcome": row.outcome,
            "contact_mobile": row.contact_mobile,
            "answers": row.answers,
            "handout": {part: getattr(row, column) for part, column in COLUMNS.items()},
            "materials": [{"name": entry.name, "state": entry.get_state_display()} for entry in row.materials.all()],
            "results": [
                {"item": member.name, "state": member.get_state_display(), "decided_on": member.decided_on}
                for member in row.members.all()
            ],
        }
        for row in rows
    ]


def find(actor: Actor, words: str) -> QuerySet[Application]:
    """By number (or its beginning), the applicant's exact document number, or part of the applicant's or item's name."""
    rows, words = applications_for(actor), words.strip()
    if not words:
        return rows
    bare = words.replace(" ", "").replace("-", "").upper()
    if not (bare.isalnum() and bare[:6].isdigit() and bare.isascii()):
        return with_words(rows, words)
    if len(bare) != 18:
        return rows.filter(number__startswith=bare[:20])
    numbered = Application.objects.filter(number__startswith=bare).values("pk")
    # Two lookups beside each other: with OR over two tables neither index would serve.
    return rows.filter(pk__in=numbered.union(Application.objects.filter(applicant__id_number=bare).values("pk"), all=True))


def filtered(
    rows: QuerySet[Application],
    *,
    state: str = "",
    light: str = "",
    code: str = "",
    department: str = "",
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[Application]:
    if state:
        rows = rows.filter(state__in=state.split(","))
    if light:
        rows = rows.filter(light=light, state__in=Application.ACCEPTED)
    if code:
        rows = rows.filter(code=code)
    if department:
        rows = rows.filter(departments__contains=[department])
    if since:
        rows = rows.filter(receipt_date__gte=since)
    if until:
        rows = rows.filter(receipt_date__lte=until)
    return rows


@dataclass(frozen=True)
class Remedy:
    """Until when a served decision may be contested."""

    member: Member
    served_on: date
    reconsideration_by: date
    litigation_by: date


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
    renewal: Renewal | None
    remedies: list[Remedy]
    materials: list[MaterialEntry]
    notices: list[Notice]
    notes: list[Note]
    clocks: list[Clock]
    documents: list[Document]
    story: list[story.Entry]
    now: tuple[str, str, str]
    needs: frozenset[str] | None  # whose fields the actor sees (policy.needs); everything above is cut to it already

    def may(self, actor: Actor, verb: str) -> bool:
        """Would the door let this actor do it now? For showing buttons; the door asks again."""
        return may(actor, verb, self.application)


def get(actor: Actor, pk: int) -> Application:
    row = Application.objects.filter(policy.scope(actor), pk=pk).select_related("applicant", "agent", "node").first()
    if row is None:
        raise NotYours
    return row


def case(actor: Actor, pk: int) -> Case:
    """Raises NotYours for what the actor may not see. Internal notes are left out for the applicant; a department gets
    the materials, papers and clocks of its own members (need to know)."""
    row = (
        Application.objects.filter(policy.scope(actor), pk=pk)
        .select_related("applicant", "agent", "node", "region", "clerk", "acceptor", "window", "renewal")
        .first()
    )
    if row is None:
        raise NotYours
    staff = actor.kind != "person"
    members, materials, files, jobs, supplements, asked, opinions, notices, notes, clocks, papers, visits, parts, events = together(
        row.members.select_related("department", "decided_by", "opinion_by", "hearing", "commitment"),
        row.materials.all(),
        row.attachments.filter(removed_at__isnull=True).select_related("by"),
        row.jobs.select_related("department", "assignee").order_by("pk"),
        row.supplements.all(),
        *consultation_rows(row),
        row.notices.order_by("pk"),
        row.notes.select_related("by"),
        deadlines.clock_rows(row.pk),
        documents.document_rows(row.pk),
        _visits_ahead(row),
        InspectionPart.objects.filter(application=row).select_related("inspection"),
        Event.objects.filter(chain=row.chain).order_by("seq"),
    )
    for entry in materials:
        keep(entry, "attachments", [file for file in files if file.material_id == entry.pk])
    for file in files:
        file.material = next(entry for entry in materials if entry.pk == file.material_id)
    for member in members:
        member.application = row
        for beside in ("hearing", "commitment"):
            if hasattr(member, beside):
                getattr(member, beside).application = row
    know = policy.needs(actor, row, members)
    hidden = {line["material"] for line in row.plan["materials"] if not policy.needed(line, know)}
    hidden |= {answer_key(line["element"]) for line in row.plan["elements"] if not policy.needed(line, know)}
    own = {member.pk for member in members if know is None or member.code in know}
    materials = [entry for entry in materials if entry.code not in hidden]
    jobs = jobs if staff else []
    for job in jobs:
        job.application = row
        job.member = next(m for m in members if m.pk == job.member_id)
    clocks = named(clocks, members)
    return Case(
        application=row,
        members=members,
        jobs=jobs,
        hearings=[member.hearing for member in members if member.pk in own and hasattr(member, "hearing")],
        consultations=consultations_of(actor, row, members, asked, opinions) if staff else [],
        supplements=[one for one in _with_members(supplements, row, members) if one.member_id in own],
        commitments=[m.commitment for m in members if hasattr(m, "commitment") and m.pk in own],
        renewal=getattr(row, "renewal", None),
        remedies=remedies(row, members),
        materials=materials,
        notices=[_cut(notice, hidden) for notice in notices],
        notes=notes if staff else [],
        clocks=[
            c for c in clocks if c.subject_type != "opinion" and (c.subject_type != "member" or c.subject_id in own)
        ],
        documents=[
            paper
            for paper in papers
            if _paper_is_for(paper, own, len(members))
            or any(entry.document_id == paper.pk for entry in materials)
            or _of_own_visit(paper, own, parts)
        ],
        story=story.tell(row, members, events, public=not staff, hidden=hidden, jobs=jobs),
        now=story.next_step(row, members, materials, clocks, next(iter(visits), None)),
        needs=know,
    )


def named(clocks: list[Clock], members: list[Member]) -> list[Clock]:
    """Each clock with `item`: the item of a one-thing whose time it counts, "" where there is only one."""
    names = {member.pk: member.name for member in members} if len(members) > 1 else {}
    for clock in clocks:
        clock.item = names.get(clock.subject_id, "") if clock.subject_type == "member" else ""
    return clocks


def remedies(row: Application, members: Iterable[Member]) -> list[Remedy]:
    """One for each decision that reached the applicant (Reconsideration Law art. 20, ALL art. 46)."""
    found, served = [], [member for member in members if member.served_on]
    shelf = deadlines.shelf() if served else None
    for member in served:
        last = deadlines.remedies(row.node_id, member.served_on, shelf)
        found.append(Remedy(member, member.served_on, last.reconsideration.due, last.litigation.due))
    return found


def _with_members(found: list[ReviewSupplement], row: Application, members: list[Member]) -> list[ReviewSupplement]:
    """What was asked for during the review, each with its loaded member."""
    for one in found:
        one.application, one.member = row, next(m for m in members if m.pk == one.member_id)
    return found


# Papers of the whole that list no materials and no answers.
OF_THE_WHOLE = ("acceptance", "pickup_slip")


def _paper_is_for(paper: Document, own: set[int], members: int) -> bool:
    """Of the whole's papers one who needs only a part of it sees those that list no materials."""
    if paper.member_id is not None:
        return paper.member_id in own
    return len(own) == members or paper.kind in OF_THE_WHOLE


# Papers of a visit, in the name of its organiser: for the departments that take part.
OF_A_VISIT = ("inspection_notice", "inspection_record", "rectification_notice")


def _of_own_visit(paper: Document, own: set[int], parts: Iterable[InspectionPart]) -> bool:
    """`parts`: of the case's visits."""
    return paper.kind in OF_A_VISIT and any(
        part.inspection.organiser_id == paper.department and not own.isdisjoint(part.members) for part in parts
    )


def visit_ahead(row: Application) -> Inspection | None:
    """The visit for which the applicant has something to do: to be there, or to mend what it found."""
    return _visits_ahead(row).first()


def _visits_ahead(row: Application) -> QuerySet[Inspection]:
    asking = (Inspection.State.NOTIFIED, Inspection.State.RECTIFY_NEEDED)
    running = row.state in Application.ACCEPTED
    return row.inspections.filter(state__in=asking).order_by("visit_on") if running else Inspection.objects.none()


def _cut(notice: Notice, hidden: set[str]) -> Notice:
    notice.gaps = [gap for gap in notice.gaps if gap["material"] not in hidden]
    notice.fields = [field for field in notice.fields if answer_key(field["element"]) not in hidden]
    return notice


def needs(actor: Actor, row: Application) -> frozenset[str] | None:
    """Whose fields and materials the actor sees of a case that he was shown to see (policy.needs)."""
    return policy.needs(actor, row, row.members.only("code", "department_id"))


def may(actor: Actor, verb: str, subject) -> bool:
    """The policy and the machine together, without doing it."""
    from django_fsm import can_proceed

    from apps.kit.errors import DomainError

    try:
        subject.policy(actor, verb, subject)
    except DomainError:
        return False
    move = getattr(subject, verb, None)
    return not hasattr(move, "_django_fsm") or can_proceed(move, check_conditions=False)


def why_not(actor: Actor, verb: str, subject) -> str:
    """The policy's sentence why this actor may not do it ("" when he may): separation of duties is told, not hidden."""
    from apps.kit.errors import DomainError

    try:
        subject.policy(actor, verb, subject)
    except DomainError as refusal:
        return refusal.message
    return ""


# —— work queues ——


def provisional_of_member(pk: OuterRef) -> Exists:
    return deadlines.provisional(kind=Clock.Kind.DECISION, subject_type="member", subject_id=pk)


def provisional_of_case() -> Exists:
    """The clock whose day stands on the application."""
    kinds = (Clock.Kind.DECISION, Clock.Kind.BUNDLE)
    return deadlines.provisional(root_id=OuterRef("pk"), kind__in=kinds, due_on=OuterRef("due_on"))


def _departments(actor: Actor, *roles: str) -> list[str]:
    return sorted({post.department for post in actor.posts if post.role in roles and post.department})


def _jobs(where: Q) -> QuerySet[Job]:
    return (
        Job.objects.filter(where)
        .select_related("application", "member", "department", "assignee")
        .defer("application__plan", "application__answers")
        .annotate(provisional=provisional_of_member(OuterRef("member_id")))
    )


def by_clock(rows: QuerySet[Job]) -> QuerySet[Job]:
    """With `due_key`, to page by: what has no due date (paused) comes last."""
    return rows.annotate(due_key=DUE_KEY)


def inbox(actor: Actor) -> QuerySet[Job]:
    """The department's open jobs, for reviewers and heads; those sent back to the router are out of its hands."""
    mine = Q(department__in=_departments(actor, "reviewer", "head"))
    return _jobs(mine).exclude(state__in=OUT_OF_HANDS)


def finished_jobs(actor: Actor) -> QuerySet[Job]:
    """The department's closed jobs."""
    return _jobs(Q(department__in=_departments(actor, "reviewer", "head"), state=Job.State.CLOSED))


def countersign_queue(actor: Actor) -> QuerySet[Job]:
    """Concluded jobs that wait for the head."""
    return _jobs(Q(department__in=_departments(actor, "head"), state=Job.State.CONCLUDED))


def misrouted(actor: Actor) -> QuerySet[Job]:
    """Jobs sent back to the router, for supervisors of the node."""
    return _jobs(_overseen(actor) & Q(state=Job.State.MISROUTED))


def _overseen(actor: Actor) -> Q:
    if not actor.has("supervisor"):
        return Q(pk__in=[])
    return Q(application__in=Application.objects.filter(policy.scope(actor)).values("pk"))


def job(actor: Actor, pk: int) -> Job:
    """A job that the actor's department holds (or that he oversees), open or closed. Raises NotYours."""
    mine = Q(department__in=_departments(actor, "reviewer", "head"))
    row = _jobs(mine | _overseen(actor)).filter(pk=pk).first()
    if row is None:
        raise NotYours
    return row


def job_of_mine(actor: Actor, application: Application) -> Job | None:
    """The newest job of the actor's department in a case that he may see."""
    mine = _departments(actor, "reviewer", "head")
    return Job.objects.filter(application=application, department__in=mine).order_by("-pk").first() if mine else None


def filtered_jobs(
    rows: QuerySet[Job],
    *,
    state: str = "",
    light: str = "",
    code: str = "",
    assignee: str = "",
    me=None,
    words: str = "",
) -> QuerySet[Job]:
    """`state` "paused": in a special procedure, whatever the job's own; `assignee`: "me" (the user id `me`), "nobody" or ""
    for anyone; `words`: case number, applicant's or item's name."""
    if state == Member.State.PAUSED:
        rows = rows.filter(member__state=state)
    elif state:
        rows = rows.filter(state=state)
    if light:
        rows = rows.filter(light=light)
    if code:
        rows = rows.filter(member__code=code)
    if assignee:
        rows = rows.filter(assignee_id=me) if assignee == "me" else rows.filter(assignee__isnull=True)
    words = words.strip()
    if words:
        number = words.replace(" ", "").replace("-", "").upper()
        match = Q(application__applicant_name__icontains=words) | Q(member__name__icontains=words)
        if number.isascii() and number.isalnum():
            match |= Q(application__number__startswith=number)
        rows = rows.filter(match)
    return rows


COUNTED = 1000  # a desk that has more says 999+


def inbox_counts(actor: Actor) -> dict[str, int]:
    """{"open", "mine", "unclaimed", "concluded", "paused"} of the department's inbox in one statement, at most COUNTED rows
    read."""
    mine = Q(department__in=_departments(actor, "reviewer", "head"))
    rows = Job.objects.filter(mine).exclude(state__in=OUT_OF_HANDS)
    return rows.annotate(life=F("member__state"))[:COUNTED].aggregate(
        open=Count("pk"),
        mine=Count("pk", filter=Q(assignee_id=actor.id, state=Job.State.IN_HAND)),
        unclaimed=Count("pk", filter=Q(state=Job.State.ASSIGNED)),
        concluded=Count("pk", filter=Q(state=Job.State.CONCLUDED)),
        paused=Count("pk", filter=Q(life=Member.State.PAUSED)),
    )


def inbox_items(actor: Actor) -> list[tuple[str, str]]:
    """(code, name) of the items in the department's inbox, for its filter."""
    mine = Q(department__in=_departments(actor, "reviewer", "head"))
    rows = Job.objects.filter(mine).exclude(state__in=OUT_OF_HANDS)
    return list(rows.order_by("member__name").values_list("member__code", "member__name").distinct()[:200])


def _members(where: Q) -> QuerySet[Member]:
    return (
        Member.objects.filter(where)
        .select_related("application", "department")
        .defer("application__plan", "application__answers")
    )


def seal_queue(actor: Actor) -> QuerySet[Member]:
    """Decided members of the keeper's departments whose documents wait for registration."""
    return _members(
        Q(department__in=_departments(actor, "seal_keeper"), state__in=[Member.State.GRANTED, Member.State.REFUSED])
    )


def sealed_members(actor: Actor, pks: Iterable[int]) -> QuerySet[Member]:
    """These members of the keeper's departments, whatever their state: to tell what became of them."""
    return _members(Q(department__in=_departments(actor, "seal_keeper"), pk__in=pks))


def issue_queue(actor: Actor) -> QuerySet[Member]:
    """Results that lie at the issue desk of the actor's node and may be handed out (whole.waits_for)."""
    near = Q(pk__in=[])
    for post in actor.posts:
        if post.role == "issue_clerk":
            everywhere = post.region == post.node
            near |= (
                Q(application__node=post.node) if everywhere else Q(application__region__code__startswith=post.region)
            )
    waiting = Member.objects.filter(application=OuterRef("application")).filter(
        ~Q(state__in=whole.OVER) | Q(state__in=whole.NOT_YET_AT_THE_DESK)
    )
    rows = _members(near & Q(state=Member.State.READY_FOR_ISSUE))
    return rows.exclude(Q(application__issue=IssueMode.TOGETHER) & Exists(waiting))


def decision_papers(members: Iterable[Member]) -> dict[int, list[Document]]:
    """The decision documents in force of members already loaded for the actor: {member id: documents}; one statement."""
    found: dict[int, list[Document]] = {member.pk: [] for member in members}
    roots = {member.application_id for member in members}
    rows = Document.objects.filter(root_id__in=roots, member_id__in=found, kind__in=DECISION_KINDS)
    for row in rows.exclude(state="void").defer("payload").order_by("pk"):
        found[row.member_id].append(row)
    return found


def issue_register(actor: Actor, day: date) -> QuerySet[HandOver]:
    """What was handed over on a Beijing day at the desks that the actor reaches."""
    seen = Application.objects.filter(policy.scope(actor)).values("pk")
    found = HandOver.objects.filter(at__gte=beijing_midnight(day), at__lt=beijing_midnight(day, 1), root_id__in=seen)
    return found.select_related("receipt")


def hand_over(actor: Actor, pk: int) -> tuple[HandOver, Application]:
    """One line of the issue register with its case. Raises NotYours."""
    row = HandOver.objects.filter(pk=pk).select_related("receipt").first()
    if row is None:
        raise NotYours
    return row, get(actor, row.root_id)


def clock(actor: Actor, pk: int) -> tuple[Clock, Application]:
    """A clock of a case that the actor may see. Raises NotYours."""
    row = Clock.objects.with_intervals().filter(pk=pk).first()
    case = get(actor, row.root_id if row else NOBODYS)
    if row.subject_type == "opinion" and actor.kind == "person":  # what departments ask each other is theirs
        raise NotYours
    if row.subject_type == "member":
        members = list(case.members.only("code", "department_id"))
        know = policy.needs(actor, case, members)
        if know is not None and not any(m.pk == row.subject_id and m.code in know for m in members):
            raise NotYours
    return row, case


def duplicates(actor: Actor, application: Application) -> list[Application]:
    """Open cases of the same applicant for the same item: a warning at intake, never a ban."""
    if application.applicant_id is None:
        return []
    return list(
        applications_for(actor)
        .filter(applicant_id=application.applicant_id, code=application.code, number__isnull=False)
        .exclude(state__in=Application.ENDED)
        .exclude(pk=application.pk)
        .order_by("-pk")[:5]
    )


def files_of(application: Application) -> list[Attachment]:
    """The files that stand at a case's materials; the caller has shown that the actor may see the case."""
    return list(application.attachments.filter(removed_at__isnull=True))


def filed_without_mandate(actor: Actor, pk: int) -> Application | None:
    """What the actor filed from home for another while he had a mandate that has ended since: it is gone for him, and he may be told why."""
    mine = Application.objects.filter(pk=pk, agent__in=actor.party_ids[:1]).exclude(channel="counter")
    return None if mine.filter(policy.scope(actor)).exists() else mine.first()


def returned_because(application: Application) -> str:
    """What the pre-check asked to be changed, "" when it was never returned."""
    last = Event.objects.filter(chain=application.chain, name="application.return_pre_check").order_by("-seq").first()
    return last.facts["reason"] if last else ""


def published(code: str) -> tuple[str, list[str]]:
    """(name, audience) of what is published today under this code. Raises NotYours."""
    content = in_force(code, today())[0].content
    return content["name"], content.get("audience", [])


def attachment(actor: Actor, pk: int) -> Attachment:
    """A stored file's row if the actor may see its case and needs its material, or if it was enclosed in a question to his
    department that is still open. Raises NotYours, and WrongState while it is
    in quarantine; what was found infected exists for nobody."""
    rows = Attachment.objects.filter(pk=pk).exclude(scan=Attachment.Scan.INFECTED)
    row = rows.select_related("application", "material").first()
    if row is None or not (_needs_file(actor, row) or enclosed(actor, row.application_id, row.material.code)):
        raise NotYours
    if row.quarantined:
        raise WrongState("这个文件还在做安全检查（查病毒），通过以后才能打开；一般一分钟内有结果。")
    return row


def _needs_file(actor: Actor, row: Attachment) -> bool:
    """The case exists for him, and the material is one that his members need."""
    if not policy.sees(actor, row.application):
        return False
    line = next((m for m in row.application.plan["materials"] if m["material"] == row.material.code), {"needed_by": []})
    return policy.needed(line, needs(actor, row.application))


def document(actor: Actor, pk: int) -> Document:
    """A case's document if the actor may see the case and it is about his part of it. Raises NotYours."""
    row = Document.objects.filter(pk=pk).first()
    case = Application.objects.filter(policy.scope(actor), pk=row.root_id if row else NOBODYS).first()
    if row is None or case is None:
        raise NotYours
    members = list(case.members.only("code", "department_id"))
    know = policy.needs(actor, case, members)
    own = {member.pk for member in members if know is None or member.code in know}
    parts = InspectionPart.objects.filter(application=case).select_related("inspection")
    if know is None or _paper_is_for(row, own, len(members)) or _of_own_visit(row, own, parts):
        return row
    needed = {line["material"] for line in case.plan["materials"] if policy.needed(line, know)}
    if not case.materials.filter(document=row, code__in=needed).exists():  # another's result that feeds his own member
        raise NotYours
    return row
