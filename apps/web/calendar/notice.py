"""A year's notice: typed, pasted or taken from a file; shown with what it would change; published on a second press."""

from __future__ import annotations

import secrets
from datetime import date, timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.deadlines import publishing, queries
from apps.deadlines.models import CalendarVersion, Edition
from apps.kit.errors import Refused, raise_all
from apps.kit.forms import DateInput
from apps.kit.time import today
from apps.web.once import OnceForm

from .frame import as_seen, changed_since, keeper, side
from .year import told_changes

PASTED = "一行一个或用顿号隔开；可以直接粘贴通知里的写法，如 2月6日（周六）至12日。"
LARGEST = 100_000  # bytes of a file


class NoticeForm(OnceForm):
    standing: CalendarVersion | None = None  # what it was filled in from

    year = forms.IntegerField(label="年份", min_value=queries.YEARS.start, max_value=queries.YEARS.stop - 1)
    notice = forms.CharField(label="文号", max_length=200, help_text="如 国办发明电〔2026〕12号")
    known_from = forms.DateField(label="所知日", widget=DateInput, help_text="通知公布的日子，从这一天起按它计算。")
    sources = forms.CharField(
        label="来源", max_length=2000, widget=forms.Textarea, help_text="网址或文件名，一行一个。"
    )
    days_off = forms.CharField(
        label="放假的日子", max_length=6000, widget=forms.Textarea, help_text=f"安排里的每个休息日，含周末。{PASTED}"
    )
    make_up = forms.CharField(
        label="调休上班的日子", required=False, max_length=3000, widget=forms.Textarea, help_text="只能是周六、周日。"
    )
    what = forms.CharField(label="说明", required=False, max_length=300)

    def given(self) -> dict:
        """An entry of `years`. Raises Refusals naming the fields whose days cannot be read."""
        asked, faults = self.cleaned_data, []
        given = {name: asked[name] for name in ("year", "notice", "known_from", "what")}
        given["sources"] = [line.strip() for line in asked["sources"].splitlines() if line.strip()]
        for name in ("days_off", "make_up"):
            try:
                given[name] = publishing.read_days(asked[name], asked["year"], name)
            except Refused as refusal:
                faults.append(refusal)
        raise_all(faults)
        return given


class FileForm(OnceForm):
    file = forms.FileField(label="日历文件（YAML）", help_text="与装机时读入的日历文件格式相同，years 里只写一年。")


@keeper
@require_http_methods(["GET", "POST"])
def publish(request: HttpRequest) -> HttpResponse:
    Edition.policy(request.actor, "publish", None)
    step = request.POST.get("step", "")
    file = FileForm(request.POST, request.FILES, auto_id="file_%s") if step == "file" else FileForm(auto_id="file_%s")
    form = _form(request, step, file)
    context: dict = {"form": form, "file": file, "has_errors": bool(file.errors), "side": side(request)}
    changed = step == "publish" and changed_since(request, form)
    if step == "publish" and not changed and form.act(
        request.actor, lambda: publishing.publish(by=request.actor, given=form.given()).pk
    ):
        year = form.cleaned_data["year"]
        messages.success(request, f"{year} 年的放假安排已发布，办理中的期限正在逐批重算。")
        return redirect("calendar:year", year)
    if form.is_bound and form.is_valid() and form.attempt(lambda: publishing.checked(form.given())):
        version: CalendarVersion = form.result
        seen = publishing.preview(by=request.actor, version=version)
        context |= {"seen": seen, "changes": told_changes(seen.changes), "version": version, "mark": as_seen(form), "changed": changed}
    status = file.status if file.errors else form.status
    return render(request, "calendar/publish.html", context, status=status)


def _form(request: HttpRequest, step: str, file: FileForm) -> NoticeForm:
    """Empty, as it was sent, or filled in from a file."""
    if step == "file":
        if file.is_valid() and file.attempt(lambda: _entry(file.cleaned_data["file"])):
            return NoticeForm(file.result)
    elif step:
        return NoticeForm(request.POST)
    asked = request.GET.get("year", "")
    year = int(asked) if asked in map(str, queries.YEARS) else today().year + 1
    standing = queries.versions_of(year).first()
    filled = {"days_off": _runs(standing.days_off), "make_up": _runs(standing.make_up)} if standing else {}
    form = NoticeForm(initial={"year": year, "known_from": today(), **filled})
    form.standing = standing
    return form


def _runs(days: list[date]) -> str:
    """A line each, with their year: another year that is typed above them does not take them for its own."""
    lines: list[list[date]] = []
    for day in sorted(days):
        if lines and day - lines[-1][-1] == timedelta(days=1):
            lines[-1].append(day)
        else:
            lines.append([day])
    return "\n".join(" 至 ".join(map(str, dict.fromkeys((line[0], line[-1])))) for line in lines)


def _entry(upload) -> dict:
    if upload.size > LARGEST:
        raise Refused("notice.large", "文件太大，日历文件不会超过 100 KB。", "file")
    years = publishing.read_file(upload.read())
    if len(years) != 1 or not isinstance(years[0], dict):
        raise Refused("notice.years", "一次只发布一年：请在 years 里只留一年。", "file")
    entry = years[0]
    listed = {
        name: "\n".join(map(str, entry[name])) if isinstance(entry.get(name), list) else ""
        for name in ("sources", "days_off", "make_up")
    }
    plain = {name: str(entry.get(name) or "") for name in ("year", "notice", "known_from", "what")}
    return plain | listed | {"once": secrets.token_urlsafe(18)}  # a bound form draws none itself
