"""Every write of this room. Each joins the caller's `journal.action`, except `render`, which the workers call."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from datetime import date

from apps.journal.actor import SYSTEM
from apps.journal.door import Action, action
from apps.kit import files
from apps.kit.errors import Later, Refused, WrongState
from apps.kit.time import now

from . import paper
from .handing import Collection, hand_over
from .models import Document, SealRecord
from .payloads import DocumentSpec
from .queuing import needs, queue_documents, queue_one
from .sheets import SHEETS_EDITION
from .workflow import QUEUED, RENDERED

__all__ = [
    "SHEETS_EDITION",
    "Collection",
    "DocumentSpec",
    "cancel_document",
    "extend_document",
    "hand_over",
    "needs",
    "queue_documents",
    "register_seal",
    "render",
    "replace_document",
    "reprint_lost",
    "requeue",
    "void_document",
]


def render(document_id: int) -> bool:
    """Print one document; True when this call did it. Safe to call twice, at once, or after a kill.

    A character that no font has leaves it `stuck` with the characters named; a missing PDF component or a faulty
    template leaves it `failed` with the cure in words. Raises Later when the disk refuses the file.
    """
    with action(SYSTEM) as act:
        document = act.lock(Document, document_id)
        if document.state != QUEUED:
            return False
        try:
            printed = paper.make(document)
            stored = files.store(printed.content, ".pdf")
        except paper.Unprintable as trouble:
            act.move(document, "stick" if trouble.by_hand else "fail", problem=str(trouble))
            return True
        except files.NoRoom as error:
            raise Later(f"文书文件写入失败：{error.__cause__}") from error
        act.move(
            document,
            "render",
            path=stored.path,
            sha256=stored.sha256,
            size=stored.size,
            pages=printed.pages,
            at=now(),
        )
        return True


def requeue(act: Action, document_id: int) -> Document:
    """Print a stuck or failed document again after its cause was mended; the event rings the pdf worker."""
    document = act.lock(Document, document_id)
    return act.move(document, "requeue")


def reprint_lost() -> tuple[int, list[str]]:
    """Make the files of printed documents that the disk has lost again (a restore brings those of the last back-up): how many, and the
    numbers of those that would not come out as they were, byte by byte; these stay lost. Raises Later when the disk refuses a file."""
    stored, made, other = Document.objects.exclude(sha256=""), 0, []
    for pk, path, size in stored.order_by("pk").values_list("pk", "path", "size").iterator():
        if files.stands(path, size):
            continue
        document = Document.objects.select_related("template").get(pk=pk)
        try:
            content = paper.make(document).content
            if hashlib.sha256(content).hexdigest() == document.sha256:
                files.put_back(content, path)
                made += 1
                continue
        except paper.Unprintable:
            pass
        except files.NoRoom as error:
            raise Later(f"文书文件写入失败：{error.__cause__}") from error
        other.append(document.number)
    return made, other


def void_document(act: Action, document_id: int, *, reason: str) -> Document:
    """Take a document out of force; it stays on record and its verification page says so. Raises Refused without a reason."""
    if not reason.strip():
        raise Refused("document.void_reason", "请填写作废原因。", "reason")
    document = act.lock(Document, document_id)
    return act.move(document, "void", reason=reason.strip()[:500], at=now())


def cancel_document(act: Action, document_id: int, *, reason: str, on: date) -> Document:
    """注销: what was rightly given is out of force from this day on; its verification page says so, and not that it was void."""
    document = act.lock(Document, document_id)
    document.cancelled_on = on
    act.save(document, "cancelled_on")
    return void_document(act, document_id, reason=reason)


def extend_document(act: Action, document_id: int, *, until: date | None) -> Document:
    """A certificate that is renewed by law holds on, to this day (None: without end); its verification page says so."""
    document = act.lock(Document, document_id)
    document.extended_to = until or date.max
    act.save(document, "extended_to")
    act.record(document, "extend", until=until)
    return document


def replace_document(act: Action, document_id: int, *, reason: str, payload: dict | None = None) -> Document:
    """Reprint: void the old document and queue a new one that names it, with the same or a corrected payload."""
    old = void_document(act, document_id, reason=reason)
    if payload is None:
        payload = {key: value for key, value in old.payload.items() if key != "office"}
    if old.kind == "certificate" and isinstance(payload, dict):
        payload = {**payload, "certificate_number": old.number}
    spec = DocumentSpec(
        kind=old.kind,
        root_id=old.root_id,
        member_id=old.member_id,
        region=old.region,
        department=old.department,
        payload=payload,
        replaces=old.pk,
    )
    new = queue_one(act, spec)
    new.extended_to = old.extended_to
    return new


def register_seals(act: Action, documents: Sequence[Document], *, seal_number: str) -> list[SealRecord]:
    """Enter documents of one decision in the seal register under the keeper's hand (`act.by`), bound to the stored bytes.

    The caller holds their case's lock. What is registered already stays as it is: beside a certificate made anew lies the decision of
    then. The SHA-256 is computed from each file itself; one that differs from what was printed is refused. Two statements, whatever the
    number of documents. Raises WrongState where it is registered, or not printed yet.
    """
    number = check_seal_number(seal_number)
    held = [act.adopt(document) for document in documents]
    known = SealRecord.objects.filter(document__in=[document.pk for document in held]).values_list(
        "document", flat=True
    )
    sealed = set(known)
    records = []
    for document in held:
        act.allow("seal", document)
        if document.state != RENDERED:
            raise WrongState("文书还没有生成，不能登记签章。")
    fresh = [document for document in held if document.pk not in sealed]
    if not fresh:
        raise WrongState("这份文书已经登记签章。")
    for document in fresh:
        digest = _digest_of(document)
        records.append(
            SealRecord(
                document=document,
                seal_number=number,
                sha256=digest,
                keeper_id=act.by.id,
                keeper_name=act.by.name,
                at=now(),
            )
        )
        act.record(document, "seal", seal_number=number, sha256=digest, keeper=act.by.name)
    return SealRecord.objects.bulk_create(records)


def check_seal_number(text: str) -> str:
    """The code of the seal on file: 13 or 14 digits of the police, longer and with letters for some electronic seals; so only
    what can be no code is refused (Refused)."""
    number = "".join(char for char in unicodedata.normalize("NFKC", text) if not char.isspace() and char != "-").upper()
    if not number:
        raise Refused("seal.number", "请填写印章编号。", "seal_number")
    plain = number.isascii() and number.isalnum() and any(char.isdigit() for char in number)
    if not plain or not 6 <= len(number) <= 40:
        raise Refused(
            "seal.number",
            "印章编号应为备案的印章编码：6 到 40 位数字或字母，其中有数字，例如 3302821000001；请照印章备案登记填写。",
            "seal_number",
        )
    return number


def _digest_of(document: Document) -> str:
    try:
        digest = hashlib.sha256(files.read(document.path)).hexdigest()
    except FileNotFoundError:
        raise Refused("seal.file_missing", "存储的文书文件找不到，不能登记签章，请联系系统管理员。") from None
    if digest != document.sha256:
        raise Refused("seal.file_changed", "存储的文件与生成时的 SHA-256 不一致，不能登记签章，请联系系统管理员。")
    return digest


def register_seal(act: Action, document_id: int, *, seal_number: str) -> SealRecord:
    """The same for one document, which is locked here."""
    return register_seals(act, [act.lock(Document, document_id)], seal_number=seal_number)[0]
