"""Lives that stand beside a member while its department examines it, and after it was granted (DOMAIN.md 2.1, 2.5).

Hearing            planned → told → requested | waived;  planned | requested → called → held;  requested | called → called_off → requested | called
ReviewSupplement   planned → asked → complete | closed;  asked → unanswered → complete | closed
Commitment         planned → signed → to_inspect → passed | rectifying → passed | revoked → repaired
Renewal            planned → pending → renewed | refused | deemed_renewed | expired | dropped
Cancellation       planned → asked → granted | declined | withdrawn;  planned → granted, ordered by the department
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import models
from django_fsm import transition

from apps.kit.fields import StateField


class HearingLife(models.Model):
    class State(models.TextChoices):
        PLANNED = "planned", "拟听证"
        TOLD = "told", "已告知听证权利"
        REQUESTED = "requested", "已申请听证"
        WAIVED = "waived", "未申请听证"
        CALLED = "called", "已通知听证"
        HELD = "held", "已听证"
        CALLED_OFF = "called_off", "已取消听证"

    S = State
    PENDING = [S.REQUESTED, S.CALLED]

    state = StateField("状态", default=State.PLANNED, choices=State.choices, protected=True)

    class Meta:
        abstract = True

    @transition(state, source=S.PLANNED, target=S.TOLD)
    def tell(self, *, on: date, request_by: date):
        """A third party's major interest: applicant and third party are told of their right and its last day (XKF 36, 47)."""
        self.told_on, self.request_by = on, request_by

    @transition(state, source=[S.TOLD, S.CALLED_OFF], target=S.REQUESTED)
    def request(self, *, on: date):
        """Asked for within the days of the notice."""
        self.requested_on = on

    @transition(state, source=S.TOLD, target=S.WAIVED)
    def waive(self):
        """Nobody asked within the days."""

    @transition(state, source=[S.PLANNED, S.REQUESTED, S.CALLED, S.CALLED_OFF], target=S.CALLED)
    def call(self, *, at: datetime, place: str):
        """Time and place are notified (XKF 48(1)); notified anew when it must be moved."""
        self.at, self.place = at, place

    @transition(state, source=S.CALLED, target=S.HELD)
    def hold(self, *, on: date):
        """Held, with a record that decides (XKF 48(2))."""

    @transition(state, source=S.CALLED, target=S.CALLED_OFF)
    def call_off(self, *, reason: str):
        """Nobody asked for it and no law requires it: the department that ordered it finds it needless after all."""

    @transition(state, source=[S.REQUESTED, S.CALLED], target=S.CALLED_OFF)
    def withdraw(self, *, reason: str):
        """Who asked for it wants it no more, before it is held."""


class ReviewSupplementLife(models.Model):
    class State(models.TextChoices):
        PLANNED = "planned", "拟要求补正"
        ASKED = "asked", "待补正"
        UNANSWERED = "unanswered", "逾期未补齐"
        COMPLETE = "complete", "已补齐"
        CLOSED = "closed", "已随办结了结"

    S = State
    OPEN = [S.ASKED, S.UNANSWERED]

    state = StateField("状态", default=State.PLANNED, choices=State.choices, protected=True)

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


class CommitmentLife(models.Model):
    class State(models.TextChoices):
        PLANNED = "planned", "拟承诺"
        SIGNED = "signed", "已签署承诺"
        TO_INSPECT = "to_inspect", "待核查"
        PASSED = "passed", "核查通过"
        RECTIFYING = "rectifying", "限期整改"
        REVOKED = "revoked", "已撤销"
        REPAIRED = "repaired", "已撤销，信用已修复"

    S = State
    CHECKED = [S.TO_INSPECT, S.RECTIFYING]

    state = StateField("状态", default=State.PLANNED, choices=State.choices, protected=True)

    class Meta:
        abstract = True

    @transition(state, source=S.PLANNED, target=S.SIGNED)
    def sign(self, *, signed_by: str, on: date):
        """The applicant chose this way and signed what he answers for."""
        self.signed_by, self.signed_on = signed_by, on

    @transition(state, source=S.SIGNED, target=S.TO_INSPECT)
    def begin(self, *, inspect_by: date):
        """Granted on the commitment: what was promised is checked within the days of the law (ZJR 14)."""
        self.inspect_by = inspect_by

    @transition(state, source=CHECKED, target=S.PASSED)
    def confirm(self, *, on: date):
        """Things are as they were promised, at once or after rectification."""
        self.inspected_on = on

    @transition(state, source=S.TO_INSPECT, target=S.RECTIFYING)
    def rectify(self, *, on: date, rectify_by: date):
        """They are not: to be put right by a day."""
        self.inspected_on, self.rectify_by = on, rectify_by

    @transition(state, source=S.RECTIFYING, target=S.REVOKED)
    def revoke(self, *, on: date, reason: str):
        """Not put right: the permit is revoked (ZJR 14, XKF 69); until the credit is repaired, no other commitment."""
        self.revoked_on, self.reason = on, reason

    @transition(state, source=S.REVOKED, target=S.REPAIRED)
    def repair(self, *, on: date, reason: str):
        """The credit was repaired: the holder may promise again (ZJR 14)."""
        self.repaired_on = on


class RenewalLife(models.Model):
    class State(models.TextChoices):
        PLANNED = "planned", "拟延续"
        PENDING = "pending", "延续审查中"
        RENEWED = "renewed", "准予延续"
        REFUSED = "refused", "不予延续"
        DEEMED = "deemed_renewed", "视为准予延续"
        EXPIRED = "expired", "原证已过期"
        DROPPED = "dropped", "未经决定而结束"

    S = State
    GRANTED = [S.RENEWED, S.DEEMED]

    state = StateField("状态", default=State.PLANNED, choices=State.choices, protected=True)

    class Meta:
        abstract = True

    @transition(state, source=S.PLANNED, target=S.PENDING)
    def mark(self, *, certificate: str, valid_to: date):
        """This application asks to renew that certificate."""
        self.certificate, self.valid_to = certificate, valid_to

    @transition(state, source=S.PENDING, target=S.RENEWED)
    def renew(self, *, until: date | None):
        """Decided before it expired."""
        self.extended_to = until

    @transition(state, source=S.PENDING, target=S.REFUSED)
    def refuse(self):
        """Refused before it expired."""

    @transition(state, source=S.PENDING, target=S.DEEMED)
    def deem(self, *, until: date | None):
        """Asked for in time and undecided at expiry (XKF 50)."""
        self.extended_to = until

    @transition(state, source=S.PENDING, target=S.EXPIRED)
    def expire(self):
        """Asked for too late, or never complete: the certificate has lapsed, the application goes on as a new one."""

    @transition(state, source=S.PENDING, target=S.DROPPED)
    def drop(self):
        """The application ended without a decision."""


class CancellationLife(models.Model):
    class State(models.TextChoices):
        PLANNED = "planned", "拟注销"
        ASKED = "asked", "注销待决定"
        GRANTED = "granted", "已注销"
        DECLINED = "declined", "不予注销"
        WITHDRAWN = "withdrawn", "已撤回注销申请"

    S = State
    WANTS_ORIGINAL = [S.ASKED, S.GRANTED]

    state = StateField("状态", default=State.PLANNED, choices=State.choices, protected=True)

    class Meta:
        abstract = True

    @transition(state, source=S.PLANNED, target=S.ASKED)
    def ask(self, *, certificate: str, on: date, reason: str):
        """The holder asks for it: he has no more use for the certificate."""
        self.certificate, self.asked_on, self.reason = certificate, on, reason

    @transition(state, source=S.ASKED, target=S.WITHDRAWN)
    def withdraw(self, *, reason: str):
        """He takes his request back before it is decided."""

    @transition(state, source=S.ASKED, target=S.DECLINED)
    def decline(self, *, on: date, reason: str):
        """Not as long as something stands against it; the certificate stays in force."""
        self.decided_on, self.answer = on, reason

    @transition(state, source=S.ASKED, target=S.GRANTED)
    def grant(self, *, on: date):
        """The head of the department confirms what the holder asked for."""
        self.decided_on = on

    @transition(state, source=S.PLANNED, target=S.GRANTED)
    def order(self, *, certificate: str, on: date, reason: str):
        """Without a request, on a ground of the law (XKF 70)."""
        self.certificate, self.decided_on, self.reason = certificate, on, reason
