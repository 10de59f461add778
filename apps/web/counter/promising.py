"""At the counter: a signed commitment is registered, and an application is said to renew a certificate."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from apps.applications import actions, queries, queries_afterwards, queries_case
from apps.applications.actions.commitments import demand_choice, promise_of
from apps.applications.models import Application, Commitment, Member
from apps.deadlines.queries import rule
from apps.kit.errors import WrongState
from apps.web.cancelling import why_not
from apps.web.once import OnceForm
from apps.web.renewal import NONE, WORDS, RenewalForm

from .frame import clerk, confirm_page


class CommitmentForm(OnceForm):
    member = forms.TypedChoiceField(label="事项", coerce=int, widget=forms.RadioSelect)
    signed_by = forms.CharField(label="签署人", max_length=100, help_text="本人、法定代表人或者受委托人的姓名。")
    text = forms.CharField(
        label="承诺内容", max_length=4000, help_text="照签名的承诺书填。", widget=forms.Textarea(attrs={"rows": 5})
    )

    def __init__(self, members: list[Member], *args, **kwargs):
        super().__init__(*args, **kwargs)
        choose(self, members)
        if len(members) == 1:
            self.initial["text"] = promise_of(members[0])


def choose(form: forms.Form, members: list[Member]) -> None:
    """One of them; where there is one only, nothing is asked."""
    form.fields["member"].choices = [(one.pk, one.name) for one in members]
    if len(members) == 1:
        form.fields["member"].widget = forms.HiddenInput()
        form.initial["member"] = members[0].pk


def promises(found: queries_case.Case) -> list[Commitment]:
    """Commitments that could be signed: the item offers this way, and it was not chosen yet."""
    return [
        Commitment(application=found.application, member=member)
        for member in found.members
        if member.definition.get("commitment_route")
        and member.state in Member.UNDECIDED
        and member not in {one.member for one in found.commitments}
    ]


def could_renew(found: queries_case.Case) -> bool:
    row = found.application
    running = row.state in (*Application.BEFORE_ACCEPTANCE, *Application.ACCEPTED)
    return running and found.renewal is None and bool(queries_afterwards.renewable(row))


@clerk
@require_http_methods(["GET", "POST"])
def commitment(request: HttpRequest, pk: int) -> HttpResponse:
    """Raises WrongState where no item of the case offers it, or its applicant broke an earlier word."""
    found, actor = queries_case.case(request.actor, pk), request.actor
    members = [one.member for one in promises(found)]
    if not members and request.method == "POST":  # a second click, or somebody was faster: the action says which
        members = found.members
    if not members:
        raise WrongState("这个办件没有可以登记告知承诺的事项：要事项开通、已经受理、还没有决定。")
    form = CommitmentForm(members, request.POST or None)
    if request.method == "POST" and form.act(
        actor,
        lambda: (
            actions.sign_commitment(by=actor, **{k: form.cleaned_data[k] for k in ("member", "signed_by", "text")}).pk
        ),
        case=pk,
    ):
        messages.success(request, "承诺书已登记，部门可以据此决定，准予以后核查。")
        return redirect("counter:case", pk)
    if request.method == "GET" and (barred := why_not(lambda: demand_choice(members[0]))):
        raise WrongState(barred)  # before anything is typed: who broke an earlier word signs for none of them
    words = {
        "question": "登记告知承诺书",
        "consequence": f"申请人自愿选择：签了承诺书先办出，准予后 {rule('commitment_check').value} 个工作日内核查；承诺不实的，限期整改直至撤销，"
        "信用修复以前不再适用告知承诺。",
        "action": "登记",
    }
    return confirm_page(request, found.application, form, words)


@clerk
@require_http_methods(["GET", "POST"])
def renewal(request: HttpRequest, pk: int) -> HttpResponse:
    """Raises WrongState where the applicant has nothing that this application could renew."""
    row, actor = queries.get(request.actor, pk), request.actor
    found = queries_afterwards.renewable(row)
    form = RenewalForm(found, row.receipt_date, request.POST or None)
    if request.method == "POST" and form.act(
        actor,
        lambda: actions.mark_renewal(by=actor, application=pk, certificate=form.cleaned_data["certificate"]).pk,
        case=pk,
    ):
        messages.success(request, "已登记为延续申请。")
        return redirect("counter:case", pk)
    if not found:
        raise WrongState(NONE)
    return confirm_page(request, row, form, WORDS)


class BeginForm(OnceForm):
    member = forms.TypedChoiceField(label="哪一个事项的证照", coerce=int, widget=forms.RadioSelect)

    def __init__(self, members: list[Member], *args, **kwargs):
        super().__init__(*args, **kwargs)
        choose(self, members)


@clerk
@require_http_methods(["GET", "POST"])
def begin_renewal(request: HttpRequest, pk: int) -> HttpResponse:
    """From a case whose certificate will end: a new draft with the same applicant and answers."""
    row, actor = queries.get(request.actor, pk), request.actor
    members = queries_afterwards.to_renew(row.members.select_related("commitment"))
    form = BeginForm(members, request.POST or None)
    if request.method == "POST" and form.act(
        actor, lambda: actions.open_renewal(by=actor, member=form.cleaned_data["member"]).pk, case=pk
    ):
        return redirect("counter:work", form.result)
    if not members:
        raise WrongState("这个办件没有可以申请延续的证照：要在有效期内、有届满日，而且没有在办或者已经准予的延续。")
    words = {
        "question": "为这份证照申请延续",
        "consequence": "新开一件同一事项的申请，带出申请人和上次填的内容；请核对有没有变化。收件时登记为这份证照的延续申请。",
        "action": "新开延续申请",
    }
    return confirm_page(request, row, form, words)
