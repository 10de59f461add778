"""What the office does with a version or a definition: each a button or a page with its own form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from apps.catalog import actions, queries, queries_office
from apps.catalog.models import Definition, DefinitionVersion
from apps.catalog.queries_names import definition_names
from apps.kit.templatetags.kit import date_cn
from apps.kit.time import today

from .definition import show
from .forms import MoveForm, PublishForm, ReasonForm, WithdrawForm
from .listing import office


def _done(request: HttpRequest, code: str, sentence: str) -> HttpResponse:
    messages.success(request, sentence)
    return redirect("catalogue:definition", code)


def _press(request: HttpRequest, pk: int, do: Callable, sentence: str) -> HttpResponse:
    """A button on the definition's page; a refusal is told on that page."""
    version = queries_office.office_version(request.actor, pk)
    form = MoveForm(request.POST)
    if form.act(request.actor, lambda: do(by=request.actor, version=pk, seen=form.cleaned_data["seen"]).pk, version=pk, move=do.__name__):
        return _done(request, version.definition_id, f"第 {version.number} 版{sentence}")
    return show(request, version.definition, form)


@office
@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    return _press(request, pk, actions.check_version, "检查通过，可以核准。")


@office
@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    return _press(request, pk, actions.approve_version, "已核准，可以公布。")


@office
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    return _press(request, pk, actions.discard_version, "已作废。")


def _ask(request: HttpRequest, form, code: str, **context) -> HttpResponse:
    context |= {"form": form, "back_url": reverse("catalogue:definition", args=[code])}
    return render(request, "web/confirm.html", context, status=form.status)


def _about(version: DefinitionVersion) -> list[tuple[str, str]]:
    row = version.definition
    return [
        ("名称", version.name),
        ("编码", row.code),
        ("版本", f"第 {version.number} 版"),
        ("部门", row.department.name),
        *([("最后有效日", date_cn(version.stated_to))] if version.stated_to else []),
    ]


def _left_unasked(version: DefinitionVersion) -> list[tuple[str, str]]:
    """A one-thing goes on as it was published, and its member would silently stay away for everybody."""
    return [
        ("请注意", f"一件事“{name}”和这一版对不上：{'；'.join(told)}。公布以后，那里靠这些条件才有的成员、材料、填写项和收费就没有了，请先改那件事。")
        for name, told in actions.left_unasked(version).items()
    ]


def _tell_of_the_past(request: HttpRequest, pk: int) -> None:
    """A first day before that of the version in use, mistyped perhaps, changes nothing for anybody who applies from now on."""
    row = queries_office.office_version(request.actor, pk)
    if row.valid_to and row.valid_to < today():
        told = f"第 {row.number} 版只管到{date_cn(row.valid_to)}，今天不按它受理。今天起要按它办的，另写一版，生效日写今天或者以后。"
        messages.warning(request, told)


@office
@require_http_methods(["GET", "POST"])
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    version = queries_office.office_version(request.actor, pk)
    form = PublishForm(request.POST or None, initial={"valid_from": version.valid_from, "seen": version.digest})

    def do():
        given = form.cleaned_data
        return actions.publish_version(by=request.actor, version=pk, valid_from=given["valid_from"], seen=given["seen"]).pk

    if request.method == "POST" and form.act(request.actor, do, version=pk):
        _tell_of_the_past(request, pk)
        return _done(request, version.definition_id, f"第 {version.number} 版已公布。")
    return _ask(
        request,
        form,
        version.definition_id,
        question=f"公布“{version.name}”的第 {version.number} 版？",
        consequence="公布后，生效日起的新申请按这一版办理；前一版到生效日的前一天为止。",
        facts=_about(version) + _left_unasked(version),
        action="公布",
    )


@office
@require_http_methods(["GET", "POST"])
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    version = queries_office.office_version(request.actor, pk)
    form = ReasonForm(request.POST or None)

    def do():
        return actions.send_back_version(by=request.actor, version=pk, reason=form.cleaned_data["reason"]).pk

    if request.method == "POST" and form.act(request.actor, do, version=pk):
        return _done(request, version.definition_id, f"第 {version.number} 版已退回为草稿。")
    return _ask(
        request,
        form,
        version.definition_id,
        question=f"把“{version.name}”的第 {version.number} 版退回修改？",
        consequence="退回后成为草稿；改好的内容重新导入，会替换这份草稿。",
        facts=_about(version),
        action="退回修改",
    )


def _members_of(code: str) -> list[tuple[str, str]]:
    """The one-things that nobody, or not everybody, can apply for without this item."""
    names = definition_names(queries.holding_items([code]))
    told = "、".join(f"“{name}”" for name in names.values())
    return [("请注意", f"它是一件事{told}的成员：从这一天起，要办它的人也不能申请那件事。请先从那件事里去掉它。")] if names else []


def _withdraw(request: HttpRequest, code: str, do: Callable, done: str, **told) -> HttpResponse:
    row: Definition = queries_office.office_definition(request.actor, code)
    form = WithdrawForm(request.POST or None)

    def withdraw():
        given = form.cleaned_data
        return do(by=request.actor, code=code, reason=given["reason"], on=given["on"]).withdrawn_on.isoformat()

    if request.method == "POST" and form.act(request.actor, withdraw, code=code):
        on = date.fromisoformat(form.result)
        return _done(request, code, f"“{row.name}”{done if on <= today() else f'从{date_cn(on)}起不再受理，到那天之前照常受理。'}")
    facts = [("名称", row.name), ("编码", row.code), ("部门", row.department.name), *_members_of(code)]
    return _ask(request, form, code, facts=facts, **{key: text.format(row.name) for key, text in told.items()})


@office
@require_http_methods(["GET", "POST"])
def suspend(request: HttpRequest, code: str) -> HttpResponse:
    return _withdraw(
        request,
        code,
        actions.suspend_definition,
        "已暂停，可以随时恢复。",
        question="暂停“{}”？",
        consequence="从这一天起不再受理新的申请，网上不再列出；在办的件继续办。",
        action="暂停",
    )


@office
@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, code: str) -> HttpResponse:
    return _withdraw(
        request,
        code,
        actions.cancel_definition,
        "已取消，历史仍然保留。",
        question="取消“{}”？",
        consequence="从这一天起不再受理新的申请；版本、公布批次和在办的件都保留。要再启用，须公布新的版本。",
        action="取消事项",
    )


@office
@require_http_methods(["GET", "POST"])
def resume(request: HttpRequest, code: str) -> HttpResponse:
    row = queries_office.office_definition(request.actor, code)
    form = MoveForm(request.POST or None)

    def do():
        return actions.resume_definition(by=request.actor, code=code).pk

    if request.method == "POST" and form.act(request.actor, do, code=code):
        return _done(request, code, f"“{row.name}”已恢复受理。")
    facts = [("名称", row.name), ("暂停自", row.withdrawn_on), ("原因", row.withdrawn_reason)]
    return _ask(request, form, code, question=f"恢复受理“{row.name}”？", facts=facts, action="恢复受理")
