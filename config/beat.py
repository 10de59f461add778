"""Beat with a lock: any number may run, one of them ticks, and when it is gone another goes on within `LEASE` seconds.

The lock stands with the broker, without which there is nowhere to tick to; no session of the database holds it, so a pooler is no
matter. A beat that stood still for longer than its lease may start a task a second time: whatever is started here bears that.
"""

import logging
from contextlib import suppress

from celery.beat import Scheduler
from django.conf import settings
from redis import Redis
from redis.exceptions import LockError, RedisError

LEASE = 6  # seconds
LOOK = 1  # seconds between two looks at the lock
log = logging.getLogger("yichuang.beat")


class OneOfSeveral(Scheduler):
    def __init__(self, *args, **kwargs):
        broker = Redis.from_url(settings.REDIS_URL, socket_timeout=LOOK, socket_connect_timeout=LOOK)
        self._lock = broker.lock("beat", timeout=LEASE, thread_local=False)
        self._ticks: bool | None = None  # not known yet
        self._closed = False
        super().__init__(*args, **kwargs)

    def tick(self, *args, **kwargs) -> float:
        """Seconds until the next. Raises SystemExit once closed: what Celery raises at the signal is lost where it meets a `__del__`, and
        every message sent drops a client of the broker."""
        if self._closed:
            raise SystemExit
        self._heed_the_clock()
        before, self._ticks = self._ticks, self._mine()
        if before is not self._ticks:
            log.info("this beat ticks" if self._ticks else "this beat waits: another ticks, or the broker is away")
        return min(super().tick(*args, **kwargs), LOOK) if self._ticks else LOOK

    def _heed_the_clock(self) -> None:
        """Set back by an hour, it would bring no tick for that hour: each is counted from the last."""
        for entry in self.schedule.values():
            if entry.last_run_at > (clock := entry.default_now()):
                entry.last_run_at, self._heap = clock, None

    def _mine(self) -> bool:
        try:
            with suppress(LockError):  # never ours, or no longer
                return self._lock.reacquire()
            return self._lock.acquire(blocking=False)
        except RedisError:
            return False

    def close(self) -> None:
        self._closed = True
        super().close()
        with suppress(RedisError):
            self._lock.release()
