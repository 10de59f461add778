"""The kept form of a definition: as the file states it, with its region, without its dates; and its digest."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from functools import cache

from .loading.schema import validator

DATES = ("valid_from", "valid_to")


def kept(row: dict, default_region: str) -> dict:
    """What a version keeps of a file's entry."""
    content = {key: value for key, value in row.items() if key not in DATES}
    content["region"] = content.get("region") or default_region
    return content


def digest(content: dict, stated_to: date | None) -> str:
    """The same for the same content and stated end, however the file orders its keys."""
    body = [content, stated_to and stated_to.isoformat()]
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def key_order(name: str) -> list[str]:
    """Properties of a schema definition ("item", "bundle", …) as the schema lists them: the order of exported files."""
    return list(validator().schema["$defs"][name]["properties"])


def in_order(name: str, row: dict) -> dict:
    return {key: row[key] for key in key_order(name) if key in row}
