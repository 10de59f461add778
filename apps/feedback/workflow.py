"""Two lives (DOMAIN.md rows 27 and 32, 2.4).

Rectification   opened → sent ⇄ appealed (overruled, or passed on);  sent | sent_back → replied → closed | sent_back (passed on: sent);  appealed → dismissed
Enquiry         asked → answered;  asked → withdrawn
"""

from __future__ import annotations

from django.db import models
from django_fsm import transition

from apps.kit.fields import StateField


class RectificationLife(models.Model):
    class State(models.TextChoices):
        OPENED = "opened", "已登记"
        SENT = "sent", "已函告"
        APPEALED = "appealed", "申诉待核"
        REPLIED = "replied", "已答复待核"
        SENT_BACK = "sent_back", "退回重办"
        CLOSED = "closed", "已办结"
        DISMISSED = "dismissed", "申诉成立"

    S = State
    WITH_UNIT = [S.SENT, S.SENT_BACK]
    TO_PASS_ON = [*WITH_UNIT, S.APPEALED]
    OPEN = [S.OPENED, S.SENT, S.APPEALED, S.REPLIED, S.SENT_BACK]

    state = StateField("状态", default=State.OPENED, choices=State.choices, protected=True)

    class Meta:
        abstract = True

    @transition(state, source=S.OPENED, target=S.SENT)
    def send(self):
        """The letter (满意度函告) goes to the unit with its day."""

    @transition(state, source=WITH_UNIT, target=S.REPLIED)
    def reply(self, *, measures: str, answer: str):
        """What was set right, and what is said to the citizen."""
        self.measures, self.answer = measures, answer

    @transition(state, source=S.SENT, target=S.APPEALED)
    def appeal(self, *, reason: str):
        """The unit holds that the rating or complaint is mistaken; somebody outside the unit looks at it."""
        self.appeal_reason = reason

    @transition(state, source=S.APPEALED, target=S.DISMISSED)
    def uphold(self, *, reason: str):
        """The appeal is right: nothing to set right, the rating stays on record and leaves the score."""
        self.verdict = reason

    @transition(state, source=S.APPEALED, target=S.SENT)
    def overrule(self, *, reason: str):
        """The appeal is not right: the unit goes on, in the same days."""
        self.verdict = reason

    @transition(state, source=[S.APPEALED, S.SENT_BACK], target=S.SENT)
    def pass_on(self):
        """What was appealed or sent back is another unit's business: that one gets it anew, and neither verdict is spoken over an appeal."""

    @transition(state, source=S.REPLIED, target=S.CLOSED)
    def verify(self, *, words: str):
        """Checked by somebody who is not of the unit."""
        self.verdict = words

    @transition(state, source=S.REPLIED, target=S.SENT_BACK)
    def send_back(self, *, reason: str):
        """Not set right: again, the day stays."""
        self.verdict = reason


class EnquiryLife(models.Model):
    class State(models.TextChoices):
        ASKED = "asked", "待答复"
        ANSWERED = "answered", "已答复"
        WITHDRAWN = "withdrawn", "已撤回"

    S = State

    state = StateField("状态", default=State.ASKED, choices=State.choices, protected=True)

    class Meta:
        abstract = True

    @transition(state, source=S.ASKED, target=S.ANSWERED)
    def reply(self, *, answer: str):
        self.answer = answer

    @transition(state, source=S.ASKED, target=S.WITHDRAWN)
    def withdraw(self):
        """The citizen needs no answer any more."""
