"""Fields of every room."""

from __future__ import annotations

from functools import partialmethod
from typing import Any

from django.db.models import Model
from django_fsm import FSMField


class StateField(FSMField):
    """The state of a row that only its transitions move.

    A migration knows it as the column that it is: FSMField asks every model that is drawn up afterwards whether it has transitions
    for it, and migrations draw up thousands; building a fresh database took twice as long.

    A request asks for states some forty times, and a list for the label of each: both are looked up, where the machine's own
    field and Django draw up a descriptor and a dictionary each time.
    """

    def contribute_to_class(self, cls: type[Model], name: str, **given: Any) -> None:
        super().contribute_to_class(cls, name, **given)
        shown = f"get_{name}_display"
        if isinstance(vars(cls).get(shown), partialmethod):  # Django's; a model's own stays
            labels = dict(self.flatchoices)
            setattr(cls, shown, lambda row: labels.get(state := getattr(row, name), state))

    def get_state(self, instance: Model) -> str:
        try:
            return instance.__dict__[self.attname]
        except KeyError:  # deferred
            return super().get_state(instance)

    def deconstruct(self):
        name, _, args, kwargs = super().deconstruct()
        kwargs.pop("protected", None)
        return name, "django.db.models.CharField", args, kwargs

    def clone(self):
        again = super().clone()
        again.protected = self.protected
        return again
