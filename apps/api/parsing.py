"""Bodies as they arrive and as they leave. A module of its own: the framework loads it before any view exists."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import datetime
from io import BytesIO

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.utils.encoders import JSONEncoder

from apps.kit.time import BEIJING

# Half of a pair of surrogates; whether the other half is there shows when it is read.
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")


class BoundedJSONParser(JSONParser):
    """JSON of at most so many bytes as a form may have. Nested deeper than Python can follow, or with half a character that no
    database keeps and no answer can name, it is a faulty body (400), not a fault of ours."""

    def parse(self, stream, media_type=None, parser_context=None):
        raw = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(raw) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig
        try:
            body = super().parse(BytesIO(raw), media_type, parser_context)
            if _HALF.search(raw):
                json.dumps(body, ensure_ascii=False).encode()
        except (RecursionError, UnicodeEncodeError):
            raise ParseError from None
        return body


class BeijingEncoder(JSONEncoder):
    """Every instant with Beijing's clock, as serializers write it: who takes the date from its first ten characters takes the right
    one (K1)."""

    def default(self, obj):
        return super().default(obj.astimezone(BEIJING) if isinstance(obj, datetime) and obj.tzinfo else obj)


class BeijingJSONRenderer(JSONRenderer):
    encoder_class = BeijingEncoder

    def render(self, data, accepted_media_type=None, renderer_context=None):
        """As the framework does, several times as fast; what asks for indentation, or the library cannot write, goes the other way."""
        if data is not None and not self.get_indent(accepted_media_type or "", renderer_context or {}):
            with suppress(orjson.JSONEncodeError):
                raw = orjson.dumps(data, _other, orjson.OPT_PASSTHROUGH_DATETIME)
                # Two ends of a line that a script would stumble over.
                return raw.replace(b"\xe2\x80\xa8", b"\\u2028").replace(b"\xe2\x80\xa9", b"\\u2029")
        return super().render(data, accepted_media_type, renderer_context)


_other = BeijingEncoder().default
