"""The kept counters against a count of the rows. It stands still while events wait to be counted."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count

from apps.applications.models import Application, Member
from apps.journal.invariants import invariant
from apps.journal.models import Event

from . import conversion
from .models import BundleCount, DayCount, Gauge, OpenMember, Progress
from .savings import measured


def _apart(kept: dict[tuple, int], counted: dict[tuple, int], what: str) -> Iterator[dict]:
    for key in sorted(counted.keys() | kept.keys(), key=str):
        if counted.get(key, 0) != kept.get(key, 0):
            where = "/".join(map(str, key))
            yield {"what": what, "where": where, "kept": kept.get(key, 0), "counted": counted.get(key, 0)}


@invariant("supervision.open_gauge_agrees")
def open_gauge():
    progress = Progress.objects.first()
    if progress is None or Event.objects.filter(tx__gte=progress.horizon).exists():
        return
    running = Member.objects.filter(state__in=Member.UNDECIDED).values_list("application__node_id")
    coming = Application.objects.filter(state__in=Application.BEFORE_ACCEPTANCE).values_list("node_id")
    for name, what, rows in (("open", "在办数", running), ("checking", "待受理数", coming)):
        counted = {(node,): n for node, n in rows.annotate(n=Count("pk"))}
        gauges = Gauge.objects.filter(name=name, department="").values_list("node", "value")
        yield from _apart({(node,): value for node, value in gauges}, counted, f"{what}与明细不符")


# What a later change of past days would count anew: it stands as it was measured on its day.
AS_MEASURED = "days_taken"


@invariant("supervision.savings_agree")
def savings_agree():
    progress = Progress.objects.first()
    if progress is None or not progress.bundles or Event.objects.filter(tx__gte=progress.horizon).exists():
        return
    kept = {
        (row.day, row.node, row.code, row.name): row.value for row in BundleCount.objects.exclude(name=AS_MEASURED)
    }
    counted = {key: value for key, value in measured().items() if key[-1] != AS_MEASURED and value}
    yield from _apart(kept, counted, "一件事的节省与明细不符")


@invariant("supervision.pre_checks_agree")
def pre_checks_agree():
    progress = Progress.objects.first()
    if progress is None or not progress.pre_checks or Event.objects.filter(tx__gte=progress.horizon).exists():
        return
    rows = DayCount.objects.filter(name__in=conversion.NAMES)
    kept = {(row.day, row.node, row.department, row.name): row.value for row in rows}
    counted = conversion.measured()
    yield from _apart(kept, counted, "预审转化与明细不符")


@invariant("supervision.lights_agree")
def lights_agree():
    kept: dict[tuple[str, str], int] = {}
    for row in Gauge.objects.filter(name__in=["yellow", "red", "overdue"], department=""):
        kept[row.node, row.name] = row.value
    counted = {
        (row["node"], row["light"]): row["n"]
        for row in OpenMember.objects.exclude(light="green").values("node", "light").annotate(n=Count("pk"))
    }
    yield from _apart(kept, counted, "亮灯数与明细不符")
