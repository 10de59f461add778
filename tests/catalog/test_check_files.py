"""A file full of different faults names every one with file, line and path, and nothing else."""

import re
from datetime import date

import pytest
import yaml
from django.conf import settings

from apps.catalog.loading import checking
from apps.catalog.loading.known import LONGEST, Known, RegionFacts
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


@pytest.mark.parametrize(
    ("name", "content", "line", "fragment"),
    [
        ("a.yaml", b"", 1, "空"),
        ("a.yaml", b"# only\n", 1, "注释"),
        ("a.yaml", b"- 1\n- 2\n", 1, "对照表"),
        ("a.yaml", b"just text\n", 1, "对照表"),
        ("a.yaml", b"a: 1\nb: [1, 2\nc: 3\n", 3, "括号"),
        ("a.yaml", b"a: b: c\n", 1, "冒号"),
        ("a.yaml", b"a: 1\nb: [\n", 2, "（b: [）"),
        ("a.yaml", b"a: 1\n\tb: 2\n", 2, "制表符"),
        ("a.yaml", "a: 名\nb: ".encode() + b"\xb9\xdc\n", 2, "UTF-8"),
        ("a.yaml", "a: 名".encode("utf-16"), 1, "UTF-8"),
        ("a.yaml", b"a: 1\n--- \nb: 2\n", 2, "一份文档"),
        ("a.yaml", b"a: *missing\n", 1, "锚点"),
        ("a.json", b'{"a": 1,\n "b": }', 2, "JSON"),
        ("a.json", b'{"a": 1', 1, "JSON"),
        ("a.json", b'{"a": 1}\n{"b": 2}', 2, "结尾之后"),
        ("a.json", b'{"a": 01}', 1, "JSON"),
        ("a.json", b"{'a': 1}", 1, "引号"),
    ],
)
def test_bad_syntax_is_told_with_its_line(name, content, line, fragment):
    found = read(name, content)
    assert found.data is None
    [problem] = found.problems
    assert (problem.code, problem.line, problem.path) == ("syntax", line, "")
    assert fragment in problem.message


def test_a_missing_file_is_a_problem_of_that_file(tmp_path):
    [problem] = read(str(tmp_path / "no.yaml")).problems
    assert (problem.code, problem.line) == ("syntax", 1)
    assert "no.yaml" in problem.message
    [problem] = read(str(tmp_path)).problems
    assert "文件夹" in problem.message


def test_strange_yaml_is_refused_not_followed():
    for text in ("a: &x [*x]", "a: &x\n  <<: *x", "&x\n<<: *x", f"a: 0x{'f' * 5000}", "a: !!python/object:os.system {}", "a: !!set {x}", "? [1]\n: 2", "a: .inf"):
        assert [one.code for one in read("a.yaml", f"{text}\n".encode()).problems] == ["syntax"]


@pytest.mark.parametrize("value", [".inf", "1" * 400, "!x 5", '"\\x7f"'])
def test_what_cannot_be_read_is_told_once(value):
    """Not as a number that should have been whole, or a code that is written wrongly, besides."""
    text = yaml.safe_dump(document(items=[item()])).replace("max_visits: 0", f"max_visits: {value}").replace("'330282'", value)
    found = checking.check([read("a.yaml", text.encode())], known())
    assert sorted((one.code, one.path) for one in found) == [("syntax", "items[0].max_visits"), ("syntax", "node")]


def test_anchors_and_merges_are_read():
    text = "base: &b {days: 3, unit: working}\nmine:\n  <<: *b\n  days: 4\nagain: *b\n"
    found = read("a.yaml", text.encode())
    assert found.problems == []
    assert found.data["mine"] == {"days": 4, "unit": "working"}
    assert found.data["again"] == {"days": 3, "unit": "working"}
    assert found.line(("mine", "days")) == 4


def test_an_unquoted_date_is_its_text_and_still_checked():
    text = (DATA / "contradictions.yaml").read_text("utf-8").replace("'2017-08-31'", "2017-08-31")
    assert read("a.yaml", text.encode()).data["as_of"] == "2017-08-31"
    wrong = checking.check([read("a.yaml", text.replace("2017-08-31", "2017-08-32").encode())], known())
    assert [one.path for one in wrong if "2017-08-32" in one.message] == ["as_of"]


def test_json_is_read_with_lines():
    text = '{\n\t"format": "yichuang-catalog/1",\n\t"as_of": "2017-08-31",\n\t"departments": [\n\t\t{"code": "a\\/b", "name": "\\ud83d\\ude00", "x": 1e0}\n\t]\n}'
    found = read("a.json", text.encode())
    problems = checking.check([found], known())
    assert [(one.line, one.path) for one in problems] == [(5, "departments[0].x"), (5, "departments[0].code")]
    assert found.data["departments"][0]["name"] == "😀"


def test_json_under_another_name_and_yaml_in_braces():
    assert read("file", b'{\n\t"a": "\\ud83d\\ude00"}').data == {"a": "😀"}
    assert read("file.yaml", b"{a: 1, b: [x]}").data == {"a": 1, "b": ["x"]}
    assert [one.line for one in read("file.yaml", b"{a: 1,\n b: [x}").problems] == [2]


def test_json_and_yaml_say_the_same():
    import json

    data = yaml.safe_load((DATA / "contradictions.yaml").read_text("utf-8"))
    as_json = read("a.json", json.dumps(data, ensure_ascii=False, indent=1).encode())
    assert as_json.data == data == read("a.yaml", (DATA / "contradictions.yaml").read_bytes()).data


def test_texts_fit_their_columns():
    lead = {"department": "office", "criterion": "general_intake"}
    bundle = {"code": "all", "name": "长" * 201, "lead": lead, "members": [{"item": item()["code"]}]}
    long = document(
        departments=[{"code": "office", "name": "长" * 121, "short_name": "长" * 41, "phone": "1" * 31}],
        zones=[{"code": "z", "name": "长" * 61, "hall": "长" * 121, "windows": ["1", "1" * 21]}],
        batches=[{"code": "b", "name": "长" * 201, "published_on": "2017-01-01", "level": "3"}],
        materials=[{"code": "m", "name": "长" * 201, "kind": "other"}],
        items=[item(name="长" * 201, department="office")],
        bundles=[bundle],
    )
    paths = ["departments[0].name", "departments[0].short_name", "departments[0].phone"]
    paths += ["zones[0].name", "zones[0].hall", "zones[0].windows[1]", "batches[0].name"]
    paths += ["materials[0].name", "items[0].name", "bundles[0].name"]
    assert sorted(one.path for one in check(long)) == sorted(paths)


def test_the_columns_are_as_long_as_the_check_says():
    from apps.applications.models import Application, MaterialEntry, Member
    from apps.catalog.models import Batch
    from apps.deadlines.models import Clock
    from apps.directory.models import Department, Hall, Window, Zone

    columns = {
        ("departments", "name"): (Department, "name"),
        ("departments", "short_name"): (Department, "short_name"),
        ("departments", "phone"): (Department, "phone"),
        ("zones", "name"): (Zone, "name"),
        ("zones", "hall"): (Hall, "name"),
        ("zones", "windows"): (Window, "number"),
        ("materials", "name"): (MaterialEntry, "name"),
        ("items", "name"): (Member, "name"),
        ("bundles", "name"): (Application, "name"),
        ("batches", "name"): (Batch, "name"),
    }
    told = {(kind, key): most for kind, row in LONGEST.items() for key, most in row.items()}
    assert told == {place: model._meta.get_field(name).max_length for place, (model, name) in columns.items()}
    assert Clock._meta.get_field("department").max_length == Department._meta.pk.max_length


@pytest.mark.parametrize("text", ["a\\u0000b", "\\ud800", "x\\udfff", "\\u202eb", "a\\u001b[1m"])
def test_characters_that_no_database_keeps_or_no_paper_prints(text):
    found = read("a.json", f'{{"name": "{text}"}}'.encode())
    assert [(one.code, one.path) for one in found.problems] == [("syntax", "name")]
    found = read("a.json", f'{{"{text}": 1}}'.encode())
    assert [one.code for one in found.problems] == ["syntax"]


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


def test_codes_end_where_the_text_ends():
    """A pattern's $ may not let a trailing line break through."""
    problems = check(document(elements=[{"code": "name\n", "name": "x", "type": "text"}]))
    assert [one.path for one in problems] == ["elements[0].code"]


def test_dates_are_dates():
    for wrong in ("20170831", "2017-8-31", "2017-W35-4", "2017-02-29", "2017-08-31T00:00:00", "二〇一七"):
        assert [one.path for one in check(document(as_of=wrong))] == ["as_of"], wrong


def test_the_shipped_schema_is_the_published_one():
    """The room's copy is the contract's file; it changes only together with it."""
    copy_ = settings.BASE_DIR / "apps" / "catalog" / "catalog.schema.json"
    assert '"const": "yichuang-catalog/1"' in copy_.read_text("utf-8")


@pytest.mark.parametrize("kind", ["bool", ["boolean"], {"a": 1}, None])
def test_a_kind_of_question_that_there_is_not_is_told_once(kind):
    """Not as another kind than its namesake's in the same one-thing besides."""
    asked = {"code": "q", "question": "急吗？", "type": "boolean"}
    bundle = {
        "code": "thing",
        "name": "一件事",
        "lead": {"department": "office", "criterion": "general_intake"},
        "members": [{"item": "one"}, {"item": "two"}],
    }
    items = [item(situations=[asked]), item("two", situations=[asked | {"type": kind}])]
    assert [one.path for one in check(document(items=items, bundles=[bundle]))] == ["items[1].situations[0].type"]


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
    # In files of their own the bundle comes after its items.
    alone = document(departments=[], bundles=[bundle])
    assert check(document(items=[item(fees=[fee])]), alone) == []
    assert [one.path for one in check(document(items=[item("two", fees=[fee]), item()]), alone)] == [
        "items[0].fees[0].when[0].situation"
    ]


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
    ],
)
def test_a_fault_hides_no_other_beside_it(changes, found):
    """Only a rule whose own ground is at fault is silent."""
    problems = check(document(items=[item(**changes)]))
    assert sorted((one.code, one.path.removeprefix("items[0].")) for one in problems) == sorted(found)


def test_quotes_and_spaces_that_do_not_belong_there_are_told_as_such():
    """The value alone looks right."""
    problems = check(document(zones=[{"code": "hall ", "name": "厅"}], items=[item(max_visits="0", courier="true", extension_cap="\u00a05")]))
    assert [one.message.rpartition("，")[2] for one in problems if one.path.startswith("items")] == ["请去掉引号", "请去掉引号", "请去掉引号和空格"]
    assert [one.message[-9:] for one in problems if one.path.startswith("zones")] == ["（现在前后有空格）"]
    # Without its quotes each of these is as wrong as before.
    problems = check(document(items=[item(materials="1", max_visits="1.5", courier="1")]))
    assert len(problems) == 3 and not [one for one in problems if "去掉引号" in one.message]


def test_a_rule_of_the_guide_names_the_item_that_breaks_it():
    """The line may be far from the item's code."""
    problems = check(document(items=[item("library-card", handling="instant"), item(5, handling="instant")]))
    told = [one.message for one in problems if one.code == "guide.instant"]
    assert told == ["即办件的承诺期限应为 0，现为 5（library-card）", "即办件的承诺期限应为 0，现为 5"]


def test_dates_are_compared_where_the_file_s_own_day_is_at_fault():
    problems = check(document(as_of="2017", items=[item(valid_from="2018-01-01", valid_to="2017-01-01")]))
    assert sorted(one.path for one in problems) == ["as_of", "items[0].valid_to"]


@pytest.mark.parametrize("value", ["5", "[*b, 5]", "null", "文字"])
def test_a_merge_of_what_is_no_mapping_is_told(value):
    text = f"base: &b {{days: 3}}\nmine:\n  <<: {value}\n  days: 4\n"
    [problem] = read("a.yaml", text.encode()).problems
    assert (problem.code, problem.line, problem.path) == ("syntax", 3, "mine")


def test_days_and_years_that_no_calendar_has_are_told():
    result = {"kind": "certificate", "name": "许可证", "valid_years": 9000}
    problems = check(document(items=[item(notice_days=10**20, extension_cap=367, result=result)]))
    assert sorted((one.code, one.path) for one in problems) == [
        ("schema", f"items[0].{name}") for name in ("extension_cap", "notice_days", "result.valid_years")
    ]
    result["valid_years"] = 999
    assert check(document(items=[item(notice_days=366, extension_cap=366, result=result)])) == []


def test_fees_that_cannot_be_added_up_are_told():
    fees = [{"name": "费", "amount": amount} for amount in ("9" * 12 + ".99", "9" * 13, "9" * 60 + ".00", None)]
    problems = check(document(items=[item(fees=fees)]))
    assert [(one.code, one.path) for one in problems] == [("schema", f"items[0].fees[{index}].amount") for index in (1, 2)]


@pytest.mark.parametrize("name", ["", " \n"])
def test_a_name_that_says_nothing_is_told(name):
    """It stands on every paper, and no paper is made without it."""
    problems = check(
        document(
            departments=[{"code": "office", "name": name}],
            materials=[{"code": "m", "name": name, "kind": "other"}],
            items=[item(name=name)],
        )
    )
    assert sorted(one.path for one in problems) == ["departments[0].name", "items[0].name", "materials[0].name"]
    assert {one.message for one in problems} == {"名称不能为空"}


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
    again["departments"] = [{"code": "office", "name": "测试部门", "region": "330281"}]
    assert [one.path for one in check(document(zones=zones), again)] == ["node", "departments[0].code"]


@pytest.mark.parametrize(
    "text",
    ["a: [", "a: {b: 1", 'a: "x\\q"', 'a: "\\u12"', "a: &", "a: - b", "a: |x\n b", "a: 'x", "\ta: 1", "a:\n - b\n  - c\n d",
     "%YAML 1.9\n---\na: 1", "%FOO\na: 1", "a: @x", "- a\nb: 1", "a: !<", "'a': 'b' c", "}", "a: *x", "a: \x07"],
)  # fmt: skip
def test_a_fault_of_writing_is_told_in_chinese(text):
    problems = read("x.yaml", text.encode()).problems
    assert problems
    for problem in problems:
        said = problem.message.partition("（")[0]  # the line itself stands behind it
        assert not re.search("[a-z]{3,} [a-z]{2,}", said), said


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


@pytest.mark.parametrize("blank", ["", " ", "\u3000"])
def test_what_is_asked_or_printed_says_something(blank):
    """With an empty line no paper could be made: the case would be stuck at its acceptance or decision."""
    asked = {"code": "q", "question": blank, "type": "choice", "choices": [{"value": "a", "label": blank}]}
    element = {"code": "e", "name": blank, "type": "choice", "choices": [{"value": "a", "label": blank}]}
    fees, steps = [{"name": blank, "amount": "8.00"}], [{"name": blank, "role": "head"}]
    problems = check(document(elements=[element], items=[item(situations=[asked], fees=fees, steps=steps, basis=["某法", blank])]))
    assert sorted(one.path for one in problems) == [
        "elements[0].choices[0].label",
        "elements[0].name",
        "items[0].basis[1]",
        "items[0].fees[0].name",
        "items[0].situations[0].choices[0].label",
        "items[0].situations[0].question",
        "items[0].steps[0].name",
    ]
    assert all("不能为空" in one.message for one in problems)


@pytest.mark.parametrize("value", ["", " ", " a", "a\u3000"])
def test_a_choice_that_no_form_can_hand_in_is_told(value):
    asked = {"code": "q", "question": "哪一种？", "type": "choice", "choices": [{"value": value, "label": "甲"}]}
    element = {"code": "e", "name": "种类", "type": "multichoice", "choices": asked["choices"]}
    problems = check(document(elements=[element], items=[item(situations=[asked])]))
    places = ["elements[0].choices[0].value", "items[0].situations[0].choices[0].value"]
    assert [(one.code, one.path) for one in problems] == [("choices", place) for place in places]
    assert all("选不了" in one.message for one in problems)
