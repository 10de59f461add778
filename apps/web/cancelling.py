"""注销 as a page of any desk: the holder asks for it at home or at the counter, and takes his request back as long as nobody decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.applications import actions, cancelling, queries
from apps.applications.models import Cancellation, Member
from apps.journal.actor import Actor
from apps.kit.errors import DomainError, WrongState

from .once import OnceForm

Original = Cancellation.Original
RETURNED = "原件已经交回"
LOST = "原件已经遗失"
TO_COME = "原件以后交回受理窗口"
OPENED = "这份证照没有等待决定的注销申请，可能已经撤回，或者部门已经决定。"


NOT_WANTED = "没有等着交回的原件：没有申请注销，或者原件已经登记交回。"


class AskForm(OnceForm):
    reason = forms.CharField(label="为什么注销", max_length=500, help_text="例如“门店转让，不再经营”。", widget=forms.Textarea(attrs={"rows": 3}))
    original = forms.ChoiceField(label="证照原件", widget=forms.RadioSelect)

    def __init__(self, data=None, *, at_home: bool):
        super().__init__(data)
        seen = [] if at_home else [(Original.RETURNED, RETURNED)]
        self.fields["original"].choices = [*seen, (Original.TO_COME, TO_COME), (Original.LOST, LOST)]
        if at_home:  # who has it in his hands says what became of it; nobody registers a return by not looking
            self.initial["original"] = Original.TO_COME


class TakeBackForm(OnceForm):
    reason = forms.CharField(label="为什么撤回", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


def could_ask(by: Actor, members: Iterable[Member], cancellations: Iterable[Cancellation]) -> list[Member]:
    """For whose certificates the way to it is shown; what else stands against it is told on the page itself."""
    going = {one.member_id for one in cancellations if one.state in (Cancellation.State.ASKED, Cancellation.State.GRANTED)}
    return [
        one
        for one in members
        if in_hands(one) and one.pk not in going and queries.may(by, "ask", Cancellation(application=one.application, member=one))
    ]


def in_hands(member: Member) -> bool:
    """Something that could be cancelled is with its holder and in force."""
    given = member.decision == "granted" and member.state in cancelling.GIVEN and not (member.cancelled_on or member.revoked_on)
    return given and cancelling.lasts(member)


def could_withdraw(by: Actor, cancellations: Iterable[Cancellation]) -> list[Cancellation]:
    asked = [one for one in cancellations if one.state == Cancellation.State.ASKED]
    return [one for one in asked if queries.may(by, "withdraw", one)]


def could_take(by: Actor, cancellations: Iterable[Cancellation]) -> list[Cancellation]:
    """Whose original may still come in."""
    open_ones = [one for one in cancellations if one.state in one.WANTS_ORIGINAL and one.original != Original.RETURNED]
    return [one for one in open_ones if queries.may(by, "take_original", one)]


def ask_page(request: HttpRequest, member: Member, *, back: str, template: str, **told) -> HttpResponse:
    actor = request.actor
    form = AskForm(request.POST if request.method == "POST" else None, at_home=actor.kind == "person")

    def do() -> int:
        given = form.cleaned_data
        return actions.ask_cancellation(by=actor, member=member.pk, reason=given["reason"], original=given["original"]).pk

    if request.method == "POST" and form.act(actor, do, member=member.pk):
        messages.success(request, "注销申请已提交，等部门决定；决定以前证照照常有效，也可以撤回申请。")
        return redirect(back)
    if form.status != 403:
        asked = Cancellation(application=member.application, member=member)
        asked.policy(actor, "ask", asked)
    told |= {
        "question": f"申请注销“{member.name}”的证照？",
        "consequence": "部门准予以后，许可和证照从那天起不再有效，核验和公开的登记都显示已注销，不能恢复；以后还要办的，重新申请。",
        "facts": facts_of(member),
        "form": form,
        "refused": "" if form.is_bound else why_not(lambda: cancelling.demand_askable(member)),
        "action": "申请注销",
        "back_url": back,
    }
    return render(request, template, told, status=form.status)


def withdraw_page(request: HttpRequest, member: Member, *, back: str, template: str, **told) -> HttpResponse:
    """Raises WrongState where nothing waits for a decision."""
    actor, found = request.actor, cancelling.open_request(member)
    form = TakeBackForm(request.POST if request.method == "POST" else None)

    def do() -> int:
        if found is None:
            raise WrongState(OPENED)
        return actions.withdraw_cancellation(by=actor, cancellation=found.pk, reason=form.cleaned_data["reason"]).pk

    if request.method == "POST" and form.act(actor, do, member=member.pk):
        messages.success(request, "注销申请已撤回，证照照常有效。")
        return redirect(back)
    told |= {
        "question": f"撤回“{member.name}”证照的注销申请？",
        "consequence": "部门还没有决定，可以撤回；证照照常有效，以后还可以再申请注销。",
        "facts": [*facts_of(member), *([("申请日", found.asked_on), ("原因", found.reason)] if found else [])],
        "form": form,
        "refused": "" if found or form.is_bound else OPENED,
        "action": "撤回注销申请",
        "plain": True,
        "back_url": back,
    }
    return render(request, template, told, status=form.status)


def original_page(request: HttpRequest, member: Member, *, back: str, template: str, **told) -> HttpResponse:
    """Raises WrongState where no original is wanted."""
    actor, found = request.actor, member.cancellations.filter(state__in=Cancellation.WANTS_ORIGINAL).last()
    form = OnceForm(request.POST if request.method == "POST" else None)

    def do() -> int:
        if found is None:
            raise WrongState(NOT_WANTED)
        return actions.take_original(by=actor, cancellation=found.pk).pk

    if request.method == "POST" and form.act(actor, do, member=member.pk):
        messages.success(request, "原件交回已登记，请转交作出决定的部门。")
        return redirect(back)
    wanted = found is not None and found.original != Original.RETURNED
    told |= {
        "question": f"登记“{member.name}”的证照原件交回",
        "consequence": "收下原件，转交作出决定的部门。",
        "facts": [*facts_of(member), *([("证照编号", found.certificate), ("注销", found.get_state_display())] if found else [])],
        "form": form,
        "refused": "" if wanted or form.is_bound else NOT_WANTED,
        "action": "登记交回",
        "plain": True,
        "back_url": back,
    }
    return render(request, template, told, status=form.status)


def facts_of(member: Member) -> list[tuple[str, object]]:
    paper = cancelling.paper_of(member)
    named = [("证照", f"{paper.title} {paper.number}")] if paper else []
    return [("办件编号", member.application.number), ("事项", member.name), ("持证人", member.application.applicant_shown), *named]


def why_not(judge: Callable[[], object]) -> str:
    """What `judge` says against it, or nothing: asked when a page is opened."""
    try:
        judge()
    except DomainError as refusal:
        return refusal.message
    return ""
