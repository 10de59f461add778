"""Handing over: who stands here, what he takes, how he proves himself, and his signature."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from apps.applications import actions, queries, queries_afterwards, queries_issue, queries_parcels, whole
from apps.applications.cancelling import cancelled_words
from apps.applications.handout import HandOut
from apps.applications.models import Application, Member, Parcel
from apps.applications.telling import mandate_over
from apps.directory import queries as directory
from apps.directory.actions import reveal as reveal_value
from apps.issuance.handing import Collection
from apps.issuance.models import HandOver
from apps.kit.errors import DomainError, NotYours
from apps.web import identity
from apps.web.access import staff
from apps.web.anywhere import from_the_counter
from apps.web.handout import choosable, handout_told, why_fixed
from apps.web.reissue import may_reissue
from apps.web.revealed import denied_in_place, shown_in_place

from .forms import DispatchForm, HandOverForm
from .frame import side

READY = Member.State.READY_FOR_ISSUE
NOT_GIVEN = "决定书和证照已经作废，不再交付，也不再寄。"
TAKEN = "已经领取的决定书和证照作废。"
CANCELLED = "不再更正补发；持证人交回原件的，收下并转交作出决定的部门。"
VOID = {
    Member.State.DISPATCHED: "快递里的文书已经作废：快递员还没有取走的，请从包裹里取出来；取走了的，请联系快递公司退回。签收了也不算送达。",
    **dict.fromkeys((Member.State.COLLECTED, Member.State.SERVED, Member.State.ARCHIVED), TAKEN),
}


@sensitive_post_parameters("id_number")
@staff("issue_clerk")
@from_the_counter
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: the case and the form; POST: handed over, with the service receipt (送达回证) to print."""
    actor = request.actor
    form = HandOverForm(request.POST or None, request.FILES or None, initial={"location": post_of(request)})
    if request.FILES:  # only seen when the form comes back
        form.fields["proxy_evidence"].help_text = "刚才选的文件浏览器没有保留，请再选一次。"

    def do() -> int:
        given = form.cleaned_data
        return actions.hand_over(by=actor, application=pk, members=given["members"], collection=_collection(form)).pk

    if request.method == "POST" and form.act(actor, do, application=pk):
        return redirect("issue:handed", form.result)
    application = queries.get(actor, pk)
    return page_of(request, application, queries_issue.members_of(application), form)


def post_of(request: HttpRequest) -> str:
    """Where the desk stands: the words that the service receipt says."""
    held = request.actor.post("issue_clerk")
    return f"{directory.region_name(held.region)}统一出件窗口" if held else ""


def _collection(form: HandOverForm) -> Collection:
    given = form.cleaned_data
    proxy = given["proxy_evidence"]
    agent = HandOver.Method.AGENT if given["relation"] == HandOver.Relation.AGENT else HandOver.Method.DIRECT
    return Collection(
        method=HandOver.Method.LEFT if given["refusal_reason"] or given["witnesses"] else agent,
        location=given["location"],
        collector_name=given["collector_name"],
        relation=given["relation"],
        id_kind=given["id_kind"],
        id_number=given["id_number"],
        proxy_evidence=proxy.read() if proxy else None,
        signature=given["signature"],
        signature_image=form.drawn,
        refusal_reason=given["refusal_reason"],
        witnesses=[name for name in re.split("[、，,；;]", given["witnesses"]) if name.strip()],
        remark=given["remark"],
    )


# A paper printed by hand leaves no trace here: only that it is given or sent shows that it was made.
PRINTED = "已经重新打印、盖章的，直接交付、寄出就行，之后不再提示。"


def page_of(
    request: HttpRequest,
    application: Application,
    members: list[Member],
    form: HandOverForm,
    *,
    revealed: dict[str, str] | None = None,
    reveal_error: str = "",
    status: int = 0,
    sending: DispatchForm | None = None,
) -> HttpResponse:
    """`sending`: the refused form of a dispatch."""
    ready = [member for member in members if member.state == READY and not member.revoked_on]
    form.offer(
        [(member.pk, member.name) for member in ready],
        organisation=application.applicant_kind != "person",
    )
    sent = [(m.pk, m.name) for m in ready if m.definition.get("courier")]
    sending = sending or DispatchForm(auto_id="send_%s")
    sending.offer(sent)
    if not (form.is_bound or sending.is_bound or reveal_error or revealed):  # who stands at the desk is typed at once
        form.fields["collector_name"].widget.attrs["autofocus"] = True
    papers = queries_issue.decision_papers(members)
    if any(member.state == Member.State.COLLECTED for member in members):
        queries_issue.put_otherwise(application, members)
    waits = whole.waits_for(application, members)
    parcels = queries_parcels.parcels_of(application, members)
    gone = lost(members, parcels)
    again = {member.pk for member in members if may_reissue(request, member)}
    asked = again & queries_afterwards.asked_to_cancel(application) if again else set()
    told = {
        "application": application,
        "rows": [{"member": member, "papers": papers[member.pk], "reissue": member.pk in again - asked, "asked": member.pk in asked} for member in members],
        "ready": not waits and bool(ready),
        "revoked": revoked_told(members),
        "nothing": nothing_told(application, members),
        "waits": waits,
        "later": whole.unfinished(members) if len(members) > 1 else [],
        "identity": _identity(application, revealed or {}),
        "agent_over": application.proxy is not None and mandate_over(application),
        "handout": _handout(application, revealed or {}),
        "may_choose": choosable(application, members),
        "fixed": why_fixed(application, members),
        "form": sending if sending.is_bound else form,
        "handing": form,
        "sending": sending if sent and application.handout == HandOut.COURIER else None,
        "parcels": parcels,
        "same_again": _same_again(application, parcels),
        "lost_told": f"“{'、'.join(gone)}”：请打开文书重新打印、盖章，证照也可以补发，再交付或者再寄。{PRINTED}" if gone else "",
        "side": side(request),
        "reveal_error": reveal_error,
        "has_errors": bool(reveal_error),
    }
    return render(request, "issue/hand_over.html", told, status=status or (sending if sending.is_bound else form).status)


def nothing_told(application: Application, members: list[Member]) -> str:
    """Why there is nothing to hand out now: what became of the results that are in force, and what is still to come."""
    if not members:
        ended = application.state in Application.ENDED
        return "这件没有受理就结束了，没有结果要领取。" if ended else "这件还没有受理。"
    there = [member for member in members if not member.revoked_on]
    states = {member.state for member in there}
    unsealed = [member for member in there if member.state in whole.NOT_YET_AT_THE_DESK]
    some = "有的事项" if len(there) > 1 else ""
    said = [
        ("有结果已经交给快递，见左边的“快递”。", Member.State.DISPATCHED in states),
        ("结果已经领取或者送达。", states & {Member.State.COLLECTED, Member.State.SERVED, Member.State.ARCHIVED}),
        (f"{some}部门已经作出决定，文书还没有登记用印。", any(member.served_on is None for member in unsealed)),
        ("更正补发的文书还没有登记用印。", any(member.served_on for member in unsealed)),
        (f"{some}部门还没有作出决定。", states & {Member.State.WAITING, *Member.UNDECIDED}),
    ]
    told = "".join(words for words, holds in said if holds)
    return told or "没有作出决定就结束了，没有结果要领取。" if states else ""


def lost(members: list[Member], parcels: list[Parcel]) -> list[str]:
    """Names of the results that lie here by their state alone: the last envelope that had them is lost, and no certificate was made anew since."""
    last: dict[int, Parcel] = {}
    for parcel in parcels:
        for pk in parcel.members:
            last.setdefault(pk, parcel)
    gone = {parcel.pk: parcel for member in members if (parcel := last.get(member.pk)) and parcel.state == Parcel.State.LOST}
    return [member.name for parcel in gone.values() for member in actions.to_turn_up(parcel) if last[member.pk] is parcel]


def _same_again(application: Application, parcels: list[Parcel]) -> str:
    """Why what goes out now would come back once more: the last envelope went to this very address and was not delivered. "" else."""
    back = (Parcel.State.RETURNED, Parcel.State.DECLINED)
    last = next((one for one in parcels if one.state != Parcel.State.CALLED_OFF), None)
    if last is None or last.state not in back or (last.recipient, last.phone, last.address) != application.parcel:
        return ""
    return f"上一次寄到这个地址没有送达：{(last.problem or last.get_state_display()).rstrip('。')}。"


def revoked_told(members: list[Member]) -> list[tuple[str, str]]:
    """Of what nothing is given any more: what happened, and what is to be done about its papers."""
    gone = [member for member in members if member.revoked_on]
    cancelled = [(f"{cancelled_words(member)}。", CANCELLED) for member in members if member.cancelled_on]
    return [(f"{whole.revoked_words(member)}。", VOID.get(member.state, NOT_GIVEN)) for member in gone] + cancelled


def _identity(application: Application, revealed: dict[str, str]) -> list[dict]:
    """Whom to look for on the identity paper."""
    told = [*identity.applicant(application), *identity.agent(application), identity.phone(application)]
    return identity.masked(told, revealed)


def _handout(application: Application, revealed: dict[str, str]) -> list[dict]:
    """How and where it goes; a parcel's address masked, each part with its reveal."""
    shown = []
    for one in handout_told(application, masked=True):
        field = f"handout.{one['part']}" if one["masked"] else None
        value = revealed.get(field, one["text"])
        shown.append({"name": one["name"], "value": value, "field": None if field in revealed else field})
    return shown


@require_POST
@staff("issue_clerk")
@from_the_counter
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """One number in full, on this one answer; the auditor sees who looked and why."""
    actor, field = request.actor, request.POST.get("field", "")[:80]
    application = queries.get(actor, pk)
    members = queries_issue.members_of(application)
    form = HandOverForm(initial={"location": post_of(request)})
    try:
        value = reveal_value(by=actor, subject=application, field=field, reason=request.POST.get("reason", "")[:300])
    except NotYours:
        raise
    except DomainError as refusal:
        answer = denied_in_place(request, refusal.message, refusal.status)
        return answer or page_of(request, application, members, form, reveal_error=refusal.message, status=refusal.status)
    return shown_in_place(request, value) or page_of(request, application, members, form, revealed={field: value}, status=200)
