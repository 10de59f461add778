"""What can be applied for, as dated versions, and the vocabulary of forms and materials."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q, Value

from apps.directory.models import Department, Region
from apps.journal.models import Chained
from apps.kit.pinyin import initials, pinyin

from . import policy
from .ways import own_ways
from .workflow import DefinitionLife, VersionLife


class Revision(Chained):
    """One row, drawn anew by every change of the catalogue: process caches compare it. Its chain tells of every load.

    A random number, not a counter: after a rollback or a restored backup the same number never means other facts.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = "目录版本号"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_catalogue_revision")]

    def __str__(self):
        return str(self.number)

    def policy(self, actor, verb, subject):
        policy.allow_office(actor)


class Element(models.Model):
    """A data element (数据元): one question, asked once however many items need it. `content` as in the schema."""

    code = models.CharField("编码", max_length=64, primary_key=True)
    content = models.JSONField("内容")

    class Meta:
        verbose_name = "数据元"

    def __str__(self):
        return self.code


class MaterialType(models.Model):
    """One document, handed in once however many items need it. `content` as in the schema."""

    code = models.CharField("编码", max_length=64, primary_key=True)
    content = models.JSONField("内容")

    class Meta:
        verbose_name = "材料类型"

    def __str__(self):
        return self.code


class Batch(models.Model):
    """A publication batch of at-most-once items (DOMAIN.md 1A.2)."""

    code = models.CharField("编码", max_length=64, primary_key=True)
    name = models.CharField("名称", max_length=200)
    published_on = models.DateField("公布日期")
    level = models.CharField("层级", max_length=1)

    class Meta:
        verbose_name = "公布批次"

    def __str__(self):
        return self.name


class Kind(models.TextChoices):
    ITEM = "item", "事项"
    BUNDLE = "bundle", "一件事"


class Definition(DefinitionLife, Chained):
    """An item or a one-thing bundle. Name, department and region are those of its newest version."""

    code = models.CharField("编码", max_length=64, primary_key=True)
    kind = models.CharField("类别", max_length=6, choices=Kind.choices)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="地区")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name="部门")
    name = models.TextField("名称")
    pinyin = models.TextField(editable=False)
    search = models.TextField(editable=False)

    class Meta:
        verbose_name = "事项目录条目"
        indexes = [
            GinIndex(fields=["search"], opclasses=["gin_trgm_ops"], name="definition_search"),
            models.Index(fields=["pinyin", "code"], name="definition_by_sound"),
        ]

    def __str__(self):
        return self.name

    def policy(self, actor, verb, subject):
        policy.allow_definition(actor, verb, self)

    def call(self, content: dict) -> None:
        """Take the name and owner of a version."""
        self.name = content["name"]
        self.region_id = content["region"]
        self.department_id = content["lead"]["department"] if self.kind == Kind.BUNDLE else content["department"]
        self.pinyin, self.search = sounds(self.code, content)


def sounds(code: str, content: dict) -> tuple[str, str]:
    """(pinyin for sorting, everything that a search may hit)."""
    name = content["name"]
    sound = pinyin(name)
    words = (name, sound, initials(name), code, content.get("implementation_code", ""))
    return sound, "\n".join(words).lower()


class _Range(Func):
    function = "daterange"
    output_field = DateRangeField()


class DefinitionVersion(VersionLife):
    """One dated wording. `content` is the file's entry with its region and without the two dates.

    `valid_to` is the last day on which it holds: the stated one, or the day before the next version.
    """

    chain_root_field = "definition"

    definition = models.ForeignKey(Definition, models.PROTECT, related_name="versions", verbose_name="条目")
    number = models.PositiveIntegerField("版本")
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("最后有效日", null=True, blank=True)
    stated_to = models.DateField("文件写明的最后有效日", null=True, blank=True)
    restated = ArrayField(models.DateField(), default=list, blank=True, verbose_name="再次写明的日期")
    content = models.JSONField("内容")
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField("写成时间", auto_now_add=True)
    published_at = models.DateTimeField("公布时间", null=True, blank=True)

    name = models.TextField("名称")
    pinyin = models.TextField(editable=False)
    search = models.TextField(editable=False)
    zone = models.CharField("板块", max_length=64, blank=True)
    city_wide = models.CharField("通办范围", max_length=6, default="none")
    accepting = models.BooleanField("统一受理", default=True)
    at_most_once = models.BooleanField("最多跑一次", default=False)
    audience = ArrayField(models.CharField(max_length=12), default=list)
    themes = ArrayField(models.TextField(), default=list)
    ways = ArrayField(models.CharField(max_length=12), default=list)  # of the eight, what its own content says
    batch = models.ForeignKey(
        Batch, models.PROTECT, null=True, blank=True, related_name="versions", verbose_name="公布批次"
    )

    class Meta:
        verbose_name = "版本"
        constraints = [
            models.UniqueConstraint(fields=["definition", "number"], name="version_number_once"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_from__lte=F("valid_to")), name="version_dates_in_order"
            ),
            ExclusionConstraint(
                name="one_version_on_a_day",
                expressions=[
                    ("definition", RangeOperators.EQUAL),
                    (_Range("valid_from", "valid_to", Value("[]")), RangeOperators.OVERLAPS),
                ],
                condition=Q(state="published"),
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]
        indexes = [
            GinIndex(fields=["search"], opclasses=["gin_trgm_ops"], name="version_search"),
            models.Index(fields=["pinyin", "id"], name="version_by_sound", condition=Q(state="published")),
        ]

    def __str__(self):
        return f"{self.definition_id} v{self.number}"

    def policy(self, actor, verb, subject):
        policy.allow_definition(actor, verb, self.definition)

    def describe(self) -> None:
        """Fill the columns that searches and filters use from the content."""
        content = self.content
        self.name = content["name"]
        self.pinyin, self.search = sounds(self.definition_id, content)
        self.zone = content.get("zone", "")
        self.city_wide = content.get("city_wide", "none")
        self.accepting = content.get("accepting", True)
        self.at_most_once = content.get("at_most_once", False)
        self.audience = content.get("audience", [])
        self.themes = content.get("themes", [])
        self.ways = own_ways(content)
        self.batch_id = content.get("batch")


class Standard(models.Model):
    """One version of a sector's approval standard (行业准入审批标准, DOMAIN.md rows 56, 61). Written once, never edited.

    It applies to bundles and items by their codes. A version holds from its first day until it ends or the next begins.
    """

    code = models.CharField("编码", max_length=64)
    version = models.PositiveIntegerField("版本")
    name = models.CharField("名称", max_length=200)
    sector = models.CharField("行业", max_length=60)
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("写明的最后有效日", null=True, blank=True)
    applies_to = ArrayField(models.CharField(max_length=64), verbose_name="适用的一件事和事项")
    departments = ArrayField(models.CharField(max_length=64), default=list, verbose_name="参与部门")
    points = models.JSONField("核查要点")  # [{"code", "text", "items" or "department", "basis"?, "evidence"?}]
    materials = ArrayField(models.TextField(), default=list, verbose_name="材料说明")
    flow = ArrayField(models.TextField(), default=list, verbose_name="流程说明")
    basis = ArrayField(models.TextField(), default=list, verbose_name="依据")
    provenance = models.CharField("出处", max_length=10)

    class Meta:
        verbose_name = "行业标准"
        ordering = ["code", "version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="standard_version_once"),
            models.UniqueConstraint(fields=["code", "valid_from"], name="standard_once_a_day"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_from__lte=F("valid_to")), name="standard_dates_in_order"
            ),
        ]

    def __str__(self):
        return f"{self.name} 第 {self.version} 版"


class SavedCheck(models.Model):
    """A self-check that somebody kept: an item or one-thing with the answers to its questions, found again by its number.

    It names nobody, so anybody who has the number may open it; the counter begins with its answers.
    """

    number = models.CharField("清单编号", max_length=10, unique=True)
    code = models.CharField("事项", max_length=64)
    answers = models.JSONField("回答", default=dict)
    created_at = models.DateTimeField("保存时间", auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = "自查清单"

    def __str__(self):
        return self.number
