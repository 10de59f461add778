"""Files that were chosen for one material, at home or at the counter: several photos are one paper, the rest are kept one by one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from hashlib import sha256

from django.core.files.uploadedfile import UploadedFile

from apps.applications import actions
from apps.applications.models import Application
from apps.applications.uploads import demand_size
from apps.journal.actor import Actor
from apps.kit.errors import DomainError, Forbidden, NotYours, Refused


def attach_sent(
    by: Actor,
    row: Application,
    material: str,
    sent: Sequence[UploadedFile],
    *,
    together: bool,
    known: Collection[str] = (),
) -> list[Refused]:
    """Each is judged by its content, the good ones are kept; what was refused. `together`: photos alone become one PDF, upright, in
    their order. `known` = digests of what lies at the material already and is not kept once more."""
    limits, refused = actions.limits_of(row, material), []
    if together and len(sent) > 1 and all((file.content_type or "").startswith("image/") for file in sent):
        try:
            for file in sent:
                demand_size(file.size, limits)
            pictures = [file.read() for file in sent]
            actions.attach_together(by=by, application=row, material=material, pictures=pictures, known=known)
        except (NotYours, Forbidden):
            raise
        except DomainError as refusal:
            refused.append(_told(refusal))
        return refused
    for file in sent:
        try:
            demand_size(file.size, limits)
            content = file.read()
            if sha256(content).hexdigest() not in known:
                actions.attach(by=by, application=row.pk, material=material, name=file.name or "扫描件", content=content)
        except (NotYours, Forbidden):
            raise
        except DomainError as refusal:
            refused.append(_told(refusal, (file.name or "文件")[:40] if len(sent) > 1 else ""))
    return refused


def _told(refusal: DomainError, name: str = "") -> Refused:
    return Refused(refusal.code, f"{name}：{refusal.message}" if name else refusal.message, "file")
