"""Across the Spring Festival of 2018: an expert review, a supplement in review and an extension, and every date by hand.

建设工程规划许可, accepted on Thursday 1 February: twenty working days by law, seven promised. The holiday is 15 to 21 February;
Sunday the 11th and Saturday the 24th are made up.
"""

from datetime import date

from apps.applications import actions, queries_clocks
from apps.applications.models import Application, Job, Member
from apps.deadlines.models import Clock
from apps.deadlines.patrol import days_follow
from apps.deadlines.queries_what_if import Supposition
from apps.deadlines.queries_why import why
from apps.issuance.models import Document
from apps.journal.anchoring import verify
from apps.journal.invariants import patrol
from tests import make
from tests.api.client import Caller
from tests.deadlines.conftest import answer
from tests.replay import replayed


def stands(case) -> Clock:
    """The decision's clock; case, member and job show its day, and the journal told again gives the same days."""
    clock = Clock.objects.with_intervals().get(kind="decision", root_id=case.pk)
    for model, about in ((Application, {"pk": case.pk}), (Member, {"application": case}), (Job, {"application": case})):
        assert model.objects.get(**about).due_on == clock.due_on
    assert replayed(clock) == (clock.promised_due, clock.legal_due, clock.due_on)
    assert list(days_follow()) == []
    return clock


def test_expert_review_supplement_and_extension(office):
    reviewer, head = make.actor("guihua-reviewer"), make.actor("guihua-head")
    office.at(date(2018, 2, 1))
    case = make.accepted("project-planning-permit")
    job = actions.claim(by=reviewer, job=make.job_of(case).pk)
    # Promised: 2, 5, 6, 7, 8, 9 and the made-up Sunday 11 February. Law: 11 to 14, 22 to 24, 26 February to 2, 5, 6 March.
    clock = stands(case)
    assert (clock.promised_due, clock.legal_due) == (date(2018, 2, 11), date(2018, 3, 6))

    office.pass_to(date(2018, 2, 6))
    supposed = Supposition(pause_from=date(2018, 2, 6), pause_to=date(2018, 2, 22))
    foreseen = queries_clocks.suppose(head, clock.pk, supposed).answer.then
    actions.pause(by=head, job=job.pk, **{**make.TESTING, "ground": "expert_review", "expected_days": 8})
    clock = stands(case)  # the 2nd, 5th and 6th are counted: four and seventeen days are left
    assert (clock.state, clock.due_on, clock.promised_left, clock.legal_left) == ("paused", None, 4, 17)
    office.pass_to(date(2018, 2, 13))
    assert stands(case).light == "green"  # the promise's first day is over, and nothing is late

    office.pass_to(date(2018, 2, 22))
    actions.resume(by=reviewer, job=job.pk, result="方案通过专家评审")
    # Left out: 7, 8, 9, 11, 12, 13, 14 and 22 February. Then 23, the made-up Saturday 24, 26 and 27; the law's last is 16 March.
    clock = stands(case)
    assert (clock.promised_due, clock.legal_due) == (date(2018, 2, 27), date(2018, 3, 16))
    assert (foreseen.promised_due, foreseen.legal_due) == (clock.promised_due, clock.legal_due)
    assert Document.objects.get(kind="special_procedure_end").payload["excluded_days"] == 8

    office.pass_to(date(2018, 2, 23))
    gaps = [{"material": "land_document", "problem": "红线图与方案不一致"}]
    supplement = actions.ask_in_review(by=reviewer, job=job.pk, gaps=gaps)
    assert supplement.cure_by == date(2018, 2, 26)  # two working days at most, the Saturday is one
    assert not supplement.excluded and stands(case).due_on == date(2018, 2, 27)  # the clock goes on
    office.pass_to(date(2018, 2, 26))
    actions.take_in_review(
        by=make.actor("cixi-clerk"), supplement=supplement.pk, materials={"land_document": {"originals": 1}}
    )
    assert stands(case).due_on == date(2018, 2, 27)

    office.pass_to(date(2018, 2, 27))
    actions.extend(by=head, job=job.pk, days=5, reason="红线图调整后需要重新核算指标")
    # Five days more: 28 February, 1, 2, 5 and 6 March; by law 19 to 23 March.
    clock = stands(case)
    assert (clock.promised_due, clock.legal_due) == (date(2018, 3, 6), date(2018, 3, 23))

    office.pass_to(date(2018, 3, 5))
    actions.conclude(by=reviewer, job=job.pk, recommendation="grant", opinion="符合规划条件，同意许可。")
    office.pass_to(date(2018, 3, 6))
    actions.decide(by=head, job=job.pk, decision="grant")
    office.work()
    clock = Clock.objects.with_intervals().get(pk=clock.pk)
    assert (clock.state, clock.outcome, clock.due_on) == ("stopped", "on_time", date(2018, 3, 6))

    told = why(clock)
    assert [(turn.on, turn.what, turn.due_on) for turn in told.turns] == [
        (date(2018, 2, 1), "start", date(2018, 2, 11)),
        (date(2018, 2, 6), "pause", None),
        (date(2018, 2, 22), "resume", date(2018, 2, 27)),
        (date(2018, 2, 27), "extend", date(2018, 3, 6)),
        (date(2018, 3, 6), "stop", date(2018, 3, 6)),
    ]
    assert "2月11日（周日）调休上班，计第7个工作日" in why(clock, date(2018, 2, 2)).lines
    api = Caller("guihua-reviewer").get(f"clocks/{clock.pk}/why/")
    assert api["due_on"] == "2018-03-06" and api["lines"] == list(told.lines)
    contract = answer(
        "decision_due",
        accept_date="2018-02-01",
        legal={"n": 20, "unit": "working"},
        promised={"n": 7, "unit": "working"},
        pauses=[{"start": "2018-02-06", "end": "2018-02-22", "type": "expert_review"}],
        extensions=[{"days": 5, "approved_on": "2018-02-27"}],
    )
    assert (contract["promised_due"], contract["legal_due"]) == ("2018-03-06", "2018-03-23")
    assert [v for v in patrol()[1] if v["invariant"].startswith(("applications.", "deadlines."))] == []
    verify()
