"""Checks a payload against its kind's dataclass and returns it as plain JSON; every fault is told at once, in Chinese."""

from __future__ import annotations

import types
import typing
import unicodedata
from dataclasses import MISSING, asdict, fields, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Literal, Union

from apps.kit.errors import Refused, raise_all
from apps.kit.time import BEIJING

from .payloads import PAYLOADS

LONGEST = 5000  # characters of one text

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


def clean(kind: str, payload: Any) -> dict:
    """The payload (dataclass or dict) as a plain dict with every default filled in.

    Raises Refused/Refusals whose field is `documents.<kind>.<path>`; an unknown field is refused, not dropped.
    """
    shape = PAYLOADS.get(kind)
    if shape is None:
        raise Refused("document.kind", f"没有“{kind}”这种文书。", "documents")
    if is_dataclass(payload) and not isinstance(payload, type):
        payload = asdict(payload)
    errors: list[Refused] = []
    result = _object(shape, payload, f"documents.{kind}", "文书内容", errors)
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


@cache
def _hints(shape: type) -> dict[str, Any]:
    return typing.get_type_hints(shape, include_extras=True)


def _object(shape: type, value: Any, path: str, label: str, errors: list[Refused]) -> dict:
    if not isinstance(value, dict):
        errors.append(Refused("document.shape", f"“{label}”应为一组字段。", path))
        return {}
    hints, result = _hints(shape), {}
    for name in sorted(value.keys() - hints.keys(), key=str):
        errors.append(Refused("document.unknown", f"“{label}”里没有“{name}”这个字段。", f"{path}.{name}"))
    for spec in fields(shape):
        here, name = f"{path}.{spec.name}", spec.metadata["label"]
        if spec.name not in value:
            if spec.default is MISSING:
                errors.append(Refused("document.missing", f"缺少“{name}”，请补充。", here))
            else:
                result[spec.name] = list(spec.default) if isinstance(spec.default, tuple) else spec.default
            continue
        required = spec.default is MISSING
        result[spec.name] = _value(hints[spec.name], value[spec.name], here, name, required, errors)
    return result


def _value(hint: Any, value: Any, path: str, label: str, required: bool, errors: list[Refused]) -> Any:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        if value is None:
            return None
        return _value(next(a for a in args if a is not type(None)), value, path, label, required, errors)
    if origin is Annotated:
        return _moment(args[1], value, path, label, errors)
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            errors.append(Refused("document.shape", f"“{label}”应为一个列表。", path))
            return []
        return [_value(args[0], one, f"{path}.{at}", label, True, errors) for at, one in enumerate(value)]
    if origin is Literal:
        if value not in args:
            errors.append(Refused("document.choice", f"“{label}”应为 {'、'.join(args)} 之一。", path))
        return value
    if is_dataclass(hint):
        return _object(hint, value, path, label, errors)
    if hint is str:
        return _text(value, path, label, required, errors)
    if not isinstance(value, hint) or (hint is int and (isinstance(value, bool) or value < 0)):
        kind = "是或否" if hint is bool else "不小于 0 的整数"
        errors.append(Refused("document.shape", f"“{label}”应为{kind}。", path))
    return value


def _text(value: Any, path: str, label: str, required: bool, errors: list[Refused]) -> str:
    if not isinstance(value, str):
        errors.append(Refused("document.shape", f"“{label}”应为文字。", path))
        return ""
    text = value.replace("\r\n", "\n").strip()
    if required and not text:
        errors.append(Refused("document.blank", f"“{label}”不能为空。", path))
    if len(text) > LONGEST:
        errors.append(Refused("document.long", f"“{label}”最多 {LONGEST} 字，现有 {len(text)} 字。", path))
    if any(unicodedata.category(c) in ("Cc", "Cs") and c != "\n" for c in text):
        errors.append(Refused("document.control", f"“{label}”含有不可打印的控制字符，请删去后重试。", path))
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
