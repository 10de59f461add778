"""设计一件事: a bundle's draft composed from items, one task a page, and what it comes to beside it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.catalog import actions, composing, insight, queries, queries_office
from apps.catalog.models import DefinitionVersion, Kind
from apps.catalog.plan import compile_draft
from apps.catalog.queries_names import coded_names
from apps.catalog.questions import Entry, merged_situations
from apps.catalog.shelf import shelf
from apps.directory import queries as directory
from apps.directory.models import Department
from apps.kit.errors import DomainError, NotYours
from apps.kit.time import today

from .design_forms import ActForm, AddForm, DraftForm, FactsForm, MemberForm, NewForm, SituationEditForm
from .forms import MoveForm
from .listing import office, own_nodes
from .picture import draw
from .telling import limit_text, path_text

FOUND = 20  # items that the search shows
SAID = {"is": "“{}”答“{}”", "in": "“{}”答“{}”其中之一", "at_least": "“{}”不少于 {}", "over": "“{}”超过 {}"}


def load(request: HttpRequest, pk: int) -> DefinitionVersion:
    """A version of a one-thing. Raises NotYours."""
    version = queries_office.office_version(request.actor, pk)
    if version.definition.kind != Kind.BUNDLE:
        raise NotYours(message="没有找到这件事的草稿；单个事项请导入目录文件。")
    return version


def entry_of(version: DefinitionVersion) -> Entry:
    return Entry(version.definition_id, Kind.BUNDLE, version.content, version.pk)


def first_day(version: DefinitionVersion) -> date:
    """On which it could be applied for at the earliest: what is in use then may be its member."""
    return max(version.valid_from, today())


def items_of(version: DefinitionVersion) -> dict[str, Entry | None]:
    """Its members as they stand on its first day."""
    known, codes = shelf(), composing.members(version.content)
    known.fetch(codes)
    library = known.library(first_day(version))
    return {code: library.item(code) for code in codes}


def questions_of(version: DefinitionVersion, items: dict[str, Entry | None] | None = None) -> dict[str, dict]:
    """Every question that a condition may name: the bundle's own and those of its members."""
    return merged_situations(entry_of(version), version.content["members"], items or items_of(version))


def _departments(version: DefinitionVersion) -> list[Department]:
    """Who may lead: those of its node, and who leads it now."""
    own = Q(region__node_code=version.definition.region.node_code)
    return list(Department.objects.filter(own | Q(pk=version.content["lead"]["department"])).order_by("name"))


def _change(
    request: HttpRequest, version: DefinitionVersion, form: DraftForm, new: Callable[[dict], dict], **more
) -> bool:
    """Revise the draft by what the form says."""

    def do() -> int:
        return actions.revise_bundle(
            by=request.actor,
            version=version.pk,
            seen=form.cleaned_data["seen"],
            content=new(version.content),
            **{name: value() for name, value in more.items()},
        ).pk

    return form.act(request.actor, do, version=version.pk)


# --- the page --------------------------------------------------------------------------------------------------


@office
@require_GET
def design(request: HttpRequest, pk: int) -> HttpResponse:
    return show(request, load(request, pk))


def show(request: HttpRequest, version: DefinitionVersion, form=None) -> HttpResponse:
    """`form` = the act that was refused."""
    content, definition = version.content, version.definition
    names = queries_office.names_of(content)
    items = items_of(version)
    questions = questions_of(version, items)
    editable = version.state == "draft"
    held = queries.holding().filter(definition=definition).first()
    context = {
        "version": version,
        "definition": definition,
        "editable": editable,
        "held": held,
        "members": _members(content, names["members"], questions),
        "situations": content.get("situations", []),
        "lead": names["departments"].get(content["lead"]["department"], content["lead"]["department"]),
        "blockers": [
            {"where": path_text(error.field or ""), "message": error.message} for error in actions.blockers(version)
        ],
        "form": form,
        "act": ActForm(seen=version.digest, auto_id=False),
        "move": MoveForm(auto_id=False, initial={"seen": version.digest}),
        **_result(version, insight.unasked(filter(None, items.values()), questions)),
    }
    return render(request, "catalogue/design.html", context, status=form.status if form else 200)


def _members(content: dict, names: dict[str, str], questions: dict) -> list[dict]:
    rows = []
    named = {line["element"] for row in content["members"] for line in row.get("when", []) if "element" in line}
    elements = coded_names(named)[0] if named else {}
    for row in content["members"]:
        lines = []
        for line in row.get("when", []):
            code, operator, value = composing.condition_text(line, questions, typed=False)
            asked = questions.get(code, {}).get("question") or code or elements.get(line.get("element"), f"数据元 {line.get('element')}")
            lines.append(SAID[operator].format(asked, value))
        rows.append(
            {
                "code": row["item"],
                "name": names.get(row["item"], row["item"]),
                "after": [names.get(code, code) for code in row.get("after", [])],
                "when": lines,
                "inspected": row["item"] in content.get("joint_inspection", []),
            }
        )
    return rows


def _result(version: DefinitionVersion, unasked: list[str]) -> dict:
    """What the draft comes to on its first day (or today), all members together."""
    day = first_day(version)
    if not version.content["members"]:
        return {"day": day}
    try:
        plan = compile_draft(entry_of(version), {}, day, whole=True)
    except DomainError as refusal:
        return {"day": day, "cannot": refusal.message}
    found = insight.path(plan["members"])
    names = {member["code"]: member["name"] for member in plan["members"]}
    return {
        "day": day,
        "plan": plan,
        "elements": [row | {"members": [names[code] for code in row["needed_by"]]} for row in plan["elements"]],
        "materials": [
            row | {"members": [names[code] for code in row["needed_by"]], "supplier": names.get(row["supplied_by"])}
            for row in plan["materials"]
        ],
        "stages": [
            [_stage_row(member, names, found) for member in plan["members"] if member["code"] in stage]
            for stage in plan["stages"]
        ],
        "path": [names[code] for code in found.codes],
        "path_days": limit_text(found.limit),
        "picture": draw(found, version.content.get("promised_limit")),
        "savings": insight.savings(plan),
        "warnings": unasked + insight.warnings(version.content, plan, found, directory.node_of),
    }


def _stage_row(member: dict, names: dict, found: insight.Path) -> dict:
    return {
        "member": member,
        "after": [names[code] for code in member["after"]],
        "critical": member["code"] in found.codes,
    }


# --- begin -----------------------------------------------------------------------------------------------------


@office
@require_http_methods(["GET", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    nodes = own_nodes(request.actor)
    departments = list(Department.objects.filter(region__node_code__in=[node.pk for node in nodes]).order_by("name"))
    form = NewForm(request.POST or None, nodes=nodes, departments=departments)

    def do() -> int:
        return actions.start_bundle(by=request.actor, content=composing.blank(**form.given)).pk

    if request.method == "POST" and form.act(request.actor, do):
        return redirect("catalogue:design", form.result)
    return _task(request, None, form, "设计一件事", "开始设计", reverse("catalogue:list"))


@office
@require_POST
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """The draft of a one-thing that is in use: the one being written, or a copy."""
    form = MoveForm(request.POST)
    definition = queries_office.office_definition(request.actor, code)
    if form.act(request.actor, lambda: actions.open_draft(by=request.actor, code=definition.code).pk, code=code):
        return redirect("catalogue:design", form.result)
    from .definition import show as show_definition

    return show_definition(request, definition, form)


def _task(request: HttpRequest, version, form, title: str, button: str, back: str, **more) -> HttpResponse:
    told = {"version": version, "form": form, "title": title, "button": button, "back": back, **more}
    return render(request, more.get("template", "catalogue/design_task.html"), told, status=form.status)


def _home(version: DefinitionVersion) -> str:
    return reverse("catalogue:design", args=[version.pk])


# --- one task a page -------------------------------------------------------------------------------------------


@office
@require_http_methods(["GET", "POST"])
def facts(request: HttpRequest, pk: int) -> HttpResponse:
    version = load(request, pk)
    form = FactsForm(
        request.POST or None,
        seen=version.digest,
        departments=_departments(version),
        initial=FactsForm.told(version),
    )
    days = {name: lambda name=name: form.cleaned_data[name] for name in ("valid_from", "valid_to", "seen_from")}
    if request.method == "POST" and _change(
        request, version, form, lambda content: composing.with_facts(content, form.facts), **days
    ):
        messages.success(request, "已保存。")
        return redirect(_home(version))
    return _task(request, version, form, "名称、牵头和期限", "保存", _home(version))


@office
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, pk: int) -> HttpResponse:
    version = load(request, pk)
    day = first_day(version)
    form = AddForm(request.POST or None, seen=version.digest, auto_id="add_%s")
    if request.method == "POST":

        def added(content: dict) -> dict:
            queries.guide(form.cleaned_data["item"], day)  # in use on the day, or it is not there
            return composing.add_member(content, form.cleaned_data["item"])

        if _change(request, version, form, added):
            messages.success(request, "已加入。")
            return redirect(_home(version))
    asked, everywhere = request.GET.get("q", "")[:60], bool(request.GET.get("all"))
    region = None if everywhere else version.definition.region.node_code
    found = queries.search_definitions(asked, kind=Kind.ITEM, region=region, day=day) if asked.strip() else []
    context = {
        "version": version,
        "form": form,
        "q": asked,
        "everywhere": everywhere,
        "rows": found[:FOUND] if asked.strip() else [],
        "most": FOUND,
        "day": None if day == today() else day,
        "taken": composing.members(version.content),
    }
    return render(request, "catalogue/design_add.html", context, status=form.status)


@office
@require_http_methods(["GET", "POST"])
def member(request: HttpRequest, pk: int, item: str) -> HttpResponse:
    version = load(request, pk)
    content = version.content
    row = next((one for one in content["members"] if one["item"] == item), None)
    if row is None:
        raise NotYours(message="这件事没有这个成员。")
    names, questions = queries_office.names_of(content)["members"], questions_of(version)
    kept = [line for line in row.get("when", []) if "situation" not in line]
    lines = [composing.condition_text(line, questions) for line in row.get("when", []) if "situation" in line]
    form = MemberForm(
        request.POST or None,
        seen=version.digest,
        others=[(code, names.get(code, code)) for code in composing.members(content) if code != item],
        questions=questions,
        lines=lines,
        initial={"after": row.get("after", []), "inspected": item in content.get("joint_inspection", [])},
    )

    def new(content: dict) -> dict:
        given = form.cleaned_data
        chosen = given.get("after", [])
        order = [code for code in row.get("after", []) if code in chosen]
        order += [code for code in composing.members(content) if code in chosen and code not in order]
        when = [*kept, *form.conditions]
        return composing.set_member(content, item, after=order, when=when, inspected=given["inspected"])

    if request.method == "POST" and _change(request, version, form, new):
        messages.success(request, f"“{names.get(item, item)}”的先后、条件和踏勘已保存。")
        return redirect(_home(version))
    context = {"version": version, "form": form, "name": names.get(item, item), "kept": kept}
    return render(request, "catalogue/design_member.html", context, status=form.status)


@office
@require_http_methods(["GET", "POST"])
def situation(request: HttpRequest, pk: int, code: str = "") -> HttpResponse:
    """A new question, or one of the draft's."""
    version = load(request, pk)
    row = next((one for one in version.content.get("situations", []) if one["code"] == code), None)
    if code and row is None:
        raise NotYours(message="这件事没有这个情形问题。")
    form = SituationEditForm(
        request.POST or None, seen=version.digest, initial=SituationEditForm.told(row) if row else {"type": "boolean"}
    )
    if request.method == "POST" and _change(
        request, version, form, lambda content: composing.set_situation(content, form.situation, code or None)
    ):
        messages.success(request, "问题已保存。" if code else "问题已加上。")
        return redirect(_home(version))
    title = "改情形问题" if code else "加情形问题"
    return _task(request, version, form, title, "保存", _home(version))


@office
@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """The buttons of the page: a member up, down or out, a question out."""
    version = load(request, pk)
    form = ActForm(request.POST)
    changes = {
        "up": lambda content, code: composing.shift_member(content, code, -1),
        "down": lambda content, code: composing.shift_member(content, code, 1),
        "drop": composing.drop_member,
        "drop_situation": composing.drop_situation,
    }

    def new(content: dict) -> dict:
        verb, _, code = form.cleaned_data["do"].partition(" ")
        if verb not in changes:
            raise NotYours
        return changes[verb](content, code)

    if not _change(request, version, form, new):
        return show(request, version, form)
    verb, _, code = form.cleaned_data["do"].partition(" ")
    if verb in ("up", "down"):
        return redirect(f"{_home(version)}#member-{code}")
    if verb == "drop":
        name = queries_office.names_of(version.content)["members"].get(code, code)
        messages.success(request, f"已移出“{name}”，其他成员不再等它的结果。")
    else:
        messages.success(request, "已删除这个问题。")
    return redirect(_home(version))
