"""python -m config.runner server | manage … | test … | backup … | restore … | prepare [--demo] | settings | lock"""

import os
import signal
import sys
from pathlib import Path

PROJECT = str(Path(__file__).resolve().parents[2])


def main(command: str, *arguments: str) -> int:
    # One command needs a tenth of what all import together.
    match command:
        case "server":
            from config.runner.serving import run
        case "manage":
            from config.runner.managing import run
        case "test":
            from config.runner.testing import run
        case "backup":
            from config.runner.saving import back_up as run
        case "restore":
            from config.runner.saving import restore as run
        case _:
            return _small(command, *arguments)
    _heed_ctrl_c()
    return run(list(arguments))


def _heed_ctrl_c() -> None:
    """From here on there is something to put down first: it raises. While modules are loaded it ends the process; raised in there it is
    lost, or prints where it stood."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:  # not where whoever started us has it ignored
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _small(command: str, *arguments: str) -> int:
    match command:
        case "prepare":
            django = _django()
            from django.core.management.base import CommandError

            from config.runner.faults import Fault
            from config.runner.prepare import prepare
            from config.runner.services import Services

            _heed_ctrl_c()
            try:
                prepare(Services(django.conf.settings.DATA_DIR).environment["DATABASE_URL"], "--demo" in arguments)
            except CommandError as error:
                raise Fault("准备数据时被拒绝", str(error)) from error
            return 0
        case "settings":
            _django()
            return 0
        case "lock":
            from config.runner.locks import run

            return run()
    print(__doc__, file=sys.stderr)
    return 2


def _django():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django
    from django.core.exceptions import ImproperlyConfigured

    from config.runner.faults import Fault

    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise Fault("设置有误，请改正后再试", str(error)) from error
    return django


def _answered(arguments: list[str]) -> int:
    from config.runner.faults import Fault, room

    try:
        return main(*(arguments or ["help"]))
    except Fault as fault:
        print(f"\n{fault}", file=sys.stderr)
    except OSError as error:
        if not (cure := room(error)):
            raise
        print(f"\n{cure}\n{error}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    if PROJECT not in sys.path:
        sys.path.insert(0, PROJECT)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # as bootstrap.py hands it over
    try:
        sys.exit(_answered(sys.argv[1:]))
    except KeyboardInterrupt:  # Ctrl-C in what has no way of its own to stop: a back-up, a restore
        print("\n已中断 / interrupted", file=sys.stderr)
        sys.exit(130)
