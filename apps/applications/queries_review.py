"""A department's work: the inbox by clock, what waits for the head, what went back to the router. By the actor's posts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.db.models import (
    BooleanField,
    Case,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from apps.deadlines.models import Clock, Pause
from apps.directory.queries import reviewing
from apps.directory.queries_people import unmanned
from apps.journal.actor import Actor
from apps.kit.errors import NotYours
from apps.kit.ids import plain_name

from . import sight
from .models import Application, Job, Member
from .models.case import DUE_KEY, OUT_OF_HANDS
from .queries import departments_of, find
from .queries_clocks import expected, provisional_of_member
from .searching import place


def _jobs(where: Q) -> QuerySet[Job]:
    return (
        Job.objects.filter(where)
        .select_related("application", "member", "department", "assignee")
        .defer("application__plan", "application__answers")
        .annotate(provisional=provisional_of_member(OuterRef("member_id")))
    )


def past_expected(jobs: Iterable[Job]) -> set[int]:
    """Members of these jobs that stand still longer than the notice let expect; nothing is asked where none stands still."""
    still = {job.member_id: job.application for job in jobs if job.member.state == Member.State.PAUSED}
    if not still:
        return set()
    rows = Pause.objects.filter(root_id__in={row.pk for row in still.values()}, subject_type="member", subject_id__in=still)
    rows = rows.filter(ended_on__isnull=True, notified_on__isnull=False)
    found: dict[str, list[Pause]] = {}
    for one in rows:
        found.setdefault(still[one.subject_id].node_id, []).append(one)
    return {one.subject_id for node, pauses in found.items() for one in expected(node, pauses) if one.past}


def by_clock(rows: QuerySet) -> QuerySet:
    """Jobs or members with `due_key`, to page by: what has no due date (paused) comes last."""
    return rows.annotate(due_key=DUE_KEY)


def inbox(actor: Actor) -> QuerySet[Job]:
    """The department's open jobs, for reviewers and heads; those sent back to the router are out of its hands. `left`: who has it
    in hand reviews here no longer."""
    return _left(_jobs(_of_department(actor)).exclude(state__in=OUT_OF_HANDS))


def _left(rows: QuerySet[Job]) -> QuerySet[Job]:
    gone = Q(state=Job.State.IN_HAND) & ~Exists(reviewing(OuterRef("assignee"), OuterRef("department")))
    return rows.annotate(left=ExpressionWrapper(gone, BooleanField()))


def of_department(actor: Actor, pks: list[int]) -> list[Job]:
    """Those of these jobs that are the department's, whatever became of them."""
    return list(_jobs(_of_department(actor) & Q(pk__in=pks)))


def in_hand_of(user: int, department: str = "") -> QuerySet[Job]:
    """What somebody has in hand (for one department): for who must see to it when he leaves."""
    rows = Job.objects.filter(assignee=user, state=Job.State.IN_HAND)
    return rows.filter(department=department) if department else rows


def open_at(department: str | OuterRef) -> QuerySet[Job]:
    """What lies with a department, whoever has it in hand."""
    return Job.objects.filter(department=department).exclude(state__in=OUT_OF_HANDS)


def unreviewed_at(department: str | OuterRef) -> QuerySet[Job]:
    return open_at(department).exclude(state=Job.State.CONCLUDED)


def held_by(member: OuterRef) -> Subquery:
    """For a list of members: who has its open piece of work in hand; "" where nobody has taken it up, None where there is none."""
    jobs = Job.objects.filter(member=member).exclude(state__in=(Job.State.CLOSED, *OUT_OF_HANDS)).order_by("pk")
    return Subquery(jobs.values(who=Coalesce("assignee__name", Value("")))[:1])


def finished_jobs(actor: Actor, words: str = "") -> QuerySet[Job]:
    """The department's closed jobs; whether the decision still stands comes with them. `words`: the case's number, or of its applicant's
    name; by item the list of all that a department ever did would be gathered for one page."""
    rows = _jobs(_of_department(actor) & Q(state=Job.State.CLOSED)).select_related("member__commitment")
    return rows.filter(application__in=find(actor, words, items=False).values("pk")) if words.strip() else rows


def countersign_queue(actor: Actor) -> QuerySet[Job]:
    """Concluded jobs that wait for the head."""
    return _jobs(Q(department__in=departments_of(actor, "head"), state=Job.State.CONCLUDED))


def following(actor: Actor, job: Job) -> Job | None:
    """What is done next by who has done his part of this job: the head's queue after a decision, else what he has in hand himself
    (or stands in for), else what nobody has claimed yet; of each what is due first."""
    queues = []
    if job.state == Job.State.CLOSED and job.department_id in departments_of(actor, "head"):
        queues.append(countersign_queue(actor))
    if job.state in (Job.State.CONCLUDED, Job.State.CLOSED) and actor.has("reviewer", department=job.department_id):
        mine = [actor.id, *(post.acting_for for post in actor.posts if post.acting_for)]
        queues.append(inbox(actor).filter(assignee__in=mine, state=Job.State.IN_HAND))
        queues.append(inbox(actor).filter(state=Job.State.ASSIGNED))
    found = (by_clock(rows).exclude(pk=job.pk).order_by("due_key", "id").first() for rows in queues)
    return next((one for one in found if one), None)


def misrouted(actor: Actor) -> QuerySet[Job]:
    """Jobs sent back to the router, for supervisors of the node."""
    return _jobs(_overseen(actor) & Q(state=Job.State.MISROUTED))


def unattended(actor: Actor) -> QuerySet[Job]:
    """What lies where nobody can go on with it, as with a department that was merged away: the router may send it on (review.why_not_rerouted)."""
    nobody_reviews = Q(department__in=unmanned("reviewer"))
    begun = Q(state__in=[Job.State.ASSIGNED, Job.State.IN_HAND])
    concluded = Q(state=Job.State.CONCLUDED, department__in=unmanned("head"))
    return _jobs(_overseen(actor) & nobody_reviews & (begun | concluded))


def _of_department(actor: Actor) -> Q:
    return Q(department__in=sight.desks(actor))


def _overseen(actor: Actor) -> Q:
    if not actor.has("supervisor"):
        return Q(pk__in=[])
    return Q(application__in=Application.objects.filter(sight.scope(actor)).values("pk"))


def job(actor: Actor, pk: int) -> Job:
    """A job that the actor's department holds (or that he oversees), open or closed. Raises NotYours."""
    row = _jobs(_of_department(actor) | _overseen(actor)).filter(pk=pk).first()
    if row is None:
        raise NotYours
    return row


def job_of_mine(actor: Actor, application: Application) -> Job | None:
    """The newest job of the actor's department in a case that he may see; one that is still to be done before those that are closed, of
    which a one-thing may have had another."""
    mine = sight.desks(actor)
    rows = Job.objects.filter(application=application, department__in=mine).annotate(closed=Case(When(state=Job.State.CLOSED, then=1), default=0))
    return rows.order_by("closed", "-pk").first() if mine else None


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
    """`state` "paused": in a special procedure, whatever the job's own; `assignee`: "me" (the user id `me`), "nobody",
    "left" (of the `inbox`) or "" for anyone; `words`: case number, applicant's or item's name."""
    if state == Member.State.PAUSED:
        rows = rows.filter(member__state=state)
    elif state:
        rows = rows.filter(state=state)
    if light:
        rows = rows.filter(light=light)
    if light == Clock.Light.GREEN:
        rows = rows.filter(due_on__isnull=False)  # what stands still is not told as running well
    if code:
        rows = rows.filter(member__code=code)
    if assignee:
        rows = rows.filter(**{"me": {"assignee_id": me}, "left": {"left": True}}.get(assignee, {"assignee": None}))
    words = plain_name(words)
    if words:
        number = words.replace(" ", "").replace("-", "").upper()
        rows = rows.alias(applied=place("application__applicant_name", words), called=place("member__name", words))
        match = Q(applied__gt=0) | Q(called__gt=0)
        if number.isascii() and number.isalnum():
            match |= Q(application__number__startswith=number)
        rows = rows.filter(match)
    return rows


COUNTED = 1000  # a desk that has more says 999+


def inbox_counts(actor: Actor) -> dict[str, int]:
    """{"open", "mine", "unclaimed", "concluded", "paused"} of the department's inbox in one statement: of each at most COUNTED rows
    are read, so that a desk with more of one still counts all of another."""
    rows = Job.objects.filter(_of_department(actor)).exclude(state__in=OUT_OF_HANDS).order_by()
    lists = {
        "open": rows,
        "mine": rows.filter(assignee_id=actor.id, state=Job.State.IN_HAND),
        "unclaimed": rows.filter(state=Job.State.ASSIGNED),
        "concluded": rows.filter(state=Job.State.CONCLUDED, department__in=departments_of(actor, "head")),
        "paused": rows.filter(member__state=Member.State.PAUSED),
    }
    first, *others = (found.values_list(Value(name), flat=True)[:COUNTED] for name, found in lists.items())
    return dict.fromkeys(lists, 0) | Counter(first.union(*others, all=True))


def inbox_items(actor: Actor) -> list[tuple[str, str]]:
    """(code, name) of the items in the department's inbox, for its filter."""
    rows = Job.objects.filter(_of_department(actor)).exclude(state__in=OUT_OF_HANDS)
    return list(rows.order_by("member__name").values_list("member__code", "member__name").distinct()[:200])
