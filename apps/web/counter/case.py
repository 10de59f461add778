"""A case as the counter sees it: answers masked, materials, papers, story, clocks, and the acts that are allowed now."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from apps.applications import actions, policy, queries, queries_case, queries_changes
from apps.applications.actions.calling_off import demand_withdrawable
from apps.applications.actions.hearings import joined_of
from apps.applications.actions.turning_away import demand_cured_badly
from apps.applications.models import Application, Member
from apps.applications.queries_afterwards import to_renew
from apps.applications.queries_case import Case
from apps.applications.queries_clocks import COUNTED_ANEW
from apps.applications.queries_parcels import parcels_of
from apps.deadlines.models import Clock
from apps.directory.actions import reveal as reveal_value
from apps.journal.actor import Actor
from apps.kit.forms import BaseForm
from apps.kit.time import today
from apps.web.cancelling import could_ask, could_take, could_withdraw, why_not
from apps.web.handout import choosable, comes, why_fixed
from apps.web.once import OnceForm
from apps.web.revealed import denied_in_place, shown_in_place

from . import precheck
from .frame import applicant_of, clerk, clerk_or_supervisor, side
from .promising import could_renew, promises
from .shown import answers_of, handout_of, people_of

S = Application.State
# What a clerk is trained for by zones (全科、专科): the rest any colleague of the counter does.
TRAINED = {"accept", "take_supplement", "supply_gap", "mark_renewal", "not_accept"}


def clocks_of(found: Case) -> list[Clock]:
    """The running ones first; of the whole's promise only what it counts now."""
    rows = [clock for clock in found.clocks if clock.closing != COUNTED_ANEW]
    return sorted(rows, key=lambda clock: (clock.state == Clock.State.STOPPED, clock.due_on or found.application.receipt_date))


class NoteForm(OnceForm):
    text = forms.CharField(
        label="写一条备注",
        max_length=1000,
        help_text="只给同事看，申请人看不到。",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ReprintForm(OnceForm):
    reason = forms.CharField(
        label="补打原因", max_length=100, initial="申请人遗失", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


def doors(found: Case, by: Actor) -> list[dict]:
    """The acts that this actor may do now: [{"text", "href", "kind"?}], the main one first."""
    row = found.application
    trained = policy.competent(by, row)

    def door(verb: str, text: str, name: str, when: bool = True, kind: str = "quiet") -> dict | None:
        if not when or not found.may(by, verb) or (verb in TRAINED and not trained):
            return None
        return {"text": text, "href": reverse(f"counter:{name}", args=[row.pk]), "kind": kind}

    waiting = row.state == S.AWAITING_SUPPLEMENT
    handed_in = row.state in Application.UNDER_CHECK and row.supplemented_on is not None  # from home, and looked through now
    badly = handed_in or (waiting and not why_not(lambda: demand_cured_badly(row)))
    gap = any(one.owes_ahead or (one.gap_open and one.state in Member.UNDECIDED) for one in found.members)
    hearings = [one for one in found.hearings if one.member.state in Member.UNDECIDED]
    others = joined_of(hearings)
    asked = [one for one in hearings if not why_not(lambda row=one: demand_withdrawable(row, others[row.pk]))]
    askable = [one for one in hearings if one.request_by and today() <= one.request_by]
    ending = {one.member_id for one in found.cancellations if one.state == one.State.ASKED}
    renewable = [one for one in to_renew(found.members) if one.pk not in ending]
    listed = [
        door("accept", "核对材料，作出处理", "work", row.state in Application.UNDER_CHECK, "main"),
        door("take_supplement", "登记补正材料", "supplement", waiting, "main"),
        door("supply_gap", "登记容缺补交", "gap", gap and row.state in Application.ACCEPTED, "main"),
        _beside(
            found, by, found.supplements if trained else [], "take", "asked unanswered", "登记审查补正材料", "review_supplement", "main"
        ),
        door("mark_renewal", "登记为延续申请", "renewal", could_renew(found)),
        door("mark_renewal", "为这里的证照申请延续", "begin_renewal", bool(renewable)),
        _beside(found, by, promises(found), "sign", "planned", "登记告知承诺书", "commitment"),
        _beside(found, by, askable, "request", "told requested called called_off", "登记听证申请", "hearing"),
        _beside(found, by, asked, "withdraw", "requested called", "登记撤回听证申请", "hearing_withdraw"),
        *_cancelling(found, by),
        door("not_accept", "补正不合格，不予受理", "bad_cure", badly),
        door("correct", "更正录入", "correct", row.state in Application.UNDER_CHECK),
        door("choose_handout", "登记或更改领取方式", "handout", choosable(row, found.members)),
        door("change_contact", "更改联系手机", "contact", actions.changeable(row, found.members)),
        door("amend", "更正情形", "amend", bool(row.plan["situations"]) and row.state in Application.ACCEPTED),
        door("withdraw", "申请人撤回", "withdraw", not any(m.decision for m in found.members)),
        door("void", "录入作废", "void"),
    ]
    return [one for one in listed if one]


def _beside(
    found: Case, by: Actor, rows: list, verb: str, states: str, text: str, name: str, kind: str = "quiet"
) -> dict | None:
    """The door to what stands beside a member (a hearing, a supplement in review) and waits for the counter. In which `states` is said
    here: who asks for a hearing after another did moves nothing."""
    if not any(row.state in states.split() and not queries.why_not(by, verb, row) for row in rows):
        return None
    return {"text": text, "href": reverse(f"counter:{name}", args=[found.application.pk]), "kind": kind}


def _cancelling(found: Case, by: Actor) -> list[dict]:
    """Of each certificate that the holder may ask to cancel, or has asked to, or whose original is still to come."""
    many = len(found.members) > 1
    ways = [("cancel", "登记注销申请", one) for one in could_ask(by, found.members, found.cancellations)]
    ways += [("cancel_withdraw", "登记撤回注销申请", one.member) for one in could_withdraw(by, found.cancellations)]
    ways += [("cancel_original", "登记注销的原件交回", one.member) for one in could_take(by, found.cancellations)]
    return [
        {
            "text": f"{text}：{member.name}" if many else text,
            "href": reverse(f"counter:{name}", args=[found.application.pk, member.pk]),
            "kind": "quiet",
        }
        for name, text, member in ways
    ]


@clerk_or_supervisor
@require_GET
def case(request: HttpRequest, pk: int) -> HttpResponse:
    found = queries_case.case(request.actor, pk)
    if found.application.number is None:
        looked_at = found.application.state in (S.SUBMITTED, S.PRE_CHECKING)
        return redirect("counter:precheck" if looked_at else "counter:work", pk)
    return page(request, found)


def page(
    request: HttpRequest,
    found: Case,
    *,
    note: NoteForm | None = None,
    reprint: ReprintForm | None = None,
    shown: dict[str, str] | None = None,
    form: BaseForm | None = None,
) -> HttpResponse:
    """`form` is the refused one of the small forms; `shown` = values revealed by this request, by field."""
    row, actor = found.application, request.actor
    context = {
        "case": found,
        "row": row,
        "form": form,
        "members": members_of(found, actor),
        "who": applicant_of(row),
        "people": people_of(row, shown or {}),
        "handout": handout_of(row, shown or {}) if comes(row, found.members) else [],
        "fixed": why_fixed(row, found.members),
        "parcels": parcels_of(row, found.members),
        "groups": answers_of(row, shown or {}),
        "asked": queries_changes.compared(found),
        "doors": doors(found, actor),
        "clocks": clocks_of(found),
        "timeline": [{"at": e.at, "title": e.title, "detail": e.detail, "who": e.who} for e in reversed(found.story)],
        "note": (note or NoteForm(auto_id="note_%s")) if found.may(actor, "note") else None,
        "reprint": (reprint or ReprintForm(auto_id="reprint_%s")) if row.state != S.VOIDED and found.may(actor, "reprint") else None,
        "begin": OnceForm(auto_id="begin_%s"),
        "may_begin": row.state == S.RECEIVED and found.may(actor, "begin_check") and policy.competent(actor, row),
        "untrained": actor.has("clerk") and not policy.competent(actor, row),
        "reveals": found.may(actor, "reveal"),
        "side": side(request),
    }
    return render(request, "counter/case.html", context, status=form.status if form else 200)


def members_of(found: Case, by: Actor) -> list[dict]:
    """The items of a one-thing: [{"member", "after": names of those that it waits for, "href": to take it back alone}]."""
    if len(found.members) < 2:
        return []
    names = {member.code: member.name for member in found.members if not member.decision}
    alone = sum(member.state not in Member.ENDED for member in found.members) > 1
    return [
        {
            "member": member,
            "after": [names[code] for code in member.definition["after"] if code in names]
            if member.state == Member.State.WAITING
            else [],
            "href": reverse("counter:withdraw_member", args=[found.application.pk, member.pk])
            if alone and queries.may(by, "withdraw", member)
            else "",
        }
        for member in found.members
    ]


class RevealForm(BaseForm):
    reason = forms.CharField(label="查看理由", required=False)  # what is asked of it the act says


@clerk_or_supervisor
@require_POST
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """One full value behind a mask, shown on this answer only; who, what and why are kept (PIPL 51)."""
    found = queries_case.case(request.actor, pk)
    field = request.POST.get("field", "")[:80]
    form = RevealForm(request.POST, auto_id="reveal_%s")
    form.is_valid()
    ask = {"by": request.actor, "subject": found.application, "field": field, "reason": request.POST.get("reason", "")}
    if form.attempt(lambda: reveal_value(**ask)):
        value = form.result or "（空）"
        return shown_in_place(request, value) or _page_of(request, found, shown={field: value})
    denied = denied_in_place(request, "".join(one["message"] for one in form.error_list), form.status)
    return denied or _page_of(request, found, form=form, shown={})


def _page_of(request: HttpRequest, found: Case, **told) -> HttpResponse:
    """The page on which it was asked: of what came from home and is not received yet that of the pre-check."""
    before = (S.SUBMITTED, S.PRE_CHECKING, S.PRE_PASSED)
    return precheck.page(request, found.application.pk, **told) if found.application.state in before else page(request, found, **told)


@clerk_or_supervisor
@require_POST
def note(request: HttpRequest, pk: int) -> HttpResponse:
    found = queries_case.case(request.actor, pk)
    form = NoteForm(request.POST, auto_id="note_%s")
    about = {"by": request.actor, "application": pk}
    if form.act(request.actor, lambda: actions.add_note(**about, text=form.cleaned_data["text"]).pk, case=pk):
        messages.success(request, "备注已记下。")
        return redirect("counter:case", pk)
    return page(request, found, note=form, form=form)


@clerk
@require_POST
def reprint(request: HttpRequest, pk: int) -> HttpResponse:
    """A fresh voucher; the old one is void."""
    found = queries_case.case(request.actor, pk)
    form = ReprintForm(request.POST, auto_id="reprint_%s")
    about = {"by": request.actor, "application": pk}
    if form.act(
        request.actor, lambda: actions.reprint_receipt(**about, reason=form.cleaned_data["reason"]).pk, case=pk
    ):
        messages.success(request, "收件凭证正在重新生成，旧凭证已作废。")
        return redirect("counter:done", pk)
    return page(request, found, reprint=form, form=form)


@clerk
@require_POST
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a received case from the queue and look at its materials."""
    form = OnceForm(request.POST, auto_id="begin_%s")
    queries.get(request.actor, pk)
    if form.act(request.actor, lambda: actions.begin_check(by=request.actor, application=pk).pk, application=pk):
        return redirect("counter:work", pk)
    return page(request, queries_case.case(request.actor, pk), form=form)
