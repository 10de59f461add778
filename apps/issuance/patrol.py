"""States of documents that should be impossible."""

from collections.abc import Iterator
from datetime import timedelta

from apps.journal.invariants import invariant
from apps.kit import files
from apps.kit.time import now

from .models import Document, SealRecord
from .workflow import QUEUED, RENDERED

NEWEST = 1000  # documents looked at in one patrol: the older ones were looked at before
PATIENCE = timedelta(hours=2)  # as long as the journal tries a delivery


@invariant("issuance.rendered_document_has_its_file")
def files_are_there() -> Iterator[dict]:
    rows = Document.objects.filter(state=RENDERED).order_by("-pk").values_list("pk", "number", "path", "size")
    for pk, number, path, size in rows[:NEWEST]:
        if not files.stands(path, size):
            yield {"document": pk, "number": number, "what": "文书文件不在或者长度不符，请用 script/manage requeue_documents 补印"}


@invariant("issuance.no_document_waits_for_hours")
def nothing_waits() -> Iterator[dict]:
    rows = Document.objects.filter(state=QUEUED, queued_at__lt=now() - PATIENCE).values_list("pk", "number")
    for pk, number in rows[:NEWEST]:
        yield {"document": pk, "number": number, "what": "文书排队超过两小时没有生成"}


@invariant("issuance.seal_register_agrees_with_the_document")
def seals_agree() -> Iterator[dict]:
    rows = SealRecord.objects.select_related("document").defer("document__payload").order_by("-pk")
    for record in rows[:NEWEST]:
        if record.sha256 != record.document.sha256:
            yield {
                "document": record.document_id,
                "number": record.document.number,
                "what": "签章登记与文书的 SHA-256 不符",
            }
