"""The pre-check over the API, and what an application says of the messages that it asks for."""

import pytest

from apps.applications import actions
from apps.applications.models import MaterialEntry
from tests import make
from tests.api.client import Caller
from tests.people import nothing_written


def handed_in(*, paper: str = ""):
    row = make.from_home(submit=False)
    for line in row.plan["materials"]:
        line["form"] = "paper" if line["material"] == paper else "both"
    type(row).objects.filter(pk=row.pk).update(plan=row.plan)
    row.materials.exclude(state="expected").update(state=MaterialEntry.State.SUPPLIED)
    return actions.submit(by=make.actor("enterprise"), application=row.pk)


def test_what_needs_nobody_at_the_window_is_passed_and_accepted_in_one_call(world):
    row, clerk = handed_in(), Caller("cixi-clerk")
    address = f"applications/{row.pk}/pass_and_accept/"
    with nothing_written():
        assert "已提交" in clerk.post(address, expect=409)["detail"]  # nobody looks at it yet
        told = Caller("enterprise").post(f"applications/{row.pk}/save/", {"contact_mobile": make.MOBILE}, expect=409)["detail"]
        assert "已提交" in told and "已收件" not in told  # it is not received, and has nothing to correct
    clerk.post(f"applications/{row.pk}/begin_pre_check/")
    with nothing_written():
        Caller("scjg-reviewer").post(address, expect=404)
        Caller("enterprise").post(address, expect=403)
    accepted = clerk.post(address)
    assert (accepted["state"], len(accepted["number"])) == ("in_progress", 20)
    assert accepted["receipt_date"] == accepted["accepted_on"]
    with nothing_written():
        clerk.post(address, expect=409)


def test_what_has_to_be_brought_is_not_accepted_from_afar(world):
    row, clerk = handed_in(paper="premises_proof"), Caller("cixi-clerk")
    clerk.post(f"applications/{row.pk}/begin_pre_check/")
    with nothing_written():
        refused = clerk.post(f"applications/{row.pk}/pass_and_accept/", expect=422)
    assert [(one["code"], one["field"]) for one in refused["errors"]] == [("pre_check.bring", "materials")]
    assert clerk.post(f"applications/{row.pk}/pass_pre_check/")["state"] == "pre_passed"


def test_what_was_promised_from_home_keeps_nobody_from_being_accepted(world):
    row, clerk = make.from_home(submit=False), Caller("cixi-clerk")
    row.materials.exclude(state="expected").exclude(code="floor_plan").update(state=MaterialEntry.State.SUPPLIED, originals=1)
    Caller("enterprise").post(f"applications/{row.pk}/save/", {"materials": {"floor_plan": {"promised": True}}})
    actions.submit(by=make.actor("enterprise"), application=row.pk)
    clerk.post(f"applications/{row.pk}/begin_pre_check/")
    clerk.post(f"applications/{row.pk}/pass_and_accept/")
    (member,) = clerk.get(f"applications/{row.pk}/")["members"]
    assert (member["state"], member["gap_open"]) == ("accepted_with_gap", True)


def test_a_draft_that_is_saved_tells_all_of_its_faults_at_once(world):
    row, clerk = make.draft(), Caller("cixi-clerk")
    given = {"applicant": {"kind": "person", "name": "王小明", "id_number": "330203199001010015"}, "issue": "together"}
    given["materials"] = {"floor_plan": {"state": "rejected"}, "no_such": {}}
    with nothing_written():
        refused = clerk.post(f"applications/{row.pk}/save/", given, expect=422)
    assert [one["field"] for one in refused["errors"]] == ["applicant.id_number", "issue", "materials.floor_plan", "materials.no_such"]


@pytest.mark.parametrize("name", ["wants_sms", "wants_mail"])
def test_which_messages_were_asked_for_is_told_where_it_was_asked(world, name):
    clerk = Caller("cixi-clerk")
    row = make.draft()
    for wish in (False, True, False):
        assert clerk.post(f"applications/{row.pk}/save/", {name: wish})[name] is wish
        assert clerk.get(f"applications/{row.pk}/")["application"][name] is wish
    assert {one[name] for one in clerk.get("applications/?state=draft")["results"] if one["id"] == row.pk} <= {False}
