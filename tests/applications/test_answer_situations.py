"""A question of the situation (情形) left open leaves out what depends on it: no door takes a case in before it is answered."""

import pytest

from apps.applications import actions
from apps.applications.models import Application, Member
from apps.kit.errors import Refused
from apps.supervision.simulating.situations import answered
from tests import make, wide
from tests.api.client import Caller
from tests.people import nothing_written
from tests.web.conftest import client_of

CODE, OPEN, WORDS = "enterprise-registration", "by_agent", "请先回答情形问题“是否由他人代为办理？”"


def opened(draft: Application, by: str) -> Application:
    """The draft with that question left open again."""
    answers = {code: value for code, value in draft.plan["answers"].items() if code != OPEN}
    return actions.save_draft(by=make.actor(by), application=draft.pk, situations=answers)


def test_no_way_in_with_an_open_question(world):
    at_the_counter = opened(make.draft(CODE), "cixi-clerk")
    at_home = opened(make.from_home(CODE, submit=False), "enterprise")
    clerk, firm = Caller("cixi-clerk"), Caller("enterprise")
    body = wide.filing(CODE)
    del body["situations"][OPEN]
    for caller, path, given in (
        (clerk, f"applications/{at_the_counter.pk}/receive/", {}),
        (firm, f"applications/{at_home.pk}/submit/", {}),
        (firm, f"applications/{at_home.pk}/receive/", {}),
        (clerk, "applications/file/", body),
    ):
        with nothing_written(Application, Member):
            errors = caller.post(path, given, expect=422)["errors"]
        assert [(e["code"], e["field"]) for e in errors if WORDS in e["message"]] == [
            ("situations.open", f"situations.{OPEN}")
        ], path
    home = client_of("enterprise")
    assert home.get(f"/my/{at_home.pk}/check/").status_code == 302  # back to what is still to be done
    with nothing_written(Application, Member):
        home.post(f"/my/{at_home.pk}/check/", {"pre_check": "1", "declared": "on"})
    actions.save_draft(by=make.actor("enterprise"), application=at_home.pk, situations=answered(CODE))
    assert firm.post(f"applications/{at_home.pk}/submit/")["state"] == "submitted"
    assert home.get(f"/my/{at_home.pk}/check/").status_code != 200


def test_a_correction_and_an_amendment_leave_no_question_open(world):
    clerk, case = make.actor("cixi-clerk"), make.received(CODE)
    with nothing_written(Application, Member), pytest.raises(Refused, match=WORDS):
        actions.correct(by=clerk, application=case.pk, reason="情形录错了", situations={})
    running = make.accepted("open-restaurant")
    with nothing_written(Application, Member), pytest.raises(Refused, match="请先回答情形问题"):
        actions.amend_situation(by=clerk, application=running.pk, reason="当时答错了", situations={"dining_area": None})


def test_who_is_turned_away_answers_nothing(world):
    case = opened(make.draft(CODE), "cixi-clerk")
    assert actions.receive(by=make.actor("cixi-clerk"), application=case.pk, to_turn_away=True).number
