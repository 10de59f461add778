"""The router's desk: jobs that a department sent back, for the supervisors of the node."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from apps.applications import actions, queries_case, queries_review
from apps.applications.models import Job
from apps.directory import queries as directory
from apps.directory.queries_people import unmanned
from apps.kit.errors import Refused
from apps.kit.paging import keyset_page
from apps.web.access import staff

from .acts import ask
from .forms import RerouteAllForm, RerouteForm
from .frame import side

MOST = 200
LEFT = 50  # of what lies where nobody is left: routed away, the next come up


@require_GET
@staff("supervisor")
def desk(request: HttpRequest) -> HttpResponse:
    page = keyset_page(
        queries_review.by_clock(queries_review.misrouted(request.actor)), ("due_key", "id"), request.GET.get("page")
    )
    left = list(queries_review.by_clock(queries_review.unattended(request.actor)).order_by("due_key", "id")[: LEFT + 1])
    return render(request, "review/router.html", {"page": page, "left": left[:LEFT], "more": len(left) > LEFT, "side": side(request)})


@staff("supervisor")
def reroute(request: HttpRequest, pk: int) -> HttpResponse:
    actor = request.actor
    job = queries_review.job(actor, pk)
    keeps = "" if job.state == Job.State.MISROUTED else job.department_id
    form = RerouteForm(request.POST or None, departments=_offered([job.department_id]), keeps=keeps).show(actions.lies(job))

    def do() -> int:
        given = form.cleaned_data
        return actions.reroute(by=actor, job=pk, department=given["department"], reason=given["reason"], seen=form.held).pk

    if request.method == "POST" and form.act(actor, do, job=pk):
        messages.success(request, "已重新分办。")
        return redirect("review:router")
    return ask(
        request,
        job,
        form,
        question="重新分办",
        consequence=_where(request, job),
        refused=actions.why_not_rerouted(job) if request.method == "GET" else "",
        action="确认分办",
    )


@staff("supervisor")
def reroute_all(request: HttpRequest) -> HttpResponse:
    """Of a department that was merged away everything at once; what another has taken meanwhile is told and left. Sent twice, the
    second time finds nothing more."""
    waiting = queries_review.unattended(request.actor)
    counted = list(waiting.order_by("department").values_list("department", "department__name").annotate(n=Count("pk")))
    if not counted or (request.method == "POST" and request.POST.get("left") not in {"", *(code for code, _, _ in counted)}):
        messages.info(request, "这个部门没有要重新分办的工作了。")
        return redirect("review:router")
    form = RerouteAllForm(
        request.POST or None,
        left=[(code, f"{name}（{n} 件）") for code, name, n in counted],
        departments=_offered([code for code, _, _ in counted]),
    )
    if request.method == "POST" and form.is_valid():
        given = {name: form.given[name] for name in ("left", "department", "reason")}
        jobs = list(waiting.filter(department=given["left"]).order_by("pk").values_list("pk", flat=True)[:MOST])
        bulk = actions.reroute_many(by=request.actor, jobs=jobs, **given)
        refused = list(dict.fromkeys(bulk.refused.values()))
        if bulk.done:
            messages.success(request, f"已重新分办 {len(bulk.done)} 件。")
            for why in refused[:3]:
                messages.warning(request, why)
            return redirect("review:router")
        form.add_refusal(Refused("reroute.none", refused[0] if refused else "没有要重新分办的工作。", "department"))
    told = {"question": "把没有人办理的工作一并分办", "action": "一并分办", "consequence": f"一次最多 {MOST} 件；期限照常计算，承接的部门重新审查。"}
    told |= {"form": form, "back_url": reverse("review:router"), "side": side(request)}
    return render(request, "review/act.html", told, status=form.status)


def _offered(left: list[str]) -> list[tuple[str, str]]:
    """To whom the work of these departments may go, by name at each node; who has nobody to review it is marked: there it would only lie again."""
    bare = set(unmanned("reviewer").values_list("pk", flat=True))
    to = {row.pk: row.name for code in left for row in directory.successors_of(code)}
    return [(code, f"{name}（现在没有审批人员）" if code in bare else name) for code, name in to.items()]


def _where(request: HttpRequest, job: Job) -> str:
    """Why it was sent back, as long as it waits for the router; else whose inbox it lies in."""
    if job.state != Job.State.MISROUTED:
        return f"现在在{job.department.name}，状态是“{job.get_state_display()}”。"
    story = queries_case.case(request.actor, job.application_id).story
    returned = [e for e in story if e.name == "job.return_to_router" and e.subject == f"job:{job.pk}"]
    return f"{job.department.name}退回的理由：{returned[-1].detail}" if returned else ""
