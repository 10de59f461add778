"""What is kept of ratings against the rows themselves; and that no bad one was forgotten."""

from __future__ import annotations

from django.db.models import Count
from django.db.models.functions import TruncMonth

from apps.journal.invariants import invariant
from apps.kit.time import BEIJING

from . import scale
from .models import Rating, Score


@invariant("feedback.score_agrees")
def score_agrees():
    counted = {
        (row["node"], row["department"], row["month"].date(), row["level"]): row["n"]
        for row in Rating.objects.filter(counts=True)
        .annotate(month=TruncMonth("at", tzinfo=BEIJING))
        .values("node", "department", "month", "level")
        .annotate(n=Count("pk"))
    }
    kept = {(row.node, row.department, row.month, row.level): row.value for row in Score.objects.exclude(value=0)}
    for key in sorted(counted.keys() | kept.keys()):
        if counted.get(key, 0) != kept.get(key, 0):
            where = "/".join(map(str, key))
            yield {
                "what": "评价的计数与明细不符",
                "where": where,
                "kept": kept.get(key, 0),
                "counted": counted.get(key, 0),
            }


@invariant("feedback.every_bad_rating_has_its_letter")
def bad_has_letter():
    worst = [level for level in scale.levels() if scale.is_bad(level)]
    for row in Rating.objects.filter(level__in=worst, rectification__isnull=True)[:20]:
        yield {"what": "差评没有函告", "where": row.chain}
