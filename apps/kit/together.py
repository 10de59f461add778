"""Rows of several querysets in one statement, compiled once for good: what one page shows comes in one trip to the database.

    _WHOLE = Together("whole case", lambda pk: [Member.objects.filter(application=pk), Material.objects.filter(application=pk)])
    members, materials = _WHOLE.of(12)
    for entry in materials:
        keep(entry, "attachments", [...])      # entry.attachments.all() then asks nothing

Each is what `list(queryset)` would be, with its ordering, annotations, deferred columns and select_related. prefetch_related asks
on its own and has no place here. Compiling a dozen of them costs a request ten times what the database takes to answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence

import orjson
from django.db import connection, models
from django.db.models import QuerySet
from psycopg2.extensions import AsIs

from .prepared import MARK, execute, maker


class Together:
    """The rows that one key chooses. As for `Prepared`: only the key may differ, as it is or within a text."""

    def __init__(self, name: str, build: Callable[[int], Sequence[QuerySet]]):
        self.name, self._build = name, build
        self._compiled: tuple[str, list, list] | None = None

    def of(self, pk: int) -> list[list]:
        """The rows of each queryset."""
        if self._compiled is None:
            self._compiled = self._compile()
        sql, givers, makers = self._compiled
        with connection.cursor() as cursor:
            execute(cursor, self.name, sql, [give(pk) for give in givers])
            answer = cursor.fetchone()
        return [make(text) for make, text in zip(makers, answer, strict=True)]

    def _compile(self) -> tuple[str, list, list]:
        parts, values, makers = [], [], []
        for rows in self._build(MARK):
            sql, given, make = as_one_value(rows)
            parts.append(sql)
            values += given
            makers.append(make)
        givers = [_giver(value) for value in values]
        marked = [value if give is None else AsIs("\x00") for give, value in zip(givers, values, strict=True)]
        with connection.cursor() as cursor:
            text = cursor.cursor.mogrify(f"SELECT {', '.join(parts)}", marked).decode()
        return text.replace("%", "%%").replace("\x00", "%s"), [give for give in givers if give], makers


def as_one_value(rows: QuerySet) -> tuple[str, Sequence, Callable[[str], list]]:
    """SQL of one text that holds all rows, for a place in another statement; its values; and what makes the rows of the text."""
    compiler = rows.query.get_compiler(connection=connection)
    sql, given = compiler.as_sql()
    names = ", ".join(f"c{place}" for place in range(len(compiler.select)))
    text = f"(SELECT coalesce(json_agg(part), '[]')::text FROM ({sql}) AS part ({names}))"  # noqa: S608  (Django's own text)
    return text, given, _maker(compiler)


def _giver(value: object) -> Callable[[int], object] | None:
    """What makes the value of a key, from the value made of the mark; None where the key is not in it."""
    if str(value) == str(MARK):
        return lambda pk: pk
    if isinstance(value, str) and str(MARK) in value:
        return lambda pk: value.replace(str(MARK), str(pk))
    return None


def _maker(compiler) -> Callable[[str], list]:
    """The objects, from values that stood in JSON."""
    fields = [expression.output_field for expression, _, _ in compiler.select]
    readers = [_reader(field) for field in fields]
    make = maker(compiler, converted=True)
    # A JSON column may hold whole numbers beyond 64 bits, which the fast one rounds; no other column can.
    parts = json.loads if any(isinstance(field, models.JSONField) for field in fields) else orjson.loads

    def made(text: str) -> list:
        return [
            make(
                [
                    value if read is None or value is None else read(value)
                    for read, value in zip(readers, part.values(), strict=True)
                ]
            )
            for part in parts(text)
        ]

    return made


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
