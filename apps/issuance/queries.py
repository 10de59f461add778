"""Every read. Who may see a case is decided by the room above; here a document is found only together with its case."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Collection, Sequence
from datetime import date, datetime
from pathlib import PurePath

from django.db.models import QuerySet

from apps.kit import files
from apps.kit.days import day_cn
from apps.kit.errors import NotYours, WrongState
from apps.kit.masking import mask_name
from apps.kit.time import beijing_date, today

from .models import Document, HandOver
from .sheets import sheets
from .workflow import DECIDES, QUEUED, RENDERED, VOID


def document_rows(root_id: int) -> QuerySet[Document]:
    """The case's documents in the order of their making, with seal and replacement."""
    return (
        Document.objects.filter(root_id=root_id)
        .select_related("seal_record", "replaced_by", "replaces")
        .defer("payload", "replaces__payload", "replaced_by__payload")
        .order_by("pk")
    )


def stored_paths(paths: Collection[str]) -> set[str]:
    """Those of these files that a document or an entry of the issue register names."""
    digests = [PurePath(path).stem for path in paths]  # a file is named by its content, and so are papers found
    printed = Document.objects.filter(sha256__in=digests, path__in=paths).exclude(sha256="")
    found = set(printed.values_list("path", flat=True))
    for column in ("proxy_path", "signature_path"):
        found |= set(HandOver.objects.filter(**{f"{column}__in": paths}).values_list(column, flat=True))
    return found


def documents_of(root_id: int) -> list[Document]:
    """The same, read; one statement."""
    return list(document_rows(root_id))


def current(root_id: int, kind: str, *, by: str = "", **said: str) -> Document | None:
    """The newest document of a kind that is in force for the whole case. Where there may be several: of those that say this (`said`)
    rather the one of the department `by`."""
    told = {f"payload__{name}": text for name, text in said.items()}
    found = Document.objects.filter(root_id=root_id, kind=kind, **told).exclude(state=VOID).order_by("pk")
    return (by and found.filter(department=by).last()) or found.last()


def in_force(root_id: int, kinds: Collection[str]) -> list[Document]:
    """The documents in force of these kinds, of which there may be several, for the whole case; in the order of their making."""
    return list(Document.objects.filter(root_id=root_id, kind__in=kinds).exclude(state=VOID).order_by("pk"))


def certificate_in_force(number: str) -> Document | None:
    """The newest certificate of this number that is not void."""
    return Document.objects.filter(kind="certificate", number=number).exclude(state=VOID).order_by("pk").last()


def current_of_members(
    root_id: int, member_ids: Sequence[int], kinds: Sequence[str], *, lock: bool = False
) -> list[Document]:
    """The documents in force of these members and kinds, in the order of their making; locked for a move when asked."""
    rows = Document.objects.filter(root_id=root_id, member_id__in=member_ids, kind__in=kinds).exclude(state=VOID)
    return list((rows.select_for_update() if lock else rows).order_by("pk"))


def handed_over(root_id: int) -> set[int]:
    """The documents of this case that stand in the issue register, and were not taken back."""
    lines = HandOver.objects.filter(root_id=root_id).exclude(receipt__state=VOID).values_list("documents", flat=True)
    return {one["id"] for line in lines for one in line}


def made_anew(root_id: int, member_ids: Sequence[int], since: datetime) -> set[int]:
    """Those of these members of which a paper was replaced by a new one after this moment."""
    rows = Document.objects.filter(root_id=root_id, member_id__in=member_ids, replaces__isnull=False, queued_at__gt=since)
    return set(rows.values_list("member_id", flat=True))


def queued_ids(root_id: int) -> list[int]:
    """Ids of the documents of this case that wait to be printed, in the order of their making."""
    return list(Document.objects.filter(root_id=root_id, state=QUEUED).order_by("pk").values_list("pk", flat=True))


def document_file(root_id: int, document_id: int) -> tuple[bytes, str]:
    """(PDF bytes, file name). Raises NotYours when the document is not of this case or the store has lost it, WrongState before it is
    printed."""
    document = Document.objects.filter(root_id=root_id, pk=document_id).first()
    if document is None:
        raise NotYours
    if not document.path:
        raise WrongState(
            "文书正在生成，请稍后再看。" if document.state == QUEUED else f"文书未能生成：{document.problem}"
        )
    try:
        return files.read(document.path), f"{document.title}-{document.number}.pdf"
    except FileNotFoundError:
        raise NotYours("file.gone", "存储里找不到这个文件，请联系系统管理员。") from None


def words_of(kind: str, day: date) -> dict:
    """The fixed texts of this kind of document on that day, the grounds that its law lists among them."""
    return sheets().template(kind, day)["texts"]


def verify(code: str) -> dict | None:
    """Public facts of a document by its verification code, or None. A person's name is masked (DOMAIN.md 4.7).

    {"kind", "title", "number", "agency", "item", "case_number", "holder", "date", "status", "status_label",
    "valid_from", "valid_to", "extended_to", "voided_on", "cancelled_on", "sha256", "seal": {"number", "at"} | None, "replaced_by": code | None, "code"}
    status: waiting | unsealed (of a decision, until it is in the seal register) | not_yet | valid | expired | void | cancelled | replaced.
    """
    return _found(verify_code=typed_code(code)[:16])


def typed_code(text: str) -> str:
    """The letters and digits of a code as an input method may have typed it, full-width or with strokes between."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).upper() if letter.isalnum())


def verify_upload(content: bytes) -> dict | None:
    """The same facts for an uploaded PDF whose SHA-256 is on record; None = not a file of ours, or changed."""
    return _found(sha256=hashlib.sha256(content).hexdigest())


def _found(**wanted) -> dict | None:
    document = Document.objects.filter(**wanted).select_related("seal_record", "replaced_by").order_by("pk").last()
    return _facts(document) if document else None


def _facts(document: Document) -> dict:
    payload = document.payload
    holder = payload["applicant"]
    status, label = _status(document)
    seal = document.seal_record if document.sealed else None
    return {
        "code": document.verify_code,
        "kind": document.kind,
        "title": document.title,
        "number": document.number,
        "agency": payload["agency"]["name"],
        "item": payload["item"]["name"],
        "case_number": payload["case_number"],
        "holder": mask_name(holder["name"]) if holder["kind"] == "person" else holder["name"],
        "date": document.day,
        "status": status,
        "status_label": label,
        "valid_from": _day(payload.get("valid_from")),
        "valid_to": _day(payload.get("valid_to")),
        "extended_to": document.extended_to,
        "voided_on": beijing_date(document.voided_at) if document.voided_at else None,
        "cancelled_on": document.cancelled_on,
        "sha256": document.sha256,
        "seal": {"number": seal.seal_number, "at": seal.at} if seal else None,
        "replaced_by": document.replaced_by.verify_code if hasattr(document, "replaced_by") else None,
    }


def _status(document: Document) -> tuple[str, str]:
    if document.state == VOID and document.cancelled_on:
        return "cancelled", "已注销"
    if document.state == VOID:
        return ("replaced", "已由新文书替换") if hasattr(document, "replaced_by") else ("void", "已作废")
    if document.state != RENDERED:
        return "waiting", "正在制作"  # what holds it up is the house's own business
    if document.kind in DECIDES and not document.sealed:
        return "unsealed", "已作出决定，还没有登记用印"
    first = _day(document.payload.get("valid_from"))
    if document.kind == "certificate" and first and first > today():
        return "not_yet", f"尚未生效（{day_cn(first)}起有效）"
    last = document.extended_to or _day(document.payload.get("valid_to"))
    if last and last < today():
        return "expired", "已过有效期"
    return "valid", "有效（已依法延续）" if document.extended_to else "有效"


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
