"""Events in their chains, their deliveries, the anchors over all of it, and the answers given to idempotency keys."""

from __future__ import annotations

import hashlib
import json

import pgtrigger
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

# TRUNCATE is how a test database is emptied between tests; nothing but the test settings may say so.
_NO_TRUNCATE = """
    IF current_setting('yichuang.test_database', true) IS DISTINCT FROM 'on' THEN
        RAISE EXCEPTION 'the journal is append-only';
    END IF;
    RETURN NULL;
"""


def append_only(name: str) -> list[pgtrigger.Trigger]:
    """Triggers that refuse UPDATE, DELETE and TRUNCATE in the database itself."""
    return [
        pgtrigger.Protect(name=f"{name}_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        pgtrigger.Trigger(
            name=f"{name}_no_truncate",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func=_NO_TRUNCATE,
        ),
    ]


class Chained(models.Model):
    """A subject whose events form a hash chain; the chain's head stands on its own row, so writers never queue elsewhere."""

    chain_seq = models.PositiveIntegerField(default=0, editable=False)
    chain_head = models.CharField(max_length=64, default="", editable=False)

    class Meta:
        abstract = True

    @property
    def chain(self) -> str:
        return f"{self._meta.model_name}:{self.pk}"


def root_of(subject: models.Model) -> Chained:
    """The row on which the subject's chain stands: itself, or what its `chain_root_field` (a foreign key's name) holds."""
    return subject if isinstance(subject, Chained) else getattr(subject, subject.chain_root_field)


class CurrentTransaction(models.Func):
    """The writing transaction's number: readers stop at the horizon below which no transaction is still open."""

    template = "(pg_current_xact_id()::text::bigint)"
    output_field = models.BigIntegerField()
    allowed_default = True


_text = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


class Event(models.Model):
    """One move or fact, never changed. `hash` covers everything here and the hash of the event before in its chain."""

    at = models.DateTimeField()
    chain = models.CharField(max_length=80)
    seq = models.PositiveIntegerField()
    name = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    by_kind = models.CharField(max_length=10)
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=60)
    by_post = models.BigIntegerField(null=True)
    from_state = models.CharField(max_length=30, blank=True)
    to_state = models.CharField(max_length=30, blank=True)
    facts = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    hash = models.CharField(max_length=64)
    tx = models.BigIntegerField(db_default=CurrentTransaction())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "seq"], name="event_once_in_chain")]
        indexes = [models.Index(fields=["tx"], name="event_tx"), models.Index(fields=["by_id", "at"], name="event_by")]
        triggers = append_only("event")

    def __str__(self):
        return f"{self.chain}#{self.seq} {self.name}"

    @property
    def root_type(self) -> str:
        return self.chain.partition(":")[0]

    @property
    def root_id(self) -> str:
        return self.chain.partition(":")[2]

    def canonical(self, previous: str) -> str:
        """The text that is hashed; `previous` is the hash before it in the chain ("" for the first)."""
        body = [
            previous,
            self.chain,
            self.seq,
            self.at.timestamp().hex(),
            self.name,
            self.subject_type,
            self.subject_id,
            self.by_kind,
            self.by_id,
            self.by_name,
            self.by_post,
            self.from_state,
            self.to_state,
            self.facts,
        ]
        return _text(body)

    def digest(self, previous: str) -> str:
        """SHA-256 over the canonical form."""
        return hashlib.sha256(self.canonical(previous).encode()).hexdigest()


class Delivery(Chained):
    """One listener's copy of an event. The table is the truth; the broker is only the doorbell."""

    PENDING, DONE, STUCK = "pending", "done", "stuck"

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    listener = models.CharField(max_length=60)
    queue = models.CharField(max_length=20, default="default")
    state = models.CharField(max_length=10, default=PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "listener"], name="delivery_once")]
        indexes = [
            models.Index(fields=["next_try_at"], name="delivery_due", condition=models.Q(state="pending")),
            models.Index(fields=["id"], name="delivery_stuck", condition=models.Q(state="stuck")),
        ]

    def __str__(self):
        return f"{self.listener} {self.state}"


class Anchor(models.Model):
    """A seal over all new events of all chains: which transactions it covers, how many events, and its own chain."""

    at = models.DateTimeField()
    horizon = (
        models.BigIntegerField()
    )  # events of transactions below this number are covered by this or an earlier anchor
    low = models.BigIntegerField()  # first transaction number covered here
    after_event = models.BigIntegerField()  # after a restore into a new cluster numbers start again: then the id tells
    count = models.PositiveIntegerField()
    hash = models.CharField(max_length=64)

    class Meta:
        triggers = append_only("anchor")

    def __str__(self):
        return f"anchor {self.pk}"


class Receipt(models.Model):
    """The answer once given to an idempotency key, so that the same request twice is done once."""

    actor = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    fingerprint = models.CharField(max_length=64)
    answer = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="receipt_once")]

    def __str__(self):
        return f"{self.actor} {self.key}"
