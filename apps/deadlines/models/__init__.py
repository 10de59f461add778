"""Tables of the room: the law and the calendar as dated rows, and the clocks that they drive."""

from .clocks import Clock, Extension, Intervals, Pause
from .law import CalendarVersion, CardRule, Edition, LightRule, LocalException, Recount, Rule

__all__ = [
    "CalendarVersion",
    "CardRule",
    "Clock",
    "Edition",
    "Extension",
    "Intervals",
    "LightRule",
    "LocalException",
    "Pause",
    "Recount",
    "Rule",
]
