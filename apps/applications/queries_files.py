"""Which files and documents of a case an actor may open: the case must exist for him, and his members need the material or the paper."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from apps.issuance.models import Document
from apps.journal.actor import Actor
from apps.kit.errors import NotYours, WrongState

from . import sight
from .models import Application, Attachment, InspectionPart, MaterialEntry
from .queries import NOBODYS, needs
from .queries_consultation import enclosed

# Papers of the whole that list no materials and no answers.
OF_THE_WHOLE = ("acceptance", "pickup_slip")


def paper_is_for(paper: Document, own: set[int], members: int) -> bool:
    """Of the whole's papers one who needs only a part of it sees those that list no materials."""
    if paper.member_id is not None:
        return paper.member_id in own
    return len(own) == members or paper.kind in OF_THE_WHOLE


def may_name_another(paper: Document) -> bool:
    """A voucher that was made anew. An entry put right may have been the applicant himself: who is told of the case now reads of the
    first voucher who stood there by mistake. The house keeps it on record."""
    return paper.kind == "receipt" and getattr(paper, "replaced_by", None) is not None


# Papers of a visit, in the name of its organiser: for the departments that take part.
OF_A_VISIT = ("inspection_notice", "inspection_record", "rectification_notice")


def of_own_visit(paper: Document, own: set[int], parts: Iterable[InspectionPart]) -> bool:
    """`parts`: of the case's visits. What a former organiser, who takes part in none any more, has written is of the visit that it handed on."""
    if paper.kind not in OF_A_VISIT:
        return False
    visits = {part.inspection for part in parts if not own.isdisjoint(part.members)}
    if all(part.inspection.organiser_id != paper.department for part in parts):
        return any(paper.department in visit.departments for visit in visits)
    return any(visit.organiser_id == paper.department for visit in visits)


def files_of(application: Application) -> list[Attachment]:
    """The files that stand at a case's materials; the caller has shown that the actor may see the case."""
    return list(application.attachments.filter(removed_at__isnull=True))


def lying(application: Application, material: str, since: datetime | None = None) -> set[str]:
    """Digests of the files that lie at a material, as they were sent and as they were made fit; of those only that came `since` then.
    They do so while the scanner has not answered, or while the line is in hand by them: what was judged bad stands for nothing."""
    files = application.attachments.filter(removed_at__isnull=True, material__code=material)
    files = files.filter(Q(scan__in=Attachment.OPEN) | Q(material__state__in=MaterialEntry.IN_HAND))
    if since is not None:
        files = files.filter(at__gte=since)
    return {digest for pair in files.values_list("source", "sha256") for digest in pair}


def attachment(actor: Actor, pk: int) -> Attachment:
    """A stored file's row if the actor may see its case and needs its material, or if it was enclosed in a question to his
    department that is still open. Raises NotYours, and WrongState while it is
    in quarantine; what was taken off (it may be a stranger's) or found infected exists for nobody."""
    rows = Attachment.objects.filter(pk=pk, removed_at__isnull=True).exclude(scan=Attachment.Scan.INFECTED)
    row = rows.select_related("application", "material").first()
    if row is None or not (_needs_file(actor, row) or enclosed(actor, row.application_id, row.material.code)):
        raise NotYours
    if row.quarantined:
        raise WrongState("这个文件还在做安全检查（查病毒），通过以后才能打开；一般一分钟内有结果。")
    return row


def case_of(file: int) -> int:
    """The key of its case, for an action that asks whether the actor may; nobody's where there is no such file."""
    return Attachment.objects.filter(pk=file).values_list("application_id", flat=True).first() or NOBODYS


def _needs_file(actor: Actor, row: Attachment) -> bool:
    """The case exists for him, and the material is one that his members need."""
    if not sight.sees(actor, row.application):
        return False
    line = row.application.asked_ever("materials", "material").get(row.material.code, {"needed_by": []})
    return sight.needed(line, needs(actor, row.application))


def document(actor: Actor, pk: int) -> Document:
    """A case's document if the actor may see the case and it is about his part of it. Raises NotYours."""
    row = Document.objects.filter(pk=pk).select_related("replaced_by").first()
    case = Application.objects.filter(sight.scope(actor), pk=row.root_id if row else NOBODYS).first()
    if row is None or case is None or (actor.kind == "person" and may_name_another(row)):
        raise NotYours
    members = list(case.members.only("code", "department_id"))
    know = sight.needs(actor, case, members)
    own = {member.pk for member in members if know is None or member.code in know}
    parts = InspectionPart.objects.filter(application=case).select_related("inspection")
    if know is None or paper_is_for(row, own, len(members)) or of_own_visit(row, own, parts):
        return row
    needed = {line["material"] for line in case.listed if sight.needed(line, know)}
    if not case.materials.filter(document=row, code__in=needed).exists():  # another's result that feeds his own member
        raise NotYours
    return row
