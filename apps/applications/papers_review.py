"""What the documents between acceptance and decision say, and of what follows a commitment (DOMAIN.md 2.5): hearing, supplement in
review, special procedure, extension, a situation corrected."""

from __future__ import annotations

from datetime import date

from apps.deadlines.engine.decision import Decision
from apps.deadlines.models import Clock, Extension, Pause
from apps.deadlines.queries_clocks import Measured
from apps.deadlines.queries_past import longer_in
from apps.issuance import payloads as paper
from apps.journal.actor import Actor
from apps.kit.days import UNITS, days_words
from apps.kit.time import beijing_date, today

from .grounds import GROUNDS
from .models import Application, Member
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


def cancellation(row, by: Actor) -> paper.Cancellation:
    member = row.member
    return paper.Cancellation(
        **common(row.application, by, row.decided_on, member),
        decided_on=member.decided_on,
        certificate=row.certificate,
        asked_on=row.asked_on,
        clause=row.clause,
        reason=row.reason,
        original=row.original,
        licence=member.definition["type"] == "01",
    )


def cancellation_declined(row, by: Actor) -> paper.CancellationDeclined:
    member = row.member
    return paper.CancellationDeclined(
        **common(row.application, by, row.decided_on, member),
        decided_on=member.decided_on,
        certificate=row.certificate,
        asked_on=row.asked_on,
        reason=row.answer,
    )


def special_procedure(
    application: Application, member: Member, pause: Pause, clock: Clock, seen: Measured, by: Actor, *, reason: str
):
    """08 特别程序告知书. `seen` = the clock as it stands once the notice is served."""
    return paper.SpecialProcedure(
        **common(application, by, pause.started_on, member),
        accepted_on=member.accepted_on,
        ground=GROUNDS[pause.ground],
        basis=pause.basis,
        started_on=pause.started_on,
        expected_days=pause.expected_days,
        organiser=pause.organiser,
        reason=reason,
        legal_left=left_words(seen.legal_left, clock.legal),
        promised_left=left_words(seen.promised_left, clock.promised or clock.legal),
        by_hand=pause.notified_on is None,
    )


def left_words(left: int | None, limit: dict | None) -> str:
    """6, {"n": 10, "unit": "working"} -> 6 个工作日; "" for a limit that nothing holds."""
    return "" if left is None or limit is None else days_words(left, limit["unit"])


def special_procedure_end(
    application: Application, member: Member, pause: Pause, clock: Clock, excluded: int, by: Actor, *, result: str
):
    return paper.SpecialProcedureEnd(
        **common(application, by, today(), member),
        ground=GROUNDS[pause.ground],
        started_on=pause.started_on,
        ended_on=pause.ended_on,
        notice_number=pause.notice,
        result=result,
        excluded_days=excluded,
        served_on=pause.notified_on if pause.notified_on != pause.started_on else None,
        excluded_unit=UNITS[(clock.promised or clock.legal)["unit"]],
        legal_due=clock.legal_due,
        promised_due=clock.promised_due,
        provisional=clock.provisional,
    )


def extension_notice(
    application: Application, member: Member, extension: Extension, clock: Clock, answer: Decision, by: Actor
):
    """延期通知书. `clock` as it stood before; `answer` = the engine's, with the extension."""
    return paper.ExtensionNotice(
        **common(application, by, extension.told_on, member),
        accepted_on=member.accepted_on,
        approver=extension.approver,
        approved_on=extension.approved_on,
        days=extension.days,
        unit=longer_in(clock),
        reason=extension.reason,
        before=clock.due_on,
        legal_due=answer.legal.due if answer.legal else None,
        promised_due=answer.promised.due,
        provisional=answer.provisional,
    )


def amendment(application: Application, change, by: Actor, on: date, reason: str) -> paper.Amendment:
    """办件变更告知书. `change` = actions.amending.Change, carried out."""
    answers = application.plan["answers"]
    words = {Member.State.WAITING: "新增，待前一事项办结", Member.State.NOT_STARTED: "新增，前一事项没有办成，不再启动"}
    told = [
        *((m, words.get(m.state, "新增，今日受理")) for m in change.added),
        *((m, "今日起受理") for m in change.started),
        *((m, "继续审查") for m in change.owing),
        *((m, "继续审查，承诺的材料不用再补") for m in change.quit),
    ]
    changes = [
        *(paper.Changed(item=m.name, change=what + _owed(change, m), due=m.due_on) for m, what in told),
        *(paper.Changed(item=m.name, change="不再办理") for m in change.removed),
    ]
    return paper.Amendment(
        **common(application, by, on),
        reason=reason,
        changed_on=on,
        answers=tuple(
            paper.Line(label=question["question"], value=situation_words(question, answers.get(question["code"])))
            for question in change.asked
        ),
        changes=tuple(changes),
        materials=tuple(change.materials),
        due=application.due_on,
    )


def _owed(change, member: Member) -> str:
    """Which promised materials it owes by the amended situation, and until when."""
    names = change.owed.get(member.code)
    return f"；请在{member.gap_cure_by:%Y年%-m月%-d日}前（含当日）补交{'、'.join(names)}" if names else ""


def situation_words(question: dict, value) -> str:
    """An answered situation as a person reads it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    labels = {str(choice["value"]): choice["label"] for choice in question.get("choices") or ()}
    return labels.get(str(value), str(value if value is not None else "—"))
