"""Reads of the counter's desk: drafts, what waits at the window and until when, a clerk's day. Scoped like `queries`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Case, CharField, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Concat

from apps.catalog.compiler import as_answered, demanded_by
from apps.deadlines.models import Clock
from apps.issuance import queries as documents
from apps.issuance.models import Document
from apps.journal.actor import Actor
from apps.journal.models import Event
from apps.kit.time import beijing_midnight

from . import sight
from .models import Application, Attachment, MaterialEntry, Member, Notice, ReviewSupplement
from .models.case import CURE_KEY, TURN
from .queries import applications_for, get

DAY_LIMIT = 2000  # acts of one clerk on one day; nobody reaches it

FROM_HOME = ("application.attach", "application.mend")

# What a clerk does at the window, in the order of a case's life.
ACTS = (
    "application.open",
    "application.pass_pre_check",
    "application.return_pre_check",
    "application.receive",
    "application.accept",
    "application.ask_supplement",
    "application.take_supplement",
    "application.supply_gap",
    "reviewsupplement.take",
    "application.not_accept",
    "application.not_handle",
    "application.correct",
    "application.amend",
    "application.reprint",
    "application.withdraw",
    "application.void",
)


def drafts(actor: Actor) -> QuerySet[Application]:
    """What this clerk, or one whom he stands in for, has begun and not yet received."""
    return (
        applications_for(actor)
        .filter(number__isnull=True, clerk__in=sorted(sight.typing_for(actor)), state__in=Application.BEFORE_RECEIPT)
        .select_related("applicant")
    )


def pre_checks(actor: Actor) -> QuerySet[Application]:
    """Handed in from home to this node's counters and not yet answered: page it by ("handed_in", "id"). The answer is owed from that
    moment, however long it was filled in, or sent back, before."""
    rows = applications_for(actor).filter(number__isnull=True, state__in=[Application.State.SUBMITTED, Application.State.PRE_CHECKING])
    chain = Concat(Value("application:"), Cast(OuterRef("pk"), CharField()))
    last = Event.objects.filter(chain=chain, name="application.submit").order_by("-seq")
    return rows.annotate(handed_in=Coalesce(Subquery(last.values("at")[:1]), "opened_at"))


def submitted_as(row: Application) -> str:
    """A mark of its last handing in for the pre-check: sent back and handed in anew it is another filing."""
    last = Event.objects.filter(chain=row.chain, name="application.submit").order_by("-seq").values_list("seq", flat=True)
    return str(last.first() or "")


def pre_passed(actor: Actor) -> QuerySet[Application]:
    """Passed the pre-check and not yet received: who comes with the originals is served at once."""
    return applications_for(actor).filter(state=Application.State.PRE_PASSED).select_related("applicant")


def under_check(actor: Actor) -> QuerySet[Application]:
    """Received, neither accepted nor told: page it by ("turn", "notice_due", "id"), those that passed a pre-check first."""
    rows = applications_for(actor).filter(state__in=Application.UNDER_CHECK, notice_due__isnull=False)
    return rows.select_related("applicant").annotate(turn=TURN)


def awaiting(actor: Actor) -> QuerySet[Application]:
    """Told what is missing: page it by ("cure_key", "id")."""
    # Nothing is asked about the day itself: PostgreSQL takes state and day for independent, and so for hardly any.
    rows = applications_for(actor).filter(state=Application.State.AWAITING_SUPPLEMENT)
    return rows.select_related("applicant").annotate(cure_key=CURE_KEY)


def gap_cures(actor: Actor) -> QuerySet[Member]:
    """Members with a promised material still to come, those that wait for a predecessor too: page it by ("gap_cure_by", "id")."""
    owing = Q(gap_open=True, state__in=Member.UNDECIDED) | Q(state=Member.State.WAITING, gap_cure_by__isnull=False)
    return (
        Member.objects.filter(owing, application__in=applications_for(actor).values("pk"))
        .select_related("application__applicant", "department")
        .defer("application__plan", "application__answers")
    )


def owed(members: Iterable[Member]) -> dict[int, list[MaterialEntry]]:
    """member id -> the promised materials that it needs and that did not come yet, in the plan's order; one statement.

    The caller has already shown that the actor may see these members.
    """
    members = list(members)
    promised = MaterialEntry.objects.filter(
        application__in={member.application_id for member in members}, promised=True
    ).annotate(lines=F("application__plan__materials"), given=F("application__plan__answers"), fields=F("application__answers"))
    found: dict[int, list[MaterialEntry]] = {member.pk: [] for member in members}
    for entry in promised.order_by("application", "position"):
        line = next((line for line in entry.lines if line["material"] == entry.code), None)
        needed = demanded_by(as_answered(line, entry.given, entry.fields)) if line else ()
        for member in members:
            if member.application_id == entry.application_id and member.code in needed and not entry.in_hand:
                found[member.pk].append(entry)
    return found


def open_cases(actor: Actor, party: int, most: int = 5) -> list[Application]:
    """What runs for this applicant at the actor's desk, newest first: most who come again come for one of these. Those that
    passed a pre-check, for which he comes with the originals, stand first."""
    passed = Q(state=Application.State.PRE_PASSED)
    rows = applications_for(actor).filter(passed | Q(number__isnull=False), applicant=party)
    rows = rows.exclude(state__in=Application.ENDED)
    return list(rows.order_by(Case(When(passed, then=0), default=1), "-pk")[:most])


def recent_codes(actor: Actor, most: int = 8) -> list[str]:
    """Items that this clerk took in last, newest first: what a desk does is mostly the same few."""
    codes = applications_for(actor).filter(clerk=actor.id).order_by("-pk").values_list("code", flat=True)[:80]
    return list(dict.fromkeys(codes))[:most]


def running_clocks(applications: Iterable[int], *kinds: str) -> dict[tuple[int, str], Clock]:
    """(application id, kind) -> its running clock, the earliest due when there are several; one statement.

    The caller has already shown that the actor may see these cases.
    """
    clocks = Clock.objects.filter(root_id__in=list(applications), kind__in=kinds).exclude(state=Clock.State.STOPPED)
    return {(clock.root_id, clock.kind): clock for clock in clocks.order_by("-due_on", "-pk")}


def with_checklist(actor: Actor, pk: int) -> tuple[Application, list[MaterialEntry]]:
    """A case and its checklist in the plan's order: two statements. What was handed in for a situation that holds no more stays on
    record and stands on no form. Raises NotYours."""
    row = get(actor, pk)
    planned = {line["material"] for line in row.plan["materials"]}
    return row, [entry for entry in row.materials.all() if entry.code in planned]


def add_scans(entries: list[MaterialEntry]) -> list[MaterialEntry]:
    """The same lines, each with `.live` = its scans that were not removed (`.sender`: the party that sent it from home); one statement.
    The actor sees their case."""
    by_line: dict[int, list[Attachment]] = {entry.pk: [] for entry in entries}
    for scan in Attachment.objects.filter(material__in=by_line, removed_at__isnull=True).annotate(sender=F("by__party")):
        by_line[scan.material_id].append(scan)
    for entry in entries:
        entry.live = by_line[entry.pk]
    return entries


def notice_of(row: Application, kind: str) -> Notice | None:
    """The one-time notice of a kind ("supplement" or "gap") of a case that the actor was shown to see."""
    return row.notices.filter(kind=kind).first()


def came_from_home(row: Application) -> str:
    """A mark of the last file or answer that came from home, of a case that the actor was shown to see; "0" where nothing did."""
    found = Event.objects.filter(chain=row.chain, by_kind="person", name__in=FROM_HOME)
    return str(found.order_by("-seq").values_list("seq", flat=True).first() or 0)


def received_by_staff(row: Application) -> bool:
    """Did a clerk take it in, of a case that the actor was shown to see? From home its owner hands it in himself."""
    return Event.objects.filter(chain=row.chain, name="application.receive", by_kind="staff").exists()


def open_supplements(row: Application) -> list[ReviewSupplement]:
    """What departments asked for during their review and did not get yet, the earliest first: of a one-thing several may have."""
    return list(row.supplements.filter(state__in=ReviewSupplement.OPEN).select_related("member").order_by("pk"))


def papers(row: Application) -> list[Document]:
    """The documents of a case that the actor was shown to see."""
    return documents.documents_of(row.pk)


def acts_of_day(actor: Actor, day: date) -> list[Event]:
    """What the actor himself did at the window on a Beijing day, newest first; one statement."""
    start = beijing_midnight(day)
    end = beijing_midnight(day, 1)
    rows = Event.objects.filter(by_kind="staff", by_id=actor.id, at__gte=start, at__lt=end, name__in=ACTS)
    return list(rows.order_by("-at", "-id")[:DAY_LIMIT])


def cases_of(actor: Actor, events: Iterable[Event]) -> dict[str, Application]:
    """chain -> its application, as far as the actor may see it; one statement."""
    wanted = {int(event.root_id) for event in events if event.root_type == "application"}
    return {row.chain: row for row in applications_for(actor).filter(pk__in=wanted).select_related("applicant")}
