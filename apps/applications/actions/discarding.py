"""Discarding: what nobody has received yet may be thrown away by who typed it."""

from __future__ import annotations

from apps.journal.actor import Actor
from apps.journal.door import Action, action
from apps.kit.errors import Forbidden, WrongState

from .. import sight
from ..models import Application
from ..next_step import pre_check_days
from .expiring import empty

# Nobody has received it and nobody looks at it now: it may be thrown away.
DISCARDED = (*Application.BEFORE_RECEIPT, Application.State.SUBMITTED, Application.State.PRE_PASSED)


def discard(*, by: Actor, application: int) -> None:
    """Throw away what was not received: a draft, or what its applicant handed in for the pre-check. That it was opened and that it
    ended stay in the journal; what was typed does not (PIPL 19).
    Raises WrongState once it is received, or while the counter looks through it; Forbidden for who did not hand it in."""
    with action(by) as act:
        row = act.lock(Application, application)
        act.allow("discard", row)
        if row.state == Application.State.PRE_CHECKING:
            raise WrongState(f"窗口正在预审，{pre_check_days()}内有结果；有了结果就可以放弃。")
        if row.state not in DISCARDED or row.number:
            raise WrongState("已经收件的不能放弃，可以撤回。")
        if row.state not in Application.BEFORE_RECEIPT and not sight.files(by, row):
            raise Forbidden("已经提交的申请，只有申请人可以放弃。")
        _throw_away(act, row)


def discard_drafts(*, by: Actor) -> int:
    """A citizen leaves: what he typed and nobody received goes with him; returns how many."""
    mine = Application.objects.filter(applicant__in=by.party_ids[:1], number__isnull=True, discarded_at__isnull=True)
    drafts = list(mine.filter(clerk__isnull=True, state__in=DISCARDED).order_by("pk").values_list("pk", flat=True))
    done = 0
    with action(by) as act:
        for draft in drafts:
            row = act.lock(Application, draft)
            if row.state in DISCARDED and not row.number and not row.discarded_at:  # no clerk looks at it meanwhile, no other tab was quicker
                act.allow("discard", row)
                _throw_away(act, row)
                done += 1
    return done


def _throw_away(act: Action, row: Application) -> None:
    empty(act, row)
    act.record(row, "discard")
