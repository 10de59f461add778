"""Between acceptance and decision: special procedures, extensions, hearings, visits, supplements in review, a situation corrected."""

# ruff: noqa: RUF009 -- `f` is dataclasses.field with a label

from __future__ import annotations

from dataclasses import dataclass

from .intake import SupplementReceipt
from .parts import Common, Day, Gap, Line, Minute, f


@dataclass(kw_only=True)
class SpecialProcedure(Common):
    """08 特别程序告知书: told before time is left out of the limit (行政许可法 art. 45). `ground` in words.

    `legal_left`, `promised_left` in words ("6 个工作日"), as they stand when the clock is held; "" where it ran out before.
    """

    accepted_on: Day = f("受理日期")
    ground: str = f("特别程序")
    basis: str = f("法律依据")
    started_on: Day = f("开始日期")
    expected_days: int = f("所需时间")
    organiser: str = f("组织单位")
    reason: str = f("说明", "")
    legal_left: str = f("法定期限剩余", "")
    promised_left: str = f("承诺期限剩余", "")
    by_hand: bool = f("另行送达", False)


@dataclass(kw_only=True)
class SpecialProcedureEnd(Common):
    """特别程序结束告知书: the limit runs on from the next day; what was left out and the new due dates.

    `served_on` = the day from which it was left out, where the notice was not served the day it was issued.
    """

    ground: str = f("特别程序")
    started_on: Day = f("开始日期")
    ended_on: Day = f("结束日期")
    notice_number: str = f("特别程序告知书编号")
    result: str = f("结果", "")
    excluded_days: int = f("不计入的天数", 0)
    excluded_unit: str = f("单位", "个工作日")
    served_on: Day | None = f("告知书送达日期", None)
    legal_due: Day | None = f("法定办结日", None)
    promised_due: Day | None = f("承诺办结日", None)
    provisional: bool = f("日历推定", False)


@dataclass(kw_only=True)
class ExtensionNotice(Common):
    """延期通知书: who approved, how many days, the reason told to the applicant, the new due dates (行政许可法 art. 42).

    Both due dates are None while a special procedure keeps the clock; then they are told when it ends.
    """

    accepted_on: Day = f("受理日期")
    approver: str = f("批准人")
    approved_on: Day = f("批准日期")
    days: int = f("延长天数")
    unit: str = f("单位", "个工作日")
    reason: str = f("延期的理由")
    before: Day | None = f("原办结日", None)
    legal_due: Day | None = f("法定办结日", None)
    promised_due: Day | None = f("承诺办结日", None)
    provisional: bool = f("日历推定", False)


@dataclass(kw_only=True)
class InspectionNotice(Common):
    """联合踏勘通知书: one day and one place for all departments (浙江规定 art. 18). `excluded` = items whose clock rests meanwhile."""

    when: str = f("踏勘时间")
    where: str = f("踏勘地点")
    departments: tuple[str, ...] = f("参加部门")
    officers: tuple[Line, ...] = f("踏勘人员", ())
    excluded: tuple[str, ...] = f("踏勘期间不计入期限的事项", ())
    again: bool = f("复查", False)


@dataclass(kw_only=True)
class Finding:
    point: str = f("检查内容")
    verdict: str = f("结果")
    words: str = f("说明", "")


@dataclass(kw_only=True)
class Inspected:
    """What one department found and concluded; an empty conclusion was not given in time."""

    department: str = f("部门")
    officers: str = f("踏勘人员及证件号", "")
    findings: tuple[Finding, ...] = f("检查记录", ())
    conclusion: str = f("结论")
    words: str = f("结论说明", "")


@dataclass(kw_only=True)
class InspectionRecord(Common):
    """21 现场踏勘记录表: two officers a department with their badges (行政许可法 art. 34), findings, conclusions, signature."""

    held_on: Day = f("踏勘日期")
    where: str = f("踏勘地点")
    round: int = f("次数", 1)
    inspected: tuple[Inspected, ...] = f("各部门记录")
    rectify: tuple[Line, ...] = f("整改内容", ())
    rectify_by: Day | None = f("整改期限", None)
    photos: tuple[Line, ...] = f("现场照片", ())
    signature: str = f("申请人签名", "")
    signature_image: str = f("手写签名文件", "")
    signature_refused: str = f("拒签说明", "")


@dataclass(kw_only=True)
class RectificationNotice(Common):
    """整改通知书: one list of all departments and one period."""

    held_on: Day = f("踏勘日期")
    rectify: tuple[Line, ...] = f("整改内容")
    rectify_by: Day = f("整改期限")


@dataclass(kw_only=True)
class HearingRight(Common):
    """听证告知书: who may ask for a hearing, and until when (行政许可法 art. 36, 47)."""

    interest: str = f("涉及的重大利益")
    third_parties: tuple[str, ...] = f("利害关系人")
    request_by: Day = f("申请听证截止日")


@dataclass(kw_only=True)
class HearingNotice(Common):
    """听证通知书: time and place, in good time (行政许可法 art. 48). `excluded` = the hearing's time is not counted (art. 45)."""

    at: Minute = f("听证时间")
    location: str = f("听证地点")
    presider: str = f("主持人")
    reason: str = f("听证的事由")
    third_parties: tuple[str, ...] = f("利害关系人", ())
    excluded: bool = f("听证时间不计入期限", False)


@dataclass(kw_only=True)
class ReviewSupplementNotice(Common):
    """06/10/11/14 审查阶段补正通知书: it says that the clock goes on, unless the item's own rule leaves the time out (`excluded`)."""

    accepted_on: Day = f("受理日期")
    gaps: tuple[Gap, ...] = f("需补正的内容")
    cure_by: Day = f("补正截止日")
    due_on: Day | None = f("办结期限", None)
    excluded: bool = f("补正时间不计入期限", False)


@dataclass(kw_only=True)
class ReviewSupplementReceipt(SupplementReceipt):
    """审查阶段补正材料接收凭证: what came and what is still missing."""


@dataclass(kw_only=True)
class Changed:
    """What becomes of one item of a one-thing whose situation was corrected. due None = not known yet, or ended."""

    item: str = f("事项名称")
    change: str = f("变更")
    due: Day | None = f("办结期限", None)


@dataclass(kw_only=True)
class Amendment(Common):
    """办件变更告知书: a situation that proved wrong after acceptance: reason, items added and taken out, the new dates."""

    reason: str = f("变更的原因")
    changed_on: Day = f("变更日期")
    answers: tuple[Line, ...] = f("更正的情形")
    changes: tuple[Changed, ...] = f("事项变更", ())
    materials: tuple[str, ...] = f("增加的材料", ())
    due: Day | None = f("全部办结期限", None)
