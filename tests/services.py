"""Gives the tests a PostgreSQL and a Valkey of their own, before Django reads its settings (pyproject loads this plugin first).

Where DATABASE_URL and REDIS_URL are set (script/test does), those are used. Each xdist worker has its own databases
(tests/databases.py) and its own pair of numbered Redis databases: broker and cache."""

import fcntl
import os
import shutil
import signal
import tempfile
from contextlib import suppress
from pathlib import Path

from config.runner.services import Services
from config.standing import seldom

PREFIX = "yichuang-test-"
OWN = "YICHUANG_TEST_SERVERS"  # set where the servers go with the run, as its workers see too
_held: list = []
seldom()  # before five thousand tests are gathered


def _remove_leftovers(parent: Path) -> None:
    """What killed runs left behind: their locks are free."""
    for old in parent.glob(PREFIX + "*"):
        with suppress(FileNotFoundError):  # a run that ends takes its place away while we look
            if old.stat().st_uid == os.geteuid() and (lock := _lock(old / "owner.lock", wait=False)):
                _end(old, Services(old, durable=False, outside=False))
                lock.close()


def _lock(file: Path, wait: bool):
    opened = open(file, "w")  # noqa: SIM115  (the lock lives as long as the file is open)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        opened.close()
        return None
    return opened


def _end(place: Path, services: Services) -> None:
    for server in services.servers:
        server.stop()
        if hasattr(server, "remove"):
            server.remove()
    shutil.rmtree(place, ignore_errors=True)


def _start() -> None:
    parent = Path(tempfile.gettempdir())
    # One run at a time looks for leftovers or makes its place: a place without its lock yet looks like a leftover.
    door = _lock(parent / f".yichuang-tests-{os.geteuid()}.lock", wait=True)
    _remove_leftovers(parent)
    place = Path(tempfile.mkdtemp(prefix=PREFIX))
    lock = _lock(place / "owner.lock", wait=True)
    door.close()
    place.chmod(0o711)  # as root, PostgreSQL runs as another user
    services = Services(place, durable=False)
    services.acquire()
    os.environ.update(services.environment, DATA_DIR=str(place))
    os.environ[OWN] = "1"
    _held[:] = [place, services, lock]
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a run that is told to end takes its servers with it


def _own_redis(url: str, worker: str) -> str:
    """gw0 → 2 and 3, gw1 → 4 and 5 …; without xdist 0 and 1."""
    number = 2 * (int(worker.removeprefix("gw")) + 1)
    base, _, _ = url.partition("?")
    return f"{base}?db={number}" if base.startswith("unix:") else f"{url.rsplit('/', 1)[0]}/{number}"


os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's event loop runs in the tests' own thread
os.environ.setdefault("DJANGO_LIVE_TEST_SERVER_ADDRESS", "127.0.0.1")  # a machine may not know the name localhost
os.environ.pop("YICHUANG_ENV", None)
if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ["REDIS_URL"] = _own_redis(os.environ["REDIS_URL"], worker)
elif not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
    _start()


def pytest_unconfigure(config) -> None:
    if _held:
        place, services, _lock = _held
        _end(place, services)
        _held.clear()
