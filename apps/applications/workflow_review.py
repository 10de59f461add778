"""Lives that stand beside a member while its department examines it (DOMAIN.md 2.1, 2.5).

Hearing            planned → told → requested | waived;  planned | requested → called → held
ReviewSupplement   planned → asked → complete | closed;  asked → unanswered → complete | closed
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import models
from django_fsm import FSMField, transition


class HearingLife(models.Model):
    class State(models.TextChoices):
        PLANNED = "planned", "拟听证"
        TOLD = "told", "已告知听证权利"
        REQUESTED = "requested", "已申请听证"
        WAIVED = "waived", "未申请听证"
        CALLED = "called", "已通知听证"
        HELD = "held", "已听证"

    S = State
    PENDING = [S.REQUESTED, S.CALLED]

    state = FSMField("状态", default=State.PLANNED, choices=State.choices, protected=True)

    class Meta:
        abstract = True

    @transition(state, source=S.PLANNED, target=S.TOLD)
    def tell(self, *, on: date):
        """A third party's major interest: applicant and third party are told of their right (XKF 36, 47)."""
        self.told_on = on

    @transition(state, source=S.TOLD, target=S.REQUESTED)
    def request(self, *, on: date):
        """Asked for within the days of the notice."""
        self.requested_on = on

    @transition(state, source=S.TOLD, target=S.WAIVED)
    def waive(self):
        """Nobody asked within the days."""

    @transition(state, source=[S.PLANNED, S.REQUESTED, S.CALLED], target=S.CALLED)
    def call(self, *, at: datetime, place: str):
        """Time and place are notified (XKF 48(1)); notified anew when it must be moved."""
        self.at, self.place = at, place

    @transition(state, source=S.CALLED, target=S.HELD)
    def hold(self, *, on: date):
        """Held, with a record that decides (XKF 48(2))."""


class ReviewSupplementLife(models.Model):
    class State(models.TextChoices):
        PLANNED = "planned", "拟要求补正"
        ASKED = "asked", "待补正"
        UNANSWERED = "unanswered", "逾期未补齐"
        COMPLETE = "complete", "已补齐"
        CLOSED = "closed", "已随办结了结"

    S = State
    OPEN = [S.ASKED, S.UNANSWERED]

    state = FSMField("状态", default=State.PLANNED, choices=State.choices, protected=True)

    class Meta:
        abstract = True

    @transition(state, source=S.PLANNED, target=S.ASKED)
    def ask(self, *, on: date, cure_by: date):
        """The department asks during its review; the clock goes on unless the item's own rule excludes the time."""
        self.issued_on, self.cure_by = on, cure_by

    @transition(state, source=OPEN, target=S.COMPLETE)
    def complete(self):
        """Everything asked for is in, late or not."""

    @transition(state, source=S.ASKED, target=S.UNANSWERED)
    def expire(self):
        """The day passed: no lapse of the application; the department decides on what it has (XKF 34, 38)."""

    @transition(state, source=OPEN, target=S.CLOSED)
    def close(self):
        """The member was decided or ended without it."""
