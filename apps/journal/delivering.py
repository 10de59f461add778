"""Deliveries: each listener gets each event once, in one transaction with what it writes."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import connection, transaction

from apps.kit.errors import Later, WrongState, database_away
from apps.kit.masking import mask_error
from apps.kit.prepared import Prepared, execute
from apps.kit.time import due as due_at
from apps.kit.time import next_try, now

from .actor import Actor
from .door import action
from .models import Delivery
from .ringing import ring
from .switchboard import handler

log = logging.getLogger(__name__)
TEMPORARY = (Later, ConnectionError, TimeoutError)
LIMIT = 8  # attempts: two hours (next_try)
LEASE = timedelta(seconds=60)
_of_events = Delivery.objects.select_for_update(of=("self",), skip_locked=True).select_related("event")
_still_due = Prepared("a delivery that is due", lambda pk: _of_events.filter(pk=pk, state=Delivery.PENDING))
_DONE = (
    f"UPDATE {Delivery._meta.db_table} SET state = '{Delivery.DONE}', done_at = %s, attempts = attempts + 1, error = ''"  # noqa: S608
    " WHERE id = %s"
)


def deliver_one(delivery_id: int) -> bool:
    """Deliver if it is still due; True when this call did it. Safe to call twice, at once, or after a kill."""
    try:
        with transaction.atomic():
            delivery = _still_due.first(delivery_id)
            if delivery is None:
                return False
            handler(delivery.listener)(delivery.event)
            with connection.cursor() as cursor:
                execute(cursor, "a delivery is done", _DONE, [now(), delivery_id])
            return True
    except Exception as error:
        passes = isinstance(error, TEMPORARY) or database_away(error)
        if not passes:
            log.exception("delivery %s failed", delivery_id)
        _fail(delivery_id, error, final=not passes)
    return False


def _fail(delivery_id: int, error: Exception, *, final: bool) -> None:
    """Temporary trouble waits longer each time; anything else, or too many times, goes to the stuck list."""
    with transaction.atomic():
        delivery = Delivery.objects.select_for_update().filter(pk=delivery_id, state=Delivery.PENDING).first()
        if delivery is None:
            return
        delivery.attempts += 1
        delivery.error = mask_error(error)[:2000]  # read by supervisors, and when it is tried again kept in the journal
        delivery.next_try_at = next_try(delivery.attempts)
        if final or delivery.attempts >= LIMIT:
            delivery.state = Delivery.STUCK
        delivery.save(update_fields=["attempts", "error", "next_try_at", "state"])


def sweep(batch: int = 500) -> int:
    """Ring again for what is due and was not delivered: a lost message costs at most one lease. Returns how many."""
    with transaction.atomic():
        due = list(
            Delivery.objects.select_for_update(skip_locked=True)
            .filter(due_at(now()), state=Delivery.PENDING)
            .order_by("next_try_at")[:batch]
        )
        Delivery.objects.filter(pk__in=[delivery.pk for delivery in due]).update(next_try_at=now() + LEASE)
    ring(due)
    return len(due)


def retry_stuck(delivery_id: int, *, by: Actor) -> None:
    """Put a stuck delivery back in line, after a person has mended its cause; told in the delivery's own chain."""
    with action(by) as act:
        delivery = act.lock(Delivery, delivery_id)
        if delivery.state != Delivery.STUCK:
            raise WrongState("这条已经不在清单里：同事刚刚重新投递过，或者已经办成。请返回清单看现在的情况。")
        delivery.state, delivery.attempts, delivery.next_try_at = Delivery.PENDING, 0, now()
        act.save(delivery, "state", "attempts", "next_try_at")
        act.record(delivery, "retry", listener=delivery.listener, error=delivery.error[:200])
        transaction.on_commit(lambda: ring([delivery]), robust=True)
