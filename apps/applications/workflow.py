"""Three lives, each on one page (DOMAIN.md 3.2). A move changes its own row's fields only; the door does the rest.

Application   draft → submitted → pre_checking → {pre_returned → draft | pre_passed} → received → checking
              → awaiting_supplement (→ checking) → in_progress → partly_done → done
              side exits: not_handled, not_accepted, withdrawn, lapsed, voided
Member        waiting → accepted | accepted_with_gap → in_review ⇄ paused → granted | refused → sealed → ready_for_issue
              → collected | dispatched (→ ready_for_issue) → served → archived; what lies there or was given can be made anew (→ granted)
              side exits: not_started, withdrawn, acceptance_revoked, terminated
Job           assigned ⇄ in_hand ⇄ concluded → closed;  assigned → misrouted (once);  whatever is open → assigned, elsewhere
"""

from __future__ import annotations

from datetime import date

from django.db import models
from django_fsm import transition

from apps.kit.fields import StateField
from apps.kit.time import today


class ApplicationLife(models.Model):
    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        SUBMITTED = "submitted", "已提交"
        PRE_CHECKING = "pre_checking", "预审中"
        PRE_RETURNED = "pre_returned", "预审退回"
        PRE_PASSED = "pre_passed", "预审通过"
        RECEIVED = "received", "已收件"
        CHECKING = "checking", "材料核对中"
        AWAITING_SUPPLEMENT = "awaiting_supplement", "待补正"
        IN_PROGRESS = "in_progress", "办理中"
        PARTLY_DONE = "partly_done", "部分办结"
        DONE = "done", "已办结"
        NOT_HANDLED = "not_handled", "无需办理"
        NOT_ACCEPTED = "not_accepted", "不予受理"
        WITHDRAWN = "withdrawn", "已撤回"
        LAPSED = "lapsed", "逾期未补正，视为撤回"
        VOIDED = "voided", "录入作废"

    S = State
    BEFORE_RECEIPT = [S.DRAFT, S.PRE_RETURNED]
    UNDER_CHECK = [S.RECEIVED, S.CHECKING]
    BEFORE_ACCEPTANCE = [S.RECEIVED, S.CHECKING, S.AWAITING_SUPPLEMENT]
    ACCEPTED = [S.IN_PROGRESS, S.PARTLY_DONE]
    ENDED = [S.DONE, S.NOT_HANDLED, S.NOT_ACCEPTED, S.WITHDRAWN, S.LAPSED, S.VOIDED]
    OUTCOMES = {"granted": "准予", "partly_granted": "部分准予", "refused": "不予", "revoked": "撤销受理", "terminated": "终止"}
    CARRIED_THROUGH = ["granted", "partly_granted", "refused"]  # of the outcomes; what was revoked or terminated was not decided

    state = StateField("状态", default=State.DRAFT, choices=State.choices, protected=True)

    class Meta:
        abstract = True

    # —— before receipt (online) ——
    @transition(state, source=BEFORE_RECEIPT, target=S.SUBMITTED)
    def submit(self):
        """The applicant hands it in from home to be looked through first: no receipt, which `receive` dates."""

    @transition(state, source=S.SUBMITTED, target=S.PRE_CHECKING)
    def begin_pre_check(self):
        """A clerk opens it; no acceptance, no clock."""

    @transition(state, source=S.PRE_CHECKING, target=S.PRE_RETURNED)
    def return_pre_check(self, *, reason: str):
        """Back to the applicant with every gap named at once."""

    @transition(state, source=S.PRE_CHECKING, target=S.PRE_PASSED)
    def pass_pre_check(self, *, on: date):
        """Fast track: at the counter only the originals are looked at."""
        self.pre_passed_on = on

    # —— receipt to acceptance ——
    @transition(state, source=[*BEFORE_RECEIPT, S.SUBMITTED, S.PRE_PASSED], target=S.RECEIVED)
    def receive(self, *, number: str, on: date):
        """The materials are in (XKF 32): the one-time-notice clock starts, the voucher is given."""
        self.number, self.receipt_date = number, on

    @transition(state, source=S.RECEIVED, target=S.CHECKING)
    def begin_check(self):
        """A clerk takes it from the queue."""

    @transition(state, source=UNDER_CHECK, target=S.AWAITING_SUPPLEMENT)
    def ask_supplement(self, *, cure_by: date):
        """All gaps in one notice (XKF 32(4), ZJR 11)."""

    @transition(state, source=S.AWAITING_SUPPLEMENT, target=S.CHECKING)
    def resubmit(self, *, on: date):
        """Everything that was asked for came in from home: it is looked through, and accepted as of this day (XKF 32(5))."""
        self.supplemented_on = on

    @transition(state, source=BEFORE_ACCEPTANCE, target=S.IN_PROGRESS)
    def accept(self, *, on: date):
        """Complete, or everything asked for is in: it must be accepted (XKF 32(5))."""
        self.accepted_on = on

    @transition(state, source=UNDER_CHECK, target=S.IN_PROGRESS)
    def deem_accept(self, *, on: date):
        """Nobody spoke within the notice days: accepted as of receipt, or of the supplement that was complete (XKF 32(4)(5))."""
        self.accepted_on, self.deemed = on, True

    @transition(state, source=UNDER_CHECK, target=S.NOT_HANDLED)
    def not_handle(self, *, reason: str):
        """No permit is needed: told at once (XKF 32(1))."""
        self.ended_on = today()

    @transition(state, source=BEFORE_ACCEPTANCE, target=S.NOT_ACCEPTED)
    def not_accept(self, *, reason: str):
        """Not this agency's power, or the cure was bad (XKF 32(2), ZJR 11)."""
        self.ended_on = today()

    @transition(state, source=S.AWAITING_SUPPLEMENT, target=S.LAPSED)
    def lapse(self):
        """Nothing came by the cure date: treated as withdrawn (ZJR 11)."""
        self.ended_on = today()

    @transition(state, source=BEFORE_ACCEPTANCE, target=S.VOIDED)
    def void(self, *, reason: str):
        """An entry error; supervisor only, before acceptance."""
        self.ended_on = today()

    # —— after acceptance: derived from the members ——
    @transition(state, source=S.IN_PROGRESS, target=S.PARTLY_DONE)
    def part(self):
        """Some members are decided or ended, not all."""

    @transition(state, source=ACCEPTED, target=S.DONE)
    def finish(self, *, outcome: str):
        """Every member is decided or ended; the outcome is one of OUTCOMES."""
        self.outcome, self.ended_on = outcome, today()

    @transition(state, source=[*BEFORE_ACCEPTANCE, *ACCEPTED], target=S.WITHDRAWN)
    def withdraw(self, *, reason: str):
        """The applicant takes it back, before any decision."""
        self.ended_on = today()


class MemberLife(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", "待启动"
        ACCEPTED = "accepted", "已受理"
        ACCEPTED_WITH_GAP = "accepted_with_gap", "容缺受理"
        IN_REVIEW = "in_review", "审查中"
        PAUSED = "paused", "特别程序中"
        GRANTED = "granted", "准予"
        REFUSED = "refused", "不予"
        SEALED = "sealed", "已登记用印"
        READY_FOR_ISSUE = "ready_for_issue", "待领取"
        COLLECTED = "collected", "已领取"
        DISPATCHED = "dispatched", "已寄出"
        SERVED = "served", "已送达"
        ARCHIVED = "archived", "已归档"
        NOT_STARTED = "not_started", "不再启动"
        WITHDRAWN = "withdrawn", "已撤回"
        ACCEPTANCE_REVOKED = "acceptance_revoked", "已撤销受理"
        TERMINATED = "terminated", "已终止"

    S = State
    UNDECIDED = [S.ACCEPTED, S.ACCEPTED_WITH_GAP, S.IN_REVIEW, S.PAUSED]
    DECIDED = [S.GRANTED, S.REFUSED, S.SEALED, S.READY_FOR_ISSUE, S.COLLECTED, S.DISPATCHED, S.SERVED, S.ARCHIVED]
    ENDED = [S.NOT_STARTED, S.WITHDRAWN, S.ACCEPTANCE_REVOKED, S.TERMINATED]

    state = StateField("状态", default=State.WAITING, choices=State.choices, protected=True)

    class Meta:
        abstract = True

    @transition(state, source=S.WAITING, target=S.ACCEPTED)
    def accept(self, *, on: date):
        """Parallel members with the application; a sequential one on its predecessor's written notice (ZJR 5(3))."""
        self.accepted_on = on

    @transition(state, source=S.WAITING, target=S.ACCEPTED_WITH_GAP)
    def accept_with_gap(self, *, on: date, cure_by: date):
        """Only tolerable materials are missing and the applicant promised them (ZJR 11)."""
        self.accepted_on, self.gap_open, self.gap_cure_by = on, True, cure_by

    @transition(state, source=[S.ACCEPTED, S.ACCEPTED_WITH_GAP], target=S.IN_REVIEW)
    def begin_review(self):
        """The department's reviewer takes it in hand."""

    @transition(state, source=S.IN_REVIEW, target=S.PAUSED)
    def pause(self, *, ground: str, notice: str):
        """A ground of the item's closed list, with its written notice (XKF 45, K6)."""

    @transition(state, source=S.PAUSED, target=S.IN_REVIEW)
    def resume(self):
        """The special procedure is over; the clock runs on from the next day (K5)."""

    @transition(state, source=S.IN_REVIEW, target=S.GRANTED)
    def grant(self, *, on: date):
        self.decision, self.decided_on = "granted", on

    @transition(state, source=S.IN_REVIEW, target=S.REFUSED)
    def refuse(self, *, on: date, reason: str):
        """Reasons and remedies are told in writing (XKF 38). What was still promised is no longer owed."""
        self.decision, self.decided_on, self.decision_reason, self.gap_open = "refused", on, reason, False

    @transition(state, source=UNDECIDED, target=S.GRANTED)
    def deem_renew(self, *, on: date, reason: str):
        """A renewal asked for in time and undecided at expiry: renewed by law as of that day (XKF 50), gap or no gap."""
        self.decision, self.decided_on, self.decision_reason, self.gap_open = "granted", on, reason, False

    @transition(state, source=[S.GRANTED, S.REFUSED], target=S.SEALED)
    def seal(self):
        """The keeper has registered the documents' numbers and hashes."""

    @transition(state, source=S.SEALED, target=S.READY_FOR_ISSUE)
    def make_ready(self):
        """It lies at the issue desk."""

    @transition(state, source=S.READY_FOR_ISSUE, target=S.COLLECTED)
    def collect(self, *, on: date):
        """Handed over against a signature: the service date (CPL 87). What is made anew later does not serve the decision again."""
        self.served_on = self.served_on or on

    @transition(state, source=S.COLLECTED, target=S.READY_FOR_ISSUE)
    def take_back(self, *, on: date, reason: str, again: bool):
        """It was handed to the wrong person: it lies at the desk again, and nothing was served; `again`: but by the first, where it
        was made anew."""
        self.served_on = self.served_on if again else None

    @transition(state, source=S.READY_FOR_ISSUE, target=S.DISPATCHED)
    def dispatch(self):
        """Given to the courier; posting is not service."""

    @transition(state, source=S.DISPATCHED, target=S.SERVED)
    def serve(self, *, on: date | None):
        """The date of the signature; None where the decision was revoked on its way: the envelope came, and nothing was served."""
        self.served_on = self.served_on or on

    @transition(state, source=S.DISPATCHED, target=S.READY_FOR_ISSUE)
    def come_back(self, *, reason: str):
        """Not served: refused, returned, lost or not taken by the courier. It is the desk's again."""

    @transition(state, source=[S.READY_FOR_ISSUE, S.COLLECTED, S.SERVED, S.ARCHIVED], target=S.GRANTED)
    def reissue(self, *, reason: str):
        """更正补发: the paper was lost, or something on it is wrong. It is made anew, sealed and handed out as the first was."""

    @transition(state, source=[S.COLLECTED, S.SERVED], target=S.ARCHIVED)
    def archive(self):
        """Service is proven; the closing package is made."""

    @transition(state, source=S.WAITING, target=S.NOT_STARTED)
    def not_start(self, *, reason: str):
        """A predecessor failed: this one never begins."""
        self.ended_on = today()

    @transition(state, source=[S.WAITING, *UNDECIDED], target=S.WITHDRAWN)
    def withdraw(self, *, reason: str):
        """Before the decision only."""
        self.ended_on = today()

    @transition(state, source=UNDECIDED, target=S.ACCEPTANCE_REVOKED)
    def revoke_acceptance(self, *, reason: str):
        """A tolerated gap was not cured in time (ZJR 11); an amended situation brings one to what was accepted without."""
        self.ended_on = today()

    @transition(state, source=[S.WAITING, *UNDECIDED], target=S.TERMINATED)
    def terminate(self, *, reason: str):
        """The applicant died or was dissolved, or the item was repealed."""
        self.ended_on = today()


class JobLife(models.Model):
    class State(models.TextChoices):
        ASSIGNED = "assigned", "待领办"
        IN_HAND = "in_hand", "办理中"
        CONCLUDED = "concluded", "待负责人决定"
        MISROUTED = "misrouted", "退回分办"
        CLOSED = "closed", "已结束"

    S = State
    OPEN = [S.ASSIGNED, S.IN_HAND, S.CONCLUDED, S.MISROUTED]

    state = StateField("状态", default=State.ASSIGNED, choices=State.choices, protected=True)

    class Meta:
        abstract = True

    @transition(state, source=S.ASSIGNED, target=S.IN_HAND)
    def claim(self, *, assignee: int):
        self.assignee_id = assignee

    @transition(state, source=[S.ASSIGNED, S.IN_HAND], target=S.IN_HAND)
    def reassign(self, *, assignee: int, reason: str):
        """The head gives it to another reviewer of the department, with a reason."""
        self.assignee_id = assignee

    @transition(state, source=S.IN_HAND, target=S.ASSIGNED)
    def give_back(self, *, reason: str):
        """Whoever claimed it gives it back to his department's inbox, before any opinion stands."""
        self.assignee_id = None

    @transition(state, source=S.ASSIGNED, target=S.MISROUTED)
    def return_to_router(self, *, reason: str):
        """Not this department's work; possible once."""
        self.returned, self.assignee_id = True, None

    @transition(state, source=OPEN, target=S.ASSIGNED)
    def reroute(self, *, department: str, reason: str):
        """Sent back, or with a department that cannot send it back: once more in dispute, or with nobody there, whoever had it in hand."""
        self.department_id, self.assignee_id, self.recommendation = department, None, ""

    @transition(state, source=S.IN_HAND, target=S.CONCLUDED)
    def conclude(self, *, recommendation: str):
        """The reviewer's opinion goes to the head."""
        self.recommendation = recommendation

    @transition(state, source=S.CONCLUDED, target=S.IN_HAND)
    def send_back(self, *, reason: str):
        """The head does not countersign; the reviewer looks again."""
        self.recommendation = ""

    @transition(state, source=OPEN, target=S.CLOSED)
    def close(self):
        """The member was decided or ended."""
