"""Properties of counting that hold on every calendar, and a second opinion on every day of ten years."""

from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.deadlines.engine.calendar import Arrangement, Calendar, LocalDay
from apps.deadlines.engine.counting import (
    CALENDAR_DAYS,
    WORKING,
    Excluded,
    Limit,
    Pause,
    due,
    months_after,
    plain_days,
    working_days,
)
from apps.deadlines.engine.decision import Extension, decide_by

from .conftest import CALENDAR, VERSIONS

DAYS = st.dates(date(2016, 6, 1), date(2027, 12, 31))
NUMBERS = st.integers(0, 120)
LIMITS = st.builds(Limit, NUMBERS, st.sampled_from([WORKING, CALENDAR_DAYS]))
PAUSES = st.lists(
    st.builds(lambda start, length: Pause(start, start + timedelta(length)), DAYS, st.integers(0, 60)), max_size=4
)


def test_second_opinion_on_every_day():
    day = date(2017, 1, 1)
    differing = []
    while day.year <= 2026:
        if CALENDAR.is_working_day(day) != chinese_calendar.is_workday(day):
            differing.append(day)
        day += timedelta(1)
    assert differing == []


@given(DAYS, st.integers(1, 200))
def test_adding_and_counting_agree(start, n):
    end = working_days(CALENDAR, start, n).due
    assert CALENDAR.count(start, end) == n
    assert CALENDAR.is_working_day(end)
    assert CALENDAR.count(start, end - timedelta(1)) == n - 1


@given(DAYS, st.integers(0, 30), LIMITS, PAUSES)
def test_later_start_is_never_due_earlier(start, later, limit, pauses):
    excluded = Excluded(pauses)
    assert due(CALENDAR, start, limit, excluded).due <= due(CALENDAR, start + timedelta(later), limit, excluded).due


@given(DAYS, LIMITS, PAUSES)
def test_pauses_exclude_their_union_and_never_hasten(start, limit, pauses):
    whole = due(CALENDAR, start, limit, Excluded(pauses))
    assert whole == due(CALENDAR, start, limit, Excluded([*pauses, *reversed(pauses)]))
    assert whole.due >= due(CALENDAR, start, limit).due
    # Day by day: a pause of n days is n pauses of one day each.
    single = [
        Pause(pause.start + timedelta(i), pause.start + timedelta(i + 1))
        for pause in pauses
        for i in range((pause.end - pause.start).days)
    ]
    assert whole == due(CALENDAR, start, limit, Excluded(single))


@given(DAYS, st.integers(1, 60), PAUSES)
def test_working_days_between_are_the_limit_and_the_excluded(start, n, pauses):
    clock = due(CALENDAR, start, Limit(n), Excluded(pauses))
    assert CALENDAR.count(start, clock.due) == n + clock.excluded_working_days


@given(DAYS, LIMITS, PAUSES, DAYS)
def test_open_pause_leaves_a_day_or_days_left(start, limit, pauses, opened):
    clock = due(CALENDAR, start, limit, Excluded([*pauses, Pause(opened, None)]))
    closed = due(CALENDAR, start, limit, Excluded(pauses))
    if closed.due <= opened:
        assert clock == closed
    else:
        assert clock.due is None
        assert 0 <= clock.left <= limit.n


@given(DAYS, NUMBERS)
def test_plain_days_roll_forward_only_over_rest_days(start, n):
    end = plain_days(CALENDAR, start, n).due
    last = start + timedelta(n)
    assert end >= last
    assert CALENDAR.is_working_day(end)
    assert CALENDAR.count(last - timedelta(1), end) == 1


@given(DAYS, st.integers(1, 24))
def test_months_end_on_the_same_day_or_the_month_end(start, n):
    end = months_after(CALENDAR, start, n)
    assert end.last.day == start.day or (end.last + timedelta(1)).day == 1
    assert (end.last.year * 12 + end.last.month) - (start.year * 12 + start.month) == n
    assert end.due >= end.last


@given(DAYS, LIMITS, LIMITS, PAUSES, st.integers(1, 10))
def test_extension_never_lets_the_promise_pass_the_law(start, legal, promised, pauses, days):
    plain = decide_by(CALENDAR, start, legal, promised, pauses=pauses)
    longer = decide_by(CALENDAR, start, legal, promised, pauses=pauses, extensions=[Extension(days, start)])
    assert longer.granted is not None
    assert longer.promised.due <= longer.legal.due
    assert longer.legal.due >= plain.legal.due
    assert longer.effective_due >= plain.effective_due


@given(DAYS, NUMBERS)
def test_provisional_only_when_an_unpublished_year_is_asked(start, n):
    clock = working_days(CALENDAR, start, n)
    first = start if n == 0 else start + timedelta(1)
    assert clock.provisional == any(year not in CALENDAR.years for year in range(first.year, clock.due.year + 1))


@pytest.mark.parametrize("version", VERSIONS, ids=lambda v: f"{v.year}-{v.known_from}")
def test_data_of_each_version_is_sane(version):
    assert all(day.weekday() >= 5 for day in version.make_up)
    assert not version.make_up & version.days_off
    assert all(day.year == version.year for day in version.make_up | version.days_off)


def test_a_place_differs_on_its_own_days_and_only_there():
    saturday, sunday, monday = (date(2018, 3, day) for day in (17, 18, 19))
    local = {saturday: LocalDay(True, "集中受理"), monday: LocalDay(False, "台风停业")}
    place = Calendar.known_on(VERSIONS, local=local)
    assert [place.kind(day) for day in (saturday, sunday, monday)] == ["local_open", "weekend", "local_closed"]
    assert [place.reason(day) for day in (saturday, sunday, monday)] == ["集中受理", "", "台风停业"]
    assert place.next_working_day(saturday) == place.previous_working_day(monday) == saturday
    assert place.next_working_day(sunday) == date(2018, 3, 20) and place.count(date(2018, 3, 16), monday) == 1
    assert [place.national.kind(day) for day in local] == ["weekend", "workday"]
    assert CALENDAR.national is CALENDAR and CALENDAR.previous_working_day(sunday) == date(2018, 3, 16)


def test_of_a_year_the_latest_version_that_was_known_counts():
    first, second = (Arrangement(2030, date(2029, month, 20), frozenset(), frozenset()) for month in (11, 12))
    for versions in ([first, second], [second, first]):
        assert Calendar.known_on(versions).arrangement(2030) is second
        assert Calendar.known_on(versions, second.known_from).arrangement(2030) is second
        assert Calendar.known_on(versions, second.known_from - timedelta(1)).arrangement(2030) is first
        assert Calendar.known_on(versions, first.known_from - timedelta(1)).years == []


@pytest.mark.parametrize("limit", [Limit(0), Limit(5), Limit(5, CALENDAR_DAYS), Limit(2, CALENDAR_DAYS)])
def test_nothing_is_left_of_a_clock_that_has_its_day(limit):
    found = due(CALENDAR, date(2018, 3, 15), limit)  # a Thursday: two plain days end on a Saturday and roll
    assert found.due is not None and found.left == 0
