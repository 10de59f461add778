"""The renewal that an application asks for: what a decision makes of it, and its end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from apps.deadlines.actions import stop_clocks
from apps.directory.actions import tell
from apps.issuance.actions import extend_document
from apps.issuance.models import Document
from apps.issuance.queries import certificate_in_force
from apps.journal.door import Action
from apps.kit.errors import WrongState
from apps.kit.time import today

from ..models import Application, Member, Renewal
from ..queries_clocks import concerned
from ..telling import told

NOT_RENEWED = "原证照已经作废或者撤销，不能准予延续；请作出不予的决定，或者由申请人撤回。"


def pending_renewal(row: Application) -> Renewal | None:
    """The renewal that is neither decided nor over; free of statements on a locked row."""
    renewal = getattr(row, "renewal", None)
    return renewal if renewal is not None and renewal.state == Renewal.State.PENDING else None


def renewed_from(act: Action, row: Application) -> date | None:
    """The old certificate's last day, from which a grant of today runs on; None where nothing is renewed, or no more.

    Raises WrongState where the old certificate is no longer in force.
    """
    renewal = pending_renewal(row)
    if renewal is None:
        return None
    if today() > renewal.valid_to:  # late, or incomplete until then: what the law has renewed the door does not let in
        end_renewal(act, row, renewal, "expire")
        return None
    if old_paper(act, renewal) is None:
        raise WrongState(NOT_RENEWED)
    return renewal.valid_to


def end_unaccepted_renewal(act: Action, row: Application, last: date) -> None:
    """It is accepted after `last`: a certificate that had ended by then was not renewed, though the acceptance is dated back before
    that end and nobody has swept since."""
    renewal = pending_renewal(row)
    if renewal is not None and last > renewal.valid_to:
        end_renewal(act, row, renewal, "expire")


def settle_renewal(act: Action, row: Application, member: Member | None = None) -> None:
    """The application's member was decided, or it ended without a decision: so does the renewal."""
    renewal = pending_renewal(row)
    if renewal is None:
        return
    if member is not None and member.decision == "granted":
        end_renewal(act, row, renewal, "renew", until=member.valid_to)
    else:
        end_renewal(act, row, renewal, "refuse" if member is not None and member.decision else "drop")


def end_renewal(act: Action, row: Application, renewal: Renewal, verb: str, **given) -> None:
    renewal.application = row
    act.as_system().move(renewal, verb, **given)
    row.renew_by = None
    act.save(row, "renew_by")
    stop_clocks(act, root_id=row.pk, subjects=[row], kinds=("renewal",), on=min(today(), renewal.valid_to))


def old_paper(act: Action, renewal: Renewal) -> Document | None:
    """The certificate that is renewed, in force, and its case held: who revokes it or makes it anew may have been waited for, and what
    was then told to the former paper the new one would not say."""
    act.lock(Member, renewal.of_id)
    return certificate_in_force(renewal.certificate)


def hold_old_paper(act: Action, members: Iterable[Member], *, given_on: date | None) -> None:
    """What the law renewed stands on the old paper until the new one is in the holder's hands, since that day or (None) not yet."""
    for member in members:
        renewal = getattr(member.application, "renewal", None)
        if renewal is None or renewal.state != Renewal.State.DEEMED:
            continue
        old, until = old_paper(act, renewal), given_on or renewal.extended_to
        if old is not None and (given_on is None or old.extended_to is None or given_on < old.extended_to):
            extend_document(act.as_system(), old.pk, until=until)


def tell_who_renews(act: Action, gone: Member) -> None:
    """Its certificate was revoked: a renewal of it under review can be granted no more. Who asked for it may withdraw it and
    apply anew, and who examines it need not find that out at the decision."""
    pending = Renewal.objects.filter(of=gone, state=Renewal.State.PENDING, valid_to__gte=today())
    renewal = pending.select_related("application").first()
    if renewal is None:
        return
    row = renewal.application
    tell(
        act,
        users=[pk for pk in concerned(row, row.members.first()) if pk != act.by.id],
        parties=told(row),
        kind="case",
        title=f"原证照已经撤销，不能延续：{row.number}",
        text=f"“{row.name[:60]}”要延续的证照已经撤销，这件延续申请不能再准予：可以由申请人撤回，仍要办的另行申请。",
        root_id=row.pk,
        key=f"renewal:{renewal.pk}:void",
    )
