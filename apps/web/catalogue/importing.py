"""Import: the files are judged as a whole and every problem is told by line; what is sound is loaded on a second press.

Between the two presses the files wait in the cache, for this person, half an hour.
"""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.catalog import actions
from apps.catalog.actions import Report
from apps.catalog.loading.source import Source, read
from apps.kit.errors import DomainError

from .forms import ImportForm, LoadForm
from .listing import office
from .telling import problem_kind

WAIT = 30 * 60  # seconds
SHOWN = 500  # problems on the page


@office
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    if "kept" in request.POST:
        return _load(request)
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    context: dict = {"form": form}
    if request.method == "POST" and form.is_valid():
        files = [(file.name, file.read()) for file in form.cleaned_data["files"]]
        report = _judge(request, form, files)
        if report is not None:
            context |= _told(report)
            if not report.refused:
                token = secrets.token_urlsafe(18)
                cache.set(_key(request, token), [(name, b64encode(text).decode()) for name, text in files], WAIT)
                load = LoadForm(initial={"kept": token}, only_draft=bool(report.problems))
                context |= {"load": load, "form": ImportForm()}
    return render(request, "catalogue/import.html", context, status=form.status)


def _key(request: HttpRequest, token: str) -> str:
    return f"catalogue-import:{request.actor.id}:{token}"


def _sources(files: list[tuple[str, bytes]]) -> list[Source]:
    return [read(name, content) for name, content in files]


def _judge(request: HttpRequest, form: ImportForm, files: list[tuple[str, bytes]]) -> Report | None:
    """The report of a check, or None with the refusal on the form (another node's items, shared vocabulary)."""
    try:
        return actions.load_catalogue(by=request.actor, sources=_sources(files), check_only=True, as_draft=True)
    except DomainError as refusal:
        form.add_refusal(refusal)
        return None


def _load(request: HttpRequest) -> HttpResponse:
    load = LoadForm(request.POST)
    files = cache.get(_key(request, load.data.get("kept", "")))
    if files is None:
        messages.warning(request, "检查过的文件已超过半小时，请重新选择文件。")
        return redirect("catalogue:import")
    files = [(name, b64decode(text)) for name, text in files]

    def do() -> dict:
        as_draft = load.cleaned_data["publish"] == "no"
        report = actions.load_catalogue(by=request.actor, sources=_sources(files), as_draft=as_draft)
        return {"refused": report.refused, "counts": report.counts}

    if load.act(request.actor, do):
        if load.result["refused"]:  # what the files refer to has changed since the check
            report = actions.load_catalogue(by=request.actor, sources=_sources(files), check_only=True)
            return render(request, "catalogue/import.html", {"form": ImportForm(), **_told(report)}, status=422)
        messages.success(request, _sentence(load.result["counts"], load.cleaned_data["publish"] == "yes"))
        return redirect("catalogue:list")
    told = {"form": ImportForm(), "load": load, "errors": load.error_list, "has_errors": True}
    return render(request, "catalogue/import.html", told, status=load.status)


def _sentence(counts: dict, published: bool) -> str:
    verb = "公布" if published else "存为草稿"
    told = []
    for key, word in (("items", "事项"), ("bundles", "一件事")):
        fresh, changed, same = (counts[key][name] for name in ("created", "new_version", "unchanged"))
        told.append(f"{word}新增 {fresh}、新版本 {changed}、未变 {same}")
    return f"已{verb}：{'；'.join(told)}。"


def _told(report: Report) -> dict:
    rows = [
        {
            "file": found.file,
            "line": found.line,
            "path": found.path,
            "kind": problem_kind(found.code),
            "message": found.message,
        }
        for found in report.problems
    ]
    changes = [{**row, "created": row["outcome"] == "created"} for row in report.changes]
    changes.sort(key=lambda row: row["replaces"] is None)  # somebody's work first: the list may be longer than the page
    return {
        "checked": True,
        "problems": rows[:SHOWN],
        "more": max(0, len(rows) - SHOWN),
        "total": len(rows),
        "counts": report.counts,
        "unasked": report.unasked,
        "at_odds": report.at_odds,
        "if_drafted": report.if_drafted,
        "changes": changes[:SHOWN],
        "changed": len(changes),
        "replaced": sum(row["replaces"] is not None for row in changes),
    }
