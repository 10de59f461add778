"""My applications: drafts and cases, where each stands, what to do, and the acts that are the applicant's own."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.applications import actions, queries, queries_afterwards, queries_vault
from apps.applications.actions import checklist
from apps.applications.models import Application
from apps.feedback import queries as feedback
from apps.kit.errors import WrongState
from apps.kit.paging import keyset_page
from apps.web.once import OnceForm
from apps.web.renewal import NONE, WORDS, RenewalForm

from .drafts import tasks_page
from .materials import lines_of
from .owner import citizen
from .telling import clocks_told, timeline_of

State = Application.State


class WithdrawForm(OnceForm):
    reason = forms.CharField(label="为什么撤回", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class HandInForm(OnceForm):
    pass


@citizen
@require_GET
def my(request: HttpRequest) -> HttpResponse:
    """Newest first; drafts beside what was handed in."""
    page = keyset_page(queries.applications_for(request.actor), ("-id",), request.GET.get("page"), 20)
    return render(request, "citizen/my.html", {"page": page, "before": Application.BEFORE_RECEIPT})


@citizen
@require_GET
def mine(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft as its tasks, anything else as its story."""
    row = queries.get(request.actor, pk)
    if row.state in Application.BEFORE_RECEIPT:
        actions.demand_mandate(request.actor, row)
        return tasks_page(request, row)
    return _case_page(request, pk)


def _case_page(request: HttpRequest, pk: int) -> HttpResponse:
    case = queries.case(request.actor, pk)
    row = case.application
    happens, holder, todo = case.now
    may = {verb: queries.may(request.actor, verb, row) for verb in ("withdraw", "resubmit", "receive")}
    renews = queries.may(request.actor, "mark_renewal", row)
    running = row.state in (*Application.BEFORE_ACCEPTANCE, *Application.ACCEPTED) and case.renewal is None
    may["mark_renewal"] = renews and running and bool(queries_afterwards.renewable(row))
    told = {
        "case": case,
        "row": row,
        "happens": happens,
        "holder": holder,
        "todo": todo,
        "timeline": timeline_of(case.story),
        "clocks": clocks_told(case.clocks),
        "may": may,
        "renewable": queries_afterwards.renewable_members(case.members) if renews else [],
        "lines": lines_of(row, checklist.asked(row, case.materials)),
        "said": feedback.of_case(request.actor, row),
        "back": reverse("citizen:mine", args=[pk]),
    }
    return render(request, "citizen/mine.html", told)


@citizen
@require_http_methods(["GET"])
def supplement(request: HttpRequest, pk: int) -> HttpResponse:
    return supplement_page(request, queries.get(request.actor, pk))


def supplement_page(
    request: HttpRequest, row: Application, errors: dict[str, str] | None = None, form: HandInForm | None = None
) -> HttpResponse:
    """Each gap with what was told of it, the old files and the place for the new ones."""
    if row.state != State.AWAITING_SUPPLEMENT:
        raise WrongState("这个办件不在补正中。")
    notice = row.notices.filter(kind="supplement").first()
    told = {gap["material"]: gap for gap in notice.gaps} if notice else {}
    entries = {entry.code: entry for entry in row.materials.all()}
    held = queries_vault.held_for(request.actor, row)
    lines = lines_of(row, [entries[code] for code in told if code in entries], held)
    errors = errors or {}
    for line in lines:
        code = line["entry"].code
        line |= {"told": told[code], "error": errors.get(code, "")}
    form = form or HandInForm()
    faults = [{"href": f"#upload_file_{code}", "message": text} for code, text in errors.items()]
    context = {"row": row, "lines": lines, "form": form, "has_errors": bool(faults), "error_list": faults}
    context["waiting"] = [line for line in lines if not line["entry"].in_hand]
    return render(request, "citizen/supplement.html", context, status=422 if faults else form.status)


@citizen
@require_POST
def hand_in(request: HttpRequest, pk: int) -> HttpResponse:
    """All gaps are uploaded: to the clerk, accepted as of today if they are what was asked for."""
    form = HandInForm(request.POST)
    if form.act(request.actor, lambda: actions.resubmit(by=request.actor, application=pk).pk, application=pk):
        messages.success(request, "补正材料已提交。符合要求的，从今天起受理。")
        return redirect("citizen:mine", pk)
    return supplement_page(request, queries.get(request.actor, pk), form=form)


@citizen
@require_POST
def for_good(request: HttpRequest, pk: int) -> HttpResponse:
    """After the pre-check: handed in for good, the receipt is given."""
    form = HandInForm(request.POST)
    if form.act(request.actor, lambda: actions.receive(by=request.actor, application=pk).pk, application=pk):
        messages.success(request, "已正式提交，收件凭证在下面的文书里。")
        return redirect("citizen:mine", pk)
    raise WrongState(" ".join(row["message"] for row in form.error_list))


@citizen
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    row = queries.get(request.actor, pk)
    form = WithdrawForm(request.POST or None)

    def do() -> int:
        return actions.withdraw(by=request.actor, application=pk, reason=form.cleaned_data["reason"]).pk

    if request.method == "POST" and form.act(request.actor, do, application=pk):
        messages.success(request, "申请已撤回。")
        return redirect("citizen:mine", pk)
    told = {
        "question": "撤回这件申请？",
        "consequence": "作出决定以前可以撤回；撤回后要办需要重新申请，材料可以取回。",
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
    found = queries_afterwards.renewable(row)
    form = RenewalForm(found, request.POST or None)

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
    chosen = [one.pk for one in members if str(one.pk) == request.POST.get("member")] or [one.pk for one in members]
    if not chosen:
        raise WrongState("这个办件没有还在有效期内、有届满日的证照。")
    draft = actions.open_renewal(by=request.actor, member=chosen[0])
    messages.success(request, "已带出上次填的内容，请核对有没有变化；正式提交以后，在这件申请里选要延续的证照。")
    return redirect("citizen:mine", draft.pk)
