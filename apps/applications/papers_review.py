"""What the documents of the review say: hearing, supplement in review, and the check of a commitment (DOMAIN.md 2.5)."""

from __future__ import annotations

from datetime import date

from apps.issuance import payloads as paper
from apps.journal.actor import Actor
from apps.kit.time import beijing_date, today

from .papers import common, gaps, mended_lines


def hearing_right(hearing, by: Actor) -> paper.HearingRight:
    return paper.HearingRight(
        **common(hearing.application, by, hearing.told_on, hearing.member),
        interest=hearing.interest,
        third_parties=tuple(hearing.third_parties),
        request_by=hearing.request_by,
    )


def hearing_notice(hearing, by: Actor) -> paper.HearingNotice:
    why = hearing.get_ground_display()
    return paper.HearingNotice(
        **common(hearing.application, by, today(), hearing.member),
        at=hearing.at,
        location=hearing.place,
        presider=hearing.presider,
        reason=f"{why}：{hearing.interest}" if hearing.interest else why,
        third_parties=tuple(hearing.third_parties),
        excluded="hearing" in (hearing.member.definition.get("pause_grounds") or ()),
    )


def review_supplement_notice(supplement, by: Actor) -> paper.ReviewSupplementNotice:
    member = supplement.member
    return paper.ReviewSupplementNotice(
        **common(supplement.application, by, supplement.issued_on, member),
        accepted_on=member.accepted_on,
        gaps=gaps(supplement.gaps, supplement.fields),
        cure_by=supplement.cure_by,
        due_on=None if supplement.excluded else member.due_on,
        excluded=supplement.excluded,
    )


def review_supplement_receipt(supplement, came, by: Actor, at, mended=()) -> paper.ReviewSupplementReceipt:
    return paper.ReviewSupplementReceipt(
        **common(supplement.application, by, beijing_date(at), supplement.member),
        received_at=at,
        materials=tuple(
            paper.MaterialLine(
                name=entry.name,
                form="paper" if given["originals"] or given["copies"] else "electronic",
                originals=given["originals"],
                copies=given["copies"],
                note=given["remark"],
            )
            for entry in came
            for given in [supplement.came[entry.code]]
        )
        + mended_lines(mended),
        still_missing=tuple(one["name"] for one in [*supplement.missing, *supplement.unmended]),
        cure_by=supplement.cure_by,
    )


def commitment_rectification(commitment, by: Actor, on: date) -> paper.CommitmentRectify:
    member = commitment.member
    return paper.CommitmentRectify(
        **common(commitment.application, by, on, member),
        decided_on=member.decided_on,
        promised=commitment.text,
        facts=commitment.findings,
        rectify_by=commitment.rectify_by,
    )


def permit_revoked(commitment, by: Actor) -> paper.PermitRevoked:
    member = commitment.member
    return paper.PermitRevoked(
        **common(commitment.application, by, commitment.revoked_on, member),
        decided_on=member.decided_on,
        facts=commitment.findings,
        rectify_by=commitment.rectify_by,
        reason=commitment.reason,
        licence=member.definition["type"] == "01",
    )
