"""A file is read before it is checked: YAML or JSON, with the line of every fault of writing, and nothing followed that it names."""

import re

import pytest
import yaml

from apps.catalog.loading import checking
from apps.catalog.loading.source import read

from .conftest import DATA, document, item
from .test_check_files import known


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
        ("a.yaml", b"a: 1\nb: [\n\n\n", 2, "（b: [）"),
        ("a.yaml", b"a: 1\rb: [\r", 2, "（b: [）"),
        ("a.yaml", 'a: "甲\u2028乙\u2029\x85丙"\nb: [\n'.encode(), 2, "（b: [）"),
        ("a.yaml", "a: 甲\u2028乙\nb: 1\n".encode(), 2, "（b: 1）"),
        ("a.yaml", b"a: 1\n\tb: 2\n", 2, "制表符"),
        ("a.yaml", "a: 名\nb: ".encode() + b"\xb9\xdc\n", 2, "UTF-8"),
        ("a.yaml", "a: 名".encode("utf-16"), 1, "UTF-8"),
        ("a.xlsx", b"PK\x03\x04\x14\xc7", 1, "先导出 YAML"),
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


def test_lines_are_counted_as_an_editor_does():
    """YAML ends a line at signs that no editor shows and slides are full of: every fault below one was told a line too far down."""
    text = 'a: "甲\u2028乙"\r\nb:\r\n  - "丙\u2028\u2029"\r\n  - {c: 1,\r\n     c: 2}\r\nd: .inf\r\n'
    found = read("a.yaml", text.encode())
    assert [(one.path, one.line) for one in found.problems] == [("b[1].c", 5), ("d", 6)]
    assert [found.line(path) for path in (("a",), ("b",), ("b", 0), ("b", 1), ("d",))] == [1, 2, 3, 4, 6]
    as_json = '{"a": "甲\u2028乙",\n "b": 1, "b": 2}'
    assert [one.line for one in read("a.json", as_json.encode()).problems] == [2]


def test_a_missing_file_is_a_problem_of_that_file(tmp_path):
    [problem] = read(str(tmp_path / "no.yaml")).problems
    assert (problem.code, problem.line) == ("syntax", 1)
    assert "no.yaml" in problem.message
    [problem] = read(str(tmp_path)).problems
    assert "文件夹" in problem.message


def test_strange_yaml_is_refused_not_followed():
    for text in ("a: &x [*x]", "a: &x\n  <<: *x", "&x\n<<: *x", f"a: 0x{'f' * 5000}", "a: !!python/object:os.system {}", "a: !!set {x}", "? [1]\n: 2", "a: .inf", "a: !!int ''", "a: !!float _"):
        assert [one.code for one in read("a.yaml", f"{text}\n".encode()).problems] == ["syntax"]


@pytest.mark.parametrize("value", [".inf", "1" * 400, "!x 5", '"\\x7f"'])
def test_what_cannot_be_read_is_told_once(value):
    """Not as a number that should have been whole, or a code that is written wrongly, besides."""
    text = yaml.safe_dump(document(items=[item()])).replace("max_visits: 0", f"max_visits: {value}").replace("'330282'", value)
    found = checking.check([read("a.yaml", text.encode())], known())
    assert sorted((one.code, one.path) for one in found) == [("syntax", "items[0].max_visits"), ("syntax", "node")]


@pytest.mark.parametrize(("written", "code"), [("020", "syntax"), ("0366", "syntax"), ("1:20", "syntax"), ("1:20.5", "syntax"), ("08", "schema"), ("007", None)])
def test_a_number_that_yaml_reads_otherwise_than_people_is_told(written, code):
    """A limit of `020` days was published as sixteen, octal."""
    text = yaml.safe_dump(document(items=[item()])).replace("max_visits: 0", f"max_visits: 0\n  extension_cap: {written}")
    found = checking.check([read("a.yaml", text.encode())], known())
    assert [(one.code, one.path) for one in found] == ([(code, "items[0].extension_cap")] if code else [])
    assert all(written in one.message for one in found)


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


@pytest.mark.parametrize("value", ["5", "[*b, 5]", "null", "文字"])
def test_a_merge_of_what_is_no_mapping_is_told(value):
    text = f"base: &b {{days: 3}}\nmine:\n  <<: {value}\n  days: 4\n"
    [problem] = read("a.yaml", text.encode()).problems
    assert (problem.code, problem.line, problem.path) == ("syntax", 3, "mine")


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


def test_what_a_mapping_says_itself_stands_for_what_is_merged_into_it():
    """Also in what is told of it: its own value, and nothing of the one that it leaves out."""
    text = yaml.safe_dump(document(), allow_unicode=True) + "items:\n" + "".join(
        (
            "- &a {code: one, name: 甲, type: '10', department: office, handling: promised, legal_limit: null, max_visits: 0,\n",
            "   promised_limit: {days: 3, unit: working}, result: {kind: none}, extension_cap: .inf}\n",
            "- {<<: *a, code: two, max_visits: 12, extension_cap: 5}\n",
        )
    )
    found = checking.check([read("a.yaml", text.encode())], known())
    assert [(one.path, one.message) for one in found] == [
        ("items[0].extension_cap", "“.inf”不是有限的数"), ("items[1].max_visits", "12 不能大于 9"),
    ]  # fmt: skip


@pytest.mark.parametrize("twice", ["name: 乙", "<<: 3", "[1]: 2", '"a\\0": 1'])
def test_a_mapping_written_badly_is_told_once_however_often_it_is_used(twice):
    """Each of a hundred items that merge it was told of the same line, those too that say otherwise what stands twice in it."""
    text = f"items:\n- &a {{code: one, name: 甲, {twice}}}\n- {{<<: *a, code: two}}\n- {{<<: *a, code: three, name: 丙}}\nlast: *a\n"
    found = read("a.yaml", text.encode())
    assert [one.line for one in found.problems] == [2]
    assert [row["name"] for row in found.data["items"]] == ["甲", "甲", "丙"]
