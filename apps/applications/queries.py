"""Reads of cases, by actor: what is loaded is already allowed. The number of statements does not grow with the rows.

Here: the one door of all lists (`applications_for`), search, one case's row, what the actor may do and see of it. Beside it, by
name: a whole case (queries_case.py), its files and papers (queries_files.py), a department's work (queries_review.py), results on
their way out (queries_issue.py), the counter, the clocks, consultations, inspections and so on.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import reduce
from hashlib import sha256
from operator import or_

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from apps.catalog.plan import in_force
from apps.catalog.queries_names import codes_called
from apps.issuance.models import Document
from apps.journal.actor import Actor
from apps.journal.models import Event
from apps.kit.errors import DomainError, NotYours
from apps.kit.ids import plain_name
from apps.kit.jsontext import text
from apps.kit.time import today

from . import sight
from .handout import COLUMNS
from .models import Application, Attachment, Member
from .searching import place, with_words

NOBODYS = 0  # no case has this key: asked for in place of one that is not there, so that both answers take as long


def applications_for(actor: Actor) -> QuerySet[Application]:
    """What exists for this actor; every list, search, count and export of cases starts here. Plans and answers stay unread."""
    return (
        Application.objects.filter(sight.scope(actor), discarded_at__isnull=True)
        .select_related("node", "region")
        .defer("plan", "answers")
    )


def own_applications(actor: Actor, *, child: int | None = None, running: bool = False) -> QuerySet[Application]:
    """What the citizen himself (not those he acts for) has handed in, or what was for a `child`; `running`: what has not ended."""
    mine = Application.objects.filter(applicant__in=_whose(actor, child), number__isnull=False)
    return mine.exclude(state__in=Application.ENDED) if running else mine


def export_own(actor: Actor, child: int | None = None) -> list[dict]:
    """A copy of everything that is kept of the citizen's own cases and drafts (PIPL 45), oldest first; or of those of a child he stands
    for by law, which asks for nothing itself."""
    mine = Application.objects.filter(applicant__in=_whose(actor, child), discarded_at__isnull=True)
    files = Prefetch("materials__attachments", Attachment.objects.filter(removed_at__isnull=True))
    rows = mine.order_by("pk").prefetch_related("materials", files, "members")
    return [
        {
            "number": row.number,
            "item": row.name,
            "state": row.get_state_display(),
            "received_at": row.received_at,
            "accepted_on": row.accepted_on,
            "ended_on": row.ended_on,
            "outcome": row.outcome,
            "contact_mobile": row.contact_mobile,
            "answers": row.answers,
            "handout": {part: getattr(row, column) for part, column in COLUMNS.items()},
            "materials": [
                {
                    "name": entry.name,
                    "state": entry.get_state_display(),
                    "files": [{"name": file.name, "at": file.at, "sha256": file.sha256} for file in entry.attachments.all()],
                }
                for entry in row.materials.all()
            ],
            "results": [
                {"item": member.name, "state": member.get_state_display(), "decided_on": member.decided_on}
                for member in row.members.all()
            ],
        }
        for row in rows
    ]


def _whose(actor: Actor, child: int | None) -> Iterable[int]:
    """His own party, or the child's, if he stands for it."""
    return actor.party_ids[:1] if child is None else {child}.intersection(actor.party_ids)


SCANNED = re.compile(r"/v(?:erify)?/([0-9A-Za-z]{12})/?$")  # the address behind a paper's code; an input method may have widened it


def find(actor: Actor, words: str, *, items: bool = True) -> QuerySet[Application]:
    """By number (or its beginning), the applicant's exact document number, part of the applicant's or item's name, or what a scanner
    reads from the code on one of its papers: page it by `order(words)`. `items`: by the item's name too."""
    rows, words = applications_for(actor), words.strip()
    if not words:
        return rows
    if code := scanned(words):
        return rows.filter(pk__in=Document.objects.filter(verify_code=code).values("root_id"))
    bare = _number(words)
    if not bare:
        return with_words(rows, words, codes_called(plain_name(words)) if items else ())
    if len(bare) != 18:
        return rows.filter(number__startswith=bare[:20])
    numbered = Application.objects.filter(number__startswith=bare).values("pk")
    # Two lookups beside each other: with OR over two tables neither index would serve.
    return rows.filter(pk__in=numbered.union(Application.objects.filter(applicant__id_number=bare).values("pk"), all=True))


def find_named(actor: Actor, words: str) -> QuerySet[Application]:
    """Of these the registered ones whose applicant has the words in his name: the words of an item alone are nobody's."""
    return find(actor, words, items=False).filter(number__isnull=False).alias(at=place("applicant_name", words)).filter(at__gt=0)


def scanned(words: str) -> str:
    """The code that a scanner read off a paper of ours; "" for anything else that was typed."""
    code = SCANNED.search(unicodedata.normalize("NFKC", words))
    return code[1].upper() if code else ""


def order(words: str) -> tuple[str, ...]:
    """The newest first: by the number itself where its beginning is looked for, since in any other order all of a day would have
    to be gathered."""
    return ("-id",) if len(_number(words)) in (0, 18) else ("-number",)


def _number(words: str) -> str:
    """What may be a number, or its beginning; "" for a name."""
    bare = words.strip().replace(" ", "").replace("-", "").upper()
    return bare if bare.isalnum() and bare[:6].isdigit() and bare.isascii() else ""


def filtered(
    rows: QuerySet[Application],
    *,
    state: str = "",
    light: str = "",
    code: str = "",
    department: str = "",
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[Application]:
    """A list narrowed by what its page offers; a light is asked of accepted cases only."""
    if state:
        rows = rows.filter(state__in=state.split(","))
    if light:
        rows = rows.filter(light=light, state__in=Application.ACCEPTED)
    if light == "green":
        rows = rows.filter(due_on__isnull=False)  # what stands still is not told as running well
    if code:
        rows = rows.filter(code=code)
    if department:
        rows = rows.filter(departments__contains=[department])
    if since:
        rows = rows.filter(receipt_date__gte=since)
    if until:
        rows = rows.filter(receipt_date__lte=until)
    return rows


def get(actor: Actor, pk: int) -> Application:
    row = Application.objects.filter(sight.scope(actor), pk=pk).select_related("applicant", "agent", "node").first()
    if row is None:
        raise NotYours
    return row


def needs(actor: Actor, row: Application) -> frozenset[str] | None:
    """Whose fields and materials the actor sees of a case that he was shown to see (sight.needs)."""
    return sight.needs(actor, row, row.members.only("code", "department_id"))


def may(actor: Actor, verb: str, subject) -> bool:
    """The policy and the machine together, without doing it."""
    from django_fsm import can_proceed

    try:
        subject.policy(actor, verb, subject)
    except DomainError:
        return False
    move = getattr(subject, verb, None)
    return not hasattr(move, "_django_fsm") or can_proceed(move, check_conditions=False)


def why_not(actor: Actor, verb: str, subject) -> str:
    """The policy's sentence why this actor may not do it ("" when he may): separation of duties is told, not hidden."""
    try:
        subject.policy(actor, verb, subject)
    except DomainError as refusal:
        return refusal.message
    return ""


def departments_of(actor: Actor, *roles: str) -> list[str]:
    """Codes of the departments where the actor holds one of the roles."""
    return sorted({post.department for post in actor.posts if post.role in roles and post.department})


def duplicates(actor: Actor, application: Application) -> list[Application]:
    """Open cases of the same applicant for the same item, alone or in a one-thing: a warning at intake, never a ban."""
    if application.applicant_id is None:
        return []
    codes = [member["code"] for member in application.plan["members"]]
    running = Member.objects.filter(application=OuterRef("pk"), code__in=codes, state__in=[Member.State.WAITING, *Member.UNDECIDED])
    asked = [Q(plan__members__contains=[{"code": code}], accepted_on=None) for code in codes]  # before acceptance there are no members
    return list(
        applications_for(actor)
        .filter(applicant_id=application.applicant_id, number__isnull=False)
        .filter(reduce(or_, asked, Q(code=application.code) | Q(Exists(running))))
        .exclude(state__in=Application.ENDED)
        .exclude(pk=application.pk)
        .order_by("-pk")[:5]
    )


def begun(actor: Actor, code: str) -> list[Application]:
    """What a citizen has begun of this item, for himself or another, and what of it is running: who lost sight of it finds it again."""
    return list(applications_for(actor).filter(code=code).exclude(state__in=Application.ENDED).order_by("-pk")[:3])


def filed_without_mandate(actor: Actor, pk: int) -> Application | None:
    """What the actor filed from home for another while he had a mandate that has ended since: it is gone for him, and he may be told why."""
    mine = Application.objects.filter(pk=pk, agent__in=actor.party_ids[:1]).exclude(channel="counter")
    return None if mine.filter(sight.scope(actor)).exists() else mine.first()


def declared_as(row: Application) -> str:
    """A mark of what a draft's last look shows, and who hands it in declares to be true: the form, the materials, how the results come."""
    files = Attachment.objects.filter(application=row, removed_at__isnull=True).order_by("pk").values_list("material_id", "sha256")
    promised = row.materials.filter(promised=True).order_by("pk").values_list("code", flat=True)
    chosen = [row.issue, *(getattr(row, column) for column in COLUMNS.values())]
    said = [row.applicant_id, row.contact_mobile, row.plan["answers"], row.answers, chosen, [list(file) for file in files], list(promised)]
    return sha256(text(said).encode()).hexdigest()[:16]


def returned_because(application: Application) -> str:
    """What the pre-check asked to be changed, "" when it was never returned."""
    last = Event.objects.filter(chain=application.chain, name="application.return_pre_check").order_by("-seq").first()
    return last.facts["reason"] if last else ""


def published(code: str) -> tuple[str, list[str]]:
    """(name, audience) of what is published today under this code. Raises NotYours."""
    content = in_force(code, today())[0].content
    return content["name"], content.get("audience", [])
