"""试办: a dry run of a one-thing before it is published: answers and a day give the Plan and a calendar of dates."""

from __future__ import annotations

import json

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.catalog.plan import compile_draft, summary
from apps.catalog.rehearsal import rehearse
from apps.deadlines.queries import YEARS, calendar
from apps.kit.errors import DomainError
from apps.kit.forms import DateInput
from apps.kit.time import today
from apps.web.situations import SituationForm, given

from .design import entry_of, load, questions_of
from .listing import office


class TryForm(SituationForm):
    day = forms.DateField(label="哪一天受理", required=False, widget=DateInput)

    def clean_day(self):
        day = self.cleaned_data["day"]
        if day and day.year not in YEARS:  # the last day that there is has none after it
            raise forms.ValidationError(f"请填 {YEARS.start} 至 {YEARS.stop - 1} 年的日期：别的年份没有工作日历。")
        return day


@office
@require_GET
def dry_run(request: HttpRequest, pk: int) -> HttpResponse:
    version = load(request, pk)
    answers, entry = given(request.GET), entry_of(version)
    form = TryForm(list(questions_of(version).values()), request.GET or None, initial={"day": today()})
    day = (form.is_valid() and form.cleaned_data.get("day")) or today()
    context = {"version": version, "form": form, "day": day, "tried": bool(request.GET)}
    if request.GET and form.is_valid():
        try:
            plan = compile_draft(entry, answers, day)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            names = {member["code"]: member["name"] for member in plan["members"]}
            rehearsal = rehearse(plan, day, calendar(region=version.definition.region.node_code))
            context |= {
                "plan": plan,
                "names": names,
                "rehearsal": rehearsal,
                "asked": [row for row in plan["materials"] if not row["supplied_by"]],
                "supplied": [
                    (row["name"], names[row["supplied_by"]]) for row in plan["materials"] if row["supplied_by"]
                ],
                "json": json.dumps(summary(plan) | {"standard": plan["standard"]}, ensure_ascii=False, indent=2),
            }
    return render(request, "catalogue/design_try.html", context, status=form.status)
