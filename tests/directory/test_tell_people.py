"""A message is told once, within the action it is about, to accounts and to parties; each reads only his own."""

import pytest

from apps.directory import queries
from apps.directory.actions import read_message, read_messages, set_absence, tell
from apps.directory.models import Message
from apps.directory.queries import actor_for
from apps.journal.actor import PUBLIC, SYSTEM
from apps.journal.door import action
from apps.kit.errors import NotYours
from apps.kit.time import today
from tests import people

WORDS = {"kind": "deadline", "title": "期限变动", "text": "办结期限改为 2026-12-01。", "link": "/track/"}


def told(key="recompute:1:7", **to):
    with action(SYSTEM) as act:
        tell(act, key=key, **WORDS, **to)


def test_once_to_each(places, django_assert_num_queries):
    clerk, citizen = people.staff("clerk"), people.citizen()
    told(users=[clerk.pk])
    with django_assert_num_queries(3):  # the insert, between the two ends of the action
        told(users=[clerk.pk, clerk.pk, None], parties=[citizen.party_id, None])
    assert set(Message.objects.values_list("user", "party")) == {(None, citizen.party_id), (clerk.pk, None)}
    told("recompute:1:8", users=[clerk.pk])
    assert queries.messages_for(actor_for(clerk)).count() == 2


def test_a_refused_action_told_nobody(places):
    clerk = people.staff("clerk")
    with pytest.raises(ZeroDivisionError), action(SYSTEM) as act:
        tell(act, users=[clerk.pk], key="a", **WORDS)
        raise ZeroDivisionError
    assert not Message.objects.exists()


def test_only_ones_own(places):
    """The principal's box is not the agent's, and the holders of one party's accounts share one."""
    firm = people.party("enterprise")
    first, second = people.citizen(firm), people.citizen(firm)
    agent = people.citizen(people.party(id_number=people.OTHER_ID, name="张代办"))
    people.actions.grant_mandate(by=SYSTEM, principal=firm, agent=agent.party, evidence="授权委托书 1 号")
    told(parties=[firm.pk])
    row = Message.objects.get()
    with pytest.raises(NotYours):
        read_message(by=actor_for(agent), message=row.pk)
    assert not queries.messages_for(PUBLIC).exists()
    assert read_message(by=actor_for(first), message=row.pk).read_at
    assert not queries.messages_for(actor_for(second), unread=True).exists()


def test_all_up_to_one(places):
    clerk = people.staff("clerk")
    for key in "abc":
        told(key, users=[clerk.pk])
    second = Message.objects.order_by("pk")[1].pk
    assert read_messages(by=actor_for(clerk), until=second) == 2
    assert queries.messages_for(actor_for(clerk), unread=True).count() == 1


def test_a_post_is_told_to_whoever_stands_at_it_today(places):
    head, other = people.staff("head"), people.staff("reviewer")
    assert queries.holders("head", department="scjg") == [head.pk]
    supervisor = people.staff("supervisor")
    people.staff("supervisor", node=people.CITY)
    assert queries.overseers(people.CIXI) == queries.holders("supervisor", node=people.CIXI) == [supervisor.pk]
    assert queries.overseers(people.CIXI, "scjg") == [supervisor.pk]
    assert queries.overseers(people.CIXI, "nb-scjg") == [supervisor.pk, *queries.holders("supervisor", node=people.CITY)]
    assert queries.overseers("330203") == queries.holders("supervisor", node=people.CITY) != []  # it has none of its own
    set_absence(by=SYSTEM, post=head.posts.get(), substitute=other, starts_on=today(), ends_on=today(), reason="年休假")
    assert queries.holders("head", department="scjg") == [other.pk]
