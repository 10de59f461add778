"""Check digits and masks (DOMAIN.md 4.4, 4.7) as the parties' files use them."""

from contextlib import nullcontext
from time import process_time

import pytest

from apps.directory.models import Party
from apps.kit import ids, masking
from apps.kit.errors import Refused
from apps.kit.ids import (
    case_number,
    case_numbers,
    check_case_number,
    check_citizen_id,
    check_mobile,
    check_uscc,
    plain_name,
)


@pytest.mark.parametrize(
    "number",
    ["11010519491231002X", "330203199001010014", "330282198506150021", " 33028219850615 0021", "11010519491231002x"],
)
def test_citizen_numbers_that_hold(number):
    assert check_citizen_id(number) == number.replace(" ", "").upper()
    unseen = f"\ufeff{number[:8]}\u200b{number[8:]}\u202c"  # as it is pasted
    assert check_citizen_id(unseen) == check_citizen_id(number) and ids.names_a_citizen(unseen)
    stroked = f"{unseen[:7]}-{unseen[7:16]}-{unseen[16:]}"
    assert ids.names_a_citizen(stroked) and ids.names_a_citizen(f"王小明 {number.replace(' ', '')} 2017")  # beside other digits


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("", "citizen_id.format"),
        ("33028219850615002", "citizen_id.format"),
        ("33028219850615002A", "citizen_id.format"),
        ("330282198506150022", "citizen_id.check"),
        ("33028219850615002X", "citizen_id.check"),
        ("330282198502300021", "citizen_id.birth"),
        ("330282198513150021", "citizen_id.birth"),
        ("330282999901010010", "citizen_id.birth"),
    ],
)
def test_citizen_numbers_that_do_not(number, code):
    with pytest.raises(Refused) as refusal:
        check_citizen_id(number, "id_number")
    assert (refusal.value.code, refusal.value.field) == (code, "id_number")


def test_nobody_is_born_tomorrow(time_machine):
    number = "330282201709011229"
    time_machine.move_to("2017-08-31T15:59:59Z")
    with pytest.raises(Refused) as refusal:
        check_citizen_id(number)
    assert refusal.value.code == "citizen_id.birth"
    time_machine.move_to("2017-08-31T16:00:00Z")  # Beijing's midnight
    assert check_citizen_id(number) == number


@pytest.mark.parametrize(
    "code", ["91350100M000100Y43", "11330200MB0F00001M", "11330282MB0F00012J", "91330282ma2a00001k"]
)
def test_credit_codes_that_hold(code):
    assert check_uscc(code) == code.upper()


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("", "uscc.format"),
        ("91350100M000100Y4", "uscc.format"),
        ("91350100M000100I43", "uscc.format"),
        ("91350100M000100Y44", "uscc.check"),
        ("11330200MB0F00001N", "uscc.check"),
    ],
)
def test_credit_codes_that_do_not(code, why):
    with pytest.raises(Refused) as refusal:
        check_uscc(code, "id_number")
    assert refusal.value.code == why


@pytest.mark.parametrize(("given", "kept"), [("13805740001", "13805740001"), ("+86 138-0574-0001", "13805740001"), ("\u202d13805740001\u202c", "13805740001")])
def test_mobiles(given, kept):
    assert check_mobile(given) == kept


@pytest.mark.parametrize("name", ["wang@", "wang.example.cn", f"{'w' * 64}@{'x' * 63}.{'y' * 63}.example.cn"])
def test_a_mailbox_that_no_column_holds_or_none_is(name):
    with pytest.raises(Refused):
        ids.check_email(name)


@pytest.mark.parametrize("dot", [".", "．", "。", "•", " ・ ", "·"])
def test_a_name_has_the_dot_of_the_card_whichever_the_keyboard_had(dot):
    assert plain_name(f" 阿依努尔{dot}㛃𠅤 买") == "阿依努尔·㛃𠅤 买"
    assert plain_name("J.P 2.5号") == "J.P 2.5号"
    assert plain_name(f"\ufeff阿依\u200b努尔\u200b{dot}㛃𠅤\u00ad 买") == "阿依努尔·㛃𠅤 买"  # as it is pasted


@pytest.mark.parametrize("given", ["", "12805740001", "1380574000", "138057400011", "电话"])
def test_mobiles_refused(given):
    with pytest.raises(Refused):
        check_mobile(given)


def test_masks():
    assert [masking.mask_name(name) for name in ("", "王", "王明", "王小明", "欧阳小明")] == [
        "",
        "*",
        "王*",
        "王*明",
        "欧**明",
    ]
    assert masking.mask_id("330282198506150021") == "3302**********0021"
    assert masking.mask_mobile("13805740001") == "138****0001"
    assert masking.mask_bank("6222021001112223334") == "*" * 15 + "3334"


@pytest.mark.parametrize(
    ("mask", "number", "shown"),
    [
        (masking.mask_id, "330282850615002", "3302*******5002"),  # fifteen digits, as they were until 1999
        (masking.mask_id, "C123456789012", "C1*********12"),
        (masking.mask_id, "E12345678", "E1*****78"),
        (masking.mask_id, "E1234567", "********"),
        (masking.mask_mobile, "0574-63007000", "057******7000"),
        (masking.mask_mobile, "63007000", "63****00"),
        (masking.mask_mobile, "6300700", "*******"),
        (masking.mask_bank, "12345", "*2345"),
        (masking.mask_bank, "1234", "****"),
        (masking.mask_email, "wang@example.cn", "w***@example.cn"),
        (masking.mask_email, "wang", "****"),
    ],
)
def test_of_a_short_number_most_is_hidden(mask, number, shown):
    assert mask(number) == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("慈溪市浒山街道前应路 1001 号", "慈溪市浒山街道****"),
        ("慈溪市周巷镇环城北路 8 号", "慈溪市周巷镇****"),
        # A district whose own name holds a word for townships.
        ("宁波市镇海区九龙湖镇河头村 1 号", "宁波市镇海区九龙湖镇****"),
        ("镇海区招宝山街道城河东路 2 号", "镇海区招宝山街道****"),
        ("宁波市镇海区城河西路 3 号", "宁波市镇海区****"),
        ("桐乡市梧桐街道校场路 4 号", "桐乡市梧桐街道****"),
        # The first such word is the township: what comes after it belongs to the house.
        ("慈溪市观海卫镇五里村老街道弄 5 号", "慈溪市观海卫镇****"),
        ("慈溪市周巷镇新市路 6 号", "慈溪市周巷镇****"),
        ("慈溪市新城大道工业区 7 号", "慈溪市****"),
        ("某某路 9 号", "某某****"),
        # Nor is what comes after the number of the house a township, or a compound a district.
        ("慈溪市前应路 10 号故乡大厦", "慈溪市****"),
        ("慈溪市古塘小区 11 号", "慈溪市****"),
        ("古塘小区 12 号", "古塘****"),
        ("315300 慈溪市周巷镇 1 号", "315300 慈溪市周巷镇****"),
        ("宁波市江北区文教路 13 号", "宁波市江北区****"),
        ("象山县新村 14 号", "象山县****"),
        ("慈溪市浒山街道前应路口", "慈溪市浒山街道****"),
    ],
)
def test_an_address_is_shown_down_to_the_township(address, shown):
    assert masking.mask_address(address) == shown


def test_what_is_repeated_of_a_parcel_is_masked_also_where_its_address_holds_the_name():
    place = "慈溪市周巷镇王家村 12 号"
    known = {"王": masking.mask_name("王"), place: masking.mask_address(place)}
    assert masking.mask_said(f"王不在，{place}没有人，电话 13805740001", known) == "*不在，慈溪市周巷镇****没有人，电话 138****0001"


def test_what_is_said_is_masked_soon_however_long_it_is():
    """A trace in the log repeats what a stranger has sent: the name of a house of sixty thousand signs held its process for a quarter of a minute."""
    began = process_time()
    for said in ("a." * 50_000, "1" * 100_000, "a@" * 50_000, "a@" + "b" * 100_000):
        assert masking.mask_said(said) == said
    assert process_time() - began < 2
    assert masking.mask_said("写给 zhang.san+1@mail.example.cn，谢谢") == "写给 z***@mail.example.cn，谢谢"


def test_a_company_name_is_public():
    assert Party(kind="person", name="王小明").reveal_label == "王*明"
    assert Party(kind="enterprise", name="慈溪市一味餐饮有限公司").reveal_label == "慈溪市一味餐饮有限公司"


def wide(text):
    return "".join(chr(ord(char) + 0xFEE0) if char.isascii() and char.isalnum() else char for char in text)


@pytest.mark.parametrize(
    ("check", "number"),
    [
        (ids.check_citizen_id, "330282198506150021"),
        (ids.check_citizen_id, "11010519491231002X"),
        (ids.check_uscc, "91350100M000100Y43"),
        (ids.check_mobile, "13812345678"),
        (ids.check_phone, "0574-63007000"),
    ],
)
def test_full_width_letters_and_digits_are_the_plain_ones(check, number):
    """One person is one party, however his number was typed: digits of another script are none."""
    assert check(wide(number)) == check(wide(number[:9]) + number[9:]) == number
    with pytest.raises(Refused):
        check(number[:2] + "\u0663" * 7 + number[9:])


@pytest.mark.parametrize(("given", "stands"), [("63007000", True), ("0574-63007000", True), ("1380574", False), ("13805740", False), ("0574-13805740", False)])
def test_a_mobile_number_that_lacks_digits_is_no_telephone_of_a_house(given, stands):
    """No subscriber's number begins with 0 or 1: it was taken for a courier's telephone, who reached nobody."""
    with nullcontext() if stands else pytest.raises(Refused):
        assert ids.check_phone(given) == given


def test_case_numbers_of_a_day_are_those_of_one_by_one_and_begin_again_after_five_places():
    serials = [0, 1, 35, 36, 1295, 36**5 - 1, 36**5, 36**5 + 7, *range(40_000, 40_100)]
    numbers = [case_number("330282004", "20171009", serial) for serial in serials]
    assert list(case_numbers("330282004", "20171009", serials)) == numbers
    assert [number[:-1] for number in numbers[:4]] == [f"33028220171009{tail}" for tail in ("00000", "00001", "0000Z", "00010")]
    assert numbers[5][14:19] == "ZZZZZ" and numbers[6:8] == [numbers[0], case_number("330282", "20171009", 7)]
    assert all(check_case_number(f" {number[:6]}-{number[6:].lower()} ") == number for number in numbers)


def test_a_case_number_with_one_wrong_place_or_two_exchanged_is_none():
    number = case_number("330282", "20171009", 60466)
    wrong = {f"{number[:at]}{'1' if number[at] == '0' else '0'}{number[at + 1 :]}" for at in range(20)}
    wrong |= {f"{number[:at]}{number[at + 1]}{number[at]}{number[at + 2 :]}" for at in range(19) if number[at] != number[at + 1]}
    for other in [*wrong, "", number[:-1], number + "0", "３３０２８２"]:
        with pytest.raises(Refused):
            check_case_number(other)
