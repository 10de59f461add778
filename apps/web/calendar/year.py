"""A year on one page: a grid a month, what differs and why, the versions of the notice, and recounts under way."""

from __future__ import annotations

from calendar import Calendar as Weeks
from datetime import date

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from apps.deadlines import publishing, queries
from apps.deadlines.engine import calendar as kinds
from apps.deadlines.engine.calendar import Calendar
from apps.directory import queries as directory
from apps.directory.policy import is_city
from apps.kit.forms import BaseForm
from apps.kit.time import today

from .frame import keeps_city, own_places, place_name, reader, side

# kind of day -> (mark in the grid, CSS class, word)
DAYS = {
    kinds.WORKDAY: ("", "work", "工作日"),
    kinds.MAKE_UP: ("班", "extra", "调休上班"),
    kinds.WEEKEND: ("", "rest", "周末"),
    kinds.HOLIDAY: ("休", "off", "放假"),
    kinds.GUESSED_WORKDAY: ("", "work", "工作日（推定）"),
    kinds.GUESSED_HOLIDAY: ("休", "off", "法定节假日（推定）"),
    kinds.LOCAL_OPEN: ("开", "extra", "本地上班"),
    kinds.LOCAL_CLOSED: ("停", "off", "本地停业"),
}


class PlaceForm(BaseForm):
    region = forms.ChoiceField(label="节点", required=False)

    def __init__(self, data, region: str):
        super().__init__(data or None, initial={"region": region})
        self.fields["region"].choices = [("", "全市统一安排"), *((node.pk, node.name) for node in directory.nodes())]


@reader
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    return redirect("calendar:year", today().year)


@reader
@require_GET
def show(request: HttpRequest, year: int) -> HttpResponse:
    if year not in queries.YEARS:
        raise Http404
    asked = request.GET.get("region")
    region = _own(request.actor) if asked is None else asked
    form = PlaceForm(request.GET, region)
    if asked and not form.is_valid():
        region = ""
    days = queries.calendar(region=region)
    exceptions = list(queries.exceptions_of(year, region))
    mine = dict(own_places(request.actor)) if request.actor.has("node_admin") else {}
    context = {
        "year": year,
        "form": form,
        "region": region,
        "place": place_name(region),
        "months": [_month(days, year, month) for month in range(1, 13)],
        "working": sum(days.is_working_day(date.fromordinal(n)) for n in _ordinals(year)),
        "provisional": days.arrangement(year) is None,
        "missing": queries.missing_notice(),
        "exceptions": [(row, place_name(row.region), row.region in mine and not row.withdrawn) for row in exceptions],
        "versions": _versions(year),
        "recounts": _recounts(),
        "keeps_city": keeps_city(request.actor),
        "keeps": bool(mine),
        "side": side(request),
    }
    return render(request, "calendar/year.html", context)


def _own(actor) -> str:
    node = next((post.node for post in actor.posts if post.role in ("node_admin", "supervisor")), "")
    return "" if is_city(node) else node


def _ordinals(year: int) -> range:
    return range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal())


def _month(days: Calendar, year: int, month: int) -> dict:
    weeks = [
        [_cell(days, day) if day.month == month else None for day in week]
        for week in Weeks().monthdatescalendar(year, month)
    ]
    return {"month": month, "weeks": weeks}


def _cell(days: Calendar, day: date) -> dict:
    mark, look, word = DAYS[days.kind(day)]
    return {"day": day, "mark": mark, "look": look, "word": word, "reason": days.reason(day)}


def _versions(year: int) -> list[dict]:
    """Each version with the days that it changed against the one before it."""
    rows = list(queries.versions_of(year))
    told = []
    for row, before in zip(rows, [*rows[1:], None], strict=False):
        changes = []
        if before is not None:
            old, new = (Calendar([version.as_arrangement()]) for version in (before, row))
            changes = told_changes(publishing.compare(old, new, date(year, 1, 1), date(year, 12, 31)))
        told.append({"row": row, "changes": changes})
    return told


def told_changes(changes: list[publishing.DayChange]) -> list[dict]:
    return [{"day": change.day, "was": DAYS[change.was][2], "now": DAYS[change.now][2]} for change in changes]


def _recounts() -> dict:
    rows = [(row, place_name(row.region)) for row in queries.recounts()]
    return {"rows": rows, "busy": any(row.finished_at is None for row, _ in rows)}


@reader
@require_GET
def progress(request: HttpRequest) -> HttpResponse:
    """How far the recounts are: a part of the year's page, which asks for it again while one is under way."""
    return render(request, "calendar/_progress.html", {"recounts": _recounts()})
