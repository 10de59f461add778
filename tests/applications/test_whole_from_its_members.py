"""What a whole shows, from its members alone (K9): the day, the light, opinions that go apart, what may be handed out.
Without a database: each line of these rules by itself."""

from datetime import date
from types import SimpleNamespace

import pytest

from apps.applications import whole
from apps.applications.actions import one_thing, settling
from apps.applications.models import IssueMode, Job, Member
from apps.kit.errors import WrongState

S = Member.State
EARLY, LATE = date(2018, 3, 15), date(2018, 3, 28)


def member(code: str, state: str, *after: str, **more) -> SimpleNamespace:
    given = {"due_on": None, "light": "green", "decision": "", "revoked_on": None, "served_on": None, "definition": {"after": list(after)}} | more
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
    assert whole.waits_for(row, [*there, member("k", S.GRANTED, served_on=EARLY)]) == ""  # what he had already is made anew
    assert whole.waits_for(row, [there[0], coming[0]]) and whole.waits_for(row, coming[:1]) == ""  # alone it waits for nobody
    assert whole.waits_for(SimpleNamespace(issue=IssueMode.AS_READY), [*there, *coming]) == ""


GRANTED, REFUSED = {"decision": "granted"}, {"decision": "refused"}


@pytest.mark.parametrize(
    ("members", "outcome"),
    [
        ([member("a", S.SERVED, **GRANTED), member("b", S.GRANTED, **GRANTED)], "granted"),
        ([member("a", S.SERVED, **GRANTED), member("b", S.SEALED, **REFUSED)], "partly_granted"),
        ([member("a", S.SERVED, **GRANTED), member("b", S.WITHDRAWN)], "partly_granted"),
        ([member("a", S.ACCEPTANCE_REVOKED), member("b", S.SEALED, **REFUSED)], "refused"),
        ([member("a", S.ACCEPTANCE_REVOKED), member("b", S.NOT_STARTED)], "revoked"),
        ([member("a", S.WITHDRAWN), member("b", S.TERMINATED)], "terminated"),
    ],
)
def test_how_the_whole_ends(members, outcome):
    assert settling.outcome(members) == outcome


class Hand:
    """What an action's hand is asked to move."""

    def __init__(self):
        self.moves = []

    def as_system(self):
        return self

    def move(self, row, verb, **given):
        self.moves.append((row.code, verb, given["reason"]))
        row.state = S.NOT_STARTED


def test_what_comes_after_a_refusal_is_not_started_down_the_whole_chain():
    a, b, c = member("a", S.REFUSED, **REFUSED), member("b", S.WAITING, "a", "d", "gone"), member("c", S.WAITING, "b", "d")
    others = [member("d", S.GRANTED, **GRANTED), member("e", S.WAITING, "d"), member("f", S.IN_REVIEW, "a"), member("g", S.WAITING, "gone")]
    hand = Hand()
    assert settling._end_successors(hand, [c, b, a, *others]) == [b, c]  # in whatever order they stand
    assert hand.moves == [("b", "not_start", "前一事项未获准予"), ("c", "not_start", "前一事项没有办成")]
    hand, kept, broken = Hand(), {**GRANTED, "cancelled_on": None}, member("a", S.SERVED, revoked_on=EARLY, **GRANTED)
    void = whole.void([broken, member("d", S.SERVED, **kept), member("e", S.SERVED, **(kept | {"cancelled_on": EARLY}))])
    assert [one.code for one in settling._end_successors(hand, [broken, member("b", S.WAITING, "a", "d"), member("c", S.WAITING, "b")], void)] == ["b", "c"]
    assert hand.moves == [("b", "not_start", "前一事项的决定已经撤销"), ("c", "not_start", "前一事项没有办成")]
    assert void["e"] == "前一事项的证照已经注销" and "d" not in void
    assert settling._end_successors(hand, [member("a", S.WITHDRAWN), member("b", S.WAITING, "a")])[0].code == "b"
    assert settling._end_successors(hand, [member("a", S.GRANTED, **GRANTED), member("b", S.WAITING, "a")]) == []


def test_a_successor_is_ready_when_every_predecessor_that_there_is_was_granted():
    a, b = member("a", S.SEALED, **GRANTED), member("b", S.IN_REVIEW)
    waiting = [member("c", S.WAITING, "a"), member("d", S.WAITING, "a", "b"), member("e", S.WAITING, "a", "gone"), member("f", S.WAITING)]
    ready = lambda *members: "".join(one.code for one in settling._ready(list(members)))  # noqa: E731
    assert ready(a, b, *waiting, member("g", S.NOT_STARTED, "a")) == "cef"
    b.decision = "refused"
    assert ready(a, b, *waiting) == "cef"
    b.decision = "granted"
    assert ready(a, b, *waiting) == "cdef"


def test_what_is_taken_along_when_one_item_is_taken_back():
    a, b, c, d = member("a", S.IN_REVIEW), member("b", S.WAITING, "a"), member("c", S.WAITING, "b"), member("d", S.IN_REVIEW, "a")
    whole_one = SimpleNamespace(plan_of=lambda code: next(one for one in (a, b, c, d) if one.code == code).definition)
    along = lambda row, *members: one_thing.taken_along(row, list(members), whole_one)  # noqa: E731
    assert along(a, a, b, c, d) == [b, c] and along(b, a, b, c, d) == [c] and along(d, a, b, c, d) == []
    for row, members in (
        (a, (a, b, c)),  # nothing else runs: then the whole is taken back
        (a, (a, b, c, member("e", S.WITHDRAWN))),
        (member("e", S.GRANTED), (member("e", S.GRANTED), a)),
        (member("e", S.NOT_STARTED), (member("e", S.NOT_STARTED), a)),
    ):
        with pytest.raises(WrongState):
            along(row, *members)
    assert along(a, a, b, c, member("e", S.GRANTED)) == [b, c]  # what was decided stays


def test_only_what_no_other_item_needs_goes_back():
    needed = {"plan": ["a", "b"], "card": ["a"], "photo": ["c"]}
    row = SimpleNamespace(listed=[{"material": code, "needed_by": by} for code, by in needed.items()])
    entries = [SimpleNamespace(code=code) for code in ("plan", "card", "photo", "former")]  # an amended situation asks for it no more
    row.materials = SimpleNamespace(all=lambda: entries)
    going, before = [member(code, S.ACCEPTED) for code in "abc"], member("a", S.WITHDRAWN)
    back = lambda *gone, of=going: [entry.code for entry in one_thing.only_for(row, set(gone), of)]  # noqa: E731
    assert back("a") == ["card", "former"] and back("a", "b") == ["plan", "card", "former"] and back("c") == ["photo", "former"]
    assert back("b", of=[before, *going[1:]]) == ["plan", "former"]  # what stayed for the one when the other was taken back
