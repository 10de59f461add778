"""Whom we serve: citizens and enterprises by their checked numbers, mandates to act for others, logged reveals."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q

from apps.journal.models import Chained, append_only
from apps.kit.masking import mask_name
from apps.kit.time import beijing_date, today

from .. import policy
from .people import User


class Party(Chained):
    """A citizen (GB 11643 number) or an enterprise (USCC), once per kind and number."""

    class Kind(models.TextChoices):
        PERSON = "person", "个人"
        ENTERPRISE = "enterprise", "企业（组织）"

    FACTS = ("name", "id_number", "mobile", "address", "legal_rep_name", "legal_rep_id")  # all personal data that stands here

    kind = models.CharField("类别", max_length=10, choices=Kind.choices)
    name = models.CharField("姓名或名称", max_length=120)
    id_number = models.CharField("证件号码", max_length=18)
    mobile = models.CharField("手机号", max_length=20, blank=True)
    legal_rep_name = models.CharField("法定代表人", max_length=60, blank=True)
    legal_rep_id = models.CharField("法定代表人身份证号", max_length=18, blank=True)
    address = models.CharField("住址或住所", max_length=200, blank=True)
    pinyin = models.CharField(max_length=400, editable=False, blank=True)
    updated_at = models.DateTimeField("更新时间", auto_now=True)

    class Meta:
        verbose_name = "办事人"
        constraints = [
            models.UniqueConstraint(fields=["kind", "id_number"], name="one_party_per_number"),
            models.CheckConstraint(
                condition=Q(kind="enterprise") | Q(legal_rep_name="", legal_rep_id=""),
                name="only_enterprises_have_a_representative",
            ),
            models.CheckConstraint(condition=Q(kind__in=["person", "enterprise"]), name="party_kind_is_known"),
        ]

    representatives: frozenset[int] = frozenset()  # parties that act for this one by law; set by who asks the policy

    def __str__(self) -> str:
        return self.name

    def policy(self, actor, verb: str, subject):
        return policy.allow_party(actor, verb, self)

    @property
    def reveal_label(self) -> str:
        """A person masked; an enterprise's name is public."""
        return mask_name(self.name) if self.kind == self.Kind.PERSON else self.name

    def reveal_value(self, field: str) -> str:
        if field not in self.FACTS:
            raise KeyError(field)
        return getattr(self, field)


class Mandate(models.Model):
    """The agent may act for the principal: for all items, or for those in `scope` (a list of codes).

    A legal representative and a guardian do so by law, checked with the identity service; they may also give and take back
    mandates of the principal. A handler was authorised and passes nothing on.
    """

    class Kind(models.TextChoices):
        HANDLER = "handler", "授权经办"
        LEGAL_REP = "legal_rep", "法定代表人"
        GUARDIAN = "guardian", "监护人"

    BY_LAW = [Kind.LEGAL_REP, Kind.GUARDIAN]

    kind = models.CharField("类别", max_length=10, choices=Kind.choices, default=Kind.HANDLER)
    principal = models.ForeignKey(Party, models.PROTECT, related_name="mandates_given", verbose_name="委托人")
    agent = models.ForeignKey(Party, models.PROTECT, related_name="mandates_held", verbose_name="受托人")
    scope = models.JSONField("事项范围", default=list, blank=True)
    valid_from = models.DateField("开始日")
    valid_to = models.DateField("最后一日", null=True, blank=True)
    revoked_at = models.DateTimeField("撤销时间", null=True, blank=True)
    evidence = models.CharField("委托依据", max_length=200)

    chain_root_field = "principal"

    class Meta:
        verbose_name = "委托"
        constraints = [
            models.CheckConstraint(condition=~Q(principal=F("agent")), name="mandate_between_two"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="mandate_dates_in_order",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["handler", "legal_rep", "guardian"]), name="mandate_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.principal} → {self.agent}"

    @property
    def over(self) -> bool:
        return self.revoked_at is not None or (self.valid_to is not None and self.valid_to < today())

    @property
    def ended_on(self) -> date:
        """Of one that is over; it may have run out before it was taken back."""
        return min(day for day in (self.revoked_at and beijing_date(self.revoked_at), self.valid_to) if day)

    @property
    def ended(self) -> str:
        """When and how it came to its end, in words that both sides read: taken back, given up, or gone with who gave it."""
        if self.revoked_at:
            return f"{beijing_date(self.revoked_at):%Y年%-m月%-d日}终止"
        return f"{self.valid_to:%Y年%-m月%-d日}到期（含当日）"

    @property
    def told(self) -> str:
        return f"您替{self.principal.name}办理的授权已于{self.ended}。"

    def policy(self, actor, verb: str, subject) -> None:
        policy.allow_party(actor, verb, self.principal)


class Reveal(models.Model):
    """One masked value shown in full: who, what, why, when (PIPL 51, 54). Append-only in the database."""

    by = models.ForeignKey(User, models.PROTECT, related_name="reveals", verbose_name="查看人")
    node_code = models.CharField("节点", max_length=12, db_index=True)
    subject_type = models.CharField("对象类别", max_length=40)
    subject_id = models.BigIntegerField("对象编号")
    subject_label = models.CharField("对象（掩码）", max_length=120)
    field = models.CharField("字段", max_length=80)
    reason = models.CharField("原因", max_length=200)
    address = models.GenericIPAddressField("网络地址", null=True, blank=True)
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = "敏感信息查看记录"
        indexes = [
            models.Index(fields=["-at", "-id"], name="reveal_newest"),
            models.Index(fields=["by", "-at"], name="reveal_by_person"),
            models.Index(fields=["subject_type", "subject_id", "-at"], name="reveal_by_subject"),
        ]
        triggers = append_only("reveal")

    def __str__(self) -> str:
        return f"{self.by} {self.subject_label} {self.field}"
