"""One id per request: in the log lines, in the answer's X-Request-Id, and from there in what a user reports."""

import json
import logging
import re
import secrets
import time
from contextvars import ContextVar
from traceback import format_exception_only

from django.db import InterfaceError, OperationalError

from apps.kit.masking import mask_said, without_value

current_id: ContextVar[str] = ContextVar("request_id", default="-")
# The statement, the row and where it was read: each may run over several lines; what may follow it in a trace stays.
_REPEATED = re.compile(
    r"^(LINE \d+|DETAIL|QUERY|CONTEXT):.*?(?=\n(?:DETAIL:|HINT:|QUERY:|CONTEXT:|The above exception|During handling)|\Z)", re.MULTILINE | re.DOTALL
)
_REPEATED_IN_A_LINE = re.compile(r"\\n(LINE \d+|DETAIL|QUERY|CONTEXT):.*")  # of an error that is written out as it stands in a program
# Which function of ours refused, which row was fought for.
_PLACE = re.compile(r'PL/pgSQL function \w+(?:\([\w, ]*\))? line \d+ at [A-Za-z/ ]+|while [a-z ]+ tuple \([\d,]+\) in relation "\w+"')
_ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{8,64}")
_log = logging.getLogger("yichuang.request")


def _without_rows(said: str) -> str:
    """Of what the database refuses it repeats the whole row, the statement, the line of a file."""
    said = _REPEATED.sub(lambda found: "\n".join([f"{found[1]}: …", *_PLACE.findall(found[0])]), said)
    return mask_said(without_value(_REPEATED_IN_A_LINE.sub(r"\\n\1: …", said)))


class RequestIdMiddleware:
    """Takes a proxy's X-Request-Id when it looks like one; writes one line per request that was slow or went wrong."""

    SLOW_SECONDS = 1.0

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        given = request.headers.get("X-Request-Id", "")
        request.id = given if _ACCEPTABLE.fullmatch(given) else secrets.token_hex(8)
        token = current_id.set(request.id)
        began = time.monotonic()
        try:
            response = self.get_response(request)
            took = time.monotonic() - began
            if response.status_code >= 500 or took > self.SLOW_SECONDS:
                # The path alone: a query string may hold a name or a number.
                _log.warning("%s %s → %s, %.2f s", request.method, request.path, response.status_code, took)
        finally:
            current_id.reset(token)
        response["X-Request-Id"] = request.id
        response["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=(), payment=(), usb=()"
        return response


class RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        # Django tells of a refusal when the request is over, and brings it along.
        record.request_id = getattr(getattr(record, "request", None), "id", None) or current_id.get()
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object a line, Chinese unescaped."""

    converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname,
            "logger": record.name,
            "request": getattr(record, "request_id", "-"),
            "message": _without_rows(record.getMessage()),  # of a task that failed it holds the error
        }
        if record.exc_info:
            line["trace"] = _without_rows(self._trace(record.exc_info))
        # Half a character, which no file of text takes, stands as its number: the line would be lost.
        return json.dumps(line, ensure_ascii=False, default=str).encode(errors="backslashreplace").decode()

    def _trace(self, told) -> str:
        """Where a connection was missed is no news, nor where one only took questions: with the database away every message of a queue
        would bring its ten pages."""
        error = told[1]  # none where a library asks for the trace of what it did not catch
        number = getattr(getattr(error, "__cause__", None), "pgcode", None)
        if (isinstance(error, (OperationalError, InterfaceError)) and number is None) or number == "25006":
            return "".join(format_exception_only(error)).strip()
        return self.formatException(told)
