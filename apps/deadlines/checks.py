"""The next year's holiday notice is published in autumn; from October on `check --database default` asks for it.

`manage.py migrate` asks too, and the board of the supervisors and the calendar show `queries.missing_notice`; the city's
administrators get a message (`apps.supervision.actions.warn_of_missing_notice`).
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
            f"{year} 年的放假通知还没有载入：跨入该年的期限都是推定的。",
            hint="通知公布后，由市本级节点管理员在“工作日历—发布放假安排”（/calendar/publish/）发布，或写入日历文件后运行 load_calendars；办理中的期限会自动重算。",
            id="deadlines.W001",
        )
    ]
