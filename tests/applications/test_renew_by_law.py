"""Undecided when the certificate ends, the renewal is granted by law as of that day (行政许可法第五十条第二款), whenever it is noticed."""

from datetime import date, datetime, time

import pytest

from apps.applications import actions, tracking
from apps.applications.actions.renewal_outcome import hold_old_paper
from apps.applications.models import Inspection, Member
from apps.deadlines.models import Clock, Pause
from apps.directory.models import Message
from apps.issuance.models import Document
from apps.issuance.queries import verify
from apps.journal.actor import SYSTEM
from apps.journal.door import action
from apps.journal.models import Event
from apps.kit.errors import Later, WrongState
from apps.kit.time import BEIJING, beijing_midnight, now, today
from apps.supervision.models import Card
from tests import inspection_make, make
from tests.people import nothing_written

from .test_renew_certificate import DAY, END, LAST, NEXT, ROWS, again, clean, concluded, decide, renewal_of


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
    (told,) = Message.objects.filter(title__startswith="不用再审查：")  # it lies in no list of his any more
    assert told.user.username == "scjg-reviewer" and "依法视为准予延续，您手里的审查已经结束" in told.text


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
    assert given["by_law"] and given["content"].startswith("准予延续") and given["basis"] == ["《中华人民共和国行政许可法》第五十条第二款"]
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


def test_a_visit_a_hearing_and_an_opinion_that_were_ahead_are_called_off(old, days):
    days.at(LAST)
    row = make.renewing(old)
    visit = inspection_make.planned(row)
    job = actions.claim(by=make.actor("scjg-reviewer"), job=make.job_of(row).pk)
    make.call_hearing(job, at=datetime.combine(END + 9 * DAY, time(9), BEIJING), reason="涉及周边居民")
    days.at(END)
    by = make.actor("scjg-reviewer")
    actions.consult(by=by, member=job.member_id, departments=["wsjs"], question="店内布局是否符合卫生要求？", days=2)
    days.pass_over(END)
    assert Inspection.objects.get(pk=visit.pk).state == "cancelled"
    assert Event.objects.get(name="inspection.cancel").facts["reason"] == "参加踏勘的事项都已依法视为准予延续"  # not 终止
    assert Document.objects.get(kind="hearing_notice").state == "void"
    assert Message.objects.filter(title__startswith="不用再答复意见：").exists()  # it had been asked by a day
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
