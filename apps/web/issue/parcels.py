"""Results by courier: given away at the desk, followed by their waybill; what the slip says is entered where the courier says nothing."""

from __future__ import annotations

from datetime import datetime, time

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST

from apps.applications import actions, queries, queries_issue, queries_parcels
from apps.applications.models import Parcel
from apps.kit.forms import BaseForm, DateInput
from apps.kit.ids import names_a_citizen
from apps.kit.masking import mask_address, mask_mobile, mask_name
from apps.kit.paging import keyset_page
from apps.kit.time import BEIJING, beijing_date, now, today
from apps.web.access import staff
from apps.web.anywhere import from_the_counter
from apps.web.once import OnceForm

from .forms import DispatchForm, HandOverForm
from .frame import side
from .handing import page_of, post_of, revoked_told

SIGNED, LOST = [("signed", "已签收"), ("returned", "退回来了")], [("lost", "丢失")]
CALLED_OFF = [("called_off", "不寄了：结果还在窗口，快递员没有取走")]

WHERE = [
    ("", "全部"),
    (",".join(Parcel.OPEN), "还没有结果"),
    ("signed", "已签收"),
    ("returned,lost,declined,called_off", "没有送到"),
]


def statuses_of(row: Parcel) -> list[tuple[str, str]]:
    """What may have become of it: nothing that a courier does with what he was never given."""
    if row.state == Parcel.State.REQUESTED:
        return CALLED_OFF
    if row.state in Parcel.GIVEN_UP:
        return SIGNED[:1]
    return [*SIGNED, *LOST, *(CALLED_OFF if row.state in Parcel.NOT_FETCHED else [])]


def recipient_of(row: Parcel) -> str:
    """The applicant as he is shown elsewhere on the page's case: a unit's name is no secret."""
    case = row.application
    return case.applicant_shown if row.recipient == case.applicant_name else mask_name(row.recipient)


class FilterForm(BaseForm):
    """Sent by POST and gone on with by GET, as on every list: no person's number stands in an address."""

    q = forms.CharField(label="运单号或办件编号", required=False, max_length=40)
    state = forms.ChoiceField(label="状态", required=False, choices=WHERE)

    def clean_q(self) -> str:
        if names_a_citizen(self.cleaned_data["q"]):
            raise forms.ValidationError("这里不按身份证号找，请填写运单号或者办件编号。")
        return self.cleaned_data["q"]


class StatusForm(OnceForm):
    status = forms.ChoiceField(
        label="回单或者包裹的情况", choices=[*SIGNED, *LOST, *CALLED_OFF], widget=forms.RadioSelect
    )
    on = forms.DateField(label="签收、退回的日期", widget=DateInput(), help_text="签收的日期就是送达日。")
    signed_by = forms.CharField(
        label="签收人",
        required=False,
        max_length=60,
        help_text="不填就是收件人本人。",
        widget=forms.TextInput(attrs={"class": "w-m"}),
    )
    reason = forms.CharField(
        label="退回、丢失或者不寄了的情况", required=False, max_length=200, widget=forms.TextInput(attrs={"class": "w-full"})
    )

    def __init__(self, row: Parcel, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["status"].widget.choices = statuses_of(row)  # what came of a page that was open before is told in words
        self.unfetched = row.state == Parcel.State.REQUESTED
        if self.unfetched:  # one thing only can be said of it, and of today
            self.initial["status"] = CALLED_OFF[0][0]
            for name in ("status", "on"):
                self.fields[name].widget = forms.HiddenInput()
            del self.fields["signed_by"]
            self.fields["reason"].label = "为什么不寄了"
            self.fields["reason"].required = True
        elif row.state in Parcel.GIVEN_UP:
            self.initial["status"] = SIGNED[0][0]
            self.fields["status"].widget = forms.HiddenInput()
            self.fields["on"].label = "签收的日期"
            del self.fields["reason"]

    def clean(self) -> dict:
        """A signature serves the decision and stands: who wrote why it came back has hit the wrong line."""
        given = super().clean()
        if given.get("status") == SIGNED[0][0] and given.get("reason"):
            self.add_error("reason", "写了退回、丢失的情况，选的却是“已签收”：没有签收的请改选，签收了的请删去。")
        return given

    def _field_for(self, path: str | None) -> str | None:
        return super()._field_for("on" if path == "at" else path)  # the page asks for the day only


@require_POST
@staff("issue_clerk")
@from_the_counter
def dispatch(request: HttpRequest, pk: int) -> HttpResponse:
    """The chosen results go to the courier; a refusal stands on the page of the hand-over."""
    form = DispatchForm(request.POST, auto_id="send_%s")

    def do() -> int:
        return actions.dispatch(by=request.actor, application=pk, members=form.cleaned_data["members"]).pk

    if form.act(request.actor, do, application=pk):
        messages.success(request, "已约快递，运单号稍后显示在这里。")
        return redirect("issue:parcel", form.result)
    application = queries.get(request.actor, pk)
    members = queries_issue.members_of(application)
    return page_of(request, application, members, HandOverForm(initial={"location": post_of(request)}), sending=form)


@require_http_methods(["GET", "POST"])
@staff("issue_clerk")
def parcels(request: HttpRequest) -> HttpResponse:
    """What this desk has sent, the newest first; one by what stands on its slip."""
    form = FilterForm(request.POST if request.method == "POST" else request.GET)
    given = {name: value for name, value in form.cleaned_data.items() if value} if form.is_valid() else {}
    if request.method == "POST" and not form.errors:
        return redirect(f"{reverse('issue:parcels')}?{urlencode(given)}" if given else "issue:parcels")
    states = given["state"].split(",") if given.get("state") else ()
    rows = queries_parcels.find_parcels(request.actor, words=given.get("q", ""), states=states)
    page = keyset_page(rows.none() if form.errors else rows, ("-id",), request.GET.get("page"))
    told = {"page": page, "form": form, "searched": bool(form.errors or given), "side": side(request)}
    return render(request, "issue/parcels.html", told, status=form.status)


@require_http_methods(["GET", "POST"])
@staff("issue_clerk")
def parcel(request: HttpRequest, pk: int) -> HttpResponse:
    row = queries_parcels.parcel(request.actor, pk)
    form = StatusForm(row, request.POST if request.method == "POST" else None, initial={"on": today()})

    def do() -> int:
        given = form.cleaned_data
        at = datetime.combine(given["on"], time(12), BEIJING)  # of another day nobody knows the hour
        if given["on"] in (today(), beijing_date(row.at)):
            at = now() if given["on"] == today() else max(at, row.at)
        told = {"status": given["status"], "signed_by": given.get("signed_by", ""), "reason": given.get("reason", "")}
        return actions.enter_status(by=request.actor, parcel=pk, at=at, **told).pk

    if request.method == "POST" and form.act(request.actor, do, parcel=pk):
        messages.success(request, "已登记。")
        return redirect("issue:parcel", pk)
    inside = list(row.application.members.filter(pk__in=row.members).select_related("commitment"))
    late = bool(actions.to_turn_up(row))
    told = {
        "row": row,
        "names": [member.name for member in inside],
        "revoked": revoked_told(inside),
        "left": any(not member.revoked_on for member in inside),
        "facts": [
            ("收件人", recipient_of(row)),
            ("收件电话", mask_mobile(row.phone)),
            ("收件地址", mask_address(row.address)),
            ("运单号", row.waybill),
            ("签收日（送达日）", row.signed_on),
            ("签收人", mask_name(row.signed_name)),
            ("情况", row.problem),
        ],
        "form": form,
        "may_enter": late or row.state in Parcel.OPEN,
        "late": late,
        "side": side(request),
    }
    return render(request, "issue/parcel.html", told, status=form.status)
