"""Ratings, what they set right, questions, and the counters that are public."""

from __future__ import annotations

from hashlib import sha256

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.applications.models import Application, Inspection
from apps.applications.models.case import guard
from apps.directory.models import Party, User
from apps.journal.models import Chained
from apps.kit.jsontext import text
from apps.kit.time import today

from . import policy, scale
from .workflow import EnquiryLife, RectificationLife


def visit_name(inspection: int, round: int) -> str:
    return f"visit-{inspection}-{round}"


def visit_label(round: int) -> str:
    return "现场踏勘" if round == 1 else f"现场复查（第{round}次）"


class Rating(Chained):
    """One opinion of one event of a case, given by the applicant's side; never changed, once followed by a second one."""

    class Step(models.TextChoices):
        INTAKE = "intake", "收件服务"
        RESULT = "result", "办理结果"
        VISIT = "visit", "现场踏勘"

    application = models.ForeignKey(Application, models.PROTECT, related_name="ratings")
    step = models.CharField("评价的环节", max_length=10, choices=Step)
    inspection = models.ForeignKey(Inspection, models.PROTECT, null=True, related_name="+", verbose_name="踏勘")
    round = models.PositiveSmallIntegerField("第几次踏勘", null=True)
    party = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name="评价人")
    anonymous = models.BooleanField("匿名", default=False)
    level = models.PositiveSmallIntegerField("等级")
    tags = ArrayField(models.CharField(max_length=30), default=list)
    text = models.CharField("说明", max_length=500, blank=True)
    again = models.PositiveSmallIntegerField("整改后的等级", null=True)
    counts = models.BooleanField("计入得分", default=True)
    node = models.CharField(max_length=20)
    department = models.CharField(max_length=64, blank=True)
    code = models.CharField("事项", max_length=64)
    name = models.CharField("事项名称", max_length=200)
    channel = models.CharField("渠道", max_length=8)
    at = models.DateTimeField("评价时间", auto_now_add=True)

    policy = staticmethod(policy.allow_rating)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "step"], condition=Q(inspection__isnull=True), name="rating_once_an_event"
            ),
            models.UniqueConstraint(fields=["inspection", "round"], name="rating_once_a_visit"),
            models.CheckConstraint(
                condition=Q(step="visit", inspection__isnull=False, round__isnull=False)
                | ~Q(step="visit") & Q(inspection__isnull=True, round__isnull=True),
                name="rating_of_a_visit_says_which",
            ),
            models.CheckConstraint(condition=Q(level__range=(1, 5)), name="rating_has_a_level"),
        ]
        indexes = [models.Index(fields=["node", "-id"], name="rating_by_node")]

    def __str__(self):
        return f"{self.get_step_display()} {self.level}"

    @property
    def occasion(self) -> str:
        """Its event's name in addresses: the step, of a visit which one."""
        return visit_name(self.inspection_id, self.round) if self.inspection_id else self.step

    @property
    def label(self) -> str:
        return visit_label(self.round) if self.inspection_id else self.get_step_display()

    @property
    def words(self) -> str:
        """What was said, to who said it: the level, the one given after it was set right, the reasons."""
        names = {level: row.name for level, row in scale.levels().items()}
        again = f"，整改以后{names[self.again]}" if self.again else ""
        reasons = "、".join([*scale.tag_names(self.tags), *([self.text] if self.text else [])])
        return f"{names[self.level]}{again}{f'（{reasons}）' if reasons else ''}"

    @property
    def may_follow(self) -> bool:
        """What was bad is set right or explained, and the second rating is not given yet."""
        letter = getattr(self, "rectification", None)
        return self.again is None and letter is not None and letter.state == Rectification.State.CLOSED


class Rectification(Chained, RectificationLife):
    """What follows a bad rating or a complaint: the letter with its day, the call, the unit's reply, a check from outside the unit."""

    class Source(models.TextChoices):
        RATING = "rating", "差评"
        COMPLAINT = "complaint", "投诉"

    source = models.CharField("来源", max_length=10, choices=Source)
    rating = models.OneToOneField(Rating, models.PROTECT, null=True, related_name="rectification")
    application = models.ForeignKey(Application, models.PROTECT, related_name="rectifications")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name="提出人")
    anonymous = models.BooleanField("匿名", default=False)
    node = models.CharField(max_length=20)
    department = models.CharField(max_length=64, blank=True)
    name = models.CharField("事项名称", max_length=200)
    facts = models.CharField("反映的问题", max_length=1000)
    opened_on = models.DateField("登记日")
    due_on = models.DateField("答复期限")
    called_at = models.DateTimeField("回访时间", null=True)
    call_note = models.CharField("回访记录", max_length=500, blank=True)
    appeal_reason = models.CharField("申诉理由", max_length=500, blank=True)
    measures = models.CharField("整改措施", max_length=1000, blank=True)
    answer = models.CharField("对办事人的答复", max_length=1000, blank=True)
    replied_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="答复人")
    verdict = models.CharField("核查意见", max_length=500, blank=True)
    overdue = models.BooleanField("逾期", default=False)

    policy = staticmethod(policy.allow_rectification)

    class Meta:
        triggers = guard(RectificationLife)
        indexes = [
            models.Index(fields=["node", "department", "state", "due_on", "id"], name="rectification_by_unit"),
            models.Index(fields=["application"], name="rectification_of_case"),
        ]

    def __str__(self):
        return f"{self.get_source_display()} {self.name}"

    @property
    def wants_call(self) -> bool:
        """Bad ratings with a name are all called back, unless the appeal was right before it was done."""
        named = self.source == self.Source.RATING and not self.anonymous
        return named and self.called_at is None and self.state in self.OPEN

    @property
    def waits_past_its_day(self) -> bool:
        return self.state in self.WITH_UNIT and self.due_on < today()

    @property
    def said(self) -> str:
        """A mark of what its unit has said: by it a page says what it showed."""
        told = [self.department, self.measures, self.answer, self.appeal_reason]
        return sha256(text(told).encode()).hexdigest()[:16]

    @property
    def appealed_in_vain(self) -> bool:
        return bool(self.appeal_reason) and self.state not in (self.State.APPEALED, self.State.DISMISSED)


class Enquiry(Chained, EnquiryLife):
    """在线咨询: a question, who answers it by when, and whether question and answer stand among the frequent ones."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name="咨询人")
    code = models.CharField("事项", max_length=64, blank=True)
    name = models.CharField("事项名称", max_length=200, blank=True)
    node = models.CharField(max_length=20)
    department = models.CharField(max_length=64, blank=True)
    question = models.CharField("问题", max_length=1000)
    asked_at = models.DateTimeField("提问时间", auto_now_add=True)
    reply_by = models.DateField("答复期限")
    answer = models.CharField("答复", max_length=2000, blank=True)
    answered_at = models.DateTimeField("答复时间", null=True)
    public_question = models.CharField("公开的问题", max_length=300, blank=True)
    public_answer = models.CharField("公开的答复", max_length=2000, blank=True)
    published_on = models.DateField("公开日", null=True)

    policy = staticmethod(policy.allow_enquiry)

    class Meta:
        triggers = guard(EnquiryLife)
        indexes = [
            models.Index(fields=["node", "department", "state", "reply_by", "id"], name="enquiry_by_unit"),
            models.Index(fields=["party", "-id"], name="enquiry_by_party"),
            models.Index(fields=["code"], name="enquiry_public", condition=Q(published_on__isnull=False)),
        ]

    def __str__(self):
        return self.question[:30]

    @property
    def waits_past_its_day(self) -> bool:
        return self.state == self.State.ASKED and self.reply_by < today()


class Score(models.Model):
    """Kept counter: how many ratings of a level that count, by unit and month of the rating."""

    node = models.CharField(max_length=20)
    department = models.CharField(max_length=64, blank=True)
    month = models.DateField()
    level = models.PositiveSmallIntegerField()
    value = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["node", "department", "month", "level"], name="score_once")]

    def __str__(self):
        return f"{self.month:%Y-%m} {self.node}/{self.department} {self.level}={self.value}"
