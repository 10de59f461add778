"""What still waits for the virus scanner's verdict: nothing goes on with it, and nobody loses a right by it."""

from __future__ import annotations

from datetime import date, timedelta

from apps.kit.errors import Refused, raise_all
from apps.kit.time import beijing_midnight

from ..models import Application, Attachment

Scan = Attachment.Scan


def came_in_time(row: Application, last: date) -> bool:
    """Files from home came by the last day and the scanner has not answered for them: its silence costs nobody a right."""
    waiting = row.attachments.filter(scan=Scan.WAITING, removed_at__isnull=True, by__party__isnull=False)
    return waiting.filter(at__lt=beijing_midnight(last + timedelta(days=1))).exists()


def demand_examined(row: Application) -> None:
    """Nothing is handed in or taken in with a file that is still in quarantine. Raises Refused, one for each file."""
    waiting = row.attachments.filter(scan=Scan.WAITING, removed_at__isnull=True).select_related("material")
    cure = "等不及的，先移除这个文件，材料可以另外补交或者交纸质件。"
    if row.state == Application.State.AWAITING_SUPPLEMENT:
        cure = "上传的时间已经记下，检查晚出结果不算逾期；也可以在期限内到窗口补交纸质件。"
    raise_all(
        [
            Refused(
                "attach.quarantined",
                f"“{file.material.name}”的文件“{file.name}”还在做安全检查（查病毒），通过以后才能提交、收件，请稍后再试；{cure}",
                f"materials.{file.material.code}",
            )
            for file in waiting
        ]
    )
