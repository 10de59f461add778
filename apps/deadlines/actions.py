"""Writes of time: clocks start, stop, change their light, and move when the calendar changes."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import takewhile
from time import monotonic
from typing import Any

from django.db import connection, models

from apps.journal.actor import SYSTEM, Actor
from apps.journal.door import Action, action
from apps.journal.models import Event
from apps.journal.writing import Part
from apps.kit.days import day_cn
from apps.kit.errors import Refused
from apps.kit.prepared import execute
from apps.kit.rows import fresh
from apps.kit.time import now, today

from .engine.counting import CALENDAR_DAYS, WORKING, Limit
from .models import Clock, Edition, Intervals, LocalException, Pause, Recount
from .queries import Shelf, demand_year, shelf, shelf_held
from .queries_clocks import measure, touched_clocks


@dataclass(frozen=True, slots=True)
class ClockSpec:
    """What a clock is about. `legal` and `promised`: {"days", "unit"} (as the catalogue has it) or None.

    With neither, `due_on` is the day that was told in writing, which no calendar moves; `facts["counted"]` = the working
    days from which it was counted, for the explanation. `facts["told"]` beside a limit = the day that was told of it in writing: a
    changed calendar makes it later, never earlier.
    """

    kind: str
    subject: models.Model
    root_id: int
    region: str
    started_on: date
    department: str | None = None
    legal: dict | None = None
    promised: dict | None = None
    due_on: date | None = None
    facts: dict | None = None


def by_law(act: Action, code: str, *, on: date, **about) -> ClockSpec:
    """A clock whose length is the statute book's row of that code on the starting day; `about` as in ClockSpec."""
    rule = shelf_held(act).rule(code, on)
    return ClockSpec(started_on=on, legal={"days": rule.value, "unit": rule.unit}, **about)


def start_clocks(act: Action, specs: Iterable[ClockSpec]) -> list[Clock]:
    """All of them with the action's other rows, in the given order. Dates come from the calendar of each clock's node."""
    clocks = [_clock(spec) for spec in specs]
    if clocks:
        found = shelf_held(act)
        _join_member(clocks)
        for clock in clocks:
            set_dates(clock, found)
            clock.next_change_at = next_moment(clock)
        act.add(*clocks)
    return clocks


def due_dates(act: Action, specs: Iterable[ClockSpec]) -> list[date | None]:
    """The days on which these clocks would be due, for subjects that are not stored yet. Writes nothing."""
    found = shelf_held(act)
    return [measure(_clock(spec), found).due_on for spec in specs]


def _clock(spec: ClockSpec) -> Clock:
    if spec.legal is None and spec.promised is None and spec.due_on is None:
        raise ValueError(f"a {spec.kind} clock needs a limit or a day")
    return fresh(
        Clock,
        kind=Clock.Kind(spec.kind),
        subject_type=spec.subject._meta.model_name,
        subject_id=spec.subject.pk,
        root_id=spec.root_id,
        region=spec.region,
        department=spec.department or "",
        started_on=spec.started_on,
        legal=_limit(spec.legal),
        promised=_limit(spec.promised),
        due_on=spec.due_on,
        facts=spec.facts or {},
    )


def name_of(subject: models.Model) -> str:
    """ "member:12" """
    return f"{subject._meta.model_name}:{subject.pk}"


def _limit(given: dict | None) -> dict[str, Any] | None:
    if given is None:
        return None
    if given["unit"] not in (WORKING, CALENDAR_DAYS) or given["days"] < 0:
        raise ValueError(f"not a limit: {given}")
    limit = Limit(given["days"], given["unit"])
    return {"n": limit.n, "unit": limit.unit}


def next_moment(clock: Clock) -> datetime | None:
    return clock.moment_after(clock.light) if clock.state != Clock.State.STOPPED else None


def _join_member(clocks: list[Clock]) -> None:
    """A step that begins while its member is in a special procedure stands still with it, and may last as long as the extended
    promise."""
    steps = [clock for clock in clocks if clock.kind == Clock.Kind.STEP]
    if steps:
        rows = Clock.objects.with_intervals().filter(
            root_id__in={clock.root_id for clock in steps}, kind=Clock.Kind.DECISION
        )
        known = {row.about: row.intervals for row in rows.order_by("pk")}
        for clock in steps:
            held = known.get(clock.about, Intervals())
            clock.intervals = Intervals(held.pauses)
            if held.extension:
                clock.stretch(held.extension)


def set_dates(clock: Clock, found: Shelf) -> None:
    """Its dates, days left and state by limits, pauses and extension; light and next moment are the caller's."""
    measured = measure(clock, found)
    for name, value in measured.as_columns().items():
        setattr(clock, name, value)
    clock.state = Clock.State.PAUSED if measured.paused else Clock.State.RUNNING


@cache
def _stop(place: int) -> Part:
    return Part(
        f"""asked_{place} AS (
            SELECT %s::date AS day, %s::bigint AS root, %s::text[] AS kinds, %s::text[] AS subjects
        ), stopped_{place} AS (
            UPDATE {Clock._meta.db_table} c SET state = 'stopped', stopped_on = greatest(day, started_on), next_change_at = NULL,
                outcome = CASE
                    WHEN legal_due < day THEN 'overdue_legal'
                    WHEN coalesce(promised_due, due_on) < day THEN 'overdue_promised'
                    ELSE 'on_time' END
            FROM asked_{place}
            WHERE root_id = root AND state <> 'stopped' AND (kinds IS NULL OR kind = ANY(kinds))
                AND (subjects IS NULL OR subject_type || ':' || subject_id = ANY(subjects))
            RETURNING kind, subject_type, subject_id
        ), ended_{place} AS (
            UPDATE {Pause._meta.db_table} p SET ended_on = greatest(day, p.started_on, p.notified_on)
            FROM stopped_{place} s, asked_{place}
            WHERE p.root_id = root AND p.ended_on IS NULL AND s.kind = 'decision'
                AND p.subject_type = s.subject_type AND p.subject_id = s.subject_id
        )"""  # noqa: S608  (names only)
    )


def stop_clocks(
    act: Action,
    *,
    root_id: int,
    on: date,
    kinds: Sequence[str] | None = None,
    subjects: Iterable[models.Model] | None = None,
    with_the_rest: bool = False,
) -> None:
    """Stop what still runs on a case (of these kinds, on these subjects), in one statement.

    A clock that this action has started itself goes on. `outcome` of each: on_time, overdue_promised or overdue_legal (K11). A
    special procedure that is still open ends with the decision clock of its subject. `with_the_rest`: by the statement that writes
    the action's rows; for those who neither read nor start such a clock until then.
    """
    named = None if subjects is None else [name_of(subject) for subject in subjects]
    values = [on, root_id, None if kinds is None else list(kinds), named]
    if with_the_rest:
        act.beside(_stop, values)
        return
    with connection.cursor() as cursor:
        execute(cursor, "stop clocks", f"WITH {_stop(0).sql} SELECT count(*) FROM stopped_0", values)  # noqa: S608


MOVING = ("light", "next_change_at")


def sweep(batch: int = 100) -> int:
    """Move every clock whose moment has passed; returns how many.

    1. Take the next batch of passed moments, skipping what another sweep holds.
    2. Each clock takes on the light of today, however late we are; a light passed over unseen is not announced.
    3. Write all lights and next moments in one statement, all announcements in one more.
    4. Commit, and go on while batches come full.

    The cost follows what is due: clocks that wait are never read. A second sweep finds the moments already moved.
    """
    moved = 0
    while True:
        taken = _sweep_batch(batch)
        moved += taken
        if taken < batch:
            return moved


def _sweep_batch(batch: int) -> int:
    with action(SYSTEM) as act:
        passed = Clock.objects.filter(next_change_at__lte=now()).order_by("next_change_at")
        clocks = list(passed.select_for_update(skip_locked=True)[:batch])
        for clock in clocks:
            act.adopt(clock)
            verb = clock.advance()
            act.save(clock, *MOVING)
            if verb:
                announce(act, clock, verb)
    return len(clocks)


def announce(act: Action, clock: Clock, verb: str) -> None:
    """The event of a light that has turned, for cards and for the law's consequences; the clock is locked."""
    act.adopt(clock)
    act.as_system().record(clock, verb, **_story(clock), due_on=clock.due_on or clock.ran_out_on)


def _story(clock: Clock) -> dict[str, Any]:
    """What a listener needs to find the case; who they are about stands there, not here."""
    return {
        "kind": clock.kind,
        "root": clock.root_id,
        "about": f"{clock.subject_type}:{clock.subject_id}",
        "region": clock.region,
        "department": clock.department,
    }


MEASURED = (
    "legal_due",
    "promised_due",
    "due_on",
    "legal_left",
    "promised_left",
    "provisional",
    "yellow_on",
    "red_on",
)


def open_recount(
    first: date, last: date, *, region: str = "", why: str = "", event: Event | None = None
) -> Recount | None:
    """Ask for a new count of every open clock that passes through first..last, at the node and below ("" = everywhere).

    `why` is told to those whose days move. None when this event has asked already.
    """
    asked = {"first": first, "last": last, "region": region, "why": why[:300]}
    if event is None:
        return Recount.objects.create(**asked)
    row, fresh = Recount.objects.get_or_create(event=event, defaults=asked)
    return row if fresh else None


def recount(batch: int = 500, seconds: float = 300) -> int:
    """Do what changes of the calendar have asked for; returns how many clocks' days moved.

    1. Take the oldest unfinished recount that no other worker holds.
    2. Count its next batch of clocks again, in a transaction of its own that also says how far it came.
    3. One event `clock.recompute` with the old and the new days for each whose days changed; a light that is now too
       dark goes back at once, a darker one is announced by the next sweep.
    4. Go on until nothing is left, or until `seconds` have passed: the next tick goes on from there, as after a kill.
    """
    moved, until = 0, monotonic() + seconds
    while (step := _recount_batch(batch)) is not None:
        moved += step
        if monotonic() > until:
            break
    return moved


def _recount_batch(batch: int) -> int | None:
    with action(SYSTEM) as act:
        row = Recount.objects.select_for_update(skip_locked=True).filter(finished_at=None).order_by("pk").first()
        if row is None:
            return None
        touched = touched_clocks(row.first, row.last, row.region)
        if row.total is None:
            row.total = touched.count()
        held = _hold(touched.filter(pk__gt=row.after).order_by("pk").values_list("pk", flat=True), batch)
        # Asked when all are locked: a statement that had to wait shows pauses and extensions as they were before it waited, and a
        # calendar that was published meanwhile is counted by here or by its own recount, which waits for these rows.
        clocks, found = list(Clock.objects.with_intervals().filter(pk__in=held).order_by("pk")), shelf()
        moved = sum([_recount(act, clock, found, row) for clock in clocks])
        row.done, row.moved = row.done + len(clocks), row.moved + moved
        row.after = clocks[-1].pk if clocks else row.after
        row.finished_at = None if len(clocks) == batch or touched.filter(pk__gt=row.after).exists() else now()
        row.save()
    return moved


def _hold(keys: models.QuerySet, batch: int) -> list[int]:
    """The next of these clocks, locked. It waits for the first alone, with no other in hand, and what somebody has behind that is left to
    the next batch: who ends a case takes its clocks in an order of his own, and one of two who held what the other wanted was refused."""
    first = keys.select_for_update().first()
    if first is None:
        return []
    keys = keys.filter(pk__gte=first)
    wanted, free = list(keys[:batch]), set(keys.select_for_update(skip_locked=True)[:batch])
    return list(takewhile(free.__contains__, wanted))


def _recount(act: Action, clock: Clock, found: Shelf, cause: Recount) -> bool:
    old = {name: getattr(clock, name) for name in (*MEASURED, "light")}
    set_dates(clock, found)
    clock.light = min(clock.light, clock.light_on(today()), key=Clock.RISING.index)
    changed = {name: value for name, value in old.items() if getattr(clock, name) != value}
    if not changed:
        return False
    clock.next_change_at = next_moment(clock)
    act.adopt(clock)
    act.save(clock, *MEASURED, *MOVING)
    told = {name: value for name, value in changed.items() if name not in ("yellow_on", "red_on")}
    if told:
        new = {name: getattr(clock, name) for name in told}
        about = {"due_on": clock.due_on, "light": clock.light, "why": cause.why, "recount": cause.pk}
        act.record(clock, "recompute", **_story(clock), old=told, new=new, **about)
    return bool(told)


def set_exception(*, by: Actor, region: str, day: date, working: bool, reason: str) -> LocalException:
    """Register that a node (region "": every node) opens or closes that day against the arrangement, and why.

    Replaces an earlier one of the same day. Clocks are counted again by the listener of `localexception.register`. Raises Refused without
    a reason.
    """
    if not (why := _within_a_sentence(reason)):
        raise Refused("exception.reason", "请写明原因，例如“台风‘泰利’停业”。", "reason")
    with action(by) as act:
        exception = LocalException(region=region, day=day, working=working, reason=why)
        act.allow("register", exception)
        new_edition(act)
        demand_other_day(exception)
        earlier = LocalException.objects.filter(region=region, day=day, withdrawn=False).first()
        if earlier is not None:
            _withdraw(act, act.lock(LocalException, earlier.pk), f"改为：{exception.reason}")
        act.create(exception)
        act.record(exception, "register", region=region, day=day, working=working, reason=exception.reason)
    return exception


def demand_other_day(exception: LocalException) -> None:
    """It changes a day of a calendar that can be looked at. Raises Refused."""
    day = exception.day
    demand_year(day)
    if shelf().calendar(exception.region).is_working_day(day) == exception.working:
        already = "本来就上班" if exception.working else "本来就不上班"
        raise Refused("exception.same", f"{day_cn(day)}{already}，不用登记。", "day")


def withdraw_exception(*, by: Actor, exception: int, reason: str) -> LocalException:
    """Take a local exception back, with the reason. Raises NotYours, Forbidden, and Refused when it is already withdrawn."""
    with action(by) as act:
        new_edition(act)
        row = act.lock(LocalException, exception)
        act.allow("withdraw", row)
        if not (why := _within_a_sentence(reason)):
            raise Refused("exception.reason", "请写明为什么撤销。", "reason")
        if row.withdrawn:
            raise Refused("exception.withdrawn", "这条本地例外已经撤销。", "exception")
        _withdraw(act, row, why)
    return row


def _within_a_sentence(reason: str) -> str:
    """Every explanation of a day and every message that one moved tells it in the midst of its own sentence."""
    return reason.strip().rstrip("。")


def _withdraw(act: Action, row: LocalException, reason: str) -> None:
    # Written at once: a new exception of the same day may follow in this action.
    row.withdrawn = True
    row.save(update_fields=["withdrawn"])
    act.record(row, "withdraw", region=row.region, day=row.day, working=row.working, reason=reason)


def new_edition(act: Action) -> Edition:
    """Lock the edition, waiting for every action that is starting clocks by the old one, and give it a new number.

    A number is drawn, not counted up: after a restore no cache takes another history's edition for its own.
    """
    Edition.objects.get_or_create(pk=1, defaults={"number": 0})
    edition = act.lock(Edition, 1)
    edition.number = secrets.randbits(62)
    act.save(edition, "number")
    return edition
