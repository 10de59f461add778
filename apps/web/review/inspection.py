"""我的踏勘: the department's visits by day; one visit with its parts, from the call for times to the re-inspection."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.applications import actions, queries, queries_inspection, queries_review
from apps.applications.actions.inspection_planning import SECOND_LOOK_STAYS
from apps.applications.models import Inspection
from apps.applications.papers_inspection import conclusion
from apps.applications.papers_inspection import officers as officers_of
from apps.journal.actor import Actor
from apps.kit.paging import keyset_page
from apps.kit.time import today
from apps.web.access import staff
from apps.web.once import OnceForm, SeenForm

from .forms import ClaimForm, ReasonForm
from .frame import DESK_ROLES, side
from .inspection_forms import ConfirmForm, OfficersForm, ReinspectForm, TimesForm, slot_words

State = Inspection.State


@require_GET
@staff(*DESK_ROLES)
def inspections(request: HttpRequest) -> HttpResponse:
    """What lies ahead by day; with ?over=1 what is over."""
    over = "over" in request.GET
    rows = queries_inspection.inspections_for(request.actor, over=over)
    page = keyset_page(rows, ("day_key", "id"), request.GET.get("page"))
    return render(request, "review/inspections.html", {"page": page, "over": over, "side": side(request)})


@require_POST
@staff(*DESK_ROLES)
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """From a job's page: call for the one visit of its case."""
    actor = request.actor
    job = queries_review.job(actor, pk)
    form = ClaimForm(request.POST)
    if form.act(actor, lambda: actions.plan_inspection(by=actor, application=job.application_id).pk, job=pk):
        row = queries_inspection.visit(actor, form.result).inspection
        joined = row.organiser_id not in {post.department for post in actor.posts} or row.state != State.PLANNED
        messages.success(request, "已参加安排好的联合踏勘。" if joined else "已发起踏勘，请各部门报空闲时间。")
        return redirect("review:inspection", row.pk)
    messages.error(request, form.error_list[0]["message"])
    return redirect("review:job", pk)


def forms_of(visit: queries_inspection.Visit) -> dict[str, OnceForm]:
    """The forms of the state that the visit is in; who may send them is asked again at the door."""
    row, own, found = visit.inspection, visit.own, {}
    if own and row.state not in Inspection.OVER and not own.result:
        if row.state == State.PLANNED and not visit.owes_earlier:
            found["times"] = TimesForm(
                slots=queries_inspection.slots(row), officers=own.officers, initial={"times": own.times}, auto_id="t_%s"
            )
        else:
            found["officers"] = OfficersForm(officers=own.officers, auto_id="o_%s")
    if row.state == State.PLANNED and visit.common:
        place = row.place or _place(visit)
        found["confirm"] = ConfirmForm(slots=visit.common, initial={"place": place}, auto_id="c_%s")
    if row.state == State.CONFIRMED_BY_ALL:
        found["notify"] = ClaimForm(auto_id="n_%s")
    if row.state == State.RECTIFY_NEEDED:
        found["reinspect"] = ReinspectForm(slots=queries_inspection.slots(row), auto_id="r_%s")
    return found


def _place(visit: queries_inspection.Visit) -> str:
    """Where it will be, as the form says it: the home of a person is another place, and masked everywhere else."""
    application, seen = visit.inspection.application, {member.code for part in visit.now for member in part.member_rows}
    asked = [one for one in application.form if not seen.isdisjoint(one["needed_by"])]
    told = [one["element"] for one in asked if one["type"] == "address" and not one.get("sensitive")]
    known = application.applicant.address if application.applicant_kind == "enterprise" else ""
    return next((application.answers[code] for code in told if application.answers.get(code)), known)


def rounds(visit: queries_inspection.Visit) -> list[tuple[int, list[dict]]]:
    """[(round, rows)], the present one first: what each department said, with its free half days in words."""
    found: dict[int, list[dict]] = {}
    for part in visit.parts:
        free = [slot_words(slot) for slot in part.times]
        # It left with its item, which may have come back since; a part whose item still goes on left for no other reason.
        elsewhere = all(one.department_id != part.department_id or one.state in one.UNDECIDED for one in part.member_rows)
        row = {"part": part, "free": free, "conclusion": conclusion(part), "named": officers_of(part), "elsewhere": elsewhere}
        found.setdefault(part.round, []).append(row)
    return sorted(found.items(), reverse=True)


def page(request: HttpRequest, pk: int, acted: tuple[str, OnceForm] | None = None) -> HttpResponse:
    actor = request.actor
    visit = queries_inspection.visit(actor, pk)
    forms = forms_of(visit)
    if acted:
        forms[acted[0]] = acted[1]
    row = visit.inspection
    leads = not queries.why_not(actor, "confirm", row)
    told = {
        "visit": visit,
        "row": row,
        "application": row.application,
        "forms": forms,
        "form": acted[1] if acted else None,
        "leads": leads,
        "rounds": rounds(visit),
        "silent": [part for part in visit.now if part.answered_on is None],
        "late": today() > row.reply_by,
        "sheet": visit.owes_earlier or row.state not in (State.PLANNED, State.CONFIRMED_BY_ALL, State.CANCELLED),
        "may_replan": leads and row.state in (State.CONFIRMED_BY_ALL, State.NOTIFIED),
        "may_cancel": leads and row.state in Inspection.BEFORE_VISIT and row.round == 1,
        "side": side(request),
    }
    return render(request, "review/inspection.html", told, status=acted[1].status if acted else 200)


@require_GET
@staff(*DESK_ROLES)
def show(request: HttpRequest, pk: int) -> HttpResponse:
    return page(request, pk)


def _act(request: HttpRequest, pk: int, name: str, form: OnceForm, do: Callable[[], object], said: str) -> HttpResponse:
    if form.act(request.actor, do, inspection=pk):
        messages.success(request, said)
        return redirect("review:inspection", pk)
    return page(request, pk, (name, form))


@require_POST
@staff(*DESK_ROLES)
def times(request: HttpRequest, pk: int) -> HttpResponse:
    actor = request.actor
    visit = queries_inspection.visit(actor, pk)
    form = TimesForm(request.POST, slots=queries_inspection.slots(visit.inspection), auto_id="t_%s")
    named = [row for row in form.officers if row["name"].strip() or row["badge"].strip()]

    def do() -> int:
        return actions.offer_times(by=actor, inspection=pk, times=form.cleaned_data["times"], officers=named or None).pk

    ours = not queries.why_not(actor, "confirm", visit.inspection)  # then nobody else does it
    rest = "各部门都报了以后，请在下面确定时间和地点。" if ours else "等组织部门确定。"
    return _act(request, pk, "times", form, do, f"已报空闲时间，{rest}")


@require_POST
@staff(*DESK_ROLES)
def officers(request: HttpRequest, pk: int) -> HttpResponse:
    actor, form = request.actor, OfficersForm(request.POST, auto_id="o_%s")

    def do() -> int:
        return actions.name_officers(by=actor, inspection=pk, officers=form.officers).pk

    return _act(request, pk, "officers", form, do, "踏勘人员已登记。")


@require_POST
@staff(*DESK_ROLES)
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    actor = request.actor
    visit = queries_inspection.visit(actor, pk)
    form = ConfirmForm(request.POST, slots=visit.common, auto_id="c_%s")

    def do() -> int:
        given = form.cleaned_data
        return actions.confirm_visit(
            by=actor, inspection=pk, slot=given["slot"], place=given["place"], visit_time=given["visit_time"]
        ).pk

    return _act(request, pk, "confirm", form, do, "踏勘时间已定；各部门人员齐备的，通知书同时发给申请人。")


@require_POST
@staff(*DESK_ROLES)
def notify(request: HttpRequest, pk: int) -> HttpResponse:
    actor, form = request.actor, ClaimForm(request.POST, auto_id="n_%s")
    return _act(
        request, pk, "notify", form, lambda: actions.notify_applicant(by=actor, inspection=pk).pk, "已通知申请人。"
    )


@require_POST
@staff(*DESK_ROLES)
def reinspect(request: HttpRequest, pk: int) -> HttpResponse:
    actor = request.actor
    visit = queries_inspection.visit(actor, pk)
    form = ReinspectForm(request.POST, slots=queries_inspection.slots(visit.inspection), auto_id="r_%s")

    def do() -> int:
        given = form.cleaned_data
        return actions.reinspect(by=actor, inspection=pk, slot=given["slot"], visit_time=given["visit_time"]).pk

    return _act(request, pk, "reinspect", form, do, "已安排复查，并通知申请人。")


class OffForm(SeenForm, ReasonForm):
    """Of a day that is given up: of the one that the page showed."""


def _ask(request: HttpRequest, pk: int, verb: str, do: Callable[..., Inspection], said: str, **words) -> HttpResponse:
    """An act that asks for its reason on a page of its own."""
    form = OffForm(request.POST or None).show(queries_inspection.visit(request.actor, pk).inspection.stands)

    def give_up() -> int:
        return do(by=request.actor, inspection=pk, reason=form.cleaned_data["reason"], seen=form.held).pk

    if request.method == "POST" and form.act(request.actor, give_up, inspection=pk):
        messages.success(request, said)
        return redirect("review:inspection", pk)
    row = queries_inspection.visit(request.actor, pk).inspection
    if form.status != 403:
        row.policy(request.actor, verb, row)
    facts = [("办件编号", row.application.number), ("事项", row.application.name), ("踏勘时间", row.when or "未定")]
    if row.state == State.NOTIFIED:  # what else follows at once
        words["consequence"] += "申请人已经收到通知，马上会知道这次不去了，看得到您写的理由；为踏勘停下的期限继续计算。"
    if request.method == "GET":  # on a page that stood open what was typed comes back with the refusal
        words["refused"] = _over(request.actor, verb, row)
    told = {"row": row, "form": form, "facts": facts, "side": side(request), **words}
    return render(request, "review/inspection_act.html", told, status=409 if words.get("refused") else form.status)


def _over(actor: Actor, verb: str, row: Inspection) -> str:
    """That it has gone on meanwhile, and where it stands."""
    if not queries.may(actor, verb, row):
        return f"这次踏勘现在是“{row.get_state_display()}”，不能{'改期' if verb == 'replan' else '取消'}。"
    return SECOND_LOOK_STAYS if verb == "cancel" and row.round > 1 else ""


@staff(*DESK_ROLES)
def replan(request: HttpRequest, pk: int) -> HttpResponse:
    return _ask(
        request,
        pk,
        "replan",
        actions.replan_visit,
        "已重新征集时间。",
        question="改期，重新征集时间？",
        consequence="各部门重新报空闲时间；改期和理由会写进办理经过。",
        action="确认改期",
    )


@staff(*DESK_ROLES)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    return _ask(
        request,
        pk,
        "cancel",
        actions.cancel_inspection,
        "踏勘已取消。",
        question="取消这次踏勘？",
        consequence="取消以后，各事项不再等踏勘结论；理由会写进办理经过。",
        action="确认取消",
    )
