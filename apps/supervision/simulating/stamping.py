"""Templates stamped out by INSERT … SELECT: no row of a copy ever passes through Python."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from apps.issuance.queuing import CODE_LETTERS
from apps.journal.models import Event

from .template import Own, Template, Value

_LARGE = 1000  # characters: a constant of that size is stored (and compressed) once and copied as it lies
_CODE_STEP = 6_364_136_223  # odd: different documents get different codes
COPY_COLUMNS = {
    "party": "bigint",
    "number": "text",
    "name": "text",
    "id_number": "text",
    "mobile": "text",
    "legal_rep_name": "text",
    "legal_rep_id": "text",
    "masked_id": "text",
    "masked_name": "text",
    "secret": "text",
    "pinyin": "text",
}


@dataclass
class Stamp:
    """Stamps templates; `made` counts rows by table."""

    columns: dict[str, dict[str, str]]  # {table: {column: type}}
    sequences: dict[str, str]

    def __post_init__(self):
        self.made: dict[str, int] = {}
        assert set("23456789ABCDEFGH") <= set(CODE_LETTERS)
        with connection.cursor() as cursor:
            # Long expressions, short loops: compiling them costs more than it saves. Joins stand in the order they need.
            cursor.execute("SET LOCAL jit = off; SET LOCAL join_collapse_limit = 1")
            columns = ", ".join(f"{name} {kind}" for name, kind in COPY_COLUMNS.items())
            own = f"n int, shift interval, seconds bigint, {columns}"
            cursor.execute(f"CREATE TEMP TABLE simulated_copy ({own}) ON COMMIT DROP")
            cursor.execute("CREATE TEMP TABLE simulated_large (id int PRIMARY KEY, value jsonb) ON COMMIT DROP")
        self._large = 0

    def run(self, template: Template, copies: Sequence[dict]) -> dict[str, int]:
        """One copy of the template for each of `copies` ({"shift": minutes, columns of COPY_COLUMNS}); {table: first key}."""
        first = {table: self._reserve(table, len(rows) * len(copies)) for table, rows in template.rows.items()}
        first |= {"": reserve("issuance_document_serial", template.marks.serials * len(copies))}
        writer = _Writer(template, first)
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE simulated_copy")
            cursor.copy_expert("COPY simulated_copy FROM STDIN", io.StringIO(_lines(copies)))
            cursor.execute("DROP TABLE IF EXISTS simulated")
            cursor.execute(writer.hashed())
            for table in template.rows:
                cursor.execute(self._insert(writer, template, table))
        for table, rows in template.rows.items():
            self.made[table] = self.made.get(table, 0) + len(rows) * len(copies)
        return first

    def _insert(self, writer: _Writer, template: Template, table: str) -> str:
        kinds = self.columns[table]
        # What the database fills in itself (the writing transaction's number) stays its own.
        names = [name for name in kinds if (table, name) != (Event._meta.db_table, "tx")]
        lines = []
        for row in template.rows[table]:
            lines.append("SELECT " + ", ".join(self._column(writer, row[name], kinds[name]) for name in names))
        listed = ", ".join(f'"{name}"' for name in names)
        # Not VALUES: there PostgreSQL prepares each row's expressions anew for each copy.
        rows = " UNION ALL ".join(lines)
        return f'INSERT INTO "{table}" ({listed}) SELECT v.* FROM simulated c CROSS JOIN LATERAL ({rows}) v'  # noqa: S608

    def _column(self, writer: _Writer, value: Value, kind: str) -> str:
        constant = value is not None and len(value) == 1 and isinstance(value[0], str)
        if kind == "jsonb" and constant and len(value[0]) > _LARGE:
            return f"(SELECT value FROM simulated_large WHERE id = {self._keep(value[0])})"  # noqa: S608
        return writer.column(value, kind)

    def _keep(self, text: str) -> int:
        self._large += 1
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO simulated_large VALUES (%s, %s::jsonb)", [self._large, text])
        return self._large

    def _reserve(self, table: str, count: int) -> int:
        sequence = self.sequences.get(table)
        return reserve(sequence, count) if sequence else 0

def reserve(sequence: str, count: int) -> int:
    """The first of so many numbers that nobody else gets."""
    if not count:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s)", [sequence])
        first = cursor.fetchone()[0]
        if count > 1:
            cursor.execute("SELECT setval(%s, %s)", [sequence, first + count - 1])
    return first


class _Writer:
    """Values of a template as SQL over `c`, the copy."""

    def __init__(self, template: Template, first: dict[str, int]):
        self.template, self.first = template, first
        self._hashes = "c."

    def hashed(self) -> str:
        """`simulated`: the copies with h0, h1 … = the hash of each event along its chain."""
        joins, self._hashes = [], ""
        for place, body in enumerate(self.template.canonical):
            digest = f"encode(sha256(convert_to({self.text(body)}, 'UTF8')), 'hex')"
            # OFFSET 0: a hash is computed once, not again in every one that builds on it.
            joins.append(f" CROSS JOIN LATERAL (SELECT {digest} AS h{place} OFFSET 0) l{place}")
        self._hashes = "c."
        names = ["c.*", *(f"h{place}" for place in range(len(joins)))]
        return (
            # The hashes stay in the row: to fetch each from beside it would cost more than all the rest.
            "CREATE TEMP TABLE simulated WITH (toast_tuple_target = 8160) ON COMMIT DROP AS "  # noqa: S608
            f"SELECT {', '.join(names)} FROM simulated_copy c{''.join(joins)}"
        )

    def column(self, value: Value, kind: str) -> str:
        if value is None:
            return f"NULL::{kind}"
        if len(value) == 1 and isinstance(value[0], Own):
            own = value[0]
            if own.kind == "instant":
                return f"({_quoted(own.text)}::timestamptz + c.shift)"
            if kind == "bigint":
                return {"key": self._key, "party": lambda _: "c.party"}[own.kind](own)
        text = self.text(value)
        return f"{text}::{kind}"

    def text(self, value: Value) -> str:
        parts = [_quoted(piece) if isinstance(piece, str) else self._own(piece) for piece in value]
        return parts[0] if len(parts) == 1 else "(" + " || ".join(parts) + ")"

    def _own(self, own: Own) -> str:
        if own.kind == "key":
            return f"{self._key(own)}::text"
        if own.kind == "serial":
            # At least six digits, as `drafted` writes it; lpad would cut a seventh off.
            return f"to_char({self._place('', self.template.marks.serials, own.place)}, 'FM999999000000')"
        if own.kind == "code":
            return self._code(own)
        if own.kind == "hash":
            return f"{self._hashes}h{own.place}"
        if own.kind == "said":
            return _said(own.text)
        if own.kind == "hex":
            return _hex(own.text)
        return f"c.{own.kind}::text" if own.kind == "party" else f"c.{own.kind}"

    def _key(self, own: Own) -> str:
        return f"({self._place(own.table, len(self.template.rows[own.table]), own.place)})"

    def _place(self, table: str, each: int, place: int) -> str:
        return f"{self.first[table] + place}::bigint + c.n::bigint * {each}"

    def _code(self, own: Own) -> str:
        """Twelve letters, different for different documents."""
        number = f"((({self._key(Own('key', own.table, own.place))}) % 1073741824 * {_CODE_STEP}) & 281474976710655)"
        return f"translate(upper(lpad(to_hex({number}), 12, '0')), '01', 'GH')"


def _said(text: str) -> str:
    """An instant in a paper or a fact, written as the template writes it."""
    zone, tail = ("UTC", "Z") if text.endswith("Z") else ("Asia/Shanghai", "+08:00")
    seconds = ":SS" if text.count(":") - tail.count(":") == 2 else ""
    moment = f"({_quoted(text)}::timestamptz + c.shift) AT TIME ZONE '{zone}'"
    return f"""(to_char({moment}, 'YYYY-MM-DD"T"HH24:MI{seconds}') || '{tail}')"""


def _hex(text: str) -> str:
    """A moment of whole seconds as Python writes its float: 22 bits behind the point until January 2038, 21 until 2106."""
    seconds = f"({int(datetime.fromisoformat(text).timestamp())} + c.seconds)"
    late = f"({seconds} >> 31)::int"
    return f"('0x1.' || lpad(to_hex(({seconds} << (22 - {late})) - {2**52}), 13, '0') || 'p+' || (30 + {late}))"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _lines(copies: Sequence[dict]) -> str:
    lines = []
    for n, copy in enumerate(copies):
        values = [copy.get(name) for name in COPY_COLUMNS]
        lines.append("\t".join([str(n), f"{copy['shift']} minutes", str(copy["shift"] * 60), *("\\N" if v is None else str(v) for v in values)]))
    return "\n".join(lines) + "\n"
