"""How often something may be done: counters in Redis, one per window of time, read from the table in `config/limits.py`.

A silent counter stops nobody from reading; a rate that is marked `closed` refuses instead, because what it guards is a way to
guess or costs somebody else's money.
"""

from __future__ import annotations

import logging
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2s
from ipaddress import IPv6Address, ip_address, ip_network
from time import monotonic, time

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from .errors import TooMany, Unavailable

log = logging.getLogger("yichuang.limits")
PATIENCE = 0.5  # seconds that a request waits for the counter
REST = 5  # seconds without asking it, once it was out of reach

# Seconds that a form of this request was told to wait: the answer carries them as Retry-After (apps.web.errors).
told_to_wait: ContextVar[int] = ContextVar("told_to_wait", default=0)
_silent_until = 0.0


@dataclass(frozen=True)
class Limit:
    """One line of the table. Its numbers are read when they are needed, so that an installation or a test may set others."""

    name: str

    @property
    def times(self) -> int:
        return int(settings.LIMITS[self.name].times * settings.LIMITS_FACTOR)

    @property
    def seconds(self) -> int:
        return settings.LIMITS[self.name].seconds

    @property
    def closed(self) -> bool:
        return settings.LIMITS[self.name].closed

    def key(self, subject: object) -> str:
        """A phone, a number and an address stand in it as a hash: who reads the counters learns of nobody."""
        secret = settings.SECRET_KEY.encode()[:32]
        hashed = blake2s(str(subject).encode(), key=secret, digest_size=12).hexdigest()
        return f"limit:{self.name}:{hashed}:{int(time()) // self.seconds}"

    def left(self) -> int:
        """Seconds to the end of the window."""
        return self.seconds - int(time()) % self.seconds

    def wait(self, subject: object) -> int:
        """Seconds until it may be done again; 0 when it may now."""
        used = _ask(lambda redis: redis.get(self.key(subject)), (self,))
        return self.left() if int(used or 0) >= self.times else 0

    def demand(self, subject: object, field: str | None = None) -> None:
        """Raises TooMany, without counting."""
        if wait := self.wait(subject):
            raise TooMany(wait, field=field)

    def count(self, subject: object) -> None:
        _count((self, subject))

    def take(self, subject: object, field: str | None = None) -> None:
        """Count it and raise TooMany if it was one too many."""
        take((self, subject), field=field)


def take(*lines: tuple[Limit, object], field: str | None = None) -> None:
    """Count all of them in one go; raises TooMany with the longest wait among those that are over."""
    used = _count(*lines)
    waits = [limit.left() for (limit, _), times in zip(lines, used, strict=True) if times > limit.times]
    if waits:
        raise TooMany(max(waits), field=field)


def give_back(*lines: tuple[Limit, object]) -> None:
    """It was not done after all."""
    _count(*lines, by=-1)


def _count(*lines: tuple[Limit, object], by: int = 1) -> list[int]:
    def add(redis: Redis) -> list[int]:
        with redis.pipeline(transaction=False) as pipe:
            for limit, subject in lines:
                key = limit.key(subject)
                pipe.incr(key, by)
                pipe.expire(key, limit.seconds + 60)
            return pipe.execute()[::2]

    return _ask(add, [limit for limit, _ in lines]) or [0] * len(lines)


def _ask(question, limits):
    """The counter's answer, or None while it is out of reach. Raises Unavailable then, if a limit is closed."""
    global _silent_until
    if monotonic() >= _silent_until:
        try:
            return question(_redis(settings.CACHES["default"]["LOCATION"]))
        except RedisError as error:
            _silent_until = monotonic() + REST
            log.warning("the counter is out of reach (%s): reading is not limited", type(error).__name__)
    if any(limit.closed for limit in limits):
        raise Unavailable("系统正忙，这一步暂时不能办理，请几分钟后再试；也可以到任一综合窗口办理。")
    return None


@lru_cache(maxsize=4)
def _redis(address: str) -> Redis:
    return Redis.from_url(address, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)


def neighbourhood(address: str) -> str:
    """What is counted as one address: an IPv4 address, or the /64 that one subscriber of IPv6 has for himself."""
    try:
        known = ip_address(address)
    except ValueError:
        return ""
    if isinstance(known, IPv6Address):
        return str(known.ipv4_mapped or ip_network((known, 64), strict=False).network_address)
    return str(known)
