#!/usr/bin/env python
import os
import signal
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # A stream that the caller closed: what is opened next, the database's line perhaps, would take its number.
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))
    # Answers are UTF-8 whatever the terminal is; a name of a file that is none is told with its bytes.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import ManagementUtility
    from django.db import DatabaseError

    from config.runner.faults import room
    from config.standing import seldom

    seldom()

    class Utility(ManagementUtility):
        def fetch_command(self, subcommand: str):
            try:
                command = super().fetch_command(subcommand)
            except SystemExit:  # it has said that there is none: wrong usage, as with a wrong option
                sys.exit(2)
            handle = command.handle

            def heeded(*args, **options):
                if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:  # not where whoever started us has it ignored
                    signal.signal(signal.SIGINT, signal.default_int_handler)
                return handle(*args, **options)

            command.handle = heeded
            return command

    try:
        try:
            Utility(sys.argv).execute()
        finally:
            sys.stdout.flush()  # at the interpreter's own end it would be too late to say what failed
    except ImproperlyConfigured as error:  # of the environment, told with what may stand there (config/environment.py)
        sys.exit(str(error))
    except DatabaseError as error:
        if "--traceback" in sys.argv or not (cure := _cure(error)):
            raise
        sys.exit(cure)
    except BrokenPipeError:  # who read the answer has gone ("| head"): 141, as of any program in a pipe, neither done nor refused
        _drop_stdout()
        sys.exit(141)
    except OSError as error:
        if "--traceback" in sys.argv or not (cure := room(error)):
            raise
        _drop_stdout()
        sys.exit(f"{cure}\n{error}")


def _cure(error) -> str | None:
    from apps.kit.errors import database_away

    match getattr(error.__cause__, "pgcode", None):
        case "53100":
            return f"数据库的磁盘已满，请腾出空间后再试。\n{error}"
        case "25006":
            return f"数据库现在只能读不能写：备库还没有升为主库，或被设为只读。\n{error}"
    if database_away(error) and "connection" in str(error):  # no server, or one that went away
        return f"连接不上数据库：{str(error).strip()}\n用 script/manage 执行命令，内置的数据库会随之启动；用外部数据库的，请核对 DATABASE_URL。"
    return None


def _drop_stdout() -> None:
    """What is left in its buffer goes nowhere, or the interpreter tries again at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    # While modules are loaded Ctrl-C ends the process: raised in there it is lost, or prints where it stood. `heeded` gives it back.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # as script/manage hands it over
    try:
        main()
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it comes twice, from the terminal and from script/manage
        print("\n已中断 / interrupted", file=sys.stderr)
        sys.exit(130)
