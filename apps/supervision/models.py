"""Kept counters, which only the rollup writes, from the journal's events, so that nothing counts on view; and cards."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from apps.applications.models import Application
from apps.applications.models.case import Channel, guard
from apps.deadlines.models import CardRule, Clock
from apps.directory.models import Department, Region
from apps.journal.models import Chained

from .policy import allow_card
from .workflow import CardLife

LIGHTS = ("yellow", "red", "overdue")  # those that are counted
FROM = {channel: f"from_{channel}" for channel in Channel.values}  # the name under which a day counts what came in by it


class Progress(models.Model):
    """How far the rollup has read: every event of a transaction below `horizon` is counted."""

    horizon = models.BigIntegerField(default=0)
    after_event = models.BigIntegerField(default=0)
    at = models.DateTimeField(null=True)
    bundles = models.BooleanField(default=False, help_text="one-things that ended before these sums were kept are in")
    pre_checks = models.BooleanField(default=False, help_text="pre-checks that passed before these sums were kept are in")
    terminated = models.BooleanField(default=False, db_default=False, help_text="members that were ended before their number was kept are in")
    channels = models.BooleanField(default=False, db_default=False, help_text="cases received before their channel was counted are in")
    runs = models.BooleanField(default=False, db_default=False, help_text="results served before their runs were counted are in")
    beyond = models.BooleanField(default=False, db_default=False, help_text="results served before their runs stood beside the promise are in")
    instant = models.BooleanField(default=False, db_default=False, help_text="what was decided on the spot before it was counted is in")

    def __str__(self):
        return f"counted below {self.horizon}"


class DayCount(models.Model):
    """How often something happened on a Beijing day, at a node, for a department ("" = the node's whole)."""

    node = models.CharField(max_length=20)
    department = models.CharField(max_length=64, blank=True)
    day = models.DateField()
    name = models.CharField(max_length=30)
    value = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "node", "department", "name"], name="daycount_once")]

    def __str__(self):
        return f"{self.day} {self.node}/{self.department} {self.name}={self.value}"


class Gauge(models.Model):
    """How many there are now, at a node, for a department ("" = the node's whole)."""

    node = models.CharField(max_length=20)
    department = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=30)
    value = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["node", "department", "name"], name="gauge_once")]

    def __str__(self):
        return f"{self.node}/{self.department} {self.name}={self.value}"


class BundleCount(models.Model):
    """Sums over the one-things that ended on a Beijing day at a node; `name` is one of savings.SUMS."""

    node = models.CharField(max_length=20)
    code = models.CharField(max_length=64)
    day = models.DateField()
    name = models.CharField(max_length=30)
    value = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "node", "code", "name"], name="bundlecount_once")]

    def __str__(self):
        return f"{self.day} {self.node}/{self.code} {self.name}={self.value}"


class OpenMember(models.Model):
    """What the rollup knows of each undecided member, so that a light or an end moves the right gauge."""

    member_id = models.BigIntegerField(primary_key=True)
    node = models.CharField(max_length=20)
    department = models.CharField(max_length=64)
    light = models.CharField(max_length=10, default="green")

    def __str__(self):
        return f"member {self.member_id} {self.light}"


class ResultRuns(models.Model):
    """How often somebody came to a window for a result that is served (runs.py says what counts)."""

    member_id = models.BigIntegerField(primary_key=True)
    node = models.CharField(max_length=20)
    value = models.PositiveSmallIntegerField()
    promised = models.PositiveSmallIntegerField(null=True)  # at most so often, as the case's plan has it

    def __str__(self):
        return f"member {self.member_id}: {self.value} of {self.promised}"

    @property
    def beyond(self) -> bool:
        return self.promised is not None and self.value > max(self.promised, 1)


class FinishedDays(models.Model):
    """How many cases of an item or one-thing, decided in a year, took so many working days (usual.py says which count)."""

    code = models.CharField(max_length=64)
    year = models.PositiveSmallIntegerField()
    days = models.PositiveSmallIntegerField()
    value = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "year", "days"], name="finisheddays_once")]

    def __str__(self):
        return f"{self.code} {self.year}: {self.value} in {self.days} days"


class Card(Chained, CardLife):
    """What a light brought, once for a clock and light: a yellow or red card that wants a reason, or a reminder."""

    Form = CardRule.Gives

    clock = models.ForeignKey(Clock, models.PROTECT, related_name="+", db_index=False)
    light = models.CharField("亮灯", max_length=10, choices=Clock.Light)
    form = models.CharField("类别", max_length=10, choices=Form)
    kind = models.CharField("期限", max_length=20, choices=Clock.Kind)
    application = models.ForeignKey(Application, models.PROTECT, related_name="cards")
    name = models.CharField("事项名称", max_length=200)
    node = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="节点")
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="+", verbose_name="承办部门")
    due_on = models.DateField("期限")
    basis = models.CharField("依据", max_length=200)
    given_at = models.DateTimeField("给出时间", null=True)
    reason = models.CharField("部门的说明", max_length=500, blank=True)
    answered_by = models.CharField("说明人", max_length=60, blank=True)
    answered_at = models.DateTimeField("说明时间", null=True)
    end_reason = models.CharField("撤销或者失效的原因", max_length=500, blank=True)
    ended_at = models.DateTimeField("撤销或者失效时间", null=True)

    policy = staticmethod(allow_card)

    class Meta:
        indexes = [
            models.Index(fields=["node", "form"], name="card_standing", condition=Q(state__in=["given", "announced"]))
        ]
        constraints = [
            models.UniqueConstraint(fields=["clock", "light"], name="card_once_a_light"),
            models.CheckConstraint(condition=~Q(state="answered") | ~Q(reason=""), name="card_answer_has_reason"),
            models.CheckConstraint(condition=~Q(state="withdrawn") | ~Q(end_reason=""), name="card_end_has_reason"),
            models.CheckConstraint(
                condition=~Q(state__in=["given", "answered"]) | Q(department__isnull=False),
                name="card_wants_a_department",
            ),
        ]
        triggers = guard(CardLife)

    def __str__(self):
        return f"{self.get_form_display()} {self.clock_id} {self.light} {self.state}"

    @property
    def step(self) -> str:
        """What has become of the day: "环节期限临期"."""
        return f"{self.get_kind_display()}{TURNED[self.light]}"


TURNED = {Clock.Light.YELLOW: "临期", Clock.Light.RED: "即将到期", Clock.Light.OVERDUE: "已超期"}
