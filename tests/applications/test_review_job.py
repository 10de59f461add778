"""The department's desk: claim, hand on, conclude, send back, decide."""

import pytest

from apps.applications import actions, queries_review
from apps.applications.models import Application, Job, Member, Note
from apps.deadlines.models import Clock
from apps.directory.models import Message
from apps.issuance.models import Document
from apps.journal.models import Event
from apps.kit.errors import Forbidden, Refused, WrongState
from apps.kit.time import today
from tests import make, people
from tests.people import nothing_written

ROWS = (Member, Job, Clock, Document, Note)
WHY = "不符合规定的条件和标准"


def actor(name):
    return make.actor(name)


def test_a_claim_puts_the_member_into_review(world):
    job = make.claimed()
    reviewer = actor("scjg-reviewer")
    assert (job.state, job.assignee_id) == ("in_hand", reviewer.id)
    assert Member.objects.get(pk=job.member_id).state == "in_review"
    with nothing_written(*ROWS), pytest.raises(WrongState, match="已由徐国平领办"):
        actions.claim(by=actor("scjg-reviewer2"), job=job.pk)


def test_many_at_once_and_the_taken_one_does_not_hold_back_the_rest(world):
    first, second = make.job_of(make.accepted()), make.job_of(make.accepted())
    foreign = make.job_of(make.accepted("tobacco-retail-licence"))
    actions.claim(by=actor("scjg-reviewer2"), job=first.pk)
    done = actions.claim_many(by=actor("scjg-reviewer"), jobs=[first.pk, second.pk, foreign.pk, 0])
    assert done.done == [second.pk]
    assert set(done.refused) == {first.pk, foreign.pk, 0}
    assert all(done.refused.values())


def test_what_follows_is_the_heads_queue_and_without_one_what_he_reviews_himself(world):
    member, waits = make.decided(), make.concluded()
    done, other = Job.objects.get(member=member), make.claimed()
    unclaimed = make.job_of(make.accepted())
    assert queries_review.following(actor("scjg-reviewer"), done) == other
    assert queries_review.following(actor("scjg-reviewer2"), done) == unclaimed  # nothing in hand: what nobody has claimed
    people.staff("reviewer", user=make.user("scjg-head"))
    own = make.claimed(reviewer="scjg-head")
    assert queries_review.following(actor("scjg-head"), done) == waits
    actions.decide(by=actor("scjg-head"), job=waits.pk, decision="grant", reason="")
    assert queries_review.following(actor("scjg-head"), done) == own


def test_only_who_holds_it_concludes(world):
    job = make.claimed()
    with nothing_written(*ROWS), pytest.raises(Forbidden) as told:
        actions.conclude(by=actor("scjg-reviewer2"), job=job.pk, recommendation="grant", opinion="符合条件")
    assert told.value.code == "forbidden.assignee"


@pytest.mark.parametrize(("recommendation", "opinion"), [("grant", " "), ("maybe", "符合条件"), ("", "符合条件")])
def test_an_opinion_has_a_direction_and_words(world, recommendation, opinion):
    job = make.claimed()
    with nothing_written(*ROWS), pytest.raises(Refused):
        actions.conclude(by=actor("scjg-reviewer"), job=job.pk, recommendation=recommendation, opinion=opinion)


def test_the_head_hands_it_to_another_reviewer_of_the_department(world):
    job = make.claimed()
    head = actor("scjg-head")
    for wrong in (make.user("wsjs-reviewer").pk, make.user("cixi-clerk").pk, 0):
        with nothing_written(*ROWS), pytest.raises(Refused):
            actions.reassign(by=head, job=job.pk, assignee=wrong, reason="工作调整")
    with nothing_written(*ROWS), pytest.raises(Refused):
        actions.reassign(by=head, job=job.pk, assignee=make.user("scjg-reviewer2").pk, reason="")
    with nothing_written(*ROWS), pytest.raises(Forbidden):
        actions.reassign(by=actor("scjg-reviewer"), job=job.pk, assignee=job.assignee_id, reason="工作调整")
    row = actions.reassign(by=head, job=job.pk, assignee=make.user("scjg-reviewer2").pk, reason="工作调整")
    assert (row.state, row.assignee_id) == ("in_hand", make.user("scjg-reviewer2").pk)
    with nothing_written(*ROWS), pytest.raises(Forbidden):
        actions.conclude(by=actor("scjg-reviewer"), job=job.pk, recommendation="grant", opinion="符合条件")


def test_an_unclaimed_job_handed_out_is_in_review(world):
    job = make.job_of(make.accepted())
    actions.reassign(by=actor("scjg-head"), job=job.pk, assignee=make.user("scjg-reviewer2").pk, reason="指定承办")
    assert Member.objects.get(pk=job.member_id).state == "in_review"


def test_who_has_it_in_hand_is_told_that_it_ended_without_a_decision(world):
    """It lies in no list of his any more; what nobody has claimed, or was decided, is told to nobody."""
    job, free, done = make.claimed(), make.accepted(), make.decided()
    for case in (job.application_id, free.pk):
        actions.withdraw(by=actor("cixi-clerk"), application=case, reason="不再经营")
    (told,) = Message.objects.filter(title__startswith="不用再审查：")
    assert (told.user.username, told.root_id, told.link) == ("scjg-reviewer", job.application_id, f"/review/{job.pk}/")
    assert "已撤回" in told.text and done.state == "granted"


def test_the_head_sends_it_back_with_a_reason(world):
    job = make.concluded()
    head = actor("scjg-head")
    with nothing_written(*ROWS), pytest.raises(Refused):
        actions.send_back(by=head, job=job.pk, reason="再")
    row = actions.send_back(by=head, job=job.pk, reason="请补充现场核查情况")
    assert (row.state, row.recommendation, row.assignee_id) == ("in_hand", "", job.assignee_id)
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.decide(by=head, job=job.pk, decision="grant")
    opinion = Event.objects.filter(name="job.conclude", subject_id=str(job.pk)).get()
    assert opinion.facts["opinion"]  # what was written first stays readable


def test_a_grant_has_its_papers_and_its_delivery_clock(world):
    member = make.decided()
    case = Application.objects.get(pk=member.application_id)
    assert (member.state, member.decision, member.decided_on, case.state, case.outcome) == (
        "granted",
        "granted",
        today(),
        "done",
        "granted",
    )
    kinds = set(Document.objects.filter(member_id=member.pk).values_list("kind", flat=True))
    assert kinds == {"grant", "certificate"}
    running = Clock.objects.filter(root_id=case.pk, stopped_on__isnull=True)
    assert [clock.kind for clock in running] == ["delivery"]
    assert make.job_of(case).state == "closed"


@pytest.mark.parametrize("reason", ["", "不行", "         不行         "])
def test_a_refusal_gives_reasons(world, reason):
    job = make.concluded(recommendation="refuse")
    with nothing_written(*ROWS), pytest.raises(Refused) as told:
        actions.decide(by=actor("scjg-head"), job=job.pk, decision="refuse", reason=reason)
    assert told.value.field == "reason"


def test_a_refusal_tells_its_reasons(world):
    """Remedies are the template's: tests/issuance reads them on the paper."""
    member = make.decided(decision="refuse")
    case = Application.objects.get(pk=member.application_id)
    paper = Document.objects.get(member_id=member.pk, kind="refusal").payload
    assert (member.decision, case.outcome) == ("refused", "refused")
    assert member.decision_reason in str(paper)


def test_a_decision_against_the_opinion_says_why(world):
    job = make.concluded(recommendation="refuse")
    head = actor("scjg-head")
    with nothing_written(*ROWS), pytest.raises(Refused) as told:
        actions.decide(by=head, job=job.pk, decision="grant")
    assert told.value.code == "decision.differs"
    assert actions.decide(by=head, job=job.pk, decision="grant", reason="经复核符合条件").state == "granted"


@pytest.mark.parametrize("sign", ["😀", "✔", "\uf0b7"])  # of a telephone, of a page, of a word processor's list
def test_what_no_paper_can_say_is_not_decided_with(world, sign):
    """The decision would stand, and its paper could never be made: nothing to seal and nothing to hand out."""
    job = make.claimed()
    with nothing_written(*ROWS), pytest.raises(Refused) as refusal:
        actions.conclude(by=actor("scjg-reviewer"), job=job.pk, recommendation="grant", opinion=f"{sign} 符合条件")
    assert refusal.value.field == "opinion"
    assert f"U+{ord(sign):04X}" in refusal.value.message
    actions.conclude(by=actor("scjg-reviewer"), job=job.pk, recommendation="grant", opinion="符合条件，𠮷田★")
    for decision in ("grant", "refuse"):
        with nothing_written(*ROWS), pytest.raises(Refused) as refusal:
            actions.decide(by=actor("scjg-head"), job=job.pk, decision=decision, reason=f"{WHY}{sign}")
        assert refusal.value.field == "reason"


@pytest.mark.parametrize("decision", ["maybe", "", "granted"])
def test_a_decision_is_yes_or_no(world, decision):
    job = make.concluded()
    with nothing_written(*ROWS), pytest.raises(Refused):
        actions.decide(by=actor("scjg-head"), job=job.pk, decision=decision)


@pytest.mark.parametrize("build", ["job_of", "claimed"])
def test_nothing_is_decided_before_the_opinion(world, build):
    job = make.claimed() if build == "claimed" else make.job_of(make.accepted())
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.decide(by=actor("scjg-head"), job=job.pk, decision="grant")


def test_what_is_decided_stays_decided(world):
    job = make.concluded()
    head = actor("scjg-head")
    actions.decide(by=head, job=job.pk, decision="grant")
    for late in [
        lambda: actions.decide(by=head, job=job.pk, decision="refuse", reason=WHY),
        lambda: actions.send_back(by=head, job=job.pk, reason="请再核实"),
        lambda: actions.conclude(by=actor("scjg-reviewer"), job=job.pk, recommendation="refuse", opinion="不符合条件"),
        lambda: actions.reassign(by=head, job=job.pk, assignee=make.user("scjg-reviewer2").pk, reason="工作调整"),
    ]:
        with nothing_written(*ROWS), pytest.raises(WrongState):
            late()


def test_a_note_is_for_colleagues_only(world):
    case = make.accepted()
    actions.add_note(by=actor("scjg-reviewer"), application=case.pk, text="已电话核实")
    assert [note.text for note in make.case("cixi-clerk", case).notes] == ["已电话核实"]
    assert make.case("enterprise", case).notes == []
    for text in ("", " ", "x" * 1001):
        with nothing_written(*ROWS), pytest.raises(Refused):
            actions.add_note(by=actor("scjg-reviewer"), application=case.pk, text=text)


def test_the_story_to_the_applicant_has_no_inner_words(world):
    job = make.concluded(recommendation="refuse")
    actions.send_back(by=actor("scjg-head"), job=job.pk, reason="内部意见：措辞再推敲")
    told = str(make.case("enterprise", job.application).story)
    assert "措辞再推敲" not in told
    assert "材料齐全，符合规定的条件" not in told
    assert make.case("enterprise", job.application).jobs == []
