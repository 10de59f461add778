"""Reads of site inspections: the list of a department by day, one visit with everything on it, its photos. Scoped like `queries`."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from apps.deadlines import queries as deadlines
from apps.deadlines.models import Clock
from apps.journal.actor import Actor
from apps.kit.errors import NotYours, WrongState
from apps.kit.time import today

from . import sight, visiting
from .models import Application, Inspection, InspectionPart, InspectionPhoto, Member, RectificationLine
from .models.case import LAST
from .queries import needs

# Parts of a visit that was called off. Where that was a second look, because all whom it was for had left, what the others found stands;
# who has not concluded, or had asked late for something to be put right, is visited anew.
FOUND = (InspectionPart.Result.PASS, InspectionPart.Result.FAIL)
NOT_BINDING = Q(inspection__state=Inspection.State.CANCELLED) & (Q(inspection__round=1) | ~Q(result__in=FOUND))


def _seen(actor: Actor) -> Q:
    """Visits of cases that exist for the actor."""
    return Q(application__in=Application.objects.filter(sight.scope(actor)).values("pk"))


def _demand_part(actor: Actor, inspection: Inspection) -> None:
    """Need to know: of the departments of the case only those of the visit see what was found. Raises NotYours."""
    ours = {inspection.organiser_id, *inspection.departments}
    if ours.isdisjoint(sight.desks(actor)) and needs(actor, inspection.application) is not None:
        raise NotYours


def inspections_for(actor: Actor, *, over: bool = False) -> QuerySet[Inspection]:
    """Visits that the actor's departments organise or take part in: page by ("day_key", "id"); what has no day yet is last."""
    mine = sight.desks(actor)
    rows = Inspection.objects.filter(_seen(actor), Q(organiser__in=mine) | Q(departments__overlap=mine))
    rows = rows.filter(state__in=Inspection.OVER) if over else rows.exclude(state__in=Inspection.OVER)
    return (
        rows.select_related("application", "organiser")
        .defer("application__plan", "application__answers")
        .annotate(day_key=Coalesce("visit_on", Value(LAST)))
    )


@dataclass
class Visit:
    """One inspection as its page shows it, loaded in a fixed number of statements."""

    inspection: Inspection
    parts: list[InspectionPart]  # every round, oldest first, each with .member_rows and .clock
    lines: list[RectificationLine]
    own: InspectionPart | None  # the newest part of the actor's department

    @property
    def now(self) -> list[InspectionPart]:
        """This round's parts."""
        return [part for part in self.parts if part.round == self.inspection.round and not part.left]

    @property
    def open_lines(self) -> list[RectificationLine]:
        return [line for line in self.lines if line.state == RectificationLine.State.OPEN]

    @property
    def own_lines(self) -> list[RectificationLine]:
        return [line for line in self.open_lines if self.own and line.part.department_id == self.own.department_id]

    @property
    def owes_earlier(self) -> bool:
        """The actor's department let its conclusion on an earlier look lapse and is not in this one: it may still write it."""
        row, own = self.inspection, self.own
        return bool(own) and not own.result and own.round < row.round and row.state not in Inspection.OVER

    @property
    def common(self) -> list[str]:
        """The slots that all who answered have free, the proposal first."""
        return visiting.common([part.times for part in self.now if part.answered_on], today())

    @property
    def points(self) -> list[str]:
        """What the actor's department looks at."""
        return visiting.points(self.inspection.application.plan, self.own.member_rows) if self.own else []


def visit(actor: Actor, pk: int) -> Visit:
    """Raises NotYours, also for the applicant: what departments write there is theirs until the visit's papers say it (story.py)."""
    row = Inspection.objects.filter(_seen(actor), pk=pk).select_related("application__applicant", "organiser").first()
    if row is None or actor.kind == "person":
        raise NotYours
    _demand_part(actor, row)
    members = {member.pk: member for member in Member.objects.filter(application=row.application_id)}
    for member in members.values():
        member.application = row.application
    live = InspectionPhoto.objects.filter(removed_at__isnull=True)
    photos = Prefetch("photos", queryset=live.select_related("by"))
    parts = list(row.parts.select_related("department", "concluded_by").prefetch_related(photos))
    clocks = {
        clock.subject_id: clock
        for clock in Clock.objects.filter(root_id=row.application_id, kind="inspection", subject_type="inspectionpart")
    }
    for part in parts:
        part.inspection, part.application = row, row.application
        part.member_rows = [members[pk] for pk in part.members]
        part.clock = clocks.get(part.pk)
    lines = list(RectificationLine.objects.filter(part__in=parts).order_by("pk"))
    known = {part.pk: part for part in parts}
    for line in lines:
        line.part = known[line.part_id]
    mine = set(sight.desks(actor))
    own = next((part for part in reversed(parts) if part.department_id in mine and not part.left), None)
    return Visit(row, parts, lines, own)


def slots(inspection: Inspection) -> list[str]:
    """The half days from which a department, or the organiser of a re-inspection, chooses."""
    return visiting.slots(deadlines.calendar(region=inspection.application.node_id), today())


def visits_for(actor: Actor, application: Application, members: list[Member]) -> list[Inspection]:
    """The visits of a case, newest first, that the actor's departments organise or take part in."""
    if not any(visiting.visited(member) for member in members):
        return []
    mine = sight.desks(actor)
    rows = application.inspections.filter(Q(organiser__in=mine) | Q(departments__overlap=mine))
    return list(rows.select_related("organiser").order_by("-pk"))


def taking_part(application: int) -> set[tuple[int, str]]:
    """(member, department) that are, or were, part of a visit that was not called off and that they did not leave. What went to another
    department since is part of none."""
    parts = InspectionPart.objects.filter(application=application, left=False).exclude(NOT_BINDING)
    return {(pk, office) for members, office in parts.values_list("members", "department") for pk in members}


def arranged(application: Application, members: list[Member]) -> Inspection | None:
    """The visit on which these go along, being joined by the bundle with others for whom one is arranged: nobody has gone yet."""
    joined = application.plan["joint_inspection"]
    if not any(member.code in joined for member in members):
        return None
    sisters = list(Member.objects.filter(application=application, code__in=joined).values_list("pk", flat=True))
    rows = Inspection.objects.filter(application=application, state__in=Inspection.BEFORE_VISIT, round=1)
    rows = rows.exclude(state=Inspection.State.NOTIFIED, visit_on__lte=today())
    part = InspectionPart.objects.filter(inspection__in=rows, left=False, members__overlap=sisters).order_by("pk").first()
    if part is None:
        return None
    found = Inspection.objects.select_related("organiser").get(pk=part.inspection_id)
    found.application = application
    return found


def to_plan(actor: Actor, application: Application, members: list[Member]) -> list[Member]:
    """Those of these, with their application, for which one of the actor's departments should call for a visit."""
    mine = set(sight.desks(actor))
    if not mine or not any(visiting.visited(member) for member in members):
        return []
    taken = taking_part(application.pk)
    waiting = [m for m in members if m.state in Member.UNDECIDED and (m.pk, m.department_id) not in taken]
    return next((chosen for organiser, chosen in visiting.visits(application.plan, waiting) if organiser in mine), [])


def photo(actor: Actor, pk: int) -> InspectionPhoto:
    """A photo if the actor may see its case and, as a department, its visit. Raises NotYours, for the applicant as the visit itself, and
    WrongState while it is in quarantine; what was found infected exists for nobody."""
    seen = Application.objects.filter(sight.scope(actor)).values("pk")
    rows = InspectionPhoto.objects.filter(pk=pk, part__application__in=seen, removed_at__isnull=True)
    row = rows.select_related("part__inspection__application").first()
    if row is None or actor.kind == "person":
        raise NotYours
    _demand_part(actor, row.part.inspection)
    if row.quarantined:
        raise WrongState("这张照片还在做安全检查（查病毒），通过以后才能打开；一般一分钟内有结果。")
    return row
