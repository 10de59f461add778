"""征求意见 at the desk: ask other departments about a member, answer what is asked of one's own, resolve a conflict as the lead."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from apps.applications import actions, consulted, queries, queries_review
from apps.applications import queries_consultation as found
from apps.applications.actions.consulting import NOT_ASKED, TOO_LATE
from apps.applications.actions.holding import days_left
from apps.applications.models import Consultation, Job, Member, Opinion
from apps.deadlines.queries import rule
from apps.journal.actor import Actor
from apps.kit.paging import keyset_page
from apps.web import typed
from apps.web.access import staff
from apps.web.once import OnceForm

from .forms import ReasonForm
from .frame import CASE_ROLES, DESK_ROLES, side

ROWS = {"rows": 4, "class": "w-full"}


class AskForm(OnceForm):
    question = forms.CharField(
        label="征求什么意见",
        max_length=2000,
        help_text="被征求的部门只看得到这段话、事项名称和附送的材料，请把需要的情况写清楚。",
        widget=forms.Textarea(attrs=ROWS),
    )
    departments = forms.MultipleChoiceField(label="向哪些部门", widget=forms.CheckboxSelectMultiple)
    materials = forms.MultipleChoiceField(
        label="附送的材料",
        required=False,
        help_text="只附需要看的；不附的，对方打不开。",
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.IntegerField(
        label="几个工作日以内答复",
        required=False,
        min_value=1,
        max_value=60,
        widget=forms.NumberInput(attrs={"class": "w-xs"}),
    )

    def __init__(self, member: Member, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["departments"].choices = [(one.code, one.name) for one in consulted.askable(member)]
        own = [line for line in member.application.listed if member.code in line["needed_by"]]
        self.fields["materials"].choices = [(line["material"], line["name"]) for line in own]
        if not own:
            del self.fields["materials"]
        standard = rule("consultation").value
        self.fields["days"].help_text = f"不填的按 {standard} 个工作日；办理期限照常计算，应早于办结期限。"


class AnswerForm(OnceForm):
    answer = forms.ChoiceField(label="意见", choices=Opinion.Answer.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label="理由", max_length=2000, help_text="写明事实和依据。", widget=forms.Textarea(attrs=ROWS)
    )
    conditions = forms.CharField(
        label="条件",
        max_length=2000,
        required=False,
        help_text="选“附条件同意”的写明是什么条件，其他不填。",
        widget=forms.Textarea(attrs={**ROWS, "rows": 3}),
    )


class ResolveForm(OnceForm):
    seen = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)  # the opinions that the page shows
    reason = forms.CharField(
        label="怎样处理和理由",
        max_length=2000,
        help_text="写明采纳哪些意见、不采纳哪些意见和为什么；至少 10 个字，记入办件经过。",
        widget=forms.Textarea(attrs=ROWS),
    )


def _job_of(actor: Actor, member: Member) -> Job | None:
    """The actor's own job of this member, whose page leads back."""
    job = queries_review.job_of_mine(actor, member.application)
    return job if job is not None and job.member_id == member.pk else None


@require_GET
@staff(*DESK_ROLES)
def opinions(request: HttpRequest) -> HttpResponse:
    """征求我的意见: what waits for an answer, nearest day first; what was answered."""
    over = "over" in request.GET
    rows = found.opinions_for(request.actor, over=over)
    page = keyset_page(rows, ("-id",) if over else ("due_on", "id"), request.GET.get("page"))
    return render(request, "review/opinions.html", {"page": page, "over": over, "side": side(request)})


@staff(*DESK_ROLES)
def opinion(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of who is asked: the question, what was enclosed, the answer."""
    actor, seen, form = request.actor, found.asked(request.actor, pk), AnswerForm(request.POST or None)

    def do() -> int:
        given = form.cleaned_data
        return actions.answer_opinion(
            by=actor, opinion=pk, answer=given["answer"], reason=given["reason"], conditions=given["conditions"]
        ).pk

    if request.method == "POST" and form.act(actor, do, opinion=pk):
        messages.success(request, "意见已答复，征求意见的部门看得到。")
        return redirect("review:opinion", pk)
    row = seen.opinion
    may_answer = queries.may(actor, "answer", row)
    told = {
        "row": row,
        "asked": row.consultation,
        "member": row.consultation.member,
        "application": row.application,
        "materials": seen.materials,
        "form": form,
        "may_answer": may_answer,
        "kept_apart": queries.why_not(actor, "answer", row),
        "typed": typed.told(request) if row.answer_given or not may_answer else [],
        "side": side(request),
    }
    return render(request, "review/opinion.html", told, status=form.status)


@require_GET
@staff(*DESK_ROLES)
def consultations(request: HttpRequest) -> HttpResponse:
    """我征求的意见: what the department has asked or has to resolve as the lead."""
    over = "over" in request.GET
    page = keyset_page(found.consultations_for(request.actor, over=over), ("-id",), request.GET.get("page"))
    return render(request, "review/consultations.html", {"page": page, "over": over, "side": side(request)})


@staff(*CASE_ROLES)
def consultation(request: HttpRequest, pk: int) -> HttpResponse:
    """All answers side by side; the lead resolves a conflict here."""
    actor, row = request.actor, found.consultation(request.actor, pk)
    form = ResolveForm(request.POST or None, initial={"seen": consulted.heard(row.answers)})

    def do() -> int:
        given = form.cleaned_data
        return actions.resolve_consultation(by=actor, consultation=pk, reason=given["reason"], seen=given["seen"]).pk

    if request.method == "POST" and form.act(actor, do, consultation=pk):
        messages.success(request, "已写明怎样处理，可以作出决定。")
        return redirect("review:consultation", pk)
    if form.is_bound:
        form.data = form.data.copy()
        form.data["seen"] = consulted.heard(row.answers)  # the page shows the opinions of now
    job = _job_of(actor, row.member)
    told = {
        "one": row,
        "member": row.member,
        "application": row.application,
        "form": form,
        "may_resolve": row.disputed and queries.may(actor, "resolve", row),
        "may_recall": queries.may(actor, "recall", row),
        "back": _back(actor, row, job),
        "side": side(request),
    }
    return render(request, "review/consultation.html", told, status=form.status)


def _back(actor: Actor, row: Consultation, job: Job | None) -> str:
    """Whence one came: the own job, the department's list, or the case at the supervisor's desk, who has no such list."""
    if job:
        return reverse("review:job", args=[job.pk])
    return reverse("review:consultations") if actor.roles & set(DESK_ROLES) else reverse("oversight:case", args=[row.application_id])


@staff(*CASE_ROLES)
def consult(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` = the member that the question is about."""
    actor, member = request.actor, found.member_to_ask(request.actor, pk)
    form = AskForm(member, request.POST or None)

    def do() -> int:
        given = form.cleaned_data
        return actions.consult(
            by=actor,
            member=pk,
            departments=given["departments"],
            question=given["question"],
            materials=given.get("materials", ()),
            days=given["days"],
        ).pk

    if request.method == "POST" and form.act(actor, do, member=pk):
        messages.success(request, "已征求意见，对方会收到消息；到期没有答复的，如实记录。")
        return redirect("review:consultation", form.result)
    job = _job_of(actor, member)
    told = {
        "member": member,
        "application": member.application,
        "over": _closed(member) if request.method == "GET" else "",
        "form": form,
        "back": reverse("review:job", args=[job.pk]) if job else reverse("review:consultations"),
        "side": side(request),
    }
    return render(request, "review/consult.html", told, status=409 if told["over"] else form.status)


def _closed(member: Member) -> str:
    """Why nothing is asked (any more), before anything is typed."""
    if member.state not in Member.UNDECIDED:
        return NOT_ASKED
    left = days_left(member)
    return TOO_LATE if left is not None and left < 1 else ""


@staff(*CASE_ROLES)
def recall(request: HttpRequest, pk: int) -> HttpResponse:
    actor, row, form = request.actor, found.consultation(request.actor, pk), ReasonForm(request.POST or None)

    def do() -> int:
        return actions.recall_consultation(by=actor, consultation=pk, reason=form.cleaned_data["reason"]).pk

    if request.method == "POST" and form.act(actor, do, consultation=pk):
        messages.success(request, "已撤回征求意见。")
        return redirect("review:consultation", pk)
    if form.status != 403:
        row.policy(actor, "recall", row)
    told = {
        "question": "撤回征求意见？",
        "consequence": "还没有答复的部门不用再答复；已经答复的意见保留。",
        "action": "确认撤回",
        "facts": _facts(row),
        "form": form,
        "back": reverse("review:consultation", args=[pk]),
        "side": side(request),
    }
    return render(request, "review/consultation_act.html", told, status=form.status)


def _facts(row: Consultation) -> list[tuple[str, str]]:
    waiting = "、".join(one.department.label for one in row.answers if one.standing == Opinion.State.ASKED)
    return [("办件编号", row.application.number), ("事项", row.member.name), ("还没有答复", waiting)]


def may_consult(actor: Actor, member: Member) -> bool:
    return member.state in Member.UNDECIDED and queries.may(
        actor, "ask", Consultation(application=member.application, member=member)
    )
