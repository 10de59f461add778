"""Results by courier: the desk sends, the courier says where they are, the date of the signature is the date of service."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError
from django_fsm import can_proceed

from apps.deadlines.actions import stop_clocks
from apps.directory import queries as directory
from apps.directory.actions import tell
from apps.issuance import handing as issuance_desk
from apps.issuance import queries as documents
from apps.issuance.handing import Collection
from apps.issuance.models import HandOver
from apps.journal.actor import SYSTEM, Actor
from apps.journal.door import Action, action
from apps.journal.models import Event
from apps.kit.errors import NotYours, Refused, WrongState, raise_all
from apps.kit.ids import plain_name
from apps.kit.masking import mask_address, mask_said
from apps.kit.pictures import without
from apps.kit.time import beijing_date, now

from .. import queries_parcels
from ..handout import HandOut
from ..models import Member, Parcel
from .closing import once_more, results_to_give, to_hand_out
from .handout import faults_of
from .renewal_outcome import hold_old_paper

# What a courier's status does to the parcel.
MOVES = {
    "collected": "collect",
    "in_transit": "carry",
    "out_for_delivery": "bring",
    "signed": "sign",
    "refused": "refuse",
    "returned": "come_back",
    "lost": "lose",
}
# What the desk enters by itself. One that no courier has fetched it may take back: else nobody could hand over what is in it while the
# courier is silent.
BY_HAND = {"signed": "sign", "returned": "come_back", "lost": "lose", "called_off": "call_off"}
SERVED = ("sign", "turn_up")
BACK = ("come_back", "lose", "decline", "call_off")  # the results lie at the desk again, or are to be made again there
LATE = "parcel.sign_late"
AHEAD = timedelta(minutes=5)  # how far a courier's clock may be before ours


def dispatch(*, by: Actor, application: int, members: list[int]) -> Parcel:
    """Give results to the courier, to the address that was chosen. Posting is not service: that waits for the signature.

    The order goes out after this is committed, and again until the courier has answered. Raises Refused for results that may
    not be sent, WrongState for those that are not ready.
    """
    with action(by) as act:
        row, rows = results_to_give(act, application, members, "dispatch", "寄出")
        if row.handout != HandOut.COURIER:
            raise Refused("dispatch.way", "申请人没有选快递送达；要寄的，请先更改领取方式。", "members")
        kept = [member.name for member in rows if not member.definition.get("courier")]
        if kept:
            raise Refused("dispatch.kept", f"“{'、'.join(kept)}”的结果不能寄，只能到窗口领取。", "members")
        raise_all(faults_of(row))
        recipient, phone, address = row.parcel
        parcel = act.create(
            Parcel(
                application=row,
                members=sorted(member.pk for member in rows),
                recipient=recipient,
                phone=phone,
                address=address,
                clerk_id=by.id,
            )
        )
        for member in rows:
            act.move(member, "dispatch", facts={"way": HandOut.COURIER})
        act.record(parcel, "request", items=[member.name for member in rows], **once_more(*rows))
    return parcel


def take_waybill(*, parcel: int, waybill: str) -> None:
    """The courier's number came. Safe to tell twice. Raises Refused for a number by which another parcel is known."""
    try:
        with action(SYSTEM) as act:
            row = act.lock(Parcel, parcel)
            if row.state == Parcel.State.REQUESTED:
                if Parcel.objects.filter(waybill=waybill).exists():
                    raise _of_another(waybill)
                rows = _inside(row)
                act.move(row, "take_waybill", waybill=waybill, facts=_void(rows) | once_more(*rows))
    except IntegrityError:  # another parcel got this number at the same moment
        raise _of_another(waybill) from None


def _of_another(waybill: str) -> Refused:
    return Refused("parcel.waybill", f"快递公司给的运单号“{waybill}”已经是另一件的，请与快递公司核对后重新发送。")


def decline(*, parcel: int, reason: str) -> None:
    """The courier will not take it: the results lie at the desk as before. Safe to tell twice."""
    with action(SYSTEM) as act:
        row = act.lock(Parcel, parcel)
        if row.state == Parcel.State.REQUESTED:
            _move(act, row, "decline", {"reason": reason})


def call_off(*, parcel: int) -> None:
    """The courier knows that he need not come for what is revoked. Safe to tell twice."""
    with action(SYSTEM) as act:
        row = act.lock(Parcel, parcel)
        if row.state in Parcel.NOT_FETCHED:
            _move(act, row, "call_off", {"reason": "决定已经撤销，通知了快递公司不用上门"})


def courier_says(*, waybill: str, status: str, at: datetime, signed_by: str = "", reason: str = "") -> Parcel:
    """One status of a parcel, as its courier tells it: told twice, or later than the next one, it changes nothing. His reason stands in
    the journal and is read by who tracks: what it repeats of the address is masked.

    Raises NotYours for an unknown waybill, Refused for an unknown status or an impossible time.
    """
    row = Parcel.objects.filter(waybill=waybill).first() if waybill else None
    if row is None:
        raise NotYours
    if status not in MOVES:
        raise Refused("parcel.status", f"不认识的状态“{status}”；可用：{'、'.join(MOVES)}。", "status")
    if not row.at - AHEAD <= at <= now() + AHEAD:
        raise Refused("parcel.at", "状态的时间早于寄出或者晚于现在，请核对。", "at")
    # Within what his clock may be off by: nothing is served on a day that has not come, or before it was sent.
    at = min(max(at, row.at), now())
    return _tell(SYSTEM, row, MOVES[status], at, signed_by, mask_said(reason, queries_parcels.whom(row)))


def enter_status(*, by: Actor, parcel: int, status: str, at: datetime, signed_by: str = "", reason: str = "") -> Parcel:
    """By hand, when the courier says nothing: what the slip or the returned envelope says, or that it is not sent after all."""
    row = queries_parcels.parcel(by, parcel)
    if status not in BY_HAND:
        raise Refused("parcel.status", "请选择已签收、已退回、丢失或者不寄了。", "status")
    if not beijing_date(row.at) <= beijing_date(at) <= beijing_date(now()):
        raise Refused("parcel.at", "日期不能早于寄出那天，也不能晚于今天。", "at")
    if status != "signed" and row.state in Parcel.OPEN and len(reason.strip()) < 2:
        raise Refused("parcel.reason", "请写明退回、丢失或者不寄了的情况。", "reason")
    return _tell(by, row, BY_HAND[status], at, signed_by, mask_said(reason, queries_parcels.whom(row)), strict=True)


def _tell(
    by: Actor, row: Parcel, move: str, at: datetime, signed_by: str, reason: str, *, strict: bool = False
) -> Parcel:
    with action(by) as act:
        row = act.lock(Parcel, row.pk)
        if move == "sign" and to_turn_up(row):
            move = "turn_up"
        act.allow(move, row)
        if not can_proceed(getattr(row, move), check_conditions=False):
            if strict:
                raise WrongState(f"这件快递的状态是“{row.get_state_display()}”，不能再这样登记。")
            if move == "sign" and row.state in Parcel.GIVEN_UP:
                _note_late(act, row, at)
            return row
        given: dict = {}
        if move in SERVED:
            given = {"on": beijing_date(at), "signed_by": row.signer(signed_by)[:60]}
        elif move in (*BACK, "refuse"):
            given = {"reason": reason.strip()[:200]}
        _move(act, row, move, given, at)
    return row


def _note_late(act: Action, row: Parcel, at: datetime) -> None:
    """What was given up is signed for after all, when its results were sent once more: it serves nothing, but the case tells of it,
    and the desk learns of it while it can still keep the second one back. Told twice it stands once."""
    if Event.objects.filter(chain=row.application.chain, name=LATE, subject_id=str(row.pk)).exists():
        return
    case = row.application
    later = case.parcels.filter(pk__gt=row.pk, members__overlap=row.members).order_by("-pk").first()
    if later is None:  # given at the desk meanwhile: whoever took it there was served
        return
    on = beijing_date(at)
    act.record(row, "sign_late", on=on, waybill=row.waybill, again=later.waybill)
    if later.state in Parcel.NOT_FETCHED:
        when = f"{on:%Y年%-m月%-d日}"
        tell(
            act,
            users=directory.clerks_at(case.node_id, case.region_id, "issue_clerk"),
            kind="case",
            title=f"先寄的快递后来签收了：{case.number}"[:100],
            text=f"报过{row.get_state_display()}的快递（运单号 {row.waybill}）{when}签收了；后寄的一件还没有揽收，不用再寄的，请登记“不寄了”，"
            "再把先寄的登记为已签收。",
            link=f"/issue/parcels/{later.pk}/",
            root_id=case.pk,
            key=f"parcel-late:{row.pk}",
        )


def _move(act: Action, row: Parcel, move: str, given: dict, at: datetime | None = None) -> None:
    """The parcel's move and what follows for its results. Who signed stands on the parcel and in the register, not in the event."""
    system, case = act.as_system(), row.application
    rows = to_turn_up(row) if move == "turn_up" else _inside(row)
    if move in SERVED:
        served = [member for member in rows if not member.revoked_on]
        _register(system, row, served, given["signed_by"], at)
        row.signed_by = given["signed_by"]
        act.save(row, "signed_by")
        by_other = {"by_other": True} if row.signed_by_other else {}
        act.move(row, move, on=given["on"], facts=_void(rows))
        for member in rows:
            if move == "turn_up":
                system.move(member, "dispatch", facts={"way": HandOut.COURIER})
            on = given["on"] if member in served else None
            system.move(member, "serve", on=on, facts=_void([member]) | once_more(member) | by_other)
        stop_clocks(act, root_id=case.pk, subjects=served, kinds=("delivery",), on=given["on"])
        hold_old_paper(act, served, given_on=given["on"])
        return
    act.move(row, move, **given, facts=_void(rows))
    if move in BACK:
        for member in rows:
            system.move(member, "come_back", reason=row.get_state_display(), facts=_void([member]))


def to_turn_up(row: Parcel) -> list[Member]:
    """What a late signature serves: results of a parcel that was given up, unless they were given otherwise, revoked or made
    anew meanwhile."""
    if row.state not in Parcel.GIVEN_UP:
        return []
    rows = [member for member in _inside(row, Member.State.READY_FOR_ISSUE) if not member.revoked_on]
    anew = documents.made_anew(row.application_id, [member.pk for member in rows], row.at)  # what was in the envelope is superseded
    return [member for member in rows if member.pk not in anew]


def _inside(row: Parcel, state: str = Member.State.DISPATCHED) -> list[Member]:
    """Those of its results that are in this state, with their commitments."""
    rows = list(row.application.members.filter(pk__in=row.members, state=state).select_related("commitment"))
    for member in rows:
        member.application = row.application
    return rows


def _void(rows: list[Member]) -> dict[str, bool]:
    """Stands on what happens to decisions that were revoked on their way, where nothing else is in the envelope: nothing is served by
    it, and nobody is called."""
    return {"void": True} if rows and all(member.revoked_on for member in rows) else {}


def _register(act: Action, row: Parcel, rows: list[Member], signed_by: str, at: datetime | None) -> None:
    """Into the issue register, with its 送达回证 (method: by mail)."""
    if not rows:
        return
    case = row.application
    papers = to_hand_out(case.pk, rows)
    other = HandOver.Relation.FAMILY if case.applicant_kind == "person" else HandOver.Relation.STAFF
    given = Collection(
        method=HandOver.Method.MAIL,
        location=without(mask_address(row.address)),
        collector_name=signed_by,
        relation=HandOver.Relation.SELF if plain_name(signed_by) == plain_name(case.applicant_name) else other,
        remark=f"快递 {row.waybill}",
        at=at,
        sent_by=row.clerk.name if row.clerk_id else "",
    )
    issuance_desk.hand_over(act, case.pk, [paper.pk for paper in papers], given)
