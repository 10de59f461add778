"""The check points of a frozen standard in the opinion: all answered, an unmet one explained, kept with the job and the event."""

import pytest

from apps.applications import actions, checks
from apps.applications.models import Job
from apps.catalog.models import Standard
from apps.journal.models import Event
from apps.kit.errors import DomainError, Refused
from tests import make
from tests.applications.test_statements import MOVE, cost
from tests.people import nothing_written

pytestmark = pytest.mark.usefixtures("standards")
OPINION = "经现场核查，意见如上。"


@pytest.fixture
def job(standards):
    """民宿, already registered: the fire brigade's job, claimed."""
    return make.fire_check()


def conclude(job, recommendation="grant", **results):
    given = results.pop("given", None) or make.checks(job, **results)
    return actions.conclude(
        by=make.actor("xiaofang-reviewer"), job=job.pk, recommendation=recommendation, opinion=OPINION, checks=given
    )


def fields(refused) -> list[str]:
    return [error.field for error in refused.value.errors]


def test_answers_are_kept_with_the_job_and_in_the_journal(job):
    given = make.checks(job, smoke_alarm="na") | {"extinguishers": {"result": "unmet", "note": "已补配，当场复核合格"}}
    conclude(job, given=given)
    row = Job.objects.get(pk=job.pk)
    assert [(one["code"], one["result"]) for one in row.checks] == [
        ("two_exits", "met"),
        ("extinguishers", "unmet"),
        ("smoke_alarm", "na"),
        ("fire_training", "met"),
    ]
    event = Event.objects.get(name="job.conclude")
    assert event.facts["checks"] == row.checks
    told = next(entry for entry in make.case("xiaofang-head", row.application).story if entry.name == "job.conclude")
    for words in ("民宿行业准入审批标准", "符合 2 项、不符合 1 项、不适用 1 项", "灭火器", "当场复核合格"):
        assert words in told.detail


def test_nothing_is_passed_over(job):
    with nothing_written(), pytest.raises(Refused) as refused:
        actions.conclude(by=make.actor("xiaofang-reviewer"), job=job.pk, recommendation="grant", opinion=OPINION)
    assert fields(refused) == [f"checks.{code}" for code in make.checks(job)]
    for wrong in ({"two_exits": {"result": "maybe"}}, {"kitchen_flow": {"result": "met"}}, {"two_exits": {}}):
        with nothing_written(), pytest.raises(DomainError):
            conclude(job, given=make.checks(job) | wrong)
    assert Job.objects.get(pk=job.pk).state == "in_hand"


def test_a_grant_with_an_unmet_point_is_explained_a_refusal_speaks_for_itself(job):
    with nothing_written(), pytest.raises(Refused) as refused:
        conclude(job, two_exits="unmet")
    assert fields(refused) == ["checks.two_exits.note"]
    assert conclude(job, "refuse", two_exits="unmet").recommendation == "refuse"


def test_a_new_version_leaves_the_case_alone(job):
    known = Standard.objects.get(code="homestay")
    Standard.objects.create(
        **{name: getattr(known, name) for name in ("code", "name", "sector", "applies_to", "provenance")},
        version=2,
        valid_from="2020-01-01",
        points=[{"code": "new", "text": "新的要点", "items": ["fire-check"]}],
    )
    from apps.catalog.models import Revision

    Revision.objects.update(number=1)
    assert [row["code"] for row in conclude(job).checks] == list(make.checks(job))
    later = make.accepted("open-homestay", situations={"already_registered": True, "serves_meals": False})
    assert later.plan["standard"]["version"] == 2
    assert list(later.plan["standard"]["points"]) == ["fire-check"]
    assert checks.shown(job.application.plan, "fire-check", Job.objects.get(pk=job.pk).checks)[0]["text"].startswith(
        "疏散通道"
    )


def test_points_cost_no_statement(job):
    assert cost(lambda: conclude(job)) <= MOVE


def test_without_a_standard_nothing_is_asked_and_nothing_may_be_answered(world):
    plain = make.claimed()
    reviewer = make.actor("scjg-reviewer")
    with nothing_written(), pytest.raises(Refused):
        actions.conclude(
            by=reviewer, job=plain.pk, recommendation="grant", opinion=OPINION, checks={"x": {"result": "met"}}
        )
    assert actions.conclude(by=reviewer, job=plain.pk, recommendation="grant", opinion=OPINION).checks == []
