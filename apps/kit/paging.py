"""Paging by key: a page costs the same wherever it lies; no OFFSET, no COUNT."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from django.core import signing
from django.db.models import Q, QuerySet

from .errors import Refused


@dataclass
class Page:
    rows: list
    next: str | None = None  # token of the following page
    previous: str | None = None  # token of the page before


def _value(row, name: str):
    for part in name.split("__"):
        row = getattr(row, part)
    return row


def _salt(model, names: list[str]) -> str:
    """A token of one list opens no other: its keys would not fit."""
    return f"paging:{model._meta.label}:{','.join(names)}"


def _token(direction: str, row, names: list[str]) -> str:
    # Plain str: Django's JSON encoder cuts instants to milliseconds, and rows between would be lost.
    keys = json.dumps([_value(row, name) for name in names], default=str)
    return signing.dumps([direction, keys], salt=_salt(type(row), names), compress=True)


def keyset_page(queryset: QuerySet, order: tuple[str, ...], token: str | None = None, size: int = 50) -> Page:
    """One page of `queryset` in `order` (field names, "-" for descending, the last one unique and none null).

    Raises Refused (422) for a token that is not ours.
    """
    names = [part.lstrip("-") for part in order]
    direction, keys = "next", None
    if token:
        try:
            direction, raw = signing.loads(token, salt=_salt(queryset.model, names))
            keys = json.loads(raw)
        except (signing.BadSignature, ValueError, TypeError):
            raise Refused("page.token", "翻页标记已失效，请回到第一页。", "page") from None
    backwards = direction == "previous"
    ordering = [_flip(part) if backwards else part for part in order]
    if keys is not None:
        queryset = queryset.filter(_beyond(ordering, keys))
    rows = list(queryset.order_by(*ordering)[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    page = Page(rows)
    if rows:
        if more or backwards:
            page.next = _token("next", rows[-1], names)
        if (more and backwards) or (keys is not None and not backwards):
            page.previous = _token("previous", rows[0], names)
    return page


def slices(queryset: QuerySet, order: tuple[str, ...], size: int = 2000) -> Iterator:
    """Every row in `order` (as above), one slice in memory at a time. No cursor is held open between them, so it also works where
    a pooler takes the session away; rows of `values_list` have to be named."""
    ordered = rows = queryset.order_by(*order)
    names = [part.lstrip("-") for part in order]
    while found := list(rows[:size]):
        yield from found
        if len(found) < size:
            return
        rows = ordered.filter(_beyond(list(order), [_value(found[-1], name) for name in names]))


def _flip(part: str) -> str:
    return part[1:] if part.startswith("-") else "-" + part


def _beyond(ordering: list[str], keys: list) -> Q:
    """(a, b) beyond (x, y): a past x, or a = x and b past y. The first comparison is repeated so that an index serves."""
    condition = Q()
    prefix = Q()
    for part, key in zip(ordering, keys, strict=True):
        name = part.lstrip("-")
        compare = "lt" if part.startswith("-") else "gt"
        condition |= prefix & Q(**{f"{name}__{compare}": key})
        prefix &= Q(**{name: key})
    first = ordering[0].lstrip("-")
    bound = "lte" if ordering[0].startswith("-") else "gte"
    return Q(**{f"{first}__{bound}": keys[0]}) & condition
