"""A clock of a case under supposed facts, for who may ask."""

from __future__ import annotations

from dataclasses import dataclass

from apps.deadlines.models import Clock
from apps.deadlines.queries import shelf
from apps.deadlines.queries_what_if import Supposition, WhatIf, what_if
from apps.journal.actor import Actor
from apps.kit.errors import DomainError

from . import policy, powers
from .models import Application
from .queries import clock


@dataclass(frozen=True, slots=True)
class Asked:
    clock: Clock
    application: Application
    answer: WhatIf
    why_rejected: str  # the legal sentence when the extension would not hold
    cap: int | None  # days by which the item may be extended; None where nothing can be


def may_suppose(actor: Actor, row: Clock, application: Application) -> bool:
    """For showing the way to it."""
    try:
        policy.allow_what_if(actor, row, application)
    except DomainError:
        return False
    return row.state != Clock.State.STOPPED


def suppose(actor: Actor, pk: int, supposed: Supposition) -> Asked:
    """Raises NotYours, Forbidden, WrongState (the clock has stopped) and Refused."""
    row, application = clock(actor, pk)
    policy.allow_what_if(actor, row, application)
    found, power = shelf(), None
    if row.kind == Clock.Kind.DECISION:
        member = application.members.get(pk=row.subject_id)
        member.application = application
        power = powers.to_extend(member, found)
    answer = what_if(row, supposed, cap=power.cap if power else 0, found=found)
    why_rejected = power.refusal(answer.rejected, row).message if answer.rejected and power else ""
    return Asked(row, application, answer, why_rejected, power.cap if power else None)
