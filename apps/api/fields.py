"""Fields that several shapes have."""

from __future__ import annotations

from rest_framework import serializers as s


class StateLabel(s.CharField):
    """The state of a row in Chinese. Asked of the row itself: the general way reads the method's signature for every answer."""

    def __init__(self, **given):
        super().__init__(source="get_state_display", **given)

    def get_attribute(self, instance) -> str:
        return instance.get_state_display()
