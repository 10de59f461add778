"""The case page: answers and materials beside the opinion, the clocks and why, what changed, notes, papers, the acts."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from apps.applications import (
    actions,
    checks,
    foresight,
    grounds,
    queries,
    queries_case,
    queries_changes,
    queries_clocks,
    queries_inspection,
    queries_lead,
    queries_review,
    whole,
)
from apps.applications.actions.calling_off import demand_withdrawable
from apps.applications.actions.pausing import why_not_paused
from apps.applications.actions.waiting import demand_heard
from apps.applications.models import Application, Job, Member
from apps.catalog.standards import points_of
from apps.deadlines.models import Clock
from apps.directory.actions import reveal as reveal_value
from apps.journal.actor import Actor
from apps.kit.errors import DomainError, NotYours, WrongState
from apps.kit.time import today
from apps.web import typed
from apps.web.access import staff
from apps.web.once import OnceForm
from apps.web.reissue import may_reissue
from apps.web.revealed import denied_in_place, shown_in_place

from .acts import why_not
from .cancelling import may_cancel
from .commitment import may_commit
from .consultation import may_consult
from .forms import ClaimForm, NoteForm, OpinionForm
from .frame import CASE_ROLES, DESK_ROLES, side
from .opinions import wording
from .telling import (
    answer_groups,
    applicant_rows,
    clocks_of,
    lacking,
    last_look,
    look,
    material_rows,
    newest,
    news_of,
    timeline,
)


def load(actor: Actor, pk: int) -> tuple[queries_case.Case, Job]:
    """The whole case and this job in it. Raises NotYours for another department's job."""
    case = queries_case.case(actor, queries_review.job(actor, pk).application_id)
    return case, next(job for job in case.jobs if job.pk == pk)


def page(
    request: HttpRequest,
    case: queries_case.Case,
    job: Job,
    *,
    acted: OnceForm | None = None,
    revealed: dict[str, str] | None = None,
    status: int | None = None,
    reveal_error: str = "",
) -> HttpResponse:
    """`acted` = the form that was sent and is shown again; `revealed` = {field: full value} for this one answer."""
    actor, member, application = request.actor, job.member, case.application
    since = last_look(actor, application)
    news = news_of(case.story, since, actor)
    changes = queries_changes.since(case, since, me=actor.id, member=member.code)
    clock = decision_clock(case, member)
    may = _may(actor, case, job, clock)
    opinable = may["conclude"] and job.state == Job.State.IN_HAND
    gone = (type(acted) is OpinionForm and not opinable) or (type(acted) is NoteForm and not may["note"])
    commitment = next((one for one in case.commitments if one.member_id == member.pk), None)
    cancellations = [one for one in case.cancellations if one.member_id == member.pk]
    to_visit = queries_inspection.to_plan(actor, application, case.members)
    told = {
        "case": case,
        "job": job,
        "member": member,
        "application": application,
        "side": side(request),
        "form": acted,
        "forms": _forms(application, job, acted),
        "applicant": applicant_rows(application, revealed or {}),
        "groups": answer_groups(application, member, revealed or {}),
        "materials": material_rows(case, member),
        "lacking": lacking(case, member),
        "procedures": "" if queries.may(actor, "pause", member) else _procedures(member),
        "asked": queries_changes.compared(case, member=member.pk),
        "changes": changes,
        "changed": {one.name for one in changes if one.kind == "material"},
        "consultations": case.consultations,
        "many": len(case.members) > 1,
        "may_consult": may_consult(actor, member),
        "supplement_past": bool(member.supplement_by and member.supplement_by < today()),
        "today": today(),
        "clocks": clocks_of(case, member),
        **_beside(actor, case, job),
        "following": None if may["decide"] else queries_review.following(actor, job),
        "standard": application.plan.get("standard"),
        "checked": checks.shown(application.plan, member.code, job.checks),
        **_own_words(case, job),
        "timeline": timeline(case.story, news),
        "news": len(news),
        "since": since,
        "typed": typed.told(request) if gone else [],  # the form itself is shown no more
        "may": may
        | _may_time(actor, job, clock)
        | may_commit(actor, member, commitment)
        | may_cancel(actor, member, cancellations)
        | {"reissue": may_reissue(request, member) and not any(one.state == one.State.ASKED for one in cancellations)},
        "commitment": commitment,
        "cancellations": cancellations,
        "visits": queries_inspection.visits_for(actor, application, case.members),
        "may_visit": to_visit,
        "going": queries_inspection.arranged(application, to_visit),
        **_standing_still(application, clock),
        "told": _told(actor, job),
        "unheard": _unheard(member),
        "withdrawable": may["conclude"] and hasattr(member, "hearing") and not why_not(demand_withdrawable, member.hearing),
        "may_print": reverse("review:job", args=[job.pk]) if actor.roles & {"head", "supervisor"} else "",
        "instead": job.assignee_id in {post.acting_for for post in actor.posts if post.acting_for},
        "reveal_error": reveal_error,
        "has_errors": bool(reveal_error),
        "back": reverse("review:job", args=[job.pk]),
    }
    if acted is None and status is None:
        look(actor, application)
    return render(request, "review/case.html", told, status=status or (acted.status if acted else 200))


def _forms(application: Application, job: Job, acted: OnceForm | None) -> dict[str, OnceForm]:
    """Those of the page; the one that was sent stands there as it was sent."""
    forms = {
        "claim": ClaimForm(auto_id="claim_%s"),
        "note": NoteForm(auto_id="note_%s"),
        "opinion": OpinionForm(
            auto_id="opinion_%s",
            initial={"recommendation": job.recommendation or None, "opinion": job.opinion},
            points=points_of(job.application.plan, job.member.code),
            answered=job.checks,
        ).show(str(application.chain_seq)),
    }
    sent = {name: acted for name, form in forms.items() if type(acted) is type(form)}
    return {**forms, "visit": ClaimForm(auto_id="visit_%s"), **sent}


# —— what the page says ——


def _unheard(member: Member) -> bool:
    """While a hearing is due no opinion is taken: what would be refused is not asked for."""
    try:
        demand_heard(member)
    except WrongState:
        return True
    return False


def _beside(actor: Actor, case: queries_case.Case, job: Job) -> dict:
    """What the other departments of a one-thing say, and whether that goes together."""
    application = case.application
    others = [one for one in case.jobs if one.pk != job.pk]
    return {
        "others": [(other, checks.summary(application.plan, other.checks)) for other in others],
        "apart": whole.apart(application.plan["stages"], case.members, case.jobs),
        "coordinated": queries_lead.coordinated(case),
        "leads": reverse("review:lead_case", args=[application.pk]) if _leads(actor, application) else "",
    }


def _own_words(case: queries_case.Case, job: Job) -> dict:
    own = [entry for entry in case.story if not entry.subject.startswith("job:") or entry.subject == f"job:{job.pk}"]
    last = newest(own, "job.send_back", "job.reroute")  # another department's head has sent back nothing of this one's
    routed = newest(own, "job.reroute")
    return {
        "came_at": routed.at if routed else job.opened_at,
        "sent_back": last if last and last.name == "job.send_back" and job.state == Job.State.IN_HAND else None,
        "opinions": [entry for entry in own if entry.name == "job.conclude"],
    }


def _standing_still(application: Application, clock: Clock | None) -> dict:
    pauses = clock.intervals.pauses if clock else ()
    return {
        "clock": clock,
        "held": queries_clocks.expected(application.node_id, [pause for pause in pauses if pause.holds]),
        "waiting": next((pause for pause in pauses if pause.waits), None),
    }


def _procedures(member: Member) -> str:
    """专家评审、检测: what his head may order, since time stands still for nothing else. A visit rests by itself, and so does what it wants mended."""
    return "、".join(one.name for one in grounds.allowed(member.definition) if one.code not in ("inspection", "rectification"))


def _leads(actor: Actor, application: Application) -> bool:
    return any(post.department == application.lead for post in actor.posts if post.role in DESK_ROLES)


# —— what may be done ——


def _may(actor: Actor, case: queries_case.Case, job: Job, clock: Clock | None) -> dict[str, bool]:
    may = {verb: queries.may(actor, verb, job) for verb in ("claim", "conclude", "reassign", "send_back")}
    asked = [one for one in case.consultations if one.member_id == job.member_id and one.state == one.State.ASKED]
    own = any(one.asker_id == job.department_id for one in asked)
    awaited = asked or (clock is not None and any(pause.waits for pause in clock.intervals.pauses))
    may["give_back"] = queries.may(actor, "give_back", job) and not awaited and not actions.why_not_given_back(job)
    may["return"] = queries.may(actor, "return_to_router", job) and not job.returned and not own
    concluded = job.state == Job.State.CONCLUDED
    may["decide"] = concluded and queries.may(actor, "grant", job.member)
    may["reroute"] = queries.may(actor, "reroute", job) and not actions.why_not_rerouted(job)
    may["note"] = queries.may(actor, "note", job.application)
    return may


def _may_time(actor: Actor, job: Job, clock: Clock | None) -> dict[str, bool]:
    """Pause, resume, extend: the policy, the machine, and what is left to do of them."""
    member = job.member
    waits = clock is not None and any(pause.waits for pause in clock.intervals.pauses)
    can_pause = bool(grounds.allowed(member.definition)) and not waits and not why_not_paused(job)
    return {
        "pause": can_pause and queries.may(actor, "pause", member),
        "serve_pause": waits and queries.may(actor, "serve_pause", member),
        "drop_pause": waits and queries.may(actor, "drop_pause", member),
        "resume": queries.may(actor, "resume", member),
        "extend": clock is not None and queries.may(actor, "extend", member) and not foresight.refused(member, clock),
    }


def decision_clock(case: queries_case.Case, member: Member) -> Clock | None:
    """The member's decision clock, while it runs or stands still."""
    rows = (one for one in case.clocks if one.kind == Clock.Kind.DECISION and one.state != Clock.State.STOPPED)
    return next((one for one in rows if one.about == f"member:{member.pk}"), None)


def _told(actor: Actor, job: Job) -> str:
    """Why the act that is due cannot be this actor's: separation of duties in the policy's own words."""
    department = job.department_id
    if job.state == Job.State.ASSIGNED and actor.has("reviewer", department=department):
        return queries.why_not(actor, "claim", job)
    if job.state == Job.State.IN_HAND and actor.has("reviewer", department=department):
        return queries.why_not(actor, "conclude", job)
    if job.state == Job.State.CONCLUDED and actor.has("head", department=department):
        return queries.why_not(actor, "grant", job.member)
    return ""


# —— pages ——


@require_GET
@staff(*CASE_ROLES)
def show(request: HttpRequest, pk: int) -> HttpResponse:
    case, job = load(request.actor, pk)
    return page(request, case, job)


def _again(request: HttpRequest, pk: int, form: OnceForm) -> HttpResponse:
    case, job = load(request.actor, pk)
    return page(request, case, job, acted=form)


@require_POST
@staff(*CASE_ROLES)
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    actor, form = request.actor, ClaimForm(request.POST, auto_id="claim_%s")
    if form.act(actor, lambda: actions.claim(by=actor, job=pk).pk, job=pk):
        messages.success(request, "已领办，请在期限内提出审查意见。")
        return redirect("review:job", pk)
    return _again(request, pk, form)


@require_POST
@staff(*CASE_ROLES)
def conclude(request: HttpRequest, pk: int) -> HttpResponse:
    """The opinion; with the button 套用范文 a wording is put into the form and nothing is done."""
    actor, job = request.actor, queries_review.job(request.actor, pk)
    points = points_of(queries.get(actor, job.application_id).plan, job.member.code)
    form = OpinionForm(request.POST, auto_id="opinion_%s", points=points).show(str(job.application.chain_seq))
    if request.POST.get("wording") in ("grant", "refuse"):
        return _worded(request, pk, request.POST["wording"], form)

    def do() -> int:
        given = form.cleaned_data
        return actions.conclude(
            by=actor,
            job=pk,
            recommendation=given["recommendation"],
            opinion=given["opinion"],
            checks=form.checks,
            seen=form.held,
        ).pk

    if form.act(actor, do, job=pk):
        messages.success(request, "审查意见已提交，等待负责人决定。")
        return redirect("review:job", pk)
    return _again(request, pk, form)


def _worded(request: HttpRequest, pk: int, recommendation: str, sent: OpinionForm) -> HttpResponse:
    case, job = load(request.actor, pk)
    typed = request.POST.get("opinion", "").strip()
    words = wording(job, recommendation)
    form = OpinionForm(
        auto_id="opinion_%s",
        initial={"recommendation": recommendation, "opinion": f"{typed}\n{words}" if typed else words},
        points=sent.points,
        answered=[{"code": code, **row} for code, row in sent.checks.items()],
    ).show(sent.held)  # what is new on it is read, if at all, behind the form
    form.fields["opinion"].widget.attrs["autofocus"] = True  # it is read, completed and answered for next
    return page(request, case, job, acted=form)


@require_POST
@staff(*CASE_ROLES)
def add_note(request: HttpRequest, pk: int) -> HttpResponse:
    actor, form = request.actor, NoteForm(request.POST, auto_id="note_%s")

    def do() -> int:
        application = queries_review.job(actor, pk).application_id
        return actions.add_note(by=actor, application=application, text=form.cleaned_data["text"]).pk

    if form.act(actor, do, job=pk):
        if request.htmx:  # the section alone is put anew: an opinion that is half typed stays. What is new elsewhere is not seen yet
            return page(request, *load(actor, pk), status=200)
        return redirect(f"{reverse('review:job', args=[pk])}#notes")
    return _again(request, pk, form)


@require_POST
@staff(*CASE_ROLES)
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """One masked value in full, on this one answer only; who looked and why is kept for the auditor."""
    actor, field = request.actor, request.POST.get("field", "")[:80]
    case, job = load(actor, pk)
    try:
        value = reveal_value(
            by=actor, subject=case.application, field=field, reason=request.POST.get("reason", "")[:300]
        )
    except NotYours:
        raise
    except DomainError as refusal:
        answer = denied_in_place(request, refusal.message, refusal.status)
        return answer or page(request, case, job, status=refusal.status, reveal_error=refusal.message)
    return shown_in_place(request, value) or page(request, case, job, revealed={field: value}, status=200)
