"""What every page of the counter shares: whose page it is, the rooms beside it, names as lists may show them."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from apps.applications.models import Application
from apps.kit.days import day_cn
from apps.kit.masking import mask_id
from apps.web.access import View, staff
from apps.web.anywhere import from_the_counter
from apps.web.once import OnceForm


def clerk(view: View) -> View:
    return staff("clerk")(from_the_counter(view))


def clerk_or_supervisor(view: View) -> View:
    return staff("clerk", "supervisor")(from_the_counter(view))


WEEKDAYS = "一二三四五六日"
ROOMS = [
    ("工作台", "counter:home"),
    ("新收件", "counter:new"),
    ("全部办件", "counter:cases"),
    ("网上预审", "counter:prechecks"),
    ("待核对", "counter:checking"),
    ("待补正", "counter:awaiting"),
    ("容缺待补", "counter:gaps"),
    ("我的一天", "counter:day"),
]


def side(request: HttpRequest) -> list[dict]:
    """Links of the side navigation; a supervisor, who comes for one case, has none."""
    if not request.actor.has("clerk"):
        return []
    rooms = [(text, reverse(name)) for text, name in ROOMS]
    return [{"text": text, "href": href, "current": request.path == href} for text, href in rooms]


def applicant_of(row: Application) -> str:
    """The applicant as a list may show him: a person's name masked, an enterprise's public (DOMAIN.md 4.7)."""
    if row.applicant_id is None:
        return "未录入申请人"
    return row.applicant_shown


def confirm_page(request: HttpRequest, row: Application, form: OnceForm, words: dict) -> HttpResponse:
    """Asked once more before it is done: `words` = question, consequence, action; `more` facts where it is not the whole case alone."""
    context = {
        **words,
        "row": row,
        "form": form,
        "facts": [("办件编号", row.number), ("事项", row.name), ("申请人", applicant_of(row)), *words.get("more", ())],
        "side": side(request),
    }
    return render(request, "counter/confirm.html", context, status=form.status)


def number_of(party) -> str:
    """An identity number masked; the code of an enterprise is public."""
    return mask_id(party.id_number) if party.kind == "person" else party.id_number


def weekday(day: date) -> str:
    return f"{day_cn(day)}（周{WEEKDAYS[day.weekday()]}）"
