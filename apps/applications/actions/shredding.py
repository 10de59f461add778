"""The bytes of what was thrown away before it was received (PIPL 47): the row says that they go, this takes them off the disk, and
what a killed process has left half written.

A file is stored once by its content, so what another row names stays; what was stored again in the last hours stays until that
transaction is surely over (`files.remove`), and goes with a later round. Safe to call twice, or after a kill.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import PurePath

from apps.issuance.queries import stored_paths
from apps.kit import files
from apps.kit.errors import Unavailable
from apps.kit.time import now

from ..models import Attachment, Inspection, InspectionPhoto

REST = timedelta(seconds=files.REST)
GONE = "已删除"  # in place of the file's name, which may name a person


def shred(batch: int = 500) -> int:
    """Returns how many attachments of discarded drafts have no bytes any more."""
    files.tidy()
    thrown_away = {"application__number__isnull": True, "application__discarded_at__lt": now() - REST}
    rows = Attachment.objects.filter(**thrown_away).exclude(path="")
    going = dict(rows.order_by("pk").values_list("pk", "path")[:batch])
    if not going:
        return 0
    named = _named_elsewhere(going)
    done = [path for path in set(going.values()) if path in named or _removed(path)]
    return Attachment.objects.filter(pk__in=going, path__in=done).update(path="", name=GONE)


def _removed(path: str) -> bool:
    try:
        return files.remove(path)
    except Unavailable:  # the disk: told in the log, tried in the next round
        return False


def _named_elsewhere(going: dict[int, str]) -> set[str]:
    """Those that any other row of the platform names."""
    paths = set(going.values())
    drawn = {f"{path} {PurePath(path).stem}": path for path in paths}  # as a drawn signature is noted
    signed = Inspection.objects.filter(signature_image__in=drawn).values_list("signature_image", flat=True)
    return {
        *Attachment.objects.filter(path__in=paths).exclude(pk__in=going).values_list("path", flat=True),
        *InspectionPhoto.objects.filter(path__in=paths).values_list("path", flat=True),
        *(drawn[note] for note in signed),
        *stored_paths(paths),
    }
