"""Reads that may be a moment late: lists and boards go to a streaming replica where there is one (REPLICA_URL).

    @may_be_late
    def cases(request): ...

Everything else, and every write, stays with the primary: sessions, posts and whatever is locked are read there. Who has just written
reads from the primary for as long as a replica may need. A replica that is away costs nothing but its help; one that is
behind says on the page how old what it shows is.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from functools import wraps
from threading import Lock

from django.conf import settings
from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.http import HttpRequest, HttpResponse

from .errors import database_away
from .time import now

ALIAS = "replica"
SETTLES = 10  # seconds in which who wrote reads from the primary
STALE = timedelta(seconds=10)  # how old what is shown may be without a word
ASKED_AGAIN = 1.0  # seconds between two questions of one process how far the replica is
AWAY = 5.0  # seconds in which a replica that did not answer is not asked
SAFE = ("GET", "HEAD")

log = logging.getLogger(__name__)
_reading: ContextVar[bool] = ContextVar("reading_from_replica", default=False)


class Router:
    """In force only with a replica (settings)."""

    def db_for_read(self, model, **hints) -> str:
        return ALIAS if _reading.get() else "default"

    def db_for_write(self, model, **hints) -> str:
        return "default"

    def allow_relation(self, one, other, **hints) -> bool:
        return True  # both are the same rows

    def allow_migrate(self, db, app_label, **hints) -> bool:
        return db == "default"


class Place:
    """How far the replica is, as one process last heard it."""

    def __init__(self):
        self._lock = Lock()
        self._until, self._as_of = 0.0, None

    def as_of(self) -> datetime | None:
        """The moment up to which the replica has everything; None while it is away."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._as_of = _ask()
                self._until = time.monotonic() + (ASKED_AGAIN if self._as_of else AWAY)
            return self._as_of

    def gone(self) -> None:
        with self._lock:
            self._as_of, self._until = None, time.monotonic() + AWAY


place = Place()


_FOLLOWS = "SELECT pg_is_in_recovery(), pg_last_xact_replay_timestamp()"
_TIMELINE = "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)"  # a server that is promoted begins another


def _ask() -> datetime | None:
    """A house that lives writes every few seconds (beat's rollup), so the newest commit that arrived tells how far it is; also of a
    replica that has lost its primary and takes itself for complete. One that follows nobody is the primary itself, by another address, or
    was promoted: then what it has is no longer ours."""
    try:
        standby, at = _answer(ALIAS, _FOLLOWS)
        if standby or _answer(ALIAS, _TIMELINE) == _answer(DEFAULT_DB_ALIAS, _TIMELINE):
            return at if standby else now()
    except Error as error:
        connections[ALIAS].close()
        log.warning("the replica does not answer: %s", error)
        return None
    log.warning("the replica follows the primary no more, it was promoted")
    return None


def _answer(of: str, question: str) -> tuple:
    with connections[of].cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()


@contextmanager
def _late() -> Iterator[None]:
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


def _wrote(request: HttpRequest) -> str | None:
    person = getattr(request, "user", None)
    return f"replica.wrote:{person.pk}" if person is not None and person.pk else None


def read(request: HttpRequest, do: Callable[[], object]) -> object:
    """What `do` reads, from the replica where that is right, else from the primary. `request.data_as_of` is then how far it was."""
    if ALIAS not in settings.DATABASES or request.method not in SAFE or _has_just_written(request):
        return do()
    as_of = place.as_of()
    if as_of is None:
        return do()
    request.data_as_of = as_of
    try:
        with _late():
            return do()
    except Error as error:
        if not database_away(error):
            raise
        # Gone in the middle, or what it read was cleaned away under it: asked once more where the truth is.
        log.warning("the replica did not answer to the end: %s", error)
        place.gone()
        connections[ALIAS].close()
        del request.data_as_of
        return do()


def _has_just_written(request: HttpRequest) -> bool:
    key = _wrote(request)
    try:
        return key is not None and cache.get(key) is not None
    except Exception:  # whatever the cache's client raises while it is away
        return True


def may_be_late(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page of lists or counts. It renders itself before it returns."""

    @wraps(view)
    def page(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        return read(request, lambda: view(request, *args, **kwargs))

    return page


def stale(request: HttpRequest) -> datetime | None:
    """How far what this page shows was, where that has to be said."""
    as_of = getattr(request, "data_as_of", None)
    return as_of if as_of is not None and now() - as_of > STALE else None


class WroteMiddleware:
    """Remembers for a moment who sent something other than a question. In force only with a replica."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.method not in SAFE and (key := _wrote(request)):
            try:
                cache.set(key, 1, SETTLES)
            except Exception:
                log.warning("the cache is away: who wrote is not remembered")
        return response
