"""Whatever the switchboard tells the parties has words, and the words say the day that counts."""

import pytest

from apps.applications.models import Member
from apps.applications.telling import WORDS, words_for
from apps.journal.models import Event
from config.switchboard import LISTENERS, SEND, TELL
from tests import make


def test_every_event_that_is_told_has_words_and_no_words_are_idle():
    assert {name for name, listeners in LISTENERS.items() if TELL in listeners} == set(WORDS)
    assert [name for name, listeners in LISTENERS.items() if SEND in listeners and TELL not in listeners] == []


@pytest.mark.parametrize(
    ("name", "facts", "said"),
    [
        ("member.resume", {"on": "2018-03-02", "due_on": "2018-03-20"}, "新的办结日是 2018年3月20日"),
        ("member.resume", {"on": "2018-03-02"}, "办结日另行告知"),
        ("member.extend", {"due_on": "2018-03-20", "reason": "张三的检测"}, "新的办结日是 2018年3月20日"),
        ("hearing.call", {"at": "2018-03-20T01:30:00+00:00", "place": "二楼"}, "2018年3月20日 09:30，二楼。"),
        ("hearing.tell", {"on": "2018-03-02", "request_by": "2018-03-09"}, "2018年3月9日"),
        ("commitment.rectify", {"on": "2018-03-02", "rectify_by": "2018-03-30"}, "2018年3月30日"),
        (
            "application.begin_next",
            {"on": "2018-03-02", "begun": [{"item": f"第{n}项", "due_on": "2018-03-20"} for n in range(1, 8)]},
            "从 2018年3月2日 起受理：“第1项”最迟2018年3月20日办结、",
        ),
        ("application.ask_supplement", {"cure_by": "2018-03-30"}, "2018年3月30日"),
        ("inspection.replan", {"told": True, "reason": "张三有事"}, "请不要等"),
        ("inspection.cancel", {"told": True, "reason": "张三有事"}, "请不要等"),
    ],
)
def test_the_day_that_counts_is_said_and_nothing_personal(world, monkeypatch, name, facts, said):
    monkeypatch.setattr("apps.applications.telling._name", lambda event, row: row.name)
    title, text = words_for(Event(name=name, facts=facts), make.received())
    assert said in text and "食品经营许可" in title and "张三" not in text


@pytest.mark.parametrize("name", ["inspection.replan", "inspection.cancel"])
def test_a_visit_that_he_did_not_know_of_is_not_called_off_to_him(name):
    assert words_for(Event(name=name, facts={"told": False, "reason": "改期"}), None) is None


def test_one_item_of_several_is_told_by_its_own_name(world):
    row = make.accepted()
    member = Member.objects.get(application=row)
    Member.objects.filter(pk=member.pk).update(name="其中一项")
    event = Event(name="member.withdraw", subject_type="member", subject_id=str(member.pk), facts={})
    assert words_for(event, row)[0] == "已撤回一项：其中一项"
