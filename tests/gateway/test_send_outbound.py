"""A message leaves the building once, whatever breaks on the way."""

import threading
from contextlib import nullcontext
from datetime import timedelta
from unittest import mock

import pytest
import time_machine
from django.db import OperationalError

from apps.applications import actions as applications
from apps.gateway import actions, queries
from apps.gateway.models import Outbound
from apps.journal import ringing
from apps.journal.actor import SYSTEM
from apps.journal.door import action
from apps.journal.models import Event
from apps.kit.errors import Later, NotYours, Refused
from apps.kit.time import now
from tests import make
from tests.faults.worker import until

MOBILE = "13805740001"


def post(key="case-1:accept", service="sms", to=MOBILE, **more) -> Outbound:
    with action(SYSTEM) as act:
        actions.post(act, [Outbound(service=service, key=key, to=to, text="您的办件已受理。", region="330282", **more)])
    return Outbound.objects.get(key=key)


def fresh(row: Outbound) -> Outbound:
    return Outbound.objects.get(pk=row.pk)


def at_the_next_try(row: Outbound):
    return time_machine.travel(fresh(row).next_try_at + timedelta(seconds=1), tick=True)


def test_what_is_sent_keeps_no_address_in_full(db, twins):
    row = post()
    assert actions.send_one(row.pk) is True
    row = fresh(row)
    assert (row.state, row.to, row.reference, row.attempts) == ("sent", "138****0001", "sms-1", 1)
    assert [(sent["to"], sent["text"]) for sent in twins.sent["sms"]] == [(MOBILE, "您的办件已受理。")]


def test_what_a_service_repeats_of_whom_it_was_for_is_masked(db, twins, monkeypatch):
    row = post()
    told = f"号码 {MOBILE} 已停机；转 13905740009、wang.xiaoming@example.com 也不通（编号 20171011990574000155）"
    monkeypatch.setattr("apps.gateway.adapters.HttpSms.send", mock.Mock(side_effect=Refused("sms.denied", told)))
    assert actions.send_one(row.pk) is False
    row = fresh(row)
    assert (row.state, row.to) == ("stuck", MOBILE)  # where it goes when it is sent again
    assert row.error == "号码 138****0001 已停机；转 139****0009、w***@example.com 也不通（编号 20171011990574000155）"


@pytest.mark.parametrize(("status", "state"), [(200, "sent"), (422, "stuck")])
def test_what_no_column_holds_is_left_out_of_what_a_service_says(db, twins, monkeypatch, status, state):
    """The outcome could not be written: the message stayed due, and was told again every minute without end."""
    monkeypatch.setattr("apps.gateway.twins.Twins.answer", lambda *given: (status, {"id": "7\x00\x1b-1", "message": "停\x00机"}))
    row = post()
    assert actions.send_one(row.pk) is (state == "sent")
    row = fresh(row)
    assert (row.state, row.reference or row.error) == (state, "7-1" if state == "sent" else "停机")


def test_it_is_sent_once_however_often_it_is_asked(db, twins):
    row = post()
    assert [actions.send_one(row.pk) for _ in range(3)] == [True, False, False]
    assert post().pk == row.pk  # the same key is not written again
    assert actions.sweep() == 0
    with time_machine.travel(now() + timedelta(hours=2)):  # the broker brings what it took for lost
        assert actions.send_one(row.pk) is False
    assert twins.calls["sms"] == 1


def test_a_fault_of_ours_is_shown_and_names_nobody(db, twins, monkeypatch):
    row = post(key="mail", service="mail", to="wang.xiaoming@example.com")
    fault = mock.Mock(side_effect=KeyError(f"{MOBILE}, {row.to}"))
    monkeypatch.setattr("apps.gateway.adapters.HttpMail.send", fault)
    assert actions.send_one(row.pk) is False
    assert (fresh(row).state, fresh(row).error) == ("stuck", "KeyError: '138****0001, w***@example.com'")
    assert fresh(row).why.startswith("系统自己出了故障") and "请先交技术人员处理（KeyError: " in fresh(row).why
    with time_machine.travel(now() + timedelta(hours=2)):
        assert actions.send_one(row.pk) is False and fault.call_count == 1
    row = post(key="again", service="mail", to="wang.xiaoming@example.com")
    fault.side_effect = OperationalError("deadlock detected")  # of the database: it passes, and is nobody's to mend
    assert actions.send_one(row.pk) is False
    assert (fresh(row).state, fresh(row).error) == ("pending", actions.BUSY)
    monkeypatch.undo()


@pytest.mark.parametrize("how", ["down", "failing", "nonsense"])
def test_a_broken_service_is_asked_again_later(db, twins, how):
    row = post()
    twins.behave("sms", how)
    assert actions.send_one(row.pk) is False
    row = fresh(row)
    assert row.state == "pending" and row.error.startswith("sms: ") and row.next_try_at > now()
    assert actions.sweep() == 0  # not yet
    twins.behave("sms", "")
    with at_the_next_try(row):
        assert actions.sweep() == 1
    assert fresh(row).state == "sent" and twins.calls["sms"] >= 1


def test_of_one_case_the_older_word_goes_first(db, twins):
    """The call to a visit that was put off meanwhile waited for its next try, and came after the one that holds."""
    twins.behave("sms", "down")
    old = post(key="event:1", root_id=7)
    actions.send_one(old.pk)
    twins.behave("sms", "")
    new, other = post(key="event:2", root_id=7), post(key="event:3", root_id=8)
    assert actions.send_rung([other.pk, new.pk]) == 1 and fresh(new).attempts == 0  # another may be asking for the older just now
    Outbound.objects.filter(pk=old.pk).update(attempts=5, next_try_at=now() + timedelta(minutes=13))
    assert actions.sweep() == 2 and fresh(old).attempts == 5
    assert [sent["key"] for sent in twins.sent["sms"]] == ["event:3", "event:1", "event:2"]


def test_an_older_word_that_never_goes_out_is_given_up_and_stops_no_other(db, twins):
    """Asked for out of its turn by the newer one, round after round, it never came to its end, and its failure ended each round of its service."""
    own = now() + timedelta(minutes=13)
    waits = {"error": "sms: answered 503", "attempts": 5, "next_try_at": own}
    old = post(key="event:1", root_id=7, **waits)
    new, other = post(key="event:2", root_id=7), post(key="event:3", root_id=8)
    say = actions._told

    def told(row):
        if row.key == old.key:
            raise Later("sms: answered 503")
        return say(row)

    with mock.patch.object(actions, "_told", told):
        assert actions.sweep() == 1 and fresh(other).state == "sent" and fresh(new).attempts == 0
        assert (fresh(old).attempts, fresh(old).next_try_at) == (5, own)
        Outbound.objects.filter(pk=old.pk).update(attempts=actions.LIMIT - 1, next_try_at=now())
        assert actions.sweep() == 0 and fresh(old).state == "stuck"
        assert actions.sweep() == 1 and fresh(new).state == "sent"
    pairs = [[post(key=f"{word}:{case}", root_id=case, **(waits if word == "old" else {})) for word in ("old", "new")] for case in (8, 9)]
    twins.behave("sms", "down")
    actions.sweep()
    assert [(fresh(old).attempts, fresh(old).next_try_at) for old, _ in pairs] == [(5, own)] * 2  # also which the round did not come to


def test_a_call_to_a_time_that_was_moved_is_not_sent_any_more(world, twins):
    """Given up for hours, put back in line the next day: whoever read it went to the hearing that was not."""
    hearing = make.told_hearing()
    case, job = hearing.application, make.job_of(hearing.application)
    applications.request_hearing(by=make.actor("cixi-clerk"), hearing=hearing.pk, who="applicant")
    make.call_hearing(job)
    make.call_hearing(job, at=make.soonest_hearing(case) + timedelta(hours=1), reason="会议室另有安排")
    waited = [
        post(key=f"event:{event.pk}", root_id=case.pk, error="sms: answered 503")
        for event in Event.objects.filter(chain=case.chain, name="hearing.call").order_by("seq")
    ]
    assert actions.sweep() == 2 and [sent["key"] for sent in twins.sent["sms"]] == [waited[1].key]
    assert [fresh(row).error[:10] for row in waited] == [actions.OVERTAKEN[:10], ""]
    called = Event.objects.filter(chain=case.chain, name="hearing.call").latest("seq")
    assert not queries.over(called)
    applications.terminate(by=make.actor("cixi-supervisor"), application=case.pk, reason="申请人已经注销，不再存在")
    assert queries.over(called)  # none is held of what has ended: given up, it came after that


def test_nobody_is_sent_for_what_is_done(world, twins):
    """The service was silent for hours, and was not asked for this one: he had his certificate in hand when he read that it lies there."""
    member, asked = make.sealed(), make.awaiting()
    told = [("member.make_ready", member.application), ("application.ask_supplement", asked)]
    events = [Event.objects.filter(chain=case.chain, name=name).get() for name, case in told]
    assert [queries.over(event) for event in events] == [False, False]
    issue = {"by": make.actor("cixi-issue"), "application": member.application_id, "members": [member.pk]}
    applications.hand_over(**issue, collection=make.collection())
    applications.withdraw(by=make.actor("enterprise"), application=asked.pk, reason="不办了")
    since = now() - timedelta(hours=3)
    waited = [post(key=f"event:{event.pk}", root_id=int(event.root_id), created_at=since) for event in events]
    assert actions.sweep() == 2 and twins.sent["sms"] == []
    assert {fresh(row).error for row in waited} == {actions.OVERTAKEN}


def test_an_answer_that_was_lost_does_not_send_twice(db, twins):
    row = post()
    twins.behave("sms", "lost")
    actions.send_one(row.pk)
    assert fresh(row).state == "pending" and len(twins.sent["sms"]) == 1
    twins.behave("sms", "")
    with at_the_next_try(row):
        assert actions.send_one(row.pk) is True
    assert len(twins.sent["sms"]) == 1 and fresh(row).reference == "sms-1"


def test_a_slow_service_holds_nobody_up(db, twins, settings):
    settings.SERVICES["sms"]["seconds"] = 0.2
    twins.slow = 0.6
    twins.behave("sms", "slow")
    row = post()
    assert actions.send_one(row.pk) is False
    assert "Timeout" in fresh(row).error


def test_a_service_that_hangs_is_waited_for_once_a_round_and_the_others_go_on(db, twins, settings, monkeypatch):
    rows = [post(key=f"sms-{n}") for n in range(5)] + [post(key="mail", service="mail", to="a@example.cn", subject="受理")]
    settings.SERVICES["sms"]["seconds"] = 0.2
    monkeypatch.setattr(actions, "HELD_UP", 0.1)
    monkeypatch.setattr(actions, "_resting", {})
    twins.behave("sms", "slow")
    assert actions.send_rung([row.pk for row in rows]) == 1
    assert actions.send_rung([row.pk for row in rows]) == 0  # each that is rung for would wait for it anew
    assert [fresh(row).attempts for row in rows] == [1, 0, 0, 0, 0, 1] and len(twins.sent["mail"]) == 1
    post(key="later", service="mail", to="b@example.cn", subject="受理")
    assert actions.sweep(batch=2) == 1 and len(twins.sent["mail"]) == 2  # more than one round takes are before it
    twins.behave("sms", "")
    settings.SERVICES["sms"]["seconds"] = 5
    with at_the_next_try(rows[1]):
        monkeypatch.setattr(actions, "ROUND", 0)
        assert actions.sweep() == 1  # one that answers slowly has its seconds of a round
        monkeypatch.setattr(actions, "ROUND", 10)
        assert actions.sweep() == 4


def test_a_worker_killed_while_talking_leaves_a_claim_that_ends(db, twins):
    row = post()
    with mock.patch.object(actions, "_end", side_effect=SystemExit), pytest.raises(SystemExit):
        actions.send_one(row.pk)
    assert actions.sweep() == 0  # claimed for a minute
    assert fresh(row).state == "pending"
    with time_machine.travel(now() + timedelta(seconds=61)):
        assert actions.sweep() == 1 and len(twins.sent["sms"]) == 1  # the same key


def test_who_was_so_slow_that_another_has_begun_writes_nothing(db, monkeypatch):
    row = post()
    monkeypatch.setattr(actions, "_told", lambda claimed: str(Outbound.objects.filter(pk=claimed.pk).update(attempts=2)))
    assert actions.send_one(row.pk) is False and fresh(row).state == "pending"


def test_a_refusal_is_not_tried_again_but_shown(db, world, twins):
    row = post(to="")
    assert actions.send_one(row.pk) is False
    row = fresh(row)
    assert (row.state, row.error) == ("stuck", "缺少收件地址或者内容")
    with pytest.raises(NotYours):
        actions.retry(by=make.actor("cixi-clerk"), outbound=row.pk)
    assert fresh(row).state == "stuck"
    actions.retry(by=make.actor("cixi-supervisor"), outbound=row.pk)
    assert (fresh(row).state, fresh(row).attempts) == ("pending", 0)
    assert Event.objects.get(name="outbound.retry").facts == {"service": "sms", "error": "缺少收件地址或者内容"}


def test_after_eight_attempts_and_two_hours_it_is_given_up(db, twins):
    """A service that is away for less is a supervisor's business no more than a minute's silence is."""
    row = post()
    twins.behave("sms", "down")
    for attempt in range(8):
        with at_the_next_try(row) if attempt else nullcontext():
            assert actions.send_one(row.pk) is False
            waited = now() - row.created_at
    assert (fresh(row).state, fresh(row).attempts) == ("stuck", 8)
    assert timedelta(hours=2) <= waited < timedelta(hours=2, minutes=5)


def test_nothing_is_written_when_the_caller_fails(db, twins):
    with pytest.raises(ZeroDivisionError), action(SYSTEM) as act:
        actions.post(act, [Outbound(service="sms", key="k", to=MOBILE, text="t")])
        raise ZeroDivisionError
    assert not Outbound.objects.exists()


def test_two_workers_never_speak_at_once(transactional_db, twins):
    from tests.threads import together

    row = post()
    answers = together(*[lambda: actions.send_one(row.pk)] * 4)
    assert sorted(answers) == [False, False, False, True]
    assert twins.calls["sms"] == 1


def test_a_service_that_is_not_connected_waits(db, settings):
    settings.SERVICES = {}
    row = post(service="mail", to="a@example.cn")
    assert actions.send_one(row.pk) is False
    assert fresh(row).error == "mail: not configured"


def test_a_broker_that_hangs_holds_up_nobody_who_posts(transactional_db, monkeypatch):
    """The request that rang waited for it without an end: a supervisor who put hundreds back in line stopped a thread of the web."""
    awake, heard = threading.Event(), []
    monkeypatch.setattr("config.celery.app.send_task", lambda name, args, queue, **how: awake.wait(10) and heard.append((name, queue, *args, how["retry"])))
    row = post()
    assert not awake.is_set() and heard == []
    ringer = ringing._ringer  # which forgets itself when it has rung
    awake.set()
    ringer.join()
    rung = [pks for name, queue, pks, retried in heard if (name, queue, retried) == ("gateway.send", "notify", False)]
    assert any(row.pk in pks for pks in rung)  # beside what a test before left word of


def test_the_worker_sends_what_was_posted(worker, twins):
    row = post()
    until(lambda: fresh(row).state == "sent")
