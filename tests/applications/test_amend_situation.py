"""A situation answer that proves wrong after acceptance: members come and go with reason, notice and new dates; the plan keeps
the one that it replaces, and nothing that was decided is undone."""

from dataclasses import replace

import pytest

from apps.applications import actions
from apps.applications.models import AnswerChange, Application, InspectionPart, Job, MaterialEntry, Member
from apps.catalog.actions import cancel_definition
from apps.deadlines.models import Clock
from apps.issuance.models import Document
from apps.journal.actor import SYSTEM
from apps.journal.models import Event
from apps.kit.errors import Forbidden, Refused, WrongState
from apps.kit.time import today
from tests import inspection_make as im
from tests import make, people
from tests.people import nothing_written
from tests.web.conftest import client_of

from .test_run_bundle import BIG, decide, restaurant, states

SMALL = {**BIG, "dining_area": 200}
REASON = "现场测量的就餐区面积与填报不符"
FIRST = "enterprise-registration"


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


@pytest.mark.parametrize("code", ["open-restaurant", "food-licence", "fire-check"])
def test_what_was_withdrawn_on_the_day_of_receipt_is_amended_all_the_same(world, code):
    """Also where only the new answers ask for it."""
    case = restaurant(situations=SMALL)
    cancel_definition(by=SYSTEM, code=code, reason="改为备案")
    assert amend(case, {"dining_area": "600"}).plan["answers"]["dining_area"] in (600, "600")
    assert states(case)["fire-check"] == "waiting"


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


def test_what_is_taken_out_before_anything_is_decided_is_no_part_done(world):
    case = restaurant()
    assert amend(case, {"dining_area": "200"}).state == "in_progress"
    assert states(case)["fire-check"] == "terminated"
    assert decide(case, "enterprise-registration").state == "partly_done"


def test_a_member_that_the_situation_no_longer_holds_ends_with_the_reason(world):
    case = decide(restaurant(), "enterprise-registration")
    amend(case, {"dining_area": "200"})
    gone = Member.objects.get(application=case, code="fire-check")
    assert gone.state == "terminated"
    assert not Job.objects.filter(member=gone).exclude(state="closed").exists()
    assert REASON in Event.objects.get(name="member.terminate", subject_id=str(gone.pk)).facts["reason"]
    assert gone.definition["code"] == "fire-check"  # the plan that held it is kept
    lost = case.answers.keys() - Application.objects.get(pk=case.pk).answers.keys()
    kept = AnswerChange.objects.filter(application=case, new__isnull=True).values_list("element", "old")
    assert lost and dict(kept) == {code: case.answers[code] for code in lost}  # and what was answered for it, as all that was handed in
    for code in ("food-licence", "drainage-permit"):
        case = decide(case, code)
    assert (case.state, case.outcome) == ("done", "granted")


def test_when_the_last_one_waited_for_is_taken_out_the_slip_is_given(world):
    case = decide(restaurant(), "enterprise-registration")
    for code in ("food-licence", "drainage-permit"):
        case = decide(case, code)
    make.filed(case.pk)
    for member in Member.objects.filter(application=case, decision="granted"):
        keeper = make.actor("scjg-seal" if member.department_id == "scjg" else f"{member.department_id}-head")
        actions.register_seal(by=keeper, member=member.pk, seal_number="3302821000001")
    assert not Document.objects.filter(root_id=case.pk, kind="pickup_slip").exists()
    assert amend(case, {"dining_area": "200"}).state == "done"
    assert Document.objects.filter(root_id=case.pk, kind="pickup_slip").count() == 1


def test_a_promise_of_what_is_not_on_the_list_is_told(world):
    case = restaurant(situations=SMALL)
    with nothing_written(Member, Document, MaterialEntry), pytest.raises(Refused, match="no_such_paper"):
        amend(case, {"dining_area": "600"}, promised=["no_such_paper"])


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


def test_who_reviews_a_new_item_does_not_take_it_in(world):
    """受理与办理分离: the case names its acceptor, who is another, so nothing would have kept the amender from the review."""
    case, both = restaurant(situations=SMALL), people.staff("clerk")
    people.staff("reviewer", department="xiaofang", user=both)
    with nothing_written(Member, Job), pytest.raises(Forbidden, match="受理与办理分离") as told:
        amend(case, {"dining_area": "600"}, by=both.username)
    assert told.value.code == "forbidden.separation"
    assert "fire-check" not in states(case)
    Application.objects.filter(pk=case.pk).update(acceptor=both.pk)  # whom the case names may not review any of it
    amend(case, {"dining_area": "600"}, by=both.username)
    assert "fire-check" in states(case)


def test_who_took_a_new_item_in_does_not_review_it_at_a_later_post_either(world):
    case, both = restaurant(situations=SMALL), people.staff("clerk")
    amend(case, {"dining_area": "600"}, by=both.username)
    case = decide(case, "enterprise-registration")
    for department in ("xiaofang", "scjg"):
        people.staff("reviewer", department=department, user=both)
    people.staff("head", department="xiaofang", user=both)
    job = Job.objects.get(member__application=case, member__code="fire-check")
    for act in (
        lambda: actions.claim(by=make.actor(both.username), job=job.pk),
        lambda: actions.reassign(by=make.actor(both.username), job=job.pk, assignee=both.pk, reason="由其承办"),
    ):
        with nothing_written(Job, Member), pytest.raises((Forbidden, Refused), match=r"受理与办理分离|受理了这个办件"):
            act()
    other = people.staff("reviewer", department="xiaofang")
    actions.claim(by=make.actor(other.username), job=job.pk)
    actions.conclude(by=make.actor(other.username), job=job.pk, recommendation="grant", opinion="材料齐全，符合条件。")
    with nothing_written(Job, Member), pytest.raises(Forbidden, match="受理人"):
        actions.decide(by=make.actor(both.username), job=job.pk, decision="grant")
    theirs = Job.objects.get(member__application=case, member__code="food-licence")  # which another has accepted
    actions.claim(by=make.actor(both.username), job=theirs.pk)


def test_nor_concludes_a_visit_to_it_for_the_department_to_which_it_was_sent_on(world, days):
    """The plan names the department of then: asked by that, nothing kept him from the conclusion of the one that has it now."""
    case, both, why = im.homestay(serves_meals=False), people.staff("clerk"), "属于卫生计生的职责。"
    amend(case, {"serves_meals": True}, by=both.username)
    job = Job.objects.get(member__application=case, member__code="food-licence")
    actions.return_to_router(by=im.reviewer("scjg"), job=job.pk, reason=why)
    actions.reroute(by=make.actor("cixi-supervisor"), job=job.pk, department="wsjs", reason=why)
    visit = im.held(days, Application.objects.get(pk=case.pk))
    assert job.member_id in visit.parts.get(department="wsjs").members
    for department in ("wsjs", "gongan"):
        people.staff("reviewer", department=department, user=both)
    given = {"inspection": visit.pk, "result": "pass", "words": "现场与申请材料一致。"}
    actor = make.actor(both.username)
    at_wsjs, at_gongan = (replace(actor, posts=tuple(p for p in actor.posts if p.department == one)) for one in ("wsjs", "gongan"))
    with nothing_written(InspectionPart, Document), pytest.raises(Forbidden, match="受理与办理分离"):
        actions.conclude_inspection(by=at_wsjs, **given)
    actions.conclude_inspection(by=at_gongan, **given)  # of what another has accepted
    im.conclude(visit, "wsjs")


def test_before_acceptance_a_correction_compiles_anew(world):
    clerk = make.actor("cixi-clerk")
    case = make.received("open-restaurant", situations=SMALL)
    row = actions.correct(by=clerk, application=case.pk, reason="面积填错", situations=BIG)
    assert "fire-check" in [member["code"] for member in row.plan["members"]]
    assert Member.objects.filter(application=case).count() == 0
    with nothing_written(Application, Member), pytest.raises(Refused) as told:  # what it asks for more is not there yet
        actions.accept(by=clerk, application=case.pk)
    asked = {error.field.removeprefix("answers.") for error in told.value.errors}
    assert "premises_floor" in asked
    given = {code: value for code, value in make.answers_for(row.plan).items() if code in asked}
    lines = {entry.code: {"state": "supplied"} for entry in row.materials.all() if entry.state == "missing"}
    actions.correct(by=clerk, application=case.pk, reason="补填楼层", answers=given, materials=lines)
    row = actions.correct(by=clerk, application=case.pk, reason="又改回去", situations=SMALL)
    assert lines.keys() - {line["material"] for line in row.plan["materials"]}  # on record, and on no form: the page fell over it
    assert client_of("cixi-clerk").get(f"/counter/{case.pk}/work/").status_code == 200
    actions.accept(by=clerk, application=case.pk)


def test_a_result_that_nobody_needed_until_now_arrives_all_the_same(world, monkeypatch):
    case = decide(restaurant(situations=SMALL), FIRST)
    compiled = actions.amending.compile_again

    def plan(*asked):
        found = compiled(*asked)
        late = {**found["materials"][0], "material": "its_result", "supplied_by": FIRST, "needed_by": ["fire-check"]}
        return {**found, "materials": [*found["materials"], late]}

    monkeypatch.setattr(actions.amending, "compile_again", plan)
    amend(case, {"dining_area": "600"})
    entry = MaterialEntry.objects.get(application=case, code="its_result")
    assert (entry.state, entry.supplier.code, entry.document.kind) == ("supplied", FIRST, "certificate")


def test_what_only_the_one_taken_out_needed_is_shown_to_no_other_department(world):
    case = decide(restaurant(), FIRST)
    plan = case.plan["materials"]
    (only_fire, *_) = [
        line["material"] for line in plan if line["needed_by"] == ["fire-check"] and not line["supplied_by"]
    ]
    amend(case, {"dining_area": "200"})
    assert MaterialEntry.objects.filter(application=case, code=only_fire).exists()  # what came stays on record

    def sees(who):
        return only_fire in [entry.code for entry in make.case(who, case).materials]

    assert [sees(who) for who in ("cixi-clerk", "xiaofang-reviewer")] == [True, True]
    assert [sees(who) for who in ("scjg-reviewer", "zhujian-reviewer")] == [False, False]
