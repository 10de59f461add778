"""Renewal of a certificate (XKF 50): asked for in time and undecided at its end, it is renewed by law."""

from __future__ import annotations

from contextlib import suppress

from django.db.models import Q

from apps.catalog.forms_schema import clean_answers
from apps.catalog.queries import situations
from apps.catalog.questions import still_possible
from apps.deadlines.actions import by_law, start_clocks
from apps.deadlines.pausing import case_clocks, clock_of
from apps.directory.models import Party
from apps.issuance.actions import extend_document, queue_documents
from apps.journal.actor import SYSTEM, Actor
from apps.journal.door import Action, action
from apps.kit.errors import Later, WrongState
from apps.kit.time import today

from .. import papers_decision, policy, sight
from ..handout import COLUMNS, ways
from ..models import Application, Member, Renewal
from ..queries_afterwards import going, renewable_members
from .acceptance import deem_accepted
from .calling_off import hearings_of, void_invitations
from .commitments import check_after_grant
from .drafting import open_draft, save_draft
from .inspection_conclusion import leave_inspections
from .intake import demand_in_time
from .marking import mark
from .renewal_outcome import end_renewal, old_paper, pending_renewal
from .settling import settle
from .supplements import end_gaps, revoke_for_gap

DEEMED = "申请人按时申请延续，本机关在有效期届满前没有作出决定，依照行政许可法第五十条第二款，视为准予延续。"


def open_renewal(*, by: Actor, member: int) -> Application:
    """A draft of the same item for the same holder with what was answered then, to be looked through; its receipt marks it
    as this certificate's renewal (marking.py). Asked for again it is the one that is begun already."""
    with action(by) as act:
        row = act.lock(Member, member)
        act.allow("mark_renewal", row.application)
        if not renewable_members([row]):
            raise WrongState("没有还在有效期内、有届满日的证照可以延续。")
        if told := going(row):
            raise WrongState(told)
        old, staff = row.application, by.kind == "staff"
        if begun := _begun(by, row):
            return begun
        draft = open_draft(
            by=by,
            code=row.code,
            # What is asked of this item alone, and today: in a one-thing others' questions stood beside its own.
            situations=still_possible(situations(row.code), old.plan["answers"]),
            channel="counter" if staff else "online",
            principal=None if staff else old.applicant_id,
        )
        draft.renews = row.pk
        act.save(draft, "renews")
        act.record(draft, "begin_renewal", member=row.pk)
        known = {element["element"] for element in draft.plan["elements"]}
        told = {code: value for code, value in old.answers.items() if code in known}
        still_right, _ = clean_answers(draft.plan["elements"], told, partial=True, situations=draft.plan["answers"])
        return save_draft(
            by=by,
            application=draft.pk,
            applicant=_party(old) if staff else None,
            contact_mobile=None if draft.contact_mobile else old.contact_mobile,  # his own of today, from home
            answers=still_right,
            handout={part: getattr(old, name) for part, name in COLUMNS.items()}
            if old.handout in ways(draft.plan)
            else None,
        )


def _begun(by: Actor, old: Member) -> Application | None:
    """What this side has opened for the renewal of the certificate and not handed in to be received yet; the old case is locked."""
    opened = Q(clerk__in=sorted(sight.typing_for(by))) if by.kind == "staff" else Q(clerk=None)
    own = {"code": old.code, "applicant": old.application.applicant_id, "renews": old.pk, "number": None}
    return Application.objects.filter(sight.scope(by), opened, **own).order_by("-pk").first()


def _party(row: Application) -> dict:
    return {name: getattr(row.applicant, name) for name in ("kind", *Party.FACTS)}


def mark_renewal(*, by: Actor, application: int, certificate: str) -> Renewal:
    """Say that a received application asks to renew the applicant's certificate of the same item.

    In time is what was received by the last day of the law. Raises Refused for a certificate that is not his, of another
    item, without an end, past it, or in another renewal already.
    """
    with action(by) as act:
        row = act.lock(Application, application)
        act.allow("mark_renewal", row)
        demand_in_time(row)
        return mark(act, row, certificate.strip())


def renewal_at_expiry(*, application: int) -> bool:
    """The certificate ended undecided: renewed by law as of that day, or expired. False when it was decided."""
    with action(SYSTEM) as act:
        row = act.lock(Application, application)
        renewal = pending_renewal(row)
        if renewal is None or today() <= renewal.valid_to:
            return False
        _catch_up(row, renewal)
        if pending_renewal(row) is None:
            return True
        old = old_paper(act, renewal)
        if policy.renewed_by_law(row) and old is not None:
            _deem(act, row, renewal)
            extend_document(act, old.pk, until=row.renewal.extended_to)
        else:
            end_renewal(act, row, renewal, "expire")
    return True


def end_by_law(*, application: int) -> None:
    """What the law ended with a day that is over, whoever came first: the sweep of this or of another clock."""
    end_gaps(application=application)
    with suppress(Later):
        renewal_at_expiry(application=application)


def _catch_up(row: Application, renewal: Renewal) -> None:
    """What the law brought about before, though its own sweep has not come yet: acceptance by silence, a gap's end."""
    deem_accepted(application=row.pk)
    for member in row.members.filter(gap_open=True, gap_cure_by__lte=renewal.valid_to):
        revoke_for_gap(member=member.pk)


def _deem(act: Action, row: Application, renewal: Renewal) -> None:
    """Whatever stood in the way (a pause, a promised gap, a hearing, a visit) ends with the decision that the law has made."""
    on, member = renewal.valid_to, row.members.get()
    member.application = row
    if member.due_on is None:  # its time stood still: what had run out before is late, else the certificate's end was the last day
        member.due_on = clock_of(case_clocks(act, row.pk), member).ran_out_on or on
        act.save(member, "due_on")
    act.move(member, "deem_renew", on=on, reason=DEEMED)
    member.valid_to = papers_decision.valid_to(member, on)
    act.save(member, "valid_to")
    end_renewal(act, row, renewal, "deem", until=member.valid_to)
    about = {"subject": member, "root_id": row.pk, "region": row.node_id, "department": member.department_id}
    delivery = by_law(act, "delivery", on=on, kind="delivery", **about)
    delivery = start_clocks(act, [delivery, *check_after_grant(act, member, on)])[0]  # what was promised is looked at all the same
    queue_documents(act, papers_decision.decision(row, member, None, SYSTEM, delivery.due_on))
    settle(act, row, [member], ended=[member], on=on)
    leave_inspections(act, row, [member], "依法视为准予延续", on=on)
    void_invitations(act, row, hearings_of([member]))
