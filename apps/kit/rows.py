"""Rows of a model, made and read without the signals and the setting of each column by which Django's own constructor spends most
of its time: a filing makes two dozen, a move reads half a dozen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db.models import Model
from django.db.models.base import ModelState
from django.db.models.signals import post_init, pre_init

M = TypeVar("M", bound=Model)


def fresh(model: type[M], **given: Any) -> M:
    """What `model(**given)` makes. Raises FieldDoesNotExist for a name that is no field's."""
    if not _simple(model):
        return model(**given)
    plain, made, owners = _defaults(model)
    row = model.__new__(model)
    facts, state = vars(row), ModelState()
    facts["_state"] = state
    facts.update(plain)
    for name, make in made.items():
        if name not in given:
            facts[name] = make()
    for name, value in given.items():
        if name in plain or name in made:
            facts[name] = value
        elif name in owners and type(value) is owners[name][0]:  # a row that it belongs to
            _, column, key = owners[name]
            facts[column] = vars(value).get(key)
            state.fields_cache[name] = value
        else:
            model._meta.get_field(name)
            setattr(row, name, value)
    return row


def reader(model: type[M], names: Sequence[str], alias: str) -> Callable[[Sequence], M]:
    """What makes of values, those of the columns `names` in this order, the row that `model.from_db` makes of them."""
    if not _simple(model):
        return lambda values: model.from_db(alias, names, values)

    def read(values: Sequence) -> M:
        row = model.__new__(model)
        state = ModelState()
        state.adding, state.db = False, alias
        facts = vars(row)
        facts["_state"] = state
        facts.update(zip(names, values, strict=True))
        return row

    return read


@cache
def _simple(model: type[Model]) -> bool:
    """Nothing but its columns is set when a row of it comes to be."""
    own = model.__init__ is Model.__init__ and model.from_db.__func__ is Model.from_db.__func__
    return own and not pre_init.has_listeners(model) and not post_init.has_listeners(model)


@cache
def _defaults(
    model: type[Model],
) -> tuple[dict[str, Any], dict[str, Callable[[], Any]], dict[str, tuple[type[Model], str, str]]]:
    """By attribute the defaults that are the same for every row, and what makes the others anew for each; by name the foreign
    keys: whose rows they hold, in which attribute, by which of its attributes."""
    plain, made, owners = {}, {}, {}
    for field in model._meta.concrete_fields:
        if callable(field.default) and field.has_default():
            made[field.attname] = field.get_default
        else:
            plain[field.attname] = field.get_default()
        if field.many_to_one:
            owners[field.name] = field.related_model, field.attname, field.target_field.attname
    return plain, made, owners
