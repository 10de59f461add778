"""script/test [--full] [pytest arguments]: every check and test, the quick ones first; the first that fails ends it.

The tests start a PostgreSQL and a Valkey of their own (tests/services.py), in a directory of their own that is gone afterwards."""

import os
import subprocess
import sys

from config.runner.faults import Fault
from config.runner.places import PROJECT

CHECKS = [
    ("ruff", ["-m", "ruff", "check", "--no-cache", "."]),
    ("manage.py check", ["manage.py", "check", "--fail-level", "WARNING"]),
]
WORKERS = "3"  # on two cores: one in three waits for a browser, a server or a lock


def run(arguments: list[str]) -> int:
    named = [argument.split("::")[0] for argument in arguments if argument.startswith("tests")]
    if missing := [name for name in named if not (PROJECT / name).exists()]:  # several processes would say "no tests ran" and no more
        raise Fault(f"没有这样的测试：{'、'.join(missing)}", "there are no such tests")
    environment = {name: value for name, value in os.environ.items() if name not in ("DEBUG", "YICHUANG_ENV")}
    environment["SECRET_KEY"] = "for the tests only, never for anything that is kept"  # noqa: S105
    if "--full" in arguments:
        arguments = [argument for argument in arguments if argument != "--full"]
        environment["YICHUANG_FULL"] = "1"
    for name, command in CHECKS:
        print(f"== {name}", flush=True)
        if code := _python(command, environment):
            print(f"\n没有通过 / failed: {name}", flush=True)
            return code
    print("== pytest", flush=True)
    # pytest takes this process's place, so that a signal reaches it and its exit code is ours.
    os.chdir(PROJECT)
    # A file stays whole on one worker, for what its tests share; tests/prices.py says which files begin.
    command = ["-m", "pytest", "-q", "-n", WORKERS, "--dist", "loadfile", "--no-loadscope-reorder", *arguments]
    os.execve(sys.executable, [sys.executable, *command], environment)


def _python(command: list[str], environment: dict[str, str]) -> int:
    return subprocess.run([sys.executable, *command], cwd=PROJECT, env=environment, check=False).returncode
