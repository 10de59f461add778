"""Where what happened to a case is sent; and what a supervisor sees of the messages that could not be."""

from __future__ import annotations

import re

from django.db.models import QuerySet

from apps.applications.models import Application, Hearing, Member, ReviewSupplement
from apps.applications.telling import told
from apps.directory.queries import accounts_of
from apps.journal.actor import Actor
from apps.journal.models import Event

from .models import Outbound

SMS, MAIL = Outbound.Service.SMS, Outbound.Service.MAIL
_EVENT = re.compile(r"(?:^|:)event:([0-9]+)")

# Calls to a place at a time, and what moves or ends them: who reads of the old time last goes there. (The call to a second look is no
# move: the visit has been moved just before, and the event names no state.)
CALLS = {
    "inspection.notify": ("inspection.hold", "inspection.replan", "inspection.cancel"),
    "inspection.notify_also": ("inspection.hold", "inspection.replan", "inspection.cancel"),
    "inspection.notify_again": ("inspection.hold", "inspection.replan", "inspection.cancel"),
    "hearing.call": ("hearing.call", "hearing.call_off", "hearing.withdraw"),
}
# Asks somebody to come or to do something, for as long as what it is about stands as it left it: who reads of it later comes in vain.
ASKS = {
    "application.ask_supplement": Application,
    "application.return_pre_check": Application,
    "application.pass_pre_check": Application,
    "reviewsupplement.ask": ReviewSupplement,
    "member.make_ready": Member,
    "hearing.call": Hearing,
}


def stuck(actor: Actor) -> QuerySet[Outbound]:
    """Messages that were given up."""
    return of_nodes(actor).filter(state=Outbound.State.STUCK)


def of_nodes(actor: Actor) -> QuerySet[Outbound]:
    """Those of the nodes that the actor supervises."""
    posts = [post for post in actor.posts if post.role == "supervisor"]
    rows = Outbound.objects.all()
    if any(post.node.endswith("00") for post in posts):
        return rows
    return rows.filter(region__in=sorted({post.node for post in posts}))


def oldest_stuck(actor: Actor, most: int) -> list[Outbound]:
    """The first of them, each with its `case` (None where it is of none): its key says nothing to a person."""
    rows = list(stuck(actor).order_by("pk")[:most])
    cases = Application.objects.only("number", "name").in_bulk({row.root_id for row in rows if row.root_id})
    for row in rows:
        row.case = cases.get(row.root_id)
    return rows


def ways(row: Application) -> list[str]:
    """By which services the applicant wants to be told of this case."""
    return [way for way, wanted in ((SMS, row.wants_sms), (MAIL, row.wants_mail)) if wanted]


def boxes_of(row: Application, event: int, taker: int | None = None) -> dict[str, dict[str, str]]:
    """{way: {address: key}}: the phone that the case names, and what the parties' accounts have proved and want to be used. Who did
    himself what is told (`taker`) is not told. Nor is the phone of a handler whose mandate has ended, which the case names as it came with
    him: the applicant's stands in.

    The phone of the case has the bare key, by which older messages are known."""
    parties = told(row)
    accounts = accounts_of([party for party in parties if party != taker])
    unwanted = {user.mobile for user in accounts if not user.wants_sms}
    phones = {user.mobile: f"sms:event:{event}:{user.pk}" for user in accounts if user.mobile not in ("", *unwanted)}
    contact = row.contact_mobile
    if row.agent_id and row.agent_id not in parties and contact == row.agent.mobile:  # it came with who stands for him no more
        contact = row.applicant.mobile if row.applicant and row.applicant.mobile.startswith("1") else ""
    if contact and contact not in unwanted:
        phones[contact] = f"event:{event}"
    mailboxes = {user.email: f"mail:event:{event}:{user.pk}" for user in accounts if user.email and user.wants_mail}
    return {SMS: phones, MAIL: mailboxes}


def address_now(row: Outbound) -> str:
    """Where a message that could not be sent would go today: a phone or mailbox that was changed meanwhile is the new one; "" for who
    has said no, or is no party any more."""
    event = _EVENT.search(row.key)
    case = Application.objects.filter(pk=row.root_id).first()
    if event is None or case is None:
        return row.to
    if row.service not in ways(case):
        return ""
    boxes = boxes_of(case, int(event[1]))[row.service]
    return next((to for to, key in boxes.items() if key == row.key), row.to if row.to in boxes else "")


def overtaken(row: Outbound) -> bool:
    """Is what it asks for over? It has waited, or was given up and is sent again when its cause is mended."""
    found = _EVENT.search(row.key)
    event = Event.objects.filter(pk=found[1]).first() if found else None
    return event is not None and over(event)


def over(event: Event) -> bool:
    """Does it call to a time that was moved or called off since, or ask for what was done, or is not wanted any more?"""
    if event.name == "application.announce":
        ready = Member.objects.filter(application=event.root_id, state=Member.State.READY_FOR_ISSUE)
        return not _to_fetch(ready).exists()
    if event.name in ASKS:
        stands = ASKS[event.name].objects.filter(pk=event.subject_id, state=event.to_state)
        if event.name == "hearing.call":  # none is held of what has ended
            stands = stands.filter(member__state__in=Member.UNDECIDED)
        elif event.name == "member.make_ready":
            stands = _to_fetch(stands)
        if not stands.exists():
            return True
    later = Event.objects.filter(chain=event.chain, seq__gt=event.seq, name__in=CALLS.get(event.name, ()))
    return later.filter(subject_type=event.subject_type, subject_id=event.subject_id).exists()


def _to_fetch(results: QuerySet[Member]) -> QuerySet[Member]:
    """What was granted on a commitment that was broken since lies at the desk, and is handed to nobody."""
    return results.exclude(commitment__revoked_on__isnull=False)
