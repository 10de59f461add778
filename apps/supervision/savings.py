"""What each finished one-thing saved (DOMAIN.md 1H): materials and days, against the baseline frozen with the case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from apps.applications.models import Application
from apps.deadlines.engine.counting import WORKING
from apps.deadlines.queries import shelf

FINISH = "application.finish"
# Sums kept for every day, node and one-thing. The days only of cases whose baseline counts the same days as the promise.
SUMS = ("cases", "materials_before", "materials_after", "timed", "days_before", "days_promised", "days_taken")

_PLAN = ("kind", "materials_before", "materials_after", "baseline_limit", "promised_limit")


def measured(pks: Iterable[int] | None = None) -> Counter:
    """{(day of the end, node, one-thing, sum): value} of finished one-things, these or all, from the rows themselves."""
    rows = Application.objects.filter(state=Application.State.DONE, outcome__in=Application.CARRIED_THROUGH, plan__kind="bundle")
    if pks is not None:
        rows = rows.filter(pk__in=pks)
    found = shelf()
    sums: Counter = Counter()
    facts = ("ended_on", "node_id", "code", "accepted_on", *(f"plan__{name}" for name in _PLAN[1:]))
    for day, node, code, accepted_on, before, after, baseline, promise in rows.values_list(*facts).iterator():
        case = {"cases": 1, "materials_before": before, "materials_after": after}
        if baseline and promise and baseline["unit"] == promise["unit"]:
            working = baseline["unit"] == WORKING
            taken = found.calendar(node).count(accepted_on, day) if working else (day - accepted_on).days
            case |= {"timed": 1, "days_before": baseline["days"], "days_promised": promise["days"], "days_taken": taken}
        for name, value in case.items():
            sums[day, node, code, name] += value
    return sums
