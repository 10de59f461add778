"""The same request twice is done once: the answer to an idempotency key is kept in the transaction that earned it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from apps.kit.errors import Refused
from apps.kit.time import now

from .actor import Actor
from .door import action
from .models import Receipt


def once(by: Actor, key: str, request: object, do: Callable[[], object]) -> tuple[object, bool]:
    """(answer, replayed). `request` is what was asked (JSON); the same key for another request is refused.

    The key is claimed first, in the same transaction: a second request at the same moment waits for the first and gets
    its answer.
    """
    if not key or len(key) > 80:
        raise Refused("idempotency.key", "幂等键应为 1 到 80 个字符。", "Idempotency-Key")
    owner = f"{by.kind}:{by.id or by.ip}"
    fingerprint = hashlib.sha256(json.dumps(request, cls=DjangoJSONEncoder, sort_keys=True).encode()).hexdigest()
    with action(by):
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {Receipt._meta.db_table} (actor, key, fingerprint, at) VALUES (%s, %s, %s, %s)"  # noqa: S608
                " ON CONFLICT (actor, key) DO NOTHING RETURNING id",
                [owner, key, fingerprint, now()],
            )
            mine = cursor.fetchone()
        if mine is None:
            kept = Receipt.objects.get(actor=owner, key=key)
            if kept.fingerprint != fingerprint:
                raise Refused("idempotency.reused", "这个幂等键已用于另一个请求，请换一个新的。", "Idempotency-Key")
            return kept.answer, True
        answer = json.loads(json.dumps(do(), cls=DjangoJSONEncoder))
        Receipt.objects.filter(pk=mine[0]).update(answer=answer)
        return answer, False
