"""One definition: what it says today, its versions, what differs between them, what keeps a draft from being published."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.catalog import actions, policy, queries, queries_office
from apps.catalog.models import Definition, DefinitionVersion
from apps.catalog.plan import compile_draft
from apps.catalog.quality import advice
from apps.catalog.questions import Entry
from apps.kit.errors import DomainError, NotYours
from apps.kit.time import today

from .forms import MoveForm
from .listing import file_response, office
from .telling import path_text, told_difference, told_event, value_text
from .whole import told_whole, worder

FACTS = (
    "type",
    "handling",
    "legal_limit",
    "promised_limit",
    "max_visits",
    "visit_reason",
    "at_most_once",
    "channels",
    "city_wide",
    "audience",
    "themes",
    "accepting",
    "batch",
    "criterion",
    "issue",
)


@office
@require_GET
def definition(request: HttpRequest, code: str) -> HttpResponse:
    return show(request, queries_office.office_definition(request.actor, code))


def show(request: HttpRequest, row: Definition, form=None) -> HttpResponse:
    """The page; `form` holds the refusal of a move that was tried on it."""
    held = queries.holding().filter(definition=row).first()
    versions, shown = queries_office.versions_of(request.actor, row), queries_office.shown_versions(request.actor, row)
    drafts = [_draft(version, held) for version in shown.filter(state__in=queries_office.UNPUBLISHED)]
    keeps = policy.keeps(request.actor, row)
    newest = held or queries_office.told_by(row)
    context = {
        "definition": row,
        "held": held,
        "newest": newest,
        "facts": _facts(newest),
        "whole": told_whole(newest.content, shown=FACTS),
        "advice": advice(held.content) if held and row.kind == "item" else [],
        "drafts": drafts,
        "versions": versions,
        "several": len(versions) > 1,
        "history": [told_event(event) for event in queries_office.history_of(request.actor, row)],
        "cannot": _cannot_compile(held) if held and row.kind == "bundle" else None,
        "stale": _stale(held) if held else [],
        "design": MoveForm(auto_id="design_%s") if keeps and row.kind == "bundle" else None,
        "keeps": keeps,
        "form": form,
        "status": form.status if form else 200,
    }
    return render(request, "catalogue/definition.html", context, status=context["status"])


def _cannot_compile(held: DefinitionVersion) -> tuple[str, str] | None:
    """(what, why) where a one-thing in force cannot be applied for today, or not by everybody: a member was withdrawn."""
    entry = Entry(held.definition_id, held.definition.kind, held.content, held.pk)
    for what, whole in (("这件事今天不能申请。", False), ("有的情形今天不能申请这件事。", True)):
        try:
            compile_draft(entry, {}, today(), whole=whole)
        except DomainError as refusal:
            return what, refusal.message
    return None


def _stale(held: DefinitionVersion) -> list[str]:
    """What its conditions and members still name and is no more: questions of an item that was published anew, choices of a data
    element that all share."""
    return [error.message for error in actions.blockers(held) if error.code in actions.STALE]


def _draft(version: DefinitionVersion, held: DefinitionVersion | None) -> dict:
    found = queries_office.differences(held.content, version.content) if held else []
    return {
        "version": version,
        "changes": len(found),
        "blockers": [
            {"where": path_text(error.field or ""), "message": error.message} for error in actions.blockers(version)
        ],
        "advice": advice(version.content) if version.definition.kind == "item" else [],
        "form": MoveForm(auto_id=f"move-{version.pk}_%s", initial={"seen": version.digest}),
    }


def _facts(version: DefinitionVersion) -> list[tuple[str, str]]:
    content = version.content
    flat = content | (content.get("lead") or {})
    if code := content.get("batch"):
        flat["batch"] = queries_office.batch_names([code]).get(code, code)
    rows = [(path_text(key), value_text(flat[key], key)) for key in FACTS if flat.get(key) is not None]
    counts = (
        ("members", "成员"),
        ("situations", "情形"),
        ("fields", "表单项"),
        ("materials", "材料"),
        ("steps", "环节"),
    )
    return rows + [(word, f"{len(content[key])} 项") for key, word in counts if content.get(key)]


@office
@require_GET
def differences(request: HttpRequest, code: str) -> HttpResponse:
    """What changed from one version to another: ?old=1&new=2."""
    row = queries_office.office_definition(request.actor, code)
    numbers = {name: request.GET.get(name, "") for name in ("old", "new")}
    versions = queries_office.shown_versions(request.actor, row)
    found = {
        name: versions.filter(number=int(number)).first() if number.isdecimal() and len(number) < 9 else None
        for name, number in numbers.items()
    }
    if None in found.values():
        raise NotYours(message="没有找到要比较的版本。")
    contents = [version.content for version in found.values()]
    names = queries_office.names_of(*contents)
    names["situations"] = {row["code"]: row["question"] for content in contents for row in content.get("situations", [])}
    words = worder(names, *contents)
    rows = [told_difference(one, names, words) for one in queries_office.differences(*contents)]
    dates = {name: (version.valid_from, version.stated_to) for name, version in found.items()}
    return render(
        request,
        "catalogue/differences.html",
        {"definition": row, **found, "rows": rows, "same_dates": dates["old"] == dates["new"]},
    )


@office
@require_GET
def as_file(request: HttpRequest, code: str) -> HttpResponse:
    """The version that its page tells of, as a file of the import's format."""
    row = queries_office.office_definition(request.actor, code)
    version = queries_office.told_by(row)
    return file_response([version], f"{code}-v{version.number}-{today():%Y%m%d}.yaml")


@office
@require_GET
def version_as_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Any version, a draft too: imported elsewhere it is the same."""
    version = queries_office.office_version(request.actor, pk)
    return file_response([version], f"{version.definition_id}-v{version.number}-{today():%Y%m%d}.yaml")
