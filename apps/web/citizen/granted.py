"""行政许可公开: the register of licences that were granted, for everybody (行政许可法第四十条)."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.applications import queries_granted
from apps.catalog.queries import licences
from apps.directory.queries import nodes
from apps.kit.forms import BaseForm
from apps.kit.ids import names_a_citizen
from apps.kit.paging import keyset_page
from apps.kit.replica import may_be_late
from apps.kit.time import today

PAGE = 20
ORDER = ("-decided_on", "-id")
YEAR = timedelta(days=365)  # shown where nothing is asked for


def _day(label: str) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class RegisterForm(BaseForm):
    q = forms.CharField(
        label="文号、证照编号、办件编号，或者单位名称、统一社会信用代码",
        required=False,
        max_length=60,
        help_text="编号要写全；个人的姓名不公开，不能按姓名查。",
    )
    node = forms.ChoiceField(label="地区", required=False)
    department = forms.ChoiceField(label="部门", required=False)
    item = forms.CharField(label="事项", required=False, max_length=30, help_text="名称里的字，例如“食品”。")
    since = _day("决定日从")
    until = _day("到")

    def __init__(self, data, *, departments):
        super().__init__(data)
        self.fields["node"].choices = [("", "全市"), *((one.code, one.name) for one in nodes())]
        self.fields["department"].choices = [("", "全部部门"), *departments]

    def clean_q(self):
        if names_a_citizen(words := self.cleaned_data["q"]):
            raise forms.ValidationError("身份证号不公开，也不能写在网址里（网址会留在访问日志里）；请按文号、证照编号或者办件编号查。")
        return words

    def clean(self):
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and since > until:
            self.add_error("until", "“到”不能早于“决定日从”，请改日期。")
        return self.cleaned_data


@require_GET
@may_be_late
def register(request: HttpRequest) -> HttpResponse:
    """The newest first; a faulty condition is told and does not narrow."""
    known = licences()
    departments = sorted({(one.department, one.department_name) for one in known}, key=lambda pair: pair[1])
    form = RegisterForm(request.GET, departments=departments)
    form.is_valid()
    chosen = {name: value for name, value in form.cleaned_data.items() if value}
    wanted = [one for one in known if chosen.get("item", "") in one.name]
    codes, at_times = ({one.code for one in wanted if one.always == always} for always in (True, False))
    asked = {name: chosen[name] for name in ("node", "department", "since", "until") if name in chosen}
    recent = not (chosen.get("q") or "since" in asked or "until" in asked)
    if recent:
        asked["since"] = today() - YEAR
    rows = queries_granted.granted(codes=codes, at_times=at_times, words=chosen.get("q", ""), **asked)
    page = keyset_page(rows, ORDER, request.GET.get("page"), PAGE)
    told = {
        "form": form,
        "page": page,
        "rows": queries_granted.lines(page.rows) if page.rows else [],
        "recent": asked["since"] if recent else None,
        "narrowed": bool(chosen),
    }
    return render(request, "citizen/granted.html", told, status=form.status)
