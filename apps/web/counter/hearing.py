"""A request for a hearing that the applicant or a third party brings to the counter."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from apps.applications import actions, queries_case
from apps.applications.actions.hearings import demand_askable
from apps.applications.models import Hearing
from apps.kit.errors import WrongState
from apps.web.once import OnceForm

from .frame import clerk, confirm_page


class HearingForm(OnceForm):
    hearing = forms.TypedChoiceField(label="事项", coerce=int, widget=forms.RadioSelect)
    who = forms.ChoiceField(label="谁申请听证", choices=Hearing.Who.choices, widget=forms.RadioSelect)
    name = forms.CharField(
        label="利害关系人的姓名或名称", max_length=100, required=False, help_text="申请人自己申请的不填。"
    )

    def __init__(self, told: list[Hearing], *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["hearing"].choices = [(one.pk, one.member.name) for one in told]
        if len(told) == 1:
            self.fields["hearing"].widget = forms.HiddenInput()
            self.initial["hearing"] = told[0].pk


def _demand_one_askable(told: list[Hearing]) -> None:
    """Raises WrongState, as of the first, where none of them can be asked for any more."""
    refusals = []
    for one in told:
        try:
            return demand_askable(one)
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
        _demand_one_askable(found.hearings)
    last = max((one.request_by for one in found.hearings if one.request_by), default=None)
    until = f"申请期限到 {last:%Y年%-m月%-d日}，逾期视为放弃。" if last else ""
    words = {
        "question": "登记听证申请",
        "consequence": f"{until}登记后由部门在法定期限内组织听证。",
        "action": "登记",
    }
    return confirm_page(request, found.application, form, words)
