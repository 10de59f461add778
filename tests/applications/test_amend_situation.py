"""A situation answer that proves wrong after acceptance: members come and go with reason, notice and new dates; the plan keeps
the one that it replaces, and nothing that was decided is undone."""

import pytest

from apps.applications import actions
from apps.applications.models import Application, Job, MaterialEntry, Member
from apps.deadlines.models import Clock
from apps.issuance.models import Document
from apps.journal.models import Event
from apps.kit.errors import Forbidden, Refused, WrongState
from apps.kit.time import today
from tests import make
from tests.people import nothing_written

from .test_run_bundle import BIG, decide, restaurant, states

SMALL = {**BIG, "dining_area": 200}
REASON = "现场测量的就餐区面积与填报不符"


def amend(case, situations, *, by="cixi-clerk", **given):
    row = Application.objects.get(pk=case.pk)
    plan = actions.amending.replanned(row, situations)
    known = {entry.code for entry in row.materials.all()}
    fresh = [m["material"] for m in plan["materials"] if m["material"] not in known and not m["supplied_by"]]
    return actions.amend_situation(
        by=make.actor(by),
        application=case.pk,
        situations=situations,
        reason=REASON,
        **{
            "answers": {c: v for c, v in make.answers_for(plan).items() if c not in row.answers},
            "materials": {code: {"state": "confirmed", "originals": 1} for code in fresh},
            **given,
        },
    )


def test_a_member_is_added_and_waits_with_the_others(world):
    case = restaurant(situations=SMALL)
    assert "fire-check" not in states(case)
    row = amend(case, {"dining_area": "600"})
    assert states(case)["fire-check"] == "waiting"
    added = Member.objects.get(application=case, code="fire-check")
    assert added.number == f"{case.number}-{added.position + 1:02d}"
    assert row.plan["former"][0]["answers"]["dining_area"] in (200, "200")
    assert (
        Document.objects.get(root_id=case.pk, kind="amendment").payload["changes"][0]["change"]
        == "新增，待前一事项办结"
    )
    event = Event.objects.get(chain=case.chain, name="application.amend")
    assert event.facts["reason"] == REASON
    assert not [entry for entry in row.materials.all() if entry.state == "missing" and entry.necessity == "required"]
    case = decide(case, "enterprise-registration")
    assert states(case)["fire-check"] == "accepted"


def test_added_after_its_predecessor_is_done_it_is_accepted_that_day(world):
    case = decide(restaurant(situations=SMALL), "enterprise-registration")
    row = amend(case, {"dining_area": "600"})
    added = Member.objects.get(application=case, code="fire-check")
    assert (added.state, added.accepted_on) == ("accepted", today())
    assert Job.objects.get(member=added).department_id == "xiaofang"
    whole = Clock.objects.filter(root_id=case.pk, kind="bundle")
    assert sorted(clock.state for clock in whole) == ["running", "stopped"]  # the promise of the whole counts anew
    running = whole.get(state="running")
    assert (running.started_on, row.due_on) == (
        today(),
        min(running.due_on, max(m.due_on for m in Member.objects.filter(application=case))),
    )
    assert "xiaofang" in row.departments


def test_a_member_that_the_situation_no_longer_holds_ends_with_the_reason(world):
    case = decide(restaurant(), "enterprise-registration")
    amend(case, {"dining_area": "200"})
    gone = Member.objects.get(application=case, code="fire-check")
    assert gone.state == "terminated"
    assert not Job.objects.filter(member=gone).exclude(state="closed").exists()
    assert REASON in Event.objects.get(name="member.terminate", subject_id=str(gone.pk)).facts["reason"]
    assert gone.definition["code"] == "fire-check"  # the plan that held it is kept
    for code in ("food-licence", "drainage-permit"):
        case = decide(case, code)
    assert (case.state, case.outcome) == ("done", "granted")


def test_what_was_decided_is_not_undone(world):
    case = decide(restaurant(), "enterprise-registration")
    with nothing_written(Member, Job, Document, MaterialEntry), pytest.raises(Refused) as told:
        amend(case, {"subject_kind": "individual"})
    assert {error.code for error in told.value.errors} >= {"amend.decided"}


def test_what_is_lacking_is_named_and_nothing_changes(world):
    case = restaurant(situations=SMALL)
    with nothing_written(Member, Job, Document, MaterialEntry), pytest.raises(Refused) as told:
        amend(case, {"dining_area": "600"}, materials={})
    assert all(error.field.startswith(("materials.", "promised.")) for error in told.value.errors)
    assert "former" not in Application.objects.get(pk=case.pk).plan


def test_who_and_when(world):
    case = restaurant(situations=SMALL)
    with nothing_written(Member, Document), pytest.raises(Forbidden):
        amend(case, {"dining_area": "600"}, by="scjg-reviewer")
    with nothing_written(Member, Document), pytest.raises(Refused):
        amend(case, {"dining_area": "200"})
    early = make.received("open-restaurant", situations=SMALL)
    with nothing_written(Member, Document), pytest.raises(WrongState):
        amend(early, {"dining_area": "600"})


def test_before_acceptance_a_correction_compiles_anew(world):
    clerk = make.actor("cixi-clerk")
    case = make.received("open-restaurant", situations=SMALL)
    row = actions.correct(by=clerk, application=case.pk, reason="面积填错", situations=BIG)
    assert "fire-check" in [member["code"] for member in row.plan["members"]]
    assert Member.objects.filter(application=case).count() == 0
