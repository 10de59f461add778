"""Tables of the room: the case with its members and jobs, what departments do together on it and what one adds in its review."""

from .case import ON_PAPER, Application, Channel, IssueMode, Job, Member
from .consultation import Consultation, Opinion
from .inspection import Inspection, InspectionPart, InspectionPhoto, RectificationLine
from .material import Attachment, MaterialEntry
from .notice import AnswerChange, Note, Notice
from .parcel import Parcel
from .review import Cancellation, Commitment, Hearing, Renewal, ReviewSupplement

__all__ = [
    "ON_PAPER",
    "AnswerChange",
    "Application",
    "Attachment",
    "Cancellation",
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
