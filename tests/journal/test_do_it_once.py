"""An idempotency key: the same request twice is done once and answered twice."""

import threading

import pytest
from django.db import connection

from apps.applications import actions
from apps.applications.models import Application
from apps.journal.actor import Actor
from apps.journal.models import Event, Receipt
from apps.journal.once import KEPT, forget, once
from apps.kit.errors import Refused, WrongState
from apps.kit.time import now
from tests import make
from tests.people import nothing_written


def receive(case, key="k1", by="cixi-clerk", request=None):
    clerk = make.actor(by)
    return once(
        clerk,
        key,
        request or {"receive": case.pk},
        lambda: {"number": actions.receive(by=clerk, application=case.pk).number},
    )


def test_the_second_time_gives_the_first_answer(world):
    case = make.draft()
    first, replayed = receive(case)
    assert not replayed
    with nothing_written(Receipt):
        assert receive(case) == (first, True)


def test_another_request_under_the_same_key_is_refused(world):
    case, another = make.draft(), make.draft()
    receive(case)
    with nothing_written(Receipt), pytest.raises(Refused) as told:
        receive(another, request={"receive": "another"})
    assert told.value.code == "idempotency.reused"


def test_the_key_is_ones_own(world):
    a, b = make.draft(), make.draft(by="cixi-clerk2")
    assert receive(a)[1] is False
    assert receive(b, by="cixi-clerk2")[1] is False


def test_a_refused_request_leaves_no_key_and_may_be_tried_again(world):
    case = make.received()
    clerk = make.actor("cixi-clerk")
    with nothing_written(Receipt), pytest.raises(WrongState):
        receive(case)
    row, replayed = once(clerk, "k1", {"x": 1}, lambda: actions.begin_check(by=clerk, application=case.pk).state)
    assert (row, replayed) == ("checking", False)


def test_an_answer_is_given_to_who_earned_it_and_under_its_own_key(db):
    asked, longest = {"item": "food", "days": 2}, "k" * 80
    clerk, other, *strangers = Actor("staff", 1), Actor("staff", 2), Actor("public", ip="10.0.0.1"), Actor("public", ip="10.0.0.2")

    def refused():
        raise WrongState

    assert once(clerk, "k", asked, lambda: "first") == ("first", False)
    assert once(clerk, longest, {"item": "shop"}, lambda: "second") == ("second", False)
    assert once(clerk, longest, {"item": "shop"}, refused) == ("second", True)
    assert once(clerk, "k", dict(reversed(asked.items())), refused) == ("first", True)  # in whatever order it was sent
    for actor in (other, *strangers):
        with nothing_written(Receipt), pytest.raises(WrongState):  # another's answer is not given for it
            once(actor, "k", asked, refused)
        assert once(actor, "k", asked, lambda: "own") == ("own", False)
        assert once(actor, "k", asked, refused) == ("own", True)


def test_a_key_is_kept_for_a_week(db):
    clerk = Actor("staff", 1)
    for key in ("old", "young"):
        once(clerk, key, {}, lambda: "first")
    Receipt.objects.filter(key="old").update(at=now() - KEPT * 1.01)
    Receipt.objects.filter(key="young").update(at=now() - KEPT * 0.99)
    assert (forget(), forget()) == (1, 0)
    assert [once(clerk, key, {}, lambda: "second") for key in ("old", "young")] == [("second", False), ("first", True)]


@pytest.mark.parametrize("key", ["", "x" * 81, "a\x00b"])
def test_a_key_has_a_length(world, key):
    with pytest.raises(Refused):
        receive(make.draft(), key=key)


def test_two_clicks_at_once_are_one(transactional_db, world):
    case = make.draft()
    answers, gate = [], threading.Barrier(2)

    def click():
        try:
            gate.wait()
            answers.append(receive(case))
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(replayed for _, replayed in answers) == [False, True]
    assert answers[0][0] == answers[1][0] == {"number": Application.objects.get(pk=case.pk).number}
    assert Event.objects.filter(chain=case.chain, name="application.receive").count() == 1
    assert Receipt.objects.count() == 1
