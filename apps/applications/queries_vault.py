"""What an applicant has already: materials that were accepted in earlier cases of his, certificates that this platform issued to him."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, Func, JSONField, OuterRef, Q, TextField, Value
from django.db.models.functions import Cast, Coalesce

from apps.issuance.models import Document
from apps.journal.actor import Actor
from apps.kit.time import beijing_date, now, today

from . import sight
from .models import Application, Attachment, MaterialEntry, Member, Notice, ReviewSupplement

MOST = 3  # of one material, the newest
ISSUED = [state for state in Member.DECIDED if state not in (Member.State.GRANTED, Member.State.REFUSED)]


@dataclass(frozen=True)
class Held:
    """A file that may stand for a material, with where it comes from."""

    source: str  # "file:12" or "certificate:34"
    name: str
    origin: str
    content_type: str
    size: int
    sha256: str
    path: str


def held_for(actor: Actor, row: Application) -> dict[str, list[Held]]:
    """{material code: what may be used for it}, newest first: of the same applicant, in cases that the actor may see today.

    Three statements, whatever the number of materials.
    """
    lines = {line["material"]: line for line in row.plan["materials"] if not line["supplied_by"]}
    wanted = {line["licence_type"]: code for code, line in lines.items() if line["licence_type"]}
    found: dict[str, list[Held]] = defaultdict(list)
    own = Application.objects.filter(sight.scope(actor), applicant=row.applicant_id).exclude(pk=row.pk)
    for kind, held in _certificates(own) if wanted else ():
        if kind in wanted:
            found[wanted[kind]].append(held)
    for code, held in _files(own, Application.objects.filter(applicant=row.applicant_id), list(lines)):
        if len(found[code]) < MOST and held.sha256 not in {other.sha256 for other in found[code]}:
            found[code].append(held)
    return dict(found)


def on_record(row: Application, entries: Iterable[MaterialEntry], plan: dict | None = None) -> dict[str, Held]:
    """{material code: the certificate of this applicant that stands for it}, wherever it was issued, of lines that nobody has found
    unfit: what the platform holds is not asked for (ZJR 7). `plan`: where it is not the case's own yet. No statement without a line that a
    licence can answer."""
    lines = {line["material"]: line["licence_type"] for line in (plan or row.plan)["materials"] if line["licence_type"]}
    open_lines = [entry.code for entry in entries if entry.code in lines and entry.state != MaterialEntry.State.REJECTED]
    if not open_lines:
        return {}
    own = Application.objects.filter(applicant=row.applicant_id, discarded_at__isnull=True).exclude(pk=row.pk)
    issued = dict(reversed(_certificates(own)))  # of several items that give the same licence the newest
    return {code: issued[lines[code]] for code in open_lines if lines[code] in issued}


def _certificates(own) -> list[tuple[str, Held]]:
    """(licence type, certificate) that hold today: granted, sealed, printed, not void, not run out or extended by law beyond it (XKF 50);
    the newest of each item."""
    of_the_case = {"root_id": OuterRef("application_id"), "member_id": OuterRef("pk")}  # papers are found by their case
    extended = Document.objects.filter(**of_the_case, kind="certificate", extended_to__gte=today())
    valid = Q(valid_to__isnull=True) | Q(valid_to__gte=today()) | Exists(extended)
    members = Member.objects.filter(valid, application__in=own.values("pk"), decision="granted", state__in=ISSUED)
    members = members.filter(cancelled_on=None, commitment__revoked_on=None)  # else it hid an older one that holds
    newest = members.order_by("code", "-decided_on", "-pk").distinct("code")  # of who has hundreds, the one he got long ago as well
    narrow = newest.select_related("application").only("application__plan", "code", "decided_on", "valid_to")
    by_pk = {member.pk: member for member in narrow}
    papers = Document.objects.filter(
        root_id__in={member.application_id for member in by_pk.values()},
        member_id__in=by_pk,
        kind="certificate",
        state="rendered",
        seal_record__isnull=False,
    ).defer("payload")
    told = []
    for paper in sorted(papers, key=lambda paper: (by_pk[paper.member_id].decided_on, paper.pk), reverse=True):
        member = by_pk[paper.member_id]
        end = paper.extended_to or member.valid_to
        until = "长期有效" if end in (None, date.max) else f"有效期至{end:%Y年%-m月%-d日}"
        told.append(
            (
                member.definition["result"].get("licence_type"),
                Held(
                    source=f"certificate:{paper.pk}",
                    name=f"{paper.title}.pdf",
                    origin=f"本平台签发的证照，文号 {paper.number}，{until}",
                    content_type="application/pdf",
                    size=paper.size,
                    sha256=paper.sha256,
                    path=paper.path,
                ),
            )
        )
    return told


def _files(own, cases, codes: list[str]) -> list[tuple[str, Held]]:
    """(material, file) that was handed in with a case which was accepted, and found no fault with: nobody asked for another since, there
    or where the very same was handed in later."""
    code = Func(Cast(Value("material"), TextField()), OuterRef("material__code"), function="jsonb_build_object")
    faulty = {
        "application": OuterRef("application"),
        "asked_at__gt": OuterRef("at"),
        "asked_at__lte": Coalesce(OuterRef("removed_at"), Value(now())),  # it lay there still, though the desk took it off afterwards
        "gaps__contains": Func(code, function="jsonb_build_array", output_field=JSONField()),
    }
    found = Exists(Notice.objects.filter(kind=Notice.Kind.SUPPLEMENT, **faulty)) | Exists(ReviewSupplement.objects.filter(**faulty))
    same = {"sha256": OuterRef("sha256"), "material__code": OuterRef("material__code")}
    elsewhere = Attachment.objects.filter(application__in=cases.values("pk"), **same)
    rejected = Q(removed_at__isnull=True, material__state=MaterialEntry.State.REJECTED)
    files = Attachment.objects.filter(
        ~found,
        ~Exists(elsewhere.filter(found | rejected)),
        application__in=own.filter(accepted_on__isnull=False).values("pk"),
        material__code__in=codes,
        material__state__in=MaterialEntry.IN_HAND,
        removed_at__isnull=True,
        scan=Attachment.Scan.CLEAN,
    ).select_related("application", "material")
    files = files.defer("application__plan", "application__answers").order_by("-pk")[:200]
    return [
        (
            file.material.code,
            Held(
                source=f"file:{file.pk}",
                name=file.name,
                origin=f"本人此前办件收下的材料（{beijing_date(file.at):%Y年%-m月%-d日}上传，{file.application.number}）",
                content_type=file.content_type,
                size=file.size,
                sha256=file.sha256,
                path=file.path,
            ),
        )
        for file in files
    ]
