"""A visit of several departments to one place: its parts, photos and the one list of what is to be mended."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.directory.models import Department, User

from .. import policy
from ..workflow_inspection import InspectionLife
from .case import Application, Member, guard
from .material import Quarantined


class Inspection(InspectionLife):
    """One visit of several departments to one place (联合踏勘), with its re-inspections: the organiser's row.

    `departments` = who takes part, for policy and lists. Day, place and signature are those of the current round; what an
    earlier round said stands in its record sheet.
    """

    class Half(models.TextChoices):
        MORNING = "am", "上午"
        AFTERNOON = "pm", "下午"

    application = models.ForeignKey(Application, models.CASCADE, related_name="inspections")
    organiser = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name="组织部门")
    departments = ArrayField(models.CharField(max_length=64), verbose_name="参加部门")
    round = models.PositiveSmallIntegerField("次", default=1)
    reply_by = models.DateField("报时间截止日")
    visit_on = models.DateField("踏勘日", null=True)
    half = models.CharField("上下午", max_length=2, choices=Half.choices, blank=True)
    visit_time = models.TimeField("时间", null=True)
    place = models.CharField("地点", max_length=200, blank=True)
    held_on = models.DateField("实际踏勘日", null=True)
    signature = models.CharField("申请人签名", max_length=100, blank=True)
    signature_image = models.CharField(max_length=200, blank=True, help_text="path and SHA-256 of the drawn one")
    signature_refused = models.CharField("拒签说明", max_length=300, blank=True)
    rectify_by = models.DateField("整改期限", null=True)
    record_document = models.BigIntegerField("记录表", null=True)
    list_document = models.BigIntegerField("整改通知书", null=True)
    cancel_reason = models.CharField("取消原因", max_length=500, blank=True)
    planned_at = models.DateTimeField("发起时间", auto_now_add=True)

    chain_root_field = "application"
    policy = staticmethod(policy.allow_inspection)
    lock_related = ("organiser",)

    class Meta:
        indexes = [
            models.Index(fields=["application"], name="inspection_of_case"),
            models.Index(fields=["organiser", "visit_on"], name="inspection_by_organiser"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["planned", "cancelled"]) | Q(visit_on__isnull=False) & ~Q(place=""),
                name="fixed_inspection_has_day_and_place",
            )
        ]
        triggers = guard(InspectionLife)

    def __str__(self):
        return f"inspection {self.pk} {self.visit_on or self.get_state_display()}"

    @property
    def when(self) -> str:
        """2017年10月12日上午9:30"""
        if self.visit_on is None:
            return ""
        return f"{self.visit_on:%Y年%-m月%-d日}{self.get_half_display()}{self.visit_time:%H:%M}"

    @property
    def stands(self) -> str:
        """A mark of when it is and who knows: by it a page says what it showed."""
        return f"{self.state}.{self.round}.{self.visit_on or ''}.{self.visit_time or ''}"[:40]


class InspectionPart(models.Model):
    """A department's part in one round: its free times, officers, findings and conclusion."""

    class Result(models.TextChoices):
        PASS = "pass", "符合"
        RECTIFY = "rectify", "整改后复查"
        FAIL = "fail", "不符合"

    application = models.ForeignKey(Application, models.CASCADE, related_name="inspection_parts")
    inspection = models.ForeignKey(Inspection, models.CASCADE, related_name="parts")
    round = models.PositiveSmallIntegerField(default=1)
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name="部门")
    members = ArrayField(models.BigIntegerField(), verbose_name="为哪些事项")
    times = ArrayField(models.CharField(max_length=13), default=list, verbose_name="空闲时间")  # 2017-10-12/am
    answered_on = models.DateField("报时间日", null=True)
    officers = models.JSONField("踏勘人员", default=list)  # [{"name", "badge"}]
    present = models.BooleanField("到场", null=True)
    findings = models.JSONField("检查记录", default=list)  # [{"point", "verdict", "words"}]
    due_on = models.DateField("结论期限", null=True)
    overdue = models.BooleanField("逾期未出具结论", default=False)
    result = models.CharField("结论", max_length=8, choices=Result.choices, blank=True)
    words = models.TextField("结论说明", blank=True)
    rectify_days = models.PositiveSmallIntegerField("整改天数（工作日）", null=True)
    concluded_on = models.DateField("结论日", null=True)
    concluded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="出具人")
    left = models.BooleanField("事项已终止，不再参加", default=False)

    chain_root_field = "application"
    policy = staticmethod(policy.allow_inspection_part)
    lock_related = ("inspection", "department")

    class Meta:
        ordering = ["round", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["inspection", "department", "round"], name="part_once_a_round"),
            models.CheckConstraint(
                condition=Q(result="") | Q(concluded_on__isnull=False), name="concluded_part_has_its_day"
            ),
        ]

    def __str__(self):
        return f"{self.department_id} in {self.inspection_id}/{self.round}"

    @property
    def codes(self) -> list[str]:
        """Of a case to which items were added, those that it looks at: by what the department answers for today, not by the plan, for
        which an item that was sent on is still the former department's. Of any other nobody asks."""
        if "former" not in self.application.plan:
            return []
        return list(Member.objects.filter(pk__in=self.members).values_list("code", flat=True))

    @property
    def open(self) -> bool:
        """Its conclusion is still waited for."""
        return not (self.result or self.overdue or self.left)

    @property
    def late(self) -> bool:
        return bool(self.concluded_on and self.due_on and self.concluded_on > self.due_on)


class RectificationLine(models.Model):
    """One line of the one rectification list (整改清单), naming the department that asked for it."""

    class State(models.TextChoices):
        OPEN = "open", "待整改"
        FIXED = "fixed", "已整改"
        UNFIXED = "unfixed", "未整改到位"

    part = models.ForeignKey(InspectionPart, models.CASCADE, related_name="lines")
    text = models.CharField("整改内容", max_length=500)
    state = models.CharField("状态", max_length=8, choices=State.choices, default=State.OPEN)
    words = models.CharField("复查情况", max_length=500, blank=True)
    checked_on = models.DateField("复查日", null=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.text[:40]


class InspectionPhoto(Quarantined):
    """A photo taken on the spot; its bytes are stored, examined and served as every upload."""

    part = models.ForeignKey(InspectionPart, models.CASCADE, related_name="photos")
    caption = models.CharField("说明", max_length=100, blank=True)
    name = models.CharField(max_length=150)
    content_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=120)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["next_scan_at"],
                name="photo_unscanned",
                condition=Q(scan__in=["waiting", "before"], removed_at__isnull=True),
            )
        ]

    def __str__(self):
        return self.caption or self.name

    @property
    def application_id(self) -> int:
        return self.part.application_id
