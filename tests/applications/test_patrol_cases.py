"""Each check of the patrol finds its own fault: lawful cases, and behind the back of every guard one thing made impossible."""

from contextlib import contextmanager
from datetime import timedelta

from django.db import connection, transaction

from apps.applications import actions, patrol
from apps.applications.models import Application, Cancellation, Job, Member, Opinion, Parcel
from apps.deadlines.models import Clock, Extension, Pause
from apps.issuance.models import Document, HandOver, SealRecord
from apps.journal.invariants import _checks
from apps.kit.time import today
from tests import make


@contextmanager
def behind_the_back():
    """No trigger speaks, and afterwards nothing has happened."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        transaction.set_rollback(True)


def found() -> dict[str, list[tuple[str, str]]]:
    told = {name: [(one["what"], one["where"]) for one in check()] for name, check in _checks.items() if check.__module__ == patrol.__name__}
    return {name.removeprefix("applications."): faults for name, faults in told.items() if faults}


def test_every_check_finds_its_fault_and_says_where(world):
    running = make.claimed()
    actions.extend(by=make.actor("scjg-head"), job=running.pk, days=5, reason="检测结果需要复核")
    asked = actions.consult(by=make.actor("scjg-reviewer"), member=running.member_id, departments=["wsjs"], question=make.QUESTION)
    held, over, come, given = make.paused(), make.decided(), make.received(), make.collected()
    (opinion,) = Opinion.objects.filter(consultation=asked)
    done, pause, extension = over.jobs.get(), Pause.objects.get(), Extension.objects.get()
    ended = Cancellation.objects.create(application=over.application, member=over, state="asked")
    in_review, paused, decided = (f"member:{pk}" for pk in (running.member_id, held.member_id, over.pk))
    of = Clock.objects.filter(kind="decision")
    clock, held_clock = (of.filter(subject_id=one.member_id) for one in (running, held))

    def member(row, **given):
        return lambda: Member.objects.filter(pk=row).update(**given)

    def whole(pk, **given):
        return lambda: Application.objects.filter(pk=pk).update(**given)

    def another_extension():
        """On the stopped clock of another member, which says now that it was this one's."""
        other = of.get(subject_id=over.pk)
        of.filter(pk=other.pk).update(subject_id=running.member_id, root_id=running.application_id)
        return Extension.objects.create(clock=other, **{
            name: getattr(extension, name) for name in ("days", "approved_on", "approver", "reason", "notice", "told_on")
        })

    def in_the_parcel_of_another():
        Parcel.objects.create(application=over.application, members=[held.member_id], recipient="x", phone="x", address="x", clerk_id=1)
        member(over.pk, state="dispatched")()

    def cancelled(on):
        """Either the day does not stand on the item, or its papers are in force all the same."""
        if on is None:
            Document.objects.filter(member_id=over.pk).update(state="void", void_reason="x")
        member(over.pk, cancelled_on=on)()
        Cancellation.objects.update(state="granted")

    planted = [
        ("undecided_member_has_one_open_job", "恰有一件未结", in_review, lambda: Job.objects.filter(pk=running.pk).update(state="closed")),
        ("ended_member_has_no_open_job", "未结的部门工作", f"job:{done.pk}", lambda: Job.objects.filter(pk=done.pk).update(state="claimed")),
        ("ended_member_has_no_open_job", "未结的部门工作", f"job:{held.pk}", member(held.member_id, state="terminated")),
        ("ended_member_is_not_consulted_about", "未了结", f"consultation:{asked.pk}", member(running.member_id, state="refused")),
        ("ended_member_is_not_consulted_about", "未了结", f"consultation:{asked.pk}", member(running.member_id, state="withdrawn")),
        ("ended_member_is_not_consulted_about", "答复时钟", f"opinion:{opinion.pk}",
         lambda: Clock.objects.filter(subject_type="opinion").update(stopped_on=today())),
        ("cancelled_certificate_is_not_in_force", "有效的文书", f"cancellation:{ended.pk}", lambda: cancelled(None)),
        ("cancelled_certificate_is_not_in_force", "有效的文书", f"cancellation:{ended.pk}", lambda: cancelled(today())),
        ("what_was_sent_is_in_a_parcel", "在途的快递", decided, member(over.pk, state="dispatched")),
        ("what_was_sent_is_in_a_parcel", "在途的快递", decided, in_the_parcel_of_another),
        ("grant_without_gap", "容缺未补", decided, member(over.pk, state="archived", gap_open=True)),
        ("acceptor_is_not_decider", "不同的人", decided, member(over.pk, decided_by=over.application.acceptor_id)),
        ("acceptor_is_not_decider", "不同的人", decided, member(over.pk, decided_by=over.opinion_by_id)),
        ("derived_state", "应已办结", f"application:{running.application_id}", member(running.member_id, state="refused")),
        ("derived_state", "应已办结", f"application:{running.application_id}", member(running.member_id, state="withdrawn")),
        ("derived_state", "未结束的事项", f"application:{over.application_id}", member(over.pk, state="in_review")),
        ("derived_state", "各事项的决定", f"application:{over.application_id}", whole(over.application_id, outcome="refused")),
        ("derived_state", "尚未受理", f"application:{over.application_id}", whole(over.application_id, state="pre_passed")),
        ("days_follow_each_other", "依次在后", decided, member(over.pk, decided_on=over.accepted_on - timedelta(days=1))),
        ("days_follow_each_other", "依次在后", decided, member(over.pk, decision="")),
        ("days_follow_each_other", "依次在后", decided, member(over.pk, served_on=over.decided_on - timedelta(days=1))),
        ("days_follow_each_other", "早于收件", f"application:{come.pk}", whole(come.pk, accepted_on=today() - timedelta(days=1))),
        ("result_stands_in_its_registers", "用印登记", decided, member(over.pk, state="ready_for_issue")),
        ("result_stands_in_its_registers", "用印登记", f"member:{given.pk}", SealRecord.objects.filter(document__kind="certificate").delete),
        ("result_stands_in_its_registers", "出件登记", f"member:{given.pk}", HandOver.objects.all().delete),
        ("result_stands_in_its_registers", "出件登记", f"member:{given.pk}", member(given.pk, served_on=None)),
        ("running_member_has_a_clock", "办结时钟", in_review, lambda: clock.update(stopped_on=today())),
        ("running_member_has_a_clock", "办结时钟", in_review, lambda: clock.update(kind="notice")),
        ("paused_member_has_a_paused_clock", "同时成立", paused, lambda: held_clock.update(state="running")),
        ("paused_member_has_a_paused_clock", "同时成立", in_review, lambda: clock.update(state="paused", due_on=None, next_change_at=None)),
        ("open_pause_has_its_notice", "告知书", f"pause:{pause.pk}", lambda: Pause.objects.update(notice="另一份")),
        ("open_pause_has_its_notice", "应在特别程序中", f"pause:{pause.pk}", member(held.member_id, state="in_review")),
        ("one_extension_with_its_notice", "延长一次", f"extension:{extension.pk}", lambda: Extension.objects.update(notice="另一份")),
        ("one_extension_with_its_notice", "延长一次", f"extension:{extension.pk}", lambda: clock.update(kind="notice")),
        ("one_extension_with_its_notice", "延长一次", f"extension:{extension.pk}", another_extension),
        ("received_has_a_clock", "补正时钟", f"application:{come.pk}", lambda: Clock.objects.filter(root_id=come.pk).update(stopped_on=today())),
    ]
    assert found() == {}
    for name, what, where, plant in planted:
        with behind_the_back():
            plant()
            assert any(what in said and where == at for said, at in found().get(name, [])), (name, what, found())
    assert found() == {}
    known = {name for name, check in _checks.items() if check.__module__ == patrol.__name__}
    assert known == {f"applications.{name}" for name, *_ in planted}
