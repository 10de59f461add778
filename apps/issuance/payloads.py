"""What each kind of document says: one dataclass per kind, frozen into `Document.payload` when the document is queued.

A room above fills one of these (or an equal dict) and hands it to `actions.queue_documents`. The fields common to all
documents are DOMAIN.md 2.5's; number, verification code, legal basis and remedies are added by this room from the dated
template rows, so no caller writes law. Shapes: `Day` = "2026-11-23" (Beijing date; a `date` is accepted),
`Minute` = ISO instant with offset (an aware `datetime` is accepted). A field without default is required and not blank.
Person numbers are given masked where the paper does not need them; a payload is shown as it is.
"""

# ruff: noqa: RUF009 -- `f` is dataclasses.field with a label

from __future__ import annotations

from dataclasses import MISSING, dataclass, field
from typing import Annotated, Any, Literal

Day = Annotated[str, "day"]
Minute = Annotated[str, "minute"]


def f(label: str, default: Any = MISSING) -> Any:
    """A field with its Chinese name, used in refusals."""
    return field(default=default, metadata={"label": label})


@dataclass(frozen=True, kw_only=True)
class Contact:
    name: str = f("名称", "")
    phone: str = f("电话", "")
    address: str = f("地址", "")


@dataclass(frozen=True, kw_only=True)
class Agency:
    """The MANDATING agency, in whose name the window acts (行政许可法 art. 24)."""

    name: str = f("行政机关名称")
    phone: str = f("联系电话", "")
    address: str = f("地址", "")


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Applicant or certificate holder. `number` is printed as given: mask a citizen number, a USCC is public."""

    kind: Literal["person", "enterprise"] = f("申请人类型")
    name: str = f("申请人姓名或名称")
    number: str = f("证件号码", "")
    legal_rep: str = f("法定代表人", "")
    agent: str = f("委托代理人", "")
    phone: str = f("联系电话", "")
    address: str = f("地址", "")


@dataclass(frozen=True, kw_only=True)
class Item:
    name: str = f("事项名称")
    implementation_code: str = f("实施编码", "")


@dataclass(frozen=True, kw_only=True)
class MaterialLine:
    """One material as it was handed in. form: paper 纸质 | electronic 电子 | shared 数据共享."""

    name: str = f("材料名称")
    form: Literal["paper", "electronic", "shared"] = f("材料形式")
    originals: int = f("原件份数", 0)
    copies: int = f("复印件份数", 0)
    note: str = f("备注", "")


@dataclass(frozen=True, kw_only=True)
class Gap:
    """One thing missing or wrong. Every one needs the legal requirement and how to cure it (行政许可法 art. 32(4))."""

    material: str = f("材料名称")
    problem: str = f("存在的问题", "缺少")
    requirement: str = f("法定要求")
    how: str = f("补正方式")
    basis: str = f("要求的依据", "")
    used_by: str = f("使用部门", "")


@dataclass(frozen=True, kw_only=True)
class Fee:
    """amount in yuan as text ("30.00"); None = assessed case by case from the basis."""

    name: str = f("收费项目")
    amount: str | None = f("金额", None)
    basis: str = f("收费依据", "")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One labelled line of a certificate's body, e.g. 经营项目: 热食类食品制售."""

    label: str = f("栏目")
    value: str = f("内容")


@dataclass(frozen=True, kw_only=True)
class Promise:
    """The applicant's signed promise to supply what is tolerated (浙江省保障“最多跑一次”改革规定 art. 11)."""

    text: str = f("承诺内容")
    signed_by: str = f("承诺人")
    signed_on: Day = f("承诺日期")


@dataclass(frozen=True, kw_only=True)
class Handed:
    """One paper that was handed over or waits for collection."""

    title: str = f("文书名称")
    number: str = f("文书编号", "")
    copies: int = f("份数", 1)
    item: str = f("所属事项", "")


@dataclass(frozen=True, kw_only=True)
class Common:
    """On every document. `items` names the members of a bundle; a single item leaves it empty.

    `place` is the window that acts on the agency's mandate. `handler` is the person to ask.
    """

    agency: Agency = f("行政机关")
    applicant: Holder = f("申请人")
    item: Item = f("事项")
    case_number: str = f("办件编号")
    date: Day = f("落款日期")
    handler: Contact = f("经办人")
    place: str = f("受理窗口", "")
    items: tuple[Item, ...] = f("包含事项", ())


@dataclass(frozen=True, kw_only=True)
class Receipt(Common):
    """01/12 收件凭证. `notice_last_day` = last day for the one-time notice; None where the law wants it on the spot."""

    received_at: Minute = f("收件时间")
    materials: tuple[MaterialLine, ...] = f("收到的材料")
    notice_last_day: Day | None = f("一次性告知截止日", None)
    online: bool = f("网上申请", False)


@dataclass(frozen=True, kw_only=True)
class SupplementNotice(Common):
    """02 补正告知书: ALL gaps at once, how and until when, what follows (行政许可法 art. 32(4); 浙江规定 art. 11)."""

    received_at: Minute = f("收件时间")
    gaps: tuple[Gap, ...] = f("需补正的内容")
    cure_by: Day | None = f("补正截止日", None)
    how: str = f("补正途径", "")


@dataclass(frozen=True, kw_only=True)
class SupplementReceipt(Common):
    """05/13 补正材料接收凭证: what came and what is still missing."""

    received_at: Minute = f("接收时间")
    materials: tuple[MaterialLine, ...] = f("收到的补正材料")
    still_missing: tuple[str, ...] = f("仍缺少的材料", ())
    cure_by: Day | None = f("补正截止日", None)
    notice_number: str = f("补正告知书编号", "")


@dataclass(frozen=True, kw_only=True)
class Acceptance(Common):
    """04 受理通知书. `deemed` = accepted by silence from the receipt date (行政许可法 art. 32(4)).

    `excluded` names the grounds whose time is foreseen to be left out of the limit, with the days needed (art. 45).
    `legal_limit`, `promised_limit` in words, e.g. "20 个工作日".
    """

    received_on: Day = f("收件日期")
    accepted_on: Day = f("受理日期")
    deemed: bool = f("逾期未告知视为受理", False)
    legal_limit: str = f("法定期限", "")
    legal_due: Day | None = f("法定办结日", None)
    promised_limit: str = f("承诺期限", "")
    promised_due: Day | None = f("承诺办结日", None)
    provisional: bool = f("日历推定", False)
    excluded: tuple[str, ...] = f("不计入期限的环节", ())
    fees: tuple[Fee, ...] = f("收费", ())
    delivery: str = f("送达方式", "")


@dataclass(frozen=True, kw_only=True)
class AcceptanceWithGap(Acceptance):
    """容缺受理通知书: also the missing list, the last day to cure, and the applicant's promise (浙江规定 art. 11)."""

    gaps: tuple[Gap, ...] = f("容缺材料")
    cure_by: Day = f("补正截止日")
    promise: Promise = f("申请人承诺")


@dataclass(frozen=True, kw_only=True)
class NonAcceptance(Common):
    """03 不予受理通知书. ground: not_our_power (name the competent agency) | no_permit_needed | bad_cure | other."""

    received_on: Day = f("收件日期")
    ground: Literal["not_our_power", "no_permit_needed", "bad_cure", "other"] = f("不予受理的情形")
    reason: str = f("不予受理的理由")
    basis: tuple[str, ...] = f("法律依据")
    competent_agency: Contact | None = f("有权办理的行政机关", None)
    advice: Contact | None = f("审批咨询服务专员", None)


@dataclass(frozen=True, kw_only=True)
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


@dataclass(frozen=True, kw_only=True)
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


@dataclass(frozen=True, kw_only=True)
class SpecialProcedureEnd(Common):
    """特别程序结束告知书: the limit runs on from the next day; what was left out and the new due dates."""

    ground: str = f("特别程序")
    started_on: Day = f("开始日期")
    ended_on: Day = f("结束日期")
    notice_number: str = f("特别程序告知书编号")
    result: str = f("结果", "")
    excluded_days: int = f("不计入的工作日", 0)
    legal_due: Day | None = f("法定办结日", None)
    promised_due: Day | None = f("承诺办结日", None)
    provisional: bool = f("日历推定", False)


@dataclass(frozen=True, kw_only=True)
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


@dataclass(frozen=True, kw_only=True)
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
    delivery: str = f("送达方式", "")
    licence: bool = f("行政许可事项", True)


@dataclass(frozen=True, kw_only=True)
class Certificate(Common):
    """证照, e.g. 食品经营许可证. valid_to None = long-term. `certificate_number` overrides this room's own number."""

    name: str = f("证照名称")
    valid_from: Day = f("有效期自")
    valid_to: Day | None = f("有效期至", None)
    lines: tuple[Line, ...] = f("证照内容", ())
    certificate_number: str = f("证照编号", "")
    remark: str = f("备注", "")


@dataclass(frozen=True, kw_only=True)
class Refusal(Common):
    """07 不予行政许可决定书: facts, reasons, basis and remedies (行政许可法 art. 38)."""

    accepted_on: Day = f("受理日期")
    decided_on: Day = f("决定日期")
    facts: str = f("事实")
    reasons: str = f("理由")
    basis: tuple[str, ...] = f("法律依据")
    licence: bool = f("行政许可事项", True)
    advice: Contact | None = f("审批咨询服务专员", None)


@dataclass(frozen=True, kw_only=True)
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


@dataclass(frozen=True, kw_only=True)
class Withdrawal(Common):
    """准予撤回通知: who asked, when, and the materials given back."""

    requested_on: Day = f("申请撤回日期")
    requested_by: str = f("申请撤回人")
    reason: str = f("撤回原因", "")
    withdrawn_on: Day = f("准予撤回日期")
    returned: tuple[MaterialLine, ...] = f("退还的材料", ())


@dataclass(frozen=True, kw_only=True)
class PickupSlip(Common):
    """领取凭单: what waits, where and from when. waits_for_all = the applicant chose one hand-over of everything."""

    results: tuple[Handed, ...] = f("待领取的结果")
    location: str = f("领取地点")
    hours: str = f("领取时间", "")
    ready_on: Day = f("可领取日期")
    waits_for_all: bool = f("统一领取", False)
    bring: tuple[str, ...] = f("请携带", ())


@dataclass(frozen=True, kw_only=True)
class InspectionNotice(Common):
    """联合踏勘通知书: one day and one place for all departments (浙江规定 art. 18). `excluded` = items whose clock rests meanwhile."""

    when: str = f("踏勘时间")
    where: str = f("踏勘地点")
    departments: tuple[str, ...] = f("参加部门")
    officers: tuple[Line, ...] = f("踏勘人员", ())
    excluded: tuple[str, ...] = f("踏勘期间不计入期限的事项", ())
    again: bool = f("复查", False)


@dataclass(frozen=True, kw_only=True)
class Finding:
    point: str = f("检查内容")
    verdict: str = f("结果")
    words: str = f("说明", "")


@dataclass(frozen=True, kw_only=True)
class Inspected:
    """What one department found and concluded; an empty conclusion was not given in time."""

    department: str = f("部门")
    officers: str = f("踏勘人员及证件号", "")
    findings: tuple[Finding, ...] = f("检查记录", ())
    conclusion: str = f("结论")
    words: str = f("结论说明", "")


@dataclass(frozen=True, kw_only=True)
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


@dataclass(frozen=True, kw_only=True)
class RectificationNotice(Common):
    """整改通知书: one list of all departments and one period."""

    held_on: Day = f("踏勘日期")
    rectify: tuple[Line, ...] = f("整改内容")
    rectify_by: Day = f("整改期限")


@dataclass(frozen=True, kw_only=True)
class HearingRight(Common):
    """听证告知书: who may ask for a hearing, and until when (行政许可法 art. 36, 47)."""

    interest: str = f("涉及的重大利益")
    third_parties: tuple[str, ...] = f("利害关系人")
    request_by: Day = f("申请听证截止日")


@dataclass(frozen=True, kw_only=True)
class HearingNotice(Common):
    """听证通知书: time and place, in good time (行政许可法 art. 48). `excluded` = the hearing's time is not counted (art. 45)."""

    at: Minute = f("听证时间")
    location: str = f("听证地点")
    presider: str = f("主持人")
    reason: str = f("听证的事由")
    third_parties: tuple[str, ...] = f("利害关系人", ())
    excluded: bool = f("听证时间不计入期限", False)


@dataclass(frozen=True, kw_only=True)
class ReviewSupplementNotice(Common):
    """06/10/11/14 审查阶段补正通知书: it says that the clock goes on, unless the item's own rule leaves the time out (`excluded`)."""

    accepted_on: Day = f("受理日期")
    gaps: tuple[Gap, ...] = f("需补正的内容")
    cure_by: Day = f("补正截止日")
    due_on: Day | None = f("办结期限", None)
    excluded: bool = f("补正时间不计入期限", False)


@dataclass(frozen=True, kw_only=True)
class ReviewSupplementReceipt(SupplementReceipt):
    """审查阶段补正材料接收凭证: what came and what is still missing."""


@dataclass(frozen=True, kw_only=True)
class Changed:
    """What becomes of one item of a one-thing whose situation was corrected. due None = not known yet, or ended."""

    item: str = f("事项名称")
    change: str = f("变更")
    due: Day | None = f("办结期限", None)


@dataclass(frozen=True, kw_only=True)
class Amendment(Common):
    """办件变更告知书: a situation that proved wrong after acceptance: reason, items added and taken out, the new dates."""

    reason: str = f("变更的原因")
    changed_on: Day = f("变更日期")
    answers: tuple[Line, ...] = f("更正的情形")
    changes: tuple[Changed, ...] = f("事项变更", ())
    materials: tuple[str, ...] = f("增加的材料", ())
    due: Day | None = f("全部办结期限", None)


@dataclass(frozen=True, kw_only=True)
class CommitmentRectify(Common):
    """限期整改通知书: granted on a commitment, and found otherwise than promised (浙江规定 art. 14)."""

    decided_on: Day = f("准予日期")
    promised: str = f("承诺内容")
    facts: str = f("核查发现的事实")
    rectify_by: Day = f("整改截止日")


@dataclass(frozen=True, kw_only=True)
class PermitRevoked(Common):
    """撤销行政许可决定书: granted on a commitment that was not kept (浙江规定 art. 14, 行政许可法 art. 69)."""

    decided_on: Day = f("准予日期")
    facts: str = f("事实")
    rectify_by: Day | None = f("整改截止日", None)
    reason: str = f("撤销的理由")
    licence: bool = f("行政许可事项", True)


PAYLOADS: dict[str, type[Common]] = {
    "receipt": Receipt,
    "supplement_notice": SupplementNotice,
    "supplement_receipt": SupplementReceipt,
    "acceptance": Acceptance,
    "acceptance_with_gap": AcceptanceWithGap,
    "non_acceptance": NonAcceptance,
    "acceptance_revoked": AcceptanceRevoked,
    "special_procedure": SpecialProcedure,
    "special_procedure_end": SpecialProcedureEnd,
    "extension_notice": ExtensionNotice,
    "grant": Grant,
    "certificate": Certificate,
    "refusal": Refusal,
    "service_receipt": ServiceReceipt,
    "withdrawal": Withdrawal,
    "pickup_slip": PickupSlip,
    "inspection_notice": InspectionNotice,
    "inspection_record": InspectionRecord,
    "rectification_notice": RectificationNotice,
    "hearing_right": HearingRight,
    "hearing_notice": HearingNotice,
    "review_supplement_notice": ReviewSupplementNotice,
    "review_supplement_slip": ReviewSupplementReceipt,
    "amendment": Amendment,
    "commitment_rectify": CommitmentRectify,
    "permit_revoked": PermitRevoked,
}


@dataclass(frozen=True)
class DocumentSpec:
    """One document to queue. `payload` is a dataclass of PAYLOADS[kind] or an equal dict.

    `region` and `department` are codes of the mandating agency; `member_id` is None for a document about the whole
    application; `replaces` is the id of the document that this one reprints.
    """

    kind: str
    root_id: int
    member_id: int | None
    region: str
    department: str
    payload: Any
    replaces: int | None = None
