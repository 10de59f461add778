"""The hearing (XKF 46-48): told, asked for or not, notified, held; nothing is decided before it."""

from datetime import date, datetime, timedelta

import pytest

from apps.applications import actions, tracking
from apps.applications.models import Hearing, Job, Member
from apps.deadlines.actions import set_exception, withdraw_exception
from apps.deadlines.engine.telling import full
from apps.deadlines.models import Clock, Pause
from apps.deadlines.patrol import days_follow
from apps.deadlines.queries_past import explain_clock
from apps.deadlines.queries_why import why
from apps.directory.models import Message
from apps.issuance.models import Document
from apps.journal.actor import SYSTEM
from apps.journal.invariants import patrol
from apps.kit.errors import NotYours, Refused, WrongState
from apps.kit.time import BEIJING, today
from tests import make
from tests.people import nothing_written

ROWS = (Member, Job, Clock, Document, Hearing)
RECORD = "主持人林国栋，申请人与周边居民代表参加，未提异议。"
MONDAY = date(2026, 11, 2)


def conclude(job, recommendation="grant"):
    by = make.actor(f"{job.department_id}-reviewer")
    return actions.conclude(by=by, job=job.pk, recommendation=recommendation, opinion="材料齐全，符合条件。")


def decide(job, decision="grant"):
    return actions.decide(by=make.actor(f"{job.department_id}-head"), job=job.pk, decision=decision)


def required() -> Job:
    return make.claimed(code="entertainment-licence", reviewer="wenguang-reviewer")


def told_to(job) -> tracking.Tracked:
    return tracking.track(job.application.number, make.MOBILE)


def running(hearing) -> dict:
    rows = Clock.objects.filter(root_id=hearing.application_id, subject_type="member").exclude(state="stopped")
    return {clock.kind: clock.due_on for clock in rows}


def test_told_asked_for_notified_held_decided(long_ago, days):
    days.at(MONDAY)
    hearing = make.told_hearing()
    job = make.job_of(hearing.application)
    assert (hearing.state, hearing.request_by) == ("told", date(2026, 11, 9))  # 5 WD
    assert running(hearing)["hearing_request"] == date(2026, 11, 9)
    for act in (lambda: conclude(job), lambda: conclude(job, "refuse")):
        with nothing_written(*ROWS), pytest.raises(WrongState) as told:
            act()
        assert "2026年11月9日" in told.value.message and "第四十七条" in told.value.message
    days.pass_to(date(2026, 11, 9))  # the last day is still in time
    with nothing_written(*ROWS), pytest.raises(Refused):
        actions.request_hearing(by=make.actor("cixi-clerk"), hearing=hearing.pk, who="third_party")
    with nothing_written(*ROWS), pytest.raises(Refused, match="选的却是申请人"):
        actions.request_hearing(by=make.actor("cixi-clerk"), hearing=hearing.pk, who="applicant", name="王小明")
    hearing = actions.request_hearing(by=make.actor("cixi-clerk"), hearing=hearing.pk, who="third_party", name="王小明")
    assert (hearing.state, hearing.hold_by) == ("requested", date(2026, 12, 7))  # 20 WD
    assert "hearing_request" not in running(hearing)
    with nothing_written(*ROWS), pytest.raises(WrongState):
        conclude(job)
    make.call_hearing(job)
    called = Hearing.objects.get()
    assert called.at == datetime(2026, 11, 18, 9, tzinfo=BEIJING)  # 7 WD ahead
    for held_on in (today(), date(2026, 11, 18)):  # not another day, not beforehand
        with nothing_written(*ROWS), pytest.raises(Refused, match="2026年11月18日 09:00，还没有到；"):
            actions.record_hearing(by=make.actor("scjg-reviewer"), job=job.pk, held_on=held_on, record=RECORD)
    days.at(date(2026, 11, 18))
    with nothing_written(*ROWS), pytest.raises(Refused):
        actions.record_hearing(by=make.actor("scjg-reviewer"), job=job.pk, held_on=today(), record="开过了")
    actions.record_hearing(by=make.actor("scjg-reviewer"), job=job.pk, held_on=today(), record=RECORD)
    held = Clock.objects.get(kind="hearing_hold")
    assert (held.state, held.stopped_on, held.outcome) == ("stopped", date(2026, 11, 18), "on_time")
    assert "举行听证：在期限内" in explain_clock(held)[-1]
    member = decide(conclude(job))
    assert member.state == "granted"
    grant = Document.objects.get(kind="grant").payload
    assert grant["basis"][-1].startswith("《中华人民共和国行政许可法》第四十八条第二款") and "听证笔录" in grant["basis"][-1]
    assert {"hearing_right", "hearing_notice"} < set(Document.objects.values_list("kind", flat=True))
    titles = [entry.title for entry in tracking.track(job.application.number, make.MOBILE).story]
    assert [t for t in titles if "听证" in t] == ["告知听证权利", "收到听证申请", "通知听证", "举行听证"]
    assert [found for found in patrol()[1] if found["invariant"].startswith("applications.")] == []


def test_the_applicant_reads_what_he_may_and_must_do_about_it(long_ago, days):
    days.at(MONDAY)
    hearing = make.told_hearing()
    job = make.job_of(hearing.application)
    assert "2026年11月9日（周一）前（含当日）" in told_to(job).now[2] and "听证" in told_to(job).now[2]
    assert "2026年11月9日 前（含当日）申请" in told_to(job).story[-1].detail
    assert make.case("enterprise", hearing.application).now[2] == told_to(job).now[2]
    days.after(hearing.request_by)
    assert told_to(job).now[2] == "不用做什么。"  # nothing is left to ask for
    days.at(MONDAY)
    actions.request_hearing(by=make.actor("cixi-clerk"), hearing=hearing.pk, who="applicant")
    assert told_to(job).now[2] == "不用做什么。"
    called = make.call_hearing(job)
    assert f"{full(called.at.date())} {called.at:%H:%M}在三楼听证室听证" in told_to(job).now[2]
    days.at(called.at.date(), 15)
    assert told_to(job).now[2] == "不用做什么。"


@pytest.mark.parametrize("swept", [True, False], ids=["swept", "nobody swept"])
def test_who_does_not_ask_in_time_has_waived(long_ago, days, swept):
    days.at(MONDAY)
    hearing = make.told_hearing()
    (days.pass_over if swept else days.after)(hearing.request_by)
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.request_hearing(by=make.actor("enterprise"), hearing=hearing.pk, who="applicant")
    assert Hearing.objects.get().state == ("waived" if swept else "told")
    assert decide(conclude(make.job_of(hearing.application))).state == "granted"
    assert running(hearing).keys() == {"delivery"}


def test_the_sweep_comes_days_late_and_the_last_day_is_not_past(long_ago, days):
    days.at(MONDAY)
    hearing = make.told_hearing()
    days.pass_to(hearing.request_by)
    assert actions.waive_hearing(member=hearing.member_id) is False and Hearing.objects.get().state == "told"
    days.at(hearing.request_by + timedelta(days=9))
    days.work()
    assert Hearing.objects.get().state == "waived"
    assert Message.objects.filter(user__username="scjg-reviewer", title__startswith="没有人申请听证").count() == 1
    assert Clock.objects.get(kind="hearing_request").state == "stopped"
    assert actions.waive_hearing(member=hearing.member_id) is False


def test_the_applicant_asks_from_home_and_for_himself_only(world):
    hearing = make.told_hearing()
    with nothing_written(*ROWS), pytest.raises(Refused):
        actions.request_hearing(by=make.actor("enterprise"), hearing=hearing.pk, who="third_party", name="王小明")
    with nothing_written(*ROWS), pytest.raises(NotYours):
        actions.request_hearing(by=make.actor("citizen"), hearing=hearing.pk, who="applicant")
    assert (
        actions.request_hearing(by=make.actor("enterprise"), hearing=hearing.pk, who="applicant").state == "requested"
    )


def test_a_required_hearing_needs_no_request(long_ago, days):
    days.at(MONDAY)
    job = required()
    reviewer = make.actor("wenguang-reviewer")
    with nothing_written(*ROWS), pytest.raises(WrongState) as told:
        conclude(job)
    assert "第四十六条" in told.value.message
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.tell_hearing(by=reviewer, job=job.pk, **make.INTEREST)
    with nothing_written(*ROWS), pytest.raises(Refused, match="核对年份"):
        make.call_hearing(job, at=datetime(2036, 11, 18, 9, tzinfo=BEIJING))
    with nothing_written(*ROWS), pytest.raises(WrongState):  # not before it was notified
        actions.record_hearing(by=reviewer, job=job.pk, held_on=today(), record=RECORD)
    with nothing_written(*ROWS), pytest.raises(Refused, match="印不出来的符号") as told:
        make.call_hearing(job, reason="涉及公共利益☑")
    assert told.value.field == "reason"
    hearing = make.call_hearing(job)
    assert (hearing.ground, hearing.state, hearing.hold_by) == ("required", "called", None)
    with nothing_written(*ROWS), pytest.raises(WrongState):
        conclude(job)
    Hearing.objects.update(interest="涉及公共利益☑")  # as it was taken before: whoever puts it off could change no word
    moved = make.call_hearing(job, at=hearing.at + timedelta(days=7))  # put off: notified anew
    days.at(moved.at.date(), 15)
    actions.record_hearing(by=reviewer, job=job.pk, held_on=today(), record=RECORD)
    assert decide(conclude(job)).state == "granted"
    old, new = Document.objects.filter(kind="hearing_notice").order_by("pk")
    assert old.state == "void" and "改期" in old.void_reason and new.state != "void"  # one notice is in force
    assert [e.detail[:3] for e in told_to(job).story if e.title == "通知听证"] == ["202", "改期，"]
    assert Document.objects.filter(kind="hearing_notice").first().payload["excluded"] is True


def test_its_time_is_left_out_where_the_item_says_so_and_a_hearing_is_due(long_ago, days):
    days.at(MONDAY)
    job, head = required(), make.actor("wenguang-head")
    about = {"ground": "hearing", "expected_days": 12, "organiser": "慈溪市文广新局", "basis": "行政许可法第四十五条"}
    with nothing_written(*ROWS), pytest.raises(WrongState) as told:
        actions.pause(by=head, job=job.pk, **about)
    assert "听证" in told.value.message
    before = Clock.objects.get(kind="decision", root_id=job.application_id).promised_due
    make.call_hearing(job)
    actions.pause(by=head, job=job.pk, **about)
    assert set(Clock.objects.exclude(state="stopped").values_list("kind", "state")) == {
        ("decision", "paused"),
        ("step", "paused"),
    }
    days.at(date(2026, 11, 11), 15)
    reviewer = make.actor("wenguang-reviewer")
    actions.record_hearing(by=reviewer, job=job.pk, held_on=today(), record=RECORD)
    member = Member.objects.get(pk=job.member_id)
    assert (member.state, member.hearing_held_on) == ("in_review", date(2026, 11, 11))  # held: the time runs on
    clock = Clock.objects.get(kind="decision", root_id=job.application_id)
    assert (before, clock.promised_due) == (
        date(2026, 11, 23),
        date(2026, 12, 2),
    )  # 3 to 11 November: seven working days
    assert decide(conclude(make.job_of(job.application))).state == "granted"


def test_the_notice_comes_seven_working_days_ahead(long_ago, days):
    days.at(date(2026, 9, 24))  # 中秋 and 国庆 lie between
    job = required()
    soonest = make.soonest_hearing(job.application)
    assert soonest.date() == date(2026, 10, 12)
    with nothing_written(*ROWS), pytest.raises(Refused) as told:
        make.call_hearing(job, at=soonest - timedelta(days=1))
    assert told.value.field == "at" and "2026年10月12日" in told.value.message
    with nothing_written(*ROWS), pytest.raises(Refused):
        make.call_hearing(job, presider="\u200b")
    with nothing_written(*ROWS), pytest.raises(Refused):  # who examines the case does not preside
        make.call_hearing(job, presider=f"\u200b{make.actor('wenguang-reviewer').name}")  # as it is pasted


def test_another_presides_though_the_day_is_near(long_ago, days):
    """He fell ill or stood aside (XKF 48(3)): time and place alone are notified so many days ahead. The hearing had to be put off for it."""
    days.at(MONDAY)
    job = required()
    given = {"at": make.soonest_hearing(job.application), "place": "三楼听证室"}
    make.call_hearing(job, **given)
    days.at(date(2026, 11, 10))
    for other in ({"place": "二楼会议室"}, {"at": given["at"] + timedelta(hours=1)}):
        with nothing_written(*ROWS), pytest.raises(Refused, match="7 个工作日前"):
            make.call_hearing(job, **given | other, presider="李主持")
    hearing = make.call_hearing(job, **given, presider="李主持")
    assert (hearing.presider, hearing.at) == ("李主持", given["at"]) and Document.objects.filter(kind="hearing_notice").count() == 2
    days.at(given["at"].date())  # at ten: it has begun
    with nothing_written(*ROWS), pytest.raises(Refused, match="7 个工作日前"):
        make.call_hearing(job, **given, presider="王主持")


def test_what_was_asked_for_is_held_in_twenty_days_or_as_soon_as_it_still_can(long_ago, days):
    days.at(MONDAY)
    hearing = make.told_hearing()
    hearing = actions.request_hearing(by=make.actor("scjg-head"), hearing=hearing.pk, who="applicant")
    job = make.job_of(hearing.application)
    assert hearing.hold_by == date(2026, 11, 30)
    late = datetime(2026, 12, 1, 9, tzinfo=BEIJING)
    with nothing_written(*ROWS), pytest.raises(Refused) as told:
        make.call_hearing(job, at=late)
    assert "2026年11月30日" in told.value.message
    days.pass_over(date(2026, 11, 25))
    with nothing_written(*ROWS), pytest.raises(Refused):
        make.call_hearing(job, at=make.soonest_hearing(job.application) + timedelta(days=1))
    assert make.call_hearing(job).state == "called"  # too late for the law, and still to be held


def test_the_agency_may_hear_of_its_own_motion(world):
    job = make.claimed()
    with nothing_written(*ROWS), pytest.raises(Refused) as told:
        make.call_hearing(job)
    assert told.value.field == "reason"
    other = make.actor("scjg-reviewer2")
    hearing = make.call_hearing(job, reason="学校周边新设大型餐饮，公众关注", presider=other.name)
    assert hearing.ground == "public"
    with nothing_written(*ROWS), pytest.raises(Refused, match="第四十八条") as told:  # who presides does not get it in hand afterwards
        actions.reassign(by=make.actor("scjg-head"), job=job.pk, assignee=other.id, reason="承办人调离岗位")
    assert told.value.field == "assignee"
    Hearing.objects.update(presider=make.actor("scjg-reviewer").name)
    with nothing_written(*ROWS), pytest.raises(WrongState, match="第四十八条"):
        conclude(job)


def test_an_interest_has_an_owner_and_is_told_once(world):
    job = make.claimed()
    reviewer = make.actor("scjg-reviewer")
    for interest, names in (("", ["王小明"]), ("油烟排放影响邻居", []), ("油烟排放影响邻居", ["甲" * 101])):
        with nothing_written(*ROWS), pytest.raises(Refused):
            actions.tell_hearing(by=reviewer, job=job.pk, interest=interest, third_parties=names)
    told = make.INTEREST | {"third_parties": ["阿依努尔.买买提", "李秀兰", " ", "李秀兰 ", "阿依努尔·买买提"]}
    hearing = actions.tell_hearing(by=reviewer, job=job.pk, **told)
    assert hearing.third_parties == ["阿依努尔·买买提", "李秀兰"]  # nobody twice
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.tell_hearing(by=reviewer, job=job.pk, **make.INTEREST)


def test_a_case_that_ends_takes_its_hearing_with_it(world):
    hearing = make.told_hearing()
    actions.withdraw(by=make.actor("cixi-clerk"), application=hearing.application_id, reason="不办了")
    assert running(hearing) == {}
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.request_hearing(by=make.actor("cixi-clerk"), hearing=hearing.pk, who="applicant")


def test_what_has_ended_calls_nobody_to_its_hearing(world):
    """A third party who holds the notice looks whether it is in force."""
    job = make.claimed()
    make.call_hearing(job, reason="学校周边新设大型餐饮，公众关注")
    actions.withdraw(by=make.actor("cixi-clerk"), application=job.application_id, reason="不办了")
    notice = Document.objects.get(root_id=job.application_id, kind="hearing_notice")
    assert (notice.state, notice.void_reason) == ("void", "事项已经结束，不再听证")
    heard = Message.objects.filter(title__startswith="听证不用再举行：")  # the department alone can tell whom it invited
    assert {row.user.username for row in heard} >= {"scjg-reviewer", "scjg-head"} and "请告诉其他参加人" in heard[0].text


@pytest.mark.parametrize("who", ["third_party", "applicant"])
def test_a_third_party_who_asked_and_was_not_called_yet_is_told_by_the_department(world, who):
    hearing, clerk = make.told_hearing(), make.actor("cixi-clerk")
    actions.request_hearing(by=clerk, hearing=hearing.pk, who=who, **({"name": "王小明"} if who == "third_party" else {}))
    actions.withdraw(by=clerk, application=hearing.application_id, reason="不办了")
    told = Message.objects.filter(title__startswith="听证不用再组织：")
    whom = {"scjg-reviewer", "scjg-reviewer2", "scjg-head"} if who == "third_party" else set()
    assert {row.user.username for row in told} == whom
    assert all("请告诉申请听证的利害关系人" in row.text and "王小明" not in row.text for row in told)


def test_a_changed_calendar_moves_the_days_on_the_hearing_too(long_ago, days):
    from apps.deadlines.actions import set_exception
    from apps.journal.actor import SYSTEM

    days.at(MONDAY)
    make.told_hearing()
    set_exception(by=SYSTEM, region="330282", day=date(2026, 11, 4), working=False, reason="台风停业")
    days.work()
    assert Hearing.objects.get().request_by == date(2026, 11, 10)


def test_once_its_day_is_over_no_time_is_left_out_for_it(long_ago, days):
    days.at(MONDAY)
    job = required()
    called = make.call_hearing(job).at.date()
    about = {"ground": "hearing", "expected_days": 12, "organiser": "慈溪市文广新局", "basis": "行政许可法第四十五条"}
    days.after(called)
    with nothing_written(*ROWS, Pause), pytest.raises(WrongState, match="请登记听证笔录"):
        actions.pause(by=make.actor("wenguang-head"), job=job.pk, **about)
    days.at(called, 8)
    actions.pause(by=make.actor("wenguang-head"), job=job.pk, **about, service="later")
    days.after(called + timedelta(1))  # its notice was on its way while it was held
    actions.serve_pause(by=make.actor("wenguang-reviewer"), job=job.pk, method="mail", on=called + timedelta(1))
    actions.record_hearing(by=make.actor("wenguang-reviewer"), job=job.pk, held_on=called, record=RECORD)
    assert Member.objects.get().state == "in_review"


def test_a_notice_that_comes_when_it_was_held_stops_no_clock(long_ago, days):
    days.at(MONDAY)
    job, reviewer = required(), make.actor("wenguang-reviewer")
    called = make.call_hearing(job).at.date()
    about = {"ground": "hearing", "expected_days": 12, "organiser": "慈溪市文广新局", "basis": "行政许可法第四十五条"}
    actions.pause(by=make.actor("wenguang-head"), job=job.pk, **about, service="later")
    days.after(called)
    actions.record_hearing(by=reviewer, job=job.pk, held_on=called, record=RECORD)
    with nothing_written(*ROWS), pytest.raises(WrongState, match="作废这份告知书"):
        actions.serve_pause(by=reviewer, job=job.pk, method="mail", on=called)
    # It had come before, and was only not registered: that time is left out, and not what came after.
    told = actions.serve_pause(by=reviewer, job=job.pk, method="mail", on=called - timedelta(2))
    assert (told.state, Member.objects.get().state, Pause.objects.get().ended_on) == ("in_review", "in_review", called)


def test_no_change_of_the_calendar_takes_a_day_that_was_told(long_ago, days):
    """The paper names the last day to third parties too, whom no message reaches: it may come later, never earlier."""
    days.at(MONDAY)
    storm = set_exception(by=SYSTEM, region="330282", day=date(2026, 11, 5), working=False, reason="台风停业")
    hearing = make.told_hearing()
    assert hearing.request_by == date(2026, 11, 10)
    days.at(date(2026, 11, 3))
    withdraw_exception(by=SYSTEM, exception=storm.pk, reason="台风改道")
    days.work()
    assert running(hearing)["hearing_request"] == Hearing.objects.get().request_by == date(2026, 11, 10)
    clock = Clock.objects.get(kind="hearing_request")
    assert "书面告知的截止日是2026年11月10日（周二），当日仍在期限内；告知以后日历再有变更，不早于这一天。" in explain_clock(clock)
    assert why(clock).due_on == date(2026, 11, 10) and list(days_follow()) == []
    for day in (6, 10):
        set_exception(by=SYSTEM, region="330282", day=date(2026, 11, day), working=False, reason="停电")
    days.work()
    days.pass_to(date(2026, 11, 11))  # a hall that is closed on the last day gives the next one
    assert Hearing.objects.get().request_by == date(2026, 11, 11)
    asked = actions.request_hearing(by=make.actor("cixi-clerk"), hearing=hearing.pk, who="third_party", name="王小明")
    assert asked.state == "requested" and Clock.objects.get(kind="hearing_request").outcome == "on_time"
