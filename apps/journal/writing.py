"""What an action has gathered, written in one statement: new rows, changed rows, events and their deliveries.

The rows of each part go into the statement as one JSON text, so its text is the same for one row and for twenty: each connection keeps
it parsed and planned (apps/kit/prepared.py). In that text a column is a short name, and one without a value is not there: the
server reads it letter by letter, twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any

from django.db import connection, models

from apps.kit.jsontext import text
from apps.kit.prepared import execute
from apps.kit.time import now

from .models import Delivery, Event
from .switchboard import listeners

Group = tuple[type[models.Model], list[str], list[models.Model]]


@dataclass(frozen=True, slots=True)
class Bell:
    """A delivery that waits: enough to ring its worker."""

    pk: int
    queue: str


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the statement: what it does, and what of its rows the answer tells; `%s` stands where a value will."""

    sql: str
    told: str = ""  # number of the part, key, queue


def write(
    added: list[models.Model], changed: list[Group], events: list[Event], also: Sequence[tuple[Part, list]] = ()
) -> tuple[list[Bell], int]:
    """New rows (which get their keys), changed rows ((model, columns, rows) each: these columns, each row to its own values), events
    with one delivery a listener, and pieces of the caller's own; everything in one statement. Returns the deliveries to ring
    for, and how many rows the caller's own pieces told of.

    Every part sees the tables as they were before the statement, so no row may stand in two parts; foreign keys between
    them are looked at when the transaction ends.
    """
    births = _births(added)
    parts = [(_insert(type(rows[0]), rows[0].pk is None, place), [_rows(rows)]) for place, rows in enumerate(births)]
    parts += [
        (_update(model, tuple(names), _at_most(len(rows)), place), [_given(model, names, rows)])
        for place, (model, names, rows) in enumerate(changed)
    ]
    if events:
        parts.append((_EVENTS, _of_events(events)))
    parts += also
    if not parts:
        return [], 0
    with connection.cursor() as cursor:
        execute(
            cursor,
            "write",
            _statement(tuple(part for part, _ in parts)),
            [value for _, values in parts for value in values],
        )
        answer, alias = cursor.fetchall(), cursor.db.alias
    keys: list[list[int]] = [[] for _ in births]
    for place, key, _ in answer:
        if place >= 0:
            keys[place].append(key)
    for rows, given in zip(births, keys, strict=True):
        for row, key in zip(rows, given, strict=True):
            row.pk, row._state.adding, row._state.db = key, False, alias
    bells = [Bell(key, queue) for place, key, queue in answer if place == RUNG]
    return bells, sum(place == ALSO for place, *_ in answer)


def draw(wanted: Sequence[type[models.Model] | str], asking: Sequence[str] = ()) -> tuple[list[int], list]:
    """The next number of each of these (a model's key, or a sequence by its name), and the one value of each of these SELECTs."""
    names = [one if isinstance(one, str) else one._meta.db_table for one in wanted]
    fields = [None if isinstance(one, str) else one._meta.pk.column for one in wanted]
    with connection.cursor() as cursor:
        execute(cursor, "draw", _drawing(tuple(asking)), [names, fields])
        numbers, *answers = cursor.fetchone()
    return numbers, answers


def next_numbers(wanted: Sequence[type[models.Model] | str]) -> str:
    """What draws them as part of another statement: an array."""
    drawn = [
        f"nextval('{one}')" if isinstance(one, str)
        # Asked each time: after a restore the sequence may have another name.
        else f"nextval(pg_get_serial_sequence('{_table(one)}', '{one._meta.pk.column}'))"
        for one in wanted
    ]  # fmt: skip
    return f"ARRAY[{', '.join(drawn)}]::bigint[]"


RUNG, ALSO = -1, -2  # what the answer tells in the place of a part's number
_NOTHING = "SELECT 0::int, 0::bigint, ''::text WHERE false"
@cache
def _drawing(asking: tuple[str, ...]) -> str:
    numbers = """ARRAY(
        SELECT nextval(coalesce(pg_get_serial_sequence(quote_ident(name), field), name))
        FROM unnest(%s::text[], %s::text[]) AS given (name, field)
    )"""
    return f"SELECT {', '.join([numbers, *(f'({question})' for question in asking)])}"


@lru_cache(maxsize=1000)
def _statement(parts: tuple[Part, ...]) -> str:
    told = [part.told for part in parts if part.told]
    return f"WITH {', '.join(part.sql for part in parts)} {' UNION ALL '.join(told or [_NOTHING])}"


def _births(added: list[models.Model]) -> list[list[models.Model]]:
    """Grouped by model, and by whether they have their key."""
    groups: dict[tuple[type, bool], list[models.Model]] = {}
    for row in added:
        groups.setdefault((type(row), row.pk is None), []).append(row)
    return list(groups.values())


@cache
def _insert(model: type[models.Model], keyless: bool, place: int) -> Part:
    """`key` of each in the order given."""
    fields = _new_fields(model, keyless)
    names = ", ".join(_quoted(field.column) for field in fields)
    return Part(
        f"born_{place} AS (INSERT INTO {_table(model)} ({names})"  # noqa: S608
        f" SELECT {_short(fields)} FROM {_given_as(fields)} RETURNING {_quoted(model._meta.pk.column)} AS key)",
        f"SELECT {place}, key, '' FROM born_{place}",  # noqa: S608
    )


@cache
def _update(model: type[models.Model], names: tuple[str, ...], most: int, place: int) -> Part:
    """Django's bulk_update builds a CASE per column, which is most of the cost of a sweep; joined rows are not.

    `most` rows: without it the planner takes them for a hundred, and reads a small table whole.
    """
    table, key = _table(model), _quoted(model._meta.pk.column)
    fields = [model._meta.pk, *(model._meta.get_field(name) for name in names)]
    sets = ", ".join(f"{_quoted(field.column)} = given.c{place}" for place, field in enumerate(fields) if place)
    return Part(
        f"part_{place} AS (UPDATE {table} SET {sets}"  # noqa: S608
        f" FROM (SELECT * FROM {_given_as(fields)} LIMIT {most}) AS given WHERE {table}.{key} = given.c0)"
    )


def _at_most(rows: int) -> int:
    """1, 10, 100, …: few texts of the statement for any number of rows."""
    return 1 if rows == 1 else 10 ** len(str(rows - 1))


@cache
def _new_fields(model: type[models.Model], keyless: bool) -> list[models.Field]:
    return [field for field in model._meta.concrete_fields if not (field.primary_key and keyless)]


def _given_as(fields: Sequence[models.Field]) -> str:
    """The rows of a JSON text, its columns c0, c1, … in the order of the fields."""
    columns = ", ".join(f"c{place} {field.cast_db_type(connection)}" for place, field in enumerate(fields))
    return f"json_to_recordset(%s::json) AS given ({columns})"


def _short(fields: Sequence[models.Field]) -> str:
    return ", ".join(f"c{place}" for place in range(len(fields)))


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _table(model: type[models.Model]) -> str:
    return _quoted(model._meta.db_table)


def _rows(rows: list[models.Model]) -> str:
    """New rows as JSON."""
    columns = _new_columns(type(rows[0]), rows[0].pk is None)
    found = [_plain(columns, vars(row)) for row in rows]
    for name, field in _filled(type(rows[0]), rows[0].pk is None):
        for row, values in zip(rows, found, strict=True):
            values[name] = _reader(field)(field.pre_save(row, add=True))
    return text(found)


def _given(model: type[models.Model], names: list[str], rows: list[models.Model]) -> str:
    """The columns of changed rows as JSON."""
    columns = _changed_columns(model, tuple(names))
    return text([_plain(columns, vars(row)) for row in rows])


# Short name, attribute, what prepares its values.
Columns = list[tuple[str, str, Callable[[Any], Any]]]


@cache
def _new_columns(model: type[models.Model], keyless: bool) -> Columns:
    return _columns(_new_fields(model, keyless))


@cache
def _changed_columns(model: type[models.Model], names: tuple[str, ...]) -> Columns:
    return _columns([model._meta.pk, *(model._meta.get_field(name) for name in names)])


def _columns(fields: Sequence[models.Field]) -> Columns:
    return [(f"c{place}", field.attname, _reader(field)) for place, field in enumerate(fields)]


def _plain(columns: Columns, values: dict) -> dict:
    return {
        short: value if type(value) in _AS_IS else read(value)
        for short, name, read in columns
        if (value := values[name]) is not None
    }


# What needs no preparing: most fields of most rows.
_AS_IS = (str, int, bool, date)


@cache
def _filled(model: type[models.Model], keyless: bool) -> list[tuple[str, models.Field]]:
    """What a row fills in by itself when it is stored, with its short name."""
    return [
        (f"c{place}", field)
        for place, field in enumerate(_new_fields(model, keyless))
        if type(field).pre_save is not models.Field.pre_save and not _keeps_its_moment(field)
    ]


def _keeps_its_moment(field: models.Field) -> bool:
    return isinstance(field, models.DateField | models.TimeField) and not (field.auto_now or field.auto_now_add)


@cache
def _reader(field: models.Field) -> Callable[[Any], Any]:
    """What makes of a field's value something that `text` can write; what stands in a JSON field it writes as that one's encoder would."""
    if isinstance(field, models.JSONField):
        return lambda value: value
    if isinstance(field, models.DateTimeField | models.TimeField):
        return lambda value: field.get_prep_value(value).isoformat()  # to the microsecond, unlike in a JSON field
    if isinstance(field, models.CharField):  # a choice is a text already, of a type of its own
        return lambda value: value if isinstance(value, str) else field.get_prep_value(value)
    return field.get_prep_value


def _of_events(events: list[Event]) -> list:
    heard = [
        {"c0": event.chain, "c1": event.seq, "c2": name, "c3": queue}
        for event in events
        for name, _, queue in listeners(event.name)
    ]
    return [text([_plain(_TOLD, vars(event)) for event in events]), now(), text(heard)]


_FIELDS = [field for field in Event._meta.concrete_fields if field.column not in ("id", "tx")]
_TOLD = _columns(_FIELDS)
_NAMES = ", ".join(field.column for field in _FIELDS)
_EVENTS = Part(
    f"""written AS (
            INSERT INTO {Event._meta.db_table} ({_NAMES})
            SELECT {_short(_FIELDS)} FROM {_given_as(_FIELDS)}
            RETURNING id, chain, seq
        ), rung AS (
            INSERT INTO {Delivery._meta.db_table}
                (event_id, listener, queue, state, attempts, next_try_at, error, chain_seq, chain_head)
            SELECT written.id, heard.c2, heard.c3, 'pending', 0, %s::timestamptz, '', 0, ''
            FROM json_to_recordset(%s::json) AS heard (c0 text, c1 int, c2 text, c3 text)
            JOIN written ON (written.chain, written.seq) = (heard.c0, heard.c1)
            RETURNING id, queue
        )""",  # noqa: S608  (names of columns only)
    f"SELECT {RUNG}, id, queue FROM rung",  # noqa: S608
)
