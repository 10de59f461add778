"""Calendar versions, local exceptions, the statute book, light and card rules, and the counting again after a change of the calendar."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.journal.models import Chained, Event

from ..engine.calendar import Arrangement, LocalDay
from ..policy import allow_calendar, allow_exception


class Edition(Chained):
    """One row. `number` changes with everything below that clocks are computed from, and process caches compare it."""

    number = models.BigIntegerField()
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the files loaded last")

    policy = staticmethod(allow_calendar)

    def __str__(self):
        return f"edition {self.number}"


class CalendarVersion(models.Model):
    """One version of one year's arrangement, by the year in which its days lie. As known on a day = the latest
    version whose `known_from` is not after it."""

    year = models.PositiveSmallIntegerField("年份")
    known_from = models.DateField("所知日")
    superseded_on = models.DateField("被取代日", null=True, blank=True)
    notice = models.CharField("文号", max_length=200, blank=True)
    sources = models.JSONField("来源", default=list)
    days_off = ArrayField(models.DateField(), verbose_name="放假")
    make_up = ArrayField(models.DateField(), verbose_name="调休上班")
    note = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        ordering = ["year", "known_from"]
        constraints = [
            models.UniqueConstraint(fields=["year", "known_from"], name="calendarversion_once"),
            models.CheckConstraint(
                condition=Q(superseded_on__isnull=True) | Q(superseded_on__gt=models.F("known_from")),
                name="calendarversion_superseded_later",
            ),
        ]

    def __str__(self):
        return f"{self.year}（{self.known_from} 起所知）"

    def as_arrangement(self) -> Arrangement:
        return Arrangement(self.year, self.known_from, frozenset(self.days_off), frozenset(self.make_up), self.notice)


class LocalException(Chained):
    """A day on which one node (region "" = every node) differs from the arrangement: a typhoon, an extra opening."""

    region = models.CharField("节点", max_length=20, blank=True)
    day = models.DateField("日期")
    working = models.BooleanField("上班")
    reason = models.CharField("原因", max_length=200)
    withdrawn = models.BooleanField("已撤销", default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["region", "day"], condition=Q(withdrawn=False), name="localexception_once_a_day"
            )
        ]

    policy = staticmethod(allow_exception)

    def __str__(self):
        return f"{self.region or '全市'} {self.day} {self.reason}"

    def as_local_day(self) -> LocalDay:
        return LocalDay(self.working, self.reason)


class Rule(models.Model):
    """A number of the law and the days between which it holds (valid_to = its last day)."""

    code = models.CharField(max_length=40)
    name = models.CharField("名称", max_length=80)
    value = models.PositiveIntegerField("数值")
    unit = models.CharField(
        "单位", max_length=10, choices=[("working", "工作日"), ("calendar", "自然日"), ("month", "月"), ("case", "件")]
    )
    valid_from = models.DateField("施行日")
    valid_to = models.DateField("最后有效日", null=True, blank=True)
    source = models.CharField("法规条款", max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "valid_from"], name="rule_once")]

    def __str__(self):
        return f"{self.name} {self.value}{self.get_unit_display()}"


class LightRule(models.Model):
    """When the clocks of a kind turn yellow and red: so many working days, or so much of the limit, are left.

    Of the two the smaller counts: a short clock is not born yellow, a long one not yellow for weeks. `kind` "" = all
    kinds without a row of their own.
    """

    kind = models.CharField(max_length=20, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    yellow_days = models.PositiveSmallIntegerField()
    yellow_percent = models.PositiveSmallIntegerField()
    red_days = models.PositiveSmallIntegerField()
    red_percent = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "valid_from"], name="lightrule_once"),
            models.CheckConstraint(
                condition=Q(red_days__lte=models.F("yellow_days"), red_percent__lte=models.F("yellow_percent")),
                name="lightrule_red_after_yellow",
            ),
        ]

    def __str__(self):
        return f"{self.kind or '*'} {self.yellow_days}/{self.red_days}"


class CardRule(models.Model):
    """What a light of a kind of clock brings to who answers for it: a card that wants an answer, or a reminder."""

    class Gives(models.TextChoices):
        YELLOW = "yellow", "黄牌"
        RED = "red", "红牌"
        ALERT = "alert", "提醒"

    kind = models.CharField(max_length=20)
    light = models.CharField(max_length=10)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    gives = models.CharField(max_length=10, choices=Gives)
    source = models.CharField("依据", max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "light", "valid_from"], name="cardrule_once")]

    def __str__(self):
        return f"{self.kind} {self.light} {self.get_gives_display()}"


class Recount(models.Model):
    """Open clocks counted again after one change of the calendar, batch by batch: what changed, and how far it is."""

    event = models.OneToOneField(Event, models.PROTECT, null=True, related_name="+")
    why = models.CharField("原因", max_length=300, blank=True)
    region = models.CharField("节点", max_length=20, blank=True)
    first = models.DateField("首日")
    last = models.DateField("末日")
    total = models.PositiveIntegerField("待核", null=True, help_text="counted once, when the work begins")
    done = models.PositiveIntegerField("已核", default=0)
    moved = models.PositiveIntegerField("已改期", default=0)
    after = models.BigIntegerField(default=0, help_text="the last clock that was counted")
    opened_at = models.DateTimeField("开始时间", auto_now_add=True)
    finished_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        indexes = [models.Index(fields=["id"], name="recount_open", condition=Q(finished_at__isnull=True))]

    def __str__(self):
        return f"{self.first}—{self.last} {self.done}/{self.total}"
