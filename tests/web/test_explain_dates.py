"""为什么是这一天 and 如果……会怎样, as pages and over the API: who sees them, what they say, and that they write nothing."""

from datetime import date
from unittest import mock

import pytest
from django.db import connection
from django.template import Context, Template
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.applications import actions
from apps.applications.models import Job
from apps.deadlines.actions import stop_clocks
from apps.deadlines.models import Clock, Extension, Pause
from apps.directory.models import Post
from apps.issuance.models import Document
from apps.journal.actor import SYSTEM
from apps.journal.door import action
from apps.kit.days import day_cn
from tests import make
from tests.api.client import Caller
from tests.people import nothing_written


@pytest.fixture
def paused_in_time(world, days):
    """食品经营许可, accepted 2018-03-01 with ten working days promised; tested from the 5th to the 12th."""
    Post.objects.update(valid_from=date(2015, 1, 1))
    days.at(date(2018, 3, 1))
    job = make.claimed()
    days.at(date(2018, 3, 5))
    actions.pause(
        by=make.actor("scjg-head"),
        job=job.pk,
        ground="testing",
        expected_days=5,
        organiser="宁波市食品检验检测研究院",
        basis="食品安全法第八十七条",
    )
    days.at(date(2018, 3, 12))
    actions.resume(by=make.actor("scjg-head"), job=job.pk)
    days.at(date(2018, 3, 14))
    return Clock.objects.get(kind="decision")


def test_page_tells_both_limits_the_pause_and_what_changed(paused_in_time, at):
    clock = paused_in_time
    answer = at("scjg-reviewer").get(reverse("clock_why", args=[clock.pk]), {"back": "/review/"})
    assert answer.status_code == 200
    notice = Document.objects.get(kind="special_procedure").number
    for words in ("承诺期限", "法定期限", "以此为准", "逐日计算", "到期日怎样变化", notice, "特别程序“检测”开始", "清明"[:0]):
        assert words in answer.text
    assert [month["month"] for month in answer.context["months"]] == [date(2018, 3, 1), date(2018, 4, 1)]
    rows = {row["day"]: row for month in answer.context["months"] for row in month["days"]}
    assert rows[date(2018, 3, 6)]["paused"] and rows[date(2018, 3, 6)]["cells"] == ["暂停", "暂停"]
    assert rows[date(2018, 3, 10)]["rest"] and rows[clock.due_on]["due"]
    assert "?as_of=2018-03-05&amp;back=%2Freview%2F" in answer.text
    assert 'href="/review/"' in answer.text
    assert "如果……会怎样" not in answer.text  # a reviewer does not ask


def test_a_limit_that_was_extended_is_not_told_as_the_laws_own(paused_in_time, at):
    page = reverse("clock_why", args=[paused_in_time.pk])
    assert "20 个工作日，到" in at("enterprise").get(page).text
    actions.extend(by=make.actor("scjg-head"), job=Job.objects.get().pk, days=5, reason="检测结果需要复核")
    told = at("enterprise").get(page).text
    assert "25 个工作日（含延长），到" in told and "15 个工作日（含延长），到" in told


def test_page_of_a_day_gone_by(paused_in_time, at):
    place = reverse("clock_why", args=[paused_in_time.pk])
    then = at("scjg-reviewer").get(place, {"as_of": "2018-03-07"})
    assert "为什么现在没有到期日" in then.text and "这是2018年3月7日当天的算法" in then.text
    before = at("scjg-reviewer").get(place, {"as_of": "2018-03-02"})
    assert before.context["told"].due_on < paused_in_time.due_on
    with mock.patch("apps.deadlines.queries_why.light_days", return_value=(date(2018, 3, 15), date(2018, 3, 15))):
        assert "<dd>2018年3月15日红灯，" in at("scjg-reviewer").get(place).text  # nobody sees a yellow light that turns red at once
    for wrong in ("2018-02-28", "2018-02-30", "昨天"):
        assert at("scjg-reviewer").get(place, {"as_of": wrong}).status_code == 422


def test_applicant_reads_his_own_and_nobody_else_s(paused_in_time, at):
    place = reverse("clock_why", args=[paused_in_time.pk])
    assert at("enterprise").get(place).status_code == 200
    for other in ("citizen", "wsjs-reviewer"):
        assert at(other).get(place).status_code == 404
    assert Client().get(place).status_code == 302
    told = Client().post(
        reverse("citizen:track"),
        {"number": paused_in_time_number(paused_in_time), "phone": make.MOBILE},
    )
    assert "特别程序“检测”" in told.text  # number and phone tell it on the page itself, without an address of its own


def paused_in_time_number(clock):
    from apps.applications.models import Application

    return Application.objects.get(pk=clock.root_id).number


def test_api_gives_rows_and_lines(paused_in_time):
    told = Caller("scjg-reviewer").get(f"clocks/{paused_in_time.pk}/why/")
    sides = {side["name"]: side for side in told["limits"]}
    assert sides["promised"]["due"] == told["due_on"] == paused_in_time.due_on.isoformat()
    third = next(step for step in sides["promised"]["steps"] if step["date"] == "2018-03-06")
    assert third == {
        "date": "2018-03-06",
        "weekday": "周二",
        "what": "paused",
        "number": None,
        "kind": "workday",
        "text": "3月6日（周二）特别程序期间，不计入",
    }
    assert [turn["what"] for turn in told["history"]] == ["start", "pause", "resume"]
    assert third["text"] in told["lines"]
    then = Caller("scjg-reviewer").get(f"clocks/{paused_in_time.pk}/why/?as_of=2018-03-07")
    assert then["due_on"] is None and then["light"] == "paused"


ROWS = (Clock, Pause, Extension, Document)
SUPPOSED = {"extension_days": "5", "pause_from": "2018-03-15", "pause_to": "2018-03-20", "decided_on": "2018-03-30"}


@pytest.mark.parametrize("who", ["cixi-supervisor", "scjg-head"])
def test_what_if_counts_and_only_reads(paused_in_time, at, who):
    clock = paused_in_time
    stored = list(Clock.objects.order_by("pk").values())
    client = at(who)
    client.get(reverse("clock_what_if", args=[clock.pk]))
    with nothing_written(*ROWS), CaptureQueriesContext(connection) as told:
        page = client.get(reverse("clock_what_if", args=[clock.pk]), SUPPOSED)
    answer = page.context["answer"]
    assert page.status_code == 200 and answer.then.due_on > answer.now.due_on == clock.due_on
    assert "没有到期日" not in page.text
    assert {query["sql"].split()[0] for query in told.captured_queries} <= {"SELECT", "EXECUTE"}  # a kept one; nothing was written
    assert list(Clock.objects.order_by("pk").values()) == stored
    over = client.get(reverse("clock_what_if", args=[clock.pk]), {"extension_days": "11"})
    assert "这次延长不会有效" in over.text and "最多延长 10 个工作日" in over.text and "最多可以延长 10 个工作日" in over.text
    open_end = client.get(reverse("clock_what_if", args=[clock.pk]), {"pause_from": "2018-03-15"})
    assert "停止计算，还剩" in open_end.text
    faulty = client.get(reverse("clock_what_if", args=[clock.pk]), {"pause_to": "2018-03-15"})
    assert faulty.status_code == 422 and "请填写暂停从哪天开始" in faulty.text
    for day, words in (("2017-12-31", f"请选开始日（{day_cn(clock.started_on)}）"), ("2026-01-05", "2026年1月5日离开始日太远")):
        assert words in client.get(reverse("clock_what_if", args=[clock.pk]), {"decided_on": day}).text


def test_what_if_over_the_api(paused_in_time):
    head, pk = Caller("scjg-head"), paused_in_time.pk
    told = head.get(f"clocks/{pk}/what_if/?extension_days=5")
    assert told["rejected"] == "" and told["then"]["due_on"] > told["now"]["due_on"]
    assert told["extension_cap"] == 10
    over = head.get(f"clocks/{pk}/what_if/?extension_days=11")
    assert (over["rejected"], over["then"]) == ("over_cap", over["now"]) and "行政许可法" in over["why_rejected"]
    assert head.raw("get", f"clocks/{pk}/what_if/?extention_days=5").json()["errors"][0]["field"] == "extention_days"
    assert head.raw("get", f"clocks/{pk}/what_if/?day=2018-02-30").status_code == 422
    for who, status in (("scjg-reviewer", 403), ("cixi-clerk", 403), ("enterprise", 403), ("wsjs-head", 404)):
        assert Caller(who).raw("get", f"clocks/{pk}/what_if/").status_code == status
    notice = Clock.objects.get(kind="notice")
    assert head.raw("get", f"clocks/{notice.pk}/what_if/").status_code == 403
    stopped = Caller("cixi-supervisor").raw("get", f"clocks/{notice.pk}/what_if/")
    assert stopped.status_code == 409


@pytest.mark.parametrize(("due", "guessed"), [(date(2026, 12, 18), False), (date(2027, 1, 5), True)])
def test_only_a_day_of_a_year_without_a_notice_is_called_guessed(world, due, guessed):
    """The limit of the law may reach into that year while the promise, which binds, ends before it."""
    page = Template('{% load web %}{% clock_light "green" due provisional=True %}').render(Context({"due": due}))
    assert ("推定" in page) is guessed


def test_what_has_stopped_is_not_promised_to_be_counted_again(world, days, at):
    """Decided by a guessed year: no notice moves its day any more."""
    days.at(date(2026, 12, 28))
    case = make.accepted()
    page = reverse("clock_why", args=[Clock.objects.get(root_id=case.pk, kind="decision").pk])
    assert "结果是推定的：所在年份的放假通知还没有公布，公布后重新计算。" in at("cixi-supervisor").get(page).text
    with action(SYSTEM) as act:
        stop_clocks(act, root_id=case.pk, on=date(2026, 12, 28))
    assert "结果是推定的：所在年份的放假通知还没有公布。" in at("cixi-supervisor").get(page).text
