"""A queryset compiled once for good, and kept by each connection of the database parsed and planned.

row = Prepared("case", lambda pk: Case.objects.filter(pk=pk).select_related("applicant")).first(12)
rows = Prepared("papers of case", lambda pk: Paper.objects.filter(case=pk)).all(12)

Compiling costs a request several times what the database takes for such a row; parsing and planning costs the database ten
times what reading it does. Only the key may differ: `build` must say the same for every key, and use nothing that changes
while the process lives. Behind a pooler that gives every transaction another connection (the setting by which Django is told
so: DISABLE_SERVER_SIDE_CURSORS, from DATABASE_POOLED) nothing is kept there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from itertools import count
from weakref import WeakKeyDictionary

from django.db import DatabaseError, connection, models
from django.db.models import QuerySet
from psycopg2.extensions import AsIs

_MARK = 31_737  # stands in the compiled statement where the key will; the smallest key columns hold it
_LARGEST = 2**63 - 1
_kept: WeakKeyDictionary[object, dict[Prepared, str]] = WeakKeyDictionary()  # by connection: their names there
_numbers = count(1)


class Prepared:
    def __init__(self, name: str, build: Callable[[object], QuerySet]):
        """`name` is what the database's administrator reads of it."""
        self.name, self._build = name, build
        self._compiled: tuple | None = None

    def first(self, pk) -> models.Model | None:
        """The row of this key, None when there is none."""
        return next(iter(self.all(pk)), None)

    def all(self, pk) -> list[models.Model]:
        """The rows, in the queryset's order."""
        if self._compiled is None:
            rows = self._build(_MARK)
            compiler = rows.query.get_compiler(connection=connection)
            sql, values = compiler.as_sql()
            converters = compiler.get_converters([expression for expression, *_ in compiler.select])
            compiler.get_converters = lambda _: converters
            self._compiled = (rows, compiler, sql, [None if str(value) == str(_MARK) else value for value in values])
        rows, compiler, sql, values = self._compiled
        key = rows.model._meta.pk.get_prep_value(pk)
        if isinstance(key, int) and abs(key) > _LARGEST:
            return []
        with connection.cursor() as cursor:
            if connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"]:
                cursor.execute(sql, [key if value is None else value for value in values])
            else:
                self._execute(cursor, sql, values, key)
            found = cursor.fetchall()
        return objects(rows, compiler, found)

    def _execute(self, cursor, sql: str, values: list, key) -> None:
        kept = _kept.setdefault(connection.connection, {})
        if self not in kept:
            name = connection.ops.quote_name(f"{self.name} {next(_numbers)}")
            # By the driver's own cursor: once for a connection, it is none of the statements that a request is counted by.
            with connection.wrap_database_errors:
                cursor.cursor.execute(f"PREPARE {name} AS {sql}", [AsIs("$1") if value is None else value for value in values])
            kept[self] = name
        try:
            cursor.execute(f"EXECUTE {kept[self]} (%s)", [key])
        except DatabaseError:  # a migration may have changed the columns that it answers: the next one is prepared anew
            del kept[self]
            raise


def objects(rows: QuerySet, compiler, found: Sequence) -> list:
    """What Django makes of these rows of the compiled queryset."""
    compiler, rows = copy(compiler), rows.all()
    compiler.execute_sql = lambda *_, **__: [found]
    rows.query.get_compiler = lambda *_, **__: compiler
    return list(rows)
