"""Rows of several querysets in one statement: what one page shows comes in one trip to the database.

    members, materials = together(row.members.select_related("department"), row.materials.all())
    for entry in materials:
        keep(entry, "attachments", [...])      # entry.attachments.all() then asks nothing

Each is what `list(queryset)` would be, with its ordering, annotations, deferred columns and select_related. prefetch_related asks
on its own and has no place here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from copy import copy

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import QuerySet


def together(*querysets: QuerySet) -> list[list]:
    parts, values, compilers = [], [], []
    for rows in querysets:
        compiler = rows.query.get_compiler(connection=connection)
        compilers.append(compiler)
        try:
            sql, given = compiler.as_sql()
        except EmptyResultSet:
            parts.append("'[]'")
            continue
        names = ", ".join(f"c{place}" for place in range(len(compiler.select)))
        parts.append(f"(SELECT coalesce(json_agg(part), '[]')::text FROM ({sql}) AS part ({names}))")  # noqa: S608  (Django's own text)
        values += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        answer = cursor.fetchone()
    return [_made(*each) for each in zip(querysets, compilers, answer, strict=True)]


def _made(rows: QuerySet, compiler, text: str) -> list:
    """Let Django build the objects, from rows that it need not fetch and values that it need not convert."""
    if text == "[]":
        return []
    readers = [_reader(expression.output_field) for expression, _, _ in compiler.select]
    found = [
        [
            value if read is None or value is None else read(value)
            for read, value in zip(readers, part.values(), strict=True)
        ]
        for part in json.loads(text)
    ]
    compiler.get_converters = lambda _: {}
    return _objects(rows, compiler, found)


def _objects(rows: QuerySet, compiler, found: Sequence) -> list:
    """What Django makes of these rows of the compiled queryset."""
    compiler, rows = copy(compiler), rows.all()
    compiler.execute_sql = lambda *_, **__: [found]
    rows.query.get_compiler = lambda *_, **__: compiler
    return list(rows)


def _reader(field: models.Field) -> Callable | None:
    """What makes of a JSON value the field's own; None where it is that already."""
    plain = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(plain, models.DateField | models.TimeField | models.UUIDField | models.DecimalField):
        return plain.to_python
    base = getattr(plain, "base_field", None)  # of an array
    inner = _reader(base) if base is not None else None
    return (lambda values: [inner(value) for value in values]) if inner else None


def keep(row: models.Model, name: str, rows: Iterable[models.Model]) -> None:
    """What a prefetch would have put behind `row.<name>.all()`."""
    found = getattr(row, name).all()
    found._result_cache, found._prefetch_done = list(rows), True
    row.__dict__.setdefault("_prefetched_objects_cache", {})[name] = found
