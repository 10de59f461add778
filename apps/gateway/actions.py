"""Sending: written with what it tells of, claimed for a minute, told without a lock, tried again with the same key.

1. `post` writes the row in the caller's transaction and rings the worker when that is committed.
2. `send_one` claims the row for one lease in a statement of its own; two workers never speak at once.
3. The adapter talks; no lock and no transaction is open meanwhile.
4. The outcome is written. A worker killed between 3 and 4 leaves a claim that ends; the next one sends the same key again,
   which the service knows.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from math import inf
from time import monotonic

from django.db import transaction
from django.db.models import F

from apps.applications import actions as applications
from apps.applications.ports import courier
from apps.applications.queries_parcels import NOT_WANTED, order_of, whom_of
from apps.directory import actions as directory
from apps.directory.models import User
from apps.journal.actor import Actor
from apps.journal.door import Action, action
from apps.journal.ringing import ring_for
from apps.kit.errors import DomainError, Later, NotYours, WrongState, database_away
from apps.kit.masking import mask_email, mask_error, mask_mobile, mask_said
from apps.kit.ports import port
from apps.kit.time import due, next_try, now

from . import queries
from .models import OFF, PARCEL, Outbound

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=60)
HELD_UP, REST = 3, 30  # seconds of silence after which a service is not asked for a while, and how long
ROUND = 10  # seconds of a sweep for one service: the next begins soon
BUSY = "数据库一时没有应答，对方的答复没有记下。"
UNWANTED = "没有发送：收件人已经选择不收，或者不再是办件的当事人。"
OVERTAKEN = "没有发送：约的时间已经改了、取消了，或者要办的事已经办好、不用再办。"
LIMIT = 8  # attempts: two hours (next_try)
_resting: dict[str, float] = {}  # service: until when, for this process


def post(act: Action, rows: Iterable[Outbound]) -> None:
    """Messages of this action, sent after it is committed; one whose key is known is not written again."""
    keys = [row.key for row in Outbound.objects.bulk_create(rows, ignore_conflicts=True)]
    if keys:
        transaction.on_commit(lambda: _ring(keys), robust=True)


def change_mobile(*, by: Actor, user: User, mobile: str, code: str, password: str) -> None:
    """A citizen's new phone (directory.actions.change_mobile, whose errors come through); the former one is told in the same transaction,
    whatever its owner wants to be told of: whoever has come into his account and taken it along cannot keep that from him."""
    with action(by) as act:
        former = directory.change_mobile(by=by, user=user, mobile=mobile, code=code, password=password)
        if former and former != mobile:
            text = "【一窗】您的账号已换了手机号，这个号码不再用来登录和接收账号的短信。不是您本人换的，请带身份证到任一综合窗口，并拨打 12345。"
            post(act, [Outbound(service=Outbound.Service.SMS, key=f"former:{secrets.token_hex(12)}", to=former, text=text)])


def change_email(*, by: Actor, user: User, email: str, code: str = "") -> User:
    """Another mailbox, or none (directory.actions.change_email, whose errors come through); the former one is told, as the phone is."""
    with action(by) as act:
        row, former = directory.change_email(by=by, user=user, email=email, code=code)
        if former and former != row.email:
            text = "您的一窗账号不再用这个邮箱收通知。不是您本人改的，请登录后在“通知方式”里改回来，修改密码，并拨打 12345。"
            key, mail = f"former:{secrets.token_hex(12)}", Outbound.Service.MAIL
            post(act, [Outbound(service=mail, key=key, to=former, subject="一窗账号的邮箱已更换", text=text)])
    return row


def _ring(keys: list[str]) -> None:
    pks = list(Outbound.objects.filter(key__in=keys).values_list("pk", flat=True))
    ring_for(("gateway.send", "notify", pk) for pk in pks)


def send_rung(pks: Iterable[int]) -> int:
    """What was rung for, but nothing for a service that has just held this process up: each message would wait for it anew, and behind
    them stand those for others. The sweep asks it, once a round."""
    return send_all(pks, {service for service, until in _resting.items() if monotonic() < until})


def send_all(pks: Iterable[int], silent: Iterable[str] = (), *, seconds: float = inf) -> int:
    """One after the other; returns how many were sent. A service that did not answer is not asked again in this round: it
    would hold up the others for its seconds each time. What was for it stays due, and what was not come to in so many seconds."""
    began, silent, sent = monotonic(), set(silent), 0
    service, order, early = _in_turn(pks, silent)
    for pk in order:
        if service[pk] not in silent:
            if pk in early:  # only now: what this round does not come to keeps its attempts and its time
                _bring_forward(pk, early[pk])
            sent += send_one(pk, silent)
            if monotonic() - began > seconds:
                break
    for pk, own in early.items():  # it failed again: its own time stands, else what never goes out would never be given up
        Outbound.objects.filter(pk=pk, state=Outbound.State.PENDING, next_try_at__gt=own).update(next_try_at=own)
    return sent


def _in_turn(pks: Iterable[int], silent: set[str]) -> tuple[dict[int, str], list[int], dict[int, datetime]]:
    """({row: service}, the rows in their order, {asked before its time: its time}): to one address about one case the older word goes
    first. One that failed waits up to an hour for its next try: the call to a visit that was put off meanwhile came after the one that
    holds. It is asked at once, before the newer; where another worker may be asking just now, the newer stays due. Both come last: what
    fails ends the round of its service."""
    early, last = {}, set()
    rows = {row.pk: row for row in Outbound.objects.filter(pk__in=list(pks)).only("service", "root_id", "to")}
    order, moment = sorted(rows), now()
    cases = {row.root_id for row in rows.values() if row.root_id and row.service not in silent}
    failed = Outbound.objects.filter(state=Outbound.State.PENDING, root_id__in=cases, error__gt="").exclude(pk__in=order)
    for older in failed.only("service", "root_id", "to", "next_try_at").order_by("pk") if cases else ():
        newer = {pk for pk in order if pk > older.pk and _to_whom(rows[pk]) == _to_whom(older)}
        if newer and moment < older.next_try_at <= moment + LEASE:
            order = [pk for pk in order if pk not in newer]
        elif newer:
            if older.next_try_at > moment:
                early[older.pk] = older.next_try_at
            rows[older.pk] = older
            last |= {older.pk, *newer}
            order.append(older.pk)
    return {pk: row.service for pk, row in rows.items()}, sorted(order, key=lambda pk: (pk in last, pk)), early


def _bring_forward(pk: int, own: datetime) -> None:
    """Out of its turn: it is none of its eight attempts."""
    still = Outbound.objects.filter(pk=pk, state=Outbound.State.PENDING, next_try_at=own, attempts__gt=0)
    still.update(next_try_at=now(), attempts=F("attempts") - 1)


def _to_whom(row: Outbound) -> tuple[str, int | None, str]:
    return row.service, row.root_id, row.to


def send_one(pk: int, silent: set[str] | None = None) -> bool:
    """Send it if it is still due; True when this call did. Safe to call twice, at once, or after a kill."""
    moment = now()
    claimed = Outbound.objects.filter(due(moment), pk=pk, state=Outbound.State.PENDING).update(
        attempts=F("attempts") + 1, next_try_at=moment + LEASE
    )
    if not claimed:
        return False
    row = Outbound.objects.get(pk=pk)
    # It has waited, also where it was not tried because its service was silent: the address may be another by now, its owner may have
    # said no, and what it says may be over.
    if row.to and (row.error or row.created_at < moment - LEASE):
        now_at, over = queries.address_now(row), queries.overtaken(row)
        if over or not now_at:
            return _end(row, state=Outbound.State.SENT, to=_hidden(row), error=OVERTAKEN if over else UNWANTED)
        row.to = now_at
    began = monotonic()
    try:
        reference = _told(row)
    except Later as trouble:
        if monotonic() - began > HELD_UP:
            _resting[row.service] = monotonic() + REST
        _wait(row, str(trouble))
        if silent is not None:
            silent.add(row.service)
    except DomainError as refusal:
        said = _without_whom(row, refusal.message)
        if refusal.code in ("courier.refused", NOT_WANTED):  # an answer, and no fault
            if refusal.code == "courier.refused" and not row.calls_off:  # the desk has the parcel again
                applications.decline(parcel=parcel_of(row.key), reason=said[:200])
            return _end(row, state=Outbound.State.SENT, sent_at=now(), error=said[:300])
        _end(row, state=Outbound.State.STUCK, error=said[:300])
    except Exception as error:
        if database_away(error):  # taken back for another's sake, or gone for a moment: what was said is known by its key
            _wait(row, BUSY)
            return False
        log.exception("outbound %s failed", pk)
        _end(row, state=Outbound.State.STUCK, error=_without_whom(row, mask_error(error))[:300])
    else:
        return _end(row, state=Outbound.State.SENT, sent_at=now(), reference=reference, to=_hidden(row), error="")
    return False


def _hidden(row: Outbound) -> str:
    return mask_email(row.to) if row.service == Outbound.Service.MAIL else mask_mobile(row.to)


def _without_whom(row: Outbound, said: str) -> str:
    """What a service answered may repeat to whom it was to go. It is read by supervisors and stands in the journal: masked there."""
    known = {row.to: _hidden(row)}
    if row.key.startswith(PARCEL) and not row.calls_off:
        known |= whom_of(parcel_of(row.key))
    return mask_said(said, known)


def _told(row: Outbound) -> str:
    """Say it; the service's number for it. What the courier answers stands on the parcel before the row is done."""
    if row.service != Outbound.Service.COURIER:
        return port(row.service).send(row.to, row.text, key=row.key, subject=row.subject)
    pk = parcel_of(row.key)
    if row.calls_off:
        courier().call_off(f"{PARCEL}{pk}", key=row.key)
        applications.call_off(parcel=pk)
        return ""
    waybill = courier().order(order_of(pk), key=row.key)
    applications.take_waybill(parcel=pk, waybill=waybill)
    return waybill


def parcel_of(key: str) -> int:
    return int(key.removeprefix(PARCEL).removesuffix(OFF))


def _wait(row: Outbound, trouble: str) -> None:
    if row.attempts >= LIMIT:
        _end(row, state=Outbound.State.STUCK, error=trouble[:300])
    else:
        _end(row, next_try_at=next_try(row.attempts), error=trouble[:300])


def _end(row: Outbound, **outcome) -> bool:
    """Write the outcome unless another attempt, begun after this one's lease ended, has written its own."""
    mine = Outbound.objects.filter(pk=row.pk, state=Outbound.State.PENDING, attempts=row.attempts)
    return bool(mine.update(**outcome))


def sweep(batch: int = 200) -> int:
    """Send what is due and was not: a lost message to the worker, a claim that ended. Returns how many were sent.

    So many of each service, or so long: what one that is silent or slow has left, and is older with every round, stands in no other's way."""
    waiting = Outbound.objects.filter(due(now()), state=Outbound.State.PENDING).order_by("next_try_at").values_list("pk", flat=True)
    return sum(send_all(waiting.filter(service=service)[:batch], seconds=ROUND) for service in Outbound.Service)


def retry(*, by: Actor, outbound: int) -> None:
    """Put a message that was given up back in line, after its cause was mended; told in its own chain. Raises NotYours; WrongState where a
    colleague was quicker."""
    if not queries.of_nodes(by).filter(pk=outbound).exists():
        raise NotYours
    with action(by) as act:
        row = act.lock(Outbound, outbound)
        if row.state != Outbound.State.STUCK:
            raise WrongState("这一条已经不在清单里：同事刚刚重新发送过，或者已经发出。请返回清单看现在的情况。")
        row.state, row.attempts, row.next_try_at = Outbound.State.PENDING, 0, now()
        act.save(row, "state", "attempts", "next_try_at")
        act.record(row, "retry", service=row.service, error=row.error[:200])
        transaction.on_commit(lambda: _ring([row.key]), robust=True)


def retry_all(*, by: Actor, most: int = 500) -> int:
    """The oldest of those that were given up, when their cause is mended: a carrier that was away for hours leaves many. Returns how
    many."""
    done = 0
    for pk in list(queries.stuck(by).order_by("pk").values_list("pk", flat=True)[:most]):
        with suppress(NotYours, WrongState):  # another supervisor was quicker
            retry(by=by, outbound=pk)
            done += 1
    return done
