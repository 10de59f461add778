"""Single rules of a Plan by example, the command that tells it, and what the shelf keeps of it."""

import io
import json
from datetime import date
from unittest import mock

import pytest
from django.core.management import call_command

from apps.catalog import insight
from apps.catalog.compiler import Library, compile_definition
from apps.catalog.plan import compile_plan, summary
from apps.catalog.questions import Entry
from apps.catalog.shelf import Shelf
from apps.kit.errors import DomainError

from .conftest import document, item, load

DAY = date(2017, 8, 31)


# --- single rules by example --------------------------------------------------------------------------------------


def compile_small(members, items, answers=None, materials=(), **bundle):
    entries = {row["code"]: Entry(row["code"], "item", row | {"region": "330282"}) for row in items}
    library = Library(entries.get, {}, {row["code"]: row for row in materials}, {})
    content = {
        "name": "事",
        "region": "330282",
        "lead": {"department": "office", "criterion": "general_intake"},
        "members": members,
    } | bundle
    return compile_definition(Entry("thing", "bundle", content), answers or {}, DAY, library)


def test_an_absent_predecessor_joins_nothing():
    """c after b after a; without b, c does not wait for a and gets nothing from it."""
    licence = {"code": "licence", "name": "证", "kind": "certificate", "licence_type": "l"}
    items = [
        item("a", result={"kind": "certificate", "licence_type": "l"}),
        item("b"),
        item("c", materials=[{"material": "licence", "necessity": "required"}]),
    ]
    ask = [{"code": "with_b", "question": "?", "type": "boolean"}]
    members = [
        {"item": "a"},
        {"item": "b", "after": ["a"], "when": [{"situation": "with_b", "is": True}]},
        {"item": "c", "after": ["b"]},
    ]
    apart = compile_small(members, items, {"with_b": False}, [licence], situations=ask)
    assert apart["stages"] == [["a", "c"]]
    assert apart["materials"][0]["supplied_by"] is None
    joined = compile_small(members, items, {"with_b": True}, [licence], situations=ask)
    assert joined["stages"] == [["a"], ["b"], ["c"]]
    assert joined["materials"][0]["supplied_by"] == "a"
    assert (joined["materials_before"], joined["materials_after"], joined["saving_percent"]) == (1, 0, "100.0")


def test_limits_of_two_units_are_told_in_calendar_days():
    items = [
        item("a", promised_limit={"days": 5, "unit": "working"}),
        item("b", promised_limit={"days": 5, "unit": "calendar"}),
        item("c", promised_limit={"days": 8, "unit": "working"}),
    ]
    members = [{"item": "a"}, {"item": "b", "after": ["a"]}, {"item": "c"}]
    assert compile_small(members, items)["promised_limit"] == {"days": 12, "unit": "calendar"}
    assert compile_small(members[:1], items)["promised_limit"] == {"days": 5, "unit": "working"}


def test_required_where_any_member_requires_it_and_shown_where_any_needs_it():
    items = [
        item("a", fields=[{"element": "e", "required": False}]),
        item("b", fields=[{"element": "e", "required": True, "when": [{"element": "way", "is": "x"}]}]),
    ]
    [row] = compile_small([{"item": "a"}, {"item": "b"}], items)["elements"]
    assert row["required"] is True
    assert row["needed_by"] == ["a", "b"]
    assert row["when"] is None
    assert row["required_when"] == [[{"element": "way", "is": "x"}]]


def test_what_begins_after_another_item_of_the_visit_is_told_to_the_office():
    """The designer said 联合踏勘 of both, and each applicant was visited twice."""
    content = {"region": "330282", "lead": {"criterion": "general_intake"}, "joint_inspection": ["a", "c", "d"]}
    items = [item(code, name=f"{code}事项", inspection="joint") for code in "abcd"]
    plan = compile_small([{"item": "a"}, {"item": "b", "after": ["a"]}, {"item": "c", "after": ["b"]}, {"item": "d"}], items)
    words = insight.warnings(content, plan, insight.path(plan["members"]), lambda region: region)
    assert [line for line in words if "不会同一次联合踏勘" in line] == ["“c事项”要等“a事项”办出结果才开始，不会同一次联合踏勘。"]


def test_a_paper_that_one_item_makes_and_another_does_not_wait_for_is_told_to_the_office():
    """It was asked of the applicant, who has it only when the first item is done, and the designer said nothing."""
    content = {"region": "330282", "lead": {"criterion": "general_intake"}}
    need = {"material": "licence", "necessity": "required"}
    items = [item(code, name=f"{code}事项", materials=[need] * (code in "bc")) for code in "abc"]
    items[0]["result"] = {"kind": "certificate", "name": "证", "licence_type": "licence"}
    licence, told = {"code": "licence", "name": "执照", "kind": "certificate", "licence_type": "licence"}, []
    for waiting in (["b"], ["b", "c"]):
        plan = compile_small([{"item": "a"}, *({"item": one, "after": ["a"] * (one in waiting)} for one in "bc")], items, {}, [licence])
        words = insight.warnings(content, plan, insight.path(plan["members"]), lambda region: region)
        told.append([line for line in words if "不等它" in line])
    assert told == [["“执照”由“a事项”办出，“c事项”要用却不等它：办事人要自己交，那时可能还没有。"], []]


def test_no_member_present():
    ask = [{"code": "any", "question": "?", "type": "boolean"}]
    plan = compile_small([{"item": "a", "when": [{"situation": "any", "is": True}]}], [item("a")], {}, situations=ask)
    assert summary(plan) | {"code": "", "name": ""} == {
        "code": "",
        "name": "",
        "lead_department": "office",
        "members": [],
        "stages": [],
        "elements": [],
        "materials": [],
        "materials_before": 0,
        "materials_after": 0,
        "saving_percent": "0.0",
        "fees_total": "0.00",
        "promised_limit": {"days": 0, "unit": "working"},
        "legal_limits": {},
    }


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("boolean", ["true", "false", True], ["True", "yes", "1", 1, "是"]),
        ("integer", ["0", "12", 7], ["1.0", "-1", "x", "１２", "1e3", True, "", None][:6]),
        ("decimal", ["0", "12.5", 7, 1.5], ["-1", "nan", "inf", "1e3", "x", "1.", "３"]),
        ("choice", ["a"], ["b", "A", "true"]),
    ],
)
def test_answers_that_can_and_cannot_be(kind, good, bad):
    ask = [{"code": "q", "question": "问？", "type": kind, "choices": [{"value": "a", "label": "甲"}]}]
    for value in good:
        compile_small([{"item": "a"}], [item("a")], {"q": value}, situations=ask)
    for value in bad:
        with pytest.raises(DomainError) as refused:
            compile_small([{"item": "a"}], [item("a")], {"q": value}, situations=ask)
        assert refused.value.code == "situation.value"
        assert "q" in refused.value.message


@pytest.mark.parametrize("kind", ["integer", "decimal"])
def test_a_number_that_is_too_long_is_told_how_long_it_may_be(kind):
    ask = [{"code": "q", "question": "多少？", "type": kind}]
    compile_small([{"item": "a"}], [item("a")], {"q": "9" * 15}, situations=ask)
    with pytest.raises(DomainError, match="最多 15 位"):
        compile_small([{"item": "a"}], [item("a")], {"q": "9" * 16}, situations=ask)


# --- the command ------------------------------------------------------------------------------------------------


def run(*args) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("compile_plan", *args, stdout=out, stderr=err)
    except SystemExit as exit_:
        return exit_.code, out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


@pytest.mark.django_db
def test_command_answers_one_json_document(real_catalogue):
    status, out, err = run(
        "open-restaurant",
        "--answer",
        "subject_kind=individual",
        "--answer",
        "dining_area=300",
        "--as-of",
        "2017-08-31",
        "--json",
    )
    assert (status, err) == (0, "")
    plan = json.loads(out)
    assert list(plan)[:4] == ["code", "name", "lead_department", "members"]
    assert plan["members"] == ["individual-registration", "drainage-permit"]
    assert "开餐饮店" in out


@pytest.mark.django_db
def test_command_tells_in_words(real_catalogue):
    status, out, _ = run("food-licence", "--as-of", "2017-08-31")
    assert status == 0
    assert "可容缺" in out
    assert "承诺 10 个工作日" in out


@pytest.mark.django_db
@pytest.mark.parametrize(
    "args",
    [
        ["nothing"],
        ["food-licence", "--as-of", "2016-12-31"],
        ["food-licence", "--answer", "by_agent=true"],
        ["food-licence\udcb2"],
        ["open-restaurant", "--answer", "small_shop=maybe"],
        ["open-restaurant", "--answer", "small_shop=\udcb2"],
        ["open-restaurant", "--answer", "subject_kind=company"],
        ["open-restaurant", "--answer", "dining_area=large"],
        ["open-restaurant", "--answer", "small_shop=true", "--answer", "small_shop=false"],
    ],
)
def test_command_refuses_in_chinese(real_catalogue, args):
    status, out, err = run(*args, "--json")
    assert status == 1
    [error] = json.loads(out)["errors"]
    assert error["message"] in err
    assert any("\u4e00" <= char <= "\u9fff" for char in error["message"])


@pytest.mark.django_db
def test_an_item_s_own_question_is_asked_in_a_bundle_even_when_it_is_absent(real_catalogue):
    assert run("open-pharmacy", "--answer", "by_agent=true", "--json")[0] == 0


@pytest.mark.django_db
def test_the_shelf_notices_a_new_load(regions):
    load(document(items=[item()]))
    assert compile_plan("one", {}, DAY)["name"] == "测试事项"
    load(document(items=[item(name="改")]))
    assert compile_plan("one", {}, DAY)["name"] == "改"


@pytest.mark.django_db
def test_a_definition_stands_on_the_shelf_when_it_is_whole(regions):
    """Another thread that looks while its versions are read does not take it for one without any."""
    load(document(items=[item(), item("two")]))
    known, seen = Shelf(1), []

    def read(*given):
        seen.append(known.definitions.get("two"))
        return Entry(*given)

    known.fetch(["one"])
    with mock.patch("apps.catalog.shelf.Entry", read):
        known.fetch(["one", "two", "unknown"])
    assert seen == [None] and known.definitions["unknown"] is None
    assert known.on("one", DAY) and known.on("two", DAY)


@pytest.mark.django_db
def test_a_warm_compile_costs_one_statement(real_catalogue, django_assert_num_queries):
    compile_plan("open-ktv", {}, DAY)
    with django_assert_num_queries(1):
        compile_plan("open-ktv", {}, DAY)


@pytest.mark.django_db
def test_each_case_has_a_plan_of_its_own(real_catalogue):
    """Compiled once for the same answers and the same day; what is done to one is not done to the next."""
    plan = compile_plan("open-ktv", {}, DAY)
    kept = json.dumps(plan, sort_keys=True)
    plan["members"].clear()
    plan["answers"]["x"] = True
    assert json.dumps(compile_plan("open-ktv", {}, DAY), sort_keys=True) == kept
    with pytest.raises(DomainError):
        compile_plan("open-ktv", {"unknown": 1}, DAY)
