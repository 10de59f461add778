"""好差评: one rating an event, by the citizen only, counted at once, without a name where he wishes none."""

from datetime import date

import pytest

from apps.deadlines.models import Clock
from apps.feedback import actions, queries
from apps.feedback.models import Rating, Rectification, Score
from apps.journal.invariants import patrol
from apps.journal.models import Event
from apps.kit.errors import Forbidden, NotYours, Refused, WrongState
from apps.kit.time import today
from tests import make
from tests.people import nothing_written

from .test_set_right import ROWS, bad, rate


def test_a_reason_ticked_twice_is_told_once(case):
    letter = bad(case, tags=["late", "rude", "late"], text="")
    assert (letter.rating.tags, letter.facts) == (["late", "rude"], "没有按期办结；态度生硬")


def test_a_good_rating_is_counted_and_asks_nothing_of_anybody(case):
    row = rate(case, level=1, tags=["fast"], text="")
    assert not Rectification.objects.exists()
    assert queries.scores(today(), today())[0].mean == 100.0
    assert [queries.year_to(date(2026, month, 30)) for month in (11, 12)] == [date(2025, 12, 1), date(2026, 1, 1)]
    assert (row.node, row.department) == ("330282", "")
    assert not [found for found in patrol()[1] if found["invariant"].startswith("feedback")]


def test_the_patrol_finds_a_count_that_drifted_and_a_bad_rating_without_a_letter(case):
    def found():
        return [tuple(one.values())[:3] for one in patrol()[1] if one["invariant"].startswith("feedback")]

    row = rate(case, level=1, tags=["fast"], text="")
    unit = f"330282//{today():%Y-%m}-01"
    Score.objects.update(value=2)
    assert found() == [("feedback.score_agrees", "评价的计数与明细不符", f"{unit}/1")]
    Score.objects.update(value=1, level=4)
    Rating.objects.update(level=4)
    assert found() == [("feedback.every_bad_rating_has_its_letter", "差评没有函告", row.chain)]
    Rating.objects.update(counts=False)  # said to be left out, and counted
    assert ("feedback.score_agrees", "评价的计数与明细不符", f"{unit}/4") in found()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"level": 0}, "level"),
        ({"level": 6}, "level"),
        ({"tags": ["fast"]}, "tags"),
        ({"tags": ["nothing"]}, "tags"),
        ({"tags": [], "text": " 跑三趟 "}, "tags"),
        ({"text": "字" * 501}, "text"),
    ],
)
def test_what_is_wrong_is_named(case, given, field):
    with nothing_written(*ROWS), pytest.raises(Refused) as told:
        rate(case, **given)
    assert told.value.errors[0].field == field
    if len(given.get("text", "")) < 6 and not given.get("tags", True):  # who wrote three letters was told to write some
        assert "至少 4 个字" in told.value.message


def test_one_event_is_rated_once_and_only_when_it_has_come(case):
    with nothing_written(*ROWS), pytest.raises(WrongState, match="还没有办到"):
        rate(case, step="result")
    rate(case)
    with nothing_written(*ROWS), pytest.raises(WrongState, match="整改以后可以再评一次"):
        rate(case, level=1, tags=[])
    other = make.decided().application
    rate(other, level=1, tags=[], text="")  # another case's, and who is content need not say why
    rate(other, step="result", level=4, tags=[], text=" 来回四趟 ")  # another event's, and a few words are a reason
    for step in ("intake", "result"):
        with nothing_written(*ROWS), pytest.raises(WrongState) as told:
            rate(other, step=step)
        assert ("再评一次" in told.value.message) is (step == "result")


@pytest.mark.parametrize("username", ["cixi-clerk", "scjg-reviewer", "scjg-head", "cixi-supervisor"])
def test_staff_never_rate_complain_or_ask(case, username):
    with nothing_written(*ROWS), pytest.raises(Forbidden):
        rate(case, by=username)
    with nothing_written(*ROWS), pytest.raises(Forbidden):
        actions.complain(by=make.actor(username), application=case.pk, text="这里写一段十个字以上的话")
    with nothing_written(*ROWS), pytest.raises(Forbidden):
        actions.ask(by=make.actor(username), question="这件事要带什么材料")


def test_a_strangers_case_does_not_exist(case):
    with nothing_written(*ROWS), pytest.raises(NotYours):
        rate(case, by="citizen")
    with nothing_written(*ROWS), pytest.raises(NotYours):
        actions.complain(by=make.actor("citizen"), application=case.pk, text="这里写一段十个字以上的话")


def test_an_anonymous_rating_names_nobody_anywhere(case):
    row = bad(case, anonymous=True)
    assert not row.wants_call and not Clock.objects.filter(kind="callback").exists()
    events = Event.objects.filter(chain__startswith="rating:") | Event.objects.filter(chain=row.chain)
    assert {event.by_id for event in events} == {None}
    assert "慈溪" not in " ".join(event.by_name for event in events)


def test_a_rating_stays_with_whom_it_was_given_of(case):
    row = bad(case)
    with nothing_written(*ROWS), pytest.raises(WrongState, match="申诉"):
        actions.pass_on_letter(by=make.actor("city-supervisor"), rectification=row.pk, unit="scjg", reason="转给审批部门")


def test_others_do_not_see_it(case):
    row = bad(case)
    for name in ("wsjs-head", "scjg-reviewer", "cixi-clerk", "scjg-head"):  # the hall's own letter
        with pytest.raises(NotYours):
            queries.rectification(make.actor(name), row.pk)
    city, given = make.actor("city-supervisor"), {"by": make.actor("enterprise"), "application": case.pk, "unit": ""}
    other = actions.complain(**given, text="窗口让我回去换一张照片，来回跑")
    assert [queries.rectification(city, one.pk) for one in (row, other)] == [row, other]
    Rectification.objects.filter(pk=other.pk).update(overdue=True)
    for narrowed, found in (
        ({}, [row, other]),
        ({"source": "complaint"}, [other]),
        ({"state": "open"}, [row, other]),
        ({"state": "sent"}, [row, other]),
        ({"state": "closed"}, []),
        ({"overdue": True}, [other]),
        ({"node": "330282"}, [row, other]),
        ({"node": "330200"}, []),
    ):
        assert list(queries.rectifications_for(city, **narrowed).order_by("pk")) == found, narrowed
    Rectification.objects.filter(pk=row.pk).update(anonymous=True)
    actions.appeal(by=make.actor("cixi-supervisor"), rectification=row.pk, reason="窗口录像显示没有多跑")
    (sent, appealed), (named,) = (queries.steps_of(Rectification.objects.get(pk=one.pk)) for one in (row, other))
    assert [step["title"] for step in (sent, appealed, named)] == ["发出函告", "申诉", "发出函告"]
    assert sent["at"] == today() and appealed["at"].date() and named["at"].date()  # the day alone, of what has no name
    assert (sent["who"], bool(appealed["who"])) == ("", True)
