"""Clocks, and the pauses and the extension that hold or lengthen them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import F, OuterRef, Q
from django.db.models.functions import JSONObject
from django.utils.functional import cached_property

from apps.journal.models import Chained
from apps.kit.time import beijing_midnight, today

from ..engine import counting, decision
from ..engine.counting import Limit

ONE_DAY = timedelta(days=1)


class Pause(models.Model):
    """Time that the law leaves out (XKF art. 45) for one subject: all its clocks of Clock.HELD are covered.

    It holds them from its written notice on (K6): `notified_on` null = not served yet, and nothing is left out.
    `expected_days` is what the notice told; when it really ends only `ended_on` says.
    """

    root_id = models.BigIntegerField(help_text="the application")
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    ground = models.CharField("情形", max_length=20)
    basis = models.TextField("依据")  # of a visit all that the item rests on
    organiser = models.CharField("组织单位", max_length=120)
    expected_days = models.PositiveSmallIntegerField("预计所需工作日")
    started_on = models.DateField("开始日")
    ended_on = models.DateField("结束日", null=True)
    notice = models.CharField("告知书文号", max_length=80)
    notified_on = models.DateField("告知书送达日", null=True)
    served_by = models.CharField("送达方式", max_length=12, blank=True)
    void_reason = models.CharField("作废原因", max_length=500, blank=True)

    class Meta:
        ordering = ["started_on", "pk"]
        indexes = [models.Index(fields=["root_id"], name="pause_root")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")), name="pause_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(notified_on__isnull=True) | Q(notified_on__gte=F("started_on")) & ~Q(served_by=""),
                name="pause_served_after_notice",
            ),
            models.CheckConstraint(
                condition=Q(void_reason="") | Q(notified_on__isnull=True), name="pause_void_never_held"
            ),
        ]

    def __str__(self):
        return f"{self.subject_type}:{self.subject_id} {self.ground} {self.started_on}—{self.ended_on or ''}"

    @property
    def about(self) -> str:
        return f"{self.subject_type}:{self.subject_id}"

    @property
    def waits(self) -> bool:
        """Its notice is issued and not served yet."""
        return self.ended_on is None and self.notified_on is None

    @property
    def holds(self) -> bool:
        """It is open and its notice was served: the clock stands still."""
        return self.ended_on is None and self.notified_on is not None

    def as_interval(self) -> counting.Pause:
        """As the engine counts it: what lies before the service of the notice is not left out."""
        served = self.notified_on is not None and (self.ended_on is None or self.notified_on <= self.ended_on)
        return counting.Pause(self.notified_on if served else self.started_on, self.ended_on, self.ground, True, served)


@dataclass(frozen=True, slots=True)
class Intervals:
    """What the dates of a clock follow from besides its limits: pauses, and the one extension that was approved."""

    pauses: tuple[Pause, ...] = ()
    extension: Extension | None = None

    def plus(self, pause: Pause) -> Intervals:
        return replace(self, pauses=(*self.pauses, pause))


class ClockSet(models.QuerySet):
    def with_intervals(self) -> ClockSet:
        """Pauses and extension in the same statement, for whoever counts or explains several clocks."""
        columns = {field.attname: field.attname for field in Pause._meta.concrete_fields}
        pauses = Pause.objects.filter(root_id=OuterRef("root_id")).values(row=JSONObject(**columns))
        return self.select_related("extension").annotate(pause_rows=ArraySubquery(pauses))


class Clock(Chained):
    """One limit running on one subject. The law's and the promise's days, the light, and the next moment that matters."""

    class Kind(models.TextChoices):
        DECISION = "decision", "审批期限"
        NOTICE = "notice", "一次性告知期限"
        CURE = "cure", "补正期限"
        GAP = "gap", "容缺补齐期限"
        DELIVERY = "delivery", "送达期限"
        STEP = "step", "环节期限"
        INSPECTION = "inspection", "踏勘结论期限"
        CONSULTATION = "consultation", "意见答复期限"
        HEARING_REQUEST = "hearing_request", "申请听证期限"
        HEARING_HOLD = "hearing_hold", "组织听证期限"
        REVIEW_CURE = "review_cure", "审查补正期限"
        COMMITMENT = "commitment", "承诺核查期限"
        RECTIFY = "rectify", "整改期限"
        RENEWAL = "renewal", "延续决定期限"
        CALLBACK = "callback", "差评回访期限"
        BUNDLE = "bundle", "一件事承诺期限"

    class State(models.TextChoices):
        RUNNING = "running", "计时中"
        PAUSED = "paused", "暂停"
        STOPPED = "stopped", "已停止"

    class Light(models.TextChoices):
        GREEN = "green", "绿灯"
        YELLOW = "yellow", "黄灯"
        RED = "red", "红灯"
        OVERDUE = "overdue", "超期"

    RISING = tuple(Light.values)
    # What stands still while its subject is in a special procedure. Notice, cure, gap and delivery run on.
    HELD = (Kind.DECISION, Kind.STEP)
    # A clock on one of these is of what was said of the service (an anonymous rating may stand behind it), not of the case.
    BESIDE = ("rectification",)
    ANNOUNCES = {Light.YELLOW: "turn_yellow", Light.RED: "turn_red", Light.OVERDUE: "lapse"}

    kind = models.CharField(max_length=20, choices=Kind)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    root_id = models.BigIntegerField(help_text="the application")
    region = models.CharField(max_length=20, help_text="node code")
    department = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    started_on = models.DateField()
    legal = models.JSONField(null=True)  # {"n", "unit"}
    promised = models.JSONField(null=True)
    legal_due = models.DateField(null=True)
    promised_due = models.DateField(null=True)
    due_on = models.DateField(null=True, help_text="the earlier of the two; null while paused")
    legal_left = models.PositiveSmallIntegerField(null=True, help_text="days left of a limit that a pause holds")
    promised_left = models.PositiveSmallIntegerField(null=True)
    provisional = models.BooleanField(default=False)
    light = models.CharField(max_length=10, choices=Light, default=Light.GREEN)
    yellow_on = models.DateField(null=True)
    red_on = models.DateField(null=True)
    next_change_at = models.DateTimeField(null=True)
    stopped_on = models.DateField(null=True)
    outcome = models.CharField(max_length=20, blank=True)
    facts = models.JSONField(default=dict)

    closing = ""  # set by who knows the case, where it stopped because there was no more to do in time: why

    objects = ClockSet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["next_change_at"], name="clock_due", condition=Q(next_change_at__isnull=False)),
            models.Index(fields=["root_id"], name="clock_root"),
            models.Index(fields=["region", "department", "due_on"], name="clock_open", condition=~Q(state="stopped")),
            models.Index(
                fields=["kind", "subject_type", "subject_id"],
                name="clock_provisional",
                condition=Q(provisional=True) & ~Q(state="stopped"),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="stopped") | Q(next_change_at__isnull=True), name="clock_still_when_stopped"
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
    def is_written(self) -> bool:
        """It ends on a day that was told in writing: no limit is counted, and no calendar moves it."""
        return self.legal is None and self.promised is None

    @property
    def legal_limit(self) -> Limit | None:
        return Limit(**self.legal) if self.legal else None

    @property
    def promised_limit(self) -> Limit | None:
        return Limit(**self.promised) if self.promised else None

    @property
    def about(self) -> str:
        """Its subject, "member:12"; the pauses of the same subject hold it."""
        return f"{self.subject_type}:{self.subject_id}"

    @cached_property
    def intervals(self) -> Intervals:
        """Its pauses and its extension; free of statements when loaded `with_intervals`, or not stored yet."""
        if self.pk is None or self.kind not in self.HELD:
            return Intervals()
        if "pause_rows" in self.__dict__:
            rows = sorted(
                (_revive(Pause, row) for row in self.pause_rows), key=lambda pause: (pause.started_on, pause.pk)
            )
        else:
            rows = Pause.objects.filter(root_id=self.root_id)
        return Intervals(tuple(row for row in rows if row.about == self.about), getattr(self, "extension", None))

    def stretch(self, extension: Extension) -> None:
        """The promise that this step belongs to got more days."""
        if within := self.facts.get("promise"):
            more = {"days": extension.days, "on": extension.approved_on.isoformat()}
            self.facts = {**self.facts, "promise": {**within, "more": more}}

    @property
    def ran_out_on(self) -> date | None:
        """The day of a limit that a pause no longer holds: it ended before."""
        return min((due for due in (self.promised_due, self.legal_due) if due is not None), default=None)

    def light_on(self, day: date) -> str:
        """The light that this clock's dates call for on a Beijing day. One that ran out before a pause stays overdue."""
        if self.due_on is None:
            last = self.ran_out_on
            return self.Light.OVERDUE if last is not None and day > last else self.Light.GREEN
        if day > self.due_on:
            return self.Light.OVERDUE
        if self.red_on is not None and day >= self.red_on:
            return self.Light.RED
        return self.Light.YELLOW if self.yellow_on is not None and day >= self.yellow_on else self.Light.GREEN

    def moment_after(self, light: str) -> datetime | None:
        """When the light next rises above `light`: a Beijing midnight, perhaps already passed. None: never. A procedure that began on
        the last day of a limit does not hold it: that day still counted, and it is over with it."""
        if self.due_on is None:
            last = self.ran_out_on if light != self.Light.OVERDUE else None
            return beijing_midnight(last + ONE_DAY) if last else None
        turns = {
            self.Light.YELLOW: self.yellow_on,
            self.Light.RED: self.red_on,
            self.Light.OVERDUE: self.due_on + ONE_DAY,
        }
        above = self.RISING[self.RISING.index(light) + 1 :]
        days = [turns[name] for name in above if turns[name] is not None]
        return beijing_midnight(min(days)) if days else None

    def advance(self) -> str | None:
        """Take on the light of today and the next moment; returns the verb that announces a new light."""
        light = self.light_on(today())
        risen = self.RISING.index(light) > self.RISING.index(self.light)
        self.light = light
        self.next_change_at = self.moment_after(light) if self.state != self.State.STOPPED else None
        return self.ANNOUNCES[light] if risen else None


class Extension(models.Model):
    """The one extension of a decision clock (XKF art. 42, K7). Only what was judged valid on its day stands here."""

    clock = models.OneToOneField(Clock, models.CASCADE, related_name="extension")
    days = models.PositiveSmallIntegerField("延长天数")
    approved_on = models.DateField("批准日")
    approver = models.CharField("批准人", max_length=100)
    reason = models.CharField("理由", max_length=500)
    notice = models.CharField("延期通知书文号", max_length=80)
    told_on = models.DateField("告知日")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(days__gt=0) & ~Q(reason=""), name="extension_has_reason")]

    def __str__(self):
        return f"{self.clock_id} +{self.days} {self.approved_on}"

    def as_granted(self) -> decision.Extension:
        return decision.Extension(self.days, self.approved_on)


def _revive(model: type[models.Model], row: dict) -> models.Model:
    """A row that came as JSON inside another one's statement."""
    return model(**{name: model._meta.get_field(name).to_python(value) for name, value in row.items()})
