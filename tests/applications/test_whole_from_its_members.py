"""What a whole shows, from its members alone (K9): the day, the light, opinions that go apart, what may be handed out.
Without a database: each line of these rules by itself."""

from datetime import date
from types import SimpleNamespace

import pytest

from apps.applications import whole
from apps.applications.models import IssueMode, Job, Member

S = Member.State
EARLY, LATE = date(2018, 3, 15), date(2018, 3, 28)


def member(code: str, state: str, **more) -> SimpleNamespace:
    given = {"due_on": None, "light": "green", "decision": "", "revoked_on": None} | more
    return SimpleNamespace(code=code, pk=ord(code), name=f"{code}项", state=state, **given)


@pytest.mark.parametrize(
    ("members", "latest"),
    [
        ([], None),
        ([member("a", S.IN_REVIEW, due_on=LATE), member("b", S.IN_REVIEW, due_on=EARLY)], LATE),
        ([member("a", S.IN_REVIEW, due_on=LATE), member("b", S.WAITING)], None),  # nobody knows its day
        ([member("a", S.PAUSED), member("b", S.IN_REVIEW, due_on=EARLY)], None),
        ([member("a", S.WITHDRAWN, due_on=LATE), member("b", S.IN_REVIEW, due_on=EARLY)], EARLY),
        ([member("a", S.NOT_STARTED), member("b", S.GRANTED, due_on=EARLY)], EARLY),
    ],
)
def test_the_latest_member_is_the_day_of_all_and_a_promise_of_the_whole_may_be_earlier(members, latest):
    assert whole.latest_due(members) == whole.due(members, None) == latest
    assert whole.due(members, date(2018, 3, 1)) == date(2018, 3, 1)
    assert whole.due(members, date(2018, 4, 1)) == (latest or date(2018, 4, 1))


def test_the_worst_light_of_what_is_undecided_and_of_the_whole():
    open_ones = [member("a", S.IN_REVIEW), member("b", S.ACCEPTED_WITH_GAP, light="yellow"), member("c", S.PAUSED)]
    over = [member("d", S.GRANTED, light="red"), member("e", S.WITHDRAWN, light="overdue"), member("f", S.WAITING, light="red")]
    assert whole.light([]) == "green" and whole.light(over) == "green" and whole.light([*open_ones, *over]) == "yellow"
    assert whole.light(open_ones, "red") == "red" and whole.light(open_ones, "green") == "yellow"
    assert whole.light([member("a", S.IN_REVIEW, light="overdue")], "red") == "overdue"


def test_opinions_go_apart_within_a_stage_as_decided_or_as_the_head_is_asked():
    a, b, c = (member(code, S.IN_REVIEW) for code in "abc")
    job = lambda of, word, state=Job.State.CONCLUDED: SimpleNamespace(member_id=of.pk, state=state, recommendation=word)  # noqa: E731
    side_by_side, one_by_one = [["a", "b", "c"]], [["a"], ["b"], ["c"]]
    apart = lambda stages, *jobs: whole.apart(stages, [a, b, c], jobs)  # noqa: E731
    assert apart(side_by_side, job(a, "grant"), job(b, "refuse")) == {"grant": [a], "refuse": [b]}
    assert apart(one_by_one, job(a, "grant"), job(b, "refuse")) == apart(side_by_side, job(a, "grant"), job(b, "grant")) == {}
    assert apart(side_by_side, job(a, "grant"), job(b, "refuse", Job.State.IN_HAND)) == {}
    a.decision = "refused"  # decided otherwise than was recommended
    assert apart(side_by_side, job(a, "grant"), job(b, "grant"), job(c, "refuse")) == {"refuse": [a, c], "grant": [b]}
    assert apart([["a", "gone"]], job(a, "grant")) == {}


def test_what_is_together_waits_for_what_is_still_to_come_to_the_desk():
    revoked = {"revoked_on": EARLY}
    coming = [member("a", S.WAITING), member("b", S.IN_REVIEW), member("c", S.GRANTED), member("d", S.SEALED), member("e", S.REFUSED)]
    there = [member("f", S.READY_FOR_ISSUE), member("g", S.COLLECTED), member("h", S.WITHDRAWN), member("i", S.GRANTED, **revoked)]
    there.append(member("j", S.READY_FOR_ISSUE, **revoked))
    assert whole.unfinished([*there, *coming]) == coming
    row = SimpleNamespace(issue=IssueMode.TOGETHER)
    assert whole.waits_for(row, [*there, coming[1], coming[2]]).endswith("还在等：b项、c项。") and whole.waits_for(row, there) == ""
    assert whole.waits_for(row, [there[0], coming[0]]) and whole.waits_for(row, coming[:1]) == ""  # alone it waits for nobody
    assert whole.waits_for(SimpleNamespace(issue=IssueMode.AS_READY), [*there, *coming]) == ""
