"""The acts on time at the review desk: seen before they count, done once, refused in the law's words; the same over the API."""

import re
from datetime import date, timedelta
from io import BytesIO

import openpyxl
import pytest

from apps.applications import actions, queries_review
from apps.applications.models import Application, Job, Member
from apps.deadlines.models import Clock, Extension, Pause
from apps.issuance.models import Document
from apps.kit.time import today
from tests import make
from tests.api.client import Caller
from tests.people import nothing_written

ROWS = (Pause, Extension, Document, Member, Clock)


@pytest.fixture
def head(at):
    return at("scjg-head")


def page(job: Job, act: str) -> str:
    return f"/review/{job.pk}/{act}/"


def state_of(job: Job) -> str:
    return Member.objects.get(pk=job.member_id).state


GIVEN = {**make.TESTING, "service": "electronic"}


def test_the_new_days_are_seen_before_anything_is_written(head):
    job = make.claimed()
    assert "检测" in head.get(page(job, "pause")).content.decode()
    with nothing_written(*ROWS):
        shown = head.post(page(job, "pause"), {**GIVEN, "look": "1"}).content.decode()
    assert "特别程序期间" in shown and "还剩 10 个工作日" in shown and "如果" in shown
    assert state_of(job) == "in_review"


def test_pause_and_resume(head, at):
    job, hint = make.claimed(), "由部门负责人在这一页“进入特别程序”"
    assert f"需要检测的，{hint}" in at("scjg-reviewer").get(f"/review/{job.pk}/").text and hint not in head.get(f"/review/{job.pk}/").text
    assert head.post(page(job, "pause"), {**GIVEN, "reason": "样品需要送检。"}).status_code == 302
    assert state_of(job) == "paused" and hint not in at("scjg-reviewer").get(f"/review/{job.pk}/").text
    assert "说明：样品需要送检。" in at("enterprise").get(f"/my/{job.application_id}/").text  # its message sends him there for the reason
    told = head.get(f"/review/{job.pk}/").content.decode()
    assert "特别程序中" in told and "还剩 10 个工作日" in told
    with nothing_written(*ROWS):
        assert head.post(page(job, "pause"), GIVEN).status_code == 409
    reviewer = at("scjg-reviewer")
    assert "特别程序" in reviewer.get("/review/?state=paused").content.decode()
    assert reviewer.post(page(job, "resume"), {"on": Pause.objects.get().started_on, "result": "合格"}).status_code == 302
    assert state_of(job) == "in_review"


def test_a_notice_to_be_served_by_hand_stops_no_clock(head):
    job = make.claimed()
    head.post(page(job, "pause"), {**GIVEN, "service": "later"})
    assert state_of(job) == "in_review"
    told = head.get(f"/review/{job.pk}/").content.decode()
    assert "等待送达" in told
    served = {"method": "direct"}
    assert head.post(page(job, "pause/served"), served).status_code == 422  # the day is missing
    assert head.post(page(job, "pause/served"), {"method": "direct", "on": today()}).status_code == 302
    assert state_of(job) == "paused"


def test_what_the_items_list_lacks_is_refused(head):
    job = make.claimed()
    with nothing_written(*ROWS):
        assert head.post(page(job, "pause"), {**GIVEN, "ground": "tender"}).status_code == 422
        empty = head.post(page(job, "pause"), {"once": ""})
    assert empty.status_code == 422 and "预计所需的工作日" in empty.content.decode()


@pytest.mark.parametrize("who", ["scjg-reviewer", "wsjs-head", "cixi-clerk"])
def test_only_the_departments_head_pauses_and_extends(at, who):
    job = make.claimed()
    for act, given in (("pause", GIVEN), ("extend", {"days": 5, "reason": "案情复杂需要核实"})):
        with nothing_written(*ROWS):
            assert at(who).post(page(job, act), given).status_code in (403, 404)


def test_who_must_approve_above_the_head_is_not_told_to_be_left_out(head):
    """Where several decide as one the government approves every extension: the page said to leave the approval empty, and refused that."""
    job = make.claimed()
    assert "由本部门负责人批准的不填" in head.get(page(job, "extend")).text
    row = Application.objects.get(pk=job.application_id)
    row.plan["members"][0]["legal_limit"] = {"days": 45, "unit": "working"}
    Application.objects.filter(pk=row.pk).update(plan=row.plan)
    told = head.get(page(job, "extend")).text
    assert "由本级人民政府批准，必须写明" in told and "批准的不填" not in told
    with nothing_written(*ROWS):
        left_out = head.post(page(job, "extend"), {"days": 5, "reason": "案情复杂需要核实"})
    assert left_out.status_code == 422 and "请写明批准机关和文号" in left_out.text


def test_an_extension_is_seen_given_once_and_never_again(head):
    job = make.claimed()
    clock, offered = Clock.objects.filter(root_id=job.application_id, kind="decision"), '/extend/"'
    since = clock.get().started_on
    clock.update(started_on=since - timedelta(60))
    assert offered not in head.get(f"/review/{job.pk}/").text  # too late
    clock.update(started_on=since)
    assert offered in head.get(f"/review/{job.pk}/").text
    with nothing_written(*ROWS):
        shown = head.post(page(job, "extend"), {"days": 5, "reason": "案情复杂需要核实", "look": "1"})
        over = head.post(page(job, "extend"), {"days": 11, "reason": "案情复杂需要核实"})
        untold = head.post(page(job, "extend"), {"days": 5})
    assert "延长 5 个工作日以后" in shown.content.decode()
    assert over.status_code == 422 and "10" in over.content.decode()
    assert untold.status_code == 422 and "理由" in untold.content.decode()
    assert head.post(page(job, "extend"), {"days": 5, "reason": "案情复杂需要核实"}).status_code == 302
    with nothing_written(*ROWS):
        again = head.post(page(job, "extend"), {"days": 1, "reason": "案情复杂需要核实"})
    assert again.status_code in (409, 422) and "一次" in again.content.decode()


def test_the_same_over_the_api(world):
    job = make.claimed()
    head, reviewer = Caller("scjg-head"), Caller("scjg-reviewer")
    with nothing_written(*ROWS):
        assert head.post(f"jobs/{job.pk}/extend/", {"days": 11, "reason": "案情复杂"}, expect=422)["code"]
        reviewer.post(f"jobs/{job.pk}/pause/", make.TESTING, expect=403)
    told = head.post(f"jobs/{job.pk}/pause/", make.TESTING)
    assert told["state"] == "paused"
    case = head.get(f"applications/{job.application_id}/")
    clock = next(one for one in case["clocks"] if one["kind"] == "decision")
    assert (clock["state"], clock["due_on"], clock["promised_days_left"], clock["legal_days_left"]) == ("paused", None, 10, 20)
    assert [(one["ground"], one["ended_on"]) for one in clock["pauses"]] == [("testing", None)]
    assert reviewer.post(f"jobs/{job.pk}/resume/", {"result": "检测合格"})["state"] == "in_review"
    extended = head.post(f"jobs/{job.pk}/extend/", {"days": 5, "reason": "案情复杂需要核实"})
    assert extended["due_on"]


def test_what_stands_still_is_told_alike_on_every_page(head, at):
    """With its days left and no day: nowhere as 正常, which is what a clock is that runs."""
    job = make.concluded()
    head.post(page(job, "pause"), GIVEN)
    desk, case = at("scjg-reviewer"), head.get(f"/review/{job.pk}/").text
    for shown in (case.split("case__head")[1].split("jump")[0], head.get(page(job, "decide")).text, desk.get("/review/").text):
        assert "暂停计时" in shown and ">正常</span>" not in shown
    sheet = openpyxl.load_workbook(BytesIO(desk.get("/review/export.xlsx").content)).active
    assert [cell.value for cell in sheet[3]][:2] == [None, "暂停计时"]
    assert job.application.number not in desk.get("/review/", {"light": "green"}).text
    counter = at("cixi-clerk").get("/counter/cases/").text
    assert "现在没有到期日" in at("enterprise").get("/my/").text
    assert "现在没有到期日" in counter and ">正常</span>" not in counter
    Application.objects.filter(pk=job.application_id).update(due_on=(gone := today() - timedelta(days=1)))
    assert f"办理期限 {gone:%Y年%-m月%-d日} 已过" in at("enterprise").get("/my/").text


def test_what_cannot_be_done_on_time_is_told_when_the_page_is_opened(head):
    """Not only after the form was filled in; on a page that was open before, what was typed comes back with the refusal."""
    job = make.claimed()

    def refused(act: str) -> str:
        answer = head.get(page(job, act))
        assert answer.status_code == 409 and 'name="once"' not in answer.text
        return answer.text

    assert "不在特别程序中" in refused("resume") and "没有等待送达" in refused("pause/served") and "没有等待送达" in refused("pause/drop")
    head.post(page(job, "extend"), {"days": 5, "reason": "案情复杂需要核实"})
    assert "期限只能延长一次" in refused("extend")
    head.post(page(job, "pause"), {**GIVEN, "service": "later"})
    assert "等待送达" in refused("pause")
    before = head.post(page(job, "pause/served"), {"method": "mail", "on": today() - timedelta(1)}).text
    assert f"不早于告知书出具之日（{today():%Y年%-m月%-d日}）" in before
    head.post(page(job, "pause/served"), {"method": "mail", "on": today()})
    assert "已在特别程序中" in refused("pause")
    typed = head.post(page(job, "pause"), {**GIVEN, "organiser": "另一家检测院"})
    assert typed.status_code == 409 and "另一家检测院" in typed.text


def test_a_special_procedure_that_lasts_longer_than_told_is_marked(long_ago, days, at):
    """Nothing ends by itself that somebody forgets; whoever has the work sees it, in the list and on the case."""
    days.at(date(2026, 2, 10))
    job = make.paused()
    told = at("scjg-reviewer").get(f"/review/{job.pk}/").text
    assert "预计 15 个工作日，到2026年3月9日" in told and "预计的时间已过" not in told  # over the Spring Festival
    own = at("enterprise").get(f"/my/{job.application_id}/").text
    assert "预计 15 个工作日，到 2026年3月9日（周一）；" in own
    for day, past in ((date(2026, 3, 9), False), (date(2026, 3, 10), True)):
        days.at(day)
        desk = at("scjg-reviewer")
        assert ("预计的时间已过" in desk.get(f"/review/{job.pk}/").text) is past
        assert ("已过预计时间" in desk.get("/review/?state=paused").text) is past
        assert ("预计的时间已过，还没有结束" in at("enterprise").get(f"/my/{job.application_id}/").text) is past


def test_marking_costs_the_same_for_many(world, django_assert_num_queries):
    for _ in range(3):
        make.paused()
    jobs = list(queries_review.inbox(make.actor("scjg-reviewer")))
    with django_assert_num_queries(2):  # the pauses, the edition of the calendar
        assert queries_review.past_expected(jobs) == set()


def test_at_the_counter_too_what_stands_still_is_not_found_as_running_well(at):
    still, runs = make.paused().application, make.accepted()
    rows = at("cixi-clerk").get("/counter/cases/?light=green").context["rows"]
    assert runs.pk in [line["row"].pk for line in rows] and still.pk not in [line["row"].pk for line in rows]
    told = at("cixi-clerk").get("/api/applications/?light=green").json()["results"]  # as the page has it
    assert [line["id"] for line in told] == [runs.pk]


def test_the_days_of_an_extension_are_told_in_their_unit(head, at):
    job = make.claimed()
    assert "最多 10 个工作日" in head.get(page(job, "extend")).text
    head.post(page(job, "extend"), {"days": 5, "reason": "案情复杂需要核实"})
    for who, where in (("scjg-reviewer", f"/review/{job.pk}/"), ("enterprise", f"/my/{job.application_id}/")):
        assert "批准延长 5 个工作日" in at(who).get(where).text


def test_work_that_was_routed_on_came_to_its_department_on_that_day(long_ago, days, at):
    days.at(date(2026, 2, 10))
    job = make.job_of(make.accepted())
    assert re.search("2026年2月10日 [0-9:]+派发", at("scjg-reviewer").get(f"/review/{job.pk}/").text)
    actions.return_to_router(by=make.actor("scjg-reviewer"), job=job.pk, reason="不属于本局的职责")
    days.at(date(2026, 2, 11))
    actions.reroute(by=make.actor("cixi-supervisor"), job=job.pk, department="wsjs", reason="属于卫生计生")
    assert re.search("2026年2月11日 [0-9:]+派发", at("wsjs-reviewer").get(f"/review/{job.pk}/").text)
