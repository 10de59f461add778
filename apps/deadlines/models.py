"""Calendar versions, local exceptions, the statute book, light rules, and the clocks that they drive."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.journal.models import Chained
from apps.kit.time import beijing_midnight, today

from .engine.calendar import Arrangement, LocalDay
from .engine.counting import Limit
from .policy import allow_calendar, allow_exception

ONE_DAY = timedelta(days=1)


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
        "单位", max_length=10, choices=[("working", "工作日"), ("calendar", "自然日"), ("month", "月")]
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


class Clock(Chained):
    """One limit running on one subject. The law's and the promise's days, the light, and the next moment that matters."""

    class Kind(models.TextChoices):
        DECISION = "decision", "审批期限"
        NOTICE = "notice", "一次性告知期限"
        CURE = "cure", "补正期限"
        GAP = "gap", "容缺补齐期限"
        DELIVERY = "delivery", "送达期限"
        STEP = "step", "环节期限"

    class State(models.TextChoices):
        RUNNING = "running", "计时中"
        PAUSED = "paused", "暂停"
        STOPPED = "stopped", "已停止"

    class Light(models.TextChoices):
        GREEN = "green", "绿灯"
        YELLOW = "yellow", "黄灯"
        RED = "red", "红灯"
        OVERDUE = "overdue", "超期"

    ANNOUNCES = {Light.YELLOW: "turn_yellow", Light.RED: "turn_red", Light.OVERDUE: "lapse"}

    kind = models.CharField(max_length=20, choices=Kind)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    root_id = models.BigIntegerField(help_text="the application")
    region = models.CharField(max_length=20, help_text="node code")
    department = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    started_on = models.DateField()
    legal = models.JSONField(null=True)  # {"n", "unit"}
    promised = models.JSONField(null=True)
    legal_due = models.DateField(null=True)
    promised_due = models.DateField(null=True)
    due_on = models.DateField(null=True, help_text="the earlier of the two; null while paused")
    provisional = models.BooleanField(default=False)
    light = models.CharField(max_length=10, choices=Light, default=Light.GREEN)
    yellow_on = models.DateField(null=True)
    red_on = models.DateField(null=True)
    next_change_at = models.DateTimeField(null=True)
    stopped_on = models.DateField(null=True)
    outcome = models.CharField(max_length=20, blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["next_change_at"], name="clock_due", condition=Q(next_change_at__isnull=False)),
            models.Index(fields=["root_id"], name="clock_root"),
            models.Index(fields=["region", "department", "due_on"], name="clock_open", condition=~Q(state="stopped")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="running") | Q(next_change_at__isnull=True), name="clock_still_when_not_running"
            ),
            # A subject has one running clock of a kind: two clerks at once never start two.
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "kind"],
                condition=~Q(state="stopped"),
                name="clock_once_a_subject",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.subject_type}:{self.subject_id} → {self.due_on}"

    @property
    def legal_limit(self) -> Limit | None:
        return Limit(**self.legal) if self.legal else None

    @property
    def promised_limit(self) -> Limit | None:
        return Limit(**self.promised) if self.promised else None

    def light_on(self, day: date) -> str:
        """The light that this clock's dates call for on a Beijing day."""
        if self.due_on is None:
            return self.Light.GREEN
        if day > self.due_on:
            return self.Light.OVERDUE
        if self.red_on is not None and day >= self.red_on:
            return self.Light.RED
        return self.Light.YELLOW if self.yellow_on is not None and day >= self.yellow_on else self.Light.GREEN

    def moment_after(self, light: str) -> datetime | None:
        """When the light next rises above `light`: a Beijing midnight, perhaps already passed. None: never."""
        if self.due_on is None:
            return None
        turns = {
            self.Light.YELLOW: self.yellow_on,
            self.Light.RED: self.red_on,
            self.Light.OVERDUE: self.due_on + ONE_DAY,
        }
        above = self.Light.values[self.Light.values.index(light) + 1 :]
        days = [turns[name] for name in above if turns[name] is not None]
        return beijing_midnight(min(days)) if days else None

    def advance(self) -> str | None:
        """Take on the light of today and the next moment; returns the verb that announces a new light."""
        light = self.light_on(today())
        risen = self.Light.values.index(light) > self.Light.values.index(self.light)
        self.light = light
        self.next_change_at = self.moment_after(light)
        return self.ANNOUNCES[light] if risen else None
