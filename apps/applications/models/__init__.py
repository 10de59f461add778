"""Tables of the room: the case with its members and jobs."""

from .case import Application, Attachment, Channel, Job, MaterialEntry, Member, Note, Notice

__all__ = ["Application", "Attachment", "Channel", "Job", "MaterialEntry", "Member", "Note", "Notice"]
