"""The life of a card.

Card   due → given → answered → withdrawn;  given → withdrawn;  due → announced;  given | answered | announced → lapsed
       lapsed → given | announced: the light has turned again
"""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django_fsm import transition

from apps.kit.fields import StateField


class CardLife(models.Model):
    class State(models.TextChoices):
        DUE = "due", "待给出"
        GIVEN = "given", "待说明"
        ANNOUNCED = "announced", "已提醒"
        ANSWERED = "answered", "已说明"
        WITHDRAWN = "withdrawn", "已撤销"
        LAPSED = "lapsed", "已失效"

    S = State
    STANDING = [S.GIVEN, S.ANNOUNCED, S.ANSWERED]

    state = StateField("状态", default=State.DUE, choices=State.choices, protected=True)

    class Meta:
        abstract = True

    @transition(state, source=[S.DUE, S.LAPSED], target=S.GIVEN)
    def give(self, *, at: datetime):
        """The light turned: the department's head owes a reason."""
        self.given_at, self.reason, self.answered_at, self.answered_by = at, "", None, ""

    @transition(state, source=[S.DUE, S.LAPSED], target=S.ANNOUNCED)
    def announce(self, *, at: datetime):
        """The light turned: who is concerned is told, and owes nothing."""
        self.given_at = at

    @transition(state, source=S.GIVEN, target=S.ANSWERED)
    def answer(self, *, reason: str, who: str, at: datetime):
        """The head says why."""
        self.reason, self.answered_by, self.answered_at = reason, who, at

    @transition(state, source=[S.GIVEN, S.ANSWERED], target=S.WITHDRAWN)
    def withdraw(self, *, reason: str, at: datetime):
        """The supervisor takes it back, with the reason."""
        self.end_reason, self.ended_at = reason, at

    @transition(state, source=STANDING, target=S.LAPSED)
    def lapse(self, *, why: str, at: datetime):
        """The days were counted again and the light is not so dark any more."""
        self.end_reason, self.ended_at = why, at
