"""网上预审: what was handed in from home to be looked through. No acceptance, no clock: an answer within the centre's own day."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.applications import actions, queries, queries_counter, queries_files
from apps.applications.actions import checklist
from apps.applications.models import Application
from apps.applications.next_step import pre_check_days
from apps.kit.errors import NotYours
from apps.kit.forms import BaseForm
from apps.kit.paging import keyset_page
from apps.web.once import OnceForm

from .frame import applicant_of, clerk, side
from .shown import answers_of, people_of

S = Application.State
SIZE = 30


class SeenForm(OnceForm):
    """Which filing the page shows (queries_counter.submitted_as)."""

    seen = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)


class ReturnForm(SeenForm):
    reason = forms.CharField(
        label="要改、要补的全部内容",
        max_length=1000,
        help_text="一次写清，申请人在网上看到，改好后再提交。",
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class PassForm(SeenForm):
    pass


@clerk
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """What waits for an answer, the oldest first; on the first page above it those that passed, the newest first."""
    token = request.GET.get("page")
    rows = keyset_page(queries_counter.pre_checks(request.actor), ("handed_in", "id"), token, SIZE)
    passed = [] if token else queries_counter.pre_passed(request.actor).order_by("-pre_passed_on", "-pk")[:SIZE]
    context = {
        "page": rows,
        "rows": [{"row": row, "who": applicant_of(row)} for row in rows.rows],
        "passed": [{"row": row, "who": applicant_of(row)} for row in passed],
        "pre_check_days": pre_check_days(),
        "side": side(request),
    }
    return render(request, "counter/prechecks.html", context)


@clerk
@require_GET
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """What passed stands on the page of its acceptance; `look`: from there, to see in full what is masked on it."""
    row = queries.get(request.actor, pk)
    if row.state == S.PRE_PASSED and "look" in request.GET:
        return page(request, pk, shown={})
    return redirect("counter:work", pk) if row.state == S.PRE_PASSED else page(request, pk)


def page(request: HttpRequest, pk: int, *, form: BaseForm | None = None, shown: dict[str, str] | None = None) -> HttpResponse:
    """`form` is the refused one; `shown` = values revealed by this request, by field, where more is only looked at."""
    row = queries.get(request.actor, pk)
    if row.state not in (S.SUBMITTED, S.PRE_CHECKING) and (shown is None or row.state != S.PRE_PASSED):
        raise NotYours(message="这件已经不在预审中：可能申请人已经正式提交，或者同事已经处理。")
    lines = list(row.materials.all())
    entries = checklist.asked(row, lines)
    typed = actions.filled_in(row, lines)
    lacking = [entry for entry in checklist.missing(row, lines) if entry.code not in typed]
    owed = [entry for entry in lacking if entry.promised and entry.necessity == "tolerable"]
    bring = checklist.to_bring(row, lines)
    seen, files = {"seen": queries_counter.submitted_as(row)}, {}
    if isinstance(form, SeenForm):  # the page shows what there is now
        form.data = form.data.copy()
        form.data["seen"] = seen["seen"]
    for file in queries_files.files_of(row):
        files.setdefault(file.material_id, []).append(file)
    told = {
        "row": row,
        "who": applicant_of(row),
        "people": people_of(row, shown or {}),
        "groups": answers_of(row, shown or {}),
        "reveals": queries.may(request.actor, "reveal", row),
        "lines": [
            {"entry": entry, "files": files.get(entry.pk, []), "typed": entry.code in typed, "bring": entry in bring}
            for entry in entries
        ],
        "at_once": lacking == owed and not bring,
        "owed": owed,
        "returned": queries.returned_because(row),
        "form": form,
        "begin": OnceForm(auto_id="begin_%s"),
        "back_form": form if isinstance(form, ReturnForm) else ReturnForm(initial=seen, auto_id="return_%s"),
        "pass_form": form if isinstance(form, PassForm) else PassForm(initial=seen, auto_id="pass_%s"),
        "side": side(request),
    }
    return render(request, "counter/precheck.html", told, status=form.status if form else 200)


@clerk
@require_POST
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    form = OnceForm(request.POST, auto_id="begin_%s")
    if form.act(request.actor, lambda: actions.begin_pre_check(by=request.actor, application=pk).pk, application=pk):
        return redirect("counter:precheck", pk)
    return page(request, pk, form=form)


@clerk
@require_POST
def passed(request: HttpRequest, pk: int) -> HttpResponse:
    """Passed; with `do=accept`, where nothing has to be brought, received and accepted in the same moment."""
    form = PassForm(request.POST, auto_id="pass_%s")
    at_once = request.POST.get("do") == "accept"

    verb = actions.pass_and_accept if at_once else actions.pass_pre_check

    def do() -> int:
        return verb(by=request.actor, application=pk, seen=form.cleaned_data["seen"]).pk

    if not form.act(request.actor, do, application=pk, at_once=at_once):
        return page(request, pk, form=form)
    if at_once:
        return redirect("counter:done", pk)
    messages.success(request, "预审通过，已告知申请人。")
    return redirect("counter:prechecks")


@clerk
@require_POST
def returned(request: HttpRequest, pk: int) -> HttpResponse:
    form = ReturnForm(request.POST, auto_id="return_%s")

    def do() -> int:
        given = form.cleaned_data
        return actions.return_pre_check(by=request.actor, application=pk, reason=given["reason"], seen=given["seen"]).pk

    if form.act(request.actor, do, application=pk):
        messages.success(request, "已退回，申请人在网上看到要改的内容。")
        return redirect("counter:prechecks")
    return page(request, pk, form=form)
