"""What the one-things saved, by one-thing and in total, read from the kept sums."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q, Sum

from apps.catalog.models import Definition
from apps.journal.actor import Actor
from apps.kit.rounding import NOTHING, told_percent
from apps.kit.time import today

from .models import BundleCount, Progress
from .queries import demand_overseen, overseen
from .savings import SUMS


def _percent(share: Decimal | None) -> str:
    """"—" where there is nothing to compare."""
    return NOTHING if share is None else told_percent(100 * share)


@dataclass
class Saved:
    """One one-thing, or all together: its sums and what follows from them."""

    code: str
    name: str
    sums: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SUMS, 0))

    def _share(self, before: str, after: str) -> Decimal | None:
        base = self.sums[before]
        return 1 - Decimal(self.sums[after]) / base if base else None

    @property
    def materials(self) -> Decimal | None:
        return self._share("materials_before", "materials_after")

    @property
    def promised(self) -> Decimal | None:
        return self._share("days_before", "days_promised")

    @property
    def taken(self) -> Decimal | None:
        return self._share("days_before", "days_taken")

    @property
    def percents(self) -> dict[str, str]:
        return {name: _percent(getattr(self, name)) for name in SHARES}


SHARES = ("materials", "promised", "taken")


@dataclass
class Savings:
    """`total` weighs every case alike, `means` every one-thing that has a finished case."""

    since: date
    until: date
    total: Saved
    bundles: list[Saved]
    as_of: datetime | None

    @property
    def means(self) -> dict[str, str]:
        told = {}
        for name in SHARES:
            shares = [share for row in self.bundles if (share := getattr(row, name)) is not None]
            told[name] = _percent(sum(shares, Decimal(0)) / len(shares) if shares else None)
        return told


def savings(actor: Actor, *, node: str = "", since: date | None = None, until: date | None = None) -> Savings:
    """Three small statements on kept sums, whatever the number of cases. Raises Forbidden for another's node."""
    nodes = overseen(actor)
    until = until or today()
    since = min(since or until, until)
    demand_overseen(nodes, node)
    where = Q(node=node) if node else Q() if nodes is None else Q(node__in=nodes)
    rows = BundleCount.objects.filter(where, day__gte=since, day__lte=until)
    bundles: dict[str, Saved] = {}
    total = Saved("", "合计")
    for code, name, value in rows.values("code", "name").annotate(sum=Sum("value")).values_list("code", "name", "sum"):
        bundles.setdefault(code, Saved(code, code)).sums[name] = value
        total.sums[name] += value
    for code, name in Definition.objects.filter(pk__in=bundles).values_list("pk", "name"):
        bundles[code].name = name
    progress = Progress.objects.first()
    ranked = sorted(bundles.values(), key=lambda row: (-row.sums["cases"], row.code))
    return Savings(since, until, total, ranked, progress.at if progress else None)
