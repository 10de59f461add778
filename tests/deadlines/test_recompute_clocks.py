"""A calendar that changes moves the days of open clocks, one event each, and only of those it touches."""

import threading
from datetime import date

import pytest
import yaml
from django.core.management import call_command
from django.db import connection, transaction

from apps.deadlines.actions import (
    open_recount,
    recount,
    set_exception,
    start_clocks,
    stop_clocks,
    sweep,
    withdraw_exception,
)
from apps.deadlines.handlers import recompute_for_calendar, recompute_for_exception
from apps.deadlines.models import Clock, Extension, LocalException, Recount
from apps.deadlines.pausing import case_clocks, extend_clock
from apps.deadlines.queries import calendar
from apps.deadlines.queries_clocks import touched_clocks
from apps.deadlines.queries_past import explain_clock
from apps.journal.actor import SYSTEM, Actor, PostFacts
from apps.journal.anchoring import verify
from apps.journal.delivering import deliver_one
from apps.journal.door import action
from apps.journal.models import Delivery, Event
from apps.kit.errors import Forbidden, NotYours, Refused
from tests.people import nothing_written
from tests.threads import behind

from .conftest import FIXTURES
from .test_start_clocks import spec, start

pytestmark = pytest.mark.django_db
TYPHOON = {"region": "330225", "day": date(2017, 9, 8), "working": False, "reason": "台风“泰利”停业"}


def recompute(first, last, **more) -> int:
    open_recount(first, last, **more)
    return recount()


def admin(node):
    return Actor("staff", 1, "管理员", posts=(PostFacts(1, "node_admin", node, node),))


@pytest.fixture
def before_amendment(tmp_path, db):
    """The calendar without the notice of 22 March 2019."""
    document = yaml.safe_load((FIXTURES / "calendar.yaml").read_text())
    document["years"] = [row for row in document["years"] if row["year"] != 2019]
    path = tmp_path / "calendar.yaml"
    path.write_text(yaml.safe_dump(document))
    call_command("load_calendars", str(path))


def test_amended_notice_moves_the_due_date_earlier(before_amendment, time_machine):
    time_machine.move_to("2019-03-20T04:00:00Z")
    moved, other = start(spec(1, started_on=date(2019, 4, 24)), spec(2, started_on=date(2019, 3, 20)))
    assert moved.promised_due == date(2019, 5, 2)
    done = start(spec(3, started_on=date(2019, 4, 24)))[0]
    with action(SYSTEM) as act:
        stop_clocks(act, root_id=7, subjects=[spec(3).subject], on=date(2019, 4, 25))

    call_command("load_calendars")
    event = Event.objects.get(name="edition.load", seq=2)
    assert event.facts["years"] == [2019]
    delivery = Delivery.objects.get(event=event, listener="deadlines.recompute")
    assert deliver_one(delivery.pk)
    assert recount() == 1

    for clock in (moved, other, done):
        clock.refresh_from_db()
    assert (moved.promised_due, moved.due_on, moved.legal_due) == (
        date(2019, 4, 30),
        date(2019, 4, 30),
        date(2019, 5, 23),
    )
    assert done.promised_due == date(2019, 5, 2)
    recorded = Event.objects.filter(name="clock.recompute").order_by("pk")
    assert [event.subject_id for event in recorded] == [str(moved.pk)]
    assert recorded[0].facts["old"] == {"promised_due": "2019-05-02", "due_on": "2019-05-02"}
    assert recorded[0].facts["new"] == {"promised_due": "2019-04-30", "due_on": "2019-04-30"}
    verify()


def test_recompute_twice_changes_nothing(before_amendment):
    start(spec(1, started_on=date(2019, 4, 24)))
    call_command("load_calendars")
    event = Event.objects.get(name="edition.load", seq=2)
    recompute_for_calendar(event)
    recount()
    stored = list(Clock.objects.values())
    recompute_for_calendar(event)
    assert recompute(date(2019, 1, 1), date(2019, 12, 31)) == 0
    assert list(Clock.objects.values()) == stored
    assert Event.objects.filter(name="clock.recompute").count() == 1


def test_due_date_that_moved_into_the_past_lapses_at_the_next_sweep(before_amendment, time_machine):
    time_machine.move_to("2019-04-24T04:00:00Z")
    start(spec(1, started_on=date(2019, 4, 24)))
    time_machine.move_to("2019-04-30T17:00:00Z")  # 1 May in Beijing: by the old calendar the last day but one
    sweep()
    call_command("load_calendars")
    recompute(date(2019, 1, 1), date(2019, 12, 31))
    assert Clock.objects.get().light == "red"
    sweep()
    assert Clock.objects.get().light == "overdue"
    assert Event.objects.filter(name="clock.lapse").count() == 1


def test_typhoon_moves_the_clocks_of_its_node_only(calendars, time_machine):
    time_machine.move_to("2017-09-08T04:00:00Z")
    here, there = start(
        spec(1, region="330225", started_on=date(2017, 9, 1)), spec(2, region="330282", started_on=date(2017, 9, 1))
    )
    sweep()
    assert here.promised_due == there.promised_due == date(2017, 9, 8)
    assert Clock.objects.get(pk=here.pk).light == "red"

    set_exception(by=admin("330225"), **TYPHOON)
    event = Event.objects.get(name="localexception.register")
    assert (event.by_name, event.facts["reason"]) == ("管理员", "台风“泰利”停业")
    recompute_for_exception(event)
    assert recount() == 1
    here.refresh_from_db()
    there.refresh_from_db()
    assert (here.promised_due, there.promised_due) == (date(2017, 9, 11), date(2017, 9, 8))
    assert "9月8日（周五）本地停业：台风“泰利”停业，不计" in explain_clock(here)
    # Later days touch one whose promise is over, while the law's days run, and one that stands still and has none.
    Clock.objects.filter(pk=there.pk).update(due_on=None, legal_due=None, promised_due=None)
    assert set(touched_clocks(date(2017, 9, 20), date(2017, 9, 20))) == {here, there}


def test_a_step_moves_with_the_promise_that_began_before_it(calendars):
    """A closed day is registered when it is over: the head's days began after it, but end with the promise."""
    promise = {"from": "2017-09-01", "n": 7, "unit": "working"}
    about = {"region": "330225", "legal": None, "facts": {"step": "决定", "promise": promise}}
    (step,) = start(spec(kind="step", started_on=date(2017, 9, 11), **about))
    assert step.due_on == date(2017, 9, 12)
    set_exception(by=SYSTEM, **TYPHOON)
    assert recompute(TYPHOON["day"], TYPHOON["day"], region="330225") == 1
    step.refresh_from_db()
    assert step.due_on == date(2017, 9, 13)


def test_light_that_went_too_far_goes_back_and_is_announced_again_in_its_time(calendars, time_machine):
    time_machine.move_to("2017-09-01T04:00:00Z")
    (clock,) = start(spec(1, region="330225", started_on=date(2017, 9, 1)))
    time_machine.move_to("2017-09-08T17:00:00Z")
    sweep()
    clock.refresh_from_db()
    assert clock.light == "overdue"

    set_exception(by=SYSTEM, **TYPHOON)
    assert recompute(TYPHOON["day"], TYPHOON["day"], region="330225") == 1
    clock.refresh_from_db()
    assert (clock.light, clock.due_on) == ("red", date(2017, 9, 11))
    told = Event.objects.get(name="clock.recompute").facts
    assert (told["old"]["light"], told["new"]["light"]) == ("overdue", "red")
    time_machine.move_to("2017-09-11T16:00:00Z")
    sweep()
    assert Event.objects.filter(name="clock.lapse").count() == 2


def test_exception_of_a_county_holds_in_its_townships_and_not_elsewhere(calendars):
    set_exception(by=SYSTEM, **TYPHOON)
    days = {
        region: calendar(region=region).is_working_day(TYPHOON["day"])
        for region in ("330225", "330225101", "330225101901", "330282", "330200", "330200-Z1")
    }
    assert [region for region, working in days.items() if not working] == ["330225", "330225101", "330225101901"]
    set_exception(by=SYSTEM, **{**TYPHOON, "region": ""})
    assert not calendar(region="330200-Z1").is_working_day(TYPHOON["day"])
    assert calendar().is_working_day(TYPHOON["day"]) is False
    set_exception(by=SYSTEM, **{**TYPHOON, "region": "330282", "working": True, "reason": "延时服务"})
    assert calendar(region="330282").is_working_day(TYPHOON["day"])


def test_second_exception_of_a_day_replaces_the_first(calendars):
    first = set_exception(by=SYSTEM, **TYPHOON)
    second = set_exception(by=SYSTEM, **{**TYPHOON, "working": True, "reason": "台风转向，照常上班"})
    first.refresh_from_db()
    assert first.withdrawn and not second.withdrawn
    assert calendar(region="330225").is_working_day(TYPHOON["day"])
    verify()


def test_withdrawn_exception_no_longer_counts(calendars):
    exception = set_exception(by=SYSTEM, **TYPHOON)
    with pytest.raises(Refused, match="为什么撤销"):
        withdraw_exception(by=admin("330225"), exception=exception.pk, reason=" ")
    withdraw_exception(by=admin("330225"), exception=exception.pk, reason="台风转向")
    assert calendar(region="330225").is_working_day(TYPHOON["day"])
    recompute_for_exception(Event.objects.get(name="localexception.withdraw"))
    assert Recount.objects.get().why == "2017年9月8日撤销“本地停业”：台风转向"
    with pytest.raises(Refused, match="已经撤销"):
        withdraw_exception(by=SYSTEM, exception=exception.pk, reason="台风转向")
    with pytest.raises(NotYours):
        withdraw_exception(by=SYSTEM, exception=10**9, reason="台风转向")


def test_a_recount_goes_batch_by_batch_and_says_how_far_it_is(calendars, time_machine):
    """Killed or out of time between two batches, the next tick goes on from where it stood."""
    time_machine.move_to("2017-09-01T04:00:00Z")
    start(*(spec(n, region="330225", started_on=date(2017, 9, 1)) for n in range(1, 8)))
    set_exception(by=SYSTEM, **TYPHOON)
    event = Event.objects.get(name="localexception.register")
    for _ in range(2):
        recompute_for_exception(event)
    assert recount(batch=3, seconds=0) == 3
    row = Recount.objects.get()
    assert (row.total, row.done, row.moved, row.finished_at) == (7, 3, 3, None)
    assert row.why == "2017年9月8日本地停业：台风“泰利”停业"
    assert recount(batch=3) == 4
    row.refresh_from_db()
    assert (row.done, row.moved, bool(row.finished_at)) == (7, 7, True)
    assert Event.objects.filter(name="clock.recompute").count() == 7
    assert recount() == 0


def test_an_exception_that_changes_nothing_is_refused(calendars):
    with pytest.raises(Refused, match="本来就不上班"), nothing_written(LocalException):
        set_exception(by=SYSTEM, **{**TYPHOON, "day": date(2017, 9, 9)})
    with pytest.raises(Refused, match="请核对年份"), nothing_written(LocalException):  # it stood in a calendar that no page shows
        set_exception(by=SYSTEM, **{**TYPHOON, "day": date(2107, 9, 7)})


@pytest.mark.parametrize(
    ("actor", "region", "allowed"),
    [
        (admin("330225"), "330225", True),
        (admin("330225"), "330282", False),
        (admin("330225"), "", False),
        (admin("330200"), "330225", True),
        (admin("330200"), "", True),
        (Actor("staff", 2, "窗口", posts=(PostFacts(1, "clerk", "330225", "330225"),)), "330225", False),
        (Actor("person", 3, "张三"), "330225", False),
        (SYSTEM, "", True),
    ],
)
def test_who_may_register_an_exception(calendars, actor, region, allowed):
    events = Event.objects.count()
    if allowed:
        set_exception(by=actor, **{**TYPHOON, "region": region})
        return
    with pytest.raises(Forbidden):
        set_exception(by=actor, **{**TYPHOON, "region": region})
    assert not LocalException.objects.exists()
    assert Event.objects.count() == events


@pytest.mark.django_db(transaction=True)
def test_calendar_is_not_published_behind_the_back_of_a_starting_clock(calendars_for_threads):
    """The publisher waits for an action that has counted by the old calendar, so its recount misses no clock."""
    started, published = threading.Event(), threading.Event()

    def publish():
        try:
            started.wait()
            set_exception(by=SYSTEM, **TYPHOON)
            published.set()
        finally:
            connection.close()

    publisher = threading.Thread(target=publish)
    publisher.start()
    with action(SYSTEM) as act:
        (clock,) = start_clocks(act, [spec(1, region="330225", started_on=date(2017, 9, 1))])
        started.set()
        assert not published.wait(0.5)
    publisher.join()
    assert published.is_set()
    assert recompute(TYPHOON["day"], TYPHOON["day"], region="330225") == 1
    clock.refresh_from_db()
    assert clock.promised_due == date(2017, 9, 11)


@pytest.mark.django_db(transaction=True)
def test_what_is_extended_while_the_recount_waits_for_it_is_counted(calendars_for_threads):
    (clock,) = start(spec(1))
    open_recount(date(2017, 9, 4), date(2017, 9, 30))
    with action(SYSTEM) as act:
        held = case_clocks(act, 7)
        given = {"days": 5, "approved_on": date(2017, 9, 4), "told_on": date(2017, 9, 4), "reason": "需要复核"}
        extend_clock(act, held, held[0], Extension(**given))
        counted = behind(recount)
    assert counted() == 0
    clock.refresh_from_db()
    assert clock.due_on == date(2017, 9, 18)


@pytest.mark.django_db(transaction=True)
def test_a_recount_that_waits_for_a_clock_holds_no_other(calendars_for_threads):
    """Who ends a case stops the newer clock first: he may not find the older one in the hands of who waits for him."""
    older, newer = start(spec(1), spec(2))
    work = open_recount(date(2017, 9, 4), date(2017, 9, 30))
    with transaction.atomic():
        Clock.objects.select_for_update().get(pk=newer.pk)
        counted = behind(recount)
        assert Clock.objects.select_for_update(nowait=True).get(pk=older.pk)
    assert counted() == 0
    work.refresh_from_db()
    assert work.done == 2 and work.finished_at


def test_exception_needs_a_reason(calendars):
    with pytest.raises(Refused) as refused:
        set_exception(by=SYSTEM, **{**TYPHOON, "reason": "  "})
    assert refused.value.field == "reason"
    assert not LocalException.objects.exists()


def test_no_notice_of_the_year_yet_then_published(calendars, tmp_path):
    (clock,) = start(spec(started_on=date(2026, 12, 28)))
    assert (clock.promised_due, clock.provisional) == (date(2027, 1, 5), True)
    year = {"year": 2027, "known_from": "2026-11-25", "days_off": ["2027-01-01", "2027-01-02"], "make_up": []}
    path = tmp_path / "2027.yaml"
    path.write_text(yaml.safe_dump({"years": [year]}))
    call_command("load_calendars", str(path))
    assert recompute(date(2027, 1, 1), date(2027, 12, 31)) == 1
    clock.refresh_from_db()
    assert (clock.promised_due, clock.provisional) == (date(2027, 1, 5), False)
