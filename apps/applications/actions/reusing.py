"""Handing in what this platform holds already, with where it comes from."""

from __future__ import annotations

from apps.journal.actor import Actor
from apps.journal.door import Action, action
from apps.kit.errors import Forbidden, Refused
from apps.kit.time import now

from .. import queries_vault
from ..models import Application, Attachment
from .expiring import kept_from_now
from .files import room_for
from .scanning import supply, unsupply


def reuse(*, by: Actor, application: int, material: str, source: str) -> Attachment:
    """Put an earlier accepted file or an issued certificate of the same applicant at a material, instead of an upload.

    `source` as in queries_vault.Held. Raises Refused for what is not his, not valid today or not for this material.
    """
    if by.kind != "person":
        raise Forbidden("已有的材料和证照由申请人自己选用。")
    with action(by) as act:
        row, entry = room_for(act, application, material)
        held = next((one for one in queries_vault.held_for(by, row).get(material, ()) if one.source == source), None)
        if held is None:
            raise Refused("vault.gone", "这份材料不能用：可能已经失效、作废，或者不是申请人的；请另选一份或者上传。", "source")
        if entry.attachments.filter(removed_at__isnull=True, sha256=held.sha256).exists():
            raise Refused("vault.twice", "这份材料已经放在这里了。", "source")
        attachment = Attachment.objects.create(
            application=row,
            material=entry,
            name=held.name,
            content_type=held.content_type,
            size=held.size,
            sha256=held.sha256,
            path=held.path,
            origin=held.origin,
            scan=Attachment.Scan.CLEAN,  # examined when it came, or printed by ourselves
            by_id=by.id,
        )
        supply(act, row, attachment)
        kept_from_now(act, row)
        act.record(row, "reuse", material=material, sha256=held.sha256, source=source)
    return attachment


def leave_reused(act: Action, row: Application) -> None:
    """The case turns out to be somebody else's: what the former applicant had elsewhere is no proof of his."""
    reused = row.attachments.filter(removed_at__isnull=True).exclude(origin="")
    for file in reused.select_related("material").order_by("pk"):
        file.removed_at = now()
        act.save(file, "removed_at")
        unsupply(act, row, file)
        act.record(row, "detach", sha256=file.sha256)
