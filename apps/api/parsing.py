"""Bodies as they arrive and as they leave. A module of its own: the framework loads it before any view exists."""

from __future__ import annotations

import json
import re
from datetime import datetime
from io import BytesIO

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
