"""A queryset compiled once for good: asked for another key it is the same statement, and Django only builds the objects.

row = Prepared(lambda pk: Case.objects.filter(pk=pk).select_related("applicant")).first(12)

Compiling costs a request several times what the database takes for such a row. Only the key may differ: `build` must say the
same for every key, and use nothing that changes while the process lives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy

from django.db import connection, models
from django.db.models import QuerySet

_MARK = 31_737  # stands in the compiled statement where the key will; the smallest key columns hold it
_LARGEST = 2**63 - 1


class Prepared:
    def __init__(self, build: Callable[[object], QuerySet]):
        self._build = build
        self._compiled: tuple | None = None

    def first(self, pk) -> models.Model | None:
        """The row of this key, None when there is none."""
        if self._compiled is None:
            rows = self._build(_MARK).order_by()
            compiler = rows.query.get_compiler(connection=connection)
            self._compiled = (rows, compiler, *compiler.as_sql())
        rows, compiler, sql, values = self._compiled
        key = rows.model._meta.pk.get_prep_value(pk)
        if isinstance(key, int) and abs(key) > _LARGEST:
            return None
        with connection.cursor() as cursor:
            cursor.execute(sql, [key if str(value) == str(_MARK) else value for value in values])
            found = cursor.fetchall()
        return next(iter(objects(rows, compiler, found)), None)


def objects(rows: QuerySet, compiler, found: Sequence) -> list:
    """What Django makes of these rows of the compiled queryset."""
    compiler, rows = copy(compiler), rows.all()
    compiler.execute_sql = lambda *_, **__: [found]
    rows.query.get_compiler = lambda *_, **__: compiler
    return list(rows)
