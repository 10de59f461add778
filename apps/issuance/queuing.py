"""Freezing and numbering of documents."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date

from django.conf import settings

from apps.journal.door import Action
from apps.kit.rows import fresh
from apps.kit.time import now

from .checking import clean
from .models import Document
from .payloads import DocumentSpec
from .sheets import SHEETS_EDITION, sheets

SERIAL = "issuance_document_serial"
CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32, none that is read for another


def queue_documents(act: Action, specs: Sequence[DocumentSpec]) -> list[Document]:
    """Freeze and number documents; the pdf worker prints them after commit (handlers.render_for).

    One statement whatever the number draws serials and keys, none where the action has foreseen `needs` and `SHEETS_EDITION`;
    they are written with the action's other rows. Raises Refused/Refusals with `documents.<kind>.<path>` for every faulty
    field. Numbers come from a sequence, so a rolled back one leaves a hole.
    """
    rows = drafted(specs, act) if specs else []
    act.add(*rows)
    return rows


def needs(count: int) -> list:
    """What so many documents draw, for `Action.foresee`."""
    return [SERIAL] * count + [Document] * count


def drafted(specs: Sequence[DocumentSpec], act: Action | None = None) -> list[Document]:
    """The documents, not yet stored. Without `act`: for a look beforehand, no serial and no key is spent."""
    typed = act is None or act.by.kind != "system"
    count, payloads = len(specs), [clean(spec.kind, spec.payload, typed=typed) for spec in specs]
    if act is None:
        serials, keys = ["××××××"] * count, [None] * count
    else:
        numbers = act.draw(*needs(count), asking=[SHEETS_EDITION])
        serials, keys = [f"{serial:06d}" for serial in numbers[:count]], numbers[count:]
    found = sheets(act)
    moment, rows = now(), []
    for spec, payload, serial, key in zip(specs, payloads, serials, keys, strict=True):
        day = date.fromisoformat(payload["date"])
        template = found.template(spec.kind, day)
        office = found.letterhead(spec.department, spec.region, day)
        number = payload.get("certificate_number") if spec.kind == "certificate" else None
        rows.append(
            fresh(
                Document,
                id=key,
                kind=spec.kind,
                title=_title(spec.kind, payload, template),
                number=number
                or template["number_pattern"].format(
                    word=office["word"], year=day.year, serial=serial, region=spec.region[:6]
                ),
                verify_code="".join(CODE_LETTERS[byte % 32] for byte in secrets.token_bytes(12)),
                root_id=spec.root_id,
                member_id=spec.member_id,
                region=spec.region,
                department=spec.department,
                day=day,
                template_id=template["id"],
                replaces_id=spec.replaces,
                queued_at=moment,
                payload={**payload, "office": {**office, "site": settings.SITE_URL.rstrip("/")}},
            )
        )
    _name_certificates(rows)
    return rows


def queue_one(act: Action, spec: DocumentSpec) -> Document:
    """Queue a document that no move of a case announces: its own event rings the pdf worker."""
    document = queue_documents(act, [spec])[0]
    act.record(act.adopt(document), "queue", kind=document.kind, number=document.number, replaces=spec.replaces)
    return document


def _title(kind: str, payload: dict, template: dict) -> str:
    if kind == "certificate":
        return payload["name"][:100]
    if payload.get("licence") is False:
        return template["texts"]["title_not_licence"]
    if payload.get("lapsed_after"):
        return template["texts"].get("title_lapsed", template["title"])
    if kind == "inspection_notice" and len(payload["departments"]) == 1:
        return template["texts"].get("title_alone", template["title"])
    return template["title"]


def _name_certificates(rows: list[Document]) -> None:
    """A decision names the certificate that is queued beside it for the same member."""
    certificates = {row.member_id: row for row in rows if row.kind == "certificate"}
    for row in rows:
        beside = certificates.get(row.member_id)
        if row.kind == "grant" and beside and not row.payload["certificate_number"]:
            row.payload["certificate_name"] = row.payload["certificate_name"] or beside.title
            row.payload["certificate_number"] = beside.number
