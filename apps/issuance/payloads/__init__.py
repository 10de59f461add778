"""What each kind of document says: one dataclass per kind, frozen into `Document.payload` when the document is queued.

A room above fills one of these (or an equal dict) and hands it to `actions.queue_documents`. The fields common to all
documents are DOMAIN.md 2.5's; number, verification code, legal basis and remedies are added by this room from the dated
template rows, so no caller writes law. Shapes: `Day` = "2026-11-23" (Beijing date; a `date` is accepted),
`Minute` = ISO instant with offset (an aware `datetime` is accepted). A field without default is required and not blank.
They are made, handed over and read once: not frozen themselves, which made each three times as dear. Person numbers are
given masked where the paper does not need them; a payload is shown as it is.
"""

from .intake import (
    Acceptance,
    AcceptanceRevoked,
    AcceptanceWithGap,
    NonAcceptance,
    Receipt,
    SupplementNotice,
    SupplementReceipt,
)
from .kinds import PAYLOADS, DocumentSpec
from .parts import Agency, Common, Contact, Fee, Gap, Handed, Holder, Item, Line, MaterialLine, Promise
from .results import (
    Cancellation,
    CancellationDeclined,
    Certificate,
    CommitmentRectify,
    Grant,
    PermitRevoked,
    PickupSlip,
    Refusal,
    ServiceReceipt,
    Termination,
    Withdrawal,
)
from .review import (
    Amendment,
    Changed,
    ExtensionNotice,
    Finding,
    HearingNotice,
    HearingRight,
    Inspected,
    InspectionNotice,
    InspectionRecord,
    RectificationNotice,
    ReviewSupplementNotice,
    ReviewSupplementReceipt,
    SpecialProcedure,
    SpecialProcedureEnd,
)

__all__ = [
    "PAYLOADS",
    "Acceptance",
    "AcceptanceRevoked",
    "AcceptanceWithGap",
    "Agency",
    "Amendment",
    "Cancellation",
    "CancellationDeclined",
    "Certificate",
    "Changed",
    "CommitmentRectify",
    "Common",
    "Contact",
    "DocumentSpec",
    "ExtensionNotice",
    "Fee",
    "Finding",
    "Gap",
    "Grant",
    "Handed",
    "HearingNotice",
    "HearingRight",
    "Holder",
    "Inspected",
    "InspectionNotice",
    "InspectionRecord",
    "Item",
    "Line",
    "MaterialLine",
    "NonAcceptance",
    "PermitRevoked",
    "PickupSlip",
    "Promise",
    "Receipt",
    "RectificationNotice",
    "Refusal",
    "ReviewSupplementNotice",
    "ReviewSupplementReceipt",
    "ServiceReceipt",
    "SpecialProcedure",
    "SpecialProcedureEnd",
    "SupplementNotice",
    "SupplementReceipt",
    "Termination",
    "Withdrawal",
]
