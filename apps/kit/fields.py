"""Fields of every room."""

from __future__ import annotations

from django_fsm import FSMField


class StateField(FSMField):
    """The state of a row that only its transitions move.

    A migration knows it as the column that it is: FSMField asks every model that is drawn up afterwards whether it has transitions
    for it, and migrations draw up thousands; building a fresh database took twice as long.
    """

    def deconstruct(self):
        name, _, args, kwargs = super().deconstruct()
        kwargs.pop("protected", None)
        return name, "django.db.models.CharField", args, kwargs

    def clone(self):
        again = super().clone()
        again.protected = self.protected
        return again
