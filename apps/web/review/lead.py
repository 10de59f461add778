"""牵头的一件事: the lead department follows every item, chases, and writes down how opinions that go apart were brought together.
It decides for nobody, and sees the fields and materials of its own items only."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.applications import actions, queries_lead, queries_review, whole
from apps.applications.models import Application, Member
from apps.applications.queries_case import Case
from apps.journal.door import action
from apps.kit.paging import keyset_page
from apps.web import typed
from apps.web.access import staff
from apps.web.once import OnceForm

from .consultation import may_consult
from .frame import CASE_ROLES, DESK_ROLES, side


class ChaseForm(OnceForm):
    members = forms.MultipleChoiceField(label="催办哪些事项", widget=forms.CheckboxSelectMultiple)
    text = forms.CharField(
        label="要说的话",
        required=False,
        max_length=300,
        help_text="可以不写；每个事项每天催办一次。",
        widget=forms.Textarea(attrs={"rows": 2, "class": "w-full"}),
    )

    def __init__(self, found: Case, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.offer(found.members if self.is_bound else queries_lead.to_chase(found))

    def offer(self, members: Iterable[Member]) -> None:
        self.fields["members"].choices = [(m.pk, f"{m.name}（{m.department.name}）") for m in members]
        if len(self.fields["members"].choices) == 1:
            self.initial["members"] = [self.fields["members"].choices[0][0]]


class CoordinateForm(OnceForm):
    reason = forms.CharField(
        label="协调的结果和理由",
        max_length=500,
        help_text="写明怎样会商、达成什么；各部门都看得到，决定仍由各部门作出。",
        widget=forms.Textarea(attrs={"rows": 3, "class": "w-full"}),
    )


@require_GET
@staff(*DESK_ROLES)
def led(request: HttpRequest) -> HttpResponse:
    """Running cases that this department leads, the oldest first."""
    page = keyset_page(queries_lead.led(request.actor), ("id",), request.GET.get("page"))
    return render(request, "review/led.html", {"page": page, "rows": page.rows, "side": side(request)})


def _page(request: HttpRequest, found: Case, sent: OnceForm | None = None) -> HttpResponse:
    """`sent` = the form that was refused and is shown again."""
    row, actor = found.application, request.actor
    jobs = {job.member_id: job for job in found.jobs}
    apart = whole.apart(row.plan["stages"], found.members, found.jobs)
    running = row.state in Application.ACCEPTED
    chase = sent if isinstance(sent, ChaseForm) else ChaseForm(found, auto_id="chase_%s")
    told = {
        "application": row,
        "case": found,
        "rows": [
            {"member": member, "job": jobs.get(member.pk), "may_consult": may_consult(actor, member)}
            for member in found.members
        ],
        "leads": bool(actor.roles & set(DESK_ROLES)),
        "mine": queries_review.job_of_mine(actor, row),
        "apart": apart,
        "coordinated": queries_lead.coordinated(found),
        "chase": chase if running and chase.fields["members"].choices else None,
        "coordinate": (sent if isinstance(sent, CoordinateForm) else CoordinateForm(auto_id="coordinate_%s"))
        if apart and running
        else None,
        "timeline": [{"at": e.at, "title": e.title, "detail": e.detail, "who": e.who} for e in reversed(found.story)],
        "form": sent,
        "side": side(request),
    }
    if sent and sent not in (told["chase"], told["coordinate"]):
        told["typed"] = typed.told(request)
    return render(request, "review/lead_case.html", told, status=sent.status if sent else 200)


@require_GET
@staff(*CASE_ROLES)
def show(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, queries_lead.overview(request.actor, pk))


@require_POST
@staff(*CASE_ROLES)
def chase(request: HttpRequest, pk: int) -> HttpResponse:
    actor, found = request.actor, queries_lead.overview(request.actor, pk)
    form = ChaseForm(found, request.POST, auto_id="chase_%s")

    def do() -> int:
        with action(actor):
            for member in form.cleaned_data["members"]:
                actions.remind(by=actor, member=int(member), text=form.cleaned_data["text"])
        return len(form.cleaned_data["members"])

    if form.act(actor, do, application=pk):
        messages.success(request, f"已催办 {form.result} 个事项：承办人和负责人收到消息，办件经过里也有记录。")
        return redirect("review:lead_case", pk)
    form.offer(queries_lead.to_chase(found))
    return _page(request, found, form)


@require_POST
@staff(*CASE_ROLES)
def coordinate(request: HttpRequest, pk: int) -> HttpResponse:
    actor, found = request.actor, queries_lead.overview(request.actor, pk)
    form = CoordinateForm(request.POST, auto_id="coordinate_%s")
    about = {"by": actor, "application": pk}
    if form.act(actor, lambda: actions.coordinate(**about, reason=form.cleaned_data["reason"]).pk, application=pk):
        messages.success(request, "协调意见已记下，各部门都能看到；决定仍由各部门作出。")
        return redirect("review:lead_case", pk)
    return _page(request, found, form)
