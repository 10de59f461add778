#!/usr/bin/env python
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # Answers are UTF-8 whatever the terminal is; a name of a file that is none is told with its bytes.
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:  # of the environment, told with what may stand there (config/environment.py)
        sys.exit(str(error))
    except OperationalError as error:  # no server, or one that went away
        if "--traceback" in sys.argv or "connection" not in str(error):
            raise
        sys.exit(f"连接不上数据库：{str(error).strip()}\n用 script/manage 执行命令，内置的数据库会随之启动；用外部数据库的，请核对 DATABASE_URL。")
