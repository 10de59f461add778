"""Reads for the comparison of items between nodes."""

from __future__ import annotations

from datetime import date

from django.db.models import F
from django.db.models.fields.json import KT

from .alignment import Compared, Offered, compare
from .models import Kind
from .queries import holding


def compared(node: str = "", day: date | None = None) -> list[Compared]:
    """The items in use that several nodes offer, or this node and others; one statement, which leaves most of their content where it is."""
    rows = holding(day).filter(definition__kind=Kind.ITEM, content__has_key="implementation_code").order_by("definition")
    asked = rows.values_list(
        "definition",
        "name",
        "definition__region__node_code",
        KT("content__implementation_code"),
        F("content__materials"),
        F("content__fields"),
        F("content__promised_limit"),
        F("content__max_visits"),
    )
    items = [
        Offered(
            code=code,
            name=name,
            node=at,
            implementation_code=long,
            materials=frozenset(one["material"] for one in materials or ()),
            form=frozenset(one["element"] for one in fields or ()),
            promise=(promise["days"], promise["unit"]),
            visits=visits,
        )
        for code, name, at, long, materials, fields, promise, visits in asked
    ]
    return [row for row in compare(items) if not node or any(one.node == node for one in row.offered)]
