"""What a supervisor sees: the board from kept counters, stuck deliveries, and when the numbers were last brought up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import BigIntegerField, Case, Exists, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Substr

from apps.applications.models import Application, Attachment, InspectionPhoto
from apps.applications.sight import scope
from apps.directory.models import Department, Region
from apps.issuance.models import Document
from apps.journal.actor import Actor
from apps.journal.models import Delivery
from apps.kit.errors import Forbidden
from apps.kit.rounding import mean, percent
from apps.kit.time import now, today

from .models import LIGHTS, DayCount, Gauge, Progress
from .reading import uncounted
from .stuck_words import Words, words

PRE_CHECK_NAMES = ("pre_passed", "pre_accepted", "pre_clean", "pre_at_once")
KEPT_UP = timedelta(minutes=5)
GAUGE_NAMES = ("checking", "open", *LIGHTS)


def overseen(actor: Actor) -> list[str] | None:
    """Node codes that the actor oversees; None = all of the city. Raises Forbidden for anyone but a supervisor."""
    posts = [post for post in actor.posts if post.role == "supervisor"]
    if not posts:
        raise Forbidden("只有监督人员可以查看监督看板。")
    return None if any(post.node.endswith("00") for post in posts) else sorted({post.node for post in posts})


def places(actor: Actor) -> list[Region]:
    """The nodes that the actor oversees, by code: those in force, and those that are no more but have numbers, which the board shows."""
    mine, on = overseen(actor), today()
    kept = Exists(Gauge.objects.filter(node=OuterRef("pk")))
    known = Region.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on) | kept).order_by("code")
    return [
        one for one in known
        if one.is_node and (one.valid_from is None or one.valid_from <= on) and (mine is None or one.code in mine)
    ]


def demand_overseen(nodes: list[str] | None, node: str) -> None:
    """Raises Forbidden for a node that is not among those `overseen`; "" is no node in particular."""
    if node and nodes is not None and node not in nodes:
        raise Forbidden("这个节点不在您的监督范围内。")


@dataclass
class Line:
    """One row of the board: a department or a node, its numbers by name."""

    code: str
    name: str
    numbers: dict[str, int] = field(default_factory=dict)

    @property
    def on_time_percent(self) -> str:
        """按时办结率 = on time / decided in the period, one decimal; "—" when nothing was decided."""
        on_time = self.numbers.get("on_time", 0)
        return percent(on_time, on_time + self.numbers.get("late", 0))

    @property
    def instant_percent(self) -> str:
        """即办件比例 by cases = decided on the spot / decided in the period; "—" when nothing was decided."""
        return percent(self.numbers.get("instant", 0), self.numbers.get("decided", 0))

    @property
    def at_most_once_percent(self) -> str:
        """最多跑一次率 = results served with at most one run to a window / results served in the period; "—" without any."""
        kept = self.numbers.get("ran_never", 0) + self.numbers.get("ran_once", 0)
        return percent(kept, kept + self.numbers.get("ran_again", 0))

    @property
    def pre_check(self) -> dict[str, str]:
        """预审转化: of what passed how much was accepted, of that without a further gap; visits and days of one; "—" without any."""
        got = self.numbers.get
        accepted = got("pre_accepted", 0)
        return {
            "accepted_percent": percent(accepted, got("pre_passed", 0)),
            "clean_percent": percent(got("pre_clean", 0), accepted),
            "visits_each": mean(got("pre_visits", 0), accepted),
            "days_each": mean(got("pre_days", 0), accepted),
        }


@dataclass
class Board:
    since: date
    until: date
    total: Line
    departments: list[Line]
    nodes: list[Line]
    as_of: datetime | None


def board(actor: Actor, *, node: str = "", since: date | None = None, until: date | None = None) -> Board:
    """Intake, open cases, lights and overdue, for the actor's nodes (or one of them), by department and by node.

    Five small statements on kept counters, whatever the number of cases.
    """
    nodes = overseen(actor)
    until = until or today()
    since = min(since or until, until)
    demand_overseen(nodes, node)
    where = Q(node=node) if node else Q() if nodes is None else Q(node__in=nodes)
    lines: dict[tuple[str, str], Line] = {}
    counts = DayCount.objects.filter(where, day__gte=since, day__lte=until)
    gauges = Gauge.objects.filter(where)
    for place, department, name, value in [
        *counts.values_list("node", "department", "name", "value"),
        *gauges.values_list("node", "department", "name", "value"),
    ]:
        for key in [("node", place), ("total", "")] if department == "" else [("department", department)]:
            line = lines.setdefault(key, Line(key[1], key[1]))
            line.numbers[name] = line.numbers.get(name, 0) + value
    _name(lines)
    progress = Progress.objects.first()
    return Board(
        since=since,
        until=until,
        total=lines.get(("total", ""), Line("", "合计")),
        departments=_sorted(lines, "department"),
        nodes=_sorted(lines, "node"),
        as_of=progress.at if progress else None,
    )


def behind() -> datetime | None:
    """Since when the kept numbers lack what happened; None while they are kept up, as they are every second. The counting
    stands, or something holds a transaction open: the lists behind the numbers are right all the same."""
    progress = Progress.objects.first() or Progress()
    waiting = uncounted(progress).order_by("tx", "pk")
    first = waiting.values_list("at", flat=True).first()
    return first if first and now() - first > KEPT_UP else None


def _name(lines: dict[tuple[str, str], Line]) -> None:
    departments = dict(
        Department.objects.filter(pk__in=[code for kind, code in lines if kind == "department"]).values_list(
            "pk", "name"
        )
    )
    on = today()
    regions = {one.pk: one.told_on(on) for one in Region.objects.filter(pk__in=[code for kind, code in lines if kind == "node"])}
    for (kind, code), line in lines.items():
        line.name = {"department": departments, "node": regions}.get(kind, {}).get(code, "合计")


def _sorted(lines: dict[tuple[str, str], Line], kind: str) -> list[Line]:
    """The latest first: most overdue, then most red, then most open."""
    rows = [line for (what, _), line in lines.items() if what == kind]
    return sorted(
        rows, key=lambda row: [-row.numbers.get(n, 0) for n in ("overdue", "red", "open", "received")] + [row.code]
    )


def series(actor: Actor, names: tuple[str, ...], *, node: str = "", days: int = 30) -> list[dict]:
    """[{"day", name: value, …}] of the last days, gaps as 0, for a chart and the table behind it."""
    nodes = overseen(actor)
    first = today() - timedelta(days=days - 1)
    rows = DayCount.objects.filter(department="", day__gte=first, name__in=names)
    if node:
        rows = rows.filter(node=node)
    if nodes is not None:
        rows = rows.filter(node__in=nodes)
    table = {first + timedelta(days=n): dict.fromkeys(names, 0) for n in range(days)}
    for day, name, value in rows.values_list("day", "name", "value"):
        if day in table:
            table[day][name] += value
    return [{"day": day, **values} for day, values in table.items()]


def _subject(kind: str, chain="event__chain") -> Cast:
    return Cast(Substr(chain, len(kind) + 2), BigIntegerField())


# The case that a delivery is about: by the case's own chain, or that of its clock or document.
_CASE = Case(
    When(event__chain__startswith="application:", then=_subject("application")),
    When(event__chain__startswith="clock:", then=Cast(KeyTextTransform("root", "event__facts"), BigIntegerField())),
    When(
        event__chain__startswith="document:",
        then=Subquery(Document.objects.filter(pk=_subject("document", OuterRef("event__chain"))).values("root_id")),
    ),
)


def stuck(actor: Actor) -> QuerySet[Delivery]:
    """Deliveries that need a person."""
    return deliveries(actor).filter(state=Delivery.STUCK)


def deliveries(actor: Actor) -> QuerySet[Delivery]:
    """Each with its `case`, of the nodes that the actor oversees; those of no case, for the city only."""
    nodes = overseen(actor)
    rows = Delivery.objects.select_related("event").order_by("pk").annotate(case=_CASE)
    return rows if nodes is None else rows.filter(case__in=Application.objects.filter(scope(actor)).values("pk"))


@dataclass(frozen=True)
class Stuck:
    """A step that a worker could not do by itself, with the case that it is about (None: of none)."""

    delivery: Delivery
    case: Application | None
    words: Words


@dataclass(frozen=True)
class Unexamined:
    """A file for which the virus scanner gives no verdict: nobody may open it and it counts as not handed in."""

    application: Application
    what: str  # the material, or that it is a photo of a visit
    at: datetime
    tries: int


def silent_files(actor: Actor) -> dict[type, QuerySet]:
    """By their table: files about which the scanner was asked without a verdict, of the nodes that the actor oversees."""
    nodes, found = overseen(actor), {}
    for model, case in ((Attachment, "application"), (InspectionPhoto, "part__application")):
        rows = model.objects.filter(scan=model.Scan.WAITING, removed_at__isnull=True, scan_tries__gt=0)
        rows = rows.filter(**{f"{case}__discarded_at__isnull": True})
        found[model] = rows if nodes is None else rows.filter(**{f"{case}__node__in": nodes})
    return found


def unexamined(actor: Actor, most: int = 50) -> list[Unexamined]:
    """Those files, the longest waiting first. Two statements on the partial indexes of what is open, however many there are."""
    files = silent_files(actor)
    plan = ("application__plan", "application__answers")
    told = [
        Unexamined(row.application, row.material.name, row.at, row.scan_tries)
        for row in files[Attachment].select_related("application__node", "material").defer(*plan).order_by("at")[:most]
    ]
    photos = files[InspectionPhoto].select_related("part__application__node")
    photos = photos.defer(*(f"part__{name}" for name in plan)).order_by("at")[:most]
    told += [Unexamined(row.part.application, "现场踏勘照片", row.at, row.scan_tries) for row in photos]
    return sorted(told, key=lambda one: one.at)[:most]


def told_stuck(rows: Iterable[Delivery]) -> list[Stuck]:
    """Rows of `stuck` with their words and the case that each is about; one statement, however many they are."""
    rows = list(rows)
    cases = Application.objects.only("number", "name").in_bulk({row.case for row in rows} - {None})
    return [Stuck(row, cases.get(row.case), words(row.listener, row.event.name, row.error)) for row in rows]
