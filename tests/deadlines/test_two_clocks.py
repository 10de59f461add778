"""Law and promise together, as a clock asks for them: properties on any dates, and a recount by somebody else's calendars."""

from dataclasses import asdict
from datetime import date, timedelta

import chinese_calendar
import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.deadlines.engine.counting import CALENDAR_DAYS, WORKING, Limit, Pause
from apps.deadlines.engine.decision import LATE, OVER_CAP, SECOND, UNTOLD, Extension, decide_by
from apps.deadlines.models import Clock
from apps.deadlines.queries import shelf
from apps.deadlines.queries_clocks import measure
from tests.full import FULL, full

from .conftest import CALENDAR

ONE = timedelta(1)
CHINA = holidays.country_holidays("CN", years=range(2017, 2027))
seeded = settings(max_examples=full(50, 1500), derandomize=not FULL, deadline=None, database=None)

STARTS = st.dates(date(2017, 1, 1), date(2025, 6, 30))
LIMITS = st.builds(Limit, st.integers(0, 90), st.sampled_from([WORKING, WORKING, CALENDAR_DAYS]))
OPTIONAL = st.one_of(st.none(), LIMITS)


@st.composite
def lives(draw):
    """(start, legal, promised, pauses near the clock, extensions): what may befall a case, lawful or not."""
    start = draw(STARTS)
    legal, promised = draw(OPTIONAL), draw(OPTIONAL)
    near = st.integers(-10, 150).map(lambda days: start + timedelta(days))
    pause = st.builds(
        lambda day, length, lawful, notified: Pause(day, day + timedelta(length), "", lawful, notified),
        near,
        st.integers(0, 40),
        st.integers(0, 5).map(bool),
        st.integers(0, 5).map(bool),
    )
    extension = st.builds(Extension, st.integers(1, 15), near, st.integers(0, 3).map(bool))
    limits = (legal, promised) if legal or promised else (Limit(20), promised)
    return start, *limits, draw(st.lists(pause, max_size=4)), draw(st.lists(extension, max_size=3))


def decide(life, *, start=None, **other):
    begin, legal, promised, pauses, extensions = life
    return decide_by(CALENDAR, start or begin, legal, promised, **{"pauses": pauses, "extensions": extensions, **other})


def dates(answer):
    return answer.promised.due, answer.legal and answer.legal.due, answer.effective_due


def recount(start, limit, pauses, works):
    """The due date once more, written from DOMAIN.md K3-K5 and K8 without the engine: a list of days, crossed out."""
    out = {day for p in pauses if p.lawful and p.notified for day in _days(p.start, p.end)}
    day, left = start, limit.n
    while left:
        day += ONE
        left -= day not in out and (limit.unit == CALENDAR_DAYS or works(day))
    while not works(day) or (day in out and not (limit.unit == WORKING and limit.n)):
        day += ONE
    return day


def _days(after, through):
    return {after + timedelta(i) for i in range(1, (through - after).days + 1)}


def test_third_opinion_on_every_day():
    """`holidays` is kept by other people than chinesecalendar; it too covers 2017 to 2026."""
    days = [date(2017, 1, 1) + timedelta(i) for i in range(3652)]
    assert days[-1] == date(2026, 12, 31)
    assert [day for day in days if CALENDAR.is_working_day(day) != CHINA.is_working_day(day)] == []


@seeded
@given(lives())
def test_both_clocks_are_those_of_a_recount_by_another_calendar(life):
    start, legal, promised, pauses, _ = life
    answer = decide(life, extensions=[])
    promise = promised or legal
    for works in (chinese_calendar.is_workday, CHINA.is_working_day):
        assert answer.promised.due == recount(start, promise, pauses, works)
        assert legal is None or answer.legal.due == recount(start, legal, pauses, works)


@seeded
@given(lives())
def test_the_earlier_of_the_two_binds_and_the_outcome_follows(life):
    answer = decide(life)
    promised, legal, effective = dates(answer)
    assert effective == min(day for day in (promised, legal) if day is not None)
    assert answer.outcome(effective) == "on_time"
    after = answer.outcome(effective + ONE)
    assert after == ("overdue_legal" if legal is not None and legal <= effective else "overdue_promised")


@seeded
@given(lives(), st.integers(0, 45))
def test_a_later_start_is_never_due_earlier(life, days):
    """What was approved or paused stays where it is; an extension that comes to life by the later start only helps."""
    before, after = decide(life), decide(life, start=life[0] + timedelta(days))
    assert before.effective_due <= after.effective_due
    assert before.legal is None or before.legal.due <= after.legal.due
    if after.unclamped is None:
        assert before.promised.due <= after.promised.due


@seeded
@given(lives(), st.randoms(use_true_random=False))
def test_pauses_are_their_union_however_they_are_written(life, rng):
    """Shuffled, doubled, cut at any day, or overlapping by any length: the same days are left out."""
    pieces = []
    for pause in life[3]:
        days = (pause.end - pause.start).days
        cut = pause.start + timedelta(rng.randint(0, days))
        overlap = max(pause.start, cut - timedelta(rng.randint(0, 5)))
        pieces += [
            Pause(pause.start, cut, "", pause.lawful, pause.notified),
            Pause(overlap, pause.end, "", pause.lawful, pause.notified),
        ]
    pieces += rng.sample(life[3], len(life[3]) // 2)
    rng.shuffle(pieces)
    assert decide(life) == decide(life, pauses=pieces)


@seeded
@given(lives(), st.integers(1, 9))
def test_a_longer_extension_is_never_due_earlier_and_adds_to_both(life, days):
    def extended(n):
        return decide(life, extensions=[Extension(n, life[0])])

    plain, shorter, longer = decide(life, extensions=[]), extended(days), extended(days + 1)
    for a, b, c in zip(dates(plain), dates(shorter), dates(longer), strict=True):
        # Where the promise alone is later than the law (mixed units), an extension binds it to the law: K7.
        assert a is None or (b <= c and (a <= b or plain.promised.due > plain.legal.due))
    if longer.legal is not None:
        assert longer.promised.due <= longer.legal.due


@seeded
@given(lives())
def test_one_extension_at_most_and_each_other_with_its_first_reason(life):
    answer, plain = decide(life), decide(life, extensions=[])
    rejected = {id(extension): why for extension, why in answer.rejected}
    assert len(rejected) + (answer.granted is not None) == len(life[4])
    for extension in life[4]:
        why = rejected.get(id(extension))
        late, over = extension.approved_on > plain.effective_due, extension.days > 10
        if why == SECOND:
            assert answer.granted is not None and answer.granted.approved_on <= extension.approved_on
        else:
            expected = OVER_CAP if over else LATE if late else UNTOLD if not extension.reason_told else None
            assert why == expected
    if answer.granted is None:
        assert dates(answer) == dates(plain)


@seeded
@given(lives(), st.integers(-5, 160))
def test_an_open_pause_is_the_closed_one_whose_end_is_not_yet_known(life, offset):
    """Closing it on any later day gives each held clock just the days that were left."""
    opened = life[0] + timedelta(offset)
    held = decide(life, extensions=[], pauses=[*life[3], Pause(opened, None)])
    assert held.paused and held.effective_due is None
    end = opened + timedelta(200)
    closed = decide(life, extensions=[], pauses=[*life[3], Pause(opened, end)])
    for open_clock, closed_clock, limit in zip(
        (held.promised, held.legal), (closed.promised, closed.legal), (life[2] or life[1], life[1]), strict=True
    ):
        if open_clock is None:
            continue
        if open_clock.due is not None:
            assert open_clock.due == closed_clock.due <= opened
        else:
            # With nothing left to count the day is that of the roll: the first working day after the pause.
            begin = max(end, life[0]) + timedelta(not open_clock.left)
            rest = [pause for pause in life[3] if pause.end > begin]
            assert closed_clock.due == recount(begin, Limit(open_clock.left, limit.unit), rest, CALENDAR.is_working_day)


@pytest.mark.django_db
def test_a_stored_clock_is_measured_by_the_same_functions(calendars):
    found = shelf()

    @seeded
    @given(lives())
    def check(life):
        start, legal, promised, _, _ = life
        columns = {name: limit and asdict(limit) for name, limit in (("legal", legal), ("promised", promised))}
        clock = Clock(kind="decision", region="330282", started_on=start, **columns)
        measured = measure(clock, found)
        works = chinese_calendar.is_workday
        assert measured.promised_due == recount(start, promised or legal, [], works)
        assert measured.legal_due == (recount(start, legal, [], works) if legal else None)
        assert measured.due_on == min(day for day in (measured.legal_due, measured.promised_due) if day)
        turns = [day for day in (measured.yellow_on, measured.red_on) if day]
        assert turns == sorted(turns) and all(start < day <= measured.due_on and works(day) for day in turns)

    check()
