"""The decision and its certificate, how they reach the applicant, what ends a case, and what follows a commitment not kept."""

# ruff: noqa: RUF009 -- `f` is dataclasses.field with a label

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .parts import Common, Contact, Day, Handed, Line, MaterialLine, Minute, f


@dataclass(kw_only=True)
class Grant(Common):
    """准予行政许可决定书. `certificate_number` is filled in when the certificate is queued in the same call."""

    accepted_on: Day = f("受理日期")
    decided_on: Day = f("决定日期")
    content: str = f("准予的内容")
    basis: tuple[str, ...] = f("法律依据")
    valid_from: Day | None = f("有效期自", None)
    valid_to: Day | None = f("有效期至", None)
    certificate_name: str = f("证照名称", "")
    certificate_number: str = f("证照编号", "")
    delivery_due: Day | None = f("送达截止日", None)
    provisional: bool = f("日历推定", False)
    licence: bool = f("行政许可事项", True)
    by_law: bool = f("依法视为准予", False)


@dataclass(kw_only=True)
class Certificate(Common):
    """证照, e.g. 食品经营许可证. valid_to None = long-term. `certificate_number` overrides this room's own number."""

    name: str = f("证照名称")
    valid_from: Day = f("有效期自")
    valid_to: Day | None = f("有效期至", None)
    lines: tuple[Line, ...] = f("证照内容", ())
    certificate_number: str = f("证照编号", "")
    remark: str = f("备注", "")


@dataclass(kw_only=True)
class Refusal(Common):
    """07 不予行政许可决定书: facts, reasons, basis and remedies (行政许可法 art. 38)."""

    accepted_on: Day = f("受理日期")
    decided_on: Day = f("决定日期")
    facts: str = f("事实", "")  # empty: told together with the reasons
    reasons: str = f("理由")
    basis: tuple[str, ...] = f("法律依据")
    licence: bool = f("行政许可事项", True)
    advice: Contact | None = f("审批咨询服务专员", None)


@dataclass(kw_only=True)
class ServiceReceipt(Common):
    """09 送达回证, made by `actions.hand_over`. method as in models.HandOver.Method; at = instant of the signature."""

    documents: tuple[Handed, ...] = f("送达的文书")
    method: str = f("送达方式")
    location: str = f("送达地点")
    collector: str = f("收件人")
    relation: str = f("与受送达人的关系")
    id_kind: str = f("证件类型", "")
    id_masked: str = f("证件号码", "")
    proxy_evidence: str = f("代领凭据", "")
    at: Minute = f("送达时间")
    signature: str = f("签名", "")
    signature_image: str = f("手写签名文件", "")
    refusal_reason: str = f("拒收事由", "")
    witnesses: tuple[str, ...] = f("见证人", ())
    remark: str = f("备注", "")


@dataclass(kw_only=True)
class Withdrawal(Common):
    """准予撤回通知: who asked, when, and the materials given back.

    `lapsed_after`: 视为撤回. Nobody asked; the supplement had not come by that day (浙江规定 art. 11).
    """

    requested_on: Day | None = f("申请撤回日期", None)
    requested_by: str = f("申请撤回人", "")
    lapsed_after: Day | None = f("补正截止日", None)
    reason: str = f("撤回原因", "")
    withdrawn_on: Day = f("准予撤回日期")
    returned: tuple[MaterialLine, ...] = f("退还的材料", ())


@dataclass(kw_only=True)
class Termination(Common):
    """办件终止告知: what ends without a decision, why, when, and the materials given back."""

    ended: tuple[str, ...] = f("终止的事项")
    reason: str = f("终止事由")
    ended_on: Day = f("终止日期")
    returned: tuple[MaterialLine, ...] = f("退还的材料", ())


@dataclass(kw_only=True)
class PickupSlip(Common):
    """领取凭单: what waits, where and from when. waits_for_all = the applicant chose one hand-over of everything."""

    results: tuple[Handed, ...] = f("待领取的结果")
    location: str = f("领取地点")
    hours: str = f("领取时间", "")
    ready_on: Day = f("可领取日期")
    waits_for_all: bool = f("统一领取", False)
    bring: tuple[str, ...] = f("请携带", ())


@dataclass(kw_only=True)
class CommitmentRectify(Common):
    """限期整改通知书: granted on a commitment, and found otherwise than promised (浙江规定 art. 14)."""

    decided_on: Day = f("准予日期")
    promised: str = f("承诺内容")
    facts: str = f("核查发现的事实")
    rectify_by: Day = f("整改截止日")


@dataclass(kw_only=True)
class PermitRevoked(Common):
    """撤销行政许可决定书: granted on a commitment that was not kept (浙江规定 art. 14, 行政许可法 art. 69)."""

    decided_on: Day = f("准予日期")
    facts: str = f("事实")
    rectify_by: Day | None = f("整改截止日", None)
    reason: str = f("撤销的理由")
    licence: bool = f("行政许可事项", True)


@dataclass(kw_only=True)
class Cancellation(Common):
    """注销决定书: what was granted ends, on the holder's own request (`asked_on`) or on a ground of the law (行政许可法 art. 70)."""

    decided_on: Day = f("准予日期")
    certificate: str = f("证照编号")
    asked_on: Day | None = f("申请注销日期", None)
    clause: str = f("注销的情形和依据")
    reason: str = f("理由")
    original: Literal["to_come", "returned", "lost"] = f("证照原件", "to_come")
    licence: bool = f("行政许可事项", True)


@dataclass(kw_only=True)
class CancellationDeclined(Common):
    """不予注销决定书: the holder asked, something stands against it, and the certificate stays in force."""

    decided_on: Day = f("准予日期")
    certificate: str = f("证照编号")
    asked_on: Day = f("申请注销日期")
    reason: str = f("不予注销的理由")
