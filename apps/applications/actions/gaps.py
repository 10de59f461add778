"""What a promise (容缺) still owes, and the end of a gap that owes nothing any more: it came, or the answers ask for it no more."""

from __future__ import annotations

from collections.abc import Iterable

from apps.catalog.compiler import demanded_by
from apps.deadlines.actions import stop_clocks
from apps.journal.door import Action
from apps.kit.time import today

from ..models import Application, MaterialEntry, Member
from . import checklist


def owed(row: Application, entries: Iterable[MaterialEntry]) -> list[MaterialEntry]:
    """Promised, not in hand, and asked by the answers as they are now."""
    return [entry for entry in checklist.asked(row, entries) if entry.promised and not entry.in_hand]


def needs_of(row: Application, member: Member) -> set[str]:
    """Codes of the materials that this item cannot do without, by the answers."""
    return {line["material"] for line in row.listed if member.code in demanded_by(line)}


def cure_gaps(act: Action, row: Application, entries: Iterable[MaterialEntry], members: Iterable[Member], **facts) -> set[str]:
    """The members that lack nothing any more may be granted; what is owed still, by code. `facts`: why, for the event."""
    still, cured = {entry.code for entry in owed(row, entries)}, []
    for member in members:
        if still & needs_of(row, member):
            continue
        if member.gap_open and member.state in Member.UNDECIDED:
            member.application, member.gap_open = row, False
            act.save(member, "gap_open")
            act.as_system().record(member, "cure_gap", **facts)
            cured.append(member)
        elif member.owes_ahead:
            member.application, member.gap_cure_by = row, None
            act.save(member, "gap_cure_by")
    if cured:
        stop_clocks(act, root_id=row.pk, subjects=cured, kinds=("gap",), on=today())
    return still
