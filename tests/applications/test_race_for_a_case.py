# ruff: noqa: B023  (what a loop's round makes is called before the round ends)
"""Two hands on one case at the same moment: one winner, one event, and the joined work ends exactly once."""

import random

import pytest
from django.db import transaction

from apps.applications import actions
from apps.applications.actions.renewal_outcome import pending_renewal, settle_renewal
from apps.applications.models import Application, Job, Member
from apps.deadlines.actions import sweep as sweep_clocks
from apps.deadlines.models import Clock, Extension, Pause
from apps.directory.actions import reveal
from apps.directory.models import Reveal
from apps.issuance.actions import void_document
from apps.issuance.models import Document
from apps.issuance.queries import certificate_in_force
from apps.journal.actor import SYSTEM
from apps.journal.anchoring import seal, verify
from apps.journal.door import action
from apps.journal.invariants import patrol
from apps.journal.models import Event
from apps.journal.once import once
from apps.kit.errors import DomainError, Refused, WrongState
from apps.kit.time import now
from apps.supervision.rollup import rollup
from tests import make
from tests.full import full
from tests.settled import count_all
from tests.threads import behind, lost, together, won

pytestmark = pytest.mark.usefixtures("transactional_db", "world")
ROUNDS = full(2, 30)


def count(name, case):
    return Event.objects.filter(name=name, chain=f"application:{case.pk}").count()


def sound():
    """What the room itself promises; time is moved here without the sweeps and printers of other rooms."""
    assert [found for found in patrol()[1] if found["invariant"].startswith("applications.")] == []
    verify()


def test_two_clerks_accept(world):
    for _ in range(ROUNDS):
        case = make.received()
        clerks = [make.actor("cixi-clerk"), make.actor("cixi-clerk2")]
        found = together(*[lambda by=by: actions.accept(by=by, application=case.pk) for by in clerks])
        assert (len(won(found)), [type(e) for e in lost(found)]) == (1, [WrongState])
        assert (count("application.accept", case), count("member.accept", case)) == (1, 1)
        assert Job.objects.filter(application=case).count() == 1
        assert Document.objects.filter(root_id=case.pk, kind="acceptance").count() == 1
        assert Application.objects.get(pk=case.pk).acceptor_id == won(found)[0].acceptor_id
    sound()


def test_looks_at_one_moment_are_counted_one_after_the_other(settings):
    settings.REVEALS_PER_TEN_MINUTES = 1
    first, second, clerk = make.received(), make.received(), make.actor("cixi-clerk")
    about = {"by": clerk, "field": "contact_mobile", "reason": "核对联系手机"}
    with transaction.atomic():
        reveal(subject=first, **about)
        other = behind(lambda: reveal(subject=second, **about))
    assert isinstance(other(), Refused) and Reveal.objects.count() == 1


def test_one_accepts_while_another_turns_it_away(world):
    for _ in range(ROUNDS):
        case = make.received()
        found = together(
            lambda: actions.accept(by=make.actor("cixi-clerk"), application=case.pk),
            lambda: actions.not_accept(
                by=make.actor("cixi-clerk2"), application=case.pk, ground="other", reason="不符合条件"
            ),
            lambda: actions.void(by=make.actor("cixi-supervisor"), application=case.pk, reason="录入错误作废"),
        )
        assert (len(won(found)), {type(e) for e in lost(found)}) == (1, {WrongState})
    sound()


def test_two_reviewers_claim(world):
    for _ in range(ROUNDS):
        job = make.job_of(make.accepted())
        hands = [make.actor("scjg-reviewer"), make.actor("scjg-reviewer2")]
        found = together(*[lambda by=by: actions.claim(by=by, job=job.pk) for by in hands])
        assert (len(won(found)), [type(e) for e in lost(found)]) == (1, [WrongState])
        assert Job.objects.get(pk=job.pk).assignee_id == won(found)[0].assignee_id
        assert (count("job.claim", job.application), count("member.begin_review", job.application)) == (1, 1)
    sound()


def test_two_heads_decide_differently(world):
    from apps.directory.queries import actor_for
    from tests import people

    second = actor_for(people.staff("head"))
    for _ in range(ROUNDS):
        job = make.concluded()
        found = together(
            lambda: actions.decide(by=make.actor("scjg-head"), job=job.pk, decision="grant"),
            lambda: actions.decide(by=second, job=job.pk, decision="refuse", reason="不符合规定的条件和标准"),
        )
        assert (len(won(found)), [type(e) for e in lost(found)]) == (1, [WrongState])
        case = job.application
        assert count("member.grant", case) + count("member.refuse", case) == 1
        assert count("application.finish", case) == 1
        assert Member.objects.get(pk=job.member_id).decision == won(found)[0].decision
    sound()


def test_the_head_decides_while_the_applicant_withdraws(world):
    for _ in range(ROUNDS):
        job = make.concluded()
        case = job.application
        found = together(
            lambda: actions.decide(by=make.actor("scjg-head"), job=job.pk, decision="grant"),
            lambda: actions.withdraw(by=make.actor("enterprise"), application=case.pk, reason="不办了"),
        )
        assert (len(won(found)), len(lost(found))) == (1, 1)
        assert isinstance(lost(found)[0], DomainError)
        assert count("application.withdraw", case) + count("member.grant", case) == 1
    sound()


CLICKS = full(6, 50)


def test_the_same_request_many_times_at_once(world):
    """Without a key one is done and the others are told that it is; under one key all get the same answer."""
    clerk = make.actor("cixi-clerk")
    case = make.received()
    found = together(*[lambda: actions.accept(by=clerk, application=case.pk)] * CLICKS)
    assert len(won(found)) == 1 and {type(error) for error in lost(found)} == {WrongState}
    assert count("application.accept", case) == 1
    sound()


def test_a_double_click_under_one_key(world):
    clerk = make.actor("cixi-clerk")
    for n in range(ROUNDS):
        case = make.received()

        def click(case=case, n=n):
            return once(
                clerk, f"key{n}", case.pk, lambda: actions.accept(by=clerk, application=case.pk).accepted_on.isoformat()
            )

        clicks = CLICKS if n == 0 else 3
        found = together(*[click] * clicks)
        assert lost(found) == []
        assert sorted(replayed for _, replayed in found) == [False] + [True] * (clicks - 1)
        assert len({answer for answer, _ in found}) == 1
        assert count("application.accept", case) == 1
    sound()


def test_two_sweeps_announce_once(world, days):
    cases = [make.received() for _ in range(full(4, 60))]
    days.after(max(case.notice_due for case in cases))
    found = together(*[lambda: sweep_clocks(batch=2)] * 3)
    assert lost(found) == []
    assert sum(found) == len(cases)
    assert not Clock.objects.filter(next_change_at__lte=now()).exists()
    assert Event.objects.filter(name="clock.lapse").count() == len(cases)
    days.work()
    assert {count("application.deem_accept", case) for case in cases} == {1}
    sound()


def test_the_lapse_and_the_clerk_at_the_same_moment(world, days):
    """On the morning after the last day: the law has spoken, the clerk is late, whoever is first."""
    for _ in range(ROUNDS):
        case = make.received()
        days.after(case.notice_due)
        found = together(
            lambda: actions.deem_accepted(application=case.pk),
            lambda: actions.deem_accepted(application=case.pk),
            lambda: actions.accept(by=make.actor("cixi-clerk"), application=case.pk),
        )
        assert sorted(str(type(answer).__name__) for answer in found) == ["WrongState", "bool", "bool"]
        assert sorted(won(found)) == [False, True]
        assert count("application.deem_accept", case) == 1


def test_two_rollups_and_two_seals_count_once(world):
    from apps.supervision.models import DayCount

    for _ in range(full(2, 20)):
        make.accepted()
        found = together(rollup, rollup, seal, seal)
        assert lost(found) == []
    count_all()
    assert DayCount.objects.get(name="received", department="").value == full(2, 20)
    assert DayCount.objects.get(name="accepted", department="scjg").value == full(2, 20)
    sound()


def bundle_ready_to_end(rng):
    """退休: three members in parallel, all concluded; each department's head is about to decide."""
    case = make.accepted("retire", situations={"has_fund": True})
    calls = []
    for job in Job.objects.filter(application=case).select_related("member"):
        reviewer, head = make.actor(f"{job.department_id}-reviewer"), make.actor(f"{job.department_id}-head")
        decision = rng.choice(["grant", "refuse"])
        actions.claim(by=reviewer, job=job.pk)
        actions.conclude(by=reviewer, job=job.pk, recommendation=decision, opinion="审查意见如上。")
        reason = "" if decision == "grant" else "不符合规定的条件和标准"
        calls.append(
            lambda job=job, head=head, decision=decision, reason=reason: actions.decide(
                by=head, job=job.pk, decision=decision, reason=reason
            )
        )
    return case, calls


def test_departments_of_a_bundle_decide_at_the_same_moment(world):
    """The application's lock joins them: it finishes exactly once, with the right outcome."""
    rng = random.Random(20170831)
    for _ in range(full(3, 40)):
        case, calls = bundle_ready_to_end(rng)
        found = together(*calls)
        assert lost(found) == []
        row = Application.objects.get(pk=case.pk)
        decisions = {member.decision for member in row.members.all()}
        assert row.state == "done"
        assert row.outcome == {
            frozenset({"granted"}): "granted",
            frozenset({"refused"}): "refused",
        }.get(frozenset(decisions), "partly_granted")
        assert (count("application.finish", case), count("application.part", case)) == (1, 1)
    sound()


def test_two_heads_extend(world):
    for _ in range(ROUNDS):
        job = make.claimed()
        head = make.actor("scjg-head")
        found = together(
            *[lambda n=n: actions.extend(by=head, job=job.pk, days=n, reason="情况复杂需要复核") for n in (5, 7)]
        )
        assert (len(won(found)), [error.code for error in lost(found)]) == (1, ["second_extension"])
        assert Extension.objects.filter(clock__root_id=job.application_id).count() == 1
        assert count("member.extend", job.application) == 1
        assert Document.objects.filter(root_id=job.application_id, kind="extension_notice").count() == 1
    sound()


def test_a_pause_while_the_head_decides(world):
    """Either the case stands still and is not decided, or it is decided and never stood still."""
    for _ in range(ROUNDS):
        job = make.concluded()
        head = make.actor("scjg-head")
        found = together(
            lambda: actions.pause(by=head, job=job.pk, **make.TESTING),
            lambda: actions.decide(by=head, job=job.pk, decision="grant"),
        )
        assert (len(won(found)), [type(error) for error in lost(found)]) == (1, [WrongState])
        member = make.member_of(job.application)
        assert (member.state, Pause.objects.filter(root_id=job.application_id).count()) in {
            ("paused", 1),
            ("granted", 0),
        }
    sound()


def test_who_waited_for_the_case_sees_what_has_become_of_its_renewal(world):
    case = make.renewing(make.decided())

    def pending():
        with action(SYSTEM) as act:
            return pending_renewal(act.lock(Application, case.pk))

    with action(SYSTEM) as act:
        settle_renewal(act, act.lock(Application, case.pk))
        found = behind(pending)
    assert found() is None


def test_who_waited_for_the_old_case_sees_what_has_become_of_its_certificate(world):
    """Granted meanwhile it ran on from a paper that was revoked; and what the law renewed was told to one that had been made anew."""
    old = make.decided()
    case = make.renewing(old)
    job = actions.claim(by=make.actor("scjg-reviewer"), job=make.job_of(case).pk)
    actions.conclude(by=make.actor("scjg-reviewer"), job=job.pk, recommendation="grant", opinion="材料齐全，符合条件。")
    with action(SYSTEM) as act:
        act.lock(Member, old.pk)
        void_document(act, certificate_in_force(make.certificate_of(old)).pk, reason="决定已撤销")
        act.written()
        found = behind(lambda: actions.decide(by=make.actor("scjg-head"), job=job.pk, decision="grant"))
    assert isinstance(found(), WrongState) and make.member_of(case).decision == ""


def test_two_parcels_are_given_the_same_waybill_at_one_moment(world):
    """The second is told so in our words: what the database said of its index was read by the supervisor, whom it helped with nothing."""
    parcels = []
    for _ in range(2):
        member = make.sealed()
        about = {"by": make.actor("enterprise"), "application": member.application_id}
        actions.choose_handout(**about, way="courier", address="慈溪市白沙路街道三北大街2299号")
        parcels.append(actions.dispatch(**{**about, "by": make.actor("cixi-issue")}, members=[member.pk]))
    first, second = parcels
    with transaction.atomic():
        actions.take_waybill(parcel=first.pk, waybill="YT1")
        found = behind(lambda: actions.take_waybill(parcel=second.pk, waybill="YT1"))
    assert isinstance(found(), Refused) and "已经是另一件的" in found().message
