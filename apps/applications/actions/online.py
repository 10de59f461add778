"""Before receipt, for what is filed from home: hand in, and the pre-check (预审), which is no acceptance and starts no clock."""

from __future__ import annotations

from apps.journal.actor import Actor
from apps.journal.door import action
from apps.kit.errors import Refused

from .. import policy
from ..models import Application
from .intake import demand_complete


def submit(*, by: Actor, application: int) -> Application:
    """The applicant hands his draft in; every fault of the form is told at once."""
    with action(by) as act:
        row = act.lock(Application, application)
        act.allow("submit", row)
        demand_complete(row, list(row.materials.all()))
        act.move(row, "submit")
    return row


def begin_pre_check(*, by: Actor, application: int) -> Application:
    with action(by) as act:
        row = act.lock(Application, application)
        act.allow("begin_pre_check", row)
        policy.demand_competence(by, row)
        act.move(row, "begin_pre_check")
    return row


def pass_pre_check(*, by: Actor, application: int) -> Application:
    """The materials look right: at the counter only the originals are compared."""
    with action(by) as act:
        row = act.lock(Application, application)
        act.move(row, "pass_pre_check")
    return row


def return_pre_check(*, by: Actor, application: int, reason: str) -> Application:
    """Back to the applicant, all gaps named at once."""
    if len(reason.strip()) < 4:
        raise Refused("pre_check.reason", "请一次写明全部需要修改或补充的内容。", "reason")
    with action(by) as act:
        row = act.lock(Application, application)
        act.move(row, "return_pre_check", reason=reason.strip())
    return row
