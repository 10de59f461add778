"""The kept counters against a count of the rows. It stands still while events wait to be counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, Sum

from apps.applications.models import Application, Member
from apps.journal.invariants import invariant
from apps.kit.time import today

from . import conversion
from .metrics import METRICS
from .models import LIGHTS, BundleCount, DayCount, Gauge, OpenMember, Progress
from .reading import uncounted
from .rollup import OF_A_DAY
from .savings import measured


def _apart(kept: dict[tuple, int], counted: dict[tuple, int], what: str) -> Iterator[dict]:
    for key in sorted(counted.keys() | kept.keys(), key=str):
        if counted.get(key, 0) != kept.get(key, 0):
            where = "/".join(map(str, key))
            yield {"what": what, "where": where, "kept": kept.get(key, 0), "counted": counted.get(key, 0)}


def _all_is_counted(*flags: str) -> bool:
    """No event waits for the rollup, and what was kept later is in."""
    progress = Progress.objects.first()
    if progress is None or not all(getattr(progress, flag) for flag in flags):
        return False
    return not uncounted(progress).exists()


@invariant("supervision.open_gauge_agrees")
def open_gauge():
    if not _all_is_counted():
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
    if not _all_is_counted("bundles"):
        return
    kept = {
        (row.day, row.node, row.code, row.name): row.value for row in BundleCount.objects.exclude(name=AS_MEASURED)
    }
    counted = {key: value for key, value in measured().items() if key[-1] != AS_MEASURED and value}
    yield from _apart(kept, counted, "一件事的节省与明细不符")


@invariant("supervision.pre_checks_agree")
def pre_checks_agree():
    if not _all_is_counted("pre_checks"):
        return
    rows = DayCount.objects.filter(name__in=conversion.NAMES)
    kept = {(row.day, row.node, row.department, row.name): row.value for row in rows}
    counted = conversion.measured()
    yield from _apart(kept, counted, "预审转化与明细不符")


@invariant("supervision.lights_agree")
def lights_agree():
    kept: dict[tuple[str, str], int] = {}
    for row in Gauge.objects.filter(name__in=LIGHTS, department=""):
        kept[row.node, row.name] = row.value
    counted = {
        (row["node"], row["light"]): row["n"]
        for row in OpenMember.objects.exclude(light="green").values("node", "light").annotate(n=Count("pk"))
    }
    yield from _apart(kept, counted, "亮灯数与明细不符")


SINCE = timedelta(days=92)  # what went astray before was found then


@invariant("supervision.days_agree")
def days_agree():
    """What the days of the last three months count, against the lists that these numbers open. `script/manage recount` mends it."""
    if not _all_is_counted(*OF_A_DAY):
        return
    since, until = today() - SINCE, today()
    flows = [metric for metric in METRICS.values() if not (metric.gauge or metric.pre_check)]
    days = DayCount.objects.filter(department="", day__gte=since, day__lte=until, name__in=[metric.name for metric in flows])
    kept = {(node, name): value for node, name, value in days.values_list("node", "name").annotate(value=Sum("value"))}
    counted: dict[tuple, int] = {}
    for metric in flows:
        node, received = ("node", {"number__isnull": False}) if metric.of is Application else ("application__node", {})
        rows = metric.of.objects.filter(metric.where(since, until), **received).values_list(node).annotate(n=Count("pk"))
        counted |= {(of, metric.name): n for of, n in rows}
    yield from _apart(kept, counted, "近三个月的日计数与明细不符")
