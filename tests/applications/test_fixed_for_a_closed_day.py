"""A hearing or a visit is fixed, and then the calendar closes its day: who can move it is told, once, and nobody else."""

from datetime import date, datetime

import pytest
import yaml
from django.core.management import call_command

from apps.applications import actions
from apps.deadlines.actions import set_exception, withdraw_exception
from apps.directory.models import Message
from apps.journal.actor import SYSTEM
from apps.kit.time import BEIJING, beijing_date
from tests import inspection_make, make

MONDAY = date(2026, 11, 2)


def told() -> list[tuple[str, str]]:
    make.deliver_all()
    rows = Message.objects.filter(title__contains="不上班的日子").order_by("pk")
    return [(row.user.username, row.text) for row in rows]


def closed(day: date, region: str = "330282", **more):
    return set_exception(by=SYSTEM, **{"region": region, "day": day, "working": False, "reason": "台风停业。", **more})


@pytest.mark.parametrize(
    ("day", "heard", "amended"),
    [(4, True, False), (2, False, False), (6, False, False), (9, False, True)],
    ids=["a Monday", "a Saturday", "open", "a make-up day"],
)
def test_a_hearing_in_a_year_whose_notice_comes(long_ago, days, tmp_path, day, heard, amended):
    days.at(date(2026, 12, 14))
    job = make.claimed(code="entertainment-licence", reviewer="wenguang-reviewer")
    make.call_hearing(job, at=datetime(2027, 1, day, 9, tzinfo=BEIJING))
    off = [f"2027-01-0{n}" for n in range(1, 5)]
    notice = {"years": [{"year": 2027, "known_from": "2026-12-01", "days_off": off, "make_up": ["2027-01-09"]}]}
    (tmp_path / "2027.yaml").write_text(yaml.safe_dump(notice))
    call_command("load_calendars", str(tmp_path / "2027.yaml"))
    assert bool(told()) == heard
    notice["years"][0] |= {"known_from": "2026-12-14", "make_up": ["2027-01-10"]}  # amended elsewhere in the year: nothing new
    (tmp_path / "2027.yaml").write_text(yaml.safe_dump(notice))
    call_command("load_calendars", str(tmp_path / "2027.yaml"))
    assert len(told()) == 2 * (heard or amended)


@pytest.fixture
def hearing(long_ago, days):
    days.at(MONDAY)
    row = make.told_hearing()
    actions.request_hearing(by=make.actor("enterprise"), hearing=row.pk, who="applicant")
    return make.call_hearing(make.job_of(row.application))


def test_a_hearing(hearing):
    day = beijing_date(hearing.at)
    closed(day, region="330225")  # a sister's typhoon
    assert told() == []
    row = closed(day)
    assert {who for who, _ in told()} == {"scjg-reviewer", "scjg-head"}
    assert all(f"听证定在{day:%Y年%-m月%-d日}" in text and "台风停业。要改期" in text for _, text in told())
    seen = len(told())
    withdraw_exception(by=SYSTEM, exception=row.pk, reason="台风转向")
    assert len(told()) == seen


def test_a_visit_and_one_that_is_over(long_ago, days):
    days.at(MONDAY)
    visit = inspection_make.notified()
    closed(visit.visit_on)
    assert {who for who, _ in told()} >= {f"{visit.organiser_id}-reviewer", f"{visit.organiser_id}-head"}
    Message.objects.all().delete()
    days.after(visit.visit_on)
    closed(visit.visit_on, region="")
    assert told() == []
