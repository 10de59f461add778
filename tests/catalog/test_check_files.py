"""A file full of different faults names every one with file, line and path, and nothing else."""

import re
from datetime import date

import pytest
import yaml
from django.conf import settings

from apps.catalog.loading import checking
from apps.catalog.loading.known import Known, RegionFacts
from apps.catalog.loading.source import read

from .conftest import DATA, FIXTURES, REAL, document, item, source

MARK = re.compile(r"#! (.*)$")


def known() -> Known:
    def day(text):
        return date.fromisoformat(text) if text else None

    rows = yaml.safe_load((FIXTURES / "regions.yaml").read_text("utf-8"))["regions"]
    regions = {row["code"]: RegionFacts(row["name"], day(row["valid_from"]), day(row["valid_to"])) for row in rows}
    return Known(regions=regions)


def check(*documents):
    return checking.check([source(part, f"{index}.yaml") for index, part in enumerate(documents)], known())


def expected(path):
    """(line, code, path, fragment) of every mark in the file."""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        for mark in MARK.findall(line) if not line.startswith("#") else []:
            for one in mark.split(" ; "):
                code, place, fragment = one.split(" @ ")
                yield number, code, place, fragment


def test_every_fault_is_named_once_with_line_and_path():
    paths = [DATA / "faults.yaml", DATA / "contradictions.yaml"]
    problems = checking.check([read(str(path)) for path in paths], known())
    for path in paths:
        found = [(one.line, one.code, one.path) for one in problems if one.file == str(path)]
        wanted = list(expected(path))
        assert sorted(found) == sorted(row[:3] for row in wanted)
        for line, code, place, fragment in wanted:
            messages = [
                one.message
                for one in problems
                if (one.file, one.line, one.code, one.path) == (str(path), line, code, place)
            ]
            assert fragment in messages[0], (place, messages)
            assert re.search(r"[\u4e00-\u9fff]", messages[0])


def test_real_files_have_no_fault():
    assert checking.check([read(str(path)) for path in REAL], known()) == []


def test_problems_stand_in_order_of_files_and_lines():
    paths = [DATA / "contradictions.yaml", DATA / "faults.yaml"]
    problems = checking.check([read(str(path)) for path in paths], known())
    places = [(paths.index(next(path for path in paths if str(path) == one.file)), one.line) for one in problems]
    assert places == sorted(places)


def test_references_reach_back_but_not_forward():
    """A file may refer to an earlier file's codes; to a later one's only with a hint about the order."""
    second = document(departments=[], items=[item()])
    assert check(document(), second) == []
    [problem] = check(second, document())
    assert problem.code == "unknown_code"
    assert "1.yaml" in problem.message


def test_thousands_of_unknown_codes_are_told_without_guessing_at_each():
    elements = [{"code": f"element{number}", "name": "项", "type": "text"} for number in range(400)]
    fields = [{"element": f"elements{number}"} for number in range(400)]
    problems = check(document(elements=elements, items=[item(fields=fields)]))
    assert [one.path for one in problems] == [f"items[0].fields[{number}].element" for number in range(400)]
    assert sum("是否想写" in one.message for one in problems) == 200


def test_an_unreadable_file_does_not_make_its_codes_unknown(tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("departments:\n  - {code: office, name: x\nitems: [", "utf-8")
    second = source(document(departments=[], items=[item(), item("two", department="nobody")]))
    found = checking.check([read(str(broken)), second], known())
    assert [(one.code, one.path) for one in found] == [("syntax", ""), ("unknown_code", "items[1].department")]


def test_a_faulty_question_is_told_once_not_again_where_it_is_used():
    for broken in (
        {"code": "q", "question": "?", "type": "bool"},
        {"code": "q", "question": "?", "type": "choice", "choices": [{"value": 1, "label": "一"}]},
        {"code": "q", "question": "?", "type": "choice", "choices": [{"label": "一"}]},
        {"code": "q", "question": "?", "type": "choice", "choices": []},
    ):
        fees = [{"name": "费", "amount": "1.00", "when": [{"situation": "q", "is": True}]}]
        problems = check(document(items=[item(situations=[broken], fees=fees)]))
        assert len(problems) == 1, [str(one) for one in problems]


def test_the_schema_names_the_format_that_files_are_written_in():
    """Who has files of it keeps them: what they may say is added, and nothing that they say is taken away."""
    schema = settings.BASE_DIR / "apps" / "catalog" / "catalog.schema.json"
    assert '"const": "yichuang-catalog/1"' in schema.read_text("utf-8")


@pytest.mark.parametrize(("kind", "told"), [("bool", "bool"), ([None, True], "[null, true]"), ({"a": "甲"}, '{"a": "甲"}'), (None, "null")])
def test_a_kind_of_question_that_there_is_not_is_told_once(kind, told):
    """As the file may write it, and not as another kind than its namesake's in the same one-thing besides."""
    asked = {"code": "q", "question": "急吗？", "type": "boolean"}
    bundle = {
        "code": "thing",
        "name": "一件事",
        "lead": {"department": "office", "criterion": "general_intake"},
        "members": [{"item": "one"}, {"item": "two"}],
    }
    items = [item(situations=[asked]), item("two", situations=[asked | {"type": kind}])]
    (found,) = check(document(items=items, bundles=[bundle]))
    assert found.path == "items[1].situations[0].type" and found.message.startswith(f"{told} 不在允许的值里")


def test_a_bundle_may_ask_for_its_members_in_the_database():
    facts = known()
    facts.departments["office"] = {}
    facts.items["one"] = {"code": "one", "situations": [{"code": "agent", "type": "boolean"}]}
    bundle = {
        "code": "thing",
        "name": "一件事",
        "lead": {"department": "office", "criterion": "general_intake"},
        "members": [{"item": "one", "when": [{"situation": "agent", "is": True}]}],
    }
    part = source(document(departments=[], bundles=[bundle]))
    assert checking.check([part], facts) == []


def test_an_item_may_name_a_question_of_its_bundle():
    bundle = {
        "code": "thing",
        "name": "一件事",
        "lead": {"department": "office", "criterion": "general_intake"},
        "situations": [{"code": "big", "question": "大？", "type": "boolean"}],
        "members": [{"item": "one"}],
    }
    fee = {"name": "费", "amount": "1.00", "when": [{"situation": "big", "is": True}]}
    assert check(document(items=[item(fees=[fee])], bundles=[bundle])) == []
    assert [one.code for one in check(document(items=[item(fees=[fee])]))] == ["unknown_code"]
    fee["when"] = [{"situation": "big", "is": "true"}]
    assert "true 或 false 比较，现为文字“true”" in check(document(items=[item(fees=[fee])], bundles=[bundle]))[0].message
    fee["when"] = [{"situation": "big", "is": True}]
    # In files of their own the bundle comes after its items.
    alone = document(departments=[], bundles=[bundle])
    assert check(document(items=[item(fees=[fee])]), alone) == []
    assert [one.path for one in check(document(items=[item("two", fees=[fee]), item()]), alone)] == [
        "items[0].fees[0].when[0].situation"
    ]


def test_a_telephone_is_one_of_the_items_city():
    """宁波: 0574 and eight digits; elsewhere any whole number with its area code."""
    given = [("330282", "0731-88001000"), ("431921", "0731-88001000"), ("431921", "0734 8800100"), ("431921", "88001000")]
    for region, number in given:
        problems = [one for one in check(document(node=region, items=[item(contact={"enquiry": number})])) if one.code == "guide.phone"]
        assert bool(problems) is (number.startswith("8") or region == "330282"), (region, number)
    unquoted = check(document(node=330282, items=[item(contact={"enquiry": "0731-88001000"})]))
    assert {"schema", "guide.phone"} <= {one.code for one in unquoted}
    there = item(region="330282", contact={"enquiry": "0731-88001000"})
    assert "guide.phone" in [one.code for one in check(document(node="431921", items=[there]))]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        (
            {"contact": {"enquiry": 5, "complaint": "0574-6300", "hours": "每天", "address": "大厅", "fax": "1"}},
            [
                ("schema", "contact.enquiry"),
                ("schema", "contact.fax"),
                ("guide.phone", "contact.complaint"),
                ("guide.hours", "contact.hours"),
                ("guide.address", "contact.address"),
            ],
        ),
        (
            {"promised_limit": {"days": 5, "unit": "working", "note": "x"}, "handling": "instant"},
            [("schema", "promised_limit.note"), ("guide.instant", "handling")],
        ),
        (
            {"promised_limit": {"days": 5, "unit": "weeks"}, "handling": "instant"},
            [("schema", "promised_limit.unit"), ("guide.instant", "handling")],
        ),
        (
            {"promised_limit": {"days": 5, "unit": "weeks"}, "steps": [{"name": "审", "role": "head", "days": 6}]},
            [("schema", "promised_limit.unit"), ("guide.steps_over_promise", "steps")],
        ),
        (
            {"result": {"kind": "document", "name": "许可证", "valid_years": 0}},
            [("schema", "result.valid_years"), ("guide.result_kind", "result.kind")],
        ),
        (
            {"steps": [{"name": "审", "role": "boss", "days": 4}, {"name": "定", "role": "head", "days": 4}]},
            [("schema", "steps[0].role"), ("guide.steps_over_promise", "steps")],
        ),
        ({"steps": [{"name": "审", "role": "head", "days": "9"}]}, [("schema", "steps[0].days")]),
        ({"steps": ["审"]}, [("schema", "steps[0]")]),
        (
            {"audience": ["person"], "themes": [5, "投资审批"]},
            [("schema", "themes[0]"), ("guide.theme", "themes[1]")],
        ),
        ({"audience": ["person"], "themes": "投资审批"}, [("schema", "themes")]),
        ({"contact": "电话", "result": None}, [("schema", "contact"), ("schema", "result")]),
        (
            {"contact": {"enquiry": "8800", "complaint": "8800"}},
            [("guide.phone", "contact.enquiry"), *[("guide.phone", "contact.complaint")] * 2],
        ),
        ({"contact": {"enquiry": "无", "complaint": "无"}}, [("guide.phone", "contact.enquiry"), ("guide.phone", "contact.complaint")]),
        (
            {"fees": [{"name": "费", "amount": None, "when": [{"situation": "nobody"}, {"element": "nobody", "is": "x", "iss": "x"}]}]},
            [
                ("schema", "fees[0].when[0]"),
                ("unknown_code", "fees[0].when[0].situation"),
                ("schema", "fees[0].when[1].iss"),
                ("unknown_code", "fees[0].when[1].element"),
            ],
        ),
        (
            {"situations": [{"code": "q", "question": "?", "type": "choice", "choices": [{"value": "a", "label": "甲"}] * 2 + [{"value": "b"}]}]},
            [("duplicate_code", "situations[0].choices[1].value"), ("schema", "situations[0].choices[2]")],
        ),
    ],
)
def test_a_fault_hides_no_other_beside_it(changes, found):
    """Only a rule whose own ground is at fault is silent."""
    problems = check(document(items=[item(**changes)]))
    assert sorted((one.code, one.path.removeprefix("items[0].")) for one in problems) == sorted(found)


def test_a_rule_of_the_guide_names_the_item_that_breaks_it():
    """The line may be far from the item's code."""
    problems = check(document(items=[item("library-card", handling="instant"), item(5, handling="instant")]))
    told = [one.message for one in problems if one.code == "guide.instant"]
    assert told == ["即办件的承诺期限应为 0，现为 5（library-card）", "即办件的承诺期限应为 0，现为 5"]
    # What is wrong is told on one line and no longer than it helps: the cure stands behind it.
    wrong = {"enquiry": "0574\n" + "6" * 5000, "hours": "全天\n" * 900, "address": ""}
    problems = check(document(items=[item(visit_reason="远" * 999, result={"kind": "none", "name": "长" * 999 + "证"}, contact=wrong)]))
    assert len(problems) == 5 and all(len(one.message) < 160 and "\n" not in one.message for one in problems)
    assert problems[-1].message == "办理地点应写明“窗口”：（空）（one）"


def test_dates_are_compared_where_the_file_s_own_day_is_at_fault():
    problems = check(document(as_of="2017", items=[item(valid_from="2018-01-01", valid_to="2017-01-01")]))
    assert sorted(one.path for one in problems) == ["as_of", "items[0].valid_to"]


def test_what_says_the_default_is_no_other_content():
    spelt = document()
    spelt["departments"] = [{"code": "office", "name": "测试部门", "kind": "department", "region": "330282"}]
    assert check(document(), spelt) == []
    assert check(document(), document(departments=[{"code": "office", "name": "测试部门", "kind": "bank"}])) != []


@pytest.mark.parametrize("node", ["330204", "330299", "慈溪"])
def test_a_node_that_cannot_be_makes_no_restatement_a_contradiction(node):
    zones = [{"code": "hall", "name": "大厅"}]
    again = document(zones=zones) | {"node": node}
    assert [one.path for one in check(document(zones=zones), again)] == ["node"]
    for other in ({"name": "测试部门", "region": "330281"}, {"name": "另一个部门"}):
        again["departments"] = [{"code": "office"} | other]
        assert [one.path for one in check(document(zones=zones), again)] == ["node", "departments[0].code"]
        assert [one.path for one in check(again, document(zones=zones))] == ["node", "departments[0].code"]


@pytest.mark.parametrize("astray", [{"departements": [{"code": "office", "name": "甲"}]}, {"departments": {"office": {"name": "甲"}}}])
def test_a_list_under_another_name_or_in_another_shape_is_told_once(astray):
    """And not each item besides whose department stands there."""
    file = document(items=[item(), item("two", department="nobody")]) | astray
    file = file if "departments" in astray else {key: row for key, row in file.items() if key != "departments"}
    assert sorted(one.path for one in check(file)) == sorted([*astray, "items[1].department"])


DAYS = {unit: lambda n, unit=unit: {"days": n, "unit": unit} for unit in ("working", "calendar")}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        # Limits are compared in the same unit only; equal ones are no fault.
        ({"legal_limit": DAYS["calendar"](7), "promised_limit": DAYS["working"](10)}, []),
        ({"legal_limit": DAYS["working"](7), "promised_limit": DAYS["calendar"](10)}, []),
        ({"legal_limit": DAYS["calendar"](7), "promised_limit": DAYS["calendar"](7)}, []),
        ({"legal_limit": DAYS["calendar"](7), "promised_limit": DAYS["calendar"](8)}, ["guide.promise_over_legal"]),
        ({"legal_limit": None, "promised_limit": DAYS["working"](366)}, []),
        ({"legal_limit": DAYS["working"](0), "promised_limit": DAYS["working"](0), "handling": "instant"}, []),
        # Nobody comes and nothing is done online: by post at least.
        ({"channels": ["counter", "mobile", "kiosk"]}, ["guide.mail_for_zero_visits"]),
        ({"channels": ["counter", "mail"]}, []),
        ({"channels": ["online"]}, []),
        ({"channels": []}, ["guide.mail_for_zero_visits"]),
        ({"channels": ["counter"], "max_visits": 1, "visit_reason": "核对原件"}, []),
        # A result is what its name ends with, whatever stands before.
        ({"result": {"kind": "document", "name": "证明文"}}, []),
        ({"result": {"kind": "approval", "name": "通知文"}}, ["guide.result_kind"]),
        ({"result": {"kind": "certificate", "name": "批准文件"}}, ["guide.result_kind"]),
        ({"result": {"kind": "approval", "name": "许可证批复"}}, []),
        ({"result": {"kind": "certificate", "name": "许可证批复"}}, ["guide.result_kind"]),
        ({"result": {"kind": "document", "name": "许可证（副本）"}}, []),
        ({"result": {"kind": "none"}}, []),
        # Steps may last exactly as long as the promise.
        ({"steps": [{"name": "审", "role": "reviewer", "days": 3}, {"name": "定", "role": "head", "days": 2}]}, []),
        ({"steps": [{"name": "审", "role": "reviewer", "days": 3}, {"name": "定", "role": "head", "days": 3}]}, ["guide.steps_over_promise"]),
    ],
)  # fmt: skip
def test_where_a_rule_of_the_guide_begins(changes, found):
    assert [one.code for one in check(document(items=[item(**changes)]))] == found


@pytest.mark.parametrize(
    ("region", "as_of", "found"),
    [
        ("330204", "2016-09-13", []),
        ("330204", "2016-09-14", ["region"]),
        ("330213", "2016-09-14", []),
        ("330213", "2016-09-13", ["region"]),
    ],
)
def test_a_region_is_in_force_from_its_first_to_its_last_day(region, as_of, found):
    """江东区 ended on the day before 奉化区 began."""
    assert [one.code for one in check(document(as_of=as_of, items=[item(region=region)]))] == found
