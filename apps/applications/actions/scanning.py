"""Quarantine: every file is shown to the virus scanner before anybody may open it or it counts as handed in.

1. `attach` (or `add_photo`) writes the row as waiting; when that is committed `examine_at_once` asks while the person waits.
2. `examine` claims the row for a lease in a statement of its own and asks with no transaction open.
3. The verdict is written under the case's lock: harmless, and its line is supplied; infected, and it is taken off and told.
4. No verdict: it stays in quarantine. The sweep asks again, at first soon, then every five minutes, as long as it takes.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db.models import F

from apps.journal.actor import SYSTEM
from apps.journal.door import Action, action
from apps.kit import files
from apps.kit.errors import Later, Refused
from apps.kit.time import beijing_date, now, today

from ..models import Application, Attachment, InspectionPhoto, MaterialEntry, Notice
from ..ports import scanner
from . import checklist
from .supplements import gap_by_file

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=60)
LONGEST_WAIT = 300  # seconds
LATELY = (2, 6)  # questions: the scanner was asked again within about ten minutes. What it gave no verdict for since is this file's own fault
Scan = Attachment.Scan
FILES = (Attachment, InspectionPhoto)
File = Attachment | InspectionPhoto


def examine_at_once(file: File) -> None:
    """Ask now, unless others already wait for a scanner that is silent: nobody is kept waiting for that.

    Raises Refused for an infected file.
    """
    if file.scan in file.OPEN:
        unanswered = type(file).objects.filter(scan=Scan.WAITING, removed_at__isnull=True, scan_tries__range=LATELY)
        if unanswered.exists() or not examine(file.pk, type(file)):
            return
        file.refresh_from_db(fields=["scan", "removed_at"])
    if file.scan == Scan.INFECTED:
        raise Refused(
            "attach.infected",
            "文件里查出了病毒，没有收下。请先给电脑或手机杀毒，再重新拍照、扫描后上传。",
            "file",
        )


def examine(file: int, kind: type[File] = Attachment) -> bool:
    """Ask about one file if it is due; True when the scanner gave its verdict. Safe to call twice, at once, or after a kill."""
    moment = now()
    claimed = kind.objects.filter(
        pk=file, scan__in=kind.OPEN, removed_at__isnull=True, next_scan_at__lte=moment
    ).update(scan_tries=F("scan_tries") + 1, next_scan_at=moment + LEASE)
    if not claimed:
        return False
    row = kind.objects.get(pk=file)
    mine = kind.objects.filter(pk=file, scan_tries=row.scan_tries)
    try:
        found = scanner().infected(files.read(row.path))
    except Later:
        pause = timedelta(seconds=min(2 ** min(row.scan_tries, 10) * 5, LONGEST_WAIT))
        mine.update(next_scan_at=now() + pause)
        return False
    except FileNotFoundError:  # the store's fault, not the scanner's silence: once a day is enough
        log.error("the stored file of %s %s is gone", kind._meta.model_name, file)
        mine.update(next_scan_at=now() + timedelta(days=1), scan_tries=0)
        return False
    _judge(row, found)
    return True


def examine_waiting(batch: int = 100) -> int:
    """Ask again about what is due; while the scanner is silent one question a round is enough. What was asked about least comes first: a file
    that the scanner chokes on, each time anew, stands in nobody's way."""
    judged = 0
    for kind in FILES:
        due = kind.objects.filter(scan__in=kind.OPEN, removed_at__isnull=True, next_scan_at__lte=now())
        for pk in list(due.order_by("scan_tries", "next_scan_at").values_list("pk", flat=True)[:batch]):
            if not examine(pk, kind):
                break
            judged += 1
    return judged


def _judge(seen: File, found: str) -> None:
    with action(SYSTEM) as act:
        case = act.lock(Application, seen.application_id)
        at_material = isinstance(seen, Attachment)
        beside = ("material", "by") if at_material else ("part",)
        row = type(seen).objects.select_related(*beside).get(pk=seen.pk)
        if row.scan not in row.OPEN or row.removed_at:
            return
        subject, what = (case, "file") if at_material else (row.part, "photo")
        facts = {"material": row.material.code} if at_material else {"department": row.part.department_id}
        facts["sha256"] = row.sha256
        held_up = at_material and row.scan == Scan.WAITING and _held_up(case, row.material)
        if found:
            row.scan, row.removed_at = Scan.INFECTED, now()
            act.save(row, "scan", "removed_at")
            act.record(subject, f"refuse_{what}", **facts, found=found)
        else:
            if at_material and row.scan == Scan.WAITING:
                supply(act, case, row)
            row.scan = Scan.CLEAN
            act.save(row, "scan")
            act.record(subject, f"clear_{what}", **facts)
        if held_up:
            act.record(case, "answer_late", on=beijing_date(row.at))


def _held_up(case: Application, entry: MaterialEntry) -> bool:
    """The last day for what is missing has passed, and its consequence waits for the scanner."""
    if case.state == Application.State.AWAITING_SUPPLEMENT:
        return bool(case.cure_by) and today() > case.cure_by
    return entry.promised and case.members.filter(gap_open=True, gap_cure_by__lt=today()).exists()


def supply(act: Action, case: Application, row: Attachment) -> None:
    """The line is in hand by this file."""
    entry = row.material
    from_home = row.by is not None and row.by.party_id is not None
    if case.state == Application.State.AWAITING_SUPPLEMENT and from_home and not entry.in_hand:
        entry.state, entry.remark = MaterialEntry.State.SUPPLEMENTED, ""  # what was wrong was said of the former; the notice keeps it
    elif from_home and case.state in Application.ACCEPTED and entry.promised and not entry.in_hand:
        return gap_by_file(act, case, entry, row.at)
    elif entry.state == MaterialEntry.State.MISSING:
        entry.state = MaterialEntry.State.SUPPLIED
    else:
        return
    act.save(entry, "state", "remark")


def unsupply(act: Action, case: Application, gone: Attachment) -> None:
    """The opposite: the last file by which the line was in hand is gone. What a supplement was to mend is as it was told."""
    entry, told = gone.material, None
    left = entry.attachments.filter(removed_at__isnull=True, scan__in=Attachment.SERVED).exclude(pk=gone.pk)
    if case.state == Application.State.AWAITING_SUPPLEMENT:
        notice = case.notices.get(kind=Notice.Kind.SUPPLEMENT)
        told = next((gap["problem"] for gap in notice.gaps if gap["material"] == entry.code), None)
        left = left.filter(at__gte=notice.asked_at)
    if entry.state == MaterialEntry.State.SUPPLIED and case.number and entry.code in checklist.filled_in(case):
        return  # it is in hand without a file
    came = [MaterialEntry.State.SUPPLEMENTED, *([MaterialEntry.State.SUPPLIED] if told is None else [])]
    if entry.state not in came or entry.originals or entry.copies or left.exists():
        return
    rejected = bool(told) and told.startswith(checklist.REJECTED)
    entry.state = MaterialEntry.State.REJECTED if rejected else MaterialEntry.State.MISSING
    entry.remark = told.removeprefix(checklist.REJECTED) if rejected else ""
    act.save(entry, "state", "remark")
