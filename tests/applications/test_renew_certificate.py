"""Renewal of a certificate (XKF 50): asked for thirty days ahead, decided by its end, and which certificates may be renewed."""

from datetime import date, timedelta

import pytest

from apps.applications import actions
from apps.applications.models import Application, Job, Member, Renewal
from apps.deadlines.models import Clock, Pause
from apps.deadlines.queries_past import explain_clock
from apps.directory.models import Message
from apps.issuance.actions import void_document
from apps.issuance.models import Document
from apps.issuance.queries import certificate_in_force
from apps.journal.actor import SYSTEM
from apps.journal.door import action
from apps.journal.invariants import patrol
from apps.kit.errors import Forbidden, NotYours, Refused, WrongState
from tests import make, people
from tests.applications.test_run_bundle import decide as decide_member
from tests.applications.test_run_bundle import restaurant
from tests.people import nothing_written
from tests.web.conftest import client_of

ROWS = (Renewal, Application, Member, Job, Clock, Pause, Document)
END = date(2022, 9, 11)  # a Sunday in the holidays: no day of a certificate moves
LAST = date(2022, 8, 12)  # 30 plain days before (K13)
NEXT = date(2027, 9, 11)
DAY = timedelta(days=1)


def again(row) -> Application:
    return Application.objects.get(pk=row.pk)


def renewal_of(row) -> Renewal:
    return Renewal.objects.get(application=row.pk)


def clean() -> bool:
    return [found for found in patrol()[1] if found["invariant"].startswith("applications.")] == []


def concluded(row) -> Job:
    job = actions.claim(by=make.actor("scjg-reviewer"), job=make.job_of(row).pk)
    return actions.conclude(
        by=make.actor("scjg-reviewer"), job=job.pk, recommendation="grant", opinion="材料齐全，符合条件。"
    )


def decide(row, decision="grant", reason="经营场所已改变用途，不符合条件。"):
    return actions.decide(by=make.actor("scjg-head"), job=make.job_of(row).pk, decision=decision, reason=reason)


@pytest.mark.parametrize(("asked_on", "timely"), [(LAST - DAY, True), (LAST, True), (LAST + DAY, False)])
def test_in_time_is_thirty_plain_days_before_the_end(old, days, asked_on, timely):
    days.at(asked_on)
    row = make.renewing(old)
    renewal, clock = renewal_of(row), Clock.objects.get(kind="renewal")
    assert (renewal.state, renewal.timely, renewal.apply_by, renewal.valid_to) == ("pending", timely, LAST, END)
    assert row.renew_by == (END if timely else None)
    assert (clock.due_on, clock.started_on) == (END, asked_on)
    told = "".join(explain_clock(clock))
    assert "2022年8月12日" in told and ("视为准予延续" in told) == timely


def test_decided_on_the_last_day_it_runs_on_from_the_old_end(old, days):
    days.at(LAST)
    row = make.renewing(old)
    concluded(row)
    days.at(END, 23)
    member = decide(row, reason="")
    assert (member.valid_to, member.decided_on) == (NEXT, END)
    renewal = renewal_of(row)
    assert (renewal.state, renewal.extended_to) == ("renewed", NEXT)
    paper = Document.objects.get(root_id=row.pk, kind="certificate").payload
    assert (paper["valid_from"], paper["valid_to"]) == ("2022-09-12", "2027-09-11")
    given = Document.objects.get(root_id=row.pk, kind="grant").payload
    assert "第五十条" in given["basis"][-1] and renewal.certificate in given["content"] and not given["by_law"]
    twice, clerk = make.received(), make.actor("cixi-clerk")  # the old one is still in force: two new ones would be
    with pytest.raises(Refused, match="已经准予延续"):
        actions.mark_renewal(by=clerk, application=twice.pk, certificate=make.certificate_of(old))
    with pytest.raises(WrongState, match="已经准予延续"):
        actions.open_renewal(by=clerk, member=old.pk)
    days.pass_over(END)
    assert (renewal_of(row).state, again(row).renew_by) == ("renewed", None)
    assert not Clock.objects.filter(kind="renewal").exclude(state="stopped").exists()
    assert clean()


def test_refused_before_the_end(old, days):
    days.at(LAST)
    row = make.renewing(old)
    concluded(row)
    decide(row, "refuse")
    assert (renewal_of(row).state, again(row).renew_by) == ("refused", None)
    days.pass_over(END)
    assert renewal_of(row).state == "refused" and clean()


def test_the_gap_of_a_late_acceptance(old, days):
    days.at(LAST)
    row = make.renewing(old, accept=False, without=("floor_plan",))
    actions.ask_supplement(
        by=make.actor("cixi-clerk"), application=row.pk, gaps=[{"material": "floor_plan"}], cure_days=30
    )
    days.at(date(2022, 9, 8))
    assert again(row).state == "awaiting_supplement"
    days.pass_over(END)
    # Never complete before the end: it expired, and what comes now is a new application.
    assert (renewal_of(row).state, again(row).renew_by) == ("expired", None)
    actions.take_supplement(
        by=make.actor("cixi-clerk"), application=row.pk, materials={"floor_plan": {"state": "supplied", "originals": 1}}
    )
    concluded(row)
    member = decide(row)
    assert member.valid_to == NEXT + DAY  # from its own day
    assert clean()


@pytest.mark.parametrize("order", ["a clerk, before any sweep", "silence, swept late"])
def test_accepted_after_the_end_as_of_a_day_before_it_nothing_is_renewed(old, days, order):
    """The supplement was complete three days before the end: who sweeps on the day after it finds no acceptance."""
    days.at(LAST)
    row, home = make.renewing(old, accept=False, without=("premises_proof",)), make.actor("enterprise")
    actions.ask_supplement(by=make.actor("cixi-clerk"), application=row.pk, gaps=[{"material": "premises_proof"}], cure_days=30)
    days.at(END - 3 * DAY)
    actions.attach(by=home, application=row.pk, material="premises_proof", name="a.pdf", content=b"%PDF-1.4 new")
    row = actions.resubmit(by=home, application=row.pk)
    assert row.notice_due > END
    if order == "silence, swept late":
        days.pass_over(row.notice_due)
    else:
        days.after(END)
        actions.accept(by=make.actor("cixi-clerk"), application=row.pk)
        days.work()
    row = again(row)
    assert (row.state, row.accepted_on, row.renew_by) == ("in_progress", END - 3 * DAY, None)
    assert renewal_of(row).state == "expired" and clean()


def test_asked_too_late_it_ends_with_the_certificate_and_goes_on_as_a_new_one(old, days):
    days.at(LAST + DAY)
    row = make.renewing(old)
    concluded(row)
    days.after(END)  # nobody swept
    member = decide(row)
    assert (member.decided_on, member.valid_to) == (END + DAY, NEXT + DAY)
    assert renewal_of(row).state == "expired"
    paper = Document.objects.get(root_id=row.pk, kind="certificate").payload
    assert paper["valid_from"] == "2022-09-12"
    days.work()
    assert renewal_of(row).state == "expired" and clean()


def test_withdrawn_the_renewal_falls_away(old, days):
    days.at(LAST)
    for accept in (False, True):
        row = make.renewing(old, accept=accept)
        if not accept:  # nor does it pass to another applicant, who would be granted what runs on from this one's certificate
            wang = {"kind": "person", "name": "王小明", "id_number": "330203199001010014", "mobile": make.MOBILE}
            with nothing_written(*ROWS), pytest.raises(Refused, match="不能改成别人"):
                actions.correct(by=make.actor("cixi-clerk"), application=row.pk, reason="录错了人", applicant=wang)
        actions.withdraw(by=make.actor("cixi-clerk"), application=row.pk, reason="不办了")
        assert (renewal_of(row).state, again(row).renew_by) == ("dropped", None)
        assert not Clock.objects.filter(root_id=row.pk).exclude(state="stopped").exists()
    days.pass_over(END)
    assert clean()


def test_of_what_was_answered_the_renewal_takes_over_what_can_still_be_said(world):
    """In a one-thing others' questions stood beside the item's own, and years later the catalogue may ask otherwise."""
    case = restaurant()
    for code in ("enterprise-registration", "food-licence"):
        case = decide_member(case, code)
    Application.objects.filter(pk=case.pk).update(answers={**case.answers, "food_business_kind": "no longer a choice"})
    draft = actions.open_renewal(by=make.actor("cixi-clerk"), member=case.members.get(code="food-licence").pk)
    assert (draft.code, draft.applicant_id) == ("food-licence", case.applicant_id)
    assert "food_business_kind" not in draft.answers and draft.answers["premises_address"] == case.answers["premises_address"]


def test_which_certificate_may_be_renewed(old, days, monkeypatch):
    clerk, number = make.actor("cixi-clerk"), make.certificate_of(old)
    days.at(LAST)
    wang = {"kind": "person", "name": "王小明", "id_number": "330203199001010014", "mobile": make.MOBILE}
    mine, other = make.accepted(), make.accepted(make.SNACK)
    strange, draft = make.accepted(applicant=wang), make.draft()
    fresh, spare = make.decided(), make.accepted()
    actions.mark_renewal(by=make.actor("enterprise"), application=mine.pk, certificate=number)
    twice, whole = make.accepted(), make.accepted()
    Application.objects.filter(pk=whole.pk).update(plan={**whole.plan, "kind": "bundle"})  # of one item, as it was answered
    tries = [
        (whole, number, Refused, "renewal.item"),
        (mine, number, WrongState, None),
        (twice, number, Refused, "renewal.twice"),
        (twice, "慈政服证字〔2017〕第999号", Refused, "renewal.certificate"),
        (twice, " ", Refused, "renewal.certificate"),
        (other, number, Refused, "renewal.item"),
        (strange, number, Refused, "renewal.certificate"),
        (draft, number, WrongState, None),
    ]
    for row, given, refusal, code in tries:
        with nothing_written(*ROWS), pytest.raises(refusal) as told:
            actions.mark_renewal(by=clerk, application=row.pk, certificate=given)
        assert code in (None, told.value.code)

    def then_revoked(number):
        """By somebody for whose lock the second question waits."""
        paper = certificate_in_force(number)
        if paper:
            with action(SYSTEM) as act:
                void_document(act, paper.pk, reason="违反承诺，决定已撤销")
                act.written()
        return paper

    with monkeypatch.context() as patched, nothing_written(*ROWS), pytest.raises(Refused) as told:
        patched.setattr(actions.marking, "certificate_in_force", then_revoked)
        actions.mark_renewal(by=clerk, application=spare.pk, certificate=make.certificate_of(fresh))
    assert told.value.code == "renewal.certificate"
    for actor, refusal in ((make.actor("citizen"), NotYours), (people.actor("clerk", zones=["minsheng"]), Forbidden)):
        with nothing_written(*ROWS), pytest.raises(refusal):
            actions.mark_renewal(by=actor, application=twice.pk, certificate=number)
    Member.objects.filter(pk=old.pk).update(valid_to=None)
    Renewal.objects.all().delete()
    with nothing_written(*ROWS), pytest.raises(Refused) as told:
        actions.mark_renewal(by=clerk, application=twice.pk, certificate=number)
    assert told.value.code == "renewal.long_term"


def test_a_revoked_certificate_is_not_renewed(long_ago, days):
    """The check after a grant on commitment goes on beside the renewal of the same certificate."""
    days.at(date(2018, 3, 5))
    broken = make.committed()
    end = date(2018, 4, 30)
    Member.objects.filter(pk=broken.member_id).update(valid_to=end)
    days.at(date(2018, 3, 20))
    row = make.renewing(Member.objects.get(pk=broken.member_id))
    actions.rectify_commitment(
        by=make.actor("scjg-reviewer"), commitment=broken.pk, findings="两名从业人员没有健康证明", days=5
    )
    days.pass_over(date(2018, 3, 28))
    actions.revoke_commitment(by=make.actor("scjg-head"), commitment=broken.pk, reason="整改期限届满，仍没有健康证明。")
    told = Message.objects.filter(title__startswith=f"原证照已经撤销，不能延续：{row.number}")  # whoever waits for it, or works on it
    by, department = make.actor("scjg-head"), {make.actor(who).id for who in ("scjg-reviewer", "scjg-reviewer2")}
    assert department <= {one.user_id for one in told if one.user_id} and by.id not in {one.user_id for one in told}
    assert [one.party_id for one in told if one.party_id] == [row.applicant_id]
    for who in ("enterprise", "cixi-clerk"):  # nor is a draft opened for it
        with nothing_written(*ROWS), pytest.raises(WrongState):
            actions.open_renewal(by=make.actor(who), member=broken.member_id)
    concluded(row)
    page, told = f"/review/{make.job_of(row).pk}/", "原证照已经作废或者撤销，不能准予延续"  # read before anybody has pressed
    for who, where in (("scjg-reviewer", page), ("scjg-head", f"{page}decide/"), ("enterprise", f"/my/{row.pk}/"), ("cixi-clerk", f"/counter/{row.pk}/")):
        assert told in client_of(who).get(where).text
    assert told not in client_of("scjg-head").get(f"{page}decide/?decision=refuse").text
    with nothing_written(*ROWS), pytest.raises(WrongState, match=told):
        decide(row)
    days.pass_over(end)
    assert renewal_of(row).state == "expired"
    assert make.member_of(row).state == "in_review"
