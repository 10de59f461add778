"""What was promised at an acceptance with a gap (容缺), brought from home: a file at each material, and the gap is closed."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from apps.applications import actions, queries_case, queries_vault
from apps.applications.actions import checklist
from apps.applications.models import Notice
from apps.kit.time import today

from .lines import lines_of, told_above
from .owner import citizen


@citizen
@require_GET
def owed(request: HttpRequest, pk: int) -> HttpResponse:
    return page(request, pk)


def page(request: HttpRequest, pk: int, errors: dict[str, str] | None = None) -> HttpResponse:
    """`errors` = what was refused of an upload, by material. Where nothing is owed any more, back to the case."""
    case, errors = queries_case.case(request.actor, pk), errors or {}
    row = case.application
    actions.demand_mandate(request.actor, row)
    waiting = checklist.owed(row, case.materials, case.members)
    if not waiting and not errors:
        messages.success(request, "承诺后补的材料都齐了，不用再补。")
        return redirect("citizen:mine", pk)
    came = [entry for entry in checklist.asked(row, case.materials) if entry.promised and entry.in_hand]
    listed = lines_of(row, [*waiting, *came], queries_vault.held_for(request.actor, row))
    lines, came = listed[: len(waiting)], listed[len(waiting) :]
    notice = row.notices.filter(kind=Notice.Kind.GAP).first()
    told = {
        "row": row,
        "notice": notice,
        "late": notice is not None and today() > notice.cure_by,
        "lines": [line | {"error": errors.get(line["entry"].code, "")} for line in lines],
        "came": came,
        "has_errors": bool(errors),
        "errors": told_above(lines, errors),
    }
    return render(request, "citizen/owed.html", told, status=422 if errors else 200)
