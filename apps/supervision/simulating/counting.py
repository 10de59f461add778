"""What the rollup counts for a template counts once for each of its copies."""

from __future__ import annotations

from collections import Counter

from .. import rollup
from ..models import OpenMember, ResultRuns
from .template import FIRST_KEY, Reader, Template

OF_MEMBERS = [model._meta.db_table for model in (OpenMember, ResultRuns)]
Sums = dict[type, Counter]


def counted(template: Template, reader: Reader) -> Sums:
    """The counters that the template's events change, as the rollup itself counts them; what it keeps of each member is
    stamped out with the template. Inside the savepoint in which the template stands: every kept counter is gone after it."""
    for model in rollup.KEYS:
        model.objects.all().delete()
    rollup.count(template.events)
    for table in OF_MEMBERS:
        if of_members := reader.texts(table, "member_id", FIRST_KEY):
            reader.add(template, table, of_members)
    return {
        model: Counter({row[:-1]: row[-1] for row in model.objects.values_list(*keys, "value")})
        for model, keys in rollup.KEYS.items()
    }


def times(sums: Sums, copies: int) -> Sums:
    return {model: Counter({key: value * copies for key, value in row.items()}) for model, row in sums.items()}


def add_up(all_sums: list[Sums]) -> None:
    for model in rollup.KEYS:
        total: Counter = Counter()
        for sums in all_sums:
            total.update(sums[model])
        rollup.add(model, total)
