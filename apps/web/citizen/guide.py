"""办事指南: what one item or one-thing asks, costs and takes (XKF 30); with answers to its questions, one's own checklist."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.catalog import queries
from apps.catalog.plan import compile_plan
from apps.kit.errors import Refused
from apps.kit.forms import BaseForm
from apps.kit.time import today

PREFIX = "s_"  # of the questions' parameters in the address
MANY_CHOICES = 7  # from here on a list to open instead of radios


class SituationForm(BaseForm):
    """The questions in plain words; whatever is left open keeps nothing that depends on it."""

    def __init__(self, questions: list[dict], data=None):
        super().__init__(data)
        for question in questions:
            self.fields[PREFIX + question["code"]] = _field(question)
        for name, field in self.fields.items():
            field.widget.attrs.setdefault("id", f"id_{name}")


def _field(question: dict) -> forms.Field:
    common = {"label": question["question"], "required": False}
    if question["type"] == "boolean":
        return forms.ChoiceField(choices=[("true", "是"), ("false", "否")], widget=forms.RadioSelect, **common)
    if question["type"] == "choice":
        choices = [(choice["value"], choice["label"]) for choice in question["choices"]]
        if len(choices) >= MANY_CHOICES:
            return forms.ChoiceField(choices=[("", "请选择"), *choices], **common)
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **common)
    number = forms.TextInput(attrs={"class": "w-s", "inputmode": "decimal"})
    return forms.CharField(widget=number, max_length=20, **common)


@require_GET
def guide(request: HttpRequest, code: str) -> HttpResponse:
    """Raises NotYours (404) for what is not published today."""
    day = today()
    told = queries.guide(code, day)
    version = queries.holding(day).select_related(None).defer("content").get(definition=code)
    given = {name.removeprefix(PREFIX): value for name, value in request.GET.items() if name.startswith(PREFIX)}
    try:
        plan, refusal = compile_plan(code, given, day), None
    except Refused as caught:
        plan, refusal = compile_plan(code, {}, day), caught
    form = SituationForm(plan["situations"], request.GET if given else None)
    if refusal and form.is_bound:
        for error in refusal.errors:
            name = PREFIX + (error.field or "").rsplit(".", 1)[-1]
            form.add_error(name if name in form.fields and name not in form.errors else None, error.message)
    context = {"told": told, "plan": plan, "version": version, "form": form, "day": day}
    context["standard"] = queries.standard_of(code, day)
    return render(request, "citizen/guide.html", context | _facts(told, plan, given), status=form.status)


def _facts(told: dict, plan: dict, given: dict) -> dict:
    """What the page says that neither guide nor Plan says in one word."""
    members = plan["members"]
    names = {member["code"]: member["name"] for member in members}
    materials = [
        {
            **material,
            "needed_by_names": [names[code] for code in material["needed_by"]],
            "supplied_by_name": names.get(material["supplied_by"]),
        }
        for material in plan["materials"]
    ]
    open_questions = [row for row in plan["situations"] if not given.get(row["code"])]
    content = told["content"]
    return {
        "bundle": told["kind"] == "bundle",
        "single": members[0] if told["kind"] == "item" else None,
        "content": content,
        "asked": [material for material in materials if not material["supplied_by"]],
        "supplied": [material for material in materials if material["supplied_by"]],
        "stages": [[member for member in members if member["code"] in stage] for stage in plan["stages"]],
        "departments": list(dict.fromkeys(member["department_name"] for member in members)),
        "visits": max((member["max_visits"] for member in members), default=0),
        "channels": _common_channels(members),
        "fees": [fee | {"item": member["name"]} for member in members for fee in member["fees"]],
        "open_questions": len(open_questions),
        "answered": bool(given),
    }


def _common_channels(members: list[dict]) -> list[str]:
    """Ways that are open to all members, in the order in which the first names them."""
    if not members:
        return []
    shared = set.intersection(*(set(member["channels"]) for member in members))
    return [channel for channel in members[0]["channels"] if channel in shared]
