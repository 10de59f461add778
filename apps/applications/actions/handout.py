"""How the applicant wants the results (领取方式): kept in a draft as it is typed, afterwards chosen anew until all is handed out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from apps.journal.actor import Actor
from apps.journal.door import Action, action
from apps.kit.errors import WrongState, raise_all

from .. import handout
from ..models import Application, Member
from .expiring import kept_from_now

GONE = [*Member.ENDED, Member.State.COLLECTED, Member.State.DISPATCHED, Member.State.SERVED, Member.State.ARCHIVED]
TOO_LATE = "结果已经领取、寄出、撤销，或者这件不再办理，领取方式不能再改。"


ON_ITS_WAY = "结果已经交寄，还在路上，这时领取方式和联系手机都不能改；退回出件窗口以后可以再改。"


def choose_handout(
    *, by: Actor, application: int, way: str, recipient: str = "", phone: str = "", address: str = ""
) -> Application:
    """A whole choice in place of the one that stands: to the counter, or by courier to this address. Blank recipient and phone
    are the applicant's own. What is to be handed out later follows it. Raises all faults together, by `handout.<part>`.
    """
    given = {"way": way, "recipient": recipient, "phone": phone, "address": address}
    with action(by) as act:
        row = act.lock(Application, application)
        act.allow("choose_handout", row)
        if not still_open(row, members := list(row.members.select_related("commitment"))):
            raise WrongState(on_its_way(members) or TOO_LATE)
        changed = put(act, row, given)
        if row.state in Application.BEFORE_RECEIPT:
            kept_from_now(act, row)
        elif changed:
            act.record(row, "choose_handout", way=row.handout, fields=changed, **on_behalf(by, row))
    return row


def on_behalf(by: Actor, row: Application) -> dict[str, int]:
    """Stands on what somebody does from home for the applicant, who is told of it: the party that did it, and knows."""
    return {"agent": by.party_ids[0]} if by.kind == "person" and row.applicant_id != by.party_ids[0] else {}


def still_open(row: Application, members: Iterable[Member]) -> bool:
    """Is there anything that may still be handed out? The members come with their commitments."""
    if row.state in Application.ENDED and row.state != Application.State.DONE:
        return False
    rows = list(members)
    return not rows or any(member.state not in GONE and not member.revoked_on for member in rows)


def on_its_way(members: Iterable[Member]) -> str:
    """Why nothing is changed now of what a courier has in hand, "" where he has nothing, or nothing that is still worth having."""
    return ON_ITS_WAY if any(member.state == Member.State.DISPATCHED and not member.revoked_on for member in members) else ""


def put(act: Action, row: Application, given: Mapping[str, Any], *, partial: bool = False) -> list[str]:
    """Put parts of a choice on the row; the names of the columns that changed. Raises all faults together."""
    found, faults = handout.clean(row.plan, given, partial=partial)
    raise_all(faults)
    columns = {handout.COLUMNS[part]: text for part, text in found.items()}
    changed = sorted(name for name, text in columns.items() if getattr(row, name) != text)
    for name in changed:
        setattr(row, name, columns[name])
    act.save(row, *changed)
    return changed


def faults_of(row: Application) -> list:
    """What is missing in a choice that was begun; none was made: to the counter."""
    if not row.handout:
        return []
    chosen = {part: getattr(row, column) for part, column in handout.COLUMNS.items()}
    return handout.clean(row.plan, chosen)[1]


def tidy(act: Action, row: Application) -> None:
    """Handed in: what was typed for a parcel goes when none is wanted (PIPL 19)."""
    if row.handout != handout.HandOut.COURIER:
        put(act, row, {"recipient": "", "phone": "", "address": ""}, partial=True)
