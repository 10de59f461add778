"""What the public may know of a case without signing in: by its number and the contact mobile, together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from apps.deadlines import queries_clocks as deadline_clocks
from apps.deadlines.models import Clock
from apps.journal.models import Event
from apps.kit.errors import Refused
from apps.kit.ids import check_case_number, check_mobile

from . import story
from .models import Application, Member
from .next_step import next_step
from .queries_case import Remedy, named, remedies, visit_ahead


@dataclass
class Tracked:
    """What a stranger with number and phone may know."""

    number: str
    name: str
    state: str
    applicant: str  # masked
    receipt_date: date
    due_on: date | None
    members: list[Member]
    story: list[story.Entry]
    now: tuple[str, str, str]
    clocks: list[Clock]
    application: Application
    remedies: list[Remedy]


def track(number: str, phone: str) -> Tracked | None:
    """The case with this number and contact mobile, or None: one answer for every wrong pair.

    Badly formed input is None as well, so that nothing can be learnt from the difference.
    """
    try:
        wanted, mobile = check_case_number(number), check_mobile(phone)
    except Refused:
        return None
    row = Application.objects.filter(number=wanted, contact_mobile=mobile).first()
    if row is None:
        return None
    members = list(row.members.select_related("department", "hearing", "commitment"))
    for member in members:
        member.application = row
    clocks = named(deadline_clocks.clocks_of(row.pk), row, members)
    events = list(Event.objects.filter(chain=row.chain).order_by("seq"))
    return Tracked(
        number=row.number,
        name=row.name,
        state=row.state,
        applicant=row.applicant_shown,
        receipt_date=row.receipt_date,
        due_on=row.due_on,
        members=members,
        story=story.tell(row, members, events, public=True),
        now=next_step(row, members, clocks, visit_ahead(row), events),
        clocks=clocks,
        application=row,
        remedies=remedies(members),
    )
