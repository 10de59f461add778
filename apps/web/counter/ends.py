"""Ends before a decision, each asked for once more: withdrawal at the applicant's signed request, a bad cure, an entry error."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from apps.applications import actions, queries
from apps.applications.actions.closing import demand_undecided
from apps.applications.actions.one_thing import taken_along
from apps.applications.actions.turning_away import demand_cured_badly
from apps.applications.models import Application, Member
from apps.kit.errors import Forbidden, NotYours
from apps.web.access import staff
from apps.web.cancelling import why_not
from apps.web.once import OnceForm
from apps.web.templatetags.web import state_text

from .frame import clerk, confirm_page


def _area(label: str, hint: str = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3, "autocomplete": "off"})
    return forms.CharField(label=label, help_text=hint, max_length=500, widget=widget)


class WithdrawForm(OnceForm):
    reason = _area("撤回的原因", "照申请人书面请求上写的填。")
    signed = forms.BooleanField(label="已收到申请人（或其代理人）签名的撤回申请")


class BadCureForm(OnceForm):
    reason = _area("补正不合格的事实和理由", "写明哪一件、不符合什么要求；会写进不予受理通知书。")
    basis = forms.CharField(
        label="依据",
        required=False,
        max_length=200,
        help_text="不填则引用行政许可法第三十二条第一款第四项；改革规定第十一条由文书自己引用。",
        widget=forms.TextInput(attrs={"class": "w-full", "autocomplete": "off"}),
    )


class VoidForm(OnceForm):
    reason = _area("作废的原因", "写明错在哪里；编号作废后不再使用。")


@clerk
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    form, row = WithdrawForm(request.POST or None), queries.get(request.actor, pk)
    decided = why_not(lambda: demand_undecided(row.members.all()))
    ended = _against(request, row, f"这个办件现在是“{state_text(row.state, 'application')}”，不能撤回。")
    return _confirm(
        request,
        pk,
        form,
        lambda: actions.withdraw(by=request.actor, application=pk, reason=form.cleaned_data["reason"]).pk,
        {
            "question": "申请人撤回这件申请？",
            "consequence": "办理到此为止，材料退还申请人，出具准予撤回通知书。已作出决定的不能撤回。",
            "refused": "" if request.method == "POST" else decided or ended,
            "action": "确认撤回",
        },
    )


def _against(request: HttpRequest, subject: Application | Member, state: str) -> str:
    """What in the law or in his post stands against taking it back, else its state; "" where it may be."""
    if queries.may(request.actor, "withdraw", subject):
        return ""
    return queries.why_not(request.actor, "withdraw", subject) or state


@clerk
@require_http_methods(["GET", "POST"])
def withdraw_member(request: HttpRequest, pk: int, member: int) -> HttpResponse:
    """One item of a one-thing; the rest goes on."""
    case = queries.get(request.actor, pk)
    members = list(case.members.all())
    row = next((one for one in members if one.pk == member), None)
    if row is None:
        raise NotYours
    form = WithdrawForm(request.POST or None)
    along: list[Member] = []
    refused = why_not(lambda: along.extend(taken_along(row, members, case)))
    ended = _against(request, row, f"这一项现在是“{state_text(row.state, 'member')}”，不能撤回。")
    return _confirm(
        request,
        pk,
        form,
        lambda: actions.withdraw_member(by=request.actor, member=row.pk, reason=form.cleaned_data["reason"]).pk,
        {
            "question": f"申请人撤回“{row.name}”这一项？",
            "consequence": "只撤回这一项，其他事项照常办理；要等它办结的事项不再启动。出具准予撤回通知书。",
            "more": [("一起不再办的", "、".join(other.name for other in along))] if along else [],
            "refused": "" if request.method == "POST" else ended or refused,
            "action": "确认撤回这一项",
        },
        after="counter:case",
    )


@clerk
@require_http_methods(["GET", "POST"])
def bad_cure(request: HttpRequest, pk: int) -> HttpResponse:
    form, row = BadCureForm(request.POST or None), queries.get(request.actor, pk)
    return _confirm(
        request,
        pk,
        form,
        lambda: (
            actions.not_accept(
                by=request.actor,
                application=pk,
                ground="bad_cure",
                reason=form.cleaned_data["reason"],
                basis=form.cleaned_data["basis"],
            ).pk
        ),
        {
            "question": "补正不合格，不予受理？",
            "consequence": "出具不予受理通知书，写明理由和救济途径。一样也没有补交的，到期依法视为撤回，不用在这里处理。",
            "refused": "" if request.method == "POST" else why_not(lambda: demand_cured_badly(row)),
            "action": "不予受理",
        },
    )


@staff("supervisor", "clerk")
@require_http_methods(["GET", "POST"])
def void(request: HttpRequest, pk: int) -> HttpResponse:
    """Supervisor only, before acceptance; a clerk who comes here is told whom to ask."""
    row = queries.get(request.actor, pk)
    if not request.actor.has("supervisor"):
        raise Forbidden("录入作废由监督人员办理，请联系本节点的监督人员并说明错在哪里。")
    row.policy(request.actor, "void", row)
    form = VoidForm(request.POST or None)
    return _confirm(
        request,
        pk,
        form,
        lambda: actions.void(by=request.actor, application=pk, reason=form.cleaned_data["reason"]).pk,
        {
            "question": "把这件作为录入错误作废？",
            "consequence": "只用于窗口录错；申请人不想办了用“撤回”。收件凭证同时作废，编号不再使用。",
            "action": "确认作废",
        },
        after="counter:case",
    )


def _confirm(
    request: HttpRequest, pk: int, form: OnceForm, do: Callable[[], object], words: dict, after: str = "counter:done"
) -> HttpResponse:
    row: Application = queries.get(request.actor, pk)
    if request.method == "POST" and form.act(request.actor, do, case=pk):
        return redirect(after, pk)
    return confirm_page(request, row, form, words)
