"""踏勘记录: the one sheet, made for a phone in the hand of an officer: check points, photos, who came, signature, conclusion."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.applications import actions, queries, queries_inspection
from apps.applications.models import Inspection, InspectionPhoto
from apps.applications.papers_inspection import VERDICTS, conclusion
from apps.applications.visiting import LEAST_OFFICERS
from apps.kit.forms import BaseForm
from apps.kit.time import today
from apps.web.access import staff

from .frame import DESK_ROLES
from .inspection_forms import ConcludeForm, FindingsForm, HoldForm, PhotoForm

State = Inspection.State


def _forms(actor, visit: queries_inspection.Visit) -> dict[str, BaseForm]:
    row, own, found = visit.inspection, visit.own, {}
    after = visit.owes_earlier or row.state in (State.HELD, State.CONCLUSIONS_IN, State.RECTIFY_NEEDED)
    there = row.state == State.NOTIFIED and today() >= row.visit_on
    if own and (after or there) and not own.result:
        found["findings"] = FindingsForm(points=visit.points, known=own.findings, auto_id="f_%s")
        found["photo"] = PhotoForm(auto_id="p_%s")
        if after:
            found["conclude"] = ConcludeForm(lines=_own_lines(visit), auto_id="c_%s")
    if there and not queries.why_not(actor, "hold", row):
        ready = [part.department_id for part in visit.now if len(part.officers) >= LEAST_OFFICERS]
        found["hold"] = HoldForm(departments=_departments(visit), ready=ready, auto_id="h_%s")
    return found


def _recorded(visit: queries_inspection.Visit) -> list[dict]:
    """What every department has written on this round's sheet, for the applicant to read before he signs; and of one that owes its word
    on an earlier look what it has so far."""
    parts = [*visit.now, *([visit.own] if visit.owes_earlier else [])]
    return [
        {
            "part": part,
            "conclusion": conclusion(part),
            "findings": [{**finding, "verdict": VERDICTS[finding["verdict"]]} for finding in part.findings],
        }
        for part in parts
    ]


def _departments(visit: queries_inspection.Visit) -> list[tuple[str, str]]:
    return [(part.department_id, part.department.name) for part in visit.now]


def _own_lines(visit: queries_inspection.Visit) -> list[tuple[int, str]]:
    return [(line.pk, line.text) for line in visit.own_lines]


def page(request: HttpRequest, pk: int, acted: tuple[str, BaseForm] | None = None) -> HttpResponse:
    visit = queries_inspection.visit(request.actor, pk)
    forms = _forms(request.actor, visit)
    if acted:
        forms[acted[0]] = acted[1]
    told = {
        "visit": visit,
        "row": visit.inspection,
        "own": visit.own,
        "application": visit.inspection.application,
        "recorded": _recorded(visit),
        "forms": forms,
        "form": acted[1] if acted else None,
        "too_early": visit.inspection.state == State.NOTIFIED and not visit.owes_earlier and today() < visit.inspection.visit_on,
    }
    return render(request, "review/inspection_sheet.html", told, status=acted[1].status if acted else 200)


@require_GET
@staff(*DESK_ROLES)
def show(request: HttpRequest, pk: int) -> HttpResponse:
    return page(request, pk)


def _done(request: HttpRequest, pk: int, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("review:inspection_sheet", pk)


@require_POST
@staff(*DESK_ROLES)
def findings(request: HttpRequest, pk: int) -> HttpResponse:
    actor = request.actor
    visit = queries_inspection.visit(actor, pk)
    known = visit.own.findings if visit.own else ()
    form = FindingsForm(request.POST, points=visit.points, known=known, auto_id="f_%s")
    if form.act(
        actor, lambda: actions.record_findings(by=actor, inspection=pk, findings=form.findings).pk, inspection=pk
    ):
        return _done(request, pk, "检查记录已保存。")
    return page(request, pk, ("findings", form))


@require_POST
@staff(*DESK_ROLES)
def photo(request: HttpRequest, pk: int) -> HttpResponse:
    actor, form = request.actor, PhotoForm(request.POST, request.FILES, auto_id="p_%s")

    def do() -> InspectionPhoto:
        sent, caption = form.cleaned_data["file"], form.cleaned_data["caption"]
        return actions.add_photo(by=actor, inspection=pk, name=sent.name, content=sent.read(), caption=caption)

    if form.is_valid() and form.attempt(do):
        return _done(request, pk, "照片已上传。")
    return page(request, pk, ("photo", form))


@require_POST
@staff(*DESK_ROLES)
def hold(request: HttpRequest, pk: int) -> HttpResponse:
    actor = request.actor
    visit = queries_inspection.visit(actor, pk)
    form = HoldForm(request.POST, departments=_departments(visit), auto_id="h_%s")

    def do() -> int:
        given = form.cleaned_data
        return actions.hold_visit(
            by=actor,
            inspection=pk,
            present=given["present"],
            signature=given["signature"],
            signature_image=form.drawn,
            signature_refused=given["signature_refused"],
        ).pk

    if form.act(actor, do, inspection=pk):
        return _done(request, pk, "踏勘已登记，请各部门按期出具结论。")
    return page(request, pk, ("hold", form))


@require_POST
@staff(*DESK_ROLES)
def conclude(request: HttpRequest, pk: int) -> HttpResponse:
    actor = request.actor
    visit = queries_inspection.visit(actor, pk)
    form = ConcludeForm(request.POST, lines=_own_lines(visit), auto_id="c_%s")

    def do() -> int:
        given = form.cleaned_data
        return actions.conclude_inspection(
            by=actor,
            inspection=pk,
            result=given["result"],
            words=given["words"],
            lines=given["lines"].splitlines(),
            days=given["days"],
            fixed=given.get("fixed") or [],
        ).pk

    if form.act(actor, do, inspection=pk):
        return _done(request, pk, "本部门结论已出具。")
    return page(request, pk, ("conclude", form))
