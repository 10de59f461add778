"""What one department asks others about a member, and what they answer."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.directory.models import Department, User
from apps.kit.time import today

from .. import policy
from ..workflow_consultation import ConsultationLife, OpinionLife
from .case import Application, Member, guard


class Consultation(ConsultationLife):
    """One question on a member. `materials` = the codes that the asker encloses: who is asked sees these and no others."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="consultations")
    member = models.ForeignKey(Member, models.CASCADE, related_name="consultations")
    asker = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name="征求部门")
    question = models.TextField("征求什么意见")
    materials = ArrayField(models.CharField(max_length=64), verbose_name="附送材料", default=list)
    asked_on = models.DateField("征求日")
    due_on = models.DateField("答复期限")
    resolution = models.TextField("分歧怎样处理", blank=True)
    resolved_on = models.DateField("处理日", null=True)
    resolved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="处理人")

    chain_root_field = "application"
    policy = staticmethod(policy.allow_consultation)
    lock_related = ("member", "asker")

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["member"], name="consultation_of_member"),
            models.Index(fields=["asker", "-id"], name="consultation_by_asker"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(state="resolved") | ~Q(resolution=""), name="resolved_with_reason")
        ]
        triggers = guard(ConsultationLife)

    def __str__(self):
        return f"consultation {self.pk} {self.state}"

    @property
    def resolver(self) -> str:
        """Whose word settles a conflict: the lead department of a one-thing, otherwise whoever answers for the item."""
        return self.application.lead or self.member.department_id

    @property
    def awaited_by(self) -> str:
        """Who waits for the answers: the department that asked, or who has its item since."""
        if self.asker_id in (self.member.department_id, self.application.lead):
            return self.asker_id
        return self.member.department_id


class Opinion(OpinionLife):
    """One department's answer."""

    class Answer(models.TextChoices):
        AGREE = "agree", "同意"
        CONDITIONS = "conditions", "附条件同意"
        DISAGREE = "disagree", "不同意"

    application = models.ForeignKey(Application, models.CASCADE, related_name="opinions")
    consultation = models.ForeignKey(Consultation, models.CASCADE, related_name="opinions")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name="被征求部门")
    due_on = models.DateField("答复期限")
    answer_given = models.CharField("意见", max_length=10, choices=Answer.choices, blank=True)
    reason = models.TextField("理由", blank=True)
    conditions = models.TextField("条件", blank=True)
    answered_on = models.DateField("答复日", null=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="答复人")

    chain_root_field = "application"
    policy = staticmethod(policy.allow_opinion)
    lock_related = ("consultation__member", "consultation__asker", "department")

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["department", "state", "due_on", "id"], name="opinion_inbox")]
        constraints = [
            models.UniqueConstraint(fields=["consultation", "department"], name="asked_once_a_department"),
            models.CheckConstraint(
                condition=~Q(state="answered") | (~Q(answer_given="") & ~Q(reason="") & Q(answered_on__isnull=False)),
                name="answered_with_reason",
            ),
        ]
        triggers = guard(OpinionLife)

    def __str__(self):
        return f"opinion {self.pk} {self.state}"

    @property
    def late(self) -> bool:
        return self.answered_on is not None and self.answered_on > self.due_on

    @property
    def overdue(self) -> bool:
        """Its day has passed unanswered, whether the sweep has come by or not."""
        return self.state == self.State.ASKED and today() > self.due_on

    @property
    def standing(self) -> str:
        """The state as of today: silence counts from its moment, not from the sweep."""
        return self.State.SILENT if self.overdue else self.state
