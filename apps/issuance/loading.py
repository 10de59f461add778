"""Loads fixtures/templates.yaml. Rows are dated and never edited: loading again adds what is new and ends what was ended."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings
from django.db import transaction

from apps.kit.errors import Refused
from apps.kit.yamlfile import document

from .models import DocumentTemplate, Kind, Letterhead


def shipped() -> Path:
    return Path(settings.BASE_DIR) / "fixtures" / "templates.yaml"


def rows(path: Path | None = None) -> dict[str, list[dict]]:
    """{"templates": [...], "letterheads": [...]} as the file says, with every column."""
    path = path or shipped()
    data = _unfold(document(path.read_bytes(), "template.syntax", path))
    if not isinstance(data, dict) or not all(isinstance(data.get(name), list) for name in ("templates", "letterheads")):
        raise Refused("template.empty", "文件里要有 templates 和 letterheads 两个列表。", "file")
    template = {"valid_to": None, "basis": "", "remedies": "", "texts": {}}
    letterhead = {"valid_to": None, "word": "", "reconsideration_body": "", "court": ""}
    return {
        "templates": [{**template, **row} for row in data["templates"]],
        "letterheads": [{**letterhead, **row} for row in data["letterheads"]],
    }


@transaction.atomic
def load_templates(path: Path | None = None) -> dict[str, int]:
    """{"templates": added, "letterheads": added}. Raises Refused when a known version says something else."""
    data = rows(path)
    return {
        "templates": _add(DocumentTemplate, ("kind", "version"), data["templates"], _keep_template),
        "letterheads": _add(Letterhead, ("scope", "valid_from"), data["letterheads"], _keep_letterhead),
    }


def _add(model, key: tuple[str, ...], wanted: list[dict], keep) -> int:
    known = {tuple(getattr(row, name) for name in key): row for row in model.objects.all()}
    fresh = []
    for row in wanted:
        if row.get("kind", Kind.RECEIPT) not in Kind.values:
            raise Refused("template.kind", f"文书模板里有不认识的种类“{row['kind']}”。", "templates.kind")
        if found := known.get(tuple(row[name] for name in key)):
            keep(found, row)
        else:
            fresh.append(model(**row))
    model.objects.bulk_create(fresh)
    return len(fresh)


def _keep_template(known: DocumentTemplate, row: dict) -> None:
    for name in row.keys() - {"valid_to"}:
        if getattr(known, name) != row[name]:
            raise Refused(
                "template.changed",
                f"文书模板“{known}”已经生效，不能改写“{name}”；请增加一个新版本。",
                f"templates.{row['kind']}.{name}",
            )
    if known.valid_to != row["valid_to"]:
        known.valid_to = row["valid_to"]
        known.save(update_fields=["valid_to"])


def _keep_letterhead(known: Letterhead, row: dict) -> None:
    changed = [name for name, value in row.items() if getattr(known, name) != value]
    for name in changed:
        setattr(known, name, row[name])
    if changed:
        known.save(update_fields=changed)


def _unfold(value):
    """YAML joins folded lines by a space; between Chinese characters there is none."""
    if isinstance(value, dict):
        return {key: _unfold(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_unfold(one) for one in value]
    return re.sub(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])", "", value) if isinstance(value, str) else value
