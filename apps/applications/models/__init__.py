"""Tables of the room: the case with its members and jobs, what departments do together on it and what one adds in its review."""

from .case import (
    AnswerChange,
    Application,
    Attachment,
    Channel,
    IssueMode,
    Job,
    MaterialEntry,
    Member,
    Note,
    Notice,
)
from .consultation import Consultation, Opinion
from .inspection import Inspection, InspectionPart, InspectionPhoto, RectificationLine
from .parcel import Parcel
from .review import Commitment, Hearing, Renewal, ReviewSupplement

__all__ = [
    "AnswerChange",
    "Application",
    "Attachment",
    "Channel",
    "Commitment",
    "Consultation",
    "Hearing",
    "Inspection",
    "InspectionPart",
    "InspectionPhoto",
    "IssueMode",
    "Job",
    "MaterialEntry",
    "Member",
    "Note",
    "Notice",
    "Opinion",
    "Parcel",
    "RectificationLine",
    "Renewal",
    "ReviewSupplement",
]
