"""Values as JSON, many times a request: by a library several times as fast as Python's own, and by Python's own where that
one cannot (whole numbers beyond 64 bits, keys that are no text)."""

from __future__ import annotations

import json
from typing import Any

import orjson
from django.core.serializers.json import DjangoJSONEncoder

# Dates and instants by Django's encoder, as in every JSON column.
_HOW = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
_other = DjangoJSONEncoder().default
_slow = DjangoJSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


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
