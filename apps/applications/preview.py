"""A look at the decision's documents before it is made; nothing is stored, no number is spent."""

from __future__ import annotations

from copy import copy

from apps.deadlines.queries import calendar, rule
from apps.issuance.previewing import Preview, preview
from apps.journal.actor import Actor
from apps.kit.time import today

from . import papers_decision
from .models import Job


def decision(by: Actor, job: Job, choice: str, reason: str) -> list[Preview]:
    """The papers that `actions.decide` would queue today for this choice ("grant" | "refuse") and these words.

    `job` as loaded by `queries.case`: with its member and the whole application. Raises Refused for faulty content.
    """
    on, member = today(), copy(job.member)
    member.decided_on, member.decision_reason = on, reason.strip()
    if choice == "grant":
        member.decision, member.valid_to = "granted", papers_decision.valid_to(member, on)
    else:
        member.decision, member.decision_reason = "refused", member.decision_reason or "（写明理由后显示在这里）"
    due = calendar(region=job.application.node_id).add_working_days(on, rule("delivery").value).due
    return preview(papers_decision.decision(job.application, member, job, by, due))
