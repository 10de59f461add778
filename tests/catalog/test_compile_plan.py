"""Plans against a second, naive reading of the rules, for every real item and bundle and for random catalogues."""

import io
import itertools
import json
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from unittest import mock

import pytest
import yaml
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.catalog.compiler import Library, compile_definition
from apps.catalog.plan import compile_plan, summary
from apps.catalog.questions import Entry
from apps.catalog.shelf import Shelf
from apps.kit.errors import DomainError
from tests.full import full

from .conftest import REAL, document, item, load

DAY = date(2017, 8, 31)
STRICT = ["optional", "tolerable", "required"]


# --- the second reading: works on files, shares no line with the compiler ----------------------------------------


class Oracle:
    def __init__(self, *files: dict):
        self.items, self.bundles, self.licence = {}, {}, {}
        for file in files:
            self.items |= {row["code"]: row for row in file.get("items", [])}
            self.bundles |= {row["code"]: row for row in file.get("bundles", [])}
            self.licence |= {row["code"]: row.get("licence_type") for row in file.get("materials", [])}

    def definition(self, code):
        return self.bundles.get(code) or {"members": [{"item": code}], **self.items[code]}

    def questions(self, code) -> dict:
        definition = self.definition(code)
        rows = list(definition.get("situations", []))
        for member in definition["members"]:
            rows += self.items[member["item"]].get("situations", [])
        return {row["code"]: row for row in rows}

    @staticmethod
    def true(when, answers, unknown):
        for line in when or []:
            if "element" in line:
                if not unknown:
                    return False
                continue
            if line["situation"] not in answers:
                return False
            answer = answers[line["situation"]]
            if "is" in line and answer != line["is"]:
                return False
            if "in" in line and answer not in line["in"]:
                return False
            if "at_least" in line and not answer >= line["at_least"]:
                return False
            if "over" in line and not answer > line["over"]:
                return False
        return True

    def plan(self, code, answers) -> dict:
        definition = self.definition(code)
        present = [row for row in definition["members"] if self.true(row.get("when"), answers, True)]
        members = [row["item"] for row in present]
        before = {row["item"]: [one for one in row.get("after", []) if one in members] for row in present}

        def follows(late, early, seen=()):
            return any(one == early or (one not in seen and follows(one, early, (*seen, one))) for one in before[late])

        def stage(one):
            return 1 + max((stage(earlier) for earlier in before[one]), default=0)

        def chain(one):
            return self.items[one]["promised_limit"]["days"] + max(map(chain, before[one]), default=0)

        depth = max(map(stage, members), default=0)
        elements, needs, rows = [], {}, {}
        for one in members:
            for field in self.items[one].get("fields", []):
                if self.true(field.get("when"), answers, True) and field["element"] not in elements:
                    elements.append(field["element"])
            for material in self.items[one].get("materials", []):
                if self.true(material.get("when"), answers, True):
                    needs.setdefault(material["material"], [])
                    if one not in needs[material["material"]]:
                        needs[material["material"]].append(one)
                    rows.setdefault(material["material"], []).append(material)
        materials = []
        for name, needing in needs.items():
            suppliers = [
                one
                for one in members
                if self.licence[name]
                and self.items[one]["result"].get("licence_type") == self.licence[name]
                and all(follows(needed, one) for needed in needing)
            ]
            materials.append(
                {
                    "material": name,
                    "necessity": max((row["necessity"] for row in rows[name]), key=STRICT.index),
                    "originals": max(row.get("originals", 0) for row in rows[name]),
                    "copies": max(row.get("copies", 0) for row in rows[name]),
                    "needed_by": needing,
                    "supplied_by": suppliers[0] if suppliers else None,
                    "licence_type": self.licence[name],
                }
            )
        total = sum(map(len, needs.values()))
        asked = sum(row["supplied_by"] is None for row in materials)
        saved = Decimal(100) * (1 - Decimal(asked) / Decimal(total)) if total else Decimal(0)
        fees = [
            Decimal(fee["amount"])
            for one in members
            for fee in self.items[one].get("fees", [])
            if fee["amount"] is not None and self.true(fee.get("when"), answers, False)
        ]
        return {
            "code": code,
            "name": definition["name"],
            "lead_department": definition["lead"]["department"] if "lead" in definition else definition["department"],
            "members": members,
            "stages": [[one for one in members if stage(one) == number + 1] for number in range(depth)],
            "elements": elements,
            "materials": materials,
            "materials_before": total,
            "materials_after": asked,
            "saving_percent": str(saved.quantize(Decimal("0.1"), ROUND_HALF_UP)),
            "fees_total": f"{sum(fees, Decimal(0)):.2f}",
            "promised_limit": definition.get("promised_limit")
            or {"days": max(map(chain, members), default=0), "unit": "working"},
            "legal_limits": {one: self.items[one]["legal_limit"] for one in members},
        }


def answer_sets(questions: dict, limit: int):
    """Every combination of no answer and each possible answer, thinned evenly to the limit."""
    possible = []
    for row in questions.values():
        values = {
            "boolean": [True, False],
            "choice": [choice["value"] for choice in row.get("choices", [])],
            "integer": [0, 2, 3, 300],
            "decimal": [300, 300.5, 12],
        }[row["type"]]
        possible.append([(row["code"], value) for value in [None, *values]])
    every = list(itertools.product(*possible))
    for pairs in every[:: max(1, len(every) // limit)]:
        yield {code: value for code, value in pairs if value is not None}


@pytest.mark.django_db
def test_every_real_item_and_bundle_agrees_with_the_rules(real_catalogue):
    oracle = Oracle(*(yaml.safe_load(path.read_text("utf-8")) for path in REAL))
    tried = 0
    for code in [*oracle.items, *oracle.bundles]:
        for answers in answer_sets(oracle.questions(code), full(40, 2000)):
            plan = compile_plan(code, answers, DAY)
            assert summary(plan) == oracle.plan(code, answers), (code, answers)
            json.dumps(plan)
            tried += 1
    assert tried > 400


# --- random catalogues ------------------------------------------------------------------------------------------

CODES = ["a", "b", "c", "d", "e"]
lines = st.one_of(
    st.builds(lambda value: {"situation": "flag", "is": value}, st.booleans()),
    st.builds(lambda value: {"situation": "pick", "is": value}, st.sampled_from(["x", "y"])),
    st.builds(lambda values: {"situation": "pick", "in": values}, st.lists(st.sampled_from(["x", "y"]), min_size=1)),
    st.builds(
        lambda op, value: {"situation": "size", op: value},
        st.sampled_from(["is", "at_least", "over"]),
        st.sampled_from([0, 1, 2, 2.5, 3, 4]),
    ),
    st.just({"element": "e1", "is": "v"}),
)
whens = st.one_of(st.none(), st.lists(lines, min_size=1, max_size=2))
questions = [
    {"code": "flag", "question": "?", "type": "boolean"},
    {
        "code": "pick",
        "question": "?",
        "type": "choice",
        "choices": [{"value": "x", "label": "x"}, {"value": "y", "label": "y"}],
    },
    {"code": "size", "question": "?", "type": "decimal"},
]


def with_when(row: dict, when) -> dict:
    return row | ({"when": when} if when else {})


fields = st.builds(lambda e, w: with_when({"element": e}, w), st.sampled_from(["e1", "e2", "e3"]), whens)
materials = st.builds(
    lambda m, n, o, c, w: with_when({"material": m, "necessity": n} | ({"originals": o} if o else {}) | ({"copies": c} if c else {}), w),
    st.sampled_from(["m1", "m2", "m3", "m4"]),
    st.sampled_from(STRICT),
    st.integers(0, 3),
    st.integers(0, 3),
    whens,
)
fees = st.builds(
    lambda a, w: with_when({"name": "费", "amount": a}, w), st.sampled_from([None, "80", "0.50", "9.99"]), whens
)


@st.composite
def catalogues(draw):
    items = []
    for code in CODES:
        licence = draw(st.sampled_from([None, "l1", "l2"]))
        days = draw(st.integers(0, 9))
        items.append(
            item(
                code,
                region="330282",
                promised_limit={"days": days, "unit": "working"},
                legal_limit=draw(st.sampled_from([None, {"days": 20, "unit": "calendar"}])),
                result={"kind": "certificate", "name": "照"} | ({"licence_type": licence} if licence else {}),
                fields=draw(st.lists(fields, max_size=3)),
                materials=draw(st.lists(materials, max_size=4)),
                fees=draw(st.lists(fees, max_size=2)),
                situations=draw(st.sampled_from([[], questions[:1]])),
            )
        )
    order = draw(st.permutations(CODES))
    members = []
    for position, code in enumerate(order):
        after = draw(st.lists(st.sampled_from(order[:position]), unique=True)) if position else []
        members.append(with_when({"item": code} | ({"after": after} if after else {}), draw(whens)))
    members = draw(st.permutations(members))
    bundle = {
        "code": "thing",
        "name": "一件事",
        "region": "330282",
        "lead": {"department": "office", "criterion": "general_intake"},
        "situations": questions,
        "members": members,
    }
    if draw(st.booleans()):
        bundle["promised_limit"] = {"days": 7, "unit": "working"}
    vocabulary = [
        {"code": "m1", "name": "一", "kind": "form"},
        {"code": "m2", "name": "二", "kind": "certificate", "licence_type": "l1"},
        {"code": "m3", "name": "三", "kind": "certificate", "licence_type": "l2"},
        {"code": "m4", "name": "四", "kind": "certificate", "licence_type": "l3"},
    ]
    return {"items": items, "bundles": [bundle], "materials": vocabulary}


given_answers = st.fixed_dictionaries(
    {}, optional={"flag": st.booleans(), "pick": st.sampled_from(["x", "y"]), "size": st.sampled_from([0, 1, 2, 2.5, 3, 5])}
)


@settings(max_examples=full(150, 3000), deadline=None)
@given(catalogues(), given_answers)
def test_random_catalogues_agree_with_the_rules(file, answers):
    entries = {row["code"]: Entry(row["code"], "item", row) for row in file["items"]}
    library = Library(entries.get, {}, {row["code"]: row for row in file["materials"]}, {})
    entry = Entry("thing", "bundle", file["bundles"][0])
    assert summary(compile_definition(entry, answers, DAY, library)) == Oracle(file).plan("thing", answers)
    for code, entry in entries.items():
        known = Oracle(file).questions(code)
        mine = {name: value for name, value in answers.items() if name in known}
        assert summary(compile_definition(entry, mine, DAY, library)) == Oracle(file).plan(code, mine)


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
