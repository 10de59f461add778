"""Tables of the room: the case with its members and jobs, and what departments do together on it."""

from .case import Application, Attachment, Channel, Job, MaterialEntry, Member, Note, Notice
from .inspection import Inspection, InspectionPart, InspectionPhoto, RectificationLine

__all__ = [
    "Application",
    "Attachment",
    "Channel",
    "Inspection",
    "InspectionPart",
    "InspectionPhoto",
    "Job",
    "MaterialEntry",
    "Member",
    "Note",
    "Notice",
    "RectificationLine",
]
