"""Plans against a second, naive reading of the rules, for every real item and bundle and for random catalogues."""

import itertools
import json
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.catalog.compiler import Library, compile_definition
from apps.catalog.plan import compile_plan, summary
from apps.catalog.questions import Entry
from tests.full import full

from .conftest import REAL, item

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
    oracle = Oracle(*(yaml.load(path.read_text("utf-8"), yaml.CSafeLoader) for path in REAL))
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
