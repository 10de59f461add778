"""The public register of licences that were granted (行政许可法第四十条): for everybody, so without an actor and without what is nobody's
business. A person's name is masked and not looked for; nothing of the form, the address or the papers themselves is told."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KT

from apps.issuance.models import Document
from apps.kit.time import today

from .models import Application, Member
from .searching import with_words

S = Member.State
SEALED = [S.READY_FOR_ISSUE, S.DISPATCHED, S.COLLECTED, S.SERVED, S.ARCHIVED]
NAMED = ("grant", "certificate")


@dataclass(frozen=True)
class Granted:
    """One line of the register."""

    item: str
    department: str
    holder: str
    credit_code: str
    number: str
    certificate: str
    decided_on: date
    valid_from: date
    valid_to: date | None
    status: str  # valid | not_yet | expired | revoked | cancelled
    on: date | None  # since when it is revoked or cancelled


def granted(
    *,
    codes: Collection[str],
    at_times: Collection[str] = (),
    words: str = "",
    node: str = "",
    department: str = "",
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[Member]:
    """Members of these licences on which a sealed decision granted; one that is made anew stays. `words`: the whole number of the decision,
    the certificate or the case, an organisation's credit code or words of its name. `at_times`: items that were licences in some versions
    only, of which the case's own plan says so."""
    licences = Q(code__in=codes)
    for code in at_times:
        licences |= Q(code=code, application__plan__contains={"members": [{"code": code, "type": "01"}]})
    older = Document.objects.filter(root_id=OuterRef("application_id"), member_id=OuterRef("pk"), kind__in=NAMED, replaces__isnull=False)
    remade = Q(state__in=(S.GRANTED, S.SEALED), remade__isnull=False)  # before anybody had fetched what was sealed
    sealed = Q(state__in=SEALED) | Q(served_on__isnull=False) | remade
    # A single value, not EXISTS: that PostgreSQL may answer by reading every paper once.
    rows = Member.objects.alias(remade=Subquery(older.values("pk")[:1])).filter(sealed, licences, decision="granted")
    if words:
        rows = rows.filter(_called(words))
    if node:
        rows = rows.filter(application__node=node)
    if department:
        rows = rows.filter(department=department)
    if since:
        rows = rows.filter(decided_on__gte=since)
    if until:
        rows = rows.filter(decided_on__lte=until)
    loaded = rows.select_related("application", "application__applicant", "department", "commitment")
    return loaded.defer("application__plan", "application__answers")


def _called(words: str) -> Q:
    typed = unicodedata.normalize("NFKC", words)
    numbered = Document.objects.filter(number__in={words, typed}, kind__in=NAMED).values_list("member_id", flat=True)
    if found := set(numbered[:50]):
        return Q(pk__in=found)
    number = "".join(letter for letter in typed if not letter.isspace() and letter != "-").upper()
    if number.isascii() and number.isalnum() and len(number) in (18, 20):
        held = Application.objects.filter(applicant_kind="enterprise", applicant__id_number=number).values("pk")
        return Q(application__in=Application.objects.filter(number=number).values("pk").union(held, all=True))
    units = with_words(Application.objects.filter(applicant_kind="enterprise"), words)
    return Q(application__in=units.values("pk"))


def lines(rows: Iterable[Member]) -> list[Granted]:
    """One statement beside the page."""
    rows = list(rows)
    roots = {row.application_id for row in rows}
    papers = Document.objects.filter(root_id__in=roots, member_id__in=[row.pk for row in rows], kind__in=NAMED).defer("payload")
    newest = {(paper.member_id, paper.kind): paper for paper in papers.annotate(begins=KT("payload__valid_from")).order_by("pk")}
    return [_line(row, newest.get((row.pk, "grant")), newest.get((row.pk, "certificate"))) for row in rows]


def _line(row: Member, decision: Document | None, certificate: Document | None) -> Granted:
    application = row.application
    begins = (certificate or decision).begins if certificate or decision else None
    valid_from = date.fromisoformat(begins) if begins else row.decided_on
    extended = certificate.extended_to if certificate else None
    valid_to = None if extended == date.max else extended or row.valid_to  # extended without end
    return Granted(
        item=row.name,
        department=row.department.name,
        holder=application.applicant_shown,
        credit_code="" if application.applicant_kind == "person" else application.applicant.id_number,
        number=decision.number if decision else "",
        certificate=certificate.number if certificate else "",
        decided_on=row.decided_on,
        valid_from=valid_from,
        valid_to=valid_to,
        status=_status(row, valid_from, valid_to),
        on=row.revoked_on or row.cancelled_on,
    )


def _status(row: Member, valid_from: date, valid_to: date | None) -> str:
    if row.revoked_on:
        return "revoked"
    if row.cancelled_on:
        return "cancelled"
    if valid_to and valid_to < today():
        return "expired"
    return "not_yet" if valid_from > today() else "valid"
