"""Where: regions with dated codes, departments, halls, zones and their windows (loaded from data, never typed in)."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q

from apps.journal.models import Chained


class Region(models.Model):
    """A region by its code: GB/T 2260 (6), township (9), village (12) or a development zone (330200-Z1).

    An abolished code stays: citizen numbers and old cases keep it, new work may not use it.
    """

    class Level(models.TextChoices):
        CITY = "city", "市"
        COUNTY = "county", "区县（市）"
        ZONE = "zone", "开发园区"
        TOWNSHIP = "township", "乡镇（街道）"
        VILLAGE = "village", "村（社区）"

    NODE_LEVELS = (Level.CITY, Level.COUNTY, Level.ZONE)

    code = models.CharField("编码", max_length=12, primary_key=True)
    name = models.CharField("名称", max_length=60)
    level = models.CharField("层级", max_length=10, choices=Level.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级"
    )
    node_code = models.CharField("所属节点", max_length=12, db_index=True)
    valid_from = models.DateField("生效日", null=True, blank=True)
    valid_to = models.DateField("最后有效日", null=True, blank=True)
    note = models.CharField("备注", max_length=200, blank=True)

    class Meta:
        verbose_name = "地区"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_from__lte=F("valid_to")),
                name="region_dates_in_order",
            ),
            models.CheckConstraint(
                condition=Q(level="city") | Q(parent__isnull=False), name="region_below_city_has_parent"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_node(self) -> bool:
        return self.level in self.NODE_LEVELS

    def valid_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    def told_on(self, day: date) -> str:
        """Its name, marked where it is no more."""
        return self.name if self.valid_to is None or day <= self.valid_to else f"{self.name}（已撤销）"


class Department(models.Model):
    """An agency, or a utility or bank that takes part in bundles but holds no administrative power."""

    class Kind(models.TextChoices):
        DEPARTMENT = "department", "行政机关"
        INSTITUTION = "institution", "事业单位"
        UTILITY = "utility", "公用企业"
        BANK = "bank", "银行"

    code = models.CharField("编码", max_length=64, primary_key=True)
    name = models.CharField("名称", max_length=120)
    short_name = models.CharField("简称", max_length=40, blank=True)
    uscc = models.CharField("统一社会信用代码", max_length=18, blank=True)
    region = models.ForeignKey(Region, models.PROTECT, related_name="departments", verbose_name="地区")
    phone = models.CharField("电话", max_length=30, blank=True)
    kind = models.CharField("性质", max_length=12, choices=Kind.choices, default=Kind.DEPARTMENT)

    class Meta:
        verbose_name = "部门"

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        return self.short_name or self.name

    @property
    def holds_power(self) -> bool:
        """Against what a utility or a bank says there is neither reconsideration nor administrative litigation."""
        return self.kind in (self.Kind.DEPARTMENT, self.Kind.INSTITUTION)


class Hall(models.Model):
    name = models.CharField("名称", max_length=120)
    region = models.ForeignKey(Region, models.PROTECT, related_name="halls", verbose_name="地区")

    class Meta:
        verbose_name = "办事大厅"
        constraints = [models.UniqueConstraint(fields=["region", "name"], name="one_hall_per_region_and_name")]

    def __str__(self) -> str:
        return self.name


class Zone(models.Model):
    """A zone (板块) of windows; an item of a zone is reachable from every window of it."""

    code = models.CharField("编码", max_length=64, primary_key=True)
    name = models.CharField("名称", max_length=60)
    hall = models.ForeignKey(Hall, models.PROTECT, null=True, blank=True, related_name="zones", verbose_name="大厅")
    region = models.ForeignKey(Region, models.PROTECT, related_name="zones", verbose_name="地区")

    class Meta:
        verbose_name = "窗口板块"

    def __str__(self) -> str:
        return self.name


class Window(models.Model):
    zone = models.ForeignKey(Zone, models.PROTECT, related_name="windows", verbose_name="板块")
    number = models.CharField("窗口号", max_length=20)
    closed = models.BooleanField("已停用", default=False)

    class Meta:
        verbose_name = "窗口"
        constraints = [models.UniqueConstraint(fields=["zone", "number"], name="one_window_per_zone_and_number")]

    def __str__(self) -> str:
        return f"{self.number} 号窗口"


class DirectoryVersion(Chained):
    """One row, drawn anew by every change of posts, accounts, absences or mandates: process caches compare it.

    A random number, not a counter: after a rollback or a restored backup the same number never means other facts.
    Its chain holds the loads of regions, departments and zones.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField()

    class Meta:
        verbose_name = "组织版本"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_directory_version")]

    def __str__(self) -> str:
        return str(self.number)
