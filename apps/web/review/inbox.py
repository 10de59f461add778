"""The department's inbox: what is due first comes first; filters, saved views, claiming in bulk, the head's queue."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.applications import actions, queries_issue, queries_review
from apps.applications.models import Job
from apps.kit.errors import Refused
from apps.kit.forms import BaseForm
from apps.kit.ids import names_a_citizen, plain_name
from apps.kit.masking import mask_name
from apps.kit.paging import keyset_page
from apps.kit.replica import may_be_late
from apps.kit.time import now
from apps.web import labels, sheets
from apps.web.access import staff
from apps.web.numbers import IN_THE_ADDRESS, SCANNED
from apps.web.templatetags.web import state_text

from . import views
from .frame import DESK_ROLES, side, standing_in

STATES = [("", "全部"), *((state.value, state.label) for state in (Job.State.ASSIGNED, Job.State.IN_HAND, Job.State.CONCLUDED)), ("paused", "特别程序中")]
LIGHTS = [("", "全部"), *((light, labels.LIGHTS[light].text) for light in ("overdue", "red", "yellow", "green"))]
ASSIGNEES = [("", "任何人"), ("me", "我"), ("nobody", "无人领办"), ("left", "已不在岗")]
BULK = 200  # jobs claimed at once
BY_NAME = "这里按编号、申请人或者事项查找，不按身份证号；请改填申请人的姓名。"


class Filters(BaseForm):
    """What is not understood is left out: a bookmark of last year still opens the inbox."""

    auto_id = "filter_%s"
    q = forms.CharField(label="编号、申请人或事项", required=False, max_length=60)
    state = forms.ChoiceField(label="状态", required=False, choices=STATES)
    light = forms.ChoiceField(label="时限", required=False, choices=LIGHTS)
    code = forms.CharField(label="事项", required=False, max_length=64)
    assignee = forms.ChoiceField(label="承办人", required=False, choices=ASSIGNEES)

    def __init__(self, data, items: list[tuple[str, str]] = ()):
        super().__init__(data, auto_id="filter_%s")
        if items:
            self.fields["code"].widget = forms.Select(choices=[("", "全部"), *items])
        self.refused = ""
        self.is_valid()

    def refuse_number(self, told: str) -> None:
        """A citizen number is no word of this search: what was asked so finds nothing, and not everything."""
        if names_a_citizen(self.cleaned_data.get("q", "")):
            self.refused = told
            self.add_refusal(Refused("q.citizen_number", told, "q"))

    @property
    def chosen(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if value}


class Sought(BaseForm):
    q = forms.CharField(label="编号或申请人", required=False, max_length=SCANNED)

    def clean_q(self) -> str:
        if names_a_citizen(self.cleaned_data["q"]):
            raise forms.ValidationError("这里按编号或者申请人查找，不按身份证号；请改填申请人的姓名。")
        return self.cleaned_data["q"]


def _rows(actor, filters: Filters):
    chosen = filters.chosen
    every = queries_review.inbox(actor)
    found = queries_review.filtered_jobs(
        every.none() if filters.refused else every, **{k: v for k, v in chosen.items() if k != "q"}, me=actor.id, words=chosen.get("q", "")
    )
    return queries_review.by_clock(found)


def _shown(actor, jobs) -> list[dict]:
    """Rows of the table: may it be claimed here, and is it an absent colleague's that the actor stands in for, does its special
    procedure last longer than was told."""
    lent = {post.acting_for for post in actor.posts if post.acting_for}
    jobs = list(jobs)
    past = queries_review.past_expected(jobs)
    return [
        {
            "job": job,
            "claimable": job.state == Job.State.ASSIGNED and actor.has("reviewer", department=job.department_id),
            "mine": job.assignee_id == actor.id,
            "instead": job.assignee_id in lent,
            "past": job.member_id in past,
        }
        for job in jobs
    ]


def _inbox(request: HttpRequest, *, errors: list[dict] = (), status: int = 200, filters: Filters | None = None) -> HttpResponse:
    actor = request.actor
    counts = queries_review.inbox_counts(actor)
    filters = filters or Filters(request.GET, queries_review.inbox_items(actor))
    if not filters.refused:
        filters.refuse_number(IN_THE_ADDRESS)
    page = keyset_page(_rows(actor, filters), ("due_key", "id"), request.GET.get("page"))
    rows = _shown(actor, page.rows)
    told = {
        "filters": filters,
        "page": page,
        "rows": rows,
        "claimable": any(row["claimable"] for row in rows),
        "counts": counts,
        "side": side(request, counts),
        "kept": views.kept(request),
        "instead_of": standing_in(actor),
        "errors": list(errors),
        "has_errors": bool(errors),
        "departments": len({post.department for post in actor.posts if post.role in DESK_ROLES}) > 1,
    }
    return render(request, "review/inbox.html", told, status=422 if filters.refused else status)


@require_http_methods(["GET", "POST"])
@staff(*DESK_ROLES)
def inbox(request: HttpRequest) -> HttpResponse:
    """The filters come by POST and go on by GET, unless a person's number is among the words: it stands in no address and no log."""
    if request.method == "POST":
        filters = Filters(request.POST, queries_review.inbox_items(request.actor))
        filters.refuse_number(BY_NAME)
        if filters.refused:
            return _inbox(request, filters=filters)
        return redirect(f"{reverse('review:home')}?{urlencode(filters.chosen)}" if filters.chosen else "review:home")
    if "unnamed" in request.GET:
        unnamed = {"href": "#view_name", "message": "请给这个视图起一个 12 字以内的名称。"}
        return _inbox(request, errors=[unnamed], status=422)
    return _inbox(request)


@require_GET
@staff("head")
def countersign(request: HttpRequest) -> HttpResponse:
    """Opinions that wait for the head's decision."""
    actor = request.actor
    counts = queries_review.inbox_counts(actor)
    page = keyset_page(queries_review.by_clock(queries_review.countersign_queue(actor)), ("due_key", "id"), request.GET.get("page"))
    told = {
        "page": page,
        "rows": _shown(actor, page.rows),
        "side": side(request, counts),
        "instead_of": standing_in(actor),
    }
    return render(request, "review/countersign.html", told)


@require_http_methods(["GET", "POST"])
@staff(*DESK_ROLES)
@may_be_late
def done(request: HttpRequest) -> HttpResponse:
    """Closed jobs, the newest first; one among all of them is looked for as in the inbox: by POST, and on by GET."""
    actor = request.actor
    form = Sought(request.POST if request.method == "POST" else request.GET)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    if request.method == "POST" and not form.errors:
        return redirect(f"{reverse('review:done')}?{urlencode({'q': words})}" if words else "review:done")
    found = queries_review.finished_jobs(actor, words)
    page = keyset_page(queries_issue.with_method(found.none() if form.errors else found), ("-id",), request.GET.get("page"))
    queries_issue.tell_otherwise(page.rows)
    told = {"page": page, "rows": _shown(actor, page.rows), "form": form, "side": side(request), "instead_of": []}
    return render(request, "review/done.html", told | {"searched": bool(words or form.errors)}, status=form.status)


@require_GET
@staff(*DESK_ROLES)
def export(request: HttpRequest) -> HttpResponse:
    """The filtered inbox as XLSX, masked as on the page."""
    actor = request.actor
    filters = Filters(request.GET, queries_review.inbox_items(actor) if request.GET.get("code") else ())
    filters.refuse_number(IN_THE_ADDRESS)
    if filters.refused:  # as the list is, never an empty sheet
        return _inbox(request)
    jobs = list(_rows(actor, filters).order_by("due_key", "id")[: sheets.LIMIT + 1])
    head = ["期限", "时限", "办件编号", "事项", "申请人", "状态", "承办人", "部门", "受理日"]
    rows = (
        [
            job.due_on,
            labels.LIGHTS[labels.job_light(job)].text,
            job.application.number,
            job.member.name,
            job.application.applicant_shown,
            state_text(job.state, "job"),
            job.assignee.name if job.assignee else "",
            job.department.name,
            job.member.accepted_on,
        ]
        for job in jobs
    )
    sought = plain_name(filters.chosen.get("q"))
    if sought and any(job.application.applicant_kind == "person" and sought in job.application.applicant_name for job in jobs):
        filters.cleaned_data["q"] = mask_name(sought)  # who was looked for is named above the rows as in them
    moment = now()
    return sheets.workbook("部门待办", head, rows, notes=[f"截至 {sheets.minute(moment)}；筛选：{filters.in_words or '全部'}；申请人姓名已掩码。"])


@require_POST
@staff(*DESK_ROLES)
def claim_many(request: HttpRequest) -> HttpResponse:
    """Each ticked job is claimed on its own; the page says for every one what became of it.

    Sent twice it does no harm: what the first click claimed is told as claimed.
    """
    actor = request.actor
    given = request.POST.getlist("jobs")[:BULK]
    wanted = list(dict.fromkeys(int(text) for text in given if text.isascii() and text.isdigit() and len(text) < 19))
    if not wanted:
        nothing = {"href": "#jobs", "message": "请先勾选要领办的工作。"}
        return _inbox(request, errors=[nothing], status=422)
    bulk = actions.claim_many(by=actor, jobs=wanted)
    jobs = {job.pk: job for job in queries_review.of_department(actor, wanted)}
    results = []
    for pk in wanted:
        job = jobs.get(pk)
        mine = job is not None and job.state == Job.State.IN_HAND and job.assignee_id == actor.id
        results.append({"job": job, "why": "" if pk in bulk.done or mine else bulk.refused[pk]})
    claimed = sum(1 for row in results if not row["why"])
    told = {
        "results": results,
        "claimed": claimed,
        "said": f"已领办 {claimed} 件。",
        "side": side(request),
    }
    return render(request, "review/claimed.html", told)
