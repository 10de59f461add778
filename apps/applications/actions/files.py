"""Scans and files at a material: checked by content, size and name, then by the virus scanner; a removed one stays in the log."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from apps.journal.actor import Actor
from apps.journal.door import Action, action
from apps.kit import files
from apps.kit.errors import NotYours, Refused, WrongState
from apps.kit.time import now, today

from ..models import Application, Attachment, MaterialEntry, Notice, ReviewSupplement
from ..uploads import Limits, clean_name, fit, together
from . import checklist
from .expiring import kept_from_now
from .intake import demand_in_time
from .scanning import examine_at_once, unsupply

PER_MATERIAL = 20


def attach(*, by: Actor, application: int, material: str, name: str, content: bytes, examine: bool = True) -> Attachment:
    """Put a JPEG, PNG or PDF at a material. What the bytes are decides, never the name or the sender's word.

    It is in quarantine until the scanner has answered, which is asked once at the end, after the row is committed; whose own
    transaction goes on (not `examine`) asks after it, with `examine_file`.
    Raises Refused for what uploads.fit does not keep, and for an infected file.
    """
    with action(by) as act:
        row, entry = room_for(act, application, material)
        kept = fit(content, limits_of(row, material))
        stored = files.store(kept.content, kept.suffix)
        attachment = Attachment.objects.create(
            application=row,
            material=entry,
            name=clean_name(name, kept.suffix),
            content_type=kept.kind,
            size=stored.size,
            sha256=stored.sha256,
            note=kept.note,
            source=hashlib.sha256(content).hexdigest(),
            path=stored.path,
            by_id=by.id,
        )
        kept_from_now(act, row)
        act.record(row, "attach", material=material, sha256=stored.sha256, size=stored.size)
    if examine:
        examine_at_once(attachment)
    return attachment


def examine_file(attachment: int) -> None:
    """Ask the scanner about a file that was just put there. Raises Refused for an infected one, also when that is known already."""
    examine_at_once(Attachment.objects.get(pk=attachment))


def room_for(act: Action, application: int, material: str) -> tuple[Application, MaterialEntry]:
    """The locked case, and the line of this material, which takes one file more now. Raises Refused, WrongState."""
    row = act.lock(Application, application)
    act.allow("attach", row)
    if row.state in Application.ENDED or row.discarded_at:
        raise WrongState("办件已结束，不能再添加文件。")
    entry = row.materials.filter(code=material).first()
    if entry is None:
        raise Refused("attach.material", "清单里没有这件材料，请刷新清单。", "material")
    if entry.attachments.filter(removed_at__isnull=True).count() >= PER_MATERIAL:
        raise Refused("attach.many", f"每件材料最多 {PER_MATERIAL} 个文件，请先合并。", "file")
    _demand_wanted(act.by, row, entry)
    return row, entry


def _demand_wanted(by: Actor, row: Application, entry: MaterialEntry) -> None:
    """What is handed in is not changed behind the back of who looks it through: from home comes what is asked for now, of a
    supplement or of a promise. Raises WrongState."""
    if by.kind != "person" or row.state in Application.BEFORE_RECEIPT:
        return
    if row.state == Application.State.AWAITING_SUPPLEMENT:
        return demand_in_time(row)
    if any(_asks(one, entry.code) for one in row.supplements.filter(state__in=ReviewSupplement.OPEN)):
        return
    notice = row.notices.filter(kind=Notice.Kind.GAP).first() if row.accepted_on and entry.promised else None
    if notice:
        came_today = notice.came.get(entry.code, {}).get("on") == today().isoformat()  # its next page
        if today() <= notice.cure_by and (came_today or not entry.in_hand):
            return
        if not entry.in_hand:
            raise WrongState("容缺补齐期限已过，依法撤销受理；可以重新申请。")
    raise WrongState(f"申请已经提交，现在没有要补“{entry.name}”；传错了、要补充的，请联系窗口。")


def attach_together(
    *, by: Actor, application: Application, material: str, pictures: list[bytes], known: Collection[str] = ()
) -> Attachment | None:
    """Several pictures of one material as one PDF in their order, named like the material. The actor was shown to see the case.
    None when the very same lies there already (`known`, by digest): sent twice, kept once."""
    paper = together(pictures, limits_of(application, material))
    if hashlib.sha256(paper).hexdigest() in known:
        return None
    name = checklist.planned(application).get(material, {}).get("name", "")
    return attach(by=by, application=application.pk, material=material, name=f"{name}.pdf", content=paper)


def limits_of(application: Application, material: str) -> Limits:
    return Limits.of(checklist.planned(application).get(material, {}))


def remove_attachment(*, by: Actor, application: int, attachment: int) -> Attachment:
    """Take a wrong scan off the list; it stays stored and in the journal. Who files from home takes off what he has not handed in
    yet. A line that was in hand by files from home alone is not in hand any more when the last one goes, whoever takes it off (for its own
    scans the counter ticks its lines itself).
    Raises NotYours, and WrongState for what was handed in or accepted."""
    with action(by) as act:
        row = act.lock(Application, application)
        act.allow("attach", row)
        files_here = Attachment.objects.select_related("material", "by")
        kept = files_here.filter(application=row, pk=attachment, removed_at__isnull=True).first()
        if kept is None:
            raise NotYours
        from_home = by.kind == "person" and row.state not in Application.BEFORE_RECEIPT
        if from_home and not _unsent(row, kept):
            raise WrongState("已经提交的文件不能移除；传错了的，请联系窗口，或者在补正时另传正确的。")
        if from_home:
            demand_in_time(row)  # what the law brings about waits for the files that came by the last day: with the last one gone nobody would call
        if row.state in Application.ENDED or (row.accepted_on and not from_home):
            raise WrongState("受理以后不能移除材料文件。")
        kept.removed_at = now()
        act.save(kept, "removed_at")
        if by.kind == "person" or (kept.by is not None and kept.by.party_id is not None):
            unsupply(act, row, kept)
        kept_from_now(act, row)
        act.record(row, "detach", sha256=kept.sha256)
    return kept


def _unsent(row: Application, file: Attachment) -> bool:
    """It was put there from home for a supplement that is still to be handed in."""
    if file.by is None or file.by.party_id is None:
        return False
    code, open_requests = file.material.code, [*row.supplements.filter(state__in=ReviewSupplement.OPEN)]
    if row.state == Application.State.AWAITING_SUPPLEMENT:
        open_requests.append(row.notices.get(kind=Notice.Kind.SUPPLEMENT))
    return any(file.at >= asked.asked_at and _asks(asked, code) for asked in open_requests)


def _asks(asked: Notice | ReviewSupplement, code: str) -> bool:
    """For this material, which was not handed in yet."""
    return code not in asked.came and code in {gap["material"] for gap in asked.gaps}
