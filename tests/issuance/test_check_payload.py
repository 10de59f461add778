"""A payload is checked field by field before anything is frozen; every fault is told at once, in Chinese."""

from datetime import UTC, date, datetime

import pytest

from apps.issuance import glyphs
from apps.issuance.checking import clean
from apps.issuance.models import Kind
from apps.issuance.payloads import PAYLOADS, Acceptance, Agency, Contact, Holder, Item
from apps.kit.errors import Refused
from apps.kit.pictures import pictures

from . import samples


def faults(kind: str, payload) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        clean(kind, payload)
    return {error.field: error.message for error in caught.value.errors}


def test_every_kind_has_a_shape_and_a_sample():
    assert set(PAYLOADS) == set(Kind.values) == set(samples.PAYLOADS)


@pytest.mark.parametrize("kind", Kind.values)
def test_a_sample_passes_and_cleaning_again_changes_nothing(kind):
    once = clean(kind, samples.payload(kind))
    assert clean(kind, once) == once


def test_a_dataclass_says_the_same_as_a_dict():
    given = Acceptance(
        agency=Agency(**samples.AGENCY),
        applicant=Holder(**samples.COMPANY),
        item=Item(**samples.COMMON["item"]),
        case_number=samples.COMMON["case_number"],
        date=date(2026, 11, 23),
        handler=Contact(**samples.COMMON["handler"]),
        place=samples.COMMON["place"],
        **{**samples.ACCEPTANCE, "excluded": tuple(samples.ACCEPTANCE["excluded"])},
    )
    assert clean("acceptance", given) == clean("acceptance", samples.payload("acceptance"))


def test_all_faults_at_once_with_path_and_name():
    found = faults(
        "supplement_notice",
        samples.payload(
            "supplement_notice",
            agency={"name": "  "},
            cure_by="2026-13-40",
            colour="红",
            gaps=[{"material": "身份证", "how": "补交", "problem": 3}],
        ),
    )
    assert found == {
        "documents.supplement_notice.agency.name": "“行政机关名称”不能为空。",
        "documents.supplement_notice.cure_by": "“补正截止日”应为日期，如 2026-11-23。",
        "documents.supplement_notice.colour": "“文书内容”里没有“colour”这个字段。",
        "documents.supplement_notice.gaps.0.requirement": "缺少“法定要求”，请补充。",
        "documents.supplement_notice.gaps.0.problem": "“存在的问题”应为文字。",
    }


@pytest.mark.parametrize(
    ("kind", "field"),
    [("receipt", "materials"), ("supplement_notice", "gaps"), ("refusal", "basis"), ("grant", "basis")],
)
def test_what_the_law_wants_listed_is_never_empty(kind, field):
    assert list(faults(kind, samples.payload(kind, **{field: []}))) == [f"documents.{kind}.{field}"]


def test_a_matter_of_another_agency_names_that_agency():
    found = faults("non_acceptance", samples.payload("non_acceptance", competent_agency=None))
    assert "行政许可法第三十二条" in found["documents.non_acceptance.competent_agency"]


@pytest.mark.parametrize("value", [datetime(2026, 11, 23, 10, 30), "2026-11-23T10:30", "早上", None, 5])
def test_a_time_without_its_zone_is_refused(value):
    assert "documents.receipt.received_at" in faults("receipt", samples.payload("receipt", received_at=value))


def test_an_instant_is_kept_as_beijing_minute():
    cleaned = clean("receipt", samples.payload("receipt", received_at=datetime(2026, 11, 22, 16, 1, tzinfo=UTC)))
    assert cleaned["received_at"] == "2026-11-23T00:01+08:00"


@pytest.mark.parametrize("name", ["陈\x00丽", "陈\x1b丽", "\ud800", "陈\u202e丽"])
def test_control_characters_are_refused(name):
    found = faults("acceptance", samples.payload("acceptance", applicant={"kind": "person", "name": name}))
    assert "控制字符" in found["documents.acceptance.applicant.name"]


def test_a_picture_in_what_is_typed_is_refused_and_holds_up_no_timer():
    payload = samples.payload("termination", reason="设备故障 ✅➢", applicant={"kind": "person", "name": "王䶮"})
    assert faults("termination", payload) == {
        "documents.termination.reason": "“终止事由”里有文书上印不出来的符号：✅（U+2705）、➢（U+27A2），请删去或者改用文字。"
    }
    assert clean("termination", payload, typed=False)["reason"] == "设备故障 ✅➢"


def test_what_is_called_a_picture_is_in_no_font_of_the_papers():
    signs = [chr(code) for code in (*range(0x2000, 0x2C00), *range(0xE000, 0xF900), *range(0x1F000, 0x1FB00))]
    assert not [sign for sign in signs if pictures(sign) and not glyphs.missing(sign)]


@pytest.mark.parametrize("text", ["☑同意", "☐不同意", "❑一", "►二", "‣三", "⏰", "🇨🇳", "1\ufe0f\u20e3", "✏\ufe0f"])
def test_pasted_boxes_bullets_and_emoji_are_pictures(text):
    """A form's ticked box, pasted from a word processor, would leave the paper waiting for ever, as an emoji does."""
    assert glyphs.missing(text) and pictures(text)


def test_what_the_papers_can_say_is_no_picture():
    said = "𠮷䶮㛃〇·—…“”①②⑳㈠Ⅳ℃℉㎡m²³°±×÷≥≤≠√Ω§№✓✂★☆●○◎■□▲△▶◀◆◇→←↑↓♀♂☎★❖※\t\n１Ａ（ａ）e\u0301\u200d\ufe0f"
    assert pictures(said) == ""


def test_an_unknown_kind_is_refused():
    assert faults("letter", {}) == {"documents": "没有“letter”这种文书。"}


@pytest.mark.parametrize("payload", [None, [], "x", 3])
def test_a_payload_that_is_no_object_is_refused(payload):
    assert faults("grant", payload) == {"documents.grant": "“文书内容”应为一组字段。"}
