"""Scans and files at a material: checked by content, size and name, then by the virus scanner; a removed one stays in the log."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

import filetype
from django.conf import settings

from apps.journal.actor import Actor
from apps.journal.door import action
from apps.kit import files
from apps.kit.errors import NotYours, Refused, WrongState
from apps.kit.time import now

from ..models import Application, Attachment
from .scanning import examine_at_once

ACCEPTED_TYPES = {"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}
PER_MATERIAL = 20
UNWANTED = (b"/Encrypt", b"/JavaScript", b"/Launch")


def attach(*, by: Actor, application: int, material: str, name: str, content: bytes) -> Attachment:
    """Put a JPEG, PNG or PDF at a material. What the bytes are decides, never the name or the sender's word.

    It is in quarantine until the scanner has answered, which is asked once at the end, after the row is committed.
    Raises Refused for an empty, too large, foreign, encrypted or infected file.
    """
    kind = checked(content)
    with action(by) as act:
        row = act.lock(Application, application)
        act.allow("attach", row)
        if row.state in Application.ENDED or row.discarded_at:
            raise WrongState("办件已结束，不能再添加文件。")
        entry = row.materials.filter(code=material).first()
        if entry is None:
            raise Refused("attach.material", "清单里没有这件材料，请刷新清单。", "material")
        if entry.attachments.filter(removed_at__isnull=True).count() >= PER_MATERIAL:
            raise Refused("attach.many", f"每件材料最多 {PER_MATERIAL} 个文件，请先合并。", "file")
        stored = files.store(content, ACCEPTED_TYPES[kind])
        attachment = Attachment.objects.create(
            application=row,
            material=entry,
            name=clean_name(name, ACCEPTED_TYPES[kind]),
            content_type=kind,
            size=stored.size,
            sha256=stored.sha256,
            path=stored.path,
            by_id=by.id,
        )
        act.record(row, "attach", material=material, sha256=stored.sha256, size=stored.size)
    examine_at_once(attachment)
    return attachment


def remove_attachment(*, by: Actor, application: int, attachment: int) -> None:
    """Take a wrong scan off the list; it stays stored and in the journal."""
    with action(by) as act:
        row = act.lock(Application, application)
        act.allow("attach", row)
        kept = Attachment.objects.filter(application=row, pk=attachment, removed_at__isnull=True).first()
        if kept is None:
            raise NotYours
        if row.accepted_on or row.state in Application.ENDED:
            raise WrongState("受理以后不能移除材料文件。")
        kept.removed_at = now()
        act.save(kept, "removed_at")
        act.record(row, "detach", sha256=kept.sha256)


def checked(content: bytes, accepted: Collection[str] = tuple(ACCEPTED_TYPES)) -> str:
    """What the bytes are. Raises Refused for an empty, too large, foreign or encrypted file."""
    if not content:
        raise Refused("attach.empty", "文件是空的，请重新扫描或选择。", "file")
    if len(content) > settings.UPLOAD_LIMIT:
        raise Refused("attach.size", f"文件超过 {settings.UPLOAD_LIMIT // 2**20} MB，请降低扫描分辨率。", "file")
    found = filetype.guess(content[:4096])
    kind = found.mime if found else ""
    if kind not in accepted:
        named = "JPG、PNG 图片和 PDF 文件" if "application/pdf" in accepted else "JPG、PNG 图片"
        raise Refused("attach.type", f"只接收 {named}；请按文件的真实内容转换后再上传。", "file")
    if kind == "application/pdf" and any(map(_plain_names(content).__contains__, UNWANTED)):
        raise Refused("attach.active", "PDF 加了密码或带有可执行内容，请去除后再上传。", "file")
    return kind


def _plain_names(pdf: bytes) -> bytes:
    """A PDF name may be spelt with escapes: /J#61vaScript is /JavaScript."""
    return re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), pdf)


def clean_name(name: str, suffix: str) -> str:
    """A name fit for a header and a screen: no path, no control or direction characters, the suffix of the real type."""
    base = re.split(r"[\\/]", name or "")[-1]
    base = "".join(c for c in unicodedata.normalize("NFC", base) if unicodedata.category(c)[0] != "C")
    stem = base.rsplit(".", 1)[0].strip(" .")[:100] or "扫描件"
    return stem + suffix
