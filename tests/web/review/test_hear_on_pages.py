"""The hearing on pages: asked for at the counter, before the department and from home; who comes too late is told why."""

import pytest

from apps.applications.models import Hearing, Job
from apps.deadlines.models import Clock
from apps.deadlines.queries import rule
from apps.issuance.models import Document
from apps.kit.time import today
from tests import make
from tests.applications.conftest import Days
from tests.people import nothing_written

ROWS = (Hearing, Job, Clock, Document)
RECORD = "主持人林国栋，申请人与周边居民代表参加，未提异议。"


@pytest.fixture
def days(time_machine):
    return Days(time_machine)


@pytest.fixture
def hearing(world):
    return make.told_hearing()


def from_home(hearing: Hearing) -> str:
    return f"/my/{hearing.application_id}/hearing/{hearing.member_id}/"


def test_the_applicant_asks_from_home(hearing, at):
    home, own = at("enterprise"), f"/my/{hearing.application_id}/"
    assert from_home(hearing) in home.get(own).text
    asked = home.get(from_home(hearing)).text
    assert hearing.interest in asked and "王小明" in asked and "disabled" not in asked
    ahead = f"提前 {rule('hearing_notice', today()).value} 个工作日"
    # Its time is left out once the notice of the special procedure is served (XKF 45).
    assert ahead in asked and "不计入办理期限" in asked
    with nothing_written(*ROWS):
        assert at("citizen").post(from_home(hearing)).status_code == 404
        assert at("cixi-clerk").post(from_home(hearing)).status_code in (302, 403, 404)
    once = {"once": "one-and-the-same-key"}
    for _ in range(2):  # a second click on the same form
        told = home.post(from_home(hearing), once, follow=True).text
        assert "听证申请已提交" in told and ahead in told and from_home(hearing) not in told
    assert Hearing.objects.get().requested_by == "applicant" and f"{Hearing.objects.get().hold_by:%Y年%-m月%-d日}" in told
    assert "不用再申请" in home.get(from_home(hearing)).text
    with nothing_written(*ROWS):
        answer = home.post(from_home(hearing))
    assert answer.status_code == 409 and "不用再申请" in answer.text


def test_nobody_asks_after_the_day_or_where_nobody_was_told(world, days, at):
    days.at(today())
    hearing = make.told_hearing()
    days.after(hearing.request_by)
    home = at("enterprise")
    assert from_home(hearing) not in home.get(f"/my/{hearing.application_id}/").text
    with nothing_written(*ROWS):
        answer = home.post(from_home(hearing))
    assert answer.status_code == 409 and "视为放弃" in answer.text
    other = make.accepted()
    assert home.get(f"/my/{other.pk}/hearing/{make.member_of(other).pk}/").status_code == 409


def test_at_the_counter_it_is_confirmed_and_a_stale_page_says_why(hearing, at):
    clerk, reviewer = at("cixi-clerk"), at("scjg-reviewer")
    counter = f"/counter/{hearing.application_id}/hearing/"
    desk = f"/review/{make.job_of(hearing.application).pk}/hearing/request/"
    assert clerk.get(counter).status_code == reviewer.get(desk).status_code == 200
    told = clerk.post(counter, {"hearing": hearing.pk, "who": "third_party", "name": "王小明"}, follow=True)
    assert "听证申请已登记" in told.text
    for client, page in ((clerk, counter), (reviewer, desk)):
        answer = client.get(page)
        assert answer.status_code == 409 and "不用再申请" in answer.text
    case = reviewer.get(desk.replace("hearing/request/", "")).text
    assert "利害关系人（王小明）申请" in case and "听证以前不能提出审查意见" in case


def test_a_record_entered_twice_is_told_as_such(world, days, at):
    days.at(today())
    job = make.claimed(code="entertainment-licence", reviewer="wenguang-reviewer")
    called = make.call_hearing(job)
    days.at(called.at.date(), 15)
    given = {"held_on": f"{today():%Y-%m-%d}", "record": RECORD}
    reviewer, page = at("wenguang-reviewer"), f"/review/{job.pk}/hearing/"
    assert reviewer.post(page, given).status_code == 302
    with nothing_written(*ROWS):
        answer = reviewer.post(page, {**given, "record": f"{RECORD}再记一次。"})
    assert answer.status_code == 409 and "已经登记" in answer.text and "再记一次" in answer.text
    opinion = {"recommendation": "grant", "opinion": "材料齐全，符合规定的条件。"}
    assert reviewer.post(f"/review/{job.pk}/opinion/", opinion).status_code == 302
    assert RECORD in at("wenguang-head").get(f"/review/{job.pk}/decide/").text  # the decision rests on it


def test_work_that_nobody_claimed_is_not_told_as_anothers(world, at):
    job = make.job_of(make.accepted())
    answer = at("scjg-reviewer").get(f"/review/{job.pk}/hearing/tell/")
    assert answer.status_code == 403 and "还没有人领办" in answer.text
