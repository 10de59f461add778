"""PostgreSQL and Valkey of one data directory, shared by all commands that run on it at the same time.

Every command holds a shared lock on `services.users` while it needs the servers; the kernel drops it however the command ends.
Whoever leaves last stops the servers, unless they ran before with nobody holding the lock (what a killed command left behind):
those are kept, and adopted and stopped by the next `script/server`."""

import fcntl
import os
from contextlib import contextmanager
from pathlib import Path

from config.runner.places import database_url, redis_url
from config.runner.postgres import Postgres
from config.runner.valkey import Valkey

_EMBEDDED = {"DATABASE_URL": (Postgres, database_url), "REDIS_URL": (Valkey, redis_url)}


class Services:
    def __init__(self, data: Path, durable: bool = True, outside: bool = True):
        """`outside`: DATABASE_URL and REDIS_URL, where set, stand for the embedded servers."""
        self.data = data
        self.given = {name: os.environ[name] for name in _EMBEDDED if outside and os.environ.get(name)}
        self.servers = [server(data, durable) for name, (server, _) in _EMBEDDED.items() if name not in self.given]

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to find them. The embedded ones are where they are only once they have been started."""
        return {name: url(self.data) for name, (_, url) in _EMBEDDED.items()} | self.given

    def acquire(self, adopt: bool = False) -> None:
        """Start what does not run. `adopt`: servers that a killed command left behind become ours to stop."""
        if not self.servers:
            return
        self.data.mkdir(parents=True, exist_ok=True)
        keep = self.data / "services.keep"
        with self._door():
            self._users = open(self.data / "services.users", "w")  # noqa: SIM115  (held until release)
            alone = _try_lock(self._users, fcntl.LOCK_EX)
            if alone:
                found = any(server.alive() for server in self.servers)
                keep.touch() if found and not adopt else keep.unlink(missing_ok=True)
            elif adopt:
                keep.unlink(missing_ok=True)
            fcntl.flock(self._users, fcntl.LOCK_SH)
            for server in self.servers:
                server.start()

    def release(self) -> None:
        if not self.servers or not hasattr(self, "_users"):
            return
        with self._door():
            if _try_lock(self._users, fcntl.LOCK_EX) and not (self.data / "services.keep").exists():
                for server in reversed(self.servers):
                    server.stop()
            self._users.close()

    def said_of_back_up(self) -> list[str]:
        return [said for server in self.servers if isinstance(server, Postgres) for said in server.said_of_back_up()]

    def demand_not_lost(self) -> None:
        for server in self.servers:
            if isinstance(server, Postgres):
                server.demand_not_lost()

    def start_again(self) -> None:
        """Those that died while we hold them."""
        with self._door():
            for server in self.servers:
                server.start()

    def dead(self) -> list[str]:
        return [server.name for server in self.servers if not server.alive()]

    def __enter__(self) -> "Services":
        try:
            self.acquire()
        except BaseException:
            self.release()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.release()

    @contextmanager
    def _door(self):
        """One command at a time starts or stops servers."""
        with open(self.data / "services.lock", "w") as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            yield


def _try_lock(file, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
