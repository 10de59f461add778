"""自查清单: what one needs, where, how long, what it costs and whether one must come, kept under a number and as a PDF."""

from __future__ import annotations

import hashlib

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from apps.catalog import queries, self_check
from apps.catalog.models import SavedCheck
from apps.catalog.plan import compile_plan
from apps.issuance import paper
from apps.kit.errors import NotYours, Refused, Unavailable
from apps.kit.limits import Limit, neighbourhood
from apps.kit.time import now, today
from apps.web import situations
from apps.web.cost import cost

from .guide import common_channels

WRONG = Limit("self_check.wrong")


@require_POST
def keep(request: HttpRequest, code: str) -> HttpResponse:
    """The answers of the guide's form, kept; the page of the checklist follows."""
    row = self_check.keep(code, situations.given(request.POST))
    return redirect("citizen:checklist", row.number)


@require_GET
def checklist(request: HttpRequest, code: str) -> HttpResponse:
    row = _found(request, code)
    return render(request, "citizen/checklist.html", _told(row))


def _found(request: HttpRequest, code: str) -> SavedCheck:
    """Numbers that are none are counted."""
    address = neighbourhood(request.actor.ip)
    WRONG.demand(address)
    try:
        return self_check.find(code)
    except NotYours:
        WRONG.count(address)
        raise


@require_GET
def as_pdf(request: HttpRequest, code: str) -> HttpResponse:
    """The same on paper. Raises Unavailable where the machine cannot print."""
    row = _found(request, code)
    address = settings.SITE_URL.rstrip("/") + reverse("citizen:checklist", args=[row.number])  # on paper: whatever name was asked
    picture = segno.make(address, error="m", micro=False).svg_data_uri(border=1, scale=4)
    told = _told(row) | {"address": address, "qr": picture, "created": now().isoformat(timespec="seconds")}
    source = render_to_string("documents/checklist.html", told)
    try:
        content = paper.leaflet(source, hashlib.sha256(source.encode()).hexdigest()[:32])
    except paper.Unprintable as why:
        raise Unavailable(str(why)) from why
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{row.number}.pdf"'
    return response


def _told(row: SavedCheck) -> dict:
    """As of today: what has changed since it was kept is told by today's rules."""
    day = today()
    guide = queries.guide(row.code, day)
    try:
        plan = compile_plan(row.code, row.answers, day)
    except Refused as changed:  # its questions are others by now
        raise NotYours(message="办事指南已经改了，请重新自查。") from changed
    members = plan["members"]
    names = {member["code"]: member["name"] for member in members}
    asked = [
        {**material, "needed_by_names": [names[code] for code in material["needed_by"]]}
        for material in plan["materials"]
        if not material["supplied_by"]
    ]
    ways = common_channels(members)
    said = urlencode({situations.PREFIX + code: value for code, value in row.answers.items()})
    return {
        "row": row,
        "number": self_check.shown(row.number),
        "guide": guide,
        "plan": plan,
        "asked": asked,
        "answers": [
            (question["question"], _word(question, row.answers[question["code"]]))
            for question in plan["situations"]
            if question["code"] in row.answers
        ],
        "visits": max((member["max_visits"] for member in members), default=0),
        "cost": cost(plan),
        "fees": [fee | {"item": member["name"]} for member in members for fee in member["fees"]],
        "day": day,
        "again": f"{reverse('citizen:guide', args=[row.code])}?{said}",
        "apply": f"{reverse('citizen:start', args=[row.code])}?{said}" if {"online", "mobile"} & set(ways) else "",
    }


def _word(question: dict, value: str) -> str:
    if question["type"] == "boolean":
        return "是" if value == "true" else "否"
    return next((choice["label"] for choice in question.get("choices") or () if choice["value"] == value), str(value))
