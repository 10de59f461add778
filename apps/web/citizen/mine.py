"""My applications: drafts and cases, where each stands, what to do, and the acts that are the applicant's own."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.applications import (
    actions,
    display,
    policy,
    queries,
    queries_afterwards,
    queries_case,
    queries_changes,
    sight,
)
from apps.applications.actions import checklist
from apps.applications.models import Application
from apps.applications.queries_parcels import parcels_of
from apps.feedback import queries as feedback
from apps.kit.errors import WrongState
from apps.kit.forms import BaseForm
from apps.kit.ids import names_a_citizen
from apps.kit.paging import keyset_page
from apps.kit.replica import may_be_late
from apps.web.cancelling import could_ask, could_withdraw
from apps.web.contact import change
from apps.web.handout import choosable, comes, handout_told, why_fixed
from apps.web.once import OnceForm
from apps.web.renewal import NONE, WORDS, RenewalForm, in_time, offered

from .drafts import tasks_page
from .lines import lines_of
from .members import hearings_of, items_of, promises_of
from .owner import acts_for, citizen
from .supplement import HandInForm, still_asked
from .telling import clocks_told, timeline_of

State = Application.State

SIZE = 20


STATES = [
    ("", "全部"),
    ("draft,pre_returned", "还没有提交"),
    ("submitted,pre_checking,pre_passed", "预审"),
    ("received,checking", "窗口核对材料"),
    ("awaiting_supplement", "待补正"),
    ("in_progress,partly_done", "办理中"),
    (",".join(Application.ENDED), "已经结束"),
]


class FindForm(BaseForm):
    """Sent by POST and gone on with by GET: no person's number stands in an address."""

    q = forms.CharField(label="事项、编号或申请人", required=False, max_length=60)
    state = forms.ChoiceField(label="办到哪了", required=False, choices=STATES)

    def clean_q(self) -> str:
        if names_a_citizen(self.cleaned_data["q"]):
            raise forms.ValidationError("这里不按身份证号找，请填写事项、办件编号，或申请人的姓名、名称。")
        return self.cleaned_data["q"]


class WithdrawForm(OnceForm):
    reason = forms.CharField(label="为什么撤回", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


@citizen
@require_http_methods(["GET", "POST"])
@may_be_late
def my(request: HttpRequest) -> HttpResponse:
    """Newest first; drafts beside what was handed in. Who has more than a page holds may look for one."""
    form = FindForm(request.POST if request.method == "POST" else request.GET)
    given = {name: value for name, value in form.cleaned_data.items() if value} if form.is_valid() else {}
    if request.method == "POST" and not form.errors:
        return redirect(f"{reverse('citizen:my')}?{urlencode(given)}" if given else "citizen:my")
    words = given.get("q", "")
    rows = queries.filtered(queries.find(request.actor, words), state=given.get("state", ""))
    if form.errors:
        rows = rows.none()  # what was not understood finds nothing: passed over, it would find everything
    page = keyset_page(rows, queries.order(words), request.GET.get("page"), SIZE)
    searched = bool(form.errors or given)
    told = {"page": page, "before": Application.BEFORE_RECEIPT, "form": form, "searched": searched}
    return render(request, "citizen/my.html", told | {"many": searched or page.next or page.previous}, status=form.status)


@citizen
@require_GET
def mine(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft as its tasks, anything else as its story."""
    row = queries.get(request.actor, pk)
    if row.state in Application.BEFORE_RECEIPT and not row.clerk_id:
        actions.demand_mandate(request.actor, row)
        return tasks_page(request, row)
    return _case_page(request, pk)


def _case_page(request: HttpRequest, pk: int) -> HttpResponse:
    case = queries_case.case(request.actor, pk)
    row = case.application
    happens, holder, todo = case.now
    may = {verb: queries.may(request.actor, verb, row) for verb in ("withdraw", "resubmit", "receive")}
    may["withdraw"] &= not any(member.decision for member in case.members)
    may["discard"] = row.state in actions.DISCARDED and queries.may(request.actor, "discard", row)
    asked = {one.member_id for one in case.cancellations if one.state == one.State.ASKED}
    renewing = queries_afterwards.renewable_members(case.members)
    renews = queries.may(request.actor, "mark_renewal", row)
    running = row.state in (*Application.BEFORE_ACCEPTANCE, *Application.ACCEPTED) and case.renewal is None
    may["choose_handout"] = queries.may(request.actor, "choose_handout", row) and choosable(row, case.members)
    may["change_contact"] = queries.may(request.actor, "change_contact", row) and actions.changeable(row, case.members)
    may["mark_renewal"] = renews and running and bool(queries_afterwards.renewable(row))
    asked_for = queries_changes.compared(case, masked=case.masked)
    told = {
        "case": case,
        "row": row,
        "bring": checklist.to_bring(row, case.materials) if row.state == State.PRE_PASSED else [],
        "agent": acts_for(row, request.actor),
        "happens": happens,
        "holder": holder,
        "todo": todo,
        "timeline": timeline_of(case.story),
        "items": items_of(case, request.actor),
        "promises": promises_of(case, request.actor),
        "hearings": hearings_of(case, request.actor),
        "cancellable": could_ask(request.actor, case.members, case.cancellations),
        "cancel_back": could_withdraw(request.actor, case.cancellations),
        "clocks": clocks_told(case.clocks),
        "may": may,
        "only_sees": "" if sight.acts(request.actor, row) else policy.NO_MANDATE,
        "renewable": offered([one for one in renewing if one.pk not in asked]) if renews else [],
        "groups": display.groups(display.answers(row)),
        "lines": lines_of(row, checklist.asked(row, case.materials)),
        "typed_here": {} if row.number else actions.filled_in(row, case.materials),
        "handout": handout_told(row, masked=case.masked) if comes(row, case.members) else [],
        "fixed": why_fixed(row, case.members),
        "parcels": parcels_of(row, case.members),
        "asked": asked_for,
        "unsent": row.state == State.AWAITING_SUPPLEMENT
        and all(line.came or line.new or line.new_files for one in asked_for for line in still_asked(case, one.lines)),
        "wanted": [one for one in case.supplements if queries.may(request.actor, "take", one) and one.state in one.OPEN],
        "owed": checklist.owed(row, case.materials, case.members) if queries.may(request.actor, "attach", row) else [],
        "said": feedback.of_case(request.actor, row),
        "back": reverse("citizen:mine", args=[pk]),
    }
    return render(request, "citizen/mine.html", told)


@citizen
@require_POST
def for_good(request: HttpRequest, pk: int) -> HttpResponse:
    """After the pre-check: handed in for good, the receipt is given."""
    form = HandInForm(request.POST)
    if queries.get(request.actor, pk).state in Application.BEFORE_RECEIPT:
        messages.info(request, "窗口预审后退回了这件申请，没有正式提交。请先看退回的理由，改好后再核对提交。")
        return redirect("citizen:mine", pk)
    if form.act(request.actor, lambda: actions.receive(by=request.actor, application=pk).pk, application=pk):
        messages.success(request, "已正式提交，收件凭证在下面的文书里。")
        return redirect("citizen:mine", pk)
    raise WrongState(" ".join(row["message"] for row in form.error_list))


@citizen
@require_http_methods(["GET", "POST"])
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    actions.demand_mandate(request.actor, queries.get(request.actor, pk))
    return change(request, pk, back=reverse("citizen:mine", args=[pk]))


@citizen
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    row = queries.get(request.actor, pk)
    actions.demand_mandate(request.actor, row)
    if request.method == "GET" and not queries.may(request.actor, "withdraw", row):
        raise WrongState(queries.why_not(request.actor, "withdraw", row) or f"现在是“{row.get_state_display()}”，不能撤回。")
    if request.method == "GET" and row.members.exclude(decision="").exists():
        raise WrongState("有事项已经作出决定，不能整件撤回；还没有决定的事项，可以在办件页一项一项撤回。")
    form = WithdrawForm(request.POST or None)

    def do() -> int:
        return actions.withdraw(by=request.actor, application=pk, reason=form.cleaned_data["reason"]).pk

    if request.method == "POST" and form.act(request.actor, do, application=pk):
        messages.success(request, "申请已撤回。")
        return redirect("citizen:mine", pk)
    told = {
        "question": "撤回这件申请？",
        "consequence": "作出决定以前可以撤回；撤回后要办需要重新申请；交过材料原件的，可以取回。",
        "facts": [("办件编号", row.number), ("事项", row.name)],
        "form": form,
        "action": "确认撤回",
        "back_url": reverse("citizen:mine", args=[pk]),
    }
    return render(request, "web/confirm.html", told, status=form.status)


@citizen
@require_http_methods(["GET", "POST"])
def renewal(request: HttpRequest, pk: int) -> HttpResponse:
    """Which certificate this application renews. Raises WrongState where there is none."""
    row = queries.get(request.actor, pk)
    actions.demand_mandate(request.actor, row)
    found = queries_afterwards.renewable(row)
    form = RenewalForm(found, row.receipt_date, request.POST or None)

    def do() -> int:
        certificate = form.cleaned_data["certificate"]
        return actions.mark_renewal(by=request.actor, application=pk, certificate=certificate).pk

    if request.method == "POST" and form.act(request.actor, do, application=pk):
        messages.success(request, "已登记为延续申请。")
        return redirect("citizen:mine", pk)
    if not found:
        raise WrongState(NONE)
    told = {
        **WORDS,
        "facts": [("办件编号", row.number), ("事项", row.name)],
        "form": form,
        "back_url": reverse("citizen:mine", args=[pk]),
    }
    return render(request, "web/confirm.html", told, status=form.status)


@citizen
@require_POST
def renew(request: HttpRequest, pk: int) -> HttpResponse:
    """A new draft from the case whose certificate will end. Raises WrongState where it has none."""
    members = queries_afterwards.renewable_members(queries.get(request.actor, pk).members.select_related("commitment"))
    chosen = [one for one in members if str(one.pk) == request.POST.get("member")] or members
    if not chosen:
        raise WrongState("这个办件没有还在有效期内、有届满日的证照。")
    draft = actions.open_renewal(by=request.actor, member=chosen[0].pk)
    told = f"已带出上次填的内容，请核对有没有变化。{in_time(chosen[0])}在网上正式提交，或者由窗口收件时，登记为这份证照的延续申请。"
    if draft.state not in Application.BEFORE_RECEIPT:
        told = "这份证照的延续申请已经提交，不用再开一件。"
    messages.success(request, told)
    return redirect("citizen:mine", draft.pk)
