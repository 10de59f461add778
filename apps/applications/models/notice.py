"""What was told and asked: notices of gaps, answers put right, internal notes."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from apps.directory.models import User

from .case import Application


class Notice(models.Model):
    """A one-time notice of gaps: before acceptance (补正) or with an acceptance that tolerates gaps (容缺)."""

    class Kind(models.TextChoices):
        SUPPLEMENT = "supplement", "补正告知"
        GAP = "gap", "容缺告知"

    application = models.ForeignKey(Application, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    gaps = models.JSONField()  # [{"material", "name", "requirement"}]
    fields = models.JSONField(default=list)  # answers to be put right: [{"element", "name", "problem", "needed_by"}]
    came = models.JSONField(
        default=dict
    )  # {material or "answers.<element>": {"on", "at", "by", "originals", "copies", "remark"}}
    issued_on = models.DateField()
    asked_at = models.DateTimeField("告知时间", default=timezone.now)
    days = models.PositiveSmallIntegerField("期限（工作日）")
    cure_by = models.DateField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "kind"], name="told_once")]

    def __str__(self):
        return f"{self.get_kind_display()} {self.application_id}"

    @property
    def unmended(self) -> list[dict]:
        return unmended(self)


def unmended(asked) -> list[dict]:
    """The answers that a notice or a supplement in review asked to be put right, that were not handed in yet, and that the form as it
    is filled in now still asks for."""
    return [one for one in asked.fields if answer_key(one["element"]) not in asked.came and asked.application.asks(one["element"])]


def answer_key(element: str) -> str:
    return f"answers.{element}"


class AnswerChange(models.Model):
    """One answer that was changed after it was handed in: the old stays beside the new (补正、更正)."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="changes")
    element = models.CharField(max_length=64)
    old = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    new = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self):
        return f"{self.element} {self.application_id}"


class Note(models.Model):
    """An internal remark; never shown to the applicant."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="notes")
    text = models.CharField(max_length=1000)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self):
        return self.text[:40]
