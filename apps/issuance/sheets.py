"""Which template and letterhead hold on a day."""

from __future__ import annotations

import json
from datetime import date

from django.db import connection

from apps.directory import queries as directory
from apps.journal.door import Action
from apps.kit.errors import Refused
from apps.kit.prepared import execute

# Templates and letterheads are kept in memory, and read whole when their edition has changed.
SHEETS_EDITION = "SELECT number FROM issuance_sheetedition WHERE id = 1"
_ALL = """
SELECT (SELECT number FROM issuance_sheetedition WHERE id = 1),
       (SELECT coalesce(json_agg(t), '[]') FROM (
          SELECT id, kind, valid_from, valid_to, title, number_pattern, texts, remedies
          FROM issuance_documenttemplate) t)::text,
       (SELECT coalesce(json_agg(l), '[]') FROM (
          SELECT scope, word, reconsideration_body, court, valid_from, valid_to
          FROM issuance_letterhead) l)::text
"""


def node_of(region: str) -> str:
    """The node (city, county or development zone) of a region code. A township may lie under a zone and keep its county's code."""
    return directory.node_of(region) or region[:6] if len(region) > 6 and "-" not in region else region


class Sheets:
    """The templates and letterheads of one edition."""

    def __init__(self, number: int | None, templates: list[dict], letterheads: list[dict]):
        self.number = number
        self._templates, self._letterheads = _by("kind", templates), _by("scope", letterheads)

    def __bool__(self) -> bool:
        return bool(self._templates)

    def template(self, kind: str, day: date) -> dict:
        """Raises Refused when no template of the kind holds on that day."""
        for row in self._templates.get(kind, ()):
            if _holds(row, day):
                return row
        raise Refused(
            "document.template", f"{day.isoformat()} 没有生效的“{kind}”文书模板，请先载入文书模板。", "documents"
        )

    def letterhead(self, department: str, region: str, day: date) -> dict[str, str]:
        """word, reconsideration_body, court: the department's where it has its own, else its node's."""
        found = {"word": "", "reconsideration_body": "", "court": ""}
        for scope in (department, region, node_of(region)):
            for row in self._letterheads.get(scope, ()) if scope else ():
                if _holds(row, day):
                    for name in found:
                        found[name] = found[name] or row[name]
        return {
            "word": found["word"] or "政服",
            "reconsideration_body": found["reconsideration_body"] or "本级人民政府",
            "court": found["court"] or "有管辖权的人民法院",
        }


_known: Sheets | None = None


def sheets(act: Action | None = None) -> Sheets:
    """The templates and letterheads that stand now. With `act` its action may have foreseen the question for their `SHEETS_EDITION`.

    A database without any template (a new installation) first takes the rows that ship with the software.
    """
    global _known
    number, known = _edition() if act is None else act.ask(SHEETS_EDITION), _known
    if known is None or number is None or known.number != number:
        known = _read()
        if not known:
            from .loading import load_templates

            load_templates()
            known = _read()
        _known = known
    return known


def _edition() -> int | None:
    with connection.cursor() as cursor:
        execute(cursor, "edition of the sheets", SHEETS_EDITION, [])
        (number,) = cursor.fetchone() or (None,)
    return number


def _read() -> Sheets:
    with connection.cursor() as cursor:
        cursor.execute(_ALL)
        number, templates, letterheads = cursor.fetchone()
    return Sheets(number, json.loads(templates), json.loads(letterheads))


def _by(name: str, rows: list[dict]) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {}
    for row in rows:
        found.setdefault(row[name], []).append(row)
    return found


def _holds(row: dict, day: date) -> bool:
    text = day.isoformat()
    return row["valid_from"] <= text and (row["valid_to"] is None or text <= row["valid_to"])
