"""告知承诺 (ZJR 14): signed, granted on it, checked within sixty working days, put right or revoked, credit repaired."""

from datetime import date, timedelta

import pytest

from apps.applications import actions, queries_issue, tracking
from apps.applications.models import Application, Commitment, Job, Member
from apps.deadlines.actions import set_exception
from apps.deadlines.models import Clock
from apps.deadlines.queries_clocks import clocks_of
from apps.deadlines.queries_past import explain_clock
from apps.feedback import actions as feedback
from apps.feedback.models import Rectification
from apps.issuance.models import Document
from apps.journal.invariants import patrol
from apps.journal.models import Delivery, Event
from apps.kit.errors import Forbidden, Refused, WrongState
from apps.kit.time import today
from tests import make
from tests.people import nothing_written

ROWS = (Commitment, Member, Job, Clock, Document)
GRANTED = date(2018, 3, 5)
CHECK_BY = date(2018, 5, 30)  # 60 working days, across Qingming and May Day with two rest days worked
FOUND = "两名从业人员没有健康证明"
WHY = "整改期限届满，复查时两名从业人员仍没有健康证明。"
WANG = {"kind": "person", "name": "王小明", "id_number": "330203199001010014", "mobile": make.MOBILE}


def by(name: str):
    return make.actor(f"scjg-{name}")


def again(commitment) -> Commitment:
    return Commitment.objects.get(pk=commitment.pk)


def running(commitment) -> dict:
    rows = Clock.objects.filter(root_id=commitment.application_id).exclude(state="stopped")
    return {clock.kind: clock.due_on for clock in rows}


@pytest.fixture
def granted(long_ago, days):
    days.at(GRANTED)
    return make.committed()


def test_the_check_has_a_clock_of_its_own_that_the_decision_does_not_stop(granted):
    assert (granted.state, granted.inspect_by) == ("to_inspect", CHECK_BY)
    assert running(granted) == {"delivery": date(2018, 3, 19), "commitment": CHECK_BY}
    told = explain_clock(Clock.objects.get(kind="commitment"))
    assert any("第60个工作日" in line for line in told)
    assert "告知承诺书" in Document.objects.get(kind="grant").payload["basis"][-1]
    assert [found for found in patrol()[1] if found["invariant"].startswith("applications.")] == []


def test_found_as_promised(granted, days):
    case = Application.objects.filter(pk=granted.application_id)
    acceptor = case.get().acceptor_id
    case.update(acceptor=by("reviewer").id)
    with nothing_written(*ROWS), pytest.raises(Forbidden, match="受理与办理分离"):  # whatever post he holds by then
        actions.confirm_commitment(by=by("reviewer"), commitment=granted.pk, findings="与承诺一致")
    case.update(acceptor=acceptor)
    days.at(CHECK_BY)
    with nothing_written(*ROWS), pytest.raises(Refused):
        actions.confirm_commitment(by=by("reviewer"), commitment=granted.pk, findings="好")
    actions.confirm_commitment(by=by("reviewer"), commitment=granted.pk, findings="现场核查，与承诺一致。")
    row, clock = again(granted), Clock.objects.get(kind="commitment")
    assert (row.state, row.inspected_on, row.findings) == ("passed", CHECK_BY, "现场核查，与承诺一致。")
    assert (clock.state, clock.outcome) == ("stopped", "on_time")
    assert "核查：在期限内" in explain_clock(clock)[-1]
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.rectify_commitment(by=by("reviewer"), commitment=granted.pk, findings=FOUND)


def test_a_check_too_late_is_still_a_check_and_told_as_late(granted, days):
    days.pass_over(CHECK_BY)
    assert again(granted).state == "to_inspect"
    assert Clock.objects.get(kind="commitment").light == "overdue"
    actions.confirm_commitment(by=by("head"), commitment=granted.pk, findings="现场核查，与承诺一致。")
    assert Clock.objects.get(kind="commitment").outcome == "overdue_legal"


def test_put_right_by_its_day(granted):
    actions.rectify_commitment(by=by("reviewer"), commitment=granted.pk, findings=FOUND, days=10)
    row = again(granted)
    assert (row.state, row.rectify_by) == ("rectifying", date(2018, 3, 19))
    assert "commitment" not in running(row)
    assert running(row)["rectify"] == date(2018, 3, 19)
    paper = Document.objects.get(kind="commitment_rectify")
    assert (paper.payload["facts"], paper.payload["rectify_by"]) == (FOUND, "2018-03-19")
    actions.confirm_commitment(by=by("reviewer"), commitment=row.pk, findings="复查，已全部持证。")
    assert again(granted).findings == f"{FOUND}\n复查，已全部持证。"
    assert "rectify" not in running(row)


@pytest.mark.parametrize("days_given", [0, 61, "十天"])
def test_a_period_that_is_none(granted, days_given):
    with nothing_written(*ROWS), pytest.raises(Refused) as told:
        actions.rectify_commitment(by=by("reviewer"), commitment=granted.pk, findings=FOUND, days=days_given)
    assert told.value.field == "days"


def revoked(granted, days) -> Commitment:
    actions.rectify_commitment(by=by("reviewer"), commitment=granted.pk, findings=FOUND)
    days.pass_over(again(granted).rectify_by)
    return actions.revoke_commitment(by=by("head"), commitment=granted.pk, reason=WHY)


def test_revoked_only_after_the_day_and_by_the_head(granted, days):
    with nothing_written(*ROWS), pytest.raises(WrongState):  # never before it was to be put right
        actions.revoke_commitment(by=by("head"), commitment=granted.pk, reason=WHY)
    actions.rectify_commitment(by=by("reviewer"), commitment=granted.pk, findings=FOUND)
    last = again(granted).rectify_by
    assert last == date(2018, 3, 26)  # 15 working days, the centre's standard
    days.at(last, 23)
    with nothing_written(*ROWS), pytest.raises(WrongState) as told:
        actions.revoke_commitment(by=by("head"), commitment=granted.pk, reason=WHY)
    assert "2018年3月26日" in told.value.message
    days.pass_over(last)
    with nothing_written(*ROWS), pytest.raises(Forbidden):
        actions.revoke_commitment(by=by("reviewer"), commitment=granted.pk, reason=WHY)
    with nothing_written(*ROWS), pytest.raises(Refused):
        actions.revoke_commitment(by=by("head"), commitment=granted.pk, reason="不好")
    actions.revoke_commitment(by=by("head"), commitment=granted.pk, reason=WHY)
    row = again(granted)
    assert (row.state, row.revoked_on, row.reason) == ("revoked", last + timedelta(days=1), WHY)
    assert running(row) == {}
    states = dict(Document.objects.filter(root_id=row.application_id).values_list("kind", "state"))
    assert (states["grant"], states["certificate"], states["permit_revoked"]) == ("void", "void", "queued")
    titles = [entry.title for entry in tracking.track(row.application.number, make.MOBILE).story]
    told = ["登记告知承诺书", "按告知承诺准予", "核查承诺：不符，限期整改", "承诺不实，撤销决定"]
    assert [title for title in titles if title in told] == told
    assert [found for found in patrol()[1] if found["invariant"].startswith("applications.")] == []


def test_the_applicant_reads_what_the_check_asks_for_and_what_is_revoked(granted, days):
    def now():
        told = tracking.track(granted.application.number, make.MOBILE).now
        assert make.case("enterprise", granted.application).now == told
        return told

    assert "核查与承诺不符" not in now()[2]
    actions.rectify_commitment(by=by("reviewer"), commitment=granted.pk, findings=FOUND)
    assert "请在 2018年3月26日（周一）前（含当日）按限期整改通知书整改到位" in now()[2]
    days.pass_over(again(granted).rectify_by)
    actions.revoke_commitment(by=by("head"), commitment=granted.pk, reason=WHY)
    what, holder, todo = now()
    assert what == "“小餐饮店登记”承诺不实，决定已经撤销，证照失效。" and holder == ""  # not: 正在制证
    assert todo == "理由和救济途径见撤销决定书。"


@pytest.mark.parametrize("at_the_desk", [False, True])
def test_what_is_revoked_is_neither_sealed_nor_given(granted, days, at_the_desk):
    keeper, clerk, member = by("seal"), make.actor("cixi-issue"), granted.member_id
    if at_the_desk:
        make.filed(granted.application_id)
        actions.register_seal(by=keeper, member=member, seal_number="3302821000001")
    queue, actor = (queries_issue.issue_queue, clerk) if at_the_desk else (queries_issue.seal_queue, keeper)
    assert [row.pk for row in queue(actor)] == [member]
    actions.rectify_commitment(by=by("reviewer"), commitment=granted.pk, findings=FOUND)
    days.pass_over(again(granted).rectify_by)
    actions.revoke_commitment(by=by("head"), commitment=granted.pk, reason=WHY)
    assert [row.pk for row in queue(actor)] == []
    with nothing_written(*ROWS), pytest.raises(WrongState) as told:
        if at_the_desk:
            actions.hand_over(by=clerk, application=granted.application_id, members=[member], collection=make.collection())
        else:
            actions.register_seal(by=keeper, member=member, seal_number="3302821000001")
    assert "决定已于2018年3月27日撤销" in told.value.message


def test_a_commitment_s_day_is_no_letter_s_day(granted, days):
    """Both clocks are called 整改期限; the letter that happens to bear the member's number is left alone."""
    actions.rectify_commitment(by=by("reviewer"), commitment=granted.pk, findings=FOUND)
    member = granted.member_id
    assert "rectify" in [clock.kind for clock in clocks_of(granted.application_id)]
    letter = feedback.complain(
        by=make.actor("enterprise"), application=granted.application_id, text="来回跑了三趟窗口，请核实"
    )
    Clock.objects.filter(subject_type="rectification").delete()
    Rectification.objects.filter(pk=letter.pk).update(id=member)
    days.pass_over(again(granted).rectify_by)
    assert not Delivery.objects.filter(state="stuck").exists()
    assert Rectification.objects.get(pk=member).overdue is False


def test_the_day_of_the_check_follows_a_changed_calendar(granted, days):
    set_exception(by=make.actor("cixi-admin"), region="330282", day=date(2018, 3, 6), working=False, reason="台风停业")
    days.work()
    moved = date(2018, 5, 31)
    assert (again(granted).inspect_by, running(granted)["commitment"]) == (moved, moved)


def test_a_broken_word_bars_its_holder_until_the_credit_is_repaired(granted, days):
    broken = revoked(granted, days)
    clerk = make.actor("cixi-clerk")
    mine, others = make.accepted(make.SNACK), make.accepted(make.SNACK, applicant=WANG)
    with nothing_written(*ROWS), pytest.raises(Refused) as told:
        actions.sign_commitment(by=clerk, member=make.member_of(mine).pk, signed_by="李一味")
    assert told.value.code == "commitment.barred" and "第十四条" in told.value.message
    actions.sign_commitment(by=clerk, member=make.member_of(others).pk, signed_by="王小明")
    assert make.grant(mine).state == "granted"  # the ordinary way stays open
    with nothing_written(*ROWS), pytest.raises(Refused):
        actions.repair_commitment(by=by("head"), commitment=broken.pk, reason="好")
    actions.repair_commitment(by=by("head"), commitment=broken.pk, reason="宁波市信用办 2018 年第 3 号信用修复告知书")
    assert (again(broken).state, again(broken).repaired_on) == ("repaired", today())
    after = make.accepted(make.SNACK)
    signed = actions.sign_commitment(by=clerk, member=make.member_of(after).pk, signed_by="李一味")
    assert signed.state == "signed"


def test_who_may_not_choose_this_way(long_ago, days):
    days.at(GRANTED)
    clerk = make.actor("cixi-clerk")
    plain, done, twice = make.accepted(), make.grant(make.accepted(make.SNACK)), make.accepted(make.SNACK)
    actions.sign_commitment(by=clerk, member=make.member_of(twice).pk, signed_by="李一味")
    tries = [(make.member_of(plain).pk, "李一味", Refused), (done.pk, "李一味", WrongState)]
    tries += [(make.member_of(twice).pk, "李一味", WrongState), (done.pk, " ", Refused)]
    for member, who, refusal in tries:
        with nothing_written(*ROWS), pytest.raises(refusal):
            actions.sign_commitment(by=clerk, member=member, signed_by=who)


def test_refused_on_the_merits_leaves_nothing_to_check(long_ago, days):
    days.at(GRANTED)
    row = make.accepted(make.SNACK)
    signed = actions.sign_commitment(by=make.actor("enterprise"), member=make.member_of(row).pk, signed_by="李一味")
    job = actions.claim(by=by("reviewer"), job=make.job_of(row).pk)
    actions.conclude(by=by("reviewer"), job=job.pk, recommendation="refuse", opinion="面积超出小餐饮范围。")
    actions.decide(by=by("head"), job=job.pk, decision="refuse", reason="经营面积超出小餐饮店的范围。")
    assert again(signed).state == "signed"
    assert set(running(signed)) == {"delivery"}
    assert not Event.objects.filter(name="commitment.begin").exists()
