"""How often one address may ask the public questions that touch personal data: a counter in Redis per window of time."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from time import time

from django.core.cache import cache
from redis.exceptions import RedisError

log = logging.getLogger("yichuang.limits")


@dataclass(frozen=True)
class Limit:
    """At most `times` in each window of `seconds`."""

    name: str
    times: int
    seconds: int

    def _key(self, address: str) -> str:
        return f"limit:{self.name}:{address}:{int(time()) // self.seconds}"

    def wait(self, address: str) -> int:
        """Seconds until the address may ask again; 0 when it may now. A silent counter stops nobody."""
        try:
            used = cache.get(self._key(address), 0)
        except RedisError:
            log.warning("the counter of %s is out of reach, nobody is limited", self.name)
            return 0
        return self.seconds - int(time()) % self.seconds if used >= self.times else 0

    def count(self, address: str) -> None:
        key = self._key(address)
        try:
            if not cache.add(key, 1, self.seconds + 60):
                cache.incr(key)
        except (RedisError, ValueError):  # ValueError: the window closed between the two
            log.warning("the counter of %s did not count", self.name)
