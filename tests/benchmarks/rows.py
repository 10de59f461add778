"""The rows of a case as they stand, and one SQL statement that writes the same rows again under other keys, without Django.

before = of_case(pk); …; written = difference(before, of_case(pk), key="…")
sql, values = as_other(written)        # for psycopg2: cursor.execute(sql, values)
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import count

from django.db import connection, models

from apps.applications.models import Application, Job, MaterialEntry, Member
from apps.deadlines.models import Clock
from apps.issuance.models import Document
from apps.journal.models import Delivery, Event, Receipt

FIRST = 1_000_000_000  # keys that no sequence reaches here
_numbers = count(FIRST)
Row = dict[str, object]
Rows = dict[type[models.Model], dict[int, Row]]


def _columns(model: type[models.Model]) -> list[models.Field]:
    return [one for one in model._meta.concrete_fields if not (model is Event and one.name == "tx")]


def of_case(pk: int, *, key: str = "") -> Rows:
    """Everything that stands of a case, and the receipt of the idempotency key."""
    about = {"application": pk}
    wanted = {
        Application: Application.objects.filter(pk=pk),
        Member: Member.objects.filter(**about),
        MaterialEntry: MaterialEntry.objects.filter(**about),
        Job: Job.objects.filter(**about),
        Clock: Clock.objects.filter(root_id=pk),
        Document: Document.objects.filter(root_id=pk),
        Event: Event.objects.filter(chain=f"application:{pk}"),
        Delivery: Delivery.objects.filter(event__chain=f"application:{pk}"),
        Receipt: Receipt.objects.filter(key=key),
    }
    found: Rows = {}
    for model, rows in wanted.items():
        names = [one.attname for one in _columns(model)]
        found[model] = {
            values[0]: dict(zip(names, values, strict=True)) for values in rows.order_by("pk").values_list(*names)
        }
    return found


@dataclass
class Written:
    """What an act left: new rows, and of changed ones the columns that changed."""

    new: Rows = field(default_factory=dict)
    changed: Rows = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        return {model._meta.label: len(rows) for model, rows in self.new.items() if rows}


def difference(before: Rows, after: Rows) -> Written:
    written = Written()
    for model, rows in after.items():
        known = before.get(model, {})
        written.new[model] = {pk: row for pk, row in rows.items() if pk not in known}
        moved = {
            pk: {name: value for name, value in row.items() if known[pk][name] != value}
            for pk, row in rows.items()
            if pk in known
        }
        written.changed[model] = {pk: row for pk, row in moved.items() if row}
    return written


class Keys:
    """Old key -> new key, the same wherever it is asked within one copy."""

    def __init__(self):
        self._known: dict[tuple[type, int], int] = {}

    def of(self, model: type[models.Model], pk):
        if pk is None:
            return None
        if (model, pk) not in self._known:
            self._known[model, pk] = next(_numbers)
        return self._known[model, pk]

    def row(self, model: type[models.Model], row: Row, copied: set[type]) -> Row:
        """The row of the copy: its keys, its unique texts, and what points at it."""
        given = dict(row)
        for one in _columns(model):
            target = model if one.primary_key else one.related_model
            if one.attname in given and target in copied:
                given[one.attname] = self.of(target, given[one.attname])
        subjects = {"application": Application, "member": Member, "job": Job}
        for name, target in (("root_id", Application), ("member_id", Member)):
            if model in (Clock, Document) and given.get(name):
                given[name] = self.of(target, given[name])
        if model in (Clock, Event) and given.get("subject_id"):
            target = subjects[given["subject_type"]]
            given["subject_id"] = type(given["subject_id"])(self.of(target, int(given["subject_id"])))
        if model is Event:
            given["chain"] = f"application:{self.of(Application, int(given['chain'].partition(':')[2]))}"
        unique = {Application: ("number",), Member: ("number",), Document: ("number", "verify_code"), Receipt: ("key",)}
        for name in unique.get(model, ()):
            if given.get(name):
                given[name] = f"{next(_numbers):x}" if name == "verify_code" else f"B{next(_numbers)}"
        return given


COPIED = {Application, Member, MaterialEntry, Job, Clock, Document, Event, Delivery, Receipt}


def as_other(written: Written, keys: Keys | None = None) -> tuple[str, list]:
    """One statement that writes it under new keys; `keys`: of the copy whose rows it changes."""
    keys = keys or Keys()
    parts, values = [], []
    for model, rows in written.new.items():
        if rows:
            columns = _columns(model)
            line = f"({', '.join(['%s'] * len(columns))})"
            names = ", ".join(f'"{one.column}"' for one in columns)
            parts.append(f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES {", ".join([line] * len(rows))}')
            for row in rows.values():
                given = keys.row(model, row, COPIED)
                values += [_plain(one, given[one.attname]) for one in columns]
    for model, rows in written.changed.items():
        for pk, row in rows.items():
            given = keys.row(model, row, COPIED)
            columns = [one for one in _columns(model) if one.attname in row]
            sets = ", ".join(f'"{one.column}" = %s' for one in columns)
            parts.append(f'UPDATE "{model._meta.db_table}" SET {sets} WHERE id = %s')
            values += [*(_plain(one, given[one.attname]) for one in columns), keys.of(model, pk)]
    named = ", ".join(f"part{place} AS ({sql})" for place, sql in enumerate(parts))
    return f"WITH {named} SELECT 1", values


def _plain(one: models.Field, value):
    """As JSON can carry it to the client, and psycopg2 writes it."""
    if isinstance(one, models.JSONField):
        return None if value is None else json.dumps(value, ensure_ascii=False, default=str)
    if value is None or isinstance(value, bool | int | float | list):
        return value
    return str(value)


def copied(standing: Rows) -> Keys:
    """Store a copy of a case as it stands, without its events; the keys under which it lies."""
    keys = Keys()
    told = (Event, Delivery, Receipt)
    sql, values = as_other(Written(new={model: rows for model, rows in standing.items() if model not in told}), keys)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
    return keys
