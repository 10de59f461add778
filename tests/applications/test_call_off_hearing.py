"""A hearing that is wanted no more (XKF 46, 47): called off by who ordered it, taken back by who asked, kept for who joined."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.applications import actions
from apps.applications.handlers import light_changed
from apps.applications.models import Application, Hearing, Job, Member
from apps.deadlines.models import Clock, Pause
from apps.directory.models import Message
from apps.issuance.models import Document
from apps.journal.invariants import patrol
from apps.journal.models import Event
from apps.kit.errors import Refused, WrongState
from apps.kit.time import today
from tests import make
from tests.people import nothing_written

from .test_hold_hearing import MONDAY, RECORD, ROWS, conclude, decide, required, running, told_to


def test_a_hearing_that_the_department_ordered_is_called_off_and_its_time_runs_again(long_ago, days):
    """Nobody asked for it, no law requires it: with a reason; everyone is told, the notice is void, the pause ends."""
    days.at(MONDAY)
    job, by = make.claimed(), make.actor("scjg-reviewer")
    plan = job.application.plan
    plan["members"][0]["pause_grounds"] = ["hearing"]
    Application.objects.filter(pk=job.application_id).update(plan=plan)
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.call_off_hearing(by=by, job=job.pk, reason="还没有通知听证。")
    hearing = make.call_hearing(job, reason="涉及周边居民的公共利益")
    about = {"ground": "hearing", "expected_days": 12, "organiser": "慈溪市市场监管局", "basis": "行政许可法第四十五条"}
    actions.pause(by=make.actor("scjg-head"), job=job.pk, **about)
    days.at(date(2026, 11, 5), 15)
    with nothing_written(*ROWS), pytest.raises(Refused):
        actions.call_off_hearing(by=by, job=job.pk, reason="不")
    actions.call_off_hearing(by=by, job=job.pk, reason="居民代表书面表示没有意见。")
    assert (Hearing.objects.get().state, Member.objects.get().state) == ("called_off", "in_review")
    assert Pause.objects.get().ended_on == date(2026, 11, 5)
    notice = Document.objects.get(kind="hearing_notice")
    assert notice.state == "void" and "没有意见" in notice.void_reason
    seen = told_to(job)
    assert "听证" not in seen.now[2] and [e.detail for e in seen.story if e.title == "听证取消"] == ["居民代表书面表示没有意见。"]
    make.deliver_all()
    assert Message.objects.filter(title__startswith="听证取消：").exists()
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.record_hearing(by=by, job=job.pk, held_on=today(), record=RECORD)
    again = make.call_hearing(job)  # needed after all: notified anew
    assert again.state == "called" and again.pk == hearing.pk
    days.at(again.at.date(), 15)
    with nothing_written(*ROWS), pytest.raises(WrongState, match="已经过了"):
        actions.call_off_hearing(by=by, job=job.pk, reason="再次确认没有必要。")
    days.at(date(2026, 11, 6))
    actions.pause(by=make.actor("scjg-head"), job=job.pk, service="later", **about)  # a notice still on its way is taken back
    actions.call_off_hearing(by=by, job=job.pk, reason="再次确认没有必要。")
    assert "再次确认" in Pause.objects.latest("pk").void_reason
    assert decide(conclude(job)).state == "granted"
    assert [found for found in patrol()[1] if found["invariant"].startswith("applications.")] == []


def test_what_the_law_requires_or_somebody_asked_for_is_not_the_department_s_to_call_off(long_ago, days):
    days.at(MONDAY)
    job = required()
    make.call_hearing(job)
    with nothing_written(*ROWS), pytest.raises(WrongState) as told:
        actions.call_off_hearing(by=make.actor("wenguang-reviewer"), job=job.pk, reason="大家都没有意见。")
    assert "第四十六条" in told.value.message
    hearing = make.told_hearing()
    actions.request_hearing(by=make.actor("enterprise"), hearing=hearing.pk, who="applicant")
    job = make.job_of(hearing.application)
    make.call_hearing(job)
    with nothing_written(*ROWS), pytest.raises(WrongState) as told:
        actions.call_off_hearing(by=make.actor("scjg-reviewer"), job=job.pk, reason="大家都没有意见。")
    assert "第四十七条" in told.value.message


def test_who_asked_takes_it_back_and_others_may_ask_while_the_days_run(long_ago, days):
    days.at(MONDAY)
    hearing = make.told_hearing()
    job, firm = make.job_of(hearing.application), make.actor("enterprise")
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.withdraw_hearing(by=firm, hearing=hearing.pk, reason="不要听证了。")
    actions.request_hearing(by=firm, hearing=hearing.pk, who="applicant")
    called = make.call_hearing(job)
    days.at(called.at.date(), 15)
    with nothing_written(*ROWS), pytest.raises(WrongState, match="已经过了"):
        actions.withdraw_hearing(by=firm, hearing=hearing.pk, reason="不要听证了。")
    days.at(MONDAY)
    actions.withdraw_hearing(by=firm, hearing=hearing.pk, reason="不要听证了。")
    assert Hearing.objects.get().state == "called_off" and "hearing_hold" not in running(hearing)
    assert Document.objects.get(kind="hearing_notice").state == "void"
    with nothing_written(*ROWS), pytest.raises(WrongState):  # the neighbours' days run still
        conclude(job)
    with nothing_written(*ROWS), pytest.raises(WrongState):
        make.call_hearing(job)
    first = Clock.objects.get(kind="hearing_hold")
    days.at(hearing.request_by, 23)
    again = actions.request_hearing(by=make.actor("cixi-clerk"), hearing=hearing.pk, who="third_party", name="王小明")
    with CaptureQueriesContext(connection) as asked:
        light_changed(Event(chain=first.chain, name="clock.turn_yellow"))  # delivered late: the first request's day is no more
    of_clocks = [one["sql"] for one in asked if f'FROM "{Clock._meta.db_table}"' in one["sql"]]
    assert len(of_clocks) > 2 and all(re.search(r'"(root_)?id" = ', sql) for sql in of_clocks)  # each by an index
    assert Hearing.objects.get().hold_by == again.hold_by > first.due_on
    with nothing_written(*ROWS), pytest.raises(Refused):
        actions.withdraw_hearing(by=firm, hearing=hearing.pk, reason="替邻居撤回。")
    actions.withdraw_hearing(by=make.actor("cixi-clerk"), hearing=hearing.pk, reason="邻居到窗口撤回。")
    make.deliver_all()
    told = Message.objects.filter(title__startswith="听证申请已撤回：").latest("pk").text
    assert "是您申请、不是您撤回的" in told  # the applicant, who asked for nothing this time, is not alarmed
    heard = [one.text.partition("：")[2] for one in Message.objects.filter(user=make.actor("scjg-reviewer").id, key__startswith="hearing:").order_by("pk")]
    assert ["申请人提出" in heard[0], "原定" in heard[1], "利害关系人提出" in heard[2], heard[3:]] == [True, True, True, ["不再听证。"]]
    days.after(hearing.request_by)
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.request_hearing(by=firm, hearing=hearing.pk, who="applicant")
    assert decide(conclude(job)).state == "granted"


def test_who_asks_as_well_keeps_the_hearing_when_the_first_wants_it_no_more(long_ago, days):
    """The third party was told that somebody had asked; then the applicant took that back when the days were over, and nobody was heard."""
    days.at(MONDAY)
    hearing, clerk, own = make.told_hearing(), make.actor("cixi-clerk"), make.actor("enterprise")
    actions.request_hearing(by=own, hearing=hearing.pk, who="applicant")
    with nothing_written(*ROWS), pytest.raises(WrongState, match="不用再申请"):
        actions.request_hearing(by=own, hearing=hearing.pk, who="applicant")
    third = {"by": clerk, "hearing": hearing.pk, "who": "third_party", "name": "王小明"}
    days.at(hearing.request_by, 23)
    asked = actions.request_hearing(**third)
    assert (asked.state, asked.requested_by, asked.requester) == ("requested", "applicant", "王小明")
    assert asked.asked_by == "申请人、利害关系人（王小明）"  # it read as if the applicant's name were his
    names = [f"{word}小区业主委员会".rjust(60, "慈") for word in ("东", "西")] + ["业主委员会"]
    for name in names:  # each is kept whole, so that each is known when he comes again
        asked = actions.request_hearing(**third | {"name": name})
    assert asked.requester == "、".join(["王小明", *names])
    with nothing_written(*ROWS), pytest.raises(WrongState, match="不用再申请"):
        actions.request_hearing(**third)
    days.after(hearing.request_by)
    for by in (own, clerk):
        with nothing_written(*ROWS), pytest.raises(WrongState, match="照常举行"):
            actions.withdraw_hearing(by=by, hearing=hearing.pk, reason="申请人不要听证了")
    with nothing_written(*ROWS), pytest.raises(WrongState, match="不用再申请"):
        actions.request_hearing(**third | {"name": "李大力"})
    job = Job.objects.get(application=hearing.application)
    assert [e.title for e in told_to(job).story if "申请听证" in e.title] == ["又有人申请听证"] * 4
    assert "王小明" not in str(list(Event.objects.filter(name="hearing.join").values_list("facts", flat=True)))
