"""The case page: answers and materials beside the opinion, the clocks and why, what changed, notes, papers, the acts."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from redis.exceptions import RedisError

from apps.applications import (
    actions,
    checks,
    display,
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
from apps.applications.models import Application, Job, Member
from apps.catalog.standards import points_of
from apps.deadlines.models import Clock
from apps.directory.actions import reveal as reveal_value
from apps.journal.actor import Actor
from apps.kit import masking
from apps.kit.errors import DomainError, NotYours
from apps.kit.time import now, today
from apps.web import typed
from apps.web.access import staff
from apps.web.once import OnceForm

from .commitment import may_commit
from .consultation import may_consult
from .forms import ClaimForm, NoteForm, OpinionForm
from .frame import CASE_ROLES, DESK_ROLES, side
from .opinions import wording

SEEN_FOR = 180 * 24 * 3600  # seconds that a look is remembered
NOT_NEWS = {"application.reveal"}


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
    own = [entry for entry in case.story if not entry.subject.startswith("job:") or entry.subject == f"job:{job.pk}"]
    since = _since(actor, application)
    changes = queries_changes.since(case, since, me=actor.id, member=member.code)
    forms = {"claim": ClaimForm(auto_id="claim_%s"), "note": NoteForm(auto_id="note_%s")}
    forms["visit"] = ClaimForm(auto_id="visit_%s")
    forms["opinion"] = OpinionForm(
        auto_id="opinion_%s",
        initial={"recommendation": job.recommendation or None, "opinion": job.opinion},
        points=points_of(application.plan, member.code),
        answered=job.checks,
    )
    for name, kind in (("claim", ClaimForm), ("note", NoteForm), ("opinion", OpinionForm)):
        if type(acted) is kind:
            forms[name] = acted
    may = _may(actor, job)
    opinable = may["conclude"] and job.state == Job.State.IN_HAND
    gone = (type(acted) is OpinionForm and not opinable) or (type(acted) is NoteForm and not may["note"])
    lent = {post.acting_for for post in actor.posts if post.acting_for}
    clock = decision_clock(case, member)
    pauses = clock.intervals.pauses if clock else ()
    commitment = next((one for one in case.commitments if one.member_id == member.pk), None)
    told = {
        "case": case,
        "job": job,
        "member": member,
        "application": application,
        "side": side(request),
        "form": acted,
        "forms": forms,
        "applicant": _applicant(application, revealed or {}),
        "groups": _groups(application, member, revealed or {}),
        "materials": _materials(case, member),
        "asked": queries_changes.compared(case, member=member.pk),
        "changes": changes,
        "changed": {one.name for one in changes if one.kind == "material"},
        "consultations": case.consultations,
        "many": len(case.members) > 1,
        "may_consult": may_consult(actor, member),
        "supplement_past": bool(member.supplement_by and member.supplement_by < today()),
        "clocks": _clocks(case, member),
        "others": [
            (other, checks.summary(application.plan, other.checks)) for other in case.jobs if other.pk != job.pk
        ],
        "apart": whole.apart(application.plan["stages"], case.members, case.jobs),
        "coordinated": queries_lead.coordinated(case),
        "leads": reverse("review:lead_case", args=[application.pk]) if _leads(actor, application) else "",
        "standard": application.plan.get("standard"),
        "checked": checks.shown(application.plan, member.code, job.checks),
        "sent_back": _last(own, "job.send_back") if job.state == Job.State.IN_HAND else None,
        "opinions": [entry for entry in own if entry.name == "job.conclude"],
        "timeline": _timeline(case.story, since, actor),
        "news": sum(1 for entry in case.story if _is_news(entry, since, actor)),
        "since": since,
        "typed": typed.told(request) if gone else [],  # the form itself is shown no more
        "may": may | _may_time(actor, member, clock) | may_commit(actor, member, commitment),
        "commitment": commitment,
        "visits": queries_inspection.visits_for(actor, application, case.members),
        "may_visit": queries_inspection.may_plan(actor, application, case.members),
        "clock": clock,
        "held": queries_clocks.expected(application.node_id, [pause for pause in pauses if pause.holds]),
        "waiting": next((pause for pause in pauses if pause.waits), None),
        "told": _told(actor, job),
        "may_print": reverse("review:job", args=[job.pk]) if actor.roles & {"head", "supervisor"} else "",
        "instead": job.assignee_id in lent,
        "reveal_error": reveal_error,
        "has_errors": bool(reveal_error),
        "back": reverse("review:job", args=[job.pk]),
    }
    if acted is None and status is None:
        with suppress(RedisError):
            cache.set(_seen_key(actor, application), now().isoformat(), SEEN_FOR)
    return render(request, "review/case.html", told, status=status or (acted.status if acted else 200))


# —— what the page says ——


def _applicant(application: Application, revealed: dict) -> list[dict]:
    """Identity, masked; `field` is what a reveal asks for, None where the law makes it public."""
    party, agent = application.applicant, application.agent
    organisation = party.kind == "enterprise"
    rows = [
        ("申请人", application.applicant_name, None),
        (
            "统一社会信用代码" if organisation else "身份证号",
            party.id_number,
            None if organisation else "applicant.id_number",
        ),
        ("法定代表人", party.legal_rep_name, None),
        ("法定代表人身份证号", party.legal_rep_id, "applicant.legal_rep_id"),
        ("住所" if organisation else "住址", party.address, None if organisation else "applicant.address"),
        ("联系手机", application.contact_mobile, "contact_mobile"),
    ]
    if agent:
        rows += [("代理人", agent.name, None), ("代理人身份证号", agent.id_number, "agent.id_number")]
    masks = {"applicant.address": masking.mask_address, "contact_mobile": masking.mask_mobile}
    return [
        {
            "name": name,
            "value": revealed.get(field, value if field is None else masks.get(field, masking.mask_id)(value)),
            "field": None if field in revealed else field,
        }
        for name, value, field in rows
        if value
    ]


def _groups(application: Application, member: Member, revealed: dict) -> list[tuple[str, list[dict]]]:
    """The answers that this item needs (need to know), masked."""
    rows = display.answers(application, only={member.code})
    return [
        (
            title,
            [
                {
                    "name": row.name,
                    "value": revealed.get(row.field, row.text),
                    "field": row.field if row.masked and row.field not in revealed else None,
                }
                for row in group
            ],
        )
        for title, group in display.groups(rows)
    ]


def _materials(case: queries_case.Case, member: Member) -> list[dict]:
    planned = case.application.asked_ever("materials", "material")
    return [
        {"entry": entry, "planned": planned.get(entry.code, {}), "files": list(entry.attachments.all())}
        for entry in case.materials
        if member.code in planned.get(entry.code, {"needed_by": [member.code]})["needed_by"]
    ]


def _clocks(case: queries_case.Case, member: Member) -> list[Clock]:
    """Those of the whole and of this item, which the page need not name again."""
    found = [clock for clock in case.clocks if _about(clock, case.application, member)]
    for clock in found:
        clock.item = ""
    return found


def _about(clock, application: Application, member: Member) -> bool:
    subject = (clock.subject_type, clock.subject_id)
    return subject in {("application", application.pk), ("member", member.pk)}


def _last(entries: list, name: str):
    return next((entry for entry in reversed(entries) if entry.name == name), None)


def _leads(actor: Actor, application: Application) -> bool:
    return any(post.department == application.lead for post in actor.posts if post.role in DESK_ROLES)


# —— what changed since I last looked ——


def _seen_key(actor: Actor, application: Application) -> str:
    return f"review.seen:{actor.id}:{application.pk}"


def _since(actor: Actor, application: Application) -> datetime | None:
    """When the actor last opened the case. A help to the eye, not a record: it may be forgotten, or out of reach."""
    with suppress(RedisError):
        if text := cache.get(_seen_key(actor, application)):
            return datetime.fromisoformat(text)
    return None


def _is_news(entry, since: datetime | None, actor: Actor) -> bool:
    return since is not None and entry.at > since and entry.who != actor.name and entry.name not in NOT_NEWS


def _timeline(story: list, since: datetime | None, actor: Actor) -> list[dict]:
    """Newest first; what came since the last look is marked in words."""
    rows = []
    for entry in reversed(story):
        title = f"新 · {entry.title}" if _is_news(entry, since, actor) else entry.title
        rows.append({"at": entry.at, "title": title, "detail": entry.detail, "who": entry.who})
    return rows


# —— what may be done ——


def _may(actor: Actor, job: Job) -> dict[str, bool]:
    may = {verb: queries.may(actor, verb, job) for verb in ("claim", "conclude", "reassign", "send_back")}
    may["return"] = queries.may(actor, "return_to_router", job) and not job.returned
    concluded = job.state == Job.State.CONCLUDED
    may["decide"] = concluded and queries.may(actor, "grant", job.member)
    may["reroute"] = queries.may(actor, "reroute", job) and not actions.why_not_rerouted(job)
    may["note"] = queries.may(actor, "note", job.application)
    return may


def _may_time(actor: Actor, member: Member, clock: Clock | None) -> dict[str, bool]:
    """Pause, resume, extend: the policy, the machine, and what is left to do of them."""
    waits = clock is not None and any(pause.waits for pause in clock.intervals.pauses)
    can_pause = bool(grounds.allowed(member.definition)) and not waits
    return {
        "pause": can_pause and queries.may(actor, "pause", member),
        "serve_pause": waits and queries.may(actor, "serve_pause", member),
        "drop_pause": waits and queries.may(actor, "drop_pause", member),
        "resume": queries.may(actor, "resume", member),
        "extend": clock is not None and clock.intervals.extension is None and queries.may(actor, "extend", member),
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
    form = OpinionForm(request.POST, auto_id="opinion_%s", points=points)
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
    )
    return page(request, case, job, acted=form)


@require_POST
@staff(*CASE_ROLES)
def add_note(request: HttpRequest, pk: int) -> HttpResponse:
    actor, form = request.actor, NoteForm(request.POST, auto_id="note_%s")

    def do() -> int:
        application = queries_review.job(actor, pk).application_id
        return actions.add_note(by=actor, application=application, text=form.cleaned_data["text"]).pk

    if form.act(actor, do, job=pk):
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
        return page(request, case, job, status=refusal.status, reveal_error=refusal.message)
    return page(request, case, job, revealed={field: value}, status=200)
