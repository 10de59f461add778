"""Which template and letterhead hold on a day, fresh serials and keys: one statement for a whole batch of documents."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection

from apps.kit.errors import Refused
from apps.kit.prepared import execute

from .models import DocumentTemplate

_ONE_STATEMENT = """
SELECT (SELECT coalesce(json_agg(t), '[]') FROM (
          SELECT id, kind, valid_from, valid_to, title, number_pattern, texts, remedies
          FROM issuance_documenttemplate WHERE kind = ANY(%s::text[])) t)::text,
       (SELECT coalesce(json_agg(l), '[]') FROM (
          SELECT scope, word, reconsideration_body, court, valid_from, valid_to
          FROM issuance_letterhead WHERE scope = ANY(%s::text[])) l)::text,
       ARRAY(SELECT nextval('issuance_document_serial') FROM generate_series(1, %s)),
       ARRAY(SELECT nextval(pg_get_serial_sequence('issuance_document', 'id')) FROM generate_series(1, %s))
"""


def node_of(region: str) -> str:
    """The node (city, county or development zone) of a region code; a zone's code keeps its suffix."""
    return region if "-" in region else region[:6]


@dataclass(frozen=True)
class Sheets:
    templates: list[dict]
    letterheads: list[dict]
    serials: list[int]
    keys: list[int]

    def template(self, kind: str, day: date) -> dict:
        """Raises Refused when no template of the kind holds on that day."""
        for row in self.templates:
            if row["kind"] == kind and _holds(row, day):
                return row
        raise Refused(
            "document.template", f"{day.isoformat()} 没有生效的“{kind}”文书模板，请先载入文书模板。", "documents"
        )

    def letterhead(self, department: str, region: str, day: date) -> dict[str, str]:
        """word, reconsideration_body, court: the department's where it has its own, else its node's."""
        found = {"word": "", "reconsideration_body": "", "court": ""}
        for scope in (department, region, node_of(region)):
            for row in self.letterheads:
                if scope and row["scope"] == scope and _holds(row, day):
                    for name in found:
                        found[name] = found[name] or row[name]
        return {
            "word": found["word"] or "政服",
            "reconsideration_body": found["reconsideration_body"] or "本级人民政府",
            "court": found["court"] or "有管辖权的人民法院",
        }


def sheets(kinds: Iterable[str], places: Iterable[tuple[str, str]], count: int) -> Sheets:
    """Templates of the kinds, letterheads of the (department, region) places, and `count` fresh serials and keys.

    A database without any template (a new installation) first takes the rows that ship with the software.
    """
    kinds = set(kinds)
    scopes = {scope for department, region in places for scope in (department, region, node_of(region)) if scope}
    found = _ask(kinds, scopes, count)
    if not found.templates and not DocumentTemplate.objects.exists():
        from .loading import load_templates

        load_templates()
        found = _ask(kinds, scopes, count)
    return found


def _ask(kinds: set[str], scopes: set[str], count: int) -> Sheets:
    with connection.cursor() as cursor:
        execute(cursor, "sheets", _ONE_STATEMENT, [list(kinds), list(scopes), count, count])
        templates, letterheads, serials, keys = cursor.fetchone()
    return Sheets(json.loads(templates), json.loads(letterheads), serials, keys)


def _holds(row: dict, day: date) -> bool:
    text = day.isoformat()
    return row["valid_from"] <= text and (row["valid_to"] is None or text <= row["valid_to"])
