"""In-app messages: told within the action that they are about, read by whom they are told to."""

from __future__ import annotations

from collections.abc import Iterable

from apps.journal.actor import Actor
from apps.journal.door import Action
from apps.kit.errors import NotYours
from apps.kit.rows import fresh
from apps.kit.time import now

from .. import queries
from ..models import Message

GOES_ON = "……（全文点开看）"


def tell(
    act: Action,
    *,
    users: Iterable[int | None] = (),
    parties: Iterable[int | None] = (),
    kind: str,
    title: str,
    text: str,
    key: str,
    link: str = "",
    root_id: int | None = None,
) -> None:
    """One message to each of these accounts and parties (ids; None is passed over), in one insert of the caller's action.

    `key` says what it is about: whoever was told under this key is not told again. `link` is a page of ours;
    without one it leads to the case `root_id`.
    """
    if kind not in Message.KINDS:
        raise ValueError(f"no messages are of the kind {kind!r}")
    told = {"kind": kind, "title": title[:100], "text": _short(text), "link": link, "key": key, "at": now()}
    rows = [fresh(Message, user_id=pk, root_id=root_id, **told) for pk in dict.fromkeys(users) if pk is not None]
    rows += [fresh(Message, party_id=pk, root_id=root_id, **told) for pk in dict.fromkeys(parties) if pk is not None]
    if rows:
        Message.objects.bulk_create(rows, ignore_conflicts=True)


def _short(text: str, most: int = 600) -> str:
    """What is longer goes on behind the link, and the message says so."""
    return text if len(text) <= most else f"{text[: most - len(GOES_ON)]}{GOES_ON}"


def read_message(*, by: Actor, message: int) -> Message:
    """Mark one of one's own as read; again changes nothing. Raises NotYours."""
    row = queries.messages_for(by).filter(pk=message).first()
    if row is None:
        raise NotYours
    if row.read_at is None:
        row.read_at = now()
        row.save(update_fields=["read_at"])
    return row


def read_messages(*, by: Actor, until: int) -> int:
    """Mark all of one's own up to this id as read, so that one that came meanwhile stays unread; returns how many."""
    return queries.messages_for(by).filter(pk__lte=until, read_at__isnull=True).update(read_at=now())
