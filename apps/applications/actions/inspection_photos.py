"""Photos taken on the spot, at a department's part of the record sheet."""

from __future__ import annotations

from apps.journal.actor import Actor
from apps.journal.door import action
from apps.kit import files
from apps.kit.errors import Refused

from ..models import InspectionPhoto
from ..uploads import clean_name, fit
from .inspection_planning import own_part, parts_of, seen
from .inspection_record import demand_open
from .scanning import examine_at_once

PHOTO_TYPES = ("image/jpeg", "image/png")
MOST_PHOTOS = 30


def add_photo(*, by: Actor, inspection: int, name: str, content: bytes, caption: str = "") -> InspectionPhoto:
    """A photo at the department's part of the sheet: JPEG or PNG by content, in quarantine until the scanner has answered.
    The same bytes again are the same photo, with what is now said of it. Not to be called within another action: the scanner is asked after the commit."""
    with action(by) as act:
        row = seen(act, inspection)
        part = own_part(act, row, parts_of(row), "record")
        demand_open(row, part)
        kept = fit(content, accepted=PHOTO_TYPES)
        if kept.note:  # it can be taken again here and now
            raise Refused("attach.broken", kept.note, "file")
        stored = files.store(kept.content, kept.suffix)
        live = {photo.sha256: photo for photo in part.photos.filter(removed_at__isnull=True)}
        told, known = caption.strip()[:100], live.get(stored.sha256)
        if known:
            if told and told != known.caption:
                known.caption = told
                act.save(known, "caption")
                act.record(part, "add_photo", department=part.department_id, sha256=stored.sha256, size=stored.size)
            return known
        if len(live) >= MOST_PHOTOS:
            raise Refused("inspection.photos", f"每个部门最多 {MOST_PHOTOS} 张照片。", "file")
        photo = InspectionPhoto.objects.create(
            part=part,
            caption=told,
            name=clean_name(name, kept.suffix),
            content_type=kept.kind,
            size=stored.size,
            sha256=stored.sha256,
            path=stored.path,
            by_id=by.id,
        )
        act.record(part, "add_photo", department=part.department_id, sha256=stored.sha256, size=stored.size)
    examine_at_once(photo)
    return photo
