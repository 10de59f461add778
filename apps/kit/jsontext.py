"""Values as JSON, many times a request: by a library several times as fast as Python's own, and by Python's own where that
one cannot (whole numbers beyond 64 bits, keys that are no text)."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import orjson
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

# Dates and instants by Django's encoder, as in every JSON column.
_HOW = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
_other_still = DjangoJSONEncoder().default
_slow = DjangoJSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _other(value: Any) -> Any:
    return value.isoformat() if type(value) is date else _other_still(value)


def packed(value: Any) -> bytes | str:
    """As DjangoJSONEncoder writes it, without blanks and with every character as itself: bytes, or text where the fast way
    cannot write (nor read) it. Raises TypeError for what no JSON can say."""
    try:
        return orjson.dumps(value, _other, _HOW)
    except orjson.JSONEncodeError:
        return _slow(value)


def unpacked(written: bytes | str) -> Any:
    """What is read again of what `packed` gave, or once it stands in a JSON column."""
    return orjson.loads(written) if isinstance(written, bytes) else json.loads(written)


def text(value: Any) -> str:
    return as_text(packed(value))


def as_text(written: bytes | str) -> str:
    return written.decode() if isinstance(written, bytes) else written


class ShortNumbers(models.JSONField):
    """A JSON column whose whole numbers are known to keep within 64 bits, which the fast way reads without rounding: what
    the program made itself, not what somebody filled in. For the database, and for its migrations, any JSON column."""

    def from_db_value(self, value, expression, connection):
        # A part of it (`plan__kind`) may come as text that is no JSON, or as a value already.
        whole = isinstance(value, str) and getattr(expression, "target", None) is self
        return orjson.loads(value) if whole else super().from_db_value(value, expression, connection)

    def deconstruct(self):
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs
