"""python -m config.runner server | manage … | test … | backup … | restore … | prepare [--demo] | settings | lock"""

import os
import sys
from pathlib import Path

PROJECT = str(Path(__file__).resolve().parents[2])


def main(command: str, *arguments: str) -> int:
    # One command needs a tenth of what all import together.
    match command:
        case "server":
            from config.runner.serving import run

            return run(list(arguments))
        case "manage":
            from config.runner.managing import run

            return run(list(arguments))
        case "test":
            from config.runner.testing import run

            return run(list(arguments))
        case "backup":
            from config.runner.saving import back_up

            return back_up(list(arguments))
        case "restore":
            from config.runner.saving import restore

            return restore(list(arguments))
        case "prepare":
            django = _django()
            from django.core.management.base import CommandError

            from config.runner.prepare import prepare
            from config.runner.services import Services

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

    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise Fault("设置有误，请改正后再试", str(error)) from error
    return django


if __name__ == "__main__":
    if PROJECT not in sys.path:
        sys.path.insert(0, PROJECT)
    from config.runner.faults import Fault, room

    try:
        sys.exit(main(*(sys.argv[1:] or ["help"])))
    except Fault as fault:
        print(f"\n{fault}", file=sys.stderr)
    except KeyboardInterrupt:  # Ctrl-C in what has no way of its own to stop: a back-up, a restore
        print("\n已中断 / interrupted", file=sys.stderr)
        sys.exit(130)
    except OSError as error:
        if not (cure := room(error)):
            raise
        print(f"\n{cure}\n{error}", file=sys.stderr)
    sys.exit(1)
