"""Nobody swept for days: what the law brought about holds as of its own day, and the door never lets a late act pass."""

from datetime import timedelta

import pytest

from apps.applications import actions
from apps.applications.models import Application, Job, Member, Notice
from apps.deadlines.models import Clock
from apps.deadlines.queries import shelf
from apps.issuance.models import Document
from apps.journal.models import Event
from apps.kit.errors import WrongState
from apps.kit.time import today
from tests import make
from tests.people import nothing_written

ROWS = (Member, Job, Notice, Clock, Document)
LONG = timedelta(days=10)


def again(case):
    return Application.objects.get(pk=case.pk)


def ask(case):
    return actions.ask_supplement(
        by=make.actor("cixi-clerk"), application=case.pk, gaps=[{"material": "premises_proof"}]
    )


@pytest.mark.parametrize("order", ["notice first", "sweep first"])
def test_a_notice_after_the_last_day_is_refused_in_both_orders(world, days, order):
    """Deemed acceptance counts from the day of receipt, however late the sweep comes (XKF 32(4))."""
    case = make.received(without=("premises_proof",))
    days.at(case.notice_due + LONG)
    if order == "sweep first":
        days.work()
    with nothing_written(*ROWS), pytest.raises(WrongState):
        ask(case)
    days.work()
    days.work()
    row = again(case)
    assert (row.state, row.deemed, row.accepted_on) == ("in_progress", True, case.receipt_date)
    assert Clock.objects.get(root_id=case.pk, kind="decision").started_on == case.receipt_date
    assert Event.objects.filter(chain=case.chain, name="application.deem_accept").count() == 1


def test_a_notice_on_the_last_day_is_in_time_without_any_sweep(world, days):
    case = make.received(without=("premises_proof",))
    days.at(case.notice_due, 23)
    assert ask(case).state == "awaiting_supplement"
    days.work()
    assert not again(case).deemed


def on_the_spot(**given):
    """An item that leaves no days for the one-time notice."""
    draft = make.draft(**given)
    members = [{**member, "notice_days": 0} for member in draft.plan["members"]]
    Application.objects.filter(pk=draft.pk).update(plan={**draft.plan, "members": members})
    return actions.receive(by=make.actor("cixi-clerk"), application=draft.pk)


def test_no_notice_days_means_told_on_the_day_of_receipt(world, days):
    # Received on a day off, the day would be the next working one.
    days.at(shelf().calendar("330282").add_working_days(today() - timedelta(days=1), 1).due)
    told, silent = (on_the_spot(without=("premises_proof",)) for _ in range(2))
    assert told.notice_due == told.receipt_date
    days.at(told.receipt_date, 23)
    assert ask(told).state == "awaiting_supplement"
    days.after(silent.receipt_date, 0)
    with nothing_written(*ROWS), pytest.raises(WrongState):
        ask(silent)
    days.work()
    row = again(silent)
    assert (row.state, row.deemed, row.accepted_on) == ("in_progress", True, silent.receipt_date)


def test_three_ends_of_what_was_not_put_right(world, days):
    """Unbrought: lapsed; badly brought: not accepted; a tolerated gap: acceptance revoked (ZJR 11)."""
    clerk = make.actor("cixi-clerk")
    lapsing, bad, gap = make.awaiting(), make.awaiting(), make.accepted(gaps=["floor_plan"])
    cure_by, gap_by = lapsing.cure_by, make.member_of(gap).gap_cure_by
    days.at(cure_by, 23)
    actions.take_supplement(
        by=clerk, application=bad.pk, materials={"premises_proof": {"state": "rejected", "remark": "租赁合同已到期"}}
    )
    actions.not_accept(by=clerk, application=bad.pk, ground="bad_cure", reason="补正的租赁合同已到期")
    days.at(max(cure_by, gap_by) + LONG)
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.take_supplement(by=clerk, application=lapsing.pk, materials={"premises_proof": {"state": "supplied"}})
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.mark_renewal(by=clerk, application=lapsing.pk, certificate="—")
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.supply_gap(by=clerk, application=gap.pk, materials={"floor_plan": {"state": "supplied"}})
    days.work()
    days.work()
    ends = [(again(case).state, again(case).outcome) for case in (lapsing, bad, gap)]
    assert ends == [("lapsed", ""), ("not_accepted", ""), ("done", "revoked")]
    last = ["withdrawal", "non_acceptance", "acceptance_revoked"]
    for case, kind in zip((lapsing, bad, gap), last, strict=True):
        kinds = set(Document.objects.filter(root_id=case.pk).values_list("kind", flat=True))
        assert kinds & set(last) == {kind}


def test_what_the_law_has_ended_is_not_taken_back(world, days):
    """Withdrawn, a case that was deemed accepted, had lapsed or lost its acceptance ended another way than the law had ended it."""
    silent, lapsing, gap = make.received(without=("premises_proof",)), make.awaiting(), make.accepted(gaps=["floor_plan"])
    days.at(max(silent.notice_due, lapsing.cure_by, make.member_of(gap).gap_cure_by) + LONG)
    late = [(actions.withdraw, "cixi-clerk", case) for case in (silent, lapsing, gap)] + [(actions.terminate, "cixi-supervisor", gap)]
    for verb, who, case in late:
        with nothing_written(*ROWS), pytest.raises(WrongState, match="已过"):
            verb(by=make.actor(who), application=case.pk, reason="申请人不再办理")
    with nothing_written(*ROWS), pytest.raises(WrongState, match="已过"):
        actions.withdraw_member(by=make.actor("cixi-clerk"), member=make.member_of(gap).pk, reason="申请人不再办理")
    days.work()
    days.work()
    assert [(again(case).state, again(case).outcome) for case in (silent, lapsing, gap)] == [("in_progress", ""), ("lapsed", ""), ("done", "revoked")]
    actions.withdraw(by=make.actor("cixi-clerk"), application=silent.pk, reason="申请人不再办理")
    assert (again(silent).state, again(silent).deemed) == ("withdrawn", True)
