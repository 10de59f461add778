"""Every write of the room."""

from .designing import open_draft, revise_bundle, start_bundle
from .lifecycle import (
    STALE,
    approve_version,
    blockers,
    cancel_definition,
    check_version,
    discard_version,
    left_unasked,
    publish_version,
    resume_definition,
    send_back_version,
    suspend_definition,
)
from .load import Report, load_catalogue
from .standards import load_standards

__all__ = [
    "STALE",
    "Report",
    "approve_version",
    "blockers",
    "cancel_definition",
    "check_version",
    "discard_version",
    "left_unasked",
    "load_catalogue",
    "load_standards",
    "open_draft",
    "publish_version",
    "resume_definition",
    "revise_bundle",
    "send_back_version",
    "start_bundle",
    "suspend_definition",
]
