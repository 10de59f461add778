"""为什么是这一天: a due date explained day by day, then and now, for whoever may see the case; and what would become of it
if, for who oversees it or heads the department."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from apps.applications import queries_clocks
from apps.deadlines.engine import counting
from apps.deadlines.queries_what_if import Supposition
from apps.deadlines.queries_why import SIDES, Side, Why
from apps.deadlines.queries_why import why as explained
from apps.issuance.queries import documents_of
from apps.kit.forms import BaseForm
from apps.kit.time import parse_day

from .access import to_sign_in
from .errors import own_path
from .shell import actor_of


@never_cache
@require_GET
def why(request: HttpRequest, pk: int) -> HttpResponse:
    """?as_of=DATE tells it as it was known that evening."""
    actor = actor_of(request)
    if actor.id is None:
        return to_sign_in(request)
    clock, application = queries_clocks.clock(actor, pk)
    told = explained(clock, parse_day(request.GET.get("as_of"), "as_of"))
    papers = {paper.number: paper for paper in documents_of(application.pk)} if told.pauses or told.extension else {}
    here, back = reverse("clock_why", args=[pk]), _back(request)
    return render(
        request,
        "web/why.html",
        {
            "told": told,
            "clock": clock,
            "application": application,
            "sides": [(SIDES[side.name], side) for side in told.sides],
            "months": _months(told),
            "turns": [(turn, papers.get(turn.notice), _link(here, back, as_of=turn.on)) for turn in told.turns],
            "pauses": [(pause, papers.get(pause.notice)) for pause in told.pauses],
            "paper": papers.get(told.extension.notice) if told.extension else None,
            "now": _link(here, back),
            "back": back,
            "suppose": queries_clocks.may_suppose(actor, clock, application),
        },
    )


def _back(request: HttpRequest) -> str:
    return own_path(request, request.GET.get("back", ""))


def _link(here: str, back: str, **more) -> str:
    asked = {**more, **({"back": back} if back else {})}
    return f"{here}?{urlencode(asked)}" if asked else here


def _months(told: Why) -> list[dict]:
    """The days of both limits in one table, by months: [{"month": a day in it, "days": [{"day", "step", "cells", …}]}]."""
    by_day: dict[date, dict] = {}
    for place, side in enumerate(told.sides):
        for step in side.steps:
            row = by_day.setdefault(step.day, {"day": step.day, "step": step, "cells": [""] * len(told.sides)})
            row["cells"][place] = _cell(side, step)
            row["rest"] = row.get("rest", True) and step.what == counting.RESTED
            row["paused"] = row.get("paused", False) or step.what in (counting.PAUSED, counting.HELD)
            row["due"] = row.get("due", False) or step.day == side.due
    lights = {told.yellow_on: "亮黄灯", told.red_on: "亮红灯"}  # on one day only the red one shows
    for day, row in by_day.items():
        row["light"] = lights.get(day, "")
    months = groupby(sorted(by_day.values(), key=lambda row: row["day"]), key=lambda row: row["day"].replace(day=1))
    return [{"month": month, "days": list(days)} for month, days in months]


def _cell(side: Side, step) -> str:
    if step.what == counting.COUNTED:
        # The column's head names the unit: a phone has no room to say it on every line.
        unit = "个<span>工作日</span>" if side.limit.unit == counting.WORKING else "日"
        text = format_html("第{}" + unit, step.number)
    elif step.what == counting.ROLLED:
        text = "" if step.day == side.due else "顺延"
    else:
        text = {counting.RESTED: "不计", counting.PAUSED: "暂停", counting.HELD: "停止计算"}[step.what]
    return format_html("{} 到期", text) if step.day == side.due else text


class SupposeForm(BaseForm):
    pause_from = forms.DateField(label="特别程序从", required=False, help_text="这一天仍计入，次日起不计。")
    pause_to = forms.DateField(label="特别程序到", required=False, help_text="不填就是一直没有结束。")
    extension_days = forms.IntegerField(label="延长天数", required=False, min_value=1, max_value=999)
    approved_on = forms.DateField(label="延长的批准日", required=False, help_text="不填就是今天。")
    decided_on = forms.DateField(label="作出决定的日子", required=False)
    day = forms.DateField(label="日历上改动的一天", required=False)
    working = forms.ChoiceField(label="这一天改为", required=False, choices=[("", "休息"), ("on", "上班")])

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.DateField):
                field.widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "w-s"})

    def supposed(self) -> Supposition:
        given = {**self.cleaned_data, "working": self.cleaned_data["working"] == "on"}
        return Supposition(**given)


@never_cache
@require_GET
def what_if(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole supposition stands in the address, so it can be sent on; nothing is written."""
    actor = actor_of(request)
    if actor.id is None:
        return to_sign_in(request)
    back = _back(request)
    asked = queries_clocks.suppose(actor, pk, Supposition())
    form = SupposeForm(request.GET if any(request.GET.get(name) for name in SupposeForm.base_fields) else None)
    if form.is_bound and form.is_valid() and form.attempt(lambda: queries_clocks.suppose(actor, pk, form.supposed())):
        asked = form.result
    return render(
        request,
        "web/what_if.html",
        {
            "form": form,
            "asked": asked,
            "answer": asked.answer if form.result else None,
            "clock": asked.clock,
            "application": asked.application,
            "why": _link(reverse("clock_why", args=[pk]), back),
            "back": back,
        },
        status=form.status,
    )
