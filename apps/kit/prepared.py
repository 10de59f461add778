"""A statement kept by each connection of the database parsed and planned, and a queryset compiled once for good.

execute(cursor, "stop clocks", "UPDATE clock SET state = 'stopped' WHERE root_id = %s", [12])
row = Prepared("case", lambda pk: Case.objects.filter(pk=pk).select_related("applicant")).first(12)
rows = Prepared("papers of case", lambda pk: Paper.objects.filter(case=pk)).all(12)

Compiling costs a request several times what the database takes for such a row; parsing and planning costs the database ten
times what reading it does. Behind a pooler that gives every transaction another connection (the setting by which Django is
told so: DISABLE_SERVER_SIDE_CURSORS, from DATABASE_POOLED) nothing is kept there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from weakref import WeakKeyDictionary

from django.db import DatabaseError, connection, models
from django.db.models import QuerySet
from django.db.models.query import RelatedPopulator, get_related_populators
from psycopg2.extensions import AsIs

from .rows import reader

MOST = 100  # statements that one connection keeps: each costs its server some 100 kB
MARK = 31_737  # stands in the compiled statement where the key will; the smallest key columns hold it
_LARGEST = 2**63 - 1
# Its answer has other columns since a migration; the server does not know it (any more).
_FORGOTTEN = ("0A000", "26000")
_kept: WeakKeyDictionary[object, dict[str, str]] = WeakKeyDictionary()  # by connection: the name of each statement there
_numbers = count(1)


Statement = tuple[str, str, Sequence]  # its name for the database's administrator, its text, its values


def execute(cursor, name: str, sql: str, values: Sequence, *, after: Sequence[Statement] = ()) -> None:
    """Run a statement whose text stays the same; only the values of its %s differ, and each %s says its type where the place
    where it stands does not. `after`: others that run before it in the same trip, and whose answer nobody reads; it sees the
    tables as they are when those are done."""
    all_of_them = [*after, (name, sql, values)]
    given = [value for *_, values in all_of_them for value in values]
    line = cursor.db  # found anew for each name that is asked of `connection`
    if line.settings_dict["DISABLE_SERVER_SIDE_CURSORS"]:
        cursor.execute("; ".join(text for _, text, _ in all_of_them), given)
        return
    kept = _kept.setdefault(line.connection, {})
    calls = []
    for called, text, own in all_of_them:
        known = kept.pop(text, None) or _prepare(cursor, kept, called, text, len(own))
        kept[text] = known  # the last one used is the last to go: another of the same trip never takes its place
        calls.append(f"EXECUTE {known} ({', '.join(['%s'] * len(own))})" if own else f"EXECUTE {known}")
    try:
        cursor.execute("; ".join(calls), given)
    except DatabaseError as error:
        if getattr(error.__cause__, "pgcode", None) in _FORGOTTEN:
            for _, text, _ in all_of_them:
                kept.pop(text, None)  # the next one is prepared anew
        raise


def _prepare(cursor, kept: dict[str, str], name: str, sql: str, count: int) -> str:
    """Its name there. By the driver's own cursor: once for a connection, it is none of the statements that a request is counted by."""
    known = connection.ops.quote_name(f"{name[:50]} {next(_numbers)}")
    with connection.wrap_database_errors:
        if len(kept) >= MOST:
            cursor.cursor.execute(f"DEALLOCATE {kept.pop(next(iter(kept)))}")
        cursor.cursor.execute(f"PREPARE {known} AS {sql}", [AsIs(f"${place}") for place in range(1, count + 1)])
    return known


class Prepared:
    """The rows of a queryset that one key chooses. Only the key may differ: `build` must say the same for every key, and
    use nothing that changes while the process lives."""

    def __init__(self, name: str, build: Callable[[object], QuerySet]):
        self.name, self._build = name, build
        self._compiled: tuple | None = None

    def first(self, pk, *, after: Prepared | None = None) -> models.Model | None:
        """The row of this key, None when there is none."""
        return next(iter(self.all(pk, after=after)), None)

    def all(self, pk, *, after: Prepared | None = None) -> list[models.Model]:
        """The rows, in the queryset's order. `after`: what is run with this key before it, in the same trip; its rows are not read."""
        statement, before = self.of(pk), after and after.of(pk)
        if statement is None:
            return []
        with connection.cursor() as cursor:
            execute(cursor, *statement, after=[before] if before else ())
            found = cursor.fetchall()
        make = self._compiled[-1]
        return [make(row) for row in found]

    def of(self, pk) -> Statement | None:
        """The statement for this key; None for one that no row can have."""
        if self._compiled is None:
            self._compiled = self._compile()
        sql, times, key, _ = self._compiled
        given = key(pk)
        if isinstance(given, int) and abs(given) > _LARGEST:
            return None
        return self.name, sql, [given] * times

    def _compile(self) -> tuple:
        rows = self._build(MARK)
        compiler = rows.query.get_compiler(connection=connection)
        sql, values = compiler.as_sql()
        marked = [AsIs("\x00") if str(value) == str(MARK) else value for value in values]
        with connection.cursor() as cursor:
            text = cursor.cursor.mogrify(sql, marked).decode()
        times = text.count("\x00")
        return text.replace("%", "%%").replace("\x00", "%s"), times, rows.model._meta.pk.get_prep_value, maker(compiler)


def maker(compiler, *, converted: bool = False) -> Callable[[Sequence], models.Model]:
    """What makes of a row of the compiled queryset what Django makes of it, without asking anew what stands where; `converted`:
    its values are the fields' own already."""
    select, klass, alias = compiler.select, compiler.klass_info, connection.alias
    first, last = klass["select_fields"][0], klass["select_fields"][-1] + 1
    names = [column.target.attname for column, *_ in select[first:last]]
    beside = get_related_populators(klass, select, alias)
    read = reader(klass["model"], names, alias)
    for populator in _all(beside):
        populator.model_cls = _Reads(populator)
    converters = [] if converted else list(compiler.get_converters([expression for expression, *_ in select]).items())
    annotations = list(compiler.annotation_col_map.items())

    def make(row: Sequence) -> models.Model:
        if converters:
            row = list(row)
            for place, (steps, expression) in converters:
                for step in steps:
                    row[place] = step(row[place], expression, connection)
        made = read(row[first:last])
        for populator in beside:
            populator.populate(row, made)
        for name, place in annotations:
            setattr(made, name, row[place])
        return made

    return make


def _all(populators: Sequence[RelatedPopulator]) -> Iterator[RelatedPopulator]:
    for populator in populators:
        yield populator
        yield from _all(populator.related_populators)


class _Reads:
    """Stands where a populator asks its model for a row."""

    def __init__(self, populator: RelatedPopulator):
        self._read = reader(populator.model_cls, populator.init_list, populator.db)

    def from_db(self, _alias, _names, values: Sequence) -> models.Model:
        return self._read(values)
