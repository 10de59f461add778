"""Stored files of a case through a checked door: scans at a material, printed documents. Nothing lies at a fixed address."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from apps.applications import actions, queries_files, queries_inspection
from apps.kit import files
from apps.kit.errors import NotYours, WrongState

from .access import to_sign_in
from .errors import own_path
from .once import press
from .shell import actor_of

# What came from outside is handed over to be saved: no browser shows it under our name, and nothing in it runs.
FROM_OUTSIDE = "default-src 'none'; sandbox"
# Our own papers open in the browser's PDF viewer, which a sandbox would keep shut.
PAPER = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"


def _bytes(path: str, content_type: str, name: str, *, disposition: str, policy: str) -> HttpResponse:
    try:
        content = files.read(path)
    except FileNotFoundError:
        raise NotYours(message="存储的文件找不到，请联系系统管理员。") from None
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f"{disposition}; filename*=UTF-8''{quote(name)}"
    response["Content-Security-Policy"] = policy
    response["X-Content-Type-Options"] = "nosniff"
    return response


@never_cache
@require_GET
def attachment(request: HttpRequest, pk: int) -> HttpResponse:
    """A scan, if its case exists for the actor (404 otherwise)."""
    actor = actor_of(request)
    if actor.id is None:
        return to_sign_in(request)
    row = queries_files.attachment(actor, pk)
    return _bytes(row.path, row.content_type, row.name, disposition="attachment", policy=FROM_OUTSIDE)


@never_cache
@require_GET
def photo(request: HttpRequest, pk: int) -> HttpResponse:
    """A photo of a visit, if its case, and for a department its visit, exists for the actor (404 otherwise)."""
    actor = actor_of(request)
    if actor.id is None:
        return to_sign_in(request)
    row = queries_inspection.photo(actor, pk)
    return _bytes(row.path, row.content_type, row.name, disposition="attachment", policy=FROM_OUTSIDE)


@never_cache
@require_GET
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """A printed document as PDF, if its case exists for the actor; 409 with the reason while it is not printed."""
    actor = actor_of(request)
    if actor.id is None:
        return to_sign_in(request)
    row = queries_files.document(actor, pk)
    if not row.path:
        raise WrongState("文书正在生成，请稍后再打开。" if row.state == "queued" else f"文书没有生成：{row.problem}")
    name = f"{row.title}-{row.number}.pdf"
    return _bytes(row.path, "application/pdf", name, disposition="inline", policy=PAPER)


@require_POST
def print_again(request: HttpRequest, pk: int) -> HttpResponse:
    """A document that could not be printed is sent to the printer again; back to the page it was asked on."""
    actor = actor_of(request)
    if actor.id is None:
        return to_sign_in(request)
    press(request, actor, lambda: actions.print_again(by=actor, document=pk))
    return redirect(own_path(request, request.POST.get("next", "")) or "/")
