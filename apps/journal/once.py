"""The same request twice is done once: the answer to an idempotency key is kept in the transaction that earned it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import cache

from django.core.serializers.json import DjangoJSONEncoder

from apps.kit.errors import DomainError, Refused
from apps.kit.jsontext import as_text, packed, unpacked
from apps.kit.time import now

from .actor import Actor
from .door import Lost, action
from .models import Receipt
from .writing import ALSO, Part

KEPT = timedelta(days=7)  # nobody sends the same again later
LONGEST = 80  # characters of a key
BATCH = 5000  # of one tick: 80 a second


@cache
def _claim(place: int) -> Part:
    return Part(
        f"""claimed_{place} AS (
            INSERT INTO {Receipt._meta.db_table} (actor, key, fingerprint, answer, at)
            VALUES (%s, %s, %s, %s::jsonb, %s) ON CONFLICT (actor, key) DO NOTHING RETURNING id
        )""",  # noqa: S608  (a name only)
        f"SELECT {ALSO}, id, '' FROM claimed_{place}",  # noqa: S608
    )


def once(by: Actor, key: str, request: object, do: Callable[[], object]) -> tuple[object, bool]:
    """(answer, replayed). `request` is what was asked (JSON); the same key for another request is refused.

    The key is written last, in the transaction of the work: of two requests at the same moment one commits, the other finds
    the key taken, loses its work and gets the first one's answer. A refused request leaves no key and may be tried again.
    """
    if not key or len(key) > LONGEST or "\x00" in key:
        raise Refused("idempotency.key", f"幂等键应为 1 到 {LONGEST} 个字符，不含空字符。", "Idempotency-Key")
    owner = _owner(by)
    text = json.dumps(request, cls=DjangoJSONEncoder, sort_keys=True)
    fingerprint = hashlib.sha256(text.encode()).hexdigest()
    try:
        with action(by) as act:
            written = packed(do())
            act.beside(_claim, [owner, key, fingerprint, as_text(written), now()])
        return unpacked(written), False
    except (Lost, DomainError) as trouble:
        kept = Receipt.objects.filter(actor=owner, key=key).first()
        if kept is None:
            raise trouble from None
    if kept.fingerprint != fingerprint:
        raise Refused("idempotency.reused", "这个幂等键已用于另一个请求，请换一个新的。", "Idempotency-Key")
    return kept.answer, True


def done(by: Actor, key: str) -> bool:
    """Whether a request of this key has done its work."""
    return Receipt.objects.filter(actor=_owner(by), key=key).exists()


def _owner(by: Actor) -> str:
    return f"{by.kind}:{by.id or by.ip}"[:40]


def forget() -> int:
    """Keys older than KEPT, the oldest first; how many. Every write has left one: kept for ever they would be more than the cases."""
    old = Receipt.objects.filter(at__lt=now() - KEPT).order_by("at").values("pk")[:BATCH]
    gone, _ = Receipt.objects.filter(pk__in=old).delete()
    return gone
