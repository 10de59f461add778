"""Loads fixtures/templates.yaml. Rows are dated and never edited: loading again adds what is new and ends what was ended."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from django.conf import settings
from django.db import transaction

from apps.kit.errors import Refused

from .models import DocumentTemplate, Kind, Letterhead


def shipped() -> Path:
    return Path(settings.BASE_DIR) / "fixtures" / "templates.yaml"


@transaction.atomic
def load_templates(path: Path | None = None) -> dict[str, int]:
    """{"templates": added, "letterheads": added}. Raises Refused when a known version says something else."""
    data = _unfold(yaml.safe_load((path or shipped()).read_text(encoding="utf-8")))
    return {
        "templates": sum(_template(row) for row in data["templates"]),
        "letterheads": sum(_letterhead(row) for row in data["letterheads"]),
    }


def _unfold(value):
    """YAML joins folded lines by a space; between Chinese characters there is none."""
    if isinstance(value, dict):
        return {key: _unfold(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_unfold(one) for one in value]
    return re.sub(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])", "", value) if isinstance(value, str) else value


def _template(row: dict) -> bool:
    if row["kind"] not in Kind.values:
        raise Refused("template.kind", f"文书模板里有不认识的种类“{row['kind']}”。", "templates.kind")
    row = {"valid_to": None, "basis": "", "remedies": "", "texts": {}, **row}
    known = DocumentTemplate.objects.filter(kind=row["kind"], version=row["version"]).first()
    if known is None:
        DocumentTemplate.objects.create(**row)
        return True
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
    return False


def _letterhead(row: dict) -> bool:
    return Letterhead.objects.update_or_create(
        scope=row["scope"], valid_from=row["valid_from"], defaults={"valid_to": None, **row}
    )[1]
