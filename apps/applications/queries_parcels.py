"""Parcels with results: of a case for its desk, and what the courier is told."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import QuerySet

from apps.journal.actor import Actor
from apps.kit.errors import NotYours, WrongState
from apps.kit.ids import bare, plain
from apps.kit.masking import mask_address, mask_mobile, mask_name

from .handout import HandOut
from .models import Application, Member, Parcel
from .sight import scope

NOT_WANTED = "parcel.not_wanted"
SENT = (Member.State.DISPATCHED, Member.State.SERVED)


def order_of(parcel: int) -> dict[str, str]:
    """What the courier is asked for; for the gateway alone. Raises WrongState for what is void: it is called off, not ordered; and for
    what he has said no to: the worker was killed before it had noted that, and the desk has the results again."""
    row = Parcel.objects.get(pk=parcel)
    if row.state == Parcel.State.CALLED_OFF:
        raise WrongState("这件快递已经取消，不再约快递。", code=NOT_WANTED)
    if row.state == Parcel.State.DECLINED:
        raise WrongState("快递公司已经答复不收，不再约快递。", code=NOT_WANTED)
    if is_void(row):
        raise WrongState("寄的决定已经撤销，不再约快递。", code=NOT_WANTED)
    contents = f"政务文书 {len(row.members)} 项"
    return {"recipient": row.recipient, "phone": row.phone, "address": row.address, "contents": contents}


def whom_of(parcel: int) -> dict[str, str]:
    """{as written on it: masked}, for the gateway alone: what a courier repeats of it."""
    row = Parcel.objects.filter(pk=parcel).first()
    return whom(row) if row else {}


def whom(row: Parcel) -> dict[str, str]:
    told = {row.recipient: mask_name(row.recipient), row.phone: mask_mobile(row.phone), row.address: mask_address(row.address)}
    return {full: masked for full, masked in told.items() if full}


def is_void(row: Parcel) -> bool:
    """Every decision in it was revoked: there is nothing to deliver."""
    inside = Member.objects.filter(pk__in=row.members)
    return not inside.filter(commitment__revoked_on=None).exists()


def to_call_off(application: int) -> list[Parcel]:
    """What the courier has not fetched and need not fetch any more; for the gateway alone."""
    waiting = Parcel.objects.filter(application=application, state__in=Parcel.NOT_FETCHED).select_related("application")
    return [row for row in waiting if is_void(row)]


def parcels_of(row: Application, members: Iterable[Member]) -> list[Parcel]:
    """Of a case that the actor was shown to see, newest first; one that never sent anything is not asked. Who changed to the counter
    after one was lost stands before a desk that has no papers: there it is known of each member whether it was `sent_before`."""
    sent = row.handout == HandOut.COURIER or any(member.state in SENT or getattr(member, "sent_before", False) for member in members)
    return list(row.parcels.all()) if sent else []


def parcels(actor: Actor) -> QuerySet[Parcel]:
    """What was sent of the cases that the actor sees."""
    seen = Application.objects.filter(scope(actor)).values("pk")
    rows = Parcel.objects.filter(application__in=seen).select_related("application")
    return rows.defer("application__plan", "application__answers")


def find_parcels(actor: Actor, *, words: str = "", states: Collection[str] = ()) -> QuerySet[Parcel]:
    """Of these the one with a waybill, or those of a case's number: who has the slip in his hand. `states`: in one of them."""
    rows, words = parcels(actor), plain(words).strip()
    if words:
        typed = bare(words).replace("-", "")  # slips print both in groups
        # Two lookups beside each other: with OR over two tables neither index would serve.
        numbered = Parcel.objects.filter(application__number=typed).values("pk")
        marks = {words, words.upper(), bare(words), typed} - {""}  # of no number are all that wait for theirs
        marked = Parcel.objects.filter(waybill__in=marks).values("pk")
        rows = rows.filter(pk__in=numbered.union(marked, all=True))
    return rows.filter(state__in=states) if states else rows


def parcel(actor: Actor, pk: int) -> Parcel:
    """Raises NotYours."""
    row = parcels(actor).filter(pk=pk).first()
    if row is None:
        raise NotYours
    return row
