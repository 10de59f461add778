"""The one door: one action is one transaction, nothing half done is ever kept."""

from contextlib import suppress
from threading import Event as Moment
from time import sleep

import pytest
from django.db import DatabaseError, connection, transaction

from apps.applications import actions
from apps.applications.models import Application, Job, Member
from apps.journal.actor import PUBLIC, SYSTEM
from apps.journal.door import Foreseen, action
from apps.journal.models import Delivery, Event
from apps.kit.errors import Forbidden, NotYours, WrongState
from tests import make
from tests.people import nothing_written
from tests.threads import together


def perform(model, pk, move, *, by):
    with action(by) as act:
        return act.move(act.lock(model, pk), move)


def names(chain):
    return list(Event.objects.filter(chain=chain).order_by("seq").values_list("name", flat=True))


def test_the_whole_door(world):
    case = make.received()
    row = perform(Application, case.pk, "begin_check", by=make.actor("cixi-clerk"))
    event = Event.objects.filter(chain=case.chain).latest("seq")
    assert (row.state, event.name, event.from_state, event.to_state) == (
        "checking",
        "application.begin_check",
        "received",
        "checking",
    )
    assert event.by_post == make.user("cixi-clerk").posts.get().pk
    assert (row.chain_seq, row.chain_head) == (event.seq, event.hash)


@pytest.mark.parametrize(
    ("who", "model", "move", "refusal"),
    [
        ("cixi-clerk", Application, "begin_check", WrongState),
        ("scjg-reviewer", Application, "begin_check", NotYours),
        ("cixi-issue", Application, "begin_check", Forbidden),
        (None, Application, "begin_check", NotYours),
    ],
)
def test_a_refusal_writes_nothing(world, who, model, move, refusal):
    case = make.awaiting()
    by = make.actor(who) if who else PUBLIC
    with nothing_written(model), pytest.raises(refusal):
        perform(model, case.pk, move, by=by)


def test_what_does_not_exist_is_not_yours(world):
    for model in (Application, Member, Job):
        with nothing_written(model), pytest.raises(NotYours):
            perform(model, 0, "close", by=SYSTEM)


def test_an_inner_action_joins_the_outer_one(world):
    """Two actions in one: all of both, or nothing of either."""
    case = make.draft()
    clerk = make.actor("cixi-clerk")
    with nothing_written(Member, Job), pytest.raises(ZeroDivisionError), action(clerk):
        actions.receive(by=clerk, application=case.pk)
        actions.accept(by=clerk, application=case.pk)
        raise ZeroDivisionError
    assert Application.objects.get(pk=case.pk).state == "draft"
    with action(clerk):
        actions.receive(by=clerk, application=case.pk)
        actions.accept(by=clerk, application=case.pk)
    assert Application.objects.get(pk=case.pk).state == "in_progress"
    assert names(case.chain)[-3:] == ["application.receive", "application.accept", "member.accept"]


def test_a_swallowed_error_commits_nothing(world):
    case = make.received()
    clerk = make.actor("cixi-clerk")
    with nothing_written(Member), pytest.raises(RuntimeError, match="swallowed"), action(clerk) as act:
        row = act.lock(Application, case.pk)
        act.move(row, "begin_check")
        with suppress(Forbidden):
            actions.accept(by=make.actor("cixi-issue"), application=case.pk)
    assert Application.objects.get(pk=case.pk).state == "received"


def test_two_moves_of_one_row_in_one_action(world):
    """No job goes from assigned to concluded: the database sees both steps."""
    job, reviewer = make.job_of(make.accepted()), make.actor("scjg-reviewer")
    with action(reviewer) as act:
        row = act.lock(Job, job.pk)
        act.move(row, "claim", assignee=reviewer.id)
        act.move(row, "conclude", recommendation="grant")
    kept = Job.objects.get(pk=job.pk)
    assert (kept.state, kept.application.chain_seq) == ("concluded", row.application.chain_seq)
    assert names(row.application.chain)[-2:] == ["job.claim", "job.conclude"]
    with action(reviewer) as act:  # as two parts of one action may each have read it
        act.lock(Job, job.pk)
        for name, value in (("opinion", "符合"), ("recommendation", "refuse"), ("opinion", "不符合")):
            again = Job.objects.get(pk=job.pk)
            setattr(again, name, value)
            act.save(again, name)
    kept = Job.objects.get(pk=job.pk)
    assert (kept.opinion, kept.recommendation) == ("不符合", "refuse")


def test_an_inner_action_sees_what_the_outer_one_has_moved(world):
    """A job locked again inside the same transaction is as the outer action left it, though nothing is written yet."""
    job = make.job_of(make.accepted())
    reviewer = make.actor("scjg-reviewer")
    with action(reviewer):
        actions.claim(by=reviewer, job=job.pk)
        actions.conclude(by=reviewer, job=job.pk, recommendation="grant", opinion="符合规定的条件")
    job = Job.objects.get(pk=job.pk)
    assert (job.state, job.assignee_id) == ("concluded", reviewer.id)
    assert Member.objects.get(pk=job.member_id).state == "in_review"


def test_the_policy_of_the_post_stands_on_each_event(world):
    """The system's hand in the same transaction does not borrow the clerk's post."""
    case = make.accepted()
    accept, member = Event.objects.filter(chain=case.chain).order_by("seq")[2:]
    assert (accept.name, accept.by_kind, bool(accept.by_post)) == ("application.accept", "staff", True)
    assert (member.name, member.by_kind, member.by_post, member.by_name) == ("member.accept", "system", None, "系统")


def test_without_the_lock_nothing_is_recorded(world):
    case = make.received()
    with nothing_written(), pytest.raises(RuntimeError, match="locked"), action(SYSTEM) as act:
        act.record(Application.objects.get(pk=case.pk), "wave")


def test_the_root_is_locked_before_what_hangs_on_it(world):
    """Joining parallel work: the application's row first, then the member or job (measured without: 7 of 15 races wrong)."""
    job = make.job_of(make.accepted())
    with connection.execute_wrapper(record := Statements()), action(SYSTEM) as act:
        act.lock(Job, job.pk)
    [trip] = [sql for sql in record.seen if sql.startswith("EXECUTE")]  # each of the two sees what is committed when it begins
    asked = trip.split("; ")
    assert [" ".join(sql.split()[1:-2]) for sql in asked] == ['"lock root of applications_job', '"read applications_job']
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, statement FROM pg_prepared_statements")
        kept = {f'"{name}"': statement for name, statement in cursor.fetchall()}
    locks, read = (kept[sql.removeprefix("EXECUTE ").removesuffix(" (%s)")] for sql in asked)
    assert 'FROM "applications_application"' in locks and "FOR NO KEY UPDATE" in locks
    assert 'FROM "applications_job"' in read and "FOR " not in read
    alone = [sql for name, sql in kept.items() if name.startswith('"lock applications_application')]
    assert alone and all("FOR NO KEY UPDATE" in sql for sql in alone)  # who only names the case does not wait


@pytest.mark.django_db(transaction=True)
def test_who_waited_for_the_lock_reads_what_the_other_left(transactional_db, world):
    """The row is read after the lock is held, though both go in one trip: also what no lock is on."""
    job = make.claimed()
    locked, waiting = Moment(), Moment()

    def first():
        with action(SYSTEM) as act:
            row = act.lock(Job, job.pk)
            row.opinion = "先到的人写下的"
            act.save(row, "opinion")
            act.record(row, "touch")
            locked.set()
            waiting.wait(20)
            sleep(0.3)

    def second():
        locked.wait(20)
        with action(SYSTEM) as act:
            waiting.set()
            row = act.lock(Job, job.pk, foreseeing=FORESEEN)
            return row.opinion, row.application.chain_seq, [member.pk for member in row.everyone]

    found = together(first, second)
    case = Application.objects.get(pk=job.application_id)
    assert found[1] == ("先到的人写下的", case.chain_seq, [job.member_id])


FORESEEN = Foreseen((Application,), ("SELECT 7",), ("everyone", lambda case: Member.objects.filter(application=case)))


def test_what_is_foreseen_is_drawn_and_asked_with_the_lock(world):
    job = make.job_of(make.accepted())
    with connection.execute_wrapper(record := Statements()), action(SYSTEM) as act:
        row = act.lock(Job, job.pk, foreseeing=FORESEEN)
        (key,), answer = act.draw(Application), act.ask("SELECT 7")
        assert (row.everyone, answer) == ([make.member_of(row.application)], 7)
    assert key > row.application_id and "drawn" not in vars(row)
    assert len([sql for sql in record.seen if "EXECUTE" in sql]) == 1
    with pytest.raises(NotYours), action(SYSTEM) as act:
        act.lock(Job, 0, foreseeing=FORESEEN)


class Statements:
    def __init__(self):
        self.seen = []

    def __call__(self, execute, sql, params, many, context):
        self.seen.append(str(sql))
        return execute(sql, params, many, context)


def test_facts_are_what_the_database_gives_back(world):
    case = make.accepted(gaps=["floor_plan"])
    event = Event.objects.get(chain=case.chain, name="member.accept_with_gap")
    assert event.facts == {"on": case.accepted_on.isoformat(), "cure_by": make.member_of(case).gap_cure_by.isoformat()}


def test_the_doorbell_is_rung_only_after_the_commit(world, django_capture_on_commit_callbacks, monkeypatch):
    rung = []
    monkeypatch.setattr("apps.journal.door.ring", lambda deliveries: rung.extend(deliveries))
    case = make.draft()
    with django_capture_on_commit_callbacks(execute=False) as waiting:
        actions.receive(by=make.actor("cixi-clerk"), application=case.pk)
        assert rung == []
    for call in waiting:
        call()
    assert sorted(bell.queue for bell in rung) == ["default", "notify", "pdf"]
    assert Delivery.objects.filter(event__chain=case.chain, listener="issuance.render").count() == 1


@pytest.mark.parametrize("table", ["journal_event", "journal_anchor"])
@pytest.mark.parametrize("sql", ["UPDATE {} SET hash = 'x'", "DELETE FROM {}"])
def test_the_journal_is_append_only_in_sql(world, table, sql):
    make.received()
    with connection.cursor() as cursor:
        if table == "journal_anchor":
            cursor.execute(
                "INSERT INTO journal_anchor (at, horizon, low, after_event, count, hash) VALUES (now(),1,0,0,1,'x')"
            )
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute(sql.format(table))


@pytest.mark.parametrize("table", ["journal_event", "journal_anchor"])
def test_and_it_cannot_be_emptied(world, table):
    make.received()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT set_config('yichuang.test_database', 'off', true)")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(f"TRUNCATE {table} CASCADE")
        cursor.execute("SELECT set_config('yichuang.test_database', 'on', true)")
