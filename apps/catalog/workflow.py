"""Two lives on one page.

A version is written and judged:  draft → checked → approved → published → replaced;  send_back → draft;  discard.
A definition is in use or not:    draft → published ⇄ suspended → cancelled.

Editing a published definition makes a new version; the version in force and all running cases stay as they are.
"""

from __future__ import annotations

from datetime import date

from django.db import models
from django_fsm import transition

from apps.kit.errors import Refused
from apps.kit.fields import StateField


def _reason(text: str) -> str:
    if not text.strip():
        raise Refused("reason.required", "请写明原因。", "reason")
    return text.strip()


class VersionState(models.TextChoices):
    DRAFT = "draft", "草稿"
    CHECKED = "checked", "已检查"
    APPROVED = "approved", "已核准"
    PUBLISHED = "published", "已公布"
    REPLACED = "replaced", "已被替换"
    DISCARDED = "discarded", "已作废"


class DefinitionState(models.TextChoices):
    DRAFT = "draft", "未公布"
    PUBLISHED = "published", "在用"
    SUSPENDED = "suspended", "暂停"
    CANCELLED = "cancelled", "取消"


class VersionLife(models.Model):
    state = StateField("状态", default=VersionState.DRAFT, choices=VersionState.choices)

    class Meta:
        abstract = True

    @transition(state, source=VersionState.DRAFT, target=VersionState.CHECKED)
    def check_quality(self):
        """The action has run every check; a blocker keeps the version a draft."""

    @transition(state, source=VersionState.CHECKED, target=VersionState.APPROVED)
    def approve(self): ...

    @transition(state, source=VersionState.APPROVED, target=VersionState.PUBLISHED)
    def publish(self): ...

    @transition(state, source=[VersionState.CHECKED, VersionState.APPROVED], target=VersionState.DRAFT)
    def send_back(self, *, reason: str):
        _reason(reason)

    @transition(
        state,
        source=[VersionState.DRAFT, VersionState.CHECKED, VersionState.APPROVED],
        target=VersionState.DISCARDED,
    )
    def discard(self): ...

    @transition(state, source=VersionState.PUBLISHED, target=VersionState.REPLACED)
    def replace(self):
        """Another version of the same first day took its place."""


class DefinitionLife(models.Model):
    state = StateField("状态", default=DefinitionState.DRAFT, choices=DefinitionState.choices)
    withdrawn_on = models.DateField("停用日期", null=True, blank=True)
    withdrawn_reason = models.CharField("停用原因", max_length=300, blank=True)

    class Meta:
        abstract = True

    @transition(state, source="*", target=DefinitionState.PUBLISHED)
    def publish(self):
        """A version was published; of a withdrawn definition one that takes it into use again (writing.publish says which)."""
        self.withdrawn_reason, self.withdrawn_on = "", None

    @transition(state, source=DefinitionState.PUBLISHED, target=DefinitionState.SUSPENDED)
    def suspend(self, *, reason: str, on: date):
        self.withdrawn_reason, self.withdrawn_on = _reason(reason), on

    @transition(state, source=DefinitionState.SUSPENDED, target=DefinitionState.PUBLISHED)
    def resume(self):
        self.withdrawn_reason, self.withdrawn_on = "", None

    @transition(
        state,
        source=[DefinitionState.PUBLISHED, DefinitionState.SUSPENDED],
        target=DefinitionState.CANCELLED,
    )
    def cancel(self, *, reason: str, on: date):
        """Withdrawn for good; versions and their batches stay as history."""
        self.withdrawn_reason, self.withdrawn_on = _reason(reason), on
