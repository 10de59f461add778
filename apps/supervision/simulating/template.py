"""A walked case read back as a template: its rows as texts, in which each thing that a copy has of its own is marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time

from django.apps import apps
from django.db import connection, models

from apps.applications.models import Application
from apps.directory.models import Party
from apps.issuance.models import Document, HandOver
from apps.journal.models import Event
from apps.kit.masking import mask_id, mask_name
from apps.kit.time import BEIJING

from .cast import Applicant
from .lives import Unfit

# New keys while templates are walked: thirteen digits, a range for each table; nothing else in a row looks like them.
FIRST_KEY = 8_000_000_000_000
RANGE = 1_000_000_000
SERIALS = ("application_serial", "issuance_document_serial")
_HASH = "[0-9a-f]{64}"
_KEY = r"8\d{3}0000\d{5}"  # of a range, and a serial
_BY_FORM = re.compile(f"{_HASH}|{_KEY}")
_INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|\+08:00)"  # as the journal and the papers write it


@dataclass(frozen=True, slots=True)
class Own:
    """What stands here in a copy. kind: key (table, place), serial (place), code (of the document at the place), hash (of the
    event at the place), instant, said (an instant as text), hex (an instant as a float), or the name of a column of the copy."""

    kind: str
    table: str = ""
    place: int = 0
    text: str = ""


Piece = str | Own
Value = tuple[Piece, ...] | None  # None = NULL


@dataclass
class Template:
    """`rows`: {table: [{column: value}]}; `canonical`: of each event, in order, the text that is hashed."""

    name: str
    marks: Marks
    events: list[Event]
    rows: dict[str, list[dict[str, Value]]] = field(default_factory=dict)
    canonical: list[Value] = field(default_factory=list)

    @property
    def size(self) -> int:
        return sum(len(rows) for rows in self.rows.values())


def tables() -> dict[str, str]:
    """{table: its key's sequence} of every model that numbers its rows."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if model._meta.managed and isinstance(model._meta.pk, models.BigAutoField):
                table = model._meta.db_table
                cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [f'"{table}"', model._meta.pk.column])
                found[table] = cursor.fetchone()[0]
    return found


def number_apart(sequences: dict[str, str]) -> None:
    """From here on new keys and serials come from the ranges. RESTART, unlike setval, is undone with the savepoint."""
    with connection.cursor() as cursor:
        for place, sequence in enumerate([*sequences.values(), *SERIALS]):
            cursor.execute(f"ALTER SEQUENCE {sequence} RESTART WITH {FIRST_KEY + place * RANGE + 1}")


class Reader:
    """Reads what was made in the savepoint since the last `stays`."""

    def __init__(self, sequences: dict[str, str]):
        self.sequences = sequences
        self.serials = re.compile(rf"8{len(sequences) + SERIALS.index('issuance_document_serial'):03d}\d{{9}}")
        self.columns: dict[str, dict[str, str]] = {}
        self._seen: dict[str, int] = {}

    def begin(self) -> None:
        """The ranges begin anew."""
        self._seen = {}

    def read(self, name: str, applicant: Applicant) -> Template:
        raw = {table: rows for table in self.sequences if (rows := self._rows(table))}
        keys = {row["id"]: Own("key", table, place) for table, rows in raw.items() for place, row in enumerate(rows)}
        made = [int(row["id"]) for row in raw.get(Event._meta.db_table, [])]
        events = list(Event.objects.filter(pk__in=made).order_by("pk"))
        if any(event.root_id not in keys for event in events):
            raise Unfit("it wrote into the chain of something older")
        if Party._meta.db_table not in raw:
            party = Party.objects.get(kind=applicant.kind, id_number=applicant.id_number)
            keys[str(party.pk)] = Own("party")
        found = Template(name, Marks(keys, raw, events, applicant, self.serials), events)
        for table, rows in raw.items():
            self.add(found, table, rows)
        heads: dict[str, str] = {}
        for event in events:
            found.canonical.append(found.marks.event(event.canonical(heads.get(event.chain, "")), event.at))
            heads[event.chain] = event.hash
        return found

    def add(self, template: Template, table: str, rows: list[dict[str, str | None]]) -> None:
        kinds = self.columns[table]
        template.rows[table] = [{name: template.marks.value(row[name], kinds[name]) for name in kinds} for row in rows]

    def stays(self) -> None:
        """What stands there now is no part of the templates to come."""
        self._seen = {table: int(rows[-1]["id"]) for table in self.sequences if (rows := self._rows(table))}

    def _rows(self, table: str) -> list[dict[str, str | None]]:
        return self.texts(table, "id", self._seen.get(table, FIRST_KEY))

    def texts(self, table: str, key: str, above: int) -> list[dict[str, str | None]]:
        """The table's rows with a key above that one, each column as PostgreSQL writes it."""
        with connection.cursor() as cursor:
            if table not in self.columns:
                cursor.execute(_COLUMNS, [f'"{table}"'])
                self.columns[table] = dict(cursor.fetchall())
            names = list(self.columns[table])
            listed = ", ".join(f'"{name}"::text' for name in names)
            cursor.execute(f'SELECT {listed} FROM "{table}" WHERE "{key}" > %s ORDER BY "{key}"', [above])  # noqa: S608
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


_COLUMNS = """
    SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""


class Marks:
    """Every text that a copy has otherwise, and what stands there instead; the longest is looked for first."""

    def __init__(
        self, keys: dict[str, Own], raw: dict, events: list[Event], applicant: Applicant, serials: re.Pattern
    ):
        known = {**keys, **_of_applicant(applicant)}
        known |= {event.hash: Own("hash", place=place) for place, event in enumerate(events)}
        self.serials = 0
        for place, row in enumerate(raw.get(Document._meta.db_table, ())):
            known[row["verify_code"]] = Own("code", Document._meta.db_table, place)
            for text in serials.findall(row["number"]):
                if text not in known:
                    known[text] = Own("serial", place=self.serials)
                    self.serials += 1
        for row in raw.get(Application._meta.db_table, ()):
            if row["number"]:
                known[row["number"]] = Own("number")
        for row in raw.get(HandOver._meta.db_table, ()):
            known[row["collector_secret"]] = Own("secret")
        for row in raw.get(Party._meta.db_table, ()):
            known[row["pinyin"]] = Own("pinyin")
        known.pop("", None)
        self._known = known
        # Keys and hashes are many, and looked for by their form: to compile each of them took longer than all the reading.
        rest = sorted((text for text in known if not _BY_FORM.fullmatch(text)), key=len, reverse=True)
        texts = "|".join([_HASH, *map(re.escape, rest), _KEY])
        self._in_text = re.compile(texts)
        self._in_json = re.compile(f"{_INSTANT}|{texts}")

    def value(self, text: str | None, kind: str) -> Value:
        if text is None:
            return None
        if kind == "timestamp with time zone":
            return (text if _of_the_law(text) else Own("instant", text=text),)
        return tuple(self._pieces(text, self._in_json if kind == "jsonb" else self._in_text))

    def event(self, body: str, at: datetime) -> Value:
        """The canonical text of an event, in which its moment stands as a hexadecimal float."""
        before, after = body.split(f'"{at.timestamp().hex()}"')
        return (
            *self._pieces(before + '"', self._in_json),
            Own("hex", text=at.isoformat()),
            *self._pieces('"' + after, self._in_json),
        )

    def _pieces(self, text: str, pattern: re.Pattern) -> Iterator[Piece]:
        place = 0
        for found in pattern.finditer(text):
            own = self._known.get(found[0])
            if own is None:
                if _BY_FORM.fullmatch(found[0]) or _of_the_law(found[0]):
                    continue
                own = Own("said", text=found[0])
            if found.start() > place:
                yield text[place : found.start()]
            yield own
            place = found.end()
        if place < len(text) or not text:
            yield text[place:]


def _of_the_law(text: str) -> bool:
    """A Beijing midnight is a moment of the law and stays; every other one is an act's, and a copy has its own minute."""
    return datetime.fromisoformat(text).astimezone(BEIJING).time() == time()


def _of_applicant(applicant: Applicant) -> dict[str, Own]:
    shown = {
        applicant.name: "name",
        applicant.id_number: "id_number",
        applicant.mobile: "mobile",
        applicant.legal_rep_name: "legal_rep_name",
        applicant.legal_rep_id: "legal_rep_id",
        mask_id(applicant.legal_rep_id or applicant.id_number): "masked_id",
    }
    if applicant.kind == Party.Kind.PERSON:
        shown[mask_name(applicant.name)] = "masked_name"
    return {text: Own(column) for text, column in shown.items() if text}

