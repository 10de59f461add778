"""Results on their way out: what waits for the seal, what lies at the issue desk, what was handed over. By the actor's posts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Exists, Func, JSONField, OuterRef, Q, QuerySet, Subquery

from apps.deadlines.models import Clock
from apps.issuance.models import Document, HandOver, SealRecord
from apps.issuance.workflow import DECIDES
from apps.journal.actor import Actor
from apps.kit.errors import NotYours
from apps.kit.time import beijing_midnight

from . import sight, whole
from .handout import HandOut, way_of
from .models import Application, Commitment, IssueMode, Job, Member, Parcel
from .queries import departments_of, get


def _members(where: Q) -> QuerySet[Member]:
    # What is revoked has void papers: nothing to seal, nothing to give. Not asked of the joined row, of which PostgreSQL thinks that next to
    # none is left, and sorts all that lies at a desk instead of walking the first of it.
    revoked = Commitment.objects.filter(member=OuterRef("pk"), revoked_on__isnull=False)
    return (
        Member.objects.filter(where)
        .exclude(Exists(revoked))
        .select_related("application", "department", "commitment")
        .defer("application__plan", "application__answers")
    )


def seal_queue(actor: Actor) -> QuerySet[Member]:
    """Decided members of the keeper's departments whose documents wait for registration."""
    return _members(
        Q(department__in=departments_of(actor, "seal_keeper"), state__in=[Member.State.GRANTED, Member.State.REFUSED])
    )


def unsealed_at(department: str | OuterRef) -> QuerySet[Member]:
    """The same of one department: for who must see to it when its keeper leaves."""
    return _members(Q(department=department, state__in=[Member.State.GRANTED, Member.State.REFUSED]))


def sealed_members(actor: Actor, pks: Iterable[int]) -> QuerySet[Member]:
    """These members of the keeper's departments, whatever their state: to tell what became of them."""
    return _members(Q(department__in=departments_of(actor, "seal_keeper"), pk__in=pks))


def seals_of(rows: Iterable[Member]) -> dict[int, SealRecord]:
    """{member: the newest entry of its papers} of those that are registered; the caller has shown that the actor sees them."""
    rows = list(rows)
    of = {"document__root_id__in": {row.application_id for row in rows}, "document__member_id__in": [row.pk for row in rows]}
    found = SealRecord.objects.filter(**of).select_related("document").order_by("pk")
    return {record.document.member_id: record for record in found}


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
        ~Q(state__in=whole.OVER) | Q(state__in=whole.NOT_YET_AT_THE_DESK, commitment__revoked_on=None, served_on=None)
    )
    rows = _members(near & Q(state=Member.State.READY_FOR_ISSUE))
    return rows.exclude(Q(application__issue=IssueMode.TOGETHER) & Exists(waiting))


def put_ways(rows: Iterable[Member]) -> None:
    """On each row `way_label`, how its own result goes out, and `came_back`: what became of the envelope in which it went last. Plans and
    envelopes are read of the cases that go by courier alone."""
    sent = {row.application_id for row in rows if row.application.handout == HandOut.COURIER}
    cases = Application.objects.filter(pk__in=sent).only("plan", "handout").in_bulk() if sent else {}
    parcels = Parcel.objects.filter(application__in=sent).order_by("pk") if sent else ()
    last = {pk: parcel for parcel in parcels for pk in parcel.members}
    for row in rows:
        case = cases.get(row.application_id)
        row.way_label = HandOut(way_of(case, row.code)).label if case else row.application.handout_label
        row.came_back = last[row.pk].get_state_display() if row.pk in last else ""


def members_of(application: Application) -> list[Member]:
    """All of a case that the actor was shown to see, each with `sent_before`: was anything of it ever given to a courier? One statement."""
    sent = Exists(Parcel.objects.filter(application=OuterRef("application")))
    return list(application.members.select_related("department", "commitment").annotate(sent_before=sent))


def put_clocks(rows: Iterable[Member]) -> None:
    """On each row `serving`, the clock of its delivery (None for a decision without one): by when the result should be served. One statement."""
    mine = {"root_id__in": {row.application_id for row in rows}, "subject_type": "member", "subject_id__in": [row.pk for row in rows]}
    clocks = Clock.objects.filter(kind=Clock.Kind.DELIVERY, **mine)  # by the case too: a subject's stopped clocks stand in no index
    found = {clock.subject_id: clock for clock in clocks.order_by("pk")}
    for row in rows:
        row.serving = None if row.served_on else found.get(row.pk)  # made anew: the decision itself was served


OTHERWISE = {HandOver.Method.LEFT: "已留置送达", HandOver.Method.NOTICE: "已公告送达"}


def put_otherwise(application: Application, rows: Iterable[Member]) -> None:
    """On each row `otherwise`: how it was handed over last, in a word, where nobody took it. One statement."""
    lines = HandOver.objects.filter(root_id=application.pk).exclude(receipt__state="void").order_by("pk")
    ways = {pk: method for method, members in lines.values_list("method", "members") for pk in members}
    for row in rows:
        row.otherwise = OTHERWISE.get(ways.get(row.pk), "")


def with_method(rows: QuerySet[Job]) -> QuerySet[Job]:
    """With `handed_by`: how the item's result was handed over last, None where it was not."""
    own = Func(OuterRef("member_id"), function="to_jsonb", output_field=JSONField())
    lines = HandOver.objects.filter(root_id=OuterRef("application_id"), members__contains=own).exclude(receipt__state="void")
    return rows.annotate(handed_by=Subquery(lines.order_by("-pk").values("method")[:1]))


def tell_otherwise(jobs: Iterable[Job]) -> None:
    """On the item of each of `with_method` what `put_otherwise` puts on those of one case. No statement."""
    for job in jobs:
        job.member.otherwise = OTHERWISE.get(job.handed_by, "") if job.member.state == Member.State.COLLECTED else ""


def decision_papers(members: Iterable[Member]) -> dict[int, list[Document]]:
    """The decision documents in force of members already loaded for the actor: {member id: documents}; one statement."""
    found: dict[int, list[Document]] = {member.pk: [] for member in members}
    roots = {member.application_id for member in members}
    rows = Document.objects.filter(root_id__in=roots, member_id__in=found, kind__in=DECIDES)
    for row in rows.exclude(state="void").select_related("seal_record").defer("payload").order_by("pk"):
        found[row.member_id].append(row)
    return found


def issue_register(actor: Actor, day: date) -> QuerySet[HandOver]:
    """What was handed over on a Beijing day at the desks that the actor reaches."""
    seen = Application.objects.filter(sight.scope(actor)).values("pk")
    found = HandOver.objects.filter(at__gte=beijing_midnight(day), at__lt=beijing_midnight(day, 1), root_id__in=seen)
    return found.select_related("receipt")


def given_before(line: HandOver) -> bool:
    """Was the decision served by an earlier line that stands? Then this one is of what was made anew."""
    earlier = HandOver.objects.filter(root_id=line.root_id, pk__lt=line.pk, members__contains=line.members)
    return earlier.exclude(receipt__state="void").exists()


def hand_over(actor: Actor, pk: int) -> tuple[HandOver, Application]:
    """One line of the issue register with its case. Raises NotYours."""
    row = HandOver.objects.filter(pk=pk).select_related("receipt").first()
    if row is None:
        raise NotYours
    return row, get(actor, row.root_id)
