"""A gap at a field: told with the materials, put right from home or at the counter, the old answer kept beside the new."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from apps.applications import actions, queries_changes
from apps.applications.actions.mending import told_fields
from apps.applications.models import AnswerChange, Application, MaterialEntry, Notice, ReviewSupplement
from apps.directory import queries as directory
from apps.directory.models import Region
from apps.issuance.models import Document
from apps.journal.models import Event
from apps.kit.errors import NotYours, Refused, WrongState
from apps.kit.time import now, today
from tests import make
from tests.people import nothing_written
from tests.web.conftest import client_of
from tests.web.counter.conftest import sent

ROWS = (Application, Notice, AnswerChange, MaterialEntry, ReviewSupplement, Document)
AREA, PLACE = "premises_area", "premises_address"
WRONG = {"element": AREA, "problem": "与平面图上的面积不一致"}


@pytest.fixture
def told(world):
    """Told of one material and one answer."""
    row = make.received(without=("premises_proof",))
    gaps = [{"material": "premises_proof"}]
    return actions.ask_supplement(by=make.actor("cixi-clerk"), application=row.pk, gaps=gaps, fields=[WRONG])


def home():
    return make.actor("enterprise")


def sides(row, username="cixi-clerk", **given):
    (asked,) = queries_changes.compared(make.case(username, row), **given)
    return {line.element or line.material: (line.old, line.new, line.came and line.came["by"]) for line in asked.lines}


def test_the_notice_names_the_answer_and_the_old_stays_beside_the_new(told):
    paper = Document.objects.get(kind="supplement_notice").payload
    assert [gap["problem"] for gap in paper["gaps"]][-1] == WRONG["problem"]
    with nothing_written(*ROWS), pytest.raises(Refused) as early:
        actions.resubmit(by=home(), application=told.pk)
    assert {error.field for error in early.value.errors} == {"materials.premises_proof", f"answers.{AREA}"}
    before = told.answers[AREA]
    for there_and_back in ("96", before):
        actions.mend(by=home(), application=told.pk, answers={AREA: there_and_back})
    with nothing_written(*ROWS), pytest.raises(Refused) as back:  # it reads as it was told
        actions.resubmit(by=home(), application=told.pk)
    assert f"answers.{AREA}" in {error.field for error in back.value.errors} and sides(told)[AREA] == (before, "", None)
    row = actions.mend(by=home(), application=told.pk, answers={AREA: "96"})
    assert row.answers[AREA] == "96" and before != "96"
    assert sides(row)[AREA] == (before, "96", None)  # put right, not handed in yet
    actions.attach(by=home(), application=row.pk, material="premises_proof", name="a.pdf", content=b"%PDF-1.4 new")
    row = actions.resubmit(by=home(), application=row.pk)
    assert row.state == "checking"
    for reader in ("cixi-clerk", "enterprise"):
        assert sides(row, reader)[AREA] == (before, "96", "申请人")
    slip = Document.objects.get(kind="supplement_receipt").payload
    assert "申请表更正：" in slip["materials"][-1]["name"]
    told_event = Event.objects.filter(name="application.mend").latest("pk")
    assert told_event.facts == {"fields": [AREA]}  # the journal keeps no personal data
    accepted = actions.accept(by=make.actor("cixi-clerk"), application=row.pk)
    assert sides(accepted, "scjg-reviewer")[AREA][:2] == (before, "96")


def test_what_is_not_asked_not_changed_or_faulty_is_refused(told):
    for answers in ({PLACE: "别处"}, {AREA: told.answers[AREA]}, {AREA: "很大"}, {AREA: ""}):
        with nothing_written(*ROWS), pytest.raises(Refused):
            actions.mend(by=home(), application=told.pk, answers=answers)
    with nothing_written(*ROWS), pytest.raises(NotYours):
        actions.mend(by=make.actor("citizen"), application=told.pk, answers={AREA: "96"})
    other = make.received()
    with nothing_written(*ROWS), pytest.raises(WrongState):
        actions.mend(by=home(), application=other.pk, answers={AREA: "96"})


@pytest.mark.parametrize("wrong", [{"element": "no_such", "problem": "不对"}, {"element": AREA, "problem": " "}])
def test_a_field_is_told_with_its_problem(world, wrong):
    row = make.received()
    with nothing_written(*ROWS), pytest.raises(Refused):
        actions.ask_supplement(by=make.actor("cixi-clerk"), application=row.pk, fields=[wrong])


def test_at_the_counter_it_is_accepted_only_when_answers_and_materials_are_in(told):
    clerk = make.actor("cixi-clerk")
    came = {"premises_proof": {"state": "confirmed", "originals": 1}}
    row = actions.take_supplement(by=clerk, application=told.pk, materials=came)
    assert row.state == "awaiting_supplement"
    slip = Document.objects.filter(kind="supplement_receipt").latest("pk").payload
    assert len(slip["still_missing"]) == 1
    with nothing_written(*ROWS), pytest.raises(Refused):
        actions.take_supplement(by=clerk, application=told.pk)
    row = actions.take_supplement(by=clerk, application=told.pk, answers={AREA: "96"})
    assert row.state == "in_progress" and sides(row)[AREA][1:] == ("96", clerk.name)
    assert sides(row)["premises_proof"][2] == clerk.name


def test_in_review_old_and_new_and_what_changed_since_the_last_look(world):
    job = make.claimed()
    reviewer, row = make.actor("scjg-reviewer"), job.application
    asked = actions.ask_in_review(by=reviewer, job=job.pk, fields=[WRONG], gaps=[make_gap()])
    seen, before = now(), row.answers[AREA]
    with nothing_written(*ROWS), pytest.raises(Refused):  # nothing new
        actions.take_in_review(by=home(), supplement=asked.pk)
    other = make.accepted()
    with nothing_written(*ROWS), pytest.raises(NotYours) as told:  # what is asked of one case opens no other of the same applicant
        actions.mend(by=home(), application=other.pk, answers={AREA: "96"}, supplement=asked.pk)
    assert told.value.field == "supplement"
    actions.mend(by=home(), application=row.pk, answers={AREA: "96"}, supplement=asked.pk)
    asked = actions.take_in_review(by=home(), supplement=asked.pk)
    assert asked.state == "asked" and asked.unmended == [] and len(asked.missing) == 1
    actions.attach(by=home(), application=row.pk, material="premises_proof", name="a.pdf", content=b"%PDF-1.4 new")
    asked = actions.take_in_review(by=home(), supplement=asked.pk, materials={"premises_proof": {}})
    assert asked.state == "complete"
    case = make.case("scjg-reviewer", row)
    changes = queries_changes.since(case, seen, me=reviewer.id, member=job.member.code)
    assert [(one.kind, one.old, one.new, one.by) for one in changes] == [
        ("material", "", "", "申请人"),
        ("answer", before, "96", "申请人"),
    ]
    assert queries_changes.since(case, now(), me=reviewer.id) == queries_changes.since(case, None, me=1) == []
    with nothing_written(*ROWS), pytest.raises(Refused):  # once
        actions.ask_in_review(by=reviewer, job=job.pk, fields=[WRONG])


def test_paper_brought_to_the_counter_is_a_change_too(world):
    asked = make.asked_in_review()
    seen = now()
    clerk = make.actor("cixi-clerk")
    actions.take_in_review(by=clerk, supplement=asked.pk, materials={"premises_proof": {"originals": 1}})
    case = make.case("scjg-reviewer", asked.application)
    (change,) = queries_changes.since(case, seen, me=1)
    assert (change.new, change.by) == ("收到纸质件，原件 1 份", clerk.name)


def make_gap() -> dict:
    return {"material": "premises_proof", "problem": "租赁期限已届满"}


def test_what_may_be_told_of_an_answer_and_no_word_of_it_is_cut_off():
    lines = [{"element": code, "name": f"{code}项", "needed_by": by} for code, by in (("area", ["a"]), ("seats", ["b"]))]
    later = {"element": "later", "name": "以后", "needed_by": ["a"], "when": [{"element": "area", "over": 100}]}
    row = SimpleNamespace(plan={"kind": "item", "answers": {}}, form=[*lines, later], answers={"area": "100"})
    longest = "字" * 500
    assert told_fields(row, [{"element": "area", "problem": f" {longest} "}], member="a") == [
        {"element": "area", "name": "area项", "problem": longest, "needed_by": ["a"]}
    ]
    assert told_fields(row, None) == [] and len(told_fields(row, [{"element": code, "problem": "不对"} for code in ("area", "seats")])) == 2
    for given, code, field, about in (
        ({"element": "area", "problem": longest + "字"}, "supplement.problem", "fields.area", {}),
        ({"element": "area", "problem": " 错 "}, "supplement.problem", "fields.area", {}),
        ({"element": "later", "problem": "不对"}, "supplement.unknown", "fields", {}),  # not asked with these answers
        ({"element": "gone", "problem": "不对"}, "supplement.unknown", "fields", {}),
        ({"element": "seats", "problem": "不对"}, "supplement.unknown", "fields", {"member": "a"}),  # another item's
        ({"element": "area", "problem": "不对"}, "review.once", "fields.area", {"once": {"area"}}),
    ):
        with pytest.raises(Refused) as refusal:
            told_fields(row, [given], **about)
        assert (refusal.value.code, refusal.value.field) == (code, field)


def test_an_answer_put_right_that_asks_for_another_one_is_not_accepted_without_it(told):
    clerk, plan = make.actor("cixi-clerk"), told.plan
    more = {"element": "why", "name": "面积说明", "type": "text", "required": True, "when": [{"element": AREA, "over": 500}]}
    plan["elements"].append({**plan["elements"][0], **more})
    Application.objects.filter(pk=told.pk).update(plan=plan)
    here = {"premises_proof": {"state": "supplied", "originals": 1}}
    row = actions.take_supplement(by=clerk, application=told.pk, materials=here, answers={AREA: "960"})
    assert (row.state, row.supplemented_on) == ("checking", today()) and row.notice_due > today()
    assert client_of("cixi-clerk").get(f"/counter/{told.pk}/done/").status_code == 200
    with nothing_written(*ROWS), pytest.raises(Refused) as lacking:
        actions.accept(by=clerk, application=told.pk)
    assert lacking.value.field == "answers.why"
    actions.correct(by=clerk, application=told.pk, reason="补填说明", answers={"why": "两层"})
    row = actions.accept(by=clerk, application=told.pk)
    assert (row.state, row.accepted_on) == ("in_progress", today())


def test_an_answer_that_is_no_better_is_on_record_before_the_case_ends_for_it(told):
    """Also where only answers were asked for: nothing of it could be registered at the counter, and nothing judged."""
    clerk, desk, page = make.actor("cixi-clerk"), client_of("cixi-clerk"), f"/counter/{told.pk}/supplement/"
    over = {"by": clerk, "application": told.pk, "ground": "bad_cure", "reason": "补来的面积仍与平面图不一致"}
    actions.take_supplement(by=clerk, application=told.pk, materials={"premises_proof": {"state": "supplied", "originals": 1}})
    with nothing_written(*ROWS), pytest.raises(WrongState):  # a part came in order: the days for the rest go on
        actions.not_accept(**over)
    for answers, faulty in (({AREA: "96"}, [AREA]), ({}, [PLACE])):
        with nothing_written(*ROWS), pytest.raises(Refused) as wrong:
            actions.take_supplement(by=clerk, application=told.pk, answers=answers, faulty=faulty)
        assert wrong.value.errors[0].field == f"faulty.{faulty[0]}"
    actions.mend(by=home(), application=told.pk, answers={AREA: "97"})  # not handed in; at the counter it is no better
    assert desk.post(page, sent(desk.get(page), **{f"faulty__{AREA}": "on"})).status_code == 302
    row = Application.objects.get(pk=told.pk)
    assert row.state == "awaiting_supplement" and "补来的不合格：" in desk.get(f"/counter/{told.pk}/").text
    stands = desk.get(page)  # what comes after it does not bring in the answer that was judged bad
    assert stands.context["form"][f"faulty__{AREA}"].value() and desk.post(page, sent(stands)).status_code == 422
    actions.take_supplement(by=clerk, application=told.pk, materials={"premises_proof": {"state": "supplied", "originals": 2}})
    assert Application.objects.get(pk=told.pk).state == "awaiting_supplement"
    actions.mend(by=home(), application=told.pk, answers={AREA: "98"})
    with nothing_written(*ROWS), pytest.raises(WrongState):  # nobody has judged this one
        actions.not_accept(**over)
    actions.take_supplement(by=clerk, application=told.pk, faulty=[AREA])
    assert actions.not_accept(**over).state == "not_accepted"


def test_what_was_received_is_not_judged_anew(told, monkeypatch):
    """A township may have ended since: whoever mends or corrects another answer is not asked for it, and it stands."""
    plan, other, clerk = told.plan, make.received(), make.actor("cixi-clerk")
    plan["elements"].append({**plan["elements"][0], "element": "town", "name": "乡镇街道", "type": "region"})
    Application.objects.filter(pk__in=(told.pk, other.pk)).update(plan=plan, answers={**told.answers, "town": "330282004"})
    Region.objects.filter(pk="330282004").update(valid_to=today() - timedelta(days=1))
    monkeypatch.setattr(directory, "_regions_known", (0.0, {}))
    page = client_of("cixi-clerk").get(f"/counter/{other.pk}/correct/").text
    assert '<option value="330282004" selected>' in page
    sent = {**told.answers, "town": "330282004", AREA: "96"}  # the page sends the whole form
    rows = [
        actions.mend(by=home(), application=told.pk, answers={AREA: "96"}),
        actions.correct(by=clerk, application=other.pk, reason="面积录错", answers=sent),
    ]
    with nothing_written(*ROWS), pytest.raises(Refused):
        actions.correct(by=clerk, application=other.pk, reason="面积录错", answers={"town": "330282999"})
    monkeypatch.setattr(directory, "_regions_known", (0.0, {}))
    assert [(row.answers[AREA], row.answers["town"]) for row in rows] == [("96", "330282004")] * 2
