"""Whatever the switchboard tells the parties has words, and the words say the day that counts."""

import re
from datetime import timedelta
from inspect import getsource

import pytest

from apps.applications import actions, story_sentences
from apps.applications.models import Application, Member
from apps.applications.story_sentences import STORY
from apps.applications.telling import WORDS, told, words_for
from apps.directory.actions import grant_mandate, revoke_mandate
from apps.directory.models import Mandate, Message, User
from apps.gateway.queries import boxes_of
from apps.issuance.handing import Collection
from apps.issuance.loading import rows
from apps.journal.actor import SYSTEM
from apps.journal.models import Event
from apps.kit.time import now, today
from config.switchboard import LISTENERS, SEND, TELL
from tests import make

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"


def test_every_event_that_is_told_has_words_and_no_words_are_idle():
    assert {name for name, listeners in LISTENERS.items() if TELL in listeners} == set(WORDS)
    assert [name for name, listeners in LISTENERS.items() if SEND in listeners and TELL not in listeners] == []
    assert set(WORDS) <= set(STORY)  # who opens the case after such a word finds there what it was


def test_a_paper_that_is_named_to_the_parties_is_called_what_stands_on_it():
    titles = [row["title"] for row in rows()["templates"]]
    for _, text in WORDS.values():
        for named in re.findall("(?:见|看|按)([^，。；]*?书)", text):
            assert any(title.endswith(named) for title in titles), named


@pytest.mark.parametrize(
    ("name", "facts", "said"),
    [
        ("member.resume", {"on": "2018-03-02", "due_on": "2018-03-20"}, "新的办结日是 2018年3月20日"),
        ("member.resume", {"on": "2018-03-02"}, "办结日另行告知"),
        ("member.extend", {"due_on": "2018-03-20", "reason": "张三的检测"}, "新的办结日是 2018年3月20日"),
        ("member.drop_pause", {"reason": "张三填错了"}, "期限照常计算"),
        ("hearing.call", {"at": "2018-03-20T01:30:00+00:00", "place": "二楼"}, "2018年3月20日 09:30，二楼。"),
        ("hearing.call", {"at": "2018-03-20T01:30:00+00:00", "place": "二楼", "put_off": True}, "改在 2018年3月20日 09:30，二楼，以这次通知为准"),
        ("hearing.request", {"on": "2018-03-02", "who": "third_party"}, "利害关系人在期限内申请了听证，听证以前不作出决定"),
        ("hearing.tell", {"on": "2018-03-02", "request_by": "2018-03-09"}, "2018年3月9日"),
        ("hearing.tell", {"on": "2018-03-02"}, "请在 告知书写明的日期 前（含当日）提出"),  # as older versions wrote it
        ("commitment.rectify", {"on": "2018-03-02", "rectify_by": "2018-03-30"}, "2018年3月30日"),
        (
            "application.begin_next",
            {"on": "2018-03-02", "begun": [{"item": f"第{n}项", "due_on": "2018-03-20"} for n in range(1, 8)]},
            "从 2018年3月2日 起受理：“第1项”最迟2018年3月20日办结、",
        ),
        ("application.ask_supplement", {"cure_by": "2018-03-30"}, "2018年3月30日"),
        ("application.accept", {"gaps": ["floor_plan"], "cure_by": "2018-03-30"}, "请在 2018年3月30日 前（含当日）补齐，逾期撤销受理"),
        ("application.accept", {"gaps": [], "on": "2018-03-02"}, "看哪天办结"),
        ("member.grant", {"on": "2018-03-02"}, "办好时再告诉您"),  # who has it sent need not come for it
        ("inspection.replan", {"told": True, "reason": "张三有事"}, "请不要等"),
        ("inspection.cancel", {"told": True, "reason": "张三有事"}, "请不要等"),
        ("application.announce", {"way": "courier", "kept": [f"第{n}项{'长' * 60}" for n in range(12)]}, "长”等 12 项的结果不能寄"),
    ],
)
def test_the_day_that_counts_is_said_and_nothing_personal(world, monkeypatch, name, facts, said):
    monkeypatch.setattr("apps.applications.telling._name", lambda event, row: row.name)
    title, text = words_for(Event(name=name, facts=facts), make.received())
    assert said in text and "食品经营许可" in title and "张三" not in text
    assert len(title + text) < 500  # a message holds 600 with what stands around it


def test_the_story_tells_what_an_older_version_wrote():
    """The journal is never changed: a hearing that was told before its event named the day left no page of its case."""
    assert "您" not in getsource(story_sentences)  # colleagues read it as well
    assert "告知书写明的期限内" in STORY["hearing.tell"].detail({"on": "2026-11-26"}, None)
    assert "在 2026年12月3日 前（含当日）" in STORY["hearing.tell"].detail({"on": "2026-11-26", "request_by": "2026-12-03"}, None)


@pytest.mark.parametrize("name", ["inspection.replan", "inspection.cancel"])
def test_a_visit_that_he_did_not_know_of_is_not_called_off_to_him(name):
    assert words_for(Event(name=name, facts={"told": False, "reason": "改期"}), None) is None


def test_one_item_of_several_is_told_by_its_own_name(world):
    row = make.accepted()
    member = Member.objects.get(application=row)
    Member.objects.filter(pk=member.pk).update(name="其中一项")
    event = Event(name="member.withdraw", subject_type="member", subject_id=str(member.pk), facts={})
    assert words_for(event, row)[0] == "已撤回一项：其中一项"
    event.by_kind = "system"  # the case was taken back: he read beside it that the other items go on
    assert words_for(event, row) is None


def test_the_agent_of_the_counter_is_told_as_long_as_his_mandate_holds(world):
    firm, agent = make.received().applicant, make.user("citizen").party
    Application.objects.update(agent=agent)
    row = Application.objects.get()
    assert told(row) == [firm.pk, agent.pk]  # he showed a paper; none is on record
    given = {"by": SYSTEM, "principal": firm, "agent": agent, "evidence": "网上授权", "scope": [make.FOOD]}
    mandate = grant_mandate(**given)
    assert told(row) == [firm.pk, agent.pk]
    head = grant_mandate(**given | {"agent": make.user("agent").party, "scope": ()}, kind="legal_rep")
    assert told(row) == [firm.pk, agent.pk, head.agent_id]
    for one in (head, mandate):
        revoke_mandate(by=SYSTEM, mandate=one)
    assert told(row) == [firm.pk]
    row.channel = "online"  # from home he acts by his mandate for the item alone
    grant_mandate(**given | {"scope": ["hygiene"]})
    assert told(row) == [firm.pk]
    row.channel = "counter"
    grant_mandate(**given)
    assert told(row) == [firm.pk, agent.pk]
    Mandate.objects.update(revoked_at=now() - timedelta(days=30))  # before the case came in: another paper was shown then
    assert told(row) == [firm.pk, agent.pk]
    past = {"valid_from": today() - timedelta(days=60), "valid_to": today() - timedelta(days=30)}
    Mandate.objects.update(**past, revoked_at=now())  # it had run out by then: that it is taken back as well says nothing new
    assert told(row) == [firm.pk, agent.pk]


def test_who_fetched_it_for_another_is_not_told_that_it_was_fetched(world):
    member, agent = make.sealed(), make.user("agent").party
    row = member.application
    Application.objects.filter(pk=row.pk).update(agent=agent)
    taken = Collection(
        method="agent",
        relation="agent",
        location="出件窗口",
        collector_name=agent.name,
        id_kind="citizen_id",
        id_number=agent.id_number,
        signature=agent.name,
        proxy_evidence=PDF,
    )
    actions.hand_over(by=make.actor("cixi-issue"), application=row.pk, members=[member.pk], collection=taken)
    event = Event.objects.get(name="application.hand_to_proxy")
    actions.tell_parties(event=event)
    assert [one.party_id for one in Message.objects.filter(key=f"event:{event.pk}")] == [row.applicant_id]
    assert agent.id_number not in str(event.facts)
    for name, mobile in (("agent", "13905740011"), ("enterprise", "13905740012")):
        User.objects.filter(username=name).update(mobile=mobile)
    sms = boxes_of(Application.objects.get(pk=row.pk), event.pk, event.facts["taker"])["sms"]
    assert "13905740011" not in sms and "13905740012" in sms
    User.objects.filter(username="enterprise").update(is_active=False)  # nothing goes to an account that is closed or locked
    assert "13905740012" not in boxes_of(Application.objects.get(pk=row.pk), event.pk)["sms"]
