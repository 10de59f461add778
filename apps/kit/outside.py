"""The one way out to other houses: bounded in time and size, never redirected. Proxies, `.netrc` and certificates that the
environment names are not heeded: what stands there was meant for other programs, and would see numbers of persons."""

from __future__ import annotations

import socket
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock, Timer

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

LARGEST_ANSWER = 256 * 1024  # bytes
PIECE = 16 * 1024  # bytes
TOO_SLOW, NOT_ASKED = "Timeout", "NotAsked"
REST = 30  # seconds in which, of those who ask where somebody has waited in vain, one waits and the others are told at once
_hanging: dict[str, float] = {}  # address: until when, for this process
_waiting: defaultdict[str, Lock] = defaultdict(Lock)


class Silent(Exception):
    """No whole answer of bearable size in time."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    kind: str  # its Content-Type
    content: bytes


class Limit:
    """The end of one request's time, whatever it waits for then. A timeout is each read's alone: who sends a byte now and
    then, in a header as well, would hold us up for ever. So each connection is cut when the time is over."""

    def __init__(self, seconds: float):
        self._until = time.monotonic() + seconds
        self._handles: list[socket.socket] = []
        self._lock = Lock()  # what is closed may be another's connection in the next moment, and is never cut
        self._timer = Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Limit:
        self._timer.start()
        return self

    def __exit__(self, *_) -> None:
        self._timer.cancel()
        with self._lock:
            for handle in self._handles:
                handle.close()

    @property
    def over(self) -> bool:
        return time.monotonic() >= self._until

    def watch(self, line: socket.socket) -> socket.socket:
        with self._lock:
            self._handles.append(line.dup())  # our own handle: TLS takes the other one over
        if self.over:
            self._cut()
        return line

    def _cut(self) -> None:
        with self._lock:
            for handle in self._handles:
                with suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)


class _Watched(HTTPAdapter):
    """Connections that a Limit knows of."""

    def __init__(self, limit: Limit):
        self._pools = {
            "http": _watched(HTTPConnectionPool, limit),
            "https": _watched(HTTPSConnectionPool, limit),
        }
        super().__init__()

    def init_poolmanager(self, *given, **named) -> None:
        super().init_poolmanager(*given, **named)
        self.poolmanager.pool_classes_by_scheme = self._pools


def _watched(pool: type, limit: Limit) -> type:
    line = pool.ConnectionCls
    own = type(line.__name__, (line,), {"_new_conn": lambda self: limit.watch(line._new_conn(self))})
    return type(pool.__name__, (pool,), {"ConnectionCls": own})


def ask(method: str, url: str, *, seconds: float, **sent) -> Answer:
    """One request, with what requests takes (data, headers). Raises Silent. So many seconds are given to all of it together, only
    the look-up of the name and each of its addresses have a time of their own.

    A page is answered by one of few threads: if each waited for a house that hangs, no other page would be answered."""
    if time.monotonic() > _hanging.get(url, 0):
        return _ask(method, url, seconds, sent)
    if not _waiting[url].acquire(blocking=False):
        raise Silent(NOT_ASKED)
    try:
        return _ask(method, url, seconds, sent)
    finally:
        _waiting[url].release()


def _ask(method: str, url: str, seconds: float, sent: dict) -> Answer:
    limit = Limit(seconds)
    try:
        with requests.Session() as line, limit:
            line.mount("http://", watched := _Watched(limit))
            line.mount("https://", watched)
            line.trust_env, line.verify = False, settings.SERVICES_CA or True
            with line.request(method, url, timeout=seconds, allow_redirects=False, stream=True, **sent) as answer:
                content = bytearray()
                while piece := answer.raw.read1(PIECE, decode_content=True):
                    content += piece
                    if len(content) > LARGEST_ANSWER:
                        raise Silent("too large")
    except (requests.RequestException, HTTPError, OSError) as error:
        if not limit.over:
            raise Silent(type(error).__name__) from None
    if limit.over:  # what came till the cut may look like a whole answer
        _hanging[url] = time.monotonic() + REST
        raise Silent(TOO_SLOW)
    _hanging.pop(url, None)
    return Answer(answer.status_code, answer.headers.get("Content-Type", "").lower(), bytes(content))
