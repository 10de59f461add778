"""Renewal of a certificate (XKF 50): asked for thirty days ahead, decided by its end, or renewed by law as of that day."""

from datetime import date, datetime, time, timedelta

import pytest

from apps.applications import actions, tracking
from apps.applications.actions.renewal_outcome import hold_old_paper
from apps.applications.models import Application, Inspection, Job, Member, Renewal
from apps.deadlines.models import Clock, Pause
from apps.deadlines.queries_clocks import explain_clock
from apps.issuance.actions import void_document
from apps.issuance.models import Document
from apps.issuance.queries import certificate_in_force, verify
from apps.journal.actor import SYSTEM
from apps.journal.door import action
from apps.journal.invariants import patrol
from apps.journal.models import Event
from apps.kit.errors import Forbidden, Later, NotYours, Refused, WrongState
from apps.kit.time import BEIJING, beijing_midnight, now, today
from apps.supervision.models import Card
from tests import inspection_make, make, people
from tests.applications.test_run_bundle import decide as decide_member
from tests.applications.test_run_bundle import restaurant
from tests.people import nothing_written

ROWS = (Renewal, Application, Member, Job, Clock, Pause, Document)
END = date(2022, 9, 11)  # a Sunday in the holidays: no day of a certificate moves
LAST = date(2022, 8, 12)  # 30 plain days before (K13)
NEXT = date(2027, 9, 11)
DAY = timedelta(days=1)


@pytest.fixture
def old(long_ago, days) -> Member:
    """食品经营许可 granted for five years."""
    days.at(date(2017, 9, 11))
    member = make.decided()
    assert member.valid_to == END
    days.work()
    return member


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


@pytest.mark.parametrize("order", ["sweep first", "decision first"])
def test_the_day_after_no_decision_is_let_in_swept_or_not(old, days, order):
    days.at(LAST)
    row = make.renewing(old)
    job = concluded(row)
    days.pass_to(END)
    assert not actions.renewal_at_expiry(application=row.pk) and renewal_of(row).state == "pending"
    days.after(END, 0)
    if order == "sweep first":
        days.work()
    head, clerk = make.actor("scjg-head"), make.actor("cixi-clerk")
    for act in [
        lambda: decide(row),
        lambda: decide(row, "refuse"),
        lambda: actions.send_back(by=head, job=job.pk, reason="请再核实"),
        lambda: actions.extend(by=head, job=job.pk, days=5, reason="情况复杂，需要核实"),
        lambda: actions.withdraw(by=clerk, application=row.pk, reason="不办了"),
        lambda: actions.terminate(by=make.actor("cixi-supervisor"), application=row.pk, reason="企业已注销"),
        lambda: actions.withdraw_member(by=clerk, member=job.member_id, reason="不办了"),
    ]:
        with nothing_written(*ROWS), pytest.raises(WrongState):
            act()
    actions.add_note(by=head, application=row.pk, text="届满前没有决定")  # words decide nothing
    days.work()
    assert_deemed(row)


def assert_deemed(row):
    member, renewal = make.member_of(row), renewal_of(row)
    assert (member.state, member.decision, member.decided_on) == ("granted", "granted", END)
    assert member.valid_to == NEXT and "视为准予延续" in member.decision_reason
    assert (renewal.state, renewal.extended_to) == ("deemed_renewed", NEXT)
    assert (again(row).state, again(row).outcome, again(row).renew_by) == ("done", "granted", None)
    stopped = {clock.kind: clock.stopped_on for clock in Clock.objects.filter(root_id=row.pk, state="stopped")}
    assert stopped["renewal"] == stopped["decision"] == END
    left = {clock.kind: clock.started_on for clock in Clock.objects.filter(root_id=row.pk).exclude(state="stopped")}
    assert left == {"delivery": END}
    assert make.job_of(row).state == "closed"
    papers = {paper.kind: paper.payload for paper in Document.objects.filter(root_id=row.pk)}
    assert {"grant", "certificate"} <= papers.keys()
    given = papers["grant"]
    assert given["by_law"] and given["content"].startswith("准予延续") and given["basis"] == ["中华人民共和国行政许可法第五十条第二款"]
    assert Event.objects.filter(name="member.deem_renew").count() == 1
    assert clean()


def test_swept_ten_days_late_it_is_renewed_as_of_its_day(old, days):
    days.at(LAST)
    row = make.renewing(old, gaps=())
    days.at(END + 10 * DAY)
    with nothing_written(*ROWS), pytest.raises(WrongState):
        concluded(row)
    days.work()
    days.work()
    assert_deemed(row)
    told = tracking.track(row.number, make.MOBILE).story
    assert "视为准予延续" in [entry.title for entry in told]


@pytest.mark.parametrize(("paused_on", "last"), [(date(2022, 8, 20), END), (date(2022, 9, 1), date(2022, 8, 26))])
def test_a_pause_and_its_clocks_end_with_it(old, days, paused_on, last):
    """In time is what stood still, late what had run out before."""
    days.at(LAST)
    row = make.renewing(old)
    job = actions.claim(by=make.actor("scjg-reviewer"), job=make.job_of(row).pk)
    days.at(paused_on)
    actions.pause(by=make.actor("scjg-head"), job=job.pk, **make.TESTING)
    days.pass_over(END)
    assert_deemed(row)
    assert Pause.objects.get().ended_on == END
    assert make.member_of(row).due_on == last


def test_a_visit_and_a_hearing_that_were_planned_are_called_off(old, days):
    days.at(LAST)
    row = make.renewing(old)
    visit = inspection_make.planned(row)
    job = actions.claim(by=make.actor("scjg-reviewer"), job=make.job_of(row).pk)
    make.call_hearing(job, at=datetime.combine(END + 9 * DAY, time(9), BEIJING), reason="涉及周边居民")
    days.pass_over(END)
    assert Inspection.objects.get(pk=visit.pk).state == "cancelled"
    assert Document.objects.get(kind="hearing_notice").state == "void"
    assert_deemed(row)


def test_a_promised_gap_does_not_stand_in_the_laws_way_unless_it_ran_out_first(old, days):
    """Old end 11 September: a gap due till then takes the acceptance away, whatever is swept first; one due later falls with the
    law's decision."""
    days.at(LAST)
    row = make.renewing(old, gaps=("floor_plan",))
    assert make.member_of(row).gap_cure_by < END
    Member.objects.filter(application=row).update(gap_cure_by=END)
    days.at(END + 10 * DAY)
    actions.renewal_at_expiry(application=row.pk)
    days.work()
    days.work()
    assert (renewal_of(row).state, make.member_of(row).state) == ("dropped", "acceptance_revoked")
    assert clean()


def test_what_the_scanner_held_up_until_after_the_end_is_renewed_when_it_answers(old, days, monkeypatch):
    """The message of the certificate's end is given up after two hours of its silence."""
    days.at(LAST)
    row = make.renewing(old, gaps=("floor_plan",))
    days.at(make.member_of(row).gap_cure_by)
    given = {"by": make.actor("enterprise"), "application": row.pk, "material": "floor_plan", "name": "a.pdf"}
    with monkeypatch.context() as silent:
        silent.setattr("tests.scanner.Scanner.infected", lambda *_: (_ for _ in ()).throw(Later("")))
        actions.attach(**given, content=b"%PDF-1.4 new")
    days.at(END + 10 * DAY)
    with nothing_written(*ROWS), pytest.raises(Later):
        actions.renewal_at_expiry(application=row.pk)
    actions.examine_waiting()
    make.deliver_all()
    assert_deemed(row)


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


def test_accepted_by_silence_while_everything_was_down_it_is_renewed(old, days):
    """Receipt, deemed acceptance and the certificate's end all passed unswept: each as of its own day."""
    days.at(LAST)
    row = make.renewing(old, accept=False)
    days.at(END + 10 * DAY)
    days.work()
    days.work()
    row = again(row)
    assert (row.deemed, row.accepted_on) == (True, LAST)
    assert_deemed(row)


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


def test_what_was_renewed_by_law_holds_at_the_public_check(old, days):
    days.at(LAST)
    make.filed(old.application_id)
    actions.register_seal(by=make.actor("scjg-seal"), member=old.pk, seal_number="3302821000001")
    code = Document.objects.get(root_id=old.application_id, kind="certificate").verify_code
    row = make.renewing(old)
    days.at(END)
    assert verify(code)["status"] == "valid"
    days.after(END)
    assert verify(code)["status"] == "expired"
    days.work()
    found = verify(code)
    assert (found["status"], found["extended_to"]) == ("valid", NEXT)
    assert again(row).state == "done"
    make.filed(row.pk)
    new = actions.register_seal(by=make.actor("scjg-seal"), member=make.member_of(row).pk, seal_number="3302821000001")
    issue, given = make.actor("cixi-issue"), {"application": row.pk, "members": [new.pk], "collection": make.collection()}
    line = actions.hand_over(by=issue, **given)
    assert verify(code)["extended_to"] == END + DAY  # who has the new paper needs the old one no more
    actions.take_back(by=issue, hand_over=line.pk, reason="交错了人")
    assert verify(code)["extended_to"] == NEXT
    actions.choose_handout(by=issue, application=row.pk, way="courier", address="慈溪市白沙路街道三北大街2299号")
    parcel = actions.dispatch(by=issue, application=row.pk, members=[new.pk])
    actions.take_waybill(parcel=parcel.pk, waybill="YT1")
    assert verify(code)["extended_to"] == NEXT
    actions.enter_status(by=issue, parcel=parcel.pk, status="signed", at=now())
    assert verify(code)["extended_to"] == END + DAY  # whichever way it came
    days.after(END + DAY)
    with action(SYSTEM) as act:  # what is made anew and handed over later does not bring it back
        hold_old_paper(act, [act.lock(Member, new.pk)], given_on=today())
    assert verify(code)["status"] == "expired"


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


def test_what_was_promised_for_it_is_checked_when_the_law_has_renewed_it(long_ago, days):
    days.at(date(2018, 3, 5))
    end, member = date(2018, 4, 30), make.committed().member_id
    Member.objects.filter(pk=member).update(valid_to=end)
    days.at(date(2018, 3, 20))
    row = make.renewing(Member.objects.get(pk=member))
    signed = actions.sign_commitment(by=make.actor("cixi-clerk"), member=make.member_of(row).pk, signed_by="李一味")
    given = {"due_on": end, "promised_due": end, "next_change_at": beijing_midnight(end)}  # promised for that same day, and swept first
    Clock.objects.filter(root_id=row.pk, kind="decision").update(**given)
    days.pass_over(end)
    assert Clock.objects.get(root_id=row.pk, kind="decision").outcome == "on_time" and not Card.objects.filter(kind="decision", light="overdue").exists()
    signed.refresh_from_db(fields=["inspect_by"])
    check = Clock.objects.get(root_id=row.pk, kind="commitment")
    assert (renewal_of(row).state, check.started_on, check.due_on) == ("deemed_renewed", end, signed.inspect_by)
    old = Document.objects.get(number=renewal_of(row).certificate)
    assert old.extended_to == renewal_of(row).extended_to
    found = {"by": make.actor("scjg-reviewer"), "commitment": signed.pk, "findings": "两名从业人员没有健康证明"}
    days.pass_over(actions.rectify_commitment(**found).rectify_by)
    actions.revoke_commitment(by=make.actor("scjg-head"), commitment=signed.pk, reason="整改期限届满，仍没有健康证明。")
    old.refresh_from_db(fields=["extended_to"])
    assert old.extended_to == today() - DAY  # revoked before anybody fetched it: the old paper holds on for nothing


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
    for who in ("enterprise", "cixi-clerk"):  # nor is a draft opened for it
        with nothing_written(*ROWS), pytest.raises(WrongState):
            actions.open_renewal(by=make.actor(who), member=broken.member_id)
    concluded(row)
    with nothing_written(*ROWS), pytest.raises(WrongState):
        decide(row)
    days.pass_over(end)
    assert renewal_of(row).state == "expired"
    assert make.member_of(row).state == "in_review"
