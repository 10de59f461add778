"""How the results come: a task of the draft, saved as it is typed, and a choice that may be changed until all is handed out. Of two
pages of one draft each saves what was changed on it."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.applications import actions, queries
from apps.applications.actions.handout import faults_of
from apps.applications.handout import COLUMNS, clean, ways
from apps.applications.models import Application, IssueMode
from apps.journal.actor import Actor
from apps.kit.errors import Refused, WrongState
from apps.web.answering import Typed
from apps.web.handout import HandOutForm, change, typed_handout
from apps.web.stood import StandingForm

from .owner import citizen, draft_of


class DraftForm(StandingForm, HandOutForm):
    def __init__(self, row: Application, data=None):
        super().__init__(row, data)
        if row.plan["issue"] == "applicant_choice":
            choices = forms.RadioSelect(choices=IssueMode.choices)
            self.fields["issue"] = Typed(label="几项结果怎么给您", required=True, widget=choices)
            self.initial["issue"] = row.issue
        self.stand(name for name in [*self.fields] if name != "once")

    def keep(self, by: Actor) -> tuple[list[Refused], list[Refused], str]:
        """Save what is right; (what is wrong, what is wrong or missing, the page's new `stood`)."""
        row, typed, given = self.row, typed_handout(self), {}
        right, wrong = clean(row.plan, typed, partial=True)
        if any(getattr(row, COLUMNS[part]) != text for part, text in right.items()):
            given["handout"] = right
        if (issue := self.cleaned_data.get("issue")) in IssueMode.values and issue != row.issue:
            given["issue"] = issue
        actions.save_draft(by=by, application=row.pk, **given)  # with nothing changed too: kept from today on
        return wrong, clean(row.plan, typed)[1] if typed else [], self.go_on(wrong)


def task_of(row: Application) -> dict | None:
    """The line in the list of tasks; nothing where nothing is to choose."""
    if len(ways(row.plan)) < 2 and row.plan["issue"] != "applicant_choice":
        return None
    state = "todo" if not row.handout else "doing" if faults_of(row) else "done"
    return {
        "text": "选择领取方式",
        "href": reverse("citizen:handout", args=[row.pk]),
        "state": state,
        "hint": "" if row.handout else "不选的，办好后到窗口领取。",
    }


@citizen
@require_http_methods(["GET", "POST"])
def handout(request: HttpRequest, pk: int) -> HttpResponse:
    """A script sends a draft's while it is typed (X-Autosave) and gets told what was kept."""
    row = queries.get(request.actor, pk)
    actions.demand_mandate(request.actor, row)
    if row.state not in Application.BEFORE_RECEIPT:
        if request.headers.get("X-Autosave"):  # a page from before; the choice of what was handed in is changed by its button, whole
            raise WrongState("这件申请已经提交，领取方式没有保存；要改的，请按“保存”。")
        return change(request, row, back=reverse("citizen:mine", args=[pk]))
    row = draft_of(request, pk)
    form = DraftForm(row, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        wrong, faults, stood = form.keep(request.actor)
        if request.headers.get("X-Autosave"):  # what is not there yet may still be typed
            return JsonResponse({"saved": True, "faults": [fault.message for fault in wrong], "stood": stood})
        for fault in faults:
            form.add_error(form._field_for(fault.field), fault.message)
        if not faults:
            return redirect("citizen:mine", pk)
    return render(request, "citizen/handout.html", {"row": row, "form": form}, status=form.status)
