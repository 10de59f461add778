"""A day on which a node differs from the arrangement: registered with a reason, shown first, withdrawn with a reason."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.deadlines import actions, publishing, queries
from apps.deadlines.models import LocalException
from apps.kit.days import day_cn
from apps.kit.forms import DateInput
from apps.web.once import OnceForm

from .frame import as_seen, changed_since, keeper, own_places, place_name, side
from .year import told_changes


class ExceptionForm(OnceForm):
    region = forms.ChoiceField(label="节点", required=False)
    day = forms.DateField(label="日期", widget=DateInput)
    working = forms.ChoiceField(
        label="这一天", choices=[("no", "停业"), ("yes", "照常上班")], widget=forms.RadioSelect, initial="no"
    )
    reason = forms.CharField(label="原因", max_length=200, help_text="如：台风“泰利”停业。会告诉期限变动的办事人。")

    def __init__(self, *args, places: list[tuple[str, str]], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["region"].choices = places

    def given(self) -> dict:
        asked = self.cleaned_data
        return {name: asked[name] for name in ("region", "day", "reason")} | {"working": asked["working"] == "yes"}


class WithdrawForm(OnceForm):
    reason = forms.CharField(label="撤销的原因", max_length=200)


@keeper
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    form = ExceptionForm(request.POST or None, places=own_places(request.actor))
    context: dict = {"form": form, "side": side(request)}
    wanted = request.POST.get("step") == "publish"
    changed = wanted and changed_since(request, form)
    publish = wanted and not changed
    if publish and form.act(request.actor, lambda: actions.set_exception(by=request.actor, **form.given()).pk):
        given = form.given()
        messages.success(request, f"已登记{place_name(given['region'])} {day_cn(given['day'])}，办理中的期限正在逐批重算。")
        return redirect(_page(given["day"].year, given["region"]))
    if form.is_bound and not publish and form.is_valid():
        exception = LocalException(**form.given())
        if form.attempt(lambda: publishing.preview_day(by=request.actor, exception=exception)):
            context |= {"seen": form.result, "changes": told_changes(form.result.changes), "mark": as_seen(form), "changed": changed}
    return render(request, "calendar/exception.html", context, status=form.status)


@keeper
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    row = queries.exception(pk)
    row.policy(request.actor, "withdraw", row)
    form = WithdrawForm(request.POST or None)

    def do():
        return actions.withdraw_exception(by=request.actor, exception=pk, reason=form.cleaned_data["reason"]).pk

    back = _page(row.day.year, row.region)
    if request.method == "POST" and form.act(request.actor, do, exception=pk):
        messages.success(request, "已撤销，办理中的期限正在逐批重算。")
        return redirect(back)
    context = {
        "question": "撤销这条本地例外？",
        "consequence": "这一天恢复按全市统一的安排；经过这一天的期限逐批重算，改了期的会告诉办事人和承办人。",
        "facts": [
            ("节点", place_name(row.region)),
            ("日期", day_cn(row.day)),
            ("这一天", "照常上班" if row.working else "停业"),
            ("原因", row.reason),
        ],
        "form": form,
        "action": "撤销",
        "back_url": back,
    }
    return render(request, "web/confirm.html", context, status=form.status)


def _page(year: int, region: str) -> str:
    return f"{reverse('calendar:year', args=[year])}?region={region}"
