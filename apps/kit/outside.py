"""The one way out to other houses: bounded in time and size, never redirected. Proxies, `.netrc` and certificates that the
environment names are not heeded: what stands there was meant for other programs, and would see numbers of persons."""

from __future__ import annotations

import time
from dataclasses import dataclass

import requests
from django.conf import settings
from urllib3.exceptions import HTTPError

LARGEST_ANSWER = 256 * 1024  # bytes
PIECE = 16 * 1024  # bytes


class Silent(Exception):
    """No whole answer of bearable size in time."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    kind: str  # its Content-Type
    content: bytes


def ask(method: str, url: str, *, seconds: float, **sent) -> Answer:
    """One request, with what requests takes (data, headers). Raises Silent. So many seconds are given to the connection, to each
    step until the answer begins, and to all of its body: who sends a byte now and then holds nobody up."""
    try:
        with requests.Session() as line:
            line.trust_env, line.verify = False, settings.SERVICES_CA or True
            with line.request(method, url, timeout=seconds, allow_redirects=False, stream=True, **sent) as answer:
                content, until = bytearray(), time.monotonic() + seconds
                while piece := answer.raw.read1(PIECE, decode_content=True):
                    content += piece
                    if len(content) > LARGEST_ANSWER or time.monotonic() > until:
                        raise Silent("too large" if len(content) > LARGEST_ANSWER else "too slow")
    except (requests.RequestException, HTTPError, OSError) as error:
        raise Silent(type(error).__name__) from None
    return Answer(answer.status_code, answer.headers.get("Content-Type", "").lower(), bytes(content))
