"""Applying from home as a list of tasks, saved as it is typed: who applies, the situation, the form by headings, materials, check.

A task is done when nothing in it would be refused; the order is free. What is wrong is named at its field and does not hold back
what is right. The draft belongs to the account: another device shows the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.applications import actions, display, queries
from apps.applications.actions import checklist
from apps.applications.models import Application
from apps.applications.next_step import pre_check_days
from apps.catalog.forms_schema import clean_answers
from apps.directory import queries_mandates
from apps.directory.models import Party
from apps.kit.errors import NotYours, Refused, WrongState
from apps.web import renewal
from apps.web.answering import shown
from apps.web.handout import handout_told
from apps.web.known import known_at_home
from apps.web.once import OnceForm, sent_before
from apps.web.situations import PREFIX, SituationForm, in_words
from apps.web.situations import given as situations_given
from apps.web.stood import StandingForm

from .filling import GroupForm, groups_of
from .handout import task_of
from .lines import lines_of
from .owner import acts_for, citizen, draft_of


class StartForm(OnceForm):
    principal = forms.TypedChoiceField(label="替谁申请", coerce=int, widget=forms.RadioSelect)

    def __init__(self, *args, parties, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["principal"].choices = [(party.pk, party.name) for party in parties]
        if len(parties) == 1:
            self.fields["principal"].initial = parties[0].pk


class SituationsForm(StandingForm, SituationForm):
    """What was answered meanwhile on another page of the same draft stays answered."""

    def __init__(self, row: Application, data=None):
        super().__init__(row.plan["situations"], data)
        self.initial = {PREFIX + code: shown(value) for code, value in row.plan["answers"].items()}
        self.stand([*self.fields])


class CheckForm(OnceForm):
    wants_sms = forms.BooleanField(label="有进展时发短信告诉我", required=False)
    wants_mail = forms.BooleanField(label="有进展时发电子邮件告诉我", required=False)
    declared = forms.BooleanField(label="我已核对，所填内容和提交的材料真实、有效；如有虚假，愿意承担法律责任。")
    seen = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)  # what the page shows (queries.declared_as)


# —— begin ——


@citizen
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, code: str) -> HttpResponse:
    """Who applies; answers given in the guide come along."""
    actor = request.actor
    given = {name: value for name, value in situations_given(request.GET).items() if value}
    name, audience = queries.published(code)
    parties = queries_mandates.principals_for(actor, code)
    # The guide says whom the item is for; who is not among them may still try, and is told why in writing.
    fitting = [party for party in parties if _meant(party, audience)]
    parties = fitting or parties
    mine = {party.pk for party in parties}
    ended = [
        row for row in queries_mandates.mandates_ended(actor.party_ids[0], code=code) if row.principal_id not in mine and _meant(row.principal, audience)
    ]
    told = mine | {row.principal_id for row in ended}
    others = queries_mandates.principals_beside(actor, code)
    beside = [party.name for party in others if party.pk not in told and _meant(party, audience)]
    form = StartForm(request.POST or None, parties=parties)

    def do() -> int:
        try:
            return actions.open_draft(
                by=actor, code=code, situations=given, channel="online", principal=form.cleaned_data["principal"]
            ).pk
        except Refused as refusal:
            if refusal.code != "plan.member":
                raise
            raise Refused(refusal.code, in_words(refusal), refusal.field) from refusal

    if request.method == "POST" and form.act(actor, do, code=code, answers=given):
        return redirect("citizen:mine", form.result)
    return render(
        request,
        "citizen/start.html",
        {
            "form": form,
            "name": name,
            "code": code,
            "fits": bool(fitting) or not audience,
            "ended": ended[:3],
            "beside": [f"{principal}授权您办理的事项里没有“{name}”。" for principal in beside[:3]],
            "begun": [_begun(row) for row in queries.begun(actor, code)],
        },
        status=form.status,
    )


def _meant(party: Party, audience: Sequence[str]) -> bool:
    """Whom the guide names (where it names anybody): whatever is no person is kept as an enterprise."""
    return not audience or party.kind in audience or (party.kind == "enterprise" and bool(set(audience) - {"person"}))


def _begun(row: Application) -> dict:
    """What was begun before, for a notice."""
    if row.number:
        title, action = f"这件事您有一件正在办，编号 {row.number}。", "看办到哪了"
    elif row.clerk_id:  # typed at the counter: nothing here is his to fill in
        title, action = "这件事窗口正在给您录入一份，还没有收件。", "看一看"
    else:
        title = "这件事您以前填过一份，内容还在。"
        action = "接着填" if row.state in Application.BEFORE_RECEIPT else "看预审到哪了"
    return {"title": title, "text": f"申请人：{row.applicant_shown}。", "href": reverse("citizen:mine", args=[row.pk]), "action": action}


# —— the list of tasks ——


def tasks_page(request: HttpRequest, row: Application) -> HttpResponse:
    returned = queries.returned_because(row) if row.state == Application.State.PRE_RETURNED else ""
    told = {"row": row, "agent": acts_for(row, request.actor), "returned": returned, "not_offered": actions.not_offered(row), "renewal": renewal.begun(row), **tasks_of(row)}
    return render(request, "citizen/tasks.html", told)


def tasks_of(row: Application) -> dict:
    """{"tasks", "ready", "waiting", "typed_here", "done"}: what is done, by the same judgement that submitting will make."""
    _, faults = clean_answers(row.plan["elements"], row.answers, situations=row.plan["answers"])
    wrong = {(fault.field or "").removeprefix("answers.") for fault in faults}
    entries = list(row.materials.all())
    typed_here = actions.filled_in(row, entries)
    missing = checklist.missing(row, entries)
    waiting = [entry for entry in missing if entry.code not in typed_here and not entry.promised]
    open_questions = [q for q in row.plan["situations"] if q["code"] not in row.plan["answers"]]
    tasks = []
    if row.plan["situations"]:
        state = "done" if not open_questions else "doing" if row.plan["answers"] else "todo"
        hint = "回答几个问题，只留下您要填、要交的。"
        address = reverse("citizen:draft_situations", args=[row.pk])
        tasks.append({"text": "选择您的情形", "href": address, "state": state, "hint": hint})
    for place, (title, elements) in enumerate(groups_of(row)):
        codes = {element["element"] for element in elements}
        lacking = bool(codes & wrong) or (place == 0 and not row.contact_mobile)
        begun = any(code in row.answers for code in codes)
        state = "done" if not lacking else "doing" if begun else "todo"
        address = reverse("citizen:draft_form", args=[row.pk, place + 1])
        tasks.append({"text": f"填写{title}", "href": address, "state": state})
    asked = [entry for entry in checklist.asked(row, entries) if entry.code not in typed_here]
    if asked:
        state = "done" if not waiting else "doing" if len(waiting) < len(asked) else "todo"
        note = f"还有 {len(waiting)} 件" if waiting else ""
        address = reverse("citizen:draft_materials", args=[row.pk])
        tasks.append({"text": "上传材料", "href": address, "state": state, "note": note or None})
    handout = task_of(row)
    if handout:
        tasks.append(handout)
    # As at the counter: only with every question answered the list is the right one.
    ready = not wrong and not open_questions and bool(row.contact_mobile) and not (handout and handout["state"] == "doing")
    address = reverse("citizen:draft_check", args=[row.pk])
    tasks.append({"text": "核对并提交", "href": address if ready else "", "state": "todo" if ready else "later"})
    done = sum(task["state"] == "done" for task in tasks)
    return {"tasks": tasks, "ready": ready, "waiting": waiting, "typed_here": typed_here, "done": done}


# —— the tasks ——


@citizen
@require_http_methods(["GET", "POST"])
def situations(request: HttpRequest, pk: int) -> HttpResponse:
    row = draft_of(request, pk)
    if not row.plan["situations"]:  # nothing to ask: somebody kept the address
        return redirect("citizen:mine", pk)
    form = SituationsForm(row, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = {name: value for name, value in situations_given(form.cleaned_data).items() if value}
        try:
            row = actions.save_draft(by=request.actor, application=pk, situations=given)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            left = [q["question"] for q in row.plan["situations"] if q["code"] not in row.plan["answers"]]
            if not left or "all" in request.POST:
                return redirect("citizen:mine", pk)
            messages.info(request, f"已保存。还有 {len(left)} 个问题没有回答：{'、'.join(f'“{question}”' for question in left)}。")
            return redirect("citizen:draft_situations", pk)
    return render(request, "citizen/situations.html", {"row": row, "form": form}, status=form.status)


@citizen
@require_http_methods(["GET", "POST"])
def fill(request: HttpRequest, pk: int, place: int) -> HttpResponse:
    """One heading of the form. A script sends it while it is typed (X-Autosave) and gets told what was kept."""
    row = draft_of(request, pk)
    groups = groups_of(row)
    if not 1 <= place <= len(groups) and request.method == "GET":
        raise NotYours
    data, known = request.POST if request.method == "POST" else None, known_at_home(row, request.actor.party_ids[0])
    form = GroupForm(row, min(max(place, 1), len(groups)) - 1, data, known)
    if request.method == "POST" and form.is_valid():
        faults, stood = form.keep(request.actor)
        if request.headers.get("X-Autosave"):
            return JsonResponse({"saved": True, "faults": [fault.message for fault in faults], "stood": stood})
        for fault in faults:
            form.add_error(form._field_for(fault.field), fault.message)
        if not faults and form.moved:
            messages.info(request, "情形在别处改过，表单已按新的情形列出；您填的还要用的内容已经存好，请再看一遍。")
            return redirect("citizen:mine", pk)
        if not faults:
            follows = reverse("citizen:draft_form", args=[pk, place + 1]) if place < len(groups) else ""
            return redirect(follows if "next" in request.POST and follows else reverse("citizen:mine", args=[pk]))
    told = {"row": row, "form": form, "place": place, "places": len(groups)}
    return render(request, "citizen/fill.html", told, status=form.status)


@citizen
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything once more, the declaration, then handed in for good or to be looked through first."""
    try:
        row = draft_of(request, pk)
    except WrongState:
        if sent_before(request):
            return redirect("citizen:mine", pk)
        raise
    state = tasks_of(row)
    if not state["ready"]:
        messages.info(request, "还有没填完的内容，填完后再核对提交。")
        return redirect("citizen:mine", pk)
    chosen, seen = {"wants_sms": row.wants_sms, "wants_mail": row.wants_mail}, queries.declared_as(row)
    form = CheckForm(request.POST if request.method == "POST" else None, initial=chosen | {"seen": seen})
    if not request.user.email:
        form.fields["wants_mail"].help_text = "您的账号还没有邮箱，可以在“通知方式”里填。"

    def do() -> int:
        wanted = {name: form.cleaned_data[name] for name in chosen}
        actions.save_draft(by=request.actor, application=pk, **wanted)
        verb = actions.submit if "pre_check" in request.POST else actions.receive
        return verb(by=request.actor, application=pk, seen=form.cleaned_data["seen"]).pk

    asked = {"application": pk, "pre": "pre_check" in request.POST, "state": row.state}  # sent back by the counter, it is handed in anew
    if request.method == "POST" and form.act(request.actor, do, **asked):
        messages.success(request, "已提交预审。" if "pre_check" in request.POST else "已提交，收件凭证在下面的文书里。")
        return redirect("citizen:mine", pk)
    if form.is_bound:
        form.data = form.data.copy()
        if form.data.get("seen", "") not in ("", seen):
            form.data.pop("declared", None)  # of what the page shows now nobody has said so yet
        form.data["seen"] = seen
    entries = list(row.materials.all())
    parts = {title: ["citizen:draft_form", pk, place] for place, (title, _) in enumerate(groups_of(row), 1)}
    parts.setdefault(display.SITUATION, ["citizen:draft_situations", pk])
    groups = [
        (title, rows, reverse(parts[title][0], args=parts[title][1:]))
        for title, rows in display.groups(display.answers(row, masked=False))
    ]
    told = {"row": row, "form": form, "groups": groups, "lines": lines_of(row, checklist.asked(row, entries)), **state}
    handout, chosen_here = handout_told(row, masked=False), task_of(row)
    if chosen_here and not row.handout:
        handout[0]["note"] = "没有选择的，到窗口领取"
    told |= {"handout": handout, "handout_href": reverse("citizen:handout", args=[pk]) if chosen_here else "", "pre_check_days": pre_check_days()}
    return render(request, "citizen/check.html", told, status=form.status)


@citizen
@require_http_methods(["GET", "POST"])
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft, or what was handed in and not received: asked first, then gone with everything typed."""
    if sent_before(request):
        return redirect("citizen:my")
    row = queries.get(request.actor, pk)
    what = "草稿" if row.state in Application.BEFORE_RECEIPT else "申请"
    form = OnceForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.act(request.actor, lambda: actions.discard(by=request.actor, application=pk), application=pk):
        messages.success(request, f"{what}已删除。")
        return redirect("citizen:my")
    if row.state not in actions.DISCARDED:
        raise WrongState("窗口正在预审或者已经收件，不能删除；收件后可以撤回。")
    row.policy(request.actor, "discard", row)
    told = {
        "question": f"删除这份{what}？",
        "consequence": "已填的内容和上传的文件一并删除，不能恢复；窗口也不再看到。",
        "facts": [("事项", row.name), ("申请人", row.applicant_name)],
        "form": form,
        "action": "确认删除",
        "back_url": reverse("citizen:mine", args=[pk]),
    }
    return render(request, "web/confirm.html", told, status=form.status)
