"""A request for a hearing that the applicant or a third party brings to the counter."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from apps.applications import actions, queries_case
from apps.applications.actions.calling_off import demand_withdrawable
from apps.applications.actions.hearings import demand_askable
from apps.applications.models import Hearing
from apps.kit.errors import WrongState
from apps.web.once import OnceForm

from .frame import clerk, confirm_page


class OfOneForm(OnceForm):
    hearing = forms.TypedChoiceField(label="事项", coerce=int, widget=forms.RadioSelect)

    def __init__(self, told: list[Hearing], *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["hearing"].choices = [(one.pk, one.member.name) for one in told]
        if len(told) == 1:
            self.fields["hearing"].widget = forms.HiddenInput()
            self.initial["hearing"] = told[0].pk


class HearingForm(OfOneForm):
    who = forms.ChoiceField(label="谁申请听证", choices=Hearing.Who.choices, widget=forms.RadioSelect)
    name = forms.CharField(
        label="利害关系人的姓名或名称", max_length=100, required=False, help_text="申请人自己申请的不填。"
    )


class WithdrawForm(OfOneForm):
    reason = forms.CharField(
        label="为什么撤回",
        max_length=300,
        help_text="由申请听证的人自己撤回。会写进经过，凭编号查询的人也看得到，不写利害关系人的姓名。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _demand_one(told: list[Hearing], demand: Callable[[Hearing], None]) -> None:
    """Raises WrongState, as of the first, where none of them can be asked for, or taken back, any more."""
    refusals = []
    for one in told:
        try:
            return demand(one)
        except WrongState as over:
            refusals.append(over)
    raise refusals[0]


@clerk
@require_http_methods(["GET", "POST"])
def request(request: HttpRequest, pk: int) -> HttpResponse:
    """Raises WrongState where nobody was told of a right to a hearing."""
    found, actor = queries_case.case(request.actor, pk), request.actor
    if not found.hearings:
        raise WrongState("这个办件没有告知过听证权利。")
    form = HearingForm(found.hearings, request.POST or None)

    def do() -> int:
        given = form.cleaned_data
        return actions.request_hearing(by=actor, hearing=given["hearing"], who=given["who"], name=given["name"]).pk

    if request.method == "POST" and form.act(actor, do, case=pk):
        messages.success(request, "听证申请已登记，部门会另行通知听证的时间、地点。")
        return redirect("counter:case", pk)
    if request.method == "GET":
        _demand_one(found.hearings, demand_askable)
    last = max((one.request_by for one in found.hearings if one.request_by), default=None)
    until = f"申请期限到 {last:%Y年%-m月%-d日}，逾期视为放弃。" if last else ""
    words = {
        "question": "登记听证申请",
        "consequence": f"{until}登记后由部门在法定期限内组织听证。",
        "action": "登记",
    }
    return confirm_page(request, found.application, form, words)


@clerk
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Who asked for the hearing comes to the counter and takes that back."""
    found, actor = queries_case.case(request.actor, pk), request.actor
    asked = [one for one in found.hearings if one.requested_on]
    if not asked:
        raise WrongState("这个办件没有听证申请。")
    form = WithdrawForm(asked, request.POST or None)

    def do() -> int:
        given = form.cleaned_data
        return actions.withdraw_hearing(by=actor, hearing=given["hearing"], reason=given["reason"]).pk

    if request.method == "POST" and form.act(actor, do, case=pk):
        messages.success(request, "听证申请的撤回已登记，不再听证。")
        return redirect("counter:case", pk)
    if request.method == "GET":
        _demand_one(asked, demand_withdrawable)
    who = "、".join(one.asked_by for one in asked)
    words = {
        "question": "登记撤回听证申请",
        "consequence": f"申请听证的是{who}。听证不再举行，部门继续审查；为听证停下的期限继续计算。",
        "action": "登记撤回",
    }
    return confirm_page(request, found.application, form, words)
