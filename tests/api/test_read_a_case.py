"""A whole case tells a program what the page tells a person: what is still owed, where the envelope is, what was remarked inside."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine

from apps.applications import actions
from apps.kit.time import BEIJING, today
from tests import make
from tests.api.client import Caller
from tests.inspection_make import held


def case(name: str, pk: int) -> dict:
    return Caller(name).get(f"applications/{pk}/")


def test_what_the_notice_asked_for_and_what_came(world):
    row = make.awaiting(missing=("premises_proof", "floor_plan"))
    for name in ("enterprise", "cixi-clerk"):
        (told,) = case(name, row.pk)["notices"]
        assert told["kind"] == "supplement" and [gap["material"] for gap in told["gaps"]] == ["premises_proof", "floor_plan"]
        assert (told["came"], told["cure_by"]) == ({}, case(name, row.pk)["application"]["cure_by"])
    half = {"floor_plan": {"state": "supplied", "originals": 1}}
    Caller("cixi-clerk").post(f"applications/{row.pk}/take_supplement/", {"materials": half})
    (came,) = case("enterprise", row.pk)["notices"][0]["came"].items()
    assert came[0] == "floor_plan" and came[1]["by"] == "窗口" and came[1]["at"].endswith("+08:00")


def test_what_came_in_the_review_names_no_clerk_and_tells_beijings_clock(world):
    """The clerk's name is for colleagues; an instant of the night stood under the day before."""
    asked = make.asked_in_review()
    with time_machine.travel(datetime(today().year, today().month, today().day, 0, 30, tzinfo=BEIJING) + timedelta(days=1)):
        Caller("cixi-clerk").post(f"supplements/{asked.pk}/take/", {"materials": {"premises_proof": {"originals": 1}}})
        day = today().isoformat()
        told = case("enterprise", asked.application_id)
    came = told["supplements"][0]["came"]["premises_proof"]
    assert (came["on"], came["at"][:10], came["by"]) == (day, day, "窗口")
    assert make.user("cixi-clerk").name not in str(told)


def test_where_the_envelope_is(world, monkeypatch):
    monkeypatch.setattr(make, "printed", make.filed)
    member = make.sealed()
    address = "慈溪市白沙路街道三北大街2299号"
    actions.choose_handout(by=make.actor("enterprise"), application=member.application_id, way="courier", address=address)
    assert case("cixi-issue", member.application_id)["parcels"] == []
    sent = Caller("cixi-issue").post(f"applications/{member.application_id}/dispatch/", {"members": [member.pk]})
    for name in ("cixi-issue", "enterprise", "cixi-clerk"):
        assert case(name, member.application_id)["parcels"] == [sent]
    assert sent["state"] == "requested" and address not in str(sent)
    assert case("scjg-reviewer", member.application_id)["parcels"] == []


@pytest.mark.parametrize(("name", "seen"), [("cixi-clerk", ["营业场所已实地看过"]), ("scjg-reviewer", ["营业场所已实地看过"]), ("enterprise", [])])
def test_notes_are_read_inside(world, name, seen):
    row = make.accepted()
    Caller("cixi-clerk").post(f"applications/{row.pk}/note/", {"text": "营业场所已实地看过"})
    assert [note["text"] for note in case(name, row.pk)["notes"]] == seen


def test_what_can_be_rated_is_told_by_the_name_under_which_it_is_rated(world, days):
    """A visit's was the number of a row that the applicant reads nowhere; and whether a step had come, or was rated, showed by trying."""
    visit = held(days)
    pk, me = visit.application_id, Caller("enterprise")
    assert [one["step"] for one in case("enterprise", pk)["to_rate"]] == ["intake", f"visit-{visit.pk}-1"]
    assert case("cixi-clerk", pk)["to_rate"] == case("scjg-reviewer", pk)["to_rate"] == []
    for one in case("enterprise", pk)["to_rate"]:
        me.post(f"applications/{pk}/rate/", {"step": one["step"], "level": 1})
    assert case("enterprise", pk)["to_rate"] == []
    assert case("enterprise", make.from_home().pk)["to_rate"] == []
    assert [one["step"] for one in case("enterprise", make.decided().application_id)["to_rate"]] == ["intake", "result"]
