"""From the receipt to acceptance, to its refusal, or to its revocation."""

# ruff: noqa: RUF009 -- `f` is dataclasses.field with a label

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .parts import Common, Contact, Day, Fee, Gap, MaterialLine, Minute, Promise, f


@dataclass(kw_only=True)
class Receipt(Common):
    """01/12 收件凭证. `notice_last_day` = last day for the one-time notice; None where the law wants it on the spot. `notice_days` =
    the item's own number of working days for it, where it is not the law's."""

    received_at: Minute = f("收件时间")
    materials: tuple[MaterialLine, ...] = f("收到的材料")
    notice_last_day: Day | None = f("一次性告知截止日", None)
    notice_days: int = f("事项自定的告知天数", 0)
    provisional: bool = f("日历推定", False)
    online: bool = f("网上申请", False)


@dataclass(kw_only=True)
class SupplementNotice(Common):
    """02 补正告知书: ALL gaps at once, how and until when, what follows (行政许可法 art. 32(4); 浙江规定 art. 11)."""

    received_at: Minute = f("收件时间")
    gaps: tuple[Gap, ...] = f("需补正的内容")
    cure_by: Day | None = f("补正截止日", None)
    how: str = f("补正途径", "")


@dataclass(kw_only=True)
class SupplementReceipt(Common):
    """05/13 补正材料接收凭证: what came and what is still missing."""

    received_at: Minute = f("接收时间")
    materials: tuple[MaterialLine, ...] = f("收到的补正材料")
    still_missing: tuple[str, ...] = f("仍缺少的材料", ())
    cure_by: Day | None = f("补正截止日", None)


@dataclass(kw_only=True)
class Acceptance(Common):
    """04 受理通知书. `deemed` = accepted by silence from the receipt date (行政许可法 art. 32(4)), or from `supplemented_on`,
    when everything that the notice had asked for was in.

    `excluded` names the grounds whose time is foreseen to be left out of the limit, with the days needed (art. 45).
    `legal_limit`, `promised_limit` in words, e.g. "20 个工作日".
    """

    received_on: Day = f("收件日期")
    accepted_on: Day = f("受理日期")
    deemed: bool = f("逾期未告知视为受理", False)
    supplemented_on: Day | None = f("补正材料收齐日期", None)
    legal_limit: str = f("法定期限", "")
    legal_due: Day | None = f("法定办结日", None)
    promised_limit: str = f("承诺期限", "")
    promised_due: Day | None = f("承诺办结日", None)
    provisional: bool = f("日历推定", False)
    excluded: tuple[str, ...] = f("不计入期限的环节", ())
    fees: tuple[Fee, ...] = f("收费", ())
    delivery: str = f("送达方式", "")


@dataclass(kw_only=True)
class AcceptanceWithGap(Acceptance):
    """容缺受理通知书: also the missing list, the last day to cure, and the applicant's promise (浙江规定 art. 11)."""

    gaps: tuple[Gap, ...] = f("容缺材料")
    cure_by: Day = f("补正截止日")
    promise: Promise = f("申请人承诺")


@dataclass(kw_only=True)
class NonAcceptance(Common):
    """03 不予受理通知书. ground: not_our_power (name the competent agency) | no_permit_needed | bad_cure | other."""

    received_on: Day = f("收件日期")
    ground: Literal["not_our_power", "no_permit_needed", "bad_cure", "other"] = f("不予受理的情形")
    reason: str = f("不予受理的理由")
    basis: tuple[str, ...] = f("法律依据")
    competent_agency: Contact | None = f("有权办理的行政机关", None)
    advice: Contact | None = f("审批咨询服务专员", None)


@dataclass(kw_only=True)
class AcceptanceRevoked(Common):
    """撤销受理决定书: a tolerated gap that was not cured in time (浙江规定 art. 11): facts and reason in writing."""

    accepted_on: Day = f("受理日期")
    acceptance_number: str = f("受理通知书编号", "")
    cure_by: Day = f("补正截止日")
    gaps: tuple[Gap, ...] = f("未补正的材料")
    facts: str = f("事实")
    reason: str = f("撤销的理由")
    basis: tuple[str, ...] = f("法律依据", ())
    advice: Contact | None = f("审批咨询服务专员", None)
