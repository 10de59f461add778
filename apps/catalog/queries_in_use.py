"""Items in use, by how often somebody must come, whether they are decided on the spot and where they are taken in: the numbers, and the items behind each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KT

from apps.directory.models import Department

from .models import DefinitionVersion, Kind
from .queries import holding

SHARES = {
    "items": Q(),
    "accepting": Q(accepting=True),
    "at_most_once": Q(at_most_once=True),
    "more_often": Q(at_most_once=False),
    "zero_visits": Q(content__max_visits=0),
    "instant": Q(content__handling="instant"),
    "online": Q(content__channels__contains=["online"]),
    "city_wide": Q(city_wide="city"),
}
COUNTS = {f"n_{name}": Count("pk", filter=where) for name, where in SHARES.items()}  # a field has the name of one


def items_in_use(share: str = "items", *, nodes: Iterable[str] | None = None, day: date | None = None) -> QuerySet[DefinitionVersion]:
    """The items that a number counts, at these nodes (None: everywhere); drafts and withdrawn ones do not count."""
    rows = holding(day).filter(SHARES[share], definition__kind=Kind.ITEM)
    if nodes is not None:
        rows = rows.filter(definition__region__node_code__in=nodes)
    return rows


def in_use(day: date | None = None, *, nodes: Iterable[str] | None = None) -> dict[str, int]:
    """{"items", "at_most_once", …}: how many there are on the day."""
    return _named(items_in_use(nodes=nodes, day=day).aggregate(**COUNTS))


# Whose it is says the version in force: the definition's own department is that of its newest, to which it may go on a day to come.
OF = {"node": F("definition__region__node_code"), "department": KT("content__department")}


def in_use_by(what: str, nodes: Iterable[str] | None = None, day: date | None = None) -> dict[str, dict[str, int]]:
    """{node or department: the same}, of these nodes; what has no item is not in it."""
    rows = items_in_use(nodes=nodes, day=day).order_by().values(of=OF[what]).annotate(**COUNTS)
    return {row.pop("of"): _named(row) for row in rows}


def bundles_in_use(nodes: Iterable[str] | None = None, day: date | None = None) -> dict[str, int]:
    """{"bundles", "several"}: one-things that there are on the day, and those with items of more than one department."""
    rows = holding(day).filter(definition__kind=Kind.BUNDLE)
    if nodes is not None:
        rows = rows.filter(definition__region__node_code__in=nodes)
    held = [{member["item"] for member in members} for members in rows.values_list("content__members", flat=True)]
    items = holding(day).filter(definition__in=set().union(*held))
    office = dict(items.values_list("definition_id", KT("content__department")))
    several = sum(len({office[code] for code in codes if code in office}) > 1 for codes in held)
    return {"bundles": len(held), "several": several}


def _named(row: dict[str, int]) -> dict[str, int]:
    return {name: row[f"n_{name}"] for name in SHARES}


def shown(rows: QuerySet[DefinitionVersion]) -> QuerySet[DefinitionVersion]:
    """With what a list says of each, without the rest of its content."""
    named = Department.objects.filter(pk=OuterRef("own_department")).values("name")
    return rows.defer("content").annotate(
        own_department=KT("content__department"),
        department=Subquery(named),
        visits=F("content__max_visits"),
        reason=KT("content__visit_reason"),
        handling=KT("content__handling"),
        limit=F("content__promised_limit"),
    )
