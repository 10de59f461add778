"""A supplement asked for during the review: which materials, what is wrong with them, until when."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.applications import actions
from apps.applications.actions.holding import days_left
from apps.applications.actions.review_supplements import STILL_ASKED, TOO_LATE
from apps.applications.models import Job, MaterialEntry, ReviewSupplement
from apps.catalog.forms_schema import shown
from apps.web.access import staff
from apps.web.once import OnceForm

from .acts import ask as again
from .acts import over
from .case import load
from .frame import CASE_ROLES, side


class AskForm(OnceForm):
    """A line for each material of the item: asked for or not, what is wrong, what is required instead."""

    cure_days = forms.IntegerField(
        label="补正期限（工作日）",
        required=False,
        help_text="不填的，按规定的天数；期限照常计算的，不晚于办结期限。",
        min_value=1,
        max_value=60,
        widget=forms.NumberInput(attrs={"class": "w-xs"}),
    )

    def __init__(self, lines: list[MaterialEntry], elements: list[dict], *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.lines, self.elements = lines, elements
        for entry in lines:
            self.fields[f"ask__{entry.code}"] = forms.BooleanField(label=entry.name, required=False)
            self.fields[f"gaps__{entry.code}"] = forms.CharField(
                label=f"“{entry.name}”的问题",
                required=False,
                max_length=500,
                widget=forms.TextInput(attrs={"class": "w-full", "autocomplete": "off"}),
            )
        for element in elements:
            self.fields[f"fields__{element['element']}"] = forms.CharField(
                label=element["name"],
                required=False,
                max_length=500,
                widget=forms.TextInput(attrs={"class": "w-full", "autocomplete": "off"}),
            )
        self.order_fields([*(name for name in self.fields if name != "cure_days"), "cure_days"])

    def clean(self) -> dict:
        """What was written and not ticked would be left out of a notice that is given once."""
        for entry in self.lines:
            if self.cleaned_data.get(f"gaps__{entry.code}") and not self.cleaned_data.get(f"ask__{entry.code}"):
                told = f"写了“{entry.name}”的问题，但没有勾选这份材料：要补正的请勾选，不要补正的请删去所写的问题。"
                self.add_error(f"ask__{entry.code}", told)
        return self.cleaned_data

    def _field_for(self, path: str | None) -> str | None:
        """That nothing was ticked is said at the first line that can be."""
        first = [f"ask__{entry.code}" for entry in self.lines[:1]]
        return first[0] if path == "gaps" and first else super()._field_for(path)

    def asked(self) -> dict:
        """As it was sent: what was asked for is no longer among the lines when the same form comes again."""
        own = ("ask__", "gaps__", "fields__", "cure_days")
        return {name: value for name, value in self.data.items() if name.startswith(own)}

    def boxes(self) -> list[tuple[MaterialEntry, object, object]]:
        return [(entry, self[f"ask__{entry.code}"], self[f"gaps__{entry.code}"]) for entry in self.lines]

    def fields_boxes(self) -> list:
        return [self[f"fields__{element['element']}"] for element in self.elements]

    def wrong(self) -> list[dict]:
        """Answers to be put right, as `ask_in_review` takes them."""
        typed = ((e["element"], self.cleaned_data[f"fields__{e['element']}"]) for e in self.elements)
        return [{"element": code, "problem": problem} for code, problem in typed if problem]

    def gaps(self) -> list[dict]:
        """What `ask_in_review` takes."""
        return [
            {"material": entry.code, "problem": self.cleaned_data[f"gaps__{entry.code}"]}
            for entry in self.lines
            if self.cleaned_data[f"ask__{entry.code}"]
        ]


@staff(*CASE_ROLES)
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    actor = request.actor
    case, job = load(actor, pk)
    lines = askable(case, job)
    form = AskForm(lines, askable_fields(case, job), request.POST or None)

    def do() -> int:
        given = {"gaps": form.gaps(), "fields": form.wrong(), "cure_days": form.cleaned_data["cure_days"]}
        return actions.ask_in_review(by=actor, job=pk, **given).pk

    if request.method == "POST" and form.act(actor, do, job=pk):
        messages.success(request, "补正通知书已出具；期限到了没有补齐的，按现有材料决定。")
        return redirect("review:job", pk)
    if form.status != 403:
        job.policy(actor, "conclude", job)
    waits = any(one.state == ReviewSupplement.State.ASKED and one.member_id == job.member_id for one in case.supplements)
    free = "rectification" in (job.member.definition.get("pause_grounds") or ())
    left = None if free else days_left(job.member)
    late = STILL_ASKED if waits else TOO_LATE if left is not None and left < 1 else ""
    if request.method == "GET" and (refused := over(actor, "conclude", job) or late):
        return again(request, job, form, question="审查中要求补正", action="出具补正通知书", refused=refused)
    told = {
        "job": job,
        "member": job.member,
        "application": case.application,
        "form": form,
        "boxes": form.boxes(),
        "answers": form.fields_boxes(),
        "excluded": free,
        "side": side(request),
    }
    return render(request, "review/ask_supplement.html", told, status=form.status)


def askable(case, job: Job) -> list[MaterialEntry]:
    """The materials of this item that were not asked for before and are no promised gap."""
    before = {gap["material"] for one in case.supplements if one.member_id == job.member_id for gap in one.gaps}
    needed = {line["material"] for line in case.application.listed if job.member.code in line["needed_by"]}
    return [
        entry
        for entry in case.materials
        if entry.code in needed
        and entry.code not in before
        and entry.state != MaterialEntry.State.EXPECTED
        and (entry.in_hand or not entry.promised)
    ]


def askable_fields(case, job: Job) -> list[dict]:
    """The answers that this item needs, was given and that were not asked for before."""
    before = {wrong["element"] for one in case.supplements if one.member_id == job.member_id for wrong in one.fields}
    application = case.application
    return [
        element
        for element in application.form
        if job.member.code in element["needed_by"]
        and element["element"] not in before
        and shown(element, application.answers, application.plan["answers"])
    ]
