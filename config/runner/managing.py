"""script/manage: prepare what is missing, run one manage.py command, leave the servers as they were found."""

import os
import signal
import subprocess
import sys

from config.runner.faults import short_of_room
from config.runner.places import PROJECT, data_dir
from config.runner.prepare import is_prepared
from config.runner.services import Services

# By its path: by its name Python would load the whole configuration first, and Ctrl-C print where it stood.
RUNNER = [sys.executable, "-P", str(PROJECT / "config" / "runner" / "__main__.py")]
NO_SERVERS = {"DATABASE_URL": "postgres:///none", "REDIS_URL": "redis://none"}  # where none will be asked


def run(arguments: list[str]) -> int:
    if _only_reads_help(arguments):
        return _command(arguments, NO_SERVERS | os.environ)
    with Services(data_dir()) as services:
        environment = os.environ | services.environment
        if is_prepared(environment["DATABASE_URL"], False) or _is_there(arguments[0]):
            ready(environment, demo=False)
        return _command(arguments, environment)


def _only_reads_help(arguments: list[str]) -> bool:
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments  # what follows is for another program (dbshell -- -h)
    return own[:1] in ([], ["help"], ["version"], ["--version"]) or not {"-h", "--help"}.isdisjoint(own)


def _is_there(command: str) -> bool:
    """A mistyped name is told at once, not after the minute in which a first database is prepared."""
    asked = [sys.executable, str(PROJECT / "manage.py"), "help", command]
    return subprocess.run(asked, env=NO_SERVERS | os.environ, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0


def ready(environment: dict[str, str], demo: bool) -> None:
    if is_prepared(environment["DATABASE_URL"], demo):
        return
    command = [*RUNNER, "prepare", *(["--demo"] if demo else [])]
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False
    )
    if done.returncode:
        # The server that fell for want of room says anything else: a lock, a recovery.
        if not os.environ.get("DATABASE_URL") and (short := short_of_room(data_dir())):
            print(
                f"\n{data_dir()} 所在的{short}，多半因此：请腾出空间后再试 / the disk is full, which is likely why: make room, then try again",
                file=sys.stderr,
            )
        sys.exit(done.returncode)


def _command(arguments: list[str], environment: dict[str, str]) -> int:
    """The command has the caller's stdin, stdout and working directory; its exit code is ours."""
    child = None

    def pass_on(number, _frame):
        if child is not None:
            child.send_signal(number)

    # Ctrl-C reaches the command by itself when we share a terminal; we outlive it either way, to release the servers.
    signal.signal(signal.SIGINT, signal.SIG_IGN if sys.stdin and sys.stdin.isatty() else pass_on)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, pass_on)
    child = subprocess.Popen(
        [sys.executable, str(PROJECT / "manage.py"), *arguments], env=environment,
        preexec_fn=_heeds_in_time,
    )  # fmt: skip
    code = child.wait()
    return code if code >= 0 else 128 - code


def _heeds_in_time() -> None:
    """In the child: Ctrl-C waits until the command is there to answer it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
