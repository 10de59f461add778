"""The life of a joint site inspection (联合踏勘, DOMAIN.md 3.3).

planned → confirmed_by_all → notified → held → conclusions_in → rectify_needed → (reinspect) notified …
                                                              → closed
side exit: cancelled, before it was held; a day that cannot be kept goes back to planned
"""

from __future__ import annotations

from datetime import date, time

from django.db import models
from django_fsm import transition

from apps.kit.fields import StateField


class InspectionLife(models.Model):
    class State(models.TextChoices):
        PLANNED = "planned", "征集时间"
        CONFIRMED_BY_ALL = "confirmed_by_all", "时间已定"
        NOTIFIED = "notified", "已通知申请人"
        HELD = "held", "已踏勘，待结论"
        CONCLUSIONS_IN = "conclusions_in", "结论已收齐"
        RECTIFY_NEEDED = "rectify_needed", "待整改"
        CLOSED = "closed", "已完结"
        CANCELLED = "cancelled", "已取消"

    S = State
    BEFORE_VISIT = [S.PLANNED, S.CONFIRMED_BY_ALL, S.NOTIFIED]
    OVER = [S.CLOSED, S.CANCELLED]

    state = StateField("状态", default=State.PLANNED, choices=State.choices, protected=True)

    class Meta:
        abstract = True

    @transition(state, source=S.PLANNED, target=S.CONFIRMED_BY_ALL)
    def confirm(self, *, visit_on: date, half: str, visit_time: time, place: str):
        """One visit out of everybody's free times."""
        self.visit_on, self.half, self.visit_time, self.place = visit_on, half, visit_time, place

    @transition(state, source=[S.CONFIRMED_BY_ALL, S.NOTIFIED], target=S.PLANNED)
    def replan(self, *, reason: str):
        """The day cannot be kept: free times are asked for again."""
        self.visit_on, self.half, self.visit_time = None, "", None

    @transition(state, source=S.CONFIRMED_BY_ALL, target=S.NOTIFIED)
    def notify(self):
        """The applicant is told day and place in writing; every department has named two officers (XKF 34)."""

    @transition(state, source=S.NOTIFIED, target=S.HELD)
    def hold(self, *, on: date):
        """The visit took place; each department now owes its conclusion."""
        self.held_on = on

    @transition(state, source=S.HELD, target=S.CONCLUSIONS_IN)
    def gather(self):
        """No conclusion is waited for any longer: each is in, or its silence is recorded."""

    @transition(state, source=[S.CONCLUSIONS_IN, S.RECTIFY_NEEDED], target=S.RECTIFY_NEEDED)
    def require_rectification(self, *, rectify_by: date):
        """One list of all departments, with one period; a late conclusion may lengthen it."""
        self.rectify_by = rectify_by

    @transition(state, source=S.RECTIFY_NEEDED, target=S.NOTIFIED)
    def reinspect(self, *, visit_on: date, half: str, visit_time: time):
        """The open lines are looked at again."""
        self.round += 1
        self.visit_on, self.half, self.visit_time, self.held_on = visit_on, half, visit_time, None

    @transition(state, source=[S.CONCLUSIONS_IN, S.RECTIFY_NEEDED], target=S.CLOSED)
    def close(self):
        """Every conclusion is in and no line is open."""

    @transition(state, source=BEFORE_VISIT, target=S.CANCELLED)
    def cancel(self, *, reason: str):
        """It is not needed, or nobody is left who needs it."""
        self.cancel_reason = reason
