"""Runs the project's own commands as a person at a terminal does, on a data directory of the test."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from config.runner.places import PROJECT
from config.runner.services import Services
from config.runner.serving import _free_port as free_port  # noqa: F401  (for the tests that start servers)

MAIN = [sys.executable, "-P", str(PROJECT / "config" / "runner" / "__main__.py")]


def environment(data: Path, **more: str) -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "DATA_DIR": str(data), "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"} | more


def manage(data: Path, *arguments: str, **more) -> subprocess.CompletedProcess:
    more.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run(
        [*MAIN, "manage", *arguments], env=environment(data), capture_output=True, text=True, check=False,
        timeout=300, **more,
    )  # fmt: skip


def alive(data: Path) -> list[bool]:
    return [server.alive() for server in Services(data, outside=False).servers]


def stop_all(data: Path) -> None:
    for server in Services(data, outside=False).servers:
        server.stop()
        if server.name == "PostgreSQL":
            server.remove()


class Server:
    """script/server, its output in a file."""

    def __init__(self, data: Path, port: int, **more: str):
        self.log = data.parent / f"server-{time.monotonic_ns()}.log"
        with open(self.log, "w") as out:
            self.process = subprocess.Popen(
                [*MAIN, "server"], env=environment(data, PORT=str(port), **more), stdin=subprocess.DEVNULL,
                stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    @property
    def said(self) -> str:
        return self.log.read_text()

    def wait_until_running(self, seconds: float = 240) -> "Server":
        until = time.monotonic() + seconds
        while "is running" not in self.said:
            assert self.process.poll() is None and time.monotonic() < until, self.said
            time.sleep(0.2)
        return self

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(180)
