"""Sector standards: every fault told with its line, versions dated and never rewritten, frozen into the Plan."""

import io
import json
from datetime import date

import pytest
import yaml
from django.core.management import call_command

from apps.catalog.actions import load_standards
from apps.catalog.loading.source import read
from apps.catalog.models import Standard
from apps.catalog.plan import compile_plan, with_limits_kept, with_limits_of
from apps.journal.actor import SYSTEM
from apps.journal.models import Event
from apps.kit.errors import Forbidden
from tests import people
from tests.people import nothing_written

from .conftest import document, item, load

pytestmark = pytest.mark.django_db
POINT = {"code": "exit", "text": "通道畅通", "items": ["one"]}
STANDARD = {
    "code": "sector",
    "version": 1,
    "name": "某业标准",
    "sector": "某业",
    "valid_from": "2017-06-01",
    "applies_to": ["thing"],
    "points": [POINT, {"code": "paper", "text": "文件齐全", "department": "office"}],
    "provenance": "assumption",
}


@pytest.fixture(autouse=True)
def catalogue(db):
    people.places()
    bundle = {
        "code": "thing",
        "name": "一件事",
        "lead": {"department": "office", "criterion": "general_intake"},
        "members": [{"item": "one"}, {"item": "two", "when": [{"situation": "more", "is": True}]}],
        "situations": [{"code": "more", "question": "还办二号吗？", "type": "boolean"}],
    }
    load(document(items=[item(), item("two"), item("far")], bundles=[bundle, bundle | {"code": "other"}]))


def state(*standards, **options):
    text = yaml.safe_dump({"format": "yichuang-standards/1", "standards": list(standards)}, allow_unicode=True)
    return load_standards(by=SYSTEM, sources=[read("s.yaml", text.encode())], **options)


def point_codes(day: str, answers=None) -> dict | None:
    standard = compile_plan("thing", answers or {}, date.fromisoformat(day))["standard"]
    return standard and {code: [row["code"] for row in rows] for code, rows in standard["points"].items()}


def test_a_plan_freezes_the_version_of_its_day_and_the_points_of_its_members():
    assert state(STANDARD, STANDARD | {"version": 2, "valid_from": "2018-01-01", "points": [POINT]}).counts == {
        "created": 2,
        "ended": 0,
        "unchanged": 0,
    }
    drawn_up = compile_plan("thing", {}, date(2017, 9, 1))
    assert drawn_up["standard"]["version"] == 1
    assert with_limits_of(drawn_up, date(2017, 12, 31)) == drawn_up
    assert with_limits_of(drawn_up, date(2018, 1, 1))["standard"]["version"] == 2  # it is judged by the standard of the day of receipt
    late = with_limits_of(compile_plan("thing", {"more": True}, date(2017, 9, 1)), date(2018, 1, 1))
    kept = with_limits_kept({**late, "standard": late["standard"] | {"points": {"one": [], "two": ["new"]}}}, drawn_up)["standard"]
    assert kept == drawn_up["standard"] | {"points": {**drawn_up["standard"]["points"], "two": ["new"]}}  # what runs is judged as it was
    assert with_limits_kept({**late, "own_limit": 7}, {"members": []})["own_limit"] == 7  # of before there was one
    assert point_codes("2017-12-31") == {"one": ["exit", "paper"]}
    assert point_codes("2017-12-31", {"more": True}) == {"one": ["exit", "paper"], "two": ["paper"]}
    assert point_codes("2018-01-01", {"more": True}) == {"one": ["exit"]}
    assert compile_plan("one", {}, date(2017, 9, 1))["standard"] is None
    assert compile_plan("other", {}, date(2017, 9, 1))["standard"] is None


def test_a_loaded_version_is_only_ended():
    state(STANDARD)
    with nothing_written(Standard):
        assert state(STANDARD).counts["unchanged"] == 1
        assert [found.code for found in state(STANDARD | {"name": "改名"}).problems] == ["version"]
        assert {found.code for found in state("不是一条", STANDARD | {"name": "改名"}).problems} == {"schema", "version"}
        assert state(STANDARD | {"valid_to": "2017-12-31"}, check_only=True).counts["ended"] == 1
    assert Standard.objects.get().name == "某业标准"
    assert point_codes("2018-01-01")
    assert state(STANDARD | {"valid_to": "2017-12-31"}).counts["ended"] == 1
    assert point_codes("2017-12-31") and point_codes("2018-01-01") is None
    assert Event.objects.filter(name="revision.load_standards").count() == 2


def test_a_lower_number_that_comes_later_begins_before():
    """It took the place of the version after it, from its own first day on."""
    state(STANDARD | {"version": 2})
    for day in ("2017-06-01", "2018-01-01"):
        assert [(found.code, "早于第 2 版" in found.message) for found in state(STANDARD | {"valid_from": day}).problems] == [("dates", True)]
    assert not state(STANDARD | {"valid_from": "2017-05-31"}).problems


def test_every_fault_is_told_at_once_with_its_line():
    with nothing_written(Standard):
        report = state(
            STANDARD | {"applies_to": ["thing", "nothing"], "departments": ["nobody"], "valid_to": "2017-01-01"},
            STANDARD | {"points": [POINT | {"department": "office"}]},
            STANDARD
            | {
                "version": 2,
                "points": [POINT, POINT, {"code": "a", "text": "甲", "items": ["far"]}, {"code": "b", "text": "乙"}],
            },
            {"code": "Bad", "version": 0, "valid_from": "2017-02-30"},
        )
    told = sorted(found.code for found in report.problems)
    assert told.count("unknown_code") == 3
    assert told.count("duplicate_code") == 2
    assert told.count("dates") == 2
    assert told.count("schema") >= 6
    assert all(found.line > 1 for found in report.problems)


def test_one_standard_at_a_time():
    second = STANDARD | {"code": "rival", "valid_from": "2018-01-01"}
    assert [found.code for found in state(STANDARD, second).problems] == ["duplicate_code", "duplicate_code"]
    assert not state(STANDARD | {"valid_to": "2017-12-31"}, second).problems
    assert compile_plan("thing", {}, date(2018, 1, 1))["standard"]["code"] == "rival"


def test_who_may():
    sources = [read("s.yaml", yaml.safe_dump({"format": "yichuang-standards/1", "standards": [STANDARD]}).encode())]
    outside = [
        people.actor(role) for role in ("clerk", "catalogue")
    ]  # a county's office changes nothing that all share
    with nothing_written(Standard):
        for actor in outside:
            with pytest.raises(Forbidden):
                load_standards(by=actor, sources=sources)
    load_standards(by=people.actor("catalogue", node=people.CITY), sources=sources)


def test_the_command(tmp_path):
    file = tmp_path / "s.yaml"
    document_text = {"format": "yichuang-standards/1", "standards": [STANDARD | {"applies_to": ["nothing"]}]}
    file.write_text(yaml.safe_dump(document_text), "utf-8")
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit), nothing_written(Standard):
        call_command("load_standards", str(file), "--json", stdout=out, stderr=err)
    (error,) = json.loads(out.getvalue())["errors"]
    assert (error["code"], error["path"]) == ("unknown_code", "standards[0].applies_to[0]")
    assert "nothing" in err.getvalue()
