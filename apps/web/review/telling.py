"""What the case page of a department says: who applies, answers and materials that the item needs, its clocks, and what is new."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from django.core.cache import cache
from redis.exceptions import RedisError

from apps.applications import display, queries_case
from apps.applications.actions import checklist
from apps.applications.actions.gaps import needs_of
from apps.applications.models import Application, Member
from apps.applications.queries_clocks import COUNTED_ANEW
from apps.catalog.forms_schema import required, shown
from apps.deadlines.models import Clock
from apps.journal.actor import Actor
from apps.kit.time import now
from apps.web import identity

SEEN_FOR = 180 * 24 * 3600  # seconds that a look is remembered
NOT_NEWS = {"application.reveal"}
AT_ONCE = timedelta(seconds=2)  # what the system does in the same transaction, recorded a moment later


def applicant_rows(application: Application, revealed: dict) -> list[dict]:
    """Who applies, with where he lives and how he is reached."""
    home, person = application.applicant.address, application.applicant_kind == "person"
    address = ("住址", home, "applicant.address") if person else ("住所", home, None)
    told = [*identity.applicant(application), address, identity.phone(application), *identity.agent(application)]
    return identity.masked(told, revealed)


def answer_groups(application: Application, member: Member, revealed: dict) -> list[tuple[str, list[dict]]]:
    """The answers that this item needs (need to know), masked."""
    rows = display.answers(application, only={member.code})
    return [
        (
            title,
            [
                {
                    "name": row.name,
                    "value": revealed.get(row.field, row.text),
                    "field": row.field if row.masked and row.field not in revealed else None,
                }
                for row in group
            ],
        )
        for title, group in display.groups(rows)
    ]


def material_rows(case: queries_case.Case, member: Member) -> list[dict]:
    planned = case.application.asked_ever("materials", "material")
    return [
        {"entry": entry, "planned": planned.get(entry.code, {}), "files": list(entry.attachments.all())}
        for entry in case.materials
        if member.code in planned.get(entry.code, {"needed_by": [member.code]})["needed_by"]
    ]


def lacking(case: queries_case.Case, member: Member) -> str:
    """What this item must have by the answers as they read now: answers not given, materials neither in hand nor promised; "" where
    nothing is short.

    An answer put right may ask for more than was asked when the case was accepted, and who is deemed accepted was asked for nothing.
    The law lets the department decide on what it has, so this holds nothing back: whoever decides has to know it.
    """
    row = case.application
    given, situations, needed = row.answers, row.plan["answers"], needs_of(row, member)
    open_lines = [one for one in row.form if member.code in one["needed_by"] and given.get(one["element"]) in (None, "", [])]
    blank = [one["name"] for one in open_lines if shown(one, given, situations) and required(one, given, situations)]
    missing = [entry for entry in checklist.missing(row, case.materials) if entry.code in needed]
    short = [entry.name for entry in missing if not (entry.promised and member.gap_open)]  # a promise for another item is none for this
    said = [f"{what}：{'、'.join(names)}" for what, names in (("应填的没有填", blank), ("应交的材料没有交", short)) if names]
    return f"按现在填写的内容，{'；'.join(said)}。" if said else ""


def clocks_of(case: queries_case.Case, member: Member) -> list[Clock]:
    """Those of the whole, of its promise only what it counts now, and of this item, which the page need not name again."""
    found = [clock for clock in case.clocks if _about(clock, case.application, member) and clock.closing != COUNTED_ANEW]
    for clock in found:
        clock.item = ""
    return found


def _about(clock, application: Application, member: Member) -> bool:
    subject = (clock.subject_type, clock.subject_id)
    return subject in {("application", application.pk), ("member", member.pk)}


def newest(entries: list, *names: str):
    """The last entry of this event (of these) in a story, or None."""
    return next((entry for entry in reversed(entries) if entry.name in names), None)


def _seen_key(actor: Actor, application: Application) -> str:
    return f"review.seen:{actor.id}:{application.pk}"


def last_look(actor: Actor, application: Application) -> datetime | None:
    """When the actor last opened the case. A help to the eye, not a record: it may be forgotten, or out of reach."""
    with suppress(RedisError):
        if text := cache.get(_seen_key(actor, application)):
            return datetime.fromisoformat(text)
    return None


def look(actor: Actor, application: Application) -> None:
    """From now on the case counts as seen by the actor."""
    with suppress(RedisError):
        cache.set(_seen_key(actor, application), now().isoformat(), SEEN_FOR)


def news_of(story: list, since: datetime | None, actor: Actor) -> list:
    """What came since the last look: not from the actor himself, and not what his own act set off (a claim begins the review)."""
    if since is None:
        return []
    own = [entry.at for entry in story if entry.who == actor.name]
    return [
        entry
        for entry in story
        if entry.at > since
        and entry.who != actor.name
        and entry.name not in NOT_NEWS
        and not (entry.who == "系统" and any(at <= entry.at < at + AT_ONCE for at in own))
    ]


def timeline(story: list, news: list) -> list[dict]:
    """Newest first; what came since the last look is marked in words."""
    rows = []
    for entry in reversed(story):
        title = f"新 · {entry.title}" if entry in news else entry.title
        rows.append({"at": entry.at, "title": title, "detail": entry.detail, "who": entry.who})
    return rows
