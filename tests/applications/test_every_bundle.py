"""All 19 one-things of the catalogue run to the end, in the order that `compile_plan` gives (issue 4; DOMAIN.md 3.3)."""

from pathlib import Path

import pytest
import yaml

from apps.applications import queries_review
from apps.applications.models import Application, Job, MaterialEntry
from apps.catalog.plan import compile_plan
from apps.deadlines.models import Clock
from apps.kit.time import today
from tests import make
from tests.applications.test_run_bundle import decide, states
from tests.applications.test_statements import situations

FILES = sorted((Path(__file__).parents[2] / "fixtures" / "catalog").glob("*.yaml"))
# Read by every worker that collects, the whole catalogue: libyaml's loader is ten times as fast.
BUNDLES = [row["code"] for file in FILES for row in yaml.load(file.read_text("utf-8"), yaml.CSafeLoader).get("bundles", [])]


def test_the_catalogue_has_nineteen():
    assert len(set(BUNDLES)) == 19


@pytest.mark.parametrize("code", BUNDLES)
def test_it_runs_to_the_end_as_planned(world, code):
    answers = situations(code)
    case = make.accepted(code, situations=answers)
    plan = compile_plan(code, answers, today())
    assert case.plan["stages"] == plan["stages"]
    assert [(m["code"], m["department"], m["after"]) for m in case.plan["members"]] == [
        (m["code"], m["department"], m["after"]) for m in plan["members"]
    ]
    # The hearing has its own days and tests; here the order is looked at.
    case.plan["members"] = [{**one, "hearing_required": False} for one in case.plan["members"]]
    Application.objects.filter(pk=case.pk).update(plan=case.plan)
    office = {m["code"]: m["department"] for m in plan["members"]}
    after = {m["code"]: set(m["after"]) for m in plan["members"]}
    done = set()
    while len(done) < len(after):
        opened = set(Job.objects.filter(application=case).exclude(state="closed").values_list("member__code", flat=True))
        assert opened == {one for one in after if one not in done and after[one] & after.keys() <= done}
        for one in sorted(opened):
            case = decide(case, one)
            for job in Job.objects.filter(application=case, department=office[one]).exclude(state="closed"):
                at_hand = queries_review.job_of_mine(make.actor(f"{job.department_id}-reviewer"), case)
                assert at_hand.state != "closed"  # where a message of the case leads
        done |= opened
    assert (case.state, case.outcome) == ("done", "granted")
    assert set(states(case).values()) == {"granted"}
    assert not MaterialEntry.objects.filter(application=case, state="expected").exists()
    running = Clock.objects.filter(root_id=case.pk, stopped_on__isnull=True)
    assert {clock.kind for clock in running} == {"delivery"}
