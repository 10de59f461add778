"""The acts on time at the review desk: seen before they count, done once, refused in the law's words; the same over the API."""

import pytest

from apps.applications.models import Job, Member
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
    job = make.claimed()
    assert head.post(page(job, "pause"), GIVEN).status_code == 302
    assert state_of(job) == "paused"
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


def test_an_extension_is_seen_given_once_and_never_again(head):
    job = make.claimed()
    with nothing_written(*ROWS):
        shown = head.post(page(job, "extend"), {"days": 5, "reason": "案情复杂需要核实", "look": "1"})
        over = head.post(page(job, "extend"), {"days": 11, "reason": "案情复杂需要核实"})
        untold = head.post(page(job, "extend"), {"days": 5})
    assert "延长 5 天以后" in shown.content.decode()
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
