"""Servers beside the one database: a standby that follows it, a pooler before it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

import pytest
from django.db import connection

from config.runner.postgres import Postgres

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


class Standby:
    """A copy of an embedded server that follows it, or of such a copy."""

    def __init__(self, of: Postgres | Standby):
        primary, sockets = (of._primary, of.place) if isinstance(of, Standby) else (of, of.sockets)
        self._primary, self.place = primary, Path(tempfile.mkdtemp(prefix="yichuang-standby-"))
        self._furnish()
        if primary.user:
            os.chown(self.place, primary.user.pw_uid, primary.user.pw_gid)
        self._data = self.place / "data"
        where = ["-h", sockets, "-U", "postgres", "-D", self._data]
        self._do("pg_basebackup", *where, "-R", "-X", "stream", "-c", "fast", "--no-sync", "--no-password")
        (self._data / "yichuang.conf").write_text(f"listen_addresses = ''\nfsync = off\nunix_socket_directories = '{self.place}'\n")

    def _furnish(self) -> None:
        """What the place needs before anything is put there."""

    def _do(self, program: str, *arguments) -> None:
        done = self._primary._call(program, *arguments)
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        self._do("pg_ctl", "start", "-s", "-w", "-D", self._data, "-l", self.place / "log")

    def stop(self) -> None:
        self._do("pg_ctl", "stop", "-s", "-m", "immediate", "-D", self._data)

    def promote(self) -> None:
        """From here on a server of its own."""
        self._do("pg_ctl", "promote", "-s", "-w", "-D", self._data)

    def branch_off(self) -> None:
        """A server of its own at once. Nobody reads before: a follower that is to be read waits until no transaction of the first
        server has more than 64 savepoints, which is as long as some other test's life of a case. When it is started again it is waited
        for until it answers: where nobody may read before, a server that only begins to recover is said to be up."""
        settings = self._data / "yichuang.conf"
        written = settings.read_text()
        settings.write_text(f"{written}hot_standby = off\n")
        self.start()
        self.promote()
        settings.write_text(written)

    @property
    def _pid(self) -> int:
        return int((self._data / "postmaster.pid").read_text().split()[0])

    def runs(self) -> bool:
        return self._primary._call("pg_ctl", "status", "-D", self._data).returncode == 0

    def kill(self) -> None:
        """As the kernel kills: the parent without a word, its children when they notice."""
        os.kill(self._pid, signal.SIGKILL)

    def halt(self, number: int = signal.SIGSTOP) -> None:
        """In the middle of its work: it neither answers nor refuses."""
        children = Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text().split()
        for pid in [self._pid, *children]:
            with suppress(ProcessLookupError):  # that goes on first and buries who has ended
                os.kill(int(pid), number)

    def go_on(self) -> None:
        self.halt(signal.SIGCONT)

    def start_again(self) -> bool:
        return self._primary._call("pg_ctl", "start", "-s", "-w", "-D", self._data, "-l", self.place / "log").returncode == 0

    def start_afresh(self) -> None:
        """Whatever still stands of it is ended first."""
        self._do("pg_ctl", "restart", "-s", "-w", "-m", "immediate", "-D", self._data, "-l", self.place / "log")

    def remove(self) -> None:
        shutil.rmtree(self.place)


@contextmanager
def upon_copies() -> Iterator[Callable[[type[Standby]], Standby]]:
    """The test goes on upon a copy of the tests' server, of the kind it asks for; nobody else is on it."""
    running: list[Standby] = []
    before = connection.settings_dict["HOST"]

    def turn(kind: type[Standby]) -> Standby:
        primary = Postgres(Path(os.environ["DATA_DIR"]), durable=False)
        primary._settle()
        if not primary.alive():
            pytest.skip("the tests' database is a server from outside")
        copy = kind(primary)
        running.append(copy)
        copy.branch_off()
        connection.close()
        connection.settings_dict["HOST"] = str(copy.place)
        return copy

    try:
        yield turn
    finally:
        connection.close()
        connection.settings_dict["HOST"] = before
        for copy in running:
            if copy.runs():
                copy.stop()
            copy.remove()


class Small(Standby):
    """On a disk of its own, in memory (for root alone)."""

    def _furnish(self) -> None:
        _mount("none", "-t", "tmpfs", "-o", "size=4g", self.place)

    def take_room(self) -> None:
        self._resize(shutil.disk_usage(self.place).used + (1 << 18))

    def make_room(self) -> None:
        self._resize(4 << 30)

    def _resize(self, size: int) -> None:
        _mount("-o", f"remount,size={size}", self.place)

    def remove(self) -> None:
        subprocess.run(["umount", "--lazy", self.place], check=True)  # a process of the server may still be on its way out
        super().remove()


class Limited(Standby):
    """Whose files may not grow."""

    def take_room(self) -> None:
        children = Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text().split()
        self._limit("65536:", self._pid, *children)

    def make_room(self) -> None:
        if self.runs():
            self._limit("unlimited:", self._pid)

    def _limit(self, size: str, *pids) -> None:
        for pid in pids:  # by whom the server runs as: root may be without the power over others' limits
            self._primary._as(self._primary.user, ["prlimit", "--pid", pid, f"--fsize={size}"])


def may_mount() -> bool:
    with tempfile.TemporaryDirectory() as place:
        try:
            _mount("none", "-t", "tmpfs", place)
        except (OSError, subprocess.CalledProcessError):
            return False
        subprocess.run(["umount", place], check=True)
        return True


def _mount(*arguments) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


@contextmanager
def pooling(database: dict, place: Path, sessions: int) -> Iterator[int]:
    """PgBouncer in transaction mode before the server of these connection settings, with so many sessions for everybody; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    there = {name.lower(): database[name] for name in ("HOST", "PORT", "USER", "PASSWORD") if database[name]}
    settings = {
        "listen_addr": "127.0.0.1", "listen_port": port, "unix_socket_dir": "", "auth_type": "any", "pool_mode": "transaction",
        "default_pool_size": sessions, "max_client_conn": 1000, "ignore_startup_parameters": "options,extra_float_digits",
    }  # fmt: skip
    if os.geteuid() == 0:
        settings["user"] = "nobody"  # as root it refuses
    file = place / "pgbouncer.ini"
    lines = ["[databases]", "* = " + " ".join(f"{name}={value}" for name, value in there.items()), "[pgbouncer]"]
    file.write_text("\n".join([*lines, *(f"{name} = {value}" for name, value in settings.items())]))
    running = subprocess.Popen([PGBOUNCER, "-q", file], stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, running)
        yield port
    finally:
        running.kill()
        running.wait(10)


def _wait_for(port: int, running: subprocess.Popen) -> None:
    until = monotonic() + 60
    while running.poll() is None and monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        sleep(0.05)
    raise RuntimeError(f"PgBouncer does not answer at {port}")
