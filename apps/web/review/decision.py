"""The head's decision: the documents are read before they are made, then it is confirmed."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static

from apps.applications import actions, checks, preview
from apps.applications.actions.inspection_conclusion import demand_inspected, unvisited
from apps.applications.actions.renewal_outcome import NOT_RENEWED
from apps.applications.actions.review import STILL_OWED
from apps.applications.actions.waiting import demand_answered, demand_decidable, demand_heard
from apps.applications.consulted import waits
from apps.applications.models import Consultation, Job
from apps.applications.queries_case import Case
from apps.applications.queries_inspection import to_plan
from apps.issuance.paper import Unprintable
from apps.kit.errors import DomainError, Refused, WrongState
from apps.web.access import staff

from .case import decision_clock, load
from .forms import DecisionForm
from .frame import CASE_ROLES, side
from .telling import lacking

WORDS = {
    "grant": ("准予", "作出准予的决定", "确认准予"),
    "refuse": ("不予", "作出不予的决定", "确认不予"),
}
REASON = {"grant": "准予的内容", "refuse": "不予的理由"}


@staff(*CASE_ROLES)
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """GET ?decision=grant|refuse: the preview and the question; POST: look again (button 预览) or decide."""
    actor = request.actor
    asked = request.POST.get("decision") or request.GET.get("decision", "grant")
    choice = asked if asked in WORDS else "grant"
    if request.method == "POST":
        form = DecisionForm(request.POST)
        form.fields["reason"].label = REASON[choice]
        looking = "look" in request.POST

        def do() -> int:
            given = form.cleaned_data
            return actions.decide(by=actor, job=pk, decision=given["decision"], reason=given["reason"], seen=given["seen"]).pk

        if not looking and form.act(actor, do, job=pk):
            messages.success(request, f"已{WORDS[choice][1]}，文书正在生成，用印登记后可以领取。")
            return redirect("review:job", pk)
        case, job = load(actor, pk)
    else:
        case, job = load(actor, pk)
        words = job.opinion if choice == job.recommendation == "refuse" else ""
        form = DecisionForm(initial={"decision": choice, "reason": words, "seen": checks.laid_open(job)})
    if form.status != 403:
        job.member.policy(actor, choice, job.member)  # the page is only for who may decide; he is told why not
    return _page(request, case, job, form, choice)


def _page(request: HttpRequest, case: Case, job: Job, form: DecisionForm, choice: str) -> HttpResponse:
    reason = form.data.get("reason", "") if form.is_bound else form.initial["reason"]
    if form.is_bound:
        form.data = form.data.copy()
        form.data["seen"] = checks.laid_open(job)  # the page shows what there is now
    field = form["reason"]  # as it is drawn: a form that was refused has made it already
    if choice == "refuse":
        field.label = REASON[choice] if job.recommendation == choice else "不予的事实和理由"
        field.help_text = "写进决定书，申请人会看到；至少 10 个字（行政许可法第三十八条）。"
        if job.recommendation != choice:
            field.help_text += "审查建议是准予，审查意见不写进决定书：认定的事实也请写在这里。"
    else:
        field.label = REASON[choice]
        field.help_text = "写进决定书；不填的，写“准予”加事项名称。与审查建议不同的，必须写明理由。"
    told = {
        "job": job,
        "member": job.member,
        "clock": decision_clock(case, job.member),
        "application": job.application,
        "form": form,
        "choice": choice,
        "verb": WORDS[choice][0],
        "action": WORDS[choice][2],
        "side": side(request),
        "lacking": lacking(case, job.member) if choice == "grant" else "",
        "unvisited": _unvisited(request, case, job) if choice == "grant" else "",
        "waits": _waits(case, job, choice) if request.method == "GET" else "",
        "standard": job.application.plan.get("standard"),
        "checked": checks.shown(job.application.plan, job.member.code, job.checks),
        **_previews(request, job, choice, reason),
    }
    return render(request, "review/decide.html", told, status=form.status)


def _unvisited(request: HttpRequest, case: Case, job: Job) -> str:
    """Where nobody looked at the place: who may call for it. What is granted on a commitment is looked at afterwards (ZJR 14)."""
    if any(one.member_id == job.member_id for one in case.commitments) or not unvisited(job.member):
        return ""
    own = job.member in to_plan(request.actor, case.application, case.members)
    return "请返回办件页发起踏勘" if own else "请组织联合踏勘的部门发起"


def _waits(case: Case, job: Job, choice: str) -> str:
    """What it has to wait for, or that it is over: asked when the page is opened; on one that was open before, the words come
    back with the refusal."""
    member = job.member
    try:
        demand_decidable(job, member)
        demand_heard(member)
        demand_answered(member, choice)
        if choice == "grant" and member.gap_open:
            return STILL_OWED
        demand_inspected(member, choice, "")
        if choice == "grant" and case.renewal and case.renewal.void:
            return NOT_RENEWED
    except WrongState as refusal:
        return refusal.message
    except Refused:
        pass  # the form itself asks for these words
    asked = (one for one in case.consultations if one.member_id == member.pk and one.state in Consultation.LIVE)
    return next(filter(None, (waits(one, one.answers, choice) for one in asked)), "")


def _previews(request: HttpRequest, job: Job, choice: str, reason: str) -> dict:
    """The documents as they would be made now, or the sentence why they cannot be shown."""
    try:
        sheets = preview.decision(request.actor, job, choice, reason[:2000])
    except (DomainError, Unprintable) as trouble:
        return {"previews": [], "no_preview": str(trouble)}
    style = f'<link rel="stylesheet" href="{static("css/preview.css")}"></head>'
    return {"previews": [{"title": one.title, "html": one.html.replace("</head>", style, 1)} for one in sheets]}
