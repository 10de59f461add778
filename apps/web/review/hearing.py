"""The hearing on the review desk: the right to it is told, a request is registered, time and place are notified, its record."""

from __future__ import annotations

from datetime import date, datetime

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.applications import actions, queries_review
from apps.applications.actions.calling_off import demand_dispensable, demand_withdrawable
from apps.applications.actions.hearings import (
    announced,
    demand_askable,
    demand_callable,
    demand_recordable,
    demand_tellable,
    soonest_day,
)
from apps.applications.models import Hearing
from apps.deadlines.engine.telling import day_words, full
from apps.deadlines.queries import NodeCalendar, shelf
from apps.kit.errors import WrongState
from apps.kit.forms import DateInput
from apps.kit.time import BEIJING, beijing_date, today
from apps.web.access import staff
from apps.web.once import OnceForm, SeenForm

from .acts import act, ask, why_not
from .forms import ReasonForm
from .frame import CASE_ROLES, DESK_ROLES


class TellForm(OnceForm):
    interest = forms.CharField(
        label="涉及他人的什么重大利益",
        max_length=1000,
        help_text="写进听证告知书，申请人和利害关系人都会看到。",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    third_parties = forms.CharField(
        label="利害关系人",
        max_length=3000,
        help_text="姓名或名称，一行一个。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RequestForm(OnceForm):
    who = forms.ChoiceField(label="谁申请听证", choices=Hearing.Who.choices, widget=forms.RadioSelect)
    name = forms.CharField(
        label="利害关系人的姓名或名称", max_length=100, required=False, help_text="申请人自己申请的不填。"
    )


class CallForm(SeenForm):
    at = forms.DateField(label="听证日期", widget=DateInput)
    clock = forms.TimeField(
        label="时间", initial="09:00", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    place = forms.CharField(label="地点", max_length=200)
    presider = forms.CharField(
        label="主持人", max_length=60, help_text="由审查该申请的工作人员以外的人员主持（行政许可法第四十八条）。"
    )
    reason = forms.CharField(
        label="为什么要听证", max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    rest_day = forms.BooleanField(label="仍然定在休息日", required=False)

    def __init__(self, *args, asks_reason: bool, days: NodeCalendar, window: tuple[date, date | None], **kwargs):
        super().__init__(*args, **kwargs)
        first, last = window
        self.days, self.fields["at"].help_text = days, f"最早可以定在{full(first)}{f'，最晚{full(last)}' if last else ''}。"
        if not self._on_a_rest_day():
            del self.fields["rest_day"]
        if not asks_reason:
            del self.fields["reason"]
        else:
            self.fields["reason"].help_text = "没有人申请的，写明涉及什么公共利益（行政许可法第四十六条）。"

    def asked(self) -> dict:
        """The second click finds the hearing called, which asks for no reason, and the day of rest notified."""
        asked = {name: value for name, value in super().asked().items() if name != "rest_day"}
        return asked | {"reason": self.data.get("reason", "")}

    def _on_a_rest_day(self) -> bool:
        """The law does not keep hearings to working days: who means it says so once more; not of the day that is notified already."""
        try:
            day = self.fields["at"].clean(self.data.get(self.add_prefix("at"))) if self.is_bound else None
        except ValidationError:
            day = None
        return day not in (None, self.initial.get("at")) and not self.days.is_working_day(day)

    def clean_rest_day(self) -> bool:
        if not self.cleaned_data["rest_day"]:
            day = self.cleaned_data["at"]
            told = f"{full(day)}不是工作日（{day_words(self.days, day)}）：请改一天，或者勾选“仍然定在休息日”。"
            raise ValidationError(told)
        return True


class RecordForm(OnceForm):
    held_on = forms.DateField(label="听证日期", widget=DateInput)
    record = forms.CharField(
        label="听证笔录要点",
        max_length=2000,
        help_text="写明主持人、参加人和笔录要点；决定应当根据听证笔录作出（行政许可法第四十八条）。",
        widget=forms.Textarea(attrs={"rows": 6}),
    )


@staff(*CASE_ROLES)
def tell(request: HttpRequest, pk: int) -> HttpResponse:
    return act(
        request,
        pk,
        TellForm(request.POST or None),
        lambda given: actions.tell_hearing(
            by=request.actor, job=pk, interest=given["interest"], third_parties=given["third_parties"].splitlines()
        ),
        verb="conclude",
        said="听证告知书已出具，申请听证的期限从明天起算。申请人会收到消息；利害关系人请送达告知书。",
        question="告知听证权利",
        consequence="涉及申请人与他人之间重大利益关系的，决定以前应当告知听证权利；申请期限届满前不能作出决定，办理期限照常计算。申请人会收到消息；利害关系人收不到，告知书今天就要送达他们。",
        action="出具听证告知书",
        demand=demand_tellable,
    )


@staff(*DESK_ROLES)
def ask_for(request: HttpRequest, pk: int) -> HttpResponse:
    """A request for a hearing that came to the department."""
    actor, job, form = request.actor, queries_review.job(request.actor, pk), RequestForm(request.POST or None)
    hearing = getattr(job.member, "hearing", None)
    if hearing is None:
        raise WrongState("这个事项没有告知过听证权利，不需要登记申请。")
    hearing.application, hearing.member = job.application, job.member

    def do() -> int:
        given = form.cleaned_data
        return actions.request_hearing(by=actor, hearing=hearing.pk, who=given["who"], name=given["name"]).pk

    if request.method == "POST" and form.act(actor, do, job=pk):
        messages.success(request, "听证申请已登记，请在期限内组织听证。")
        return redirect("review:job", pk)
    if form.status != 403:
        hearing.policy(actor, "request", hearing)
    refused = why_not(demand_askable, hearing) if request.method == "GET" else ""
    return ask(
        request,
        job,
        form,
        question="登记听证申请",
        consequence="从今天起算，应当在法定期限内组织听证；听证以前不能作出决定。",
        action="登记",
        refused=refused,
    )


@staff(*CASE_ROLES)
def call(request: HttpRequest, pk: int) -> HttpResponse:
    job = queries_review.job(request.actor, pk)
    member = job.member
    wanted = getattr(member, "hearing", None) is None and not member.definition.get("hearing_required")

    def do(given: dict):
        at = datetime.combine(given["at"], given["clock"], BEIJING)
        return actions.call_hearing(
            by=request.actor,
            job=pk,
            at=at,
            place=given["place"],
            presider=given["presider"],
            reason=given.get("reason", ""),
            seen=form.held,
        )

    found = shelf()
    ahead, first = found.rule("hearing_notice", today()).value, soonest_day(job.application.node_id, found)
    asked = getattr(member, "hearing", None)
    last = max(asked.hold_by, first) if asked and asked.hold_by else None
    days = found.calendar(job.application.node_id)
    invited = f"利害关系人（{'、'.join(asked.third_parties)}）请另行送达通知书。" if asked and asked.third_parties else ""
    called, standing, told = asked is not None and asked.state == Hearing.State.CALLED, "", {}
    if called:
        at = asked.at.astimezone(BEIJING)
        told = {"at": at.date(), "clock": at.time(), "place": asked.place, "presider": asked.presider}
        standing = f"{at:%Y年%-m月%-d日 %H:%M}，{asked.place}，主持人{asked.presider}"
    form = CallForm(request.POST or None, initial=told, asks_reason=wanted, days=days, window=(first, last)).show(announced(asked))
    return act(
        request,
        pk,
        form,
        do,
        verb="conclude",
        said=f"听证通知书已出具，申请人会收到消息。{invited}",
        question="通知听证的时间、地点",
        consequence=f"应当在举行听证的 {ahead} 个工作日前通知申请人、利害关系人；要改期的，重新通知；时间、地点不变，只换主持人的，听证开始前都可以通知。{invited}",
        action="出具听证通知书",
        demand=demand_callable,
        also=[("已经通知的", standing)] if called else (),
    )


@staff(*CASE_ROLES)
def record(request: HttpRequest, pk: int) -> HttpResponse:
    hearing = getattr(queries_review.job(request.actor, pk).member, "hearing", None)
    notified = beijing_date(hearing.at) if hearing and hearing.at else None  # no other day is taken
    return act(
        request,
        pk,
        RecordForm(request.POST or None, initial={"held_on": notified}),
        lambda given: actions.record_hearing(
            by=request.actor, job=pk, held_on=given["held_on"], record=given["record"]
        ),
        verb="conclude",
        said="听证笔录已登记，可以提出审查意见。",
        question="登记听证笔录",
        consequence="按听证通知书定的时间举行；决定根据听证笔录作出。",
        action="登记",
        demand=demand_recordable,
    )


@staff(*CASE_ROLES)
def call_off(request: HttpRequest, pk: int) -> HttpResponse:
    hearing = getattr(queries_review.job(request.actor, pk).member, "hearing", None)
    invited = "、".join(hearing.third_parties) if hearing else ""
    return act(
        request,
        pk,
        ReasonForm(request.POST or None),
        lambda given: actions.call_off_hearing(by=request.actor, job=pk, reason=given["reason"]),
        verb="conclude",
        said="听证已取消，申请人会收到消息。",
        question="取消这次听证？",
        consequence="听证通知书作废，申请人马上收到消息，看到您写的理由；为听证停下的期限继续计算。"
        + (f"利害关系人（{invited}）请另行告知。" if invited else ""),
        action="确认取消听证",
        demand=demand_dispensable,
    )


@staff(*DESK_ROLES)
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Who asked for the hearing told the department that he wants it no more."""
    actor, job, form = request.actor, queries_review.job(request.actor, pk), ReasonForm(request.POST or None)
    hearing = getattr(job.member, "hearing", None)
    if hearing is None:
        raise WrongState("这个事项没有告知过听证权利，没有听证申请可以撤回。")
    hearing.application, hearing.member = job.application, job.member

    def do() -> int:
        return actions.withdraw_hearing(by=actor, hearing=hearing.pk, reason=form.cleaned_data["reason"]).pk

    if request.method == "POST" and form.act(actor, do, job=pk):
        messages.success(request, "听证申请的撤回已登记，不再听证。")
        return redirect("review:job", pk)
    if form.status != 403:
        hearing.policy(actor, "withdraw", hearing)
    refused = why_not(demand_withdrawable, hearing) if request.method == "GET" else ""
    return ask(
        request,
        job,
        form,
        question="登记撤回听证申请",
        consequence="申请听证的人自己撤回的，才登记；理由写明他怎样提出，会写进经过，凭编号查询的人也看得到，不写利害关系人的姓名。已经通知的听证不再举行，请告诉其他参加人；为听证停下的期限继续计算。",
        action="登记撤回",
        refused=refused,
    )
