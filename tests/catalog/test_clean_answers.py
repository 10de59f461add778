"""Answers to a form by the type of each field; conditions show, hide and require."""

import pytest

from apps.catalog.forms_schema import _CLEANERS, clean_answers, personal
from apps.catalog.loading.known import LONGEST_PRINTED
from apps.catalog.loading.schema import element_types

CHOICES = [{"value": "a", "label": "甲"}, {"value": "b", "label": "乙"}]


def field(kind: str, code: str = "f", **facts) -> dict:
    return {"element": code, "name": "某项", "type": kind, "required": False, "choices": CHOICES, **facts}


@pytest.mark.parametrize(
    ("row", "value", "clean"),
    [
        (field("text"), "  王 小明 ", "王 小明"),
        (field("textarea", max_length=3), "一\r\n二", "一\n二"),
        (field("textarea", max_length=90000), "字" * LONGEST_PRINTED, "字" * LONGEST_PRINTED),
        (field("address"), "浒山街道", "浒山街道"),
        (field("integer"), "12", 12),
        (field("integer"), -3, -3),
        (field("integer", minimum=1, maximum=99), "99", 99),
        (field("integer", minimum=1, maximum=99), "1", 1),
        (field("decimal"), "300.50", "300.50"),
        (field("decimal"), 3, "3"),
        (field("money"), "1,000,000", "1000000.00"),
        (field("money"), 80.5, "80.50"),
        (field("date"), "2017-08-31", "2017-08-31"),
        (field("date", max_length=8), "2017-08-31", "2017-08-31"),
        (field("boolean"), "true", True),
        (field("boolean"), False, False),
        (field("boolean"), "否", False),
        (field("choice"), "a", "a"),
        (field("multichoice"), ["b", "a", "b"], ["a", "b"]),
        (field("multichoice"), "b", ["b"]),
        (field("citizen_id"), " 11010519491231002x ", "11010519491231002X"),
        (field("uscc"), "91350100m000100y43", "91350100M000100Y43"),
        (field("mobile"), "138 0574 0001", "13805740001"),
        (field("phone"), "0574-63001000", "0574-63001000"),
        (field("email"), "A@Example.com", "a@example.com"),
        (field("region"), "330282004", "330282004"),
    ],
)
def test_right_answers(regions, row, value, clean):
    assert clean_answers([row], {"f": value}) == ({"f": clean}, [])


def test_every_type_of_the_format_can_be_answered():
    assert set(_CLEANERS) == set(element_types())


def test_what_is_masked_though_the_catalogue_does_not_say_so():
    assert [kind for kind in _CLEANERS if personal(field(kind))] == ["citizen_id", "mobile", "phone"]
    assert personal(field("text", sensitive=True))


@pytest.mark.parametrize(
    ("row", "value"),
    [
        (field("text", max_length=3), "一二三四"),
        (field("textarea", max_length=90000), "字" * (LONGEST_PRINTED + 1)),  # the certificate would be refused, and so the grant
        (field("text"), "a\x00b"),
        (field("textarea"), "合同价\u202e000,05\u202c元"),
        (field("text"), "合同价\x7f"),
        (field("text"), "小王餐饮😀店"),  # the certificate would never be made
        (field("textarea"), "甲\x9f\n乙"),
        (field("text"), "使\ufffe用"),
        (field("text"), 5),
        (field("integer"), "1.5"),
        (field("integer"), "１２"),
        (field("integer"), True),
        (field("integer", minimum=0), "-1"),
        (field("integer", maximum=9), 10),
        (field("decimal"), "nan"),
        (field("decimal"), "1e9"),
        (field("decimal"), "0.0000001"),
        (field("money"), "1.234"),
        (field("date"), "2017-02-29"),
        (field("date"), "20170831"),
        (field("boolean"), "也许"),
        (field("choice"), "c"),
        (field("multichoice"), ["a", "c"]),
        (field("multichoice", choices=[{"value": value, "label": value * LONGEST_PRINTED} for value in "ab"]), ["a", "b"]),
        (field("citizen_id"), "110105194912310021"),
        (field("citizen_id"), "11010519491331002X"),
        (field("uscc"), "91350100M000100Y44"),
        (field("mobile"), "12345678901"),
        (field("phone"), "abc"),
        (field("email"), "a@b"),
        (field("region"), "330299"),
        (field("region"), "330204"),
    ],
)
def test_wrong_answers_name_field_and_cure(regions, row, value):
    clean, [fault] = clean_answers([row], {"f": value})
    assert clean == {}
    assert fault.field == "answers.f"
    assert "某项" in fault.message
    assert fault.status == 422


def test_a_wrong_choice_is_told_by_what_has_to_be_sent():
    """Who sent back the word that the refusal named was refused with the same words again."""
    _, [fault] = clean_answers([WAY], {"way": "邮寄"})
    assert fault.message.endswith("请从选项里选：post（邮寄）、self（自取）。")


@pytest.mark.parametrize("empty", [None, "", "  ", "\u200b \ufeff", []])
def test_no_answer_is_no_answer(empty):
    assert clean_answers([field("text")], {"f": empty}) == ({}, [])
    _, [fault] = clean_answers([field("text", required=True)], {"f": empty})
    assert fault.code == "answers.required"
    assert clean_answers([field("text", required=True)], {"f": empty}, partial=True) == ({}, [])


def test_false_and_zero_are_answers():
    rows = [field("boolean", "b", required=True), field("integer", "i", required=True)]
    assert clean_answers(rows, {"b": False, "i": 0}) == ({"b": False, "i": 0}, [])


def test_unknown_fields_are_refused():
    _, [fault] = clean_answers([], {"other": 1})
    assert fault.field == "answers.other"


WAY = field(
    "choice", "way", required=True, choices=[{"value": "post", "label": "邮寄"}, {"value": "self", "label": "自取"}]
)
ADDRESS = field("address", "address", required=True, when=[[{"element": "way", "is": "post"}]])


def test_a_field_is_asked_only_under_its_condition():
    assert clean_answers([WAY, ADDRESS], {"way": "self", "address": "不该有"}) == ({"way": "self"}, [])
    _, [fault] = clean_answers([WAY, ADDRESS], {"way": "post"})
    assert fault.field == "answers.address"
    whole = {"way": "post", "address": "浒山"}
    assert clean_answers([WAY, ADDRESS], whole) == (whole, [])


def test_a_hidden_field_opens_no_other_and_is_not_judged():
    third = field("integer", "third", required=True, when=[[{"element": "address", "is": "浒山"}]])
    given = {"way": "self", "address": "浒山", "third": "x"}
    assert clean_answers([WAY, ADDRESS, third], given) == ({"way": "self"}, [])


def test_numbers_kept_as_text_compare_as_numbers():
    area = field("decimal", "area")
    more = field("text", "more", required=True, when=[[{"element": "area", "over": 300}]])
    assert clean_answers([area, more], {"area": "300.0"}) == ({"area": "300.0"}, [])
    _, [fault] = clean_answers([area, more], {"area": "1000"})
    assert fault.field == "answers.more"


def test_required_only_where_a_member_requires_it():
    """One member needs it always but does not require it, another requires it when posted."""
    row = field("text", "f", required=True, when=None, required_when=[[{"element": "way", "is": "post"}]])
    assert clean_answers([WAY, row], {"way": "self"}) == ({"way": "self"}, [])
    _, [fault] = clean_answers([WAY, row], {"way": "post"})
    assert fault.field == "answers.f"


def test_all_faults_are_told_at_once():
    rows = [field("integer", "i"), field("date", "d"), field("text", "t", required=True)]
    _, faults = clean_answers(rows, {"i": "x", "d": "x"})
    assert [fault.field for fault in faults] == ["answers.i", "answers.d", "answers.t"]
