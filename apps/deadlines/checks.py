"""The next year's holiday notice is published in autumn; from October on `check --database default` asks for it.

`manage.py migrate` asks too, and the board shows `queries.missing_notice`.
"""

from __future__ import annotations

from django.core.checks import Tags, Warning, register
from django.db import DatabaseError

from apps.kit.errors import Refused

from .queries import missing_notice


@register(Tags.database)
def holiday_notice(app_configs, databases=None, **kwargs):
    if "default" not in (databases or ()):
        return []
    try:
        year = missing_notice()
    except (DatabaseError, Refused):
        return []  # nothing is loaded yet: load_calendars comes after the first migration
    if year is None:
        return []
    return [
        Warning(
            f"{year} 年的放假通知还没有载入：跨入该年的期限都是暂定的。",
            hint="通知公布后写入日历文件，运行 load_calendars；办理中的期限会自动重算。",
            id="deadlines.W001",
        )
    ]
