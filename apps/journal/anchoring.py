"""The global chain: every minute an anchor seals the new events of all chains, and `verify` walks all of it."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import QuerySet

from apps.kit.paging import slices
from apps.kit.time import BEIJING, now

from .models import Anchor, Chained, Event

_LOCK = 7_315_001  # advisory lock: one sealer at a time


_SETTLED = """
    SELECT least(
        (
            SELECT min(number::text::bigint) FROM pg_snapshot_xip(seen) AS number
            WHERE CASE  -- in this order: who is not seen at work may have ended just before
                WHEN EXISTS (
                    SELECT FROM pg_stat_activity AS other
                    WHERE other.backend_xid = number::xid AND other.datname <> current_database()
                ) THEN FALSE
                ELSE pg_xact_status(number) = 'in progress'
            END
        ),
        pg_current_xact_id_if_assigned()::text::bigint,
        pg_snapshot_xmax(seen)::text::bigint
    ) FROM pg_current_snapshot() AS seen
"""


def settled_below() -> int:
    """The transaction number below which no transaction of this database is still open: what it wrote is there or never.

    Numbers are the whole server's, so a long transaction of another database would hold everybody up; those that are
    known to be of another database are left out, and what is not known counts as ours. One that ended since this
    statement began is known of no database any more; what it wrote, the caller's next statement sees (READ COMMITTED).
    """
    with connection.cursor() as cursor:
        cursor.execute(_SETTLED)
        return cursor.fetchone()[0]


def seal() -> Anchor | None:
    """Seal what is new and settled; None when there is nothing, or another is at it.

    A smaller event id may commit later than a larger one, so an anchor never trusts id order: it covers the events of
    transactions below the horizon under which none is still open.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return None
        horizon = settled_below()
        last = Anchor.objects.order_by("-pk").first()
        low, after = (last.horizon, last.after_event) if last else (0, 0)
        if last and horizon < last.horizon:
            # Restored into a new cluster, whose transaction numbers start again: from here on the id tells old from new, and the
            # anchors from before hold nothing that comes after it.
            low, after = 0, _last_covered(last)
        anchor = Anchor(at=now(), horizon=horizon, low=low, after_event=after, count=0)
        digest = _cover(anchor, last.hash if last else "")
        if not anchor.count:
            return None
        anchor.hash = digest
        anchor.save(force_insert=True)
        return anchor


def _last_covered(last: Anchor) -> int:
    """The greatest number that was sealed. A new event may have the transaction number of an old one; its own is greater, so that the
    first of an anchor's are those that it had counted. A smaller number may have been sealed after a greater one, minutes later at most."""
    anchors = Anchor.objects.filter(after_event=last.after_event).order_by("-pk")[:60]
    sealed = [list(_events(one).order_by("pk").values_list("pk", flat=True)[: one.count]) for one in anchors]
    return max(max(numbers, default=last.after_event) for numbers in sealed)


def _events(anchor: Anchor, until: int | None = None):
    """What it seals; `until`: the last number before another cluster began anew."""
    found = Event.objects.filter(tx__gte=anchor.low, tx__lt=anchor.horizon, pk__gt=anchor.after_event)
    return found if until is None else found.filter(pk__lte=until)


def _cover(anchor: Anchor, previous: str, until: int | None = None) -> str:
    """Counts the covered events into the anchor and returns the hash over them and the anchor before."""
    digest = hashlib.sha256(f"{previous}|{anchor.low}|{anchor.horizon}|{anchor.after_event}".encode())
    count = 0
    for pk, event_hash in slices(_events(anchor, until).values_list("pk", "hash", named=True), ("pk",), 5000):
        digest.update(f"|{pk}:{event_hash}".encode())
        count += 1
    anchor.count = count
    return digest.hexdigest()


class Broken(Exception):
    """The journal does not verify; the message says where. `event`: the one that is broken, or the last that stands where the end is."""

    def __init__(self, where: str, event: int | None = None):
        super().__init__(where)
        self.event = event


def verify() -> int:
    """Walk every chain, every head and every anchor; the number of events. Raises Broken: of several events the one written first,
    whatever its chain is called.

    All of it as it stood in one moment: the house goes on while it is looked at.
    """
    with one_moment():
        return _verify()


@contextmanager
def one_moment() -> Iterator[None]:
    """Every statement within sees the house as it stood at the first; nothing is written. Within a transaction: as that has it."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _verify() -> int:
    total = 0
    first: Event | None = None
    fault = ""
    heads = _Heads()
    for event, (seq, head) in _walk():
        total += 1
        heads.see(event)
        if first and first.pk < event.pk:
            continue
        if event.seq != seq + 1:
            first, fault = event, f"链 {event.chain} 缺第 {seq + 1} 个事件"
        elif event.digest(head) != event.hash:
            first, fault = event, f"链 {event.chain} 第 {event.seq} 个事件的哈希不符"
    if first:
        raise Broken(fault, first.pk)
    heads.demand_right()
    _verify_anchors()
    return total


def _walk() -> Iterator[tuple[Event, tuple[int, str]]]:
    chain, at = "", (0, "")
    for event in slices(Event.objects.all(), ("chain", "seq")):
        if event.chain != chain:
            chain, at = event.chain, (0, "")
        yield event, at
        at = (event.seq, event.hash)


class _Heads:
    """Every subject's own word about its chain, and no chain without its subject: compared some thousand chains at a time, since a
    city has millions. Of several faults the one of the first subject is told."""

    AT_ONCE = 10_000

    def __init__(self):
        self.models = {model._meta.model_name: model for model in apps.get_models() if issubclass(model, Chained)}
        self.places = {name: place for place, name in enumerate(self.models)}
        self.ends: dict[str, dict[str, tuple[int, str, int]]] = defaultdict(dict)  # {model: {key: (seq, hash, event)}}
        self.held, self.met = 0, Counter[str]()
        self.fault: tuple[tuple[int, object], Broken] | None = None

    def see(self, event: Event) -> None:
        """The events of a chain come one after the other."""
        name, _, key = event.chain.partition(":")
        ends = self.ends[name]
        if key not in ends:
            if self.held == self.AT_ONCE:
                self._compare()
                ends = self.ends[name]
            self.held += 1
        ends[key] = (event.seq, event.hash, event.pk)

    def demand_right(self) -> None:
        self._compare()
        for name in self.models:
            rows = self._rows(name)
            if rows.count() != self.met[name]:
                self._find_bare(name, rows)
        if self.fault:
            raise self.fault[1]

    def _rows(self, name: str) -> QuerySet:
        return self.models[name]._base_manager.filter(chain_seq__gt=0).values_list("pk", "chain_seq", "chain_head", named=True)

    def _compare(self) -> None:
        for name, ends in self.ends.items():
            for pk, seq, head in self._subjects(name, ends):
                self.met[name] += 1
                stand, last, event = ends.pop(str(pk))
                if (stand, last) != (seq, head):
                    self._told(name, pk, seq, stand, event)
            for key, (_, _, event) in ends.items():
                self._keep((len(self.models), event), Broken(f"链 {name}:{key} 有事件，其主体却不在或不记得", event))
        self.ends.clear()
        self.held = 0

    def _subjects(self, name: str, keys: Collection[str]) -> QuerySet | tuple:
        if name not in self.models:
            return ()
        read, pks = self.models[name]._meta.pk.to_python, []
        for key in keys:
            with suppress(ValidationError):  # no key of that table: whoever wrote it, nothing speaks of this chain
                pks.append(read(key))
        return self._rows(name).filter(pk__in=[pk for pk in pks if str(pk) in keys])

    def _find_bare(self, name: str, rows: QuerySet) -> None:
        """The first subject that speaks of a chain of which nothing is left."""
        for pk, seq, _ in slices(rows, ("pk",), 5000):
            if not Event.objects.filter(chain=f"{name}:{pk}").exists():
                return self._told(name, pk, seq, 0, None)

    def _told(self, name: str, pk: object, seq: int, stand: int, event: int | None) -> None:
        if stand < seq:
            missing = f"第 {seq} 个" if stand + 1 == seq else f"第 {stand + 1} 至 {seq} 个"
            told = f"链 {name}:{pk} 的末尾缺{missing}事件"
        else:
            told = f"链 {name}:{pk} 的末尾与其主体所记不符：主体记到第 {seq} 个事件，这里的末尾是第 {stand} 个"
        self._keep((self.places[name], pk), Broken(told, event))

    def _keep(self, at: tuple[int, object], fault: Broken) -> None:
        if self.fault is None or at < self.fault[0]:
            self.fault = (at, fault)


def _verify_anchors() -> None:
    previous = ""
    begun = list(Anchor.objects.order_by("after_event").values_list("after_event", flat=True).distinct())
    until = dict(pairwise(begun))
    for anchor in slices(Anchor.objects.all(), ("pk",), 1000):
        counted = anchor.count
        if _cover(anchor, previous, until.get(anchor.after_event)) != anchor.hash or anchor.count != counted:
            sealed = f"{anchor.at.astimezone(BEIJING):%Y-%m-%d %H:%M} 盖 {counted} 个，现有 {anchor.count} 个"
            raise Broken(f"第 {anchor.pk} 个锚点与其所盖事件不符（{sealed}）")
        previous = anchor.hash
