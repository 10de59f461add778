"""What goes on after a grant: commitments that are to be checked, certificates that can be renewed, or that their holder asks to cancel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Case, DateField, Exists, F, OuterRef, Q, QuerySet, Subquery, When

from apps.deadlines.queries import rule
from apps.issuance.models import Document
from apps.issuance.queries import current_of_members
from apps.issuance.workflow import DECIDES, VOID
from apps.journal.actor import Actor
from apps.kit.time import today

from .cancelling import open_request
from .models import Application, Cancellation, Commitment, Job, Member, Renewal
from .reissue import main_paper
from .sight import desks


def to_check(actor: Actor) -> QuerySet[Commitment]:
    """The department's commitments that wait for a check, each with the day by which (`day`) and its job's page (`job`)."""
    mine = desks(actor)
    day = Case(
        When(state=Commitment.State.RECTIFYING, then=F("rectify_by")), default=F("inspect_by"), output_field=DateField()
    )
    job = Job.objects.filter(member=OuterRef("member")).order_by("-pk").values("pk")[:1]
    return (
        Commitment.objects.filter(state__in=Commitment.CHECKED, member__department__in=mine)
        .select_related("application", "member")
        .defer("application__plan", "application__answers")
        .annotate(day=day, job=Subquery(job))
    )


def cancellations_asked(actor: Actor) -> QuerySet[Cancellation]:
    """What holders asked to cancel and the actor's department has not answered yet, each with its job's page (`job`)."""
    mine = desks(actor)
    job = Job.objects.filter(member=OuterRef("member")).order_by("-pk").values("pk")[:1]
    return (
        Cancellation.objects.filter(state=Cancellation.State.ASKED, member__department__in=mine)
        .select_related("application", "member")
        .defer("application__plan", "application__answers")
        .annotate(job=Subquery(job))
    )


def asked_to_cancel(application: Application) -> set[int]:
    """The members of a case that the actor was shown to see whose certificates their holder asked to be cancelled, and nobody answered yet."""
    return set(application.cancellations.filter(state=Cancellation.State.ASKED).values_list("member", flat=True))


def renewable_members(members: Iterable[Member]) -> list[Member]:
    """Those on which a certificate with an end was granted that has not come, and that was neither revoked nor cancelled. The
    members come with their commitments."""
    granted = (m for m in members if m.decision == "granted" and m.valid_to and m.valid_to >= today())
    return [member for member in granted if not (member.cancelled_on or member.revoked_on)]


def lasting_renewals() -> QuerySet[Renewal]:
    """Beside which the same certificate is not renewed once more: those that run, and those granted and neither revoked nor cancelled."""
    revoked = (Commitment.State.REVOKED, Commitment.State.REPAIRED)
    going = Renewal.objects.filter(state__in=(Renewal.State.PENDING, Renewal.State.RENEWED))
    ended = Q(application__members__commitment__state__in=revoked) | Q(application__members__cancelled_on__isnull=False)
    return going.exclude(ended)


def in_renewal(members: list[Member]) -> dict[int, Renewal]:
    """Of those whose renewal is asked for or granted already: by the member's id."""
    return {row.of_id: row for row in lasting_renewals().filter(of__in=members)} if members else {}


def to_renew(members: Iterable[Member]) -> list[Member]:
    """Those whose renewal can be asked for now. The members come with their commitments."""
    rows = renewable_members(members)
    going = in_renewal(rows)
    return [member for member in rows if member.pk not in going]


def going(old: Member) -> str:
    """Why its certificate is not renewed once more, "" where it may be. Who acts on it holds its case locked."""
    renewal = in_renewal([old]).get(old.pk)
    if renewal is None and open_request(old) is not None:
        return "持证人已经申请注销这份证照；要延续的，请先撤回注销申请。"
    if renewal is None:
        return ""
    running = renewal.state == Renewal.State.PENDING
    return "这份证照已有一件延续申请在办理。" if running else "这份证照已经准予延续，不用再申请延续。"


def begun_from(row: Application) -> tuple[Member, Document | None, str] | None:
    """Of what was begun from a certificate and not received yet: its member, the paper that its receipt renews, or why it does not."""
    if not row.renews or row.number:
        return None
    member = Member.objects.select_related("application", "commitment").get(pk=row.renews)
    if row.applicant_id != member.application.applicant_id:
        return member, None, "申请人不是原来那份证照的持证人。"
    why = going(member) if renewable_members([member]) else "原来的证照已经不能延续。"
    paper = None if why else made_anew(member)
    return member, paper, why or ("" if paper else "原来的证照已经不能延续。")


def apply_by(member: Member) -> date:
    """The last day on which its renewal is asked for in time (K13)."""
    return member.valid_to - in_time(today())


def in_time(received: date) -> timedelta:
    """How long before a certificate's end its renewal is received in time, by the law of that day."""
    return timedelta(days=rule("renewal", received).value)


def made_anew(member: Member) -> Document | None:
    """The paper in force that a reissue would supersede."""
    return main_paper(current_of_members(member.application_id, [member.pk], DECIDES))


@dataclass(frozen=True)
class Renewable:
    """A certificate with an end that this application could ask to renew."""

    number: str
    title: str
    valid_to: date


def renewable(row: Application) -> list[Renewable]:
    """The applicant's certificates of the same item that are in force and in no renewal yet, the first to end first."""
    if row.number is None or len(row.plan["members"]) != 1:
        return []
    held = (
        Member.objects.filter(application__applicant=row.applicant_id, code=row.code, valid_to__gte=today())
        .exclude(application=row)
        .exclude(Exists(lasting_renewals().filter(of=OuterRef("pk"))))
        .values_list("pk", "application", "valid_to")
    )
    members, roots = {pk: end for pk, _, end in held}, {root for _, root, _ in held}
    mine = {"root_id__in": roots, "member_id__in": members}
    papers = Document.objects.filter(**mine, kind="certificate").exclude(state=VOID) if members else []
    found = [Renewable(paper.number, paper.title, members[paper.member_id]) for paper in papers]
    return sorted(found, key=lambda one: one.valid_to)
