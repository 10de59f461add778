"""When clocks turn yellow and red, the rules in force and before, and a new one from a day to come; what a light brings."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from apps.deadlines import publishing, queries
from apps.deadlines.models import Edition
from apps.kit.days import day_cn
from apps.kit.forms import DateInput
from apps.web import labels
from apps.web.once import OnceForm

from .frame import keeper, keeps_city, reader, side

KINDS = [("", "没有单独规定的各类期限"), *labels.CLOCKS.items()]


class LightForm(OnceForm):
    kind = forms.ChoiceField(label="期限", required=False, choices=KINDS)
    valid_from = forms.DateField(
        label="施行日", widget=DateInput, help_text="从这一天起开始的期限按它亮灯，最早为明天。"
    )
    yellow_days = forms.IntegerField(label="黄灯：剩余工作日", min_value=0, max_value=60)
    yellow_percent = forms.IntegerField(label="黄灯：不超过期限的百分之几", min_value=0, max_value=100)
    red_days = forms.IntegerField(label="红灯：剩余工作日", min_value=0, max_value=60)
    red_percent = forms.IntegerField(label="红灯：不超过期限的百分之几", min_value=0, max_value=100)


@reader
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    words = dict(KINDS)
    context = {
        "lights": [(words[row.kind], row) for row in queries.light_rules()],
        "cards": [(words[row.kind], labels.LIGHTS[row.light], row) for row in queries.card_rules()],
        "keeps_city": keeps_city(request.actor),
        "side": side(request),
    }
    return render(request, "calendar/lights.html", context)


@keeper
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    Edition.policy(request.actor, "set_light", None)
    form = LightForm(request.POST or None)

    def do():
        return publishing.set_light_rule(by=request.actor, **form.given).pk

    if request.method == "POST" and form.act(request.actor, do):
        messages.success(request, f"新的亮灯规则从{day_cn(form.cleaned_data['valid_from'])}起施行。")
        return redirect("calendar:lights")
    return render(request, "calendar/light.html", {"form": form, "side": side(request)}, status=form.status)
