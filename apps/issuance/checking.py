"""Checks a payload against its kind's dataclass and returns it as plain JSON; every fault is told at once, in Chinese."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable
from copy import copy
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date, datetime
from functools import cache, partial
from typing import Annotated, Any, Literal, Union

from apps.kit.errors import Refused, raise_all
from apps.kit.pictures import pictures
from apps.kit.time import BEIJING

from .payloads import PAYLOADS

LONGEST = 5000  # characters of one text
# Unicode's Cc and Cs, but for the end of a line; and what turns the direction of reading, so that a paper reads otherwise than it is kept.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")

Reader = Callable[[Any, str, str, list[Refused]], Any]

# What is typed in the act that makes the paper; all else is the catalogue's, or stands in the case already: an earlier act looked at
# it, perhaps another department's, and who only makes the paper of it could not change a word.
TYPED = frozenset(
    {"approver", "content", "facts", "interest", "location", "organiser", "presider", "reason", "reasons", "refusal_reason", "remark", "result"}
)
STANDING = {("Cancellation", "reason"), ("HearingNotice", "reason"), ("PermitRevoked", "facts"), ("Refusal", "facts")}
_PICTURE = "document.picture"

# What a kind must not leave empty although the shape alone would allow it, and why the law wants it.
NOT_EMPTY = {
    "receipt": {"materials": "收件凭证应逐项列明收到的材料。"},
    "supplement_notice": {"gaps": "补正告知书应一次告知全部需要补正的内容，至少一项。"},
    "supplement_receipt": {"materials": "补正材料接收凭证应列明收到的材料。"},
    "acceptance_with_gap": {"gaps": "容缺受理通知书应列明容缺的材料。"},
    "acceptance_revoked": {"gaps": "撤销受理决定书应列明未按期补正的材料。"},
    "non_acceptance": {"basis": "不予受理通知书应写明法律依据。"},
    "grant": {"basis": "准予决定书应写明法律依据。"},
    "refusal": {"basis": "不予许可决定书应写明法律依据。"},
    "service_receipt": {"documents": "送达回证应列明送达的文书。"},
    "hearing_right": {"third_parties": "听证告知书应写明利害关系人。"},
    "review_supplement_notice": {"gaps": "审查阶段补正通知书应列明需要补正的内容。"},
    "review_supplement_slip": {"materials": "补正材料接收凭证应列明收到的材料。"},
    "pickup_slip": {"results": "领取凭单应列明待领取的结果。"},
    "inspection_notice": {"departments": "踏勘通知书应列明参加的部门。"},
    "inspection_record": {"inspected": "踏勘记录表应逐部门记录。"},
    "rectification_notice": {"rectify": "整改通知书应逐条列明整改内容。"},
}


def clean(kind: str, payload: Any, *, typed: bool = True) -> dict:
    """The payload (dataclass or dict) as a plain dict with every default filled in.

    Raises Refused/Refusals whose field is `documents.<kind>.<path>`; an unknown field is refused, not dropped. `typed`: somebody sits
    there who can type it otherwise, so what could never be printed is refused; a timer's paper waits for a hand instead.
    """
    shape = PAYLOADS.get(kind)
    if shape is None:
        raise Refused("document.kind", f"没有“{kind}”这种文书。", "documents")
    errors: list[Refused] = []
    result = _object(shape, payload, f"documents.{kind}", "文书内容", errors)
    errors = errors if typed else [error for error in errors if error.code != _PICTURE]
    if not errors:
        for name, sentence in NOT_EMPTY.get(kind, {}).items():
            if not result[name]:
                errors.append(Refused("document.empty", sentence, f"documents.{kind}.{name}"))
        if kind == "non_acceptance" and result["ground"] == "not_our_power":
            agency = result["competent_agency"] or {}
            if not agency.get("name"):
                errors.append(
                    Refused(
                        "document.competent_agency",
                        "不属于本机关职权的，应告知向哪个行政机关申请（行政许可法第三十二条），请填写其名称。",
                        "documents.non_acceptance.competent_agency",
                    )
                )
    raise_all(errors)
    return result


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    label: str
    required: bool
    default: Any
    read: Reader


@cache
def _fields(shape: type) -> dict[str, _Field]:
    hints = typing.get_type_hints(shape, include_extras=True)
    found = {}
    for spec in fields(shape):
        required = spec.default is MISSING
        default = list(spec.default) if isinstance(spec.default, tuple) else spec.default
        read = _reader(hints[spec.name], required)
        if spec.name in TYPED and hints[spec.name] is str and (shape.__name__, spec.name) not in STANDING:
            read = partial(_typed, required)
        found[spec.name] = _Field(spec.name, spec.metadata["label"], required, default, read)
    return found


def _object(shape: type, value: Any, path: str, label: str, errors: list[Refused]) -> dict:
    if is_dataclass(value) and not isinstance(value, type):
        value = vars(value)
    if not isinstance(value, dict):
        errors.append(Refused("document.shape", f"“{label}”应为一组字段。", path))
        return {}
    known, result = _fields(shape), {}
    for name in sorted(value.keys() - known.keys(), key=str):
        errors.append(Refused("document.unknown", f"“{label}”里没有“{name}”这个字段。", f"{path}.{name}"))
    for name, field in known.items():
        if name in value:
            result[name] = field.read(value[name], f"{path}.{name}", field.label, errors)
        elif field.required:
            errors.append(Refused("document.missing", f"缺少“{field.label}”，请补充。", f"{path}.{name}"))
        else:
            result[name] = copy(field.default)
    return result


@cache
def _reader(hint: Any, required: bool) -> Reader:
    """What reads a value of this type; a fault is added to the errors."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        inner = _reader(next(a for a in args if a is not type(None)), required)
        return lambda value, *about: None if value is None else inner(value, *about)
    if origin is Annotated:
        return partial(_moment, args[1])
    if origin is tuple:
        return partial(_list, _reader(args[0], True))
    if origin is Literal:
        return partial(_choice, args)
    if is_dataclass(hint):
        return partial(_object, hint)
    if hint is str:
        return partial(_text, required)
    return partial(_plain, hint)


def _list(read: Reader, value: Any, path: str, label: str, errors: list[Refused]) -> list:
    if not isinstance(value, (list, tuple)):
        errors.append(Refused("document.shape", f"“{label}”应为一个列表。", path))
        return []
    return [read(one, f"{path}.{at}", label, errors) for at, one in enumerate(value)]


def _choice(choices: tuple, value: Any, path: str, label: str, errors: list[Refused]) -> Any:
    if value not in choices:
        errors.append(Refused("document.choice", f"“{label}”应为 {'、'.join(choices)} 之一。", path))
    return value


def _plain(kind: type, value: Any, path: str, label: str, errors: list[Refused]) -> Any:
    if not isinstance(value, kind) or (kind is int and (isinstance(value, bool) or value < 0)):
        wanted = "是或否" if kind is bool else "不小于 0 的整数"
        errors.append(Refused("document.shape", f"“{label}”应为{wanted}。", path))
    return value


def _text(required: bool, value: Any, path: str, label: str, errors: list[Refused]) -> str:
    if not isinstance(value, str):
        errors.append(Refused("document.shape", f"“{label}”应为文字。", path))
        return ""
    clean = value.isprintable()  # as most are: no end of a line, no tab, and none of the characters sought below
    text = value.strip() if clean else value.replace("\r\n", "\n").replace("\t", " ").strip()  # pasted from a table
    if required and not text:
        errors.append(Refused("document.blank", f"“{label}”不能为空。", path))
    if len(text) > LONGEST:
        errors.append(Refused("document.long", f"“{label}”最多 {LONGEST} 字，现有 {len(text)} 字。", path))
    if not clean and _CONTROL.search(text):
        errors.append(Refused("document.control", f"“{label}”含有不可打印的控制字符，请删去后重试。", path))
    return text


def _typed(required: bool, value: Any, path: str, label: str, errors: list[Refused]) -> str:
    text = _text(required, value, path, label, errors)
    if found := pictures(text):
        errors.append(Refused(_PICTURE, f"“{label}”里有文书上印不出来的符号：{found}，请删去或者改用文字。", path))
    return text


def _moment(kind: str, value: Any, path: str, label: str, errors: list[Refused]) -> str:
    if kind == "day":
        if isinstance(value, datetime):
            value = None
        elif isinstance(value, date):
            return value.isoformat()
        try:
            return date.fromisoformat(value).isoformat()
        except (TypeError, ValueError):
            errors.append(Refused("document.day", f"“{label}”应为日期，如 2026-11-23。", path))
            return ""
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError
    except (TypeError, ValueError):
        errors.append(Refused("document.minute", f"“{label}”应为带时区的时间。", path))
        return ""
    return moment.astimezone(BEIJING).isoformat(timespec="minutes")
