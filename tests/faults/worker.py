"""A real Celery worker, or beat, in a process of its own, on the test's database and broker; it can be killed as the kernel kills."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from config.runner.processes import BEAT


def database_url() -> str:
    """The test database, as an outside process must name it."""
    given = connection.settings_dict
    user, host = quote(given["USER"] or "", safe=""), quote(given["HOST"] or "", safe="")
    password = f":{quote(given['PASSWORD'], safe='')}" if given["PASSWORD"] else ""
    port = f":{given['PORT']}" if given["PORT"] else ""
    return f"postgres://{user}{password}@{host}{port}/{given['NAME']}"


class Part:
    """A process of the platform."""

    def __init__(self, data: Path, *arguments: str):
        self.log = data / f"{type(self).__name__}-{monotonic()}.log"
        environment = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "REDIS_URL": settings.REDIS_URL,
            "DATA_DIR": str(data),
            "SECRET_KEY": settings.SECRET_KEY,
        }
        with open(self.log, "wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=settings.BASE_DIR,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Everything of it at once, without a word."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)


class Worker(Part):
    def __init__(self, data: Path):
        super().__init__(
            data,
            *("celery", "-A", "config.celery", "worker", "-Q", "default,pdf,notify"),
            *("-c", "1", "--loglevel", "INFO", "--without-gossip", "--without-mingle"),
        )


class Beat(Part):
    """As the supervisor starts it."""

    def __init__(self, data: Path):
        super().__init__(data, *BEAT.arguments)

    def says(self, words: str) -> bool:
        return words in self.log.read_text()


def until(true, seconds: float = 90, every: float = 0.1):
    """What `true` returns once it is not false. Fails after `seconds`."""
    end = monotonic() + seconds
    while monotonic() < end:
        if answer := true():
            return answer
        sleep(every)
    raise AssertionError(f"not within {seconds} s")
