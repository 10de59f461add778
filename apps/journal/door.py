"""The one door. Nothing else changes a state.

    with action(by) as act:
        application = act.lock(Application, pk)      # SELECT ... FOR UPDATE, NotYours when absent
        act.move(application, "accept", on=today)    # policy, machine, event
        act.record(application, "remind")            # an event without a move

One action is one transaction. Events, deliveries and changed rows are gathered and written in bulk when the outermost
action ends; then the workers are rung. A nested action joins the outer one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models.expressions import RawSQL
from django_fsm import can_proceed

from apps.kit.errors import NotYours, WrongState
from apps.kit.jsontext import packed, unpacked
from apps.kit.prepared import Prepared
from apps.kit.rows import fresh
from apps.kit.time import now
from apps.kit.together import as_one_value

from .actor import SYSTEM, Actor, PostFacts
from .models import Chained, Event, root_of
from .ringing import ring
from .writing import Bell, Part, draw, next_numbers, write

M = TypeVar("M", bound=models.Model)
_open: ContextVar[Store | None] = ContextVar("open_action", default=None)


class Lost(Exception):
    """A part of the one statement that had to write a row found that somebody else had: the whole action is undone."""


class Store:
    """What one transaction has gathered."""

    def __init__(self):
        self.events: list[Event] = []
        self.roots: dict[tuple[str, Any], Chained] = {}
        self.added: list[models.Model] = []
        self.changed: dict[tuple[type, Any], tuple[models.Model, set[str]]] = {}
        self.also: list[tuple[Part, list]] = []
        self.drawn: dict[type | str, list[int]] = defaultdict(list)
        self.asked: dict[str, Any] = {}
        self.last: dict[Callable[[], None], None] = {}
        self.broken = False

    def change(self, row: models.Model, fields) -> None:
        key = type(row), row.pk
        if key[1] is None or any(row is one for one in self.added):
            return  # it is written with what stands on it when it is inserted
        known, changed = self.changed.setdefault(key, (row, set()))
        columns = {row._meta.get_field(name).attname for name in fields}
        if known is not row:
            for name in changed - columns:  # what it changes itself is newer than what another of the same row had changed
                setattr(row, name, getattr(known, name))
            self.changed[key] = row, changed
        changed.update(columns)

    def foreseen(self, wanted: Sequence, numbers: Sequence[int], asking: Sequence[str], answers: Sequence) -> None:
        for one, number in zip(wanted, numbers, strict=True):
            self.drawn[one].append(number)
        self.asked.update(zip(asking, answers, strict=True))

    def step(self, row: models.Model) -> None:
        """Write a move that is still waiting before the same row moves on: the database lets a state make one step at a time."""
        known = self.changed.get((type(row), row.pk))
        if known and "state" in known[1]:
            del self.changed[type(row), row.pk]
            write([], [(type(row), sorted(known[1]), [known[0]])], [])

    def flush(self) -> None:
        if self.broken:
            raise RuntimeError("an inner action failed and its error was swallowed; nothing may be committed")
        deliveries = self._write(self.events)
        for do in self.last:
            do()
        if deliveries:
            transaction.on_commit(lambda: ring(deliveries), robust=True)

    def write(self) -> None:
        """The rows gathered so far; events wait for the end."""
        self._write([])

    def _write(self, events: list[Event]) -> list[Bell]:
        groups: dict[tuple[type, frozenset], list[models.Model]] = defaultdict(list)
        for (model, _), (row, fields) in self.changed.items():
            if fields:
                groups[model, frozenset(fields)].append(row)
        changed = [(model, sorted(fields), rows) for (model, fields), rows in groups.items()]
        added, self.added, also, self.also = self.added, [], self.also, []
        self.changed.clear()
        bells, told = write(added, changed, events, also)
        if told < sum(bool(part.told) for part, _ in also):
            raise Lost
        return bells


@dataclass(frozen=True)
class Foreseen:
    """What a move of a row will draw, ask and read, for `Action.lock`: drawn in vain where it is then refused. Every question's
    answer is a whole number. `beside` = (attribute, queryset for the key of the row's root): the row gets a list of those rows."""

    wanted: tuple[type[models.Model] | str, ...]
    asking: tuple[str, ...]
    beside: tuple[str, Callable[[RawSQL], models.QuerySet]]


class Action:
    """One actor's hand on the store. Made by `action`."""

    def __init__(self, by: Actor, store: Store):
        self.by, self._store = by, store
        self._post: PostFacts | None = None

    def as_system(self) -> Action:
        """The same transaction with the system's hand: for moves that follow by rule, not by a person's choice."""
        return Action(SYSTEM, self._store)

    def lock(self, model: type[M], pk, *, foreseeing: Foreseen | None = None) -> M:
        """The row, locked until the end of the transaction; a row of another's chain locks that root first, in the same trip to
        the database, which also answers what is foreseen.
        """
        known = self._store.roots.get((model._meta.label, pk))
        if known is not None:
            return known  # type: ignore[return-value]
        if issubclass(model, Chained):
            row = _to_stand_on(model).first(pk, after=_to_lock(model))
            if row is None:
                raise NotYours
            self._store.roots[model._meta.label, row.pk] = row
            return row
        reading = _to_read(model, foreseeing)
        row = reading.rows.first(pk, after=_root_to_lock(model))
        if row is None:
            raise NotYours
        setattr(row, model.chain_root_field, self.adopt(getattr(row, model.chain_root_field)))
        if foreseeing:
            facts = vars(row)
            self._store.foreseen(foreseeing.wanted, facts.pop("drawn"), foreseeing.asking, facts.pop("asked"))
            facts[foreseeing.beside[0]] = reading.make(facts.pop("beside"))
        return row

    def adopt(self, root: Chained) -> Chained:
        """Say that this row is locked (or was created) in this transaction; returns the instance that holds its chain."""
        return self._store.roots.setdefault((root._meta.label, root.pk), root)

    def create(self, row: M) -> M:
        """Insert a new row; a chained one may record events at once."""
        row.save(force_insert=True)
        if isinstance(row, Chained):
            self.adopt(row)
        return row

    def add(self, *rows: models.Model) -> None:
        """New rows, written with everything else at the end: until then no statement finds them, and who needs a key that
        `number` did not give has to wait."""
        self._store.added.extend(rows)

    def number(self, rows: Sequence[models.Model]) -> None:
        """Give new rows their keys before they are written: one statement."""
        rows = [row for row in rows if row.pk is None]
        for row, key in zip(rows, self.draw(*(type(row) for row in rows)), strict=True):
            row.pk = key

    def draw(self, *wanted: type[models.Model] | str, asking: Sequence[str] = ()) -> list[int]:
        """The next key of each of these models, or number of the sequence of that name; with what `ask` will be asked."""
        drawn = self._store.drawn
        lacking = Counter(wanted)
        lacking.subtract({one: len(numbers) for one, numbers in drawn.items()})
        self.foresee(*lacking.elements(), asking=asking)
        return [drawn[one].pop(0) for one in wanted]

    def foresee(self, *wanted: type[models.Model] | str, asking: Sequence[str] = ()) -> None:
        """Draw, and ask, in one statement what will be wanted later in this action."""
        asking = [question for question in asking if question not in self._store.asked]
        if not wanted and not asking:
            return
        numbers, answers = draw(wanted, asking)
        self._store.foreseen(wanted, numbers, asking, answers)

    def ask(self, question: str) -> Any:
        """The one value of a SELECT whose answer stays the same in this action: asked once in it."""
        self.foresee(asking=[question])
        return self._store.asked[question]

    def beside(self, part: Callable[[int], Part], values: list) -> None:
        """A piece of SQL of the caller's own, made for its place among others, goes with what is written next. Where it tells of
        rows and there is none, all is undone and `Lost` is raised.
        """
        self._store.also.append((part(len(self._store.also)), values))

    def last(self, do: Callable[[], None]) -> None:
        """Once, when everything else of the whole action is written: for a row that all want, so that nobody who has it waits for
        another."""
        self._store.last[do] = None

    def written(self) -> None:
        """What was gathered so far stands in the tables from here on: for statements that must find it."""
        self._store.write()

    def allow(self, verb: str, subject: models.Model) -> PostFacts | None:
        """Ask the subject's policy; the post it names stands on the events that follow, and is returned. Raises NotYours or
        Forbidden."""
        self._post = subject.policy(self.by, verb, subject) or self._post
        return self._post

    def move(self, subject: M, verb: str, *, facts: dict | None = None, **given) -> M:
        """One transition: policy, machine, the subject's own change, event. `given` goes to the transition and the event.

        Raises NotYours, Forbidden, WrongState, and what the transition itself refuses.
        """
        self.allow(verb, subject)
        transition = getattr(subject, verb)
        if not can_proceed(transition, check_conditions=False):
            raise _wrong(subject)
        self._store.step(subject)
        before = vars(subject).copy()
        source = subject.state
        transition(**given)
        after = vars(subject)
        self._store.change(subject, [name for name in _columns(type(subject)) if after[name] != before[name]])
        self._event(subject, verb, source, subject.state, {**given, **(facts or {})})
        return subject

    def bear(self, rows: list[M], moves: list[tuple[str, dict]], *, facts: dict | None = None) -> None:
        """New rows of one model that make their first move at birth: added, and an event each, as if moved after it. `facts`: of all."""
        sources = []
        for row, (verb, given) in zip(rows, moves, strict=True):
            self.allow(verb, row)
            sources.append(_step(row, verb, given))
        if rows:
            self.number(rows)
            self.add(*rows)
        for row, source, (verb, given) in zip(rows, sources, moves, strict=True):
            self._event(row, verb, source, row.state, {**given, **(facts or {})})

    def record(self, subject: models.Model, verb: str, **facts) -> Event:
        """An event that is not a move; the caller has asked the policy."""
        return self._event(subject, verb, "", "", facts)

    def save(self, row: models.Model, *fields: str) -> None:
        """Remember changed fields; they are written with everything else at the end."""
        self._store.change(row, fields)

    def _event(self, subject, verb: str, source: str, target: str, facts: dict) -> Event:
        named = root_of(subject)
        root = self._store.roots.get((named._meta.label, named.pk))
        if root is None:
            raise RuntimeError(f"{named!r} must be locked or created in this action before it can record “{verb}”")
        event = fresh(
            Event,
            at=now(),
            chain=root.chain,
            seq=root.chain_seq + 1,
            name=f"{subject._meta.model_name}.{verb}",
            subject_type=subject._meta.model_name,
            subject_id=str(subject.pk),
            by_kind=self.by.kind,
            by_id=self.by.id,
            by_name=self.by.name,
            by_post=self._post.id if self._post else None,
            from_state=source,
            to_state=target,
            # Through JSON and back, so that what is hashed is what the database gives back.
            facts=unpacked(packed(facts)) if facts else {},
        )
        event.hash = event.digest(root.chain_head)
        root.chain_seq, root.chain_head = event.seq, event.hash
        self._store.change(root, ("chain_seq", "chain_head"))
        self._store.events.append(event)
        return event


@cache
def _columns(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if not field.primary_key]


def _rows(model: type[models.Model]) -> models.QuerySet:
    """With the foreign keys that every move of this model needs, in the same statement (`lock_related`)."""
    return model._base_manager.select_related(*getattr(model, "lock_related", ())).order_by()


@cache
def _to_lock(model: type[models.Model]) -> Prepared:
    """Alone: a statement that has waited for a row shows what it joins to it as that was before. Its key is left free: who only
    names the row in one of his own (a message to this party, a paper in place of that one) neither waits nor is waited for.
    """
    return Prepared(
        f"lock {model._meta.db_table}",
        lambda pk: model._base_manager.order_by().select_for_update(no_key=True).filter(pk=pk).only("pk"),
    )


@cache
def _to_stand_on(model: type[models.Model]) -> Prepared:
    return Prepared(f"read {model._meta.db_table}", lambda pk: _rows(model).filter(pk=pk))


@cache
def _root_to_lock(model: type[models.Model]) -> Prepared:
    """The row on which the chain of this model's row stands."""
    field = model._meta.get_field(model.chain_root_field)

    def build(pk) -> models.QuerySet:
        wanted = model._base_manager.filter(pk=pk).values(field.attname)
        return field.related_model._base_manager.order_by().select_for_update(no_key=True).filter(pk__in=wanted).only("pk")

    return Prepared(f"lock root of {model._meta.db_table}", build)


class _Reading:
    """A row with its chain's root, what every move of that needs, and what is foreseen."""

    def __init__(self, model: type[models.Model], foreseeing: Foreseen | None):
        self._model, self._foreseeing = model, foreseeing
        self.rows = Prepared(f"read {model._meta.db_table}", self._build)
        self.make: Callable[[str], list]

    def _build(self, pk) -> models.QuerySet:
        root, foreseen = self._model._meta.get_field(self._model.chain_root_field), self._foreseeing
        related = [root.name, *(f"{root.name}__{name}" for name in getattr(root.related_model, "lock_related", ()))]
        rows = _rows(self._model).select_related(*related).filter(pk=pk)
        if foreseen is None:
            return rows
        key = f'"{self._model._meta.db_table}"."{root.column}"'
        beside, values, self.make = as_one_value(foreseen.beside[1](RawSQL(key, ())))  # noqa: S611  (a column's name)
        answers, numbers = ", ".join(f"({question})" for question in foreseen.asking), ArrayField(models.BigIntegerField())
        # Texts of the code only: names of sequences, questions, a queryset's own.
        return rows.annotate(
            drawn=RawSQL(next_numbers(foreseen.wanted), (), output_field=numbers),  # noqa: S611
            asked=RawSQL(f"ARRAY[{answers}]::bigint[]", (), output_field=numbers),  # noqa: S611
            beside=RawSQL(beside, values, output_field=models.TextField()),  # noqa: S611
        )


@cache
def _to_read(model: type[models.Model], foreseeing: Foreseen | None) -> _Reading:
    return _Reading(model, foreseeing)


def _wrong(subject: models.Model) -> WrongState:
    return WrongState(f"现在是“{subject.get_state_display()}”，不能办理这一步，请刷新后再看。")


def _step(subject: models.Model, verb: str, given: dict) -> str:
    """Let the machine make the transition; the state it came from. Raises WrongState and what the transition refuses."""
    transition = getattr(subject, verb)
    if not can_proceed(transition, check_conditions=False):
        raise _wrong(subject)
    source = subject.state
    transition(**given)
    return source


@contextmanager
def action(by: Actor) -> Iterator[Action]:
    """One transaction of one actor; see the module's text."""
    outer = _open.get()
    if outer is not None:
        outer.write()  # the inner one reads the tables: what is gathered so far must stand there
        try:
            yield Action(by, outer)
        except BaseException:
            outer.broken = True
            raise
        return
    store = Store()
    token = _open.set(store)
    try:
        with transaction.atomic():
            yield Action(by, store)
            store.flush()
    finally:
        _open.reset(token)
