"""A consultation between departments (征求意见, DOMAIN.md rows 51, 52): one question, and an opinion from each department asked.

Consultation   planned → asked → gathered → resolved (→ reopen) gathered;  asked → recalled;  asked | gathered | resolved → closed
Opinion        planned → asked → answered | silent;  silent → answered (late);  asked | silent → closed
"""

from __future__ import annotations

from datetime import date

from django.db import models
from django_fsm import transition

from apps.kit.fields import StateField


class ConsultationLife(models.Model):
    class State(models.TextChoices):
        PLANNED = "planned", "拟征求"
        ASKED = "asked", "征求中"
        GATHERED = "gathered", "意见已收齐"
        RESOLVED = "resolved", "分歧已处理"
        RECALLED = "recalled", "已撤回"
        CLOSED = "closed", "已随办结了结"

    S = State
    LIVE = [S.ASKED, S.GATHERED, S.RESOLVED]

    state = StateField("状态", default=State.PLANNED, choices=State.choices, protected=True)

    class Meta:
        abstract = True

    @transition(state, source=S.PLANNED, target=S.ASKED)
    def ask(self, *, on: date, due_on: date, question: str, departments: list[str]):
        """One question to one or several departments; the clock of the case goes on."""
        self.asked_on, self.due_on, self.question = on, due_on, question

    @transition(state, source=S.ASKED, target=S.GATHERED)
    def gather(self):
        """No opinion is waited for any longer: each is in, or its silence is recorded."""

    @transition(state, source=S.GATHERED, target=S.RESOLVED)
    def resolve(self, *, on: date, reason: str):
        """The opinions conflict: the lead says how that is dealt with, and why."""
        self.resolved_on, self.resolution = on, reason

    @transition(state, source=S.RESOLVED, target=S.GATHERED)
    def reopen(self):
        """A late opinion brought a new conflict."""
        self.resolved_on, self.resolved_by_id, self.resolution = None, None, ""

    @transition(state, source=S.ASKED, target=S.RECALLED)
    def recall(self, *, reason: str):
        """The asker needs the opinions no longer."""

    @transition(state, source=LIVE, target=S.CLOSED)
    def close(self):
        """The member was decided or ended."""


class OpinionLife(models.Model):
    class State(models.TextChoices):
        PLANNED = "planned", "拟征求"
        ASKED = "asked", "待答复"
        ANSWERED = "answered", "已答复"
        SILENT = "silent", "逾期未答复"
        CLOSED = "closed", "不再需要答复"

    S = State
    OPEN = [S.ASKED, S.SILENT]

    state = StateField("状态", default=State.PLANNED, choices=State.choices, protected=True)

    class Meta:
        abstract = True

    @transition(state, source=S.PLANNED, target=S.ASKED)
    def ask(self, *, due_on: date):
        """The department is told the question and the day."""
        self.due_on = due_on

    @transition(state, source=OPEN, target=S.ANSWERED)
    def answer(self, *, answer: str, on: date):
        """Agreed, disagreed, or agreed with conditions; after the day it is taken, as late."""
        self.answer_given, self.answered_on = answer, on

    @transition(state, source=S.ASKED, target=S.SILENT)
    def miss(self):
        """The day passed: silence is the recorded result, and nobody waits for it."""

    @transition(state, source=OPEN, target=S.CLOSED)
    def close(self):
        """Recalled, or the member was decided or ended without it, or who was asked has it now."""
