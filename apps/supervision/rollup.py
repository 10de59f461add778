"""Statistics from the journal: read the events that are settled and not yet counted, add up, remember how far.

1. Lock the one Progress row; another rollup at work means there is nothing to do.
2. Take the events of transactions between what was counted and the horizon below which none is still open.
3. Look up where their cases belong, in bulk; turn each event into changes of counters.
4. Write counters, open members and the new horizon in one transaction: each event counts once, whatever is killed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple

from django.db import connection, transaction

from apps.applications.models import Application, Member
from apps.journal.anchoring import settled_below
from apps.journal.models import Event
from apps.kit.time import beijing_date, now

from . import instant
from .conversion import ACCEPTS, PASSES, converted
from .conversion import NAMES as CONVERTED
from .instant import DECIDES
from .kept_later import (
    RECEIVE,
    TERMINATE,
    beyond_before,
    decided_before,
    received_before,
    served_before,
    terminated_before,
)
from .models import FROM, LIGHTS, BundleCount, DayCount, FinishedDays, Gauge, OpenMember, Progress
from .reading import REROUTE, began_anew, counted_by, last_of_earlier, left_of_earlier, moved, moves, unread, up_to
from .runs import BEYOND, counted, keep
from .runs import NAMES as RAN
from .savings import FINISH, measured
from .usual import spent

KEYS = {
    DayCount: ("day", "node", "department", "name"),
    Gauge: ("node", "department", "name"),
    FinishedDays: ("code", "year", "days"),
    BundleCount: ("day", "node", "code", "name"),
}
TAKE_BACK = "member.take_back"  # of a hand-over on the same day, which does not count
# event -> the name under which the day counts it, once for the node and once for each department of the case
OF_APPLICATION = {
    RECEIVE: "received",
    "application.accept": "accepted",
    "application.deem_accept": "deemed",
    "application.ask_supplement": "supplement",
    "application.not_handle": "turned_away",
    "application.not_accept": "turned_away",
    "application.withdraw": "withdrawn",
    "application.lapse": "lapsed",
    "application.void": "voided",
}
OF_MEMBER = {
    "member.grant": "granted",
    "member.deem_renew": "granted",
    "member.refuse": "refused",
    "member.revoke_acceptance": "revoked",
    TERMINATE: "terminated",
    "member.collect": "collected",
    "member.serve": "collected",
}
# Counted on the day that they tell, which may lie before the event.
DATED = ("application.accept", "application.deem_accept", *DECIDES, "member.collect", "member.serve", TAKE_BACK)
OPENS = ("member.accept", "member.accept_with_gap")
ENDS = (*DECIDES, "member.withdraw", "member.revoke_acceptance", "member.terminate")
TURNS = {"clock.turn_yellow": "yellow", "clock.turn_red": "red", "clock.lapse": "overdue", "clock.recompute": None}
# Acts that turn a decision clock themselves; their facts tell the light that follows.
SETS_LIGHT = ("member.pause", "member.resume", "member.extend")
BEFORE = (RECEIVE,)
LEAVES_BEFORE = (
    "application.accept",
    "application.deem_accept",
    "application.not_handle",
    "application.not_accept",
    "application.lapse",
    "application.void",
    "application.withdraw",
)


def rollup() -> int:
    """Count what is new; returns how many events were read."""
    with transaction.atomic():
        progress = Progress.objects.select_for_update(skip_locked=True).first()
        if progress is None:
            # None yet, or another has it. The first of all makes the row; who waited for it looks once more.
            Progress.objects.bulk_create([Progress(pk=1)], ignore_conflicts=True)
            progress = Progress.objects.select_for_update(skip_locked=True).first()
            if progress is None:
                return 0
        horizon = settled_below()
        left = _turn_to_ids(progress) if horizon < progress.horizon else 0
        batches, horizon = unread(progress, horizon)
        _count_from_before(progress)
        read = left
        for events in batches:
            _add_up(progress, events)
            read += len(events)
        progress.horizon, progress.at = max(horizon, progress.horizon), now()
        progress.save(update_fields=["horizon", "after_event", "at", *LATER])
    return read


def _add_up(progress: Progress, events: list[Event]) -> None:
    if events:
        _count(events, lambda: moved(progress, events))
        _count_bundles([event for event in events if event.name == FINISH])


def _turn_to_ids(progress: Progress) -> int:
    """Where transactions are numbered from the beginning again: what the last moments had left is counted, and from here on the id
    tells old from new."""
    if not began_anew(progress):
        return 0
    last = last_of_earlier(progress)
    _add_up(progress, left := left_of_earlier(progress))
    progress.horizon, progress.after_event = 0, last
    return len(left)


def count_by_id(progress: Progress, last: int) -> int:
    """Everything up to this event, for a count from the beginning: its transactions' numbers may be those of several clusters."""
    read = 0
    while events := up_to(progress, last):
        _add_up(progress, events)
        progress.after_event = events[-1].pk
        read += len(events)
    return read


def _count_from_before(progress: Progress) -> None:
    """What was not kept from the beginning, once. A house that was put back to before a number was kept and came forward again has
    some of it already: that goes first."""
    for flag in LATER:
        if getattr(progress, flag):
            continue
        setattr(progress, flag, True)
        if flag == "bundles":
            BundleCount.objects.all().delete()
            _count_bundles(Event.objects.filter(counted_by(progress), name=FINISH))
            continue
        names, before = OF_A_DAY[flag]
        DayCount.objects.filter(name__in=names).delete()
        add(DayCount, before(progress))


def _converted_before(progress: Progress) -> Counter:
    return converted(Event.objects.filter(counted_by(progress), name__in=[PASSES, *ACCEPTS]))


# Progress' word that it is done -> the names of the days' counters, and their counting.
OF_A_DAY: dict[str, tuple[Iterable[str], Callable[[Progress], Counter]]] = {
    "pre_checks": (CONVERTED, _converted_before),
    "terminated": (("terminated",), terminated_before),
    "channels": (FROM.values(), lambda progress: received_before(progress, moved(progress))),
    "runs": (RAN, served_before),
    "beyond": ((BEYOND,), beyond_before),  # after the runs, which bring it along
    "instant": (("instant",), decided_before),
}
LATER = ("bundles", *OF_A_DAY)


def count(events: list[Event]) -> None:
    """What these events, all of them of cases that began with them, change in the counters. `rollup` is not told."""
    _count(events, lambda: [event for event in reversed(events) if moves(event)])
    _count_bundles([event for event in events if event.name == FINISH])


def pass_over() -> None:
    """Everything that this transaction wrote is counted. Only for who holds the journal's table locked, counted what was
    there before, and adds what its own events change."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        own = cursor.fetchone()[0]
    Progress.objects.update(horizon=own + 1, at=now())


def _count(events: list[Event], moved: Callable[[], list[Event]]) -> None:
    # In the order in which they were written: a transaction that began first may have waited for the light that another turned.
    events = sorted(events, key=lambda event: event.pk)
    places, members = _places(events)
    # Asked after the places: a move that is committed between the two is taken back from where nobody saw it yet, which changes nothing.
    for event in moved():  # the newest first: back to where everything stood before the first of these events
        if place := places.get(event.root_id):
            places[event.root_id] = place._replace(departments=event.facts["before"])
        if (pk := event.facts.get("member")) in members:
            members[pk] = (members[pk][0], event.facts["left"], members[pk][2])
    days: Counter = Counter()
    gauges: Counter = Counter()
    opened = {row.pk: row for row in OpenMember.objects.filter(pk__in=members.keys() | _clock_subjects(events))}
    known = set(opened)
    for event in events:
        if event.name == REROUTE:
            _reroute(event, places, members, opened, days, gauges)
            continue
        if moves(event):
            _regroup(event, places, days, gauges)
        _count_application(event, places, days, gauges)
        _count_member(event, members, opened, days, gauges)
        _count_light(event, opened, gauges)
    _save_open(opened, known)
    days.update(converted(events))
    ran, of_each = counted(events, members)
    days.update(ran)
    days.update(instant.counted(events, members))
    keep(of_each)
    add(DayCount, days)
    add(Gauge, gauges)
    add(FinishedDays, spent(events))


class Place(NamedTuple):
    """Where a case is counted, and how it came in."""

    node: str
    departments: list[str]
    channel: str


def _places(events: Iterable[Event]) -> tuple[dict[str, Place], dict[int, tuple[str, str, date | None]]]:
    """Where applications and members belong: by the application's id, and {member id: (node, department, due)}."""
    applications = {event.root_id for event in events if event.root_type == "application"}
    members = {int(event.subject_id) for event in events if event.subject_type == "member"}
    members |= {event.facts["member"] for event in events if event.name == REROUTE}
    places = {
        str(pk): Place(*place)
        for pk, *place in Application.objects.filter(pk__in=applications).values_list(
            "pk", "node_id", "departments", "channel"
        )
    }
    belonging = {
        pk: (node, department, due)
        for pk, node, department, due in Member.objects.filter(pk__in=members).values_list(
            "pk", "application__node_id", "department_id", "due_on"
        )
    }
    return places, belonging


def _clock_subjects(events: Iterable[Event]) -> set[int]:
    return {pk for event in events if (pk := _decided_member(event)) is not None}


def _decided_member(event: Event) -> int | None:
    """The member whose decision clock this event is about."""
    if event.name in SETS_LIGHT:
        return int(event.subject_id)
    if event.name not in TURNS or event.facts.get("kind") != "decision":
        return None
    kind, _, pk = event.facts["about"].partition(":")
    return int(pk) if kind == "member" else None


def _count_application(event: Event, places, days: Counter, gauges: Counter) -> None:
    if event.subject_type != "application" or event.root_id not in places:
        return
    node, departments, channel = places[event.root_id]
    names = _names(event, channel)
    for department in ("", *departments):
        for name in names:
            days[_day(event), node, department, name] += 1
        if event.name in BEFORE:
            gauges[node, department, "checking"] += 1
        elif event.name in LEAVES_BEFORE and event.from_state in Application.BEFORE_ACCEPTANCE:
            gauges[node, department, "checking"] -= 1


def _names(event: Event, channel: str) -> list[str]:
    """The names under which a day counts an event of a case."""
    name = OF_APPLICATION.get(event.name)
    return [name] * bool(name) + [FROM[channel]] * (event.name == RECEIVE)


def _day(event: Event) -> date:
    """The day on which the lists have it: what is accepted, decided or served may be dated back (by the law's silence, to the
    supplement that was complete, to the courier's slip)."""
    on = event.facts.get("on") if event.name in DATED else None
    return date.fromisoformat(on) if on else beijing_date(event.at)


def _reroute(event: Event, places, members, opened: dict[int, OpenMember], days: Counter, gauges: Counter) -> None:
    """The case leaves one department for another: what it counted there goes with it, as its rows do."""
    pk, department = event.facts["member"], event.facts["department"]
    node = places[event.root_id].node
    members[pk] = (node, department, members[pk][2])
    if row := opened.get(pk):
        for name in ("open", *([row.light] if row.light in LIGHTS else [])):
            gauges[row.node, row.department, name] -= 1
            gauges[row.node, department, name] += 1
        row.department = department
    _regroup(event, places, days, gauges)


def _regroup(event: Event, places, days: Counter, gauges: Counter) -> None:
    """What was counted of the case for departments that it leaves goes to those that it comes to."""
    node, before, channel = place = places[event.root_id]
    after = event.facts["after"]
    places[event.root_id] = place._replace(departments=after)
    steps = [*((code, -1) for code in set(before) - set(after)), *((code, 1) for code in set(after) - set(before))]
    if not steps:
        return
    for earlier in Event.objects.filter(chain=event.chain, seq__lt=event.seq, name__in=OF_APPLICATION):
        for code, step in steps:
            for name in _names(earlier, channel):
                days[_day(earlier), node, code, name] += step
    if event.name == "application.correct":  # it is mended before acceptance only
        for code, step in steps:
            gauges[node, code, "checking"] += step


def _count_member(event: Event, members, opened: dict[int, OpenMember], days: Counter, gauges: Counter) -> None:
    if event.subject_type != "member":
        return
    pk = int(event.subject_id)
    node, department, due = members[pk]
    day = _day(event)
    # An envelope came and nothing was served by it, or what was made anew was given: the decision was served before.
    uncounted = event.facts.get("void") or event.facts.get("again")
    name = None if uncounted else OF_MEMBER.get(event.name)
    for scope in ("", department):
        if name:
            days[day, node, scope, name] += 1
        if event.name == TAKE_BACK and not uncounted:
            days[day, node, scope, "collected"] -= 1
        if event.name in DECIDES:
            days[day, node, scope, "decided"] += 1
            late = due is not None and date.fromisoformat(event.facts["on"]) > due
            days[day, node, scope, "late" if late else "on_time"] += 1
    if event.name in OPENS:
        opened[pk] = OpenMember(member_id=pk, node=node, department=department)
        _gauge(gauges, opened[pk], "open", 1)
    elif event.name in ENDS and pk in opened:
        row = opened[pk]
        _gauge(gauges, row, "open", -1)
        if row.light in LIGHTS:
            _gauge(gauges, row, row.light, -1)
        row.light = "gone"


def _count_light(event: Event, opened: dict[int, OpenMember], gauges: Counter) -> None:
    row = opened.get(_decided_member(event) or 0)
    if row is None or row.light == "gone":
        return
    light = TURNS.get(event.name) or event.facts.get("light") or row.light
    if row.light in LIGHTS:
        _gauge(gauges, row, row.light, -1)
    row.light = light
    if light in LIGHTS:
        _gauge(gauges, row, light, 1)


def _count_bundles(events: Iterable[Event]) -> None:
    """A one-thing that is done changes no more: its rows tell what it saved."""
    done = [int(event.root_id) for event in events]
    if done:
        add(BundleCount, measured(done))


def _gauge(gauges: Counter, row: OpenMember, name: str, step: int) -> None:
    gauges[row.node, "", name] += step
    gauges[row.node, row.department, name] += step


def _save_open(opened: dict[int, OpenMember], known: set[int]) -> None:
    gone = [pk for pk, row in opened.items() if row.light == "gone"]
    OpenMember.objects.filter(pk__in=[pk for pk in gone if pk in known]).delete()
    OpenMember.objects.bulk_create(
        [row for row in opened.values() if row.light != "gone"],
        update_conflicts=True,
        unique_fields=["member_id"],
        update_fields=["light", "node", "department"],
    )


def add(model: type, sums: Counter) -> None:
    """value = value + step, for all counters of the model in one statement; `sums`: {its KEYS: step}."""
    keys = KEYS[model]
    rows = [(*key, step) for key, step in sorted(sums.items(), key=str) if step]
    if not rows:
        return
    columns = ", ".join((*keys, "value"))
    places = ", ".join(["(" + ", ".join(["%s"] * (len(keys) + 1)) + ")"] * len(rows))
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) VALUES {places}"  # noqa: S608
            f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET value = {table}.value + EXCLUDED.value",
            [value for row in rows for value in row],
        )
