"""What stands in one field of a catalogue file: texts that fit and say something, codes, dates, days, fees, choices."""

from unittest import mock

import pytest

from apps.applications.actions import checklist
from apps.catalog.loading.known import LONGEST, LONGEST_PRINTED, LONGEST_STANDARD, MOST_OF_A_PAPER
from apps.catalog.loading.source import read
from apps.catalog.quality import advice
from apps.issuance.checking import LONGEST as LONGEST_ON_PAPER

from .conftest import document, item
from .test_check_files import check


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


@pytest.mark.parametrize("text", ["a\\u0000b", "\\ud800", "x\\udfff", "\\u202eb", "a\\u001b[1m", "a\\u0085b", "a\\rb"])
def test_characters_that_no_database_keeps_or_no_paper_prints(text):
    found = read("a.json", f'{{"name": "{text}"}}'.encode())
    assert [(one.code, one.path) for one in found.problems] == [("syntax", "name")]
    found = read("a.json", f'{{"{text}": 1}}'.encode())
    assert [one.code for one in found.problems] == ["syntax"]


def test_codes_end_where_the_text_ends():
    """A pattern's $ may not let a trailing line break through."""
    problems = check(document(elements=[{"code": "name\n", "name": "x", "type": "text"}]))
    assert [one.path for one in problems] == ["elements[0].code"]


def test_dates_are_dates():
    for wrong in ("20170831", "2017-8-31", "2017-W35-4", "2017-02-29", "2017-08-31T00:00:00", "二〇一七"):
        assert [one.path for one in check(document(as_of=wrong))] == ["as_of"], wrong


def test_quotes_and_spaces_that_do_not_belong_there_are_told_as_such():
    """The value alone looks right."""
    problems = check(document(zones=[{"code": "hall ", "name": "厅"}], items=[item(max_visits="0", courier="true", extension_cap="\u00a05")]))
    assert [one.message.rpartition("，")[2] for one in problems if one.path.startswith("items")] == ["请去掉引号", "请去掉引号", "请去掉引号和空格"]
    assert [one.message[-9:] for one in problems if one.path.startswith("zones")] == ["（现在前后有空格）"]
    # Without its quotes each of these is as wrong as before.
    problems = check(document(items=[item(materials="1", max_visits="1.5", courier="1")]))
    assert len(problems) == 3 and not [one for one in problems if "去掉引号" in one.message]


def test_numbers_with_which_nothing_can_be_counted_are_told():
    result = {"kind": "certificate", "name": "许可证", "valid_years": 9000}
    problems = check(document(items=[item(notice_days=10**20, extension_cap=367, result=result)]))
    assert sorted((one.code, one.path) for one in problems) == [
        ("schema", f"items[0].{name}") for name in ("extension_cap", "notice_days", "result.valid_years")
    ]
    papers = [{"material": "m", "necessity": "required", "originals": 1000, "copies": 1e308}]
    vocabulary = [{"code": "m", "name": "图纸", "kind": "other"}]
    problems = check(document(materials=vocabulary, items=[item(materials=papers)]))
    assert [one.path for one in problems] == [f"items[0].materials[0].{name}" for name in ("originals", "copies")]
    assert all(one.message.endswith("太大，最多 999") for one in problems)  # as many as a desk can write down
    result["valid_years"] = 999
    assert check(document(items=[item(notice_days=366, extension_cap=366, result=result)])) == []


def test_fees_that_cannot_be_added_up_are_told():
    fees = [{"name": "费", "amount": amount} for amount in ("9" * 12 + ".99", "9" * 13, "9" * 60 + ".00", None)]
    problems = check(document(items=[item(fees=fees)]))
    assert [(one.code, one.path) for one in problems] == [("schema", f"items[0].fees[{index}].amount") for index in (1, 2)]


@pytest.mark.parametrize("name", ["", " \n", "\u200b\ufeff"])
def test_a_name_that_says_nothing_is_told(name):
    """It stands on every paper, and no paper is made without it."""
    problems = check(
        document(
            departments=[{"code": "office", "name": name}],
            materials=[{"code": "m", "name": name, "kind": "other"}],
            items=[item(name=name, result={"kind": "certificate", "name": name})],
        )
    )
    mine = ["items[0].name", *(["items[0].result.name"] if name else [])]  # a certificate without a name bears the item's
    assert sorted(one.path for one in problems) == ["departments[0].name", *mine, "materials[0].name"]
    assert {one.message for one in problems} == {"名称不能为空"}


@pytest.mark.parametrize("blank", ["", " ", "\u3000"])
def test_what_is_asked_or_printed_says_something(blank):
    """With an empty line no paper could be made: the case would be stuck at its acceptance or decision."""
    asked = {"code": "q", "question": blank, "type": "choice", "choices": [{"value": "a", "label": blank}]}
    element = {"code": "e", "name": blank, "type": "choice", "choices": [{"value": "a", "label": blank}]}
    fees, steps = [{"name": blank, "amount": "8.00"}], [{"name": blank, "role": "head"}]
    told = {"fees": fees, "steps": steps, "basis": ["某法", blank], "faq": [{"q": blank, "a": "带身份证"}]}
    problems = check(document(elements=[element], items=[item(situations=[asked], **told)]))
    assert sorted(one.path for one in problems) == [
        "elements[0].choices[0].label",
        "elements[0].name",
        "items[0].basis[1]",
        "items[0].faq[0].q",
        "items[0].fees[0].name",
        "items[0].situations[0].choices[0].label",
        "items[0].situations[0].question",
        "items[0].steps[0].name",
    ]
    assert all("不能为空" in one.message for one in problems)


def test_what_is_printed_is_no_longer_than_a_paper_takes():
    assert LONGEST_PRINTED == LONGEST_ON_PAPER
    book = "法" * (LONGEST_PRINTED + 1)
    said = {"basis": [book[1:], book], "contact": {"address": "窗口" + book, "hours": "工作日" + book}, "fees": [{"name": "费", "amount": "8.00", "basis": book}]}
    problems = check(document(items=[item(**said)]))
    assert sorted(one.path for one in problems) == ["items[0].basis[1]", *(f"items[0].contact.{key}" for key in ("address", "hours")), "items[0].fees[0].basis"]
    assert all("太长，最多 5000 个字" in one.message for one in problems)
    # A notice says the standard of what is missing behind the number of papers.
    standards = [{"code": f"m{at}", "name": "材料", "kind": "other", "standard": text} for at, text in enumerate((book[: LONGEST_STANDARD + 1], book[:LONGEST_STANDARD], ""))]
    assert [one.path for one in check(document(materials=standards, items=[]))] == ["materials[0].standard"]
    papers = {"originals": MOST_OF_A_PAPER, "copies": MOST_OF_A_PAPER}
    case = mock.Mock(plan={"kind": "item"}, listed=[{"material": "m", "needed_by": [], "standard": book[:LONGEST_STANDARD], **papers}])
    told = checklist.requirement(case, mock.Mock(code="m", state="missing"))["requirement"]
    assert LONGEST_STANDARD < len(told) <= LONGEST_PRINTED


@pytest.mark.parametrize("value", ["", " ", " a", "a\u3000"])
def test_a_choice_that_no_form_can_hand_in_is_told(value):
    asked = {"code": "q", "question": "哪一种？", "type": "choice", "choices": [{"value": value, "label": "甲"}]}
    element = {"code": "e", "name": "种类", "type": "multichoice", "choices": asked["choices"]}
    problems = check(document(elements=[element], items=[item(situations=[asked])]))
    places = ["elements[0].choices[0].value", "items[0].situations[0].choices[0].value"]
    assert [(one.code, one.path) for one in problems] == [("choices", place) for place in places]
    assert all("选不了" in one.message for one in problems)


def test_what_is_advised_and_keeps_nothing_from_being_published():
    poor = {"max_visits": 0, "result": {"kind": "certificate"}}
    assert [one.code for one in advice(poor)] == [f"advice.{name}" for name in ("sample", "courier", "basis", "contact", "conditions")]
    good = {"result": {"kind": "certificate", "sample": "s"}, "basis": ["b"], "contact": {"hours": "h"}, "conditions": ["c"]}
    for fetched in ({"max_visits": 1}, {"max_visits": 0, "courier": True}, {"max_visits": 0, "result": {"kind": "none"}}):
        assert advice(good | fetched) == []
