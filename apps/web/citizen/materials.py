"""The materials of an application from home: uploaded, chosen from what the applicant has already, or promised for later."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from apps.applications import actions, queries, queries_counter, queries_files, queries_vault
from apps.applications.actions import checklist
from apps.applications.models import Application, MaterialEntry
from apps.kit.errors import NotYours, Refused, WrongState
from apps.web.sending import attach_sent

from . import owed, supplement
from .lines import lines_of, told_above
from .owner import citizen, draft_of


@citizen
@require_http_methods(["GET"])
def materials(request: HttpRequest, pk: int) -> HttpResponse:
    return _materials(request, draft_of(request, pk))


def _materials(request: HttpRequest, row: Application, errors: dict | None = None, status: int = 200) -> HttpResponse:
    entries = list(row.materials.all())
    typed_here = actions.filled_in(row, entries)
    asked = [entry for entry in checklist.asked(row, entries) if entry.code not in typed_here]
    supplied = [entry for entry in entries if entry.state == MaterialEntry.State.EXPECTED]
    errors = errors or {}
    held = queries_vault.held_for(request.actor, row)
    lines = [line | {"error": errors.get(line["entry"].code, "")} for line in lines_of(row, asked, held)]
    told = {"row": row, "lines": lines, "supplied": supplied, "has_errors": bool(errors)}
    told["errors"] = told_above(lines, errors)
    return render(request, "citizen/materials.html", told, status=status)


@citizen
@require_POST
def upload(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """One or several files at one material; each is judged by its content, the good ones are kept."""
    row = queries.get(request.actor, pk)
    actions.demand_mandate(request.actor, row)
    said = attach_all(request, row, code)
    return _materials_of(request, row, {code: said}) if said else redirect(_back_to(request, row, code))


def _materials_of(request: HttpRequest, row: Application, errors: dict[str, str]) -> HttpResponse:
    """The page on which the materials of this case are handed in, with what was refused."""
    of = _asked_in_review(request)
    if row.state in Application.BEFORE_RECEIPT:
        return _materials(request, row, errors, 422)
    if of is not None or row.state == Application.State.AWAITING_SUPPLEMENT:
        return supplement.page(request, row.pk, of, errors=errors)
    if row.accepted_on and row.materials.filter(code__in=errors, promised=True).exists():
        return owed.page(request, row.pk, errors)
    raise WrongState("".join(errors.values()))


def _asked_in_review(request: HttpRequest) -> int | None:
    """The supplement in review whose page sent this."""
    of = request.POST.get("of", "")
    return int(of) if of.isascii() and of.isdigit() and len(of) < 16 else None


def _back_to(request: HttpRequest, row: Application, code: str) -> str:
    of = _asked_in_review(request)
    if row.state in Application.BEFORE_RECEIPT:
        place = reverse("citizen:draft_materials", args=[row.pk])
    elif of is None and row.accepted_on:
        return reverse("citizen:owed", args=[row.pk])
    else:
        place = reverse("citizen:supplement", args=[row.pk] if of is None else [row.pk, of])
    return f"{place}#m-{code}"


def attach_all(request: HttpRequest, row: Application, code: str) -> str:
    """Attach what was sent; the refusals, each file's in a line of its own, "" when all went well."""
    sent = request.FILES.getlist("file")
    if not sent:
        return "请选择要上传的文件。"
    known = _lying(row, code, _asked_in_review(request))
    refused = attach_sent(request.actor, row, code, sent, together="together" in request.POST, known=known)
    return "\n".join(refusal.message for refusal in refused)


def _lying(row: Application, code: str, of: int | None) -> set[str]:
    """What was put there already and is still to be handed in: sent twice, kept once. What was handed in before is what is wrong, or
    another time's: whether the same is sent again, who looks it through may see."""
    if row.state in Application.BEFORE_RECEIPT:
        return queries_files.lying(row, code)
    if of is not None:
        asked = row.supplements.filter(pk=of).first()
    elif row.state == Application.State.AWAITING_SUPPLEMENT:
        asked = queries_counter.notice_of(row, "supplement")
    else:
        asked = None
    return queries_files.lying(row, code, since=asked.asked_at) if asked else set()


@citizen
@require_POST
def reuse(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """A material that the applicant has already, instead of an upload."""
    row = queries.get(request.actor, pk)
    actions.demand_mandate(request.actor, row)
    try:
        actions.reuse(by=request.actor, application=pk, material=code, source=request.POST.get("source", ""))
    except (Refused, WrongState) as refusal:
        return _materials_of(request, row, {code: refusal.message})
    return redirect(_back_to(request, row, code))


@citizen
@require_POST
def remove(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """A draft's, or of a supplement what is not handed in yet."""
    row = queries.get(request.actor, pk)
    actions.demand_mandate(request.actor, row)
    try:
        gone = actions.remove_attachment(by=request.actor, application=row.pk, attachment=file)
    except NotYours:
        gone = row.attachments.filter(pk=file, removed_at__isnull=False).first()  # pressed twice
        if gone is None:
            raise
    messages.success(request, f"文件“{gone.name}”已移除。")
    return redirect(_back_to(request, row, gone.material.code))


@citizen
@require_POST
def promise(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """A tolerable material may follow after acceptance (ZJR 11): promised, or the promise taken back."""
    row = draft_of(request, pk)
    entries = row.weighed(row.materials.filter(code=code))
    if not entries or entries[0].necessity != "tolerable":
        raise Refused("accept.not_promised", "这件材料不能容缺，请上传，或到窗口交原件。", code)
    actions.save_draft(
        by=request.actor, application=pk, materials={code: {"promised": request.POST.get("promised") == "1"}}
    )
    return redirect(reverse("citizen:draft_materials", args=[pk]) + f"#m-{code}")
