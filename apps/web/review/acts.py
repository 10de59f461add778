"""Acts with a page of their own: back to the router, reassignment, sent back by the head."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.applications import actions, policy, queries, queries_review
from apps.applications.actions.review import demand_given_back, demand_returnable
from apps.applications.models import Job, Member
from apps.directory import queries as directory
from apps.journal.actor import Actor
from apps.kit.errors import WrongState
from apps.web.access import staff
from apps.web.once import OnceForm

from .forms import ReasonForm, ReassignForm
from .frame import CASE_ROLES, side


def ask(request: HttpRequest, job: Job, form: OnceForm, *, also: Iterable[tuple[str, str]] = (), **words) -> HttpResponse:
    """The page that asks: what is about to happen, to which job, and the form. `words`: question, consequence, action; or why there
    is nothing to ask any more (refused). `also`: facts beyond those of the job."""
    facts = [
        ("办件编号", job.application.number),
        ("事项", job.member.name),
        ("申请人", job.application.applicant_shown),
        ("承办人", job.assignee.name if job.assignee else ""),
        *also,
    ]
    told = {"job": job, "form": form, "facts": facts, "side": side(request), **words}
    return render(request, "review/act.html", told, status=409 if words.get("refused") else form.status)


def act(
    request: HttpRequest,
    pk: int,
    form: OnceForm,
    do: Callable[[dict], Model],
    *,
    said: str,
    verb: str,
    target: str = "review:job",
    demand: Callable[[Member], None] | None = None,
    demand_job: Callable[[Job], None] | None = None,
    **words,
) -> HttpResponse:
    actor = request.actor
    if request.method == "POST" and form.act(actor, lambda: do(form.cleaned_data).pk, job=pk):
        messages.success(request, said)
        return redirect(target) if target == "review:home" else redirect(target, pk)
    job = queries_review.job(actor, pk)
    if form.status != 403:
        job.policy(actor, verb, job)  # the page is only for who may do it
    if request.method == "GET":
        words["refused"] = (why_not(demand, job.member) if demand is not None else "") or over(actor, verb, job)
        words["refused"] = words["refused"] or (why_not(demand_job, job) if demand_job is not None else "")
    return ask(request, job, form, **words)


def over(actor: Actor, verb: str, job: Job) -> str:
    """That the work has gone on meanwhile and where it stands, for who may do it: asked when a page is opened."""
    return "" if queries.may(actor, verb, job) else f"这件工作现在是“{job.get_state_display()}”，不能办理这一步。"


def why_not(demand: Callable[[Model], None], row: Model) -> str:
    """What `demand` says against it, or nothing. It is asked when a page is opened; on one that was open before, what was typed comes
    back with the refusal."""
    try:
        demand(row)
    except WrongState as over:
        return over.message
    return ""


@staff(*CASE_ROLES)
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    return act(
        request,
        pk,
        ReasonForm(request.POST or None),
        lambda given: actions.give_back(by=request.actor, job=pk, reason=given["reason"]),
        verb="give_back",
        said="已退回待领办，本部门的审批人员可以重新领办。",
        target="review:home",
        question="把这件工作退回待领办？",
        consequence="还没有提出审查意见的，可以退回；期限照常计算，本部门同事看到您写的理由。不属于本部门职责的，退回以后再退回分办。",
        action="确认退回",
        demand_job=demand_given_back,
    )


@staff(*CASE_ROLES)
def return_to_router(request: HttpRequest, pk: int) -> HttpResponse:
    return act(
        request,
        pk,
        ReasonForm(request.POST or None),
        lambda given: actions.return_to_router(by=request.actor, job=pk, reason=given["reason"]),
        verb="return_to_router",
        said="已退回分办，由监督人员重新确定承办部门。",
        target="review:home",
        question="把这件工作退回分办？",
        consequence="不属于本部门职责的，可以退回一次；期限照常计算。",
        action="确认退回",
        demand_job=demand_returnable,
    )


@staff(*CASE_ROLES)
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    return act(
        request,
        pk,
        ReasonForm(request.POST or None),
        lambda given: actions.send_back(by=request.actor, job=pk, reason=given["reason"]),
        verb="send_back",
        said="已退回承办人重新审查。",
        question="退回承办人重新审查？",
        consequence="承办人看到您写的理由，重新提出意见；期限照常计算。",
        action="确认退回",
    )


@staff(*CASE_ROLES)
def reassign(request: HttpRequest, pk: int) -> HttpResponse:
    job = queries_review.job(request.actor, pk)
    people = [(person.pk, person.name) for person in directory.reviewers(job.department_id)]
    return act(
        request,
        pk,
        ReassignForm(request.POST or None, people=people, never={job.assignee_id, *policy.took_in(job.application, job.member.code)}),
        lambda given: actions.reassign(by=request.actor, job=pk, assignee=given["assignee"], reason=given["reason"]),
        verb="reassign",
        said="已改派。",
        question="改派承办人",
        consequence="受理了这个办件的人不能审查它；期限照常计算。",
        action="确认改派",
    )
