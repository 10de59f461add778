"""What the public may know of a case without signing in: by its number and the contact mobile, together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from apps.deadlines import queries_clocks as deadline_clocks
from apps.deadlines.models import Clock
from apps.journal.models import Event
from apps.kit.errors import Refused, TooMany
from apps.kit.ids import check_case_number, check_mobile
from apps.kit.limits import neighbourhood

from . import story
from .limits import TRACK_ALL, TRACK_NUMBER, TRACK_NUMBER_HERE, TRACK_WRONG
from .models import Application, Member
from .next_step import next_step
from .queries_case import Remedy, mark_otherwise, named, remedies, visits_ahead
from .queries_clocks import INNER

AT_THIS_NUMBER = "这个编号近来查错的次数太多，请核对手机号，{wait}后再试；登录以后在“我的办件”里随时能看。"


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


def look_up(number: str, phone: str, address: str) -> Tracked | None:
    """`track` for a stranger at this address, with the guesses counted. Raises TooMany.

    A number at which too many have guessed from everywhere is open to an address as long as it has not guessed wrong there itself:
    who guesses from many addresses is stopped, and the owner, who knows his phone, is not.
    """
    here, wanted = neighbourhood(address), _number(number)
    TRACK_WRONG.demand(here)
    TRACK_ALL.take(here)
    if wanted and TRACK_NUMBER.wait(wanted) and (wait := TRACK_NUMBER_HERE.wait((wanted, here))):
        raise TooMany(wait, AT_THIS_NUMBER, "track.number")
    found = track(number, phone)
    if found is None:
        TRACK_WRONG.count(here)
        if wanted:  # whether there is such a case or not
            TRACK_NUMBER.count(wanted)
            TRACK_NUMBER_HERE.count((wanted, here))
    return found


def _number(text: str) -> str:
    """As `track` reads it; "" for what cannot be one."""
    try:
        return check_case_number(text)
    except Refused:
        return ""


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
    about = {event.subject_type for event in events} if len(members) > 1 else set()
    asked = list(row.cancellations.all()) if "cancellation" in about or any(member.cancelled_on for member in members) else []
    supplements = list(row.supplements.all()) if "reviewsupplement" in about else []
    mark_otherwise(members, events)
    return Tracked(
        number=row.number,
        name=row.name,
        state=row.state,
        applicant=row.applicant_shown,
        receipt_date=row.receipt_date,
        due_on=row.due_on,
        members=members,
        story=story.tell(row, members, events, public=True, beside=[*supplements, *asked]),
        now=next_step(row, members, clocks, visits_ahead(row), events, asked),
        clocks=[clock for clock in clocks if clock.kind not in INNER],
        application=row,
        remedies=remedies(members),
    )
