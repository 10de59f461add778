"""What the rollup counts for a template counts once for each of its copies."""

from __future__ import annotations

from collections import Counter

from .. import rollup
from ..models import OpenMember
from .template import FIRST_KEY, Reader, Template

OPEN = OpenMember._meta.db_table
Sums = dict[type, Counter]


def counted(template: Template, reader: Reader) -> Sums:
    """The counters that the template's events change, as the rollup itself counts them; the members that stay open are
    stamped out with the template. Inside the savepoint in which the template stands: every kept counter is gone after it."""
    for model in rollup.KEYS:
        model.objects.all().delete()
    rollup.count(template.events)
    if open_members := reader.texts(OPEN, "member_id", FIRST_KEY):
        reader.add(template, OPEN, open_members)
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
