"""A timeline tells the same whatever the order of loading; the oracle writes every day down."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from apps.catalog.timeline import CREATED, NEW_VERSION, UNCHANGED, Slot, Timeline

DAY = date(2017, 1, 1)


def day(number: int) -> date:
    return DAY + timedelta(days=number)


def state(line: Timeline, start: int, content: str, end: int | None = None) -> str:
    stated_end = None if end is None else day(end)
    return line.state(Slot(day(start), stated_end, f"{content}/{end}", {"is": content}))


def told(line: Timeline, days=range(40)) -> list[str]:
    return [(line.holder(day(number)) or Slot(DAY, None, "", {"is": "-"})).content["is"] for number in days]


def test_a_later_start_closes_the_version_before():
    line = Timeline()
    assert state(line, 0, "x") == CREATED
    assert state(line, 10, "y") == NEW_VERSION
    assert line.last_day(line.slots[0]) == day(9)
    assert line.last_day(line.slots[1]) is None
    assert told(line, (0, 9, 10)) == ["x", "x", "y"]


def test_a_closed_version_does_not_come_back():
    line = Timeline()
    state(line, 0, "x")
    state(line, 10, "y", end=12)
    assert told(line, (9, 12, 13)) == ["x", "y", "-"]


def test_stating_again_what_holds_changes_nothing():
    line = Timeline()
    state(line, 0, "x")
    assert state(line, 5, "x") == UNCHANGED
    assert state(line, 0, "x") == UNCHANGED
    assert len(line.slots) == 1


def test_what_was_stated_for_later_survives_a_load_from_between():
    line = Timeline()
    state(line, 0, "x")
    state(line, 20, "x")
    assert state(line, 10, "y") == NEW_VERSION
    assert told(line, (0, 9, 10, 19, 20, 30)) == ["x", "x", "y", "y", "x", "x"]


def test_a_correction_replaces_the_version_of_that_day():
    line = Timeline()
    state(line, 0, "x")
    line.added.clear()
    assert state(line, 0, "z") == NEW_VERSION
    assert [slot.content["is"] for slot in line.replaced] == ["x"]
    assert told(line, (0,)) == ["z"]


statements = st.lists(st.tuples(st.integers(0, 30), st.sampled_from("xyz")), min_size=1, max_size=7)


@given(statements)
def test_the_latest_word_for_each_start_decides_and_order_does_not(rows):
    """With open ends: on every day the newest start at or before it decides; of one start the last word."""
    line = Timeline()
    for start, content in rows:
        before = told(line)
        outcome = state(line, start, content)
        assert (outcome == UNCHANGED) == (before == told(line))
    latest = dict(rows)
    wanted = []
    for number in range(40):
        starts = [start for start in latest if start <= number]
        wanted.append(latest[max(starts)] if starts else "-")
    assert told(line) == wanted


@given(statements)
def test_no_two_versions_hold_on_a_day(rows):
    line = Timeline()
    for start, content in rows:
        state(line, start, content)
    spans = [(slot.start, line.last_day(slot) or date.max) for slot in line.slots]
    assert all(start <= end for start, end in spans)
    assert all(one[1] < two[0] for one, two in pairwise(spans))
