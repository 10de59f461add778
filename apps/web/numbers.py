"""Whose number is this? A clerk types what stands on the card; person or enterprise follows from the digits."""

from __future__ import annotations

import re
import unicodedata

from apps.catalog.self_check import SHAPE
from apps.kit.errors import Refused
from apps.kit.ids import check_case_number, check_citizen_id, check_uscc, names_a_citizen

PERSON, ENTERPRISE, CASE, PART, CHECK, WORDS = "person", "enterprise", "case", "part", "check", "words"
SCANNED = 200  # characters that a scanner may type: the code on a paper is an address of this site
IN_THE_ADDRESS = "身份证号不能写在网址里（网址会留在访问日志里），请在搜索框里输入。"
_DIGITS = re.compile(r"\d{17}[\dX]")
_SHAPE = re.compile(r"[0-9A-Z]{18}")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_BEGINNING = re.compile(r"1[345]\d{4}20\d{3}")  # of a case number in a region whose code reads like a mobile's first digits: the year follows


def plain(text: str) -> str:
    """Full-width becomes plain, spaces and hyphens go, letters become capitals."""
    kept = unicodedata.normalize("NFKC", text or "")
    return "".join(ch for ch in kept if not ch.isspace() and ch != "-").upper()


def party_number(text: str, field: str | None = None) -> tuple[str, str]:
    """("person" | "enterprise", number). Raises Refused naming what is wrong with it."""
    number = plain(text)
    if not number:
        raise Refused("number.missing", "请输入身份证号或统一社会信用代码。", field)
    if not number.isascii() or len(number) != 18:
        raise Refused(
            "number.length", f"证件号码应为 18 位，现在是 {len(number)} 位，请对照证件或执照重新输入。", field
        )
    if not _DIGITS.fullmatch(number):
        return ENTERPRISE, check_uscc(number, field)
    try:
        return PERSON, check_citizen_id(number, field)
    except Refused:
        try:  # a code of digits only exists, though it is rare
            return ENTERPRISE, check_uscc(number, field)
        except Refused:
            pass
        raise


def guess(text: str) -> tuple[str, str]:
    """What was put into the one big box: (kind, value). Raises Refused for a number with a wrong digit.

    `case` a whole case number, `check` a self-check's, `part` the beginning of one, `person` / `enterprise` an identity number, `words` anything else.
    """
    number = plain(text)
    if number.isascii() and len(number) == 20 and number[:14].isdigit():
        return CASE, check_case_number(number, "q")
    if SHAPE.fullmatch(number):
        return CHECK, number
    if _SHAPE.fullmatch(number):
        return party_number(number, "q")
    mobile = number.removeprefix("+86")
    if number.isascii() and _MOBILE.fullmatch(mobile) and not _BEGINNING.fullmatch(mobile):  # finding nothing by it is not having no case
        told = "这里不按手机号查找；请问清申请人的姓名（名称）、证件号码或者办件编号，再输入。"
        raise Refused("number.mobile", told, "q")
    if number.isascii() and number.isalnum() and number[:6].isdigit():
        if len(number) > 14:  # perhaps a person's number: it goes into no address
            told = "身份证号、统一社会信用代码 18 位，办件编号 20 位"
            raise Refused("number.length", f"这个号码有 {len(number)} 位；{told}，请核对后重新输入。", "q")
        return PART, number
    if names_a_citizen(text):  # beside a name: words go on in the address
        raise Refused("number.among_words", "身份证号请单独输入，不要和姓名等写在一起。", "q")
    return WORDS, " ".join((text or "").split())[:SCANNED]
