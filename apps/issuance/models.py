"""Templates and letterheads by date, documents, the seal register and the issue register (送达回证)."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from apps.journal.models import Chained, append_only

from . import policy
from .secrecy import show
from .workflow import MOVES, RENDERED, VOID, DocumentLife


class Kind(models.TextChoices):
    RECEIPT = "receipt", "收件凭证"
    SUPPLEMENT_NOTICE = "supplement_notice", "补正告知书"
    SUPPLEMENT_RECEIPT = "supplement_receipt", "补正材料接收凭证"
    ACCEPTANCE = "acceptance", "受理通知书"
    ACCEPTANCE_WITH_GAP = "acceptance_with_gap", "容缺受理通知书"
    NON_ACCEPTANCE = "non_acceptance", "不予受理通知书"
    ACCEPTANCE_REVOKED = "acceptance_revoked", "撤销受理决定书"
    SPECIAL_PROCEDURE = "special_procedure", "特别程序告知书"
    SPECIAL_PROCEDURE_END = "special_procedure_end", "特别程序结束告知书"
    EXTENSION_NOTICE = "extension_notice", "延期通知书"
    GRANT = "grant", "准予决定书"
    CERTIFICATE = "certificate", "证照"
    REFUSAL = "refusal", "不予许可决定书"
    SERVICE_RECEIPT = "service_receipt", "送达回证"
    WITHDRAWAL = "withdrawal", "准予撤回通知书"
    PICKUP_SLIP = "pickup_slip", "领取凭单"
    INSPECTION_NOTICE = "inspection_notice", "联合踏勘通知书"
    INSPECTION_RECORD = "inspection_record", "现场踏勘记录表"
    RECTIFICATION_NOTICE = "rectification_notice", "整改通知书"
    HEARING_RIGHT = "hearing_right", "听证告知书"
    HEARING_NOTICE = "hearing_notice", "听证通知书"
    REVIEW_SUPPLEMENT_NOTICE = "review_supplement_notice", "审查阶段补正通知书"
    COMMITMENT_RECTIFY = "commitment_rectify", "限期整改通知书"
    PERMIT_REVOKED = "permit_revoked", "撤销许可决定书"
    REVIEW_SUPPLEMENT_SLIP = "review_supplement_slip", "审查阶段补正材料接收凭证"
    AMENDMENT = "amendment", "办件变更告知书"
    TERMINATION = "termination", "办件终止告知书"
    CANCELLATION = "cancellation", "注销决定书"
    CANCELLATION_DECLINED = "cancellation_declined", "不予注销决定书"


class DateRange(Func):
    """daterange(from, to, '[]'): both ends are valid days, an open end is NULL."""

    function = "daterange"
    output_field = DateRangeField()


def _days() -> DateRange:
    return DateRange(F("valid_from"), F("valid_to"), Value("[]"))


class SheetEdition(models.Model):
    """One row. `number` changes with every statement that touches templates or letterheads, and process memories compare it."""

    number = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_sheet_edition")]

    def __str__(self) -> str:
        return f"edition {self.number}"


def _new_edition(name: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete | pgtrigger.Truncate,
        func="""
            INSERT INTO issuance_sheetedition (id, number) VALUES (1, extract(epoch FROM clock_timestamp()) * 1000000)
            ON CONFLICT (id) DO UPDATE SET number = excluded.number;
            RETURN NULL;
        """,
    )


class DocumentTemplate(models.Model):
    """What one kind of document says from one day to another; the law changes by a new row, never by an edit.

    `html` is a template under templates/documents/. `number_pattern` knows {word}, {year}, {serial}, {region}.
    `texts` holds the fixed sentences, `remedies` and `basis` the law; braces in them name the letterhead's bodies.
    """

    kind = models.CharField("文书种类", max_length=24, choices=Kind.choices)
    version = models.PositiveSmallIntegerField("版本")
    valid_from = models.DateField("施行日期")
    valid_to = models.DateField("失效日期", null=True, blank=True)
    title = models.CharField("标题", max_length=60)
    html = models.CharField("版式", max_length=100)
    number_pattern = models.CharField("文号格式", max_length=60)
    basis = models.TextField("法律依据", blank=True)
    remedies = models.TextField("救济途径", blank=True)
    texts = models.JSONField("固定文字", default=dict)

    class Meta:
        verbose_name = "文书模板"
        constraints = [
            models.UniqueConstraint(fields=["kind", "version"], name="template_version_once"),
            ExclusionConstraint(
                name="one_template_a_day",
                expressions=[("kind", RangeOperators.EQUAL), (_days(), RangeOperators.OVERLAPS)],
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="template_stays", exclude=["valid_to"]),
            pgtrigger.Protect(name="template_kept", operation=pgtrigger.Delete),
            _new_edition("template_in_new_edition"),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.version}"


class Letterhead(models.Model):
    """By department or region code: the word in document numbers (机关代字) and where its decisions can be contested.

    A department without a row, or with an empty field, takes its node's.
    """

    scope = models.CharField("部门或区域", max_length=64)
    word = models.CharField("机关代字", max_length=20, blank=True)
    reconsideration_body = models.CharField("行政复议机关", max_length=100, blank=True)
    court = models.CharField("管辖法院", max_length=100, blank=True)
    valid_from = models.DateField("启用日期")
    valid_to = models.DateField("停用日期", null=True, blank=True)

    class Meta:
        verbose_name = "文头"
        constraints = [
            ExclusionConstraint(
                name="one_letterhead_a_day",
                expressions=[("scope", RangeOperators.EQUAL), (_days(), RangeOperators.OVERLAPS)],
            ),
        ]
        triggers = [_new_edition("letterhead_in_new_edition")]

    def __str__(self) -> str:
        return f"{self.scope} {self.word}"


class Document(DocumentLife, Chained):
    """One statutory document. What it says is frozen when it is queued; its file never changes once written.

    `payload` is the caller's content (payloads/) plus `office`: what this room added (bodies for remedies, the
    address behind the QR code). `root_id` is the application, `member_id` the member or None for the whole.
    """

    kind = models.CharField("文书种类", max_length=24, choices=Kind.choices)
    title = models.CharField("标题", max_length=100)
    number = models.CharField("文号", max_length=80, db_index=True)
    verify_code = models.CharField("查询码", max_length=16, unique=True)
    root_id = models.BigIntegerField("办件")
    member_id = models.BigIntegerField("子办件", null=True, blank=True)
    region = models.CharField("区域", max_length=20)
    department = models.CharField("部门", max_length=64, blank=True)
    day = models.DateField("落款日期")
    template = models.ForeignKey(DocumentTemplate, models.PROTECT, related_name="+", db_index=False)
    payload = models.JSONField("内容")
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name="替换的文书"
    )
    queued_at = models.DateTimeField("登记时间")
    rendered_at = models.DateTimeField("生成时间", null=True, blank=True)
    problem = models.TextField("未能生成的原因", blank=True)
    path = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    size = models.PositiveIntegerField("字节数", default=0)
    pages = models.PositiveSmallIntegerField("页数", default=0)
    extended_to = models.DateField("依法延续至", null=True, blank=True)
    void_reason = models.CharField("作废原因", max_length=500, blank=True)
    voided_at = models.DateTimeField("作废时间", null=True, blank=True)
    cancelled_on = models.DateField("注销日期", null=True, blank=True)

    class Meta:
        verbose_name = "文书"
        indexes = [
            models.Index(fields=["root_id", "id"], name="document_of_case"),
            models.Index(fields=["sha256"], name="document_by_digest", condition=~Q(sha256="")),
            models.Index(fields=["id"], name="document_waiting", condition=Q(state__in=["queued", "stuck", "failed"])),
        ]
        constraints = [
            # A reprinted certificate keeps its number.
            models.UniqueConstraint(fields=["number"], name="document_number_once", condition=Q(replaces__isnull=True)),
            models.CheckConstraint(
                condition=~Q(state=RENDERED) | (~Q(sha256="") & ~Q(path="") & Q(pages__gt=0)),
                name="rendered_document_has_its_file",
            ),
            models.CheckConstraint(condition=~Q(state=VOID) | ~Q(void_reason=""), name="void_document_says_why"),
        ]
        triggers = [
            pgtrigger.FSM(name="document_life", field="state", transitions=MOVES),
            pgtrigger.ReadOnly(
                name="document_content_stays",
                fields=[
                    "kind",
                    "title",
                    "number",
                    "verify_code",
                    "root_id",
                    "member_id",
                    "region",
                    "department",
                    "day",
                    "template",
                    "payload",
                    "replaces",
                    "queued_at",
                ],
            ),
            pgtrigger.Protect(
                name="document_file_stays",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__sha256="")
                & (
                    pgtrigger.Q(old__sha256__df=pgtrigger.F("new__sha256"))
                    | pgtrigger.Q(old__path__df=pgtrigger.F("new__path"))
                    | pgtrigger.Q(old__pages__df=pgtrigger.F("new__pages"))
                ),
            ),
            pgtrigger.Protect(name="document_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.number}"

    def policy(self, actor, verb: str, subject) -> None:
        policy.allow(actor, verb, self)

    @property
    def sealed(self) -> bool:
        return getattr(self, "seal_record", None) is not None


class SealRecord(models.Model):
    """That the keeper registered this file under a seal: number, SHA-256 of the stored bytes, keeper. Append-only.

    No image is stamped: the document itself says 未签章, and this register vouches for the bytes.
    """

    document = models.OneToOneField(Document, models.PROTECT, related_name="seal_record")
    seal_number = models.CharField("印章编号", max_length=60)
    sha256 = models.CharField("SHA-256", max_length=64)
    keeper_id = models.BigIntegerField("印章管理员", null=True)
    keeper_name = models.CharField("印章管理员姓名", max_length=60)
    at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = "签章登记"
        triggers = append_only("seal_record")

    def __str__(self) -> str:
        return f"{self.seal_number} {self.sha256[:12]}"


class HandOver(models.Model):
    """One line of the issue register: who took which papers, how he proved himself, and his signature. Append-only.

    `documents` freezes what was handed: [{"id", "kind", "title", "number", "sha256", "copies", "item"}]; `members` the members' ids.
    `collector_number` is encrypted (secrecy.py); lists show `collector_masked`.
    """

    class Method(models.TextChoices):
        DIRECT = "direct", "直接送达"
        AGENT = "agent", "委托代理人签收"
        LEFT = "left", "留置送达"
        MAIL = "mail", "邮寄送达"
        ELECTRONIC = "electronic", "电子送达"
        NOTICE = "notice", "公告送达"

    class Relation(models.TextChoices):
        SELF = "self", "本人"
        LEGAL_REP = "legal_rep", "法定代表人"
        GUARDIAN = "guardian", "监护人"
        AGENT = "agent", "委托代理人"
        FAMILY = "family", "同住成年家属"
        STAFF = "staff", "单位负责收件的人"

    class Paper(models.TextChoices):
        CITIZEN = "citizen_id", "居民身份证"
        PASSPORT = "passport", "护照"
        PERMIT = "permit", "港澳台居民来往内地（大陆）通行证"
        RESIDENCE = "residence", "外国人永久居留身份证"
        MILITARY = "military", "军人证件"

    root_id = models.BigIntegerField("办件", db_index=True)
    members = models.JSONField("子办件")
    documents = models.JSONField("送达的文书")
    method = models.CharField("送达方式", max_length=12, choices=Method.choices)
    location = models.CharField("送达地点", max_length=200)
    collector_name = models.CharField("收件人", max_length=100)
    relation = models.CharField("与受送达人的关系", max_length=10, choices=Relation.choices)
    id_kind = models.CharField("证件类型", max_length=12, choices=Paper.choices, blank=True)
    collector_secret = models.TextField("证件号码（加密）", blank=True)
    collector_masked = models.CharField("证件号码", max_length=40, blank=True)
    proxy_path = models.CharField("代领凭据", max_length=200, blank=True)
    proxy_sha256 = models.CharField(max_length=64, blank=True)
    signature = models.CharField("签名", max_length=100, blank=True)
    signature_path = models.CharField("手写签名", max_length=200, blank=True)
    signature_sha256 = models.CharField(max_length=64, blank=True)
    refusal_reason = models.CharField("拒收事由", max_length=500, blank=True)
    witnesses = models.JSONField("见证人", default=list)
    remark = models.CharField("备注", max_length=500, blank=True)
    clerk_id = models.BigIntegerField("送达人", null=True)
    clerk_name = models.CharField("送达人姓名", max_length=60)
    at = models.DateTimeField("送达时间")
    receipt = models.OneToOneField(Document, models.PROTECT, related_name="hand_over", verbose_name="送达回证")

    class Meta:
        verbose_name = "出件登记"
        indexes = [models.Index(fields=["at"], name="hand_over_by_day")]
        triggers = append_only("hand_over")

    def __str__(self) -> str:
        return f"{self.collector_name} {self.at:%Y-%m-%d}"

    @property
    def by_the_day(self) -> bool:
        """It is served by its day (民事诉讼法: the day on the mail's receipt, the last of a notice); the hour is nobody's word."""
        return self.method in (self.Method.MAIL, self.Method.NOTICE)

    @property
    def taken_back(self) -> bool:
        """Its 送达回证 is void: what it says was handed over lies at the desk again."""
        return self.receipt.state == VOID

    @property
    def collector_number(self) -> str:
        """The full number; read it only behind a logged reveal."""
        return show(self.collector_secret)
