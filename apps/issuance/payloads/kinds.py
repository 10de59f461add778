"""Which payload each kind of document has, and one document to queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .intake import (
    Acceptance,
    AcceptanceRevoked,
    AcceptanceWithGap,
    NonAcceptance,
    Receipt,
    SupplementNotice,
    SupplementReceipt,
)
from .parts import Common
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
    ExtensionNotice,
    HearingNotice,
    HearingRight,
    InspectionNotice,
    InspectionRecord,
    RectificationNotice,
    ReviewSupplementNotice,
    ReviewSupplementReceipt,
    SpecialProcedure,
    SpecialProcedureEnd,
)

PAYLOADS: dict[str, type[Common]] = {
    "receipt": Receipt,
    "supplement_notice": SupplementNotice,
    "supplement_receipt": SupplementReceipt,
    "acceptance": Acceptance,
    "acceptance_with_gap": AcceptanceWithGap,
    "non_acceptance": NonAcceptance,
    "acceptance_revoked": AcceptanceRevoked,
    "special_procedure": SpecialProcedure,
    "special_procedure_end": SpecialProcedureEnd,
    "extension_notice": ExtensionNotice,
    "grant": Grant,
    "certificate": Certificate,
    "refusal": Refusal,
    "service_receipt": ServiceReceipt,
    "withdrawal": Withdrawal,
    "pickup_slip": PickupSlip,
    "inspection_notice": InspectionNotice,
    "inspection_record": InspectionRecord,
    "rectification_notice": RectificationNotice,
    "hearing_right": HearingRight,
    "hearing_notice": HearingNotice,
    "review_supplement_notice": ReviewSupplementNotice,
    "review_supplement_slip": ReviewSupplementReceipt,
    "amendment": Amendment,
    "commitment_rectify": CommitmentRectify,
    "permit_revoked": PermitRevoked,
    "termination": Termination,
    "cancellation": Cancellation,
    "cancellation_declined": CancellationDeclined,
}


@dataclass(frozen=True)
class DocumentSpec:
    """One document to queue. `payload` is a dataclass of PAYLOADS[kind] or an equal dict.

    `region` and `department` are codes of the mandating agency; `member_id` is None for a document about the whole
    application; `replaces` is the id of the document that this one reprints.
    """

    kind: str
    root_id: int
    member_id: int | None
    region: str
    department: str
    payload: Any
    replaces: int | None = None
