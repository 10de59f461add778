"""Answers to a form, checked by the type of each data element; every fault is named with its field and its cure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from apps.directory import queries as directory
from apps.kit.errors import Refused
from apps.kit.ids import check_citizen_id, check_mobile, check_phone, check_uscc, seen
from apps.kit.pictures import pictures
from apps.kit.yamlfile import UNSTORABLE

from .conditions import holds
from .loading.known import LONGEST_PRINTED
from .loading.schema import is_date

# Where the element sets none; more than what a paper takes none may set, or nothing that certifies the answer could be made.
MAX_LENGTH = {"text": 200, "textarea": 4000, "address": 200, "email": 254}
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}", re.ASCII)
_INTEGER = re.compile(r"-?\d{1,15}", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,15}(\.\d+)?", re.ASCII)
_TRUE, _FALSE = {"true", "1", "on", "是"}, {"false", "0", "off", "否"}


def clean_answers(
    elements: list[dict],
    answers: Mapping[str, Any],
    *,
    partial: bool = False,
    situations: Mapping[str, Any] | None = None,
) -> tuple[dict[str, Any], list[Refused]]:
    """(clean answers by element code, faults). `elements` as a Plan lists them.

    Clean values are JSON: text, bool, int, list of choice values; money and decimals as text ("12.50"), dates as ISO text.
    A field whose condition does not hold is left out, whatever was typed. Answers to fields that the form does not have are
    refused. `partial` keeps what is right so far and asks for nothing that is missing.
    """
    clean: dict[str, Any] = {}
    faults: list[Refused] = []
    known = {row["element"]: row for row in elements}
    for code in answers:
        if code not in known:
            faults.append(Refused("answers.unknown", f"表单里没有“{code}”这一项，请刷新表单。", f"answers.{code}"))
    wrong: set[str] = set()
    for code, row in known.items():
        try:
            value = clean_value(row, answers.get(code))
        except Refused as fault:
            faults.append(fault)
            wrong.add(code)
        else:
            if value is not None:
                clean[code] = value
    # A field that is not asked is not judged, and its answer opens no other field.
    hidden: set[str] = set()
    while fresh := {code for code, row in known.items() if not shown(row, clean, situations or {})} - hidden:
        hidden |= fresh
        clean = {code: value for code, value in clean.items() if code not in hidden}
    faults = [fault for fault in faults if (fault.field or "").removeprefix("answers.") not in hidden]
    if not partial:
        for code, row in known.items():
            if code not in hidden | wrong and code not in clean and required(row, clean, situations or {}):
                faults.append(_fault(row, "required", "必填，请填写"))
    return clean, faults


def shown(row: dict, answers: Mapping[str, Any], situations: Mapping[str, Any]) -> bool:
    """Is the field asked, with these answers?"""
    return holds(row.get("when"), situations, answers) is True


def personal(row: dict) -> bool:
    """Is the answer masked? A person's number and a phone are, whether or not the catalogue says so."""
    return bool(row.get("sensitive")) or row.get("type") in ("citizen_id", "mobile", "phone")


def required(row: dict, answers: Mapping[str, Any], situations: Mapping[str, Any]) -> bool:
    """Must it be answered, with these answers?"""
    return bool(row.get("required")) and holds(row.get("required_when"), situations, answers) is True


def clean_value(row: dict, value: Any) -> Any:
    """One answer by its element, None for no answer. Raises Refused naming the field in plain words."""
    if isinstance(value, str):
        value = value.strip()
        value = value if seen(value).strip() else ""  # of marks that nobody sees alone: nothing was answered
    if value is None or value == "" or value == []:
        return None
    clean = _CLEANERS[row["type"]](row, value)
    usual = MAX_LENGTH.get(row["type"])  # what has a form of its own is as long as that form
    longest = usual and min(row.get("max_length") or usual, LONGEST_PRINTED)
    if longest and len(clean) > longest:
        raise _fault(row, "length", f"最多 {longest} 个字，现有 {len(clean)} 个，请缩短")
    return clean


def _fault(row: dict, code: str, message: str) -> Refused:
    return Refused(f"answers.{code}", f"“{row.get('name') or row['element']}”{message}。", f"answers.{row['element']}")


def _text(row: dict, value: Any) -> str:
    if not isinstance(value, str):
        raise _fault(row, "type", "应为文字")
    if UNSTORABLE.search(value):  # no paper that repeats the answer could be made
        raise _fault(row, "type", "含有不能显示的字符，请重新输入")
    if found := pictures(value):
        raise _fault(row, "type", f"里有文书上印不出来的符号：{found}，请删去或者改用文字")
    # A page sends each line break as two characters, which nobody who counts his words has typed.
    return value.replace("\r\n", "\n") if row["type"] == "textarea" else " ".join(value.split())


def _within(row: dict, number: Decimal) -> None:
    low, high = row.get("minimum"), row.get("maximum")
    if low is not None and number < Decimal(str(low)):
        raise _fault(row, "minimum", f"不能小于 {low}，现为 {number:f}")
    if high is not None and number > Decimal(str(high)):
        raise _fault(row, "maximum", f"不能大于 {high}，现为 {number:f}")


def _number(row: dict, value: Any, pattern: re.Pattern, cure: str) -> Decimal:
    text = str(value).replace(",", "").replace("，", "")
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal) or not pattern.fullmatch(text):
        raise _fault(row, "number", cure)
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise _fault(row, "number", cure) from None
    _within(row, number)
    return number


def _integer(row: dict, value: Any) -> int:
    return int(_number(row, value, _INTEGER, "应为整数，用数字填写"))


def _decimal(row: dict, value: Any) -> str:
    number = _number(row, value, _DECIMAL, "应为数，用数字填写，如 120.5")
    if -number.as_tuple().exponent > 6:
        raise _fault(row, "number", "最多写 6 位小数")
    return format(number, "f")


def _money(row: dict, value: Any) -> str:
    number = _number(row, value, _DECIMAL, "应为金额，用数字填写，如 500000 或 80.50")
    if -number.as_tuple().exponent > 2:
        raise _fault(row, "number", "金额最多写两位小数")
    return format(number.quantize(Decimal("0.01")), "f")


def _date(row: dict, value: Any) -> str:
    text = value.isoformat() if isinstance(value, date) else value
    if not isinstance(text, str) or not is_date(text):
        raise _fault(row, "date", "应为存在的日期，如 2017-08-31")
    return text


def _boolean(row: dict, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).lower()
    if word not in _TRUE | _FALSE:
        raise _fault(row, "boolean", "请选“是”或“否”")
    return word in _TRUE


def _choice(row: dict, value: Any) -> str:
    labels = {choice["value"]: choice["label"] for choice in row.get("choices") or []}
    if str(value) not in labels:
        # What is sent is the value, what is read the label: a program that sends what the refusal names is not refused again.
        told = (value if value == label else f"{value}（{label}）" for value, label in labels.items())
        raise _fault(row, "choice", f"请从选项里选：{'、'.join(told)}")
    return str(value)


def _multichoice(row: dict, value: Any) -> list[str]:
    values = value if isinstance(value, list | tuple) else [value]
    picked = {_choice(row, one) for one in values}
    chosen = [choice for choice in row["choices"] if choice["value"] in picked]
    if len("、".join(choice["label"] for choice in chosen)) > LONGEST_PRINTED:
        raise _fault(row, "length", f"选中的合在一起最多 {LONGEST_PRINTED} 个字，证照上再多就印不下，请少选几项")
    return [choice["value"] for choice in chosen]


def _checked(check: Callable[..., str]) -> Callable[[dict, Any], str]:
    """A number with its own check; its sentence is told after the field's name."""

    def clean(row: dict, value: Any) -> str:
        try:
            return check(str(value))
        except Refused as fault:
            name, place = row.get("name") or row["element"], f"answers.{row['element']}"
            raise Refused(fault.code, f"“{name}”：{fault.message}", place) from None

    return clean


def _email(row: dict, value: Any) -> str:
    if not isinstance(value, str) or not _EMAIL.fullmatch(value):
        raise _fault(row, "email", "应为电子邮箱，如 name@example.com")
    return value.lower()


_CLEANERS: dict[str, Callable[[dict, Any], Any]] = {
    "text": _text,
    "textarea": _text,
    "address": _text,
    "integer": _integer,
    "decimal": _decimal,
    "money": _money,
    "date": _date,
    "boolean": _boolean,
    "choice": _choice,
    "multichoice": _multichoice,
    "citizen_id": _checked(check_citizen_id),
    "uscc": _checked(check_uscc),
    "mobile": _checked(check_mobile),
    "phone": _checked(check_phone),
    "email": _email,
    "region": _checked(lambda code: directory.get_region(code).code),
}
