"""九成办件的用时: kept once for each decision, waiting left out, told only from enough cases on."""

from collections import Counter
from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.applications import actions
from apps.applications.models import Application
from apps.deadlines.queries import calendar, rule
from apps.journal.models import Event
from apps.kit.time import BEIJING, today
from apps.supervision.models import FinishedDays
from apps.supervision.usual import Usual, spent, usual_time
from tests import make
from tests.settled import count_all


def kept(code=make.FOOD) -> dict[int, int]:
    return dict(FinishedDays.objects.filter(code=code).values_list("days", "value"))


def decide(job) -> None:
    if job.state != "concluded":
        actions.conclude(by=make.actor("scjg-reviewer"), job=job.pk, recommendation="grant", opinion="符合条件")
    actions.decide(by=make.actor("scjg-head"), job=job.pk, decision="grant")


def test_working_days_without_special_procedure_and_supplement(transactional_db, world, time_machine):
    """Accepted, paused or asked the next day; the supplement comes on the third (of the last case the paper without the answer that was asked
    for with it), the pause ends on the fourth, decided on the tenth."""
    start, held = today(), calendar(region="330282")

    def at(days: int) -> date:
        day = start + timedelta(days=days)
        time_machine.move_to(datetime.combine(day, time(10), BEIJING))
        return day

    plain, paused, asked, half = make.claimed(), make.claimed(), make.claimed(), make.claimed()
    first, head = at(1), make.actor("scjg-head")
    actions.pause(by=head, job=plain.pk, service="later", **make.TESTING)
    actions.drop_pause(by=head, job=plain.pk, reason="告知书开错了")  # never served: nothing was left out
    actions.pause(by=head, job=paused.pk, **make.TESTING)
    gaps = [{"material": "premises_proof", "problem": "租赁期限已届满"}]
    wrong = [{"element": "premises_area", "problem": "与产权证上的面积不一致"}]
    supplements = [actions.ask_in_review(by=make.actor("scjg-reviewer"), job=job.pk, gaps=gaps, fields=of) for job, of in ((asked, []), (half, wrong))]
    came = at(3)
    lines = {"premises_proof": {"originals": 1}}
    for supplement in supplements:
        actions.take_in_review(by=make.actor("cixi-clerk"), supplement=supplement.pk, materials=lines)
    resumed = at(4)
    actions.resume(by=make.actor("scjg-reviewer"), job=paused.pk)
    decided = at(10)
    for job in (plain, paused, asked, half):
        decide(job)
    count_all()
    whole, waited = held.count(start, decided), [held.count(first, day) for day in (resumed, came, min(supplement.cure_by, decided))]
    wanted = Counter([whole, *(whole - days for days in waited)])
    assert kept() == dict(wanted)
    count_all()
    assert sum(kept().values()) == 4


def test_many_decisions_cost_one_look_at_the_calendar_and_no_pauses_of_other_cases(world):
    """The rollup asked once for each decision whether the calendar had changed, and read the pauses of all cases for these."""
    jobs = [make.claimed() for _ in range(3)]
    for job in jobs:
        decide(job)
    events = list(Event.objects.filter(name="member.grant", subject_id__in=[str(job.member_id) for job in jobs]))
    assert len(events) == 3
    asked = []
    for some in (events[:1], events):
        with CaptureQueriesContext(connection) as told:
            assert spent(some).total() == len(some)
        asked.append(len(told))
        (pauses,) = [one["sql"] for one in told if 'FROM "deadlines_pause"' in one["sql"]]
        assert '"root_id" IN' in pauses
    assert asked[0] == asked[1]


def test_nothing_is_told_below_the_least_number(world):
    least, year = rule("usual_time_least").value, today().year
    rows = [FinishedDays(code=make.FOOD, year=year, days=days, value=1) for days in range(1, least)]
    FinishedDays.objects.bulk_create(rows)
    address = f"/items/{make.FOOD}/"
    assert usual_time(make.FOOD) is None and "通常用时" not in Client().get(address).content.decode()
    FinishedDays.objects.create(code=make.FOOD, year=year - 1, days=99, value=1)
    FinishedDays.objects.create(code=make.FOOD, year=year - 2, days=500, value=100)  # long ago tells nothing of today
    assert usual_time(make.FOOD) == Usual(days=least - 1, cases=least)
    assert Client().get(f"/api/items/{make.FOOD}/").json()["usual_time"] == {"working_days": least - 1, "cases": least}
    page = Client().get(address).content.decode()
    assert "通常用时" in page and f"{least - 1} 个工作日" in page and f"{least} 件" in page


@pytest.mark.parametrize(
    ("counted", "days"), [({0: 10}, 0), ({1: 9, 30: 1}, 1), ({1: 8, 30: 2}, 30), ({1: 9, 2: 1, 30: 1}, 2), ({2: 1, 3: 98, 90: 1}, 3)]
)
def test_the_ninetieth_of_a_hundred(world, counted, days):
    for number, value in counted.items():
        FinishedDays.objects.create(code=make.FOOD, year=today().year, days=number, value=value)
    assert usual_time(make.FOOD).days == days


def test_a_one_thing_counts_to_its_end(transactional_db, world):
    case = make.accepted("sell-cigarettes", situations={"already_registered": True})
    for job in case.jobs.order_by("pk"):
        reviewer, head = make.actor(f"{job.department_id}-reviewer"), make.actor(f"{job.department_id}-head")
        actions.claim(by=reviewer, job=job.pk)
        actions.conclude(by=reviewer, job=job.pk, recommendation="grant", opinion="符合条件")
        actions.decide(by=head, job=job.pk, decision="grant")
    count_all()
    assert Application.objects.get(pk=case.pk).state == "done"
    assert kept("sell-cigarettes") == {0: 1}
    assert sum(FinishedDays.objects.exclude(code="sell-cigarettes").values_list("value", flat=True)) == len(
        case.jobs.all()
    )
