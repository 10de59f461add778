"""Starts parts in order, waits until each is well, prints what they say with their name before it, and when one dies or
a signal comes stops all of them in the reverse order."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from config.runner.faults import Fault
from config.runner.places import PROJECT
from config.runner.processes import Process

STOP_SECONDS = 25
_printing = threading.Lock()


class Stopped(Exception):
    """Somebody asked us to stop."""


def say(text: str) -> None:
    with _printing:
        try:
            print(text, flush=True)
        except BrokenPipeError:  # whoever read us is gone; the parts go on
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115
        except OSError:  # the disk on which it is kept is full: this line is lost, and nothing else
            return


class Part:
    def __init__(self, process: Process, environment: dict[str, str]):
        self.process, self.environment = process, environment
        self.last_lines: deque[str] = deque(maxlen=12)
        self.child = subprocess.Popen(
            [sys.executable, "-P", str(Path(__file__).with_name("child.py")), str(os.getpid()),
             *process.command(sys.executable)],
            cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, encoding="utf-8", errors="replace",
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.child.stdout:
            self.last_lines.append(line.rstrip())
            say(f"{self.process.name:<11}| {line.rstrip()}")

    def death(self) -> Fault | None:
        if (code := self.child.poll()) is None:
            return None
        self._reader.join(2)
        told = "\n".join(self.last_lines) or "(it said nothing)"
        return Fault(
            f"“{self.process.name}”意外退出（代码 {code}）",
            f"the part “{self.process.name}” ended with code {code}. Its last lines:\n{told}",
        )

    def signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.child.pid, number) if number == signal.SIGKILL else self.child.send_signal(number)


class Supervisor:
    def __init__(self):
        self.parts: list[Part] = []
        self._stopping = False
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._asked)

    def _asked(self, number, _frame) -> None:
        if not self._stopping:
            self._stopping = True
            raise Stopped
        for part in self.parts:  # asked twice: at once
            part.signal(signal.SIGKILL)

    def start(self, process: Process, environment: dict[str, str]) -> None:
        self.parts.append(Part(process, environment))

    def wait(self, what: str, well: Callable[[], bool], seconds: float) -> None:
        until = time.monotonic() + seconds
        while not well():
            self.check()
            if time.monotonic() > until:
                raise Fault(f"{what}：{seconds:.0f} 秒内没有就绪", f"{what} is not ready after {seconds:.0f} s: {well}")
            time.sleep(0.2)

    def check(self) -> None:
        for part in self.parts:
            if fault := part.death():
                raise fault

    def watch(self, also: Callable[[], None], trouble: Callable[[], str | None], mend: Callable[[], None]) -> None:
        """Until a part dies (Fault) or we are asked to stop (Stopped). What dies of a `trouble` that passes waits for its end, the others go
        on meanwhile; then `mend` sees to what the parts need, and they are started again."""
        due = False
        while True:
            try:
                if due or trouble():
                    self._outlast(also, trouble)
                    mend()
                    for place, part in enumerate(self.parts):
                        if part.death():
                            say(f"重新启动 / starting again: {part.process.name}")
                            self.parts[place] = Part(part.process, part.environment)
                    due = False
                self.check()
                also()
            except (Fault, OSError):  # of the mending too: there may be no room again
                if not trouble():
                    raise
                due = True
            time.sleep(0.5)

    def _outlast(self, also: Callable[[], None], trouble: Callable[[], str | None]) -> None:
        told = None
        while why := trouble():
            try:
                self.check()
                also()
            except Fault as fault:
                if told != str(fault):
                    say(f"\n{fault}\n{why}")
                told = str(fault)
            time.sleep(1)

    def stop(self) -> None:
        self._stopping = True
        for part in reversed(self.parts):
            if part.child.poll() is None:
                say(f"停止 / stopping: {part.process.name}")
                part.signal(signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    part.child.wait(STOP_SECONDS)
            part.signal(signal.SIGKILL)  # what is left of its group
            part.child.wait()
        self.parts.clear()
