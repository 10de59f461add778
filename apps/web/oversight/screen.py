"""大屏: today's board for a screen on the wall. It renews itself; every number and its list stand on the board it was opened from."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.kit.replica import may_be_late
from apps.kit.time import now, today
from apps.supervision import queries
from apps.web.access import staff

from . import items
from .board import FIRST, LIGHTS, cards, stat, voices
from .frame import ROLES, Place

ROWS = 6  # as many as 1366×768 holds; the board sorts the latest first
COLUMNS = ("open", *LIGHTS, "decided")


@staff(*ROLES)
@require_GET
@may_be_late
def screen(request: HttpRequest) -> HttpResponse:
    form = Place(request.actor, request.GET or {})
    asked = {"node": form.place, "since": today(), "until": today()}
    found = queries.board(request.actor, **asked)
    by, rows = ("节点", found.nodes) if len(found.nodes) > 1 else ("部门", found.departments)
    context = {
        "form": form,
        "stats": [stat(name, found, asked) for name in FIRST],
        "lights": [stat(name, found, asked) for name in LIGHTS],
        "more": [
            {"label": "按时办结率", "number": found.total.on_time_percent},
            *items.stats(form.nodes, form.place, ("at_most_once",)),
            *cards(request.actor, form.place)[:2],
            *voices(request.actor, form)[:2],
        ],
        "rows": [{"name": row.name, "cells": [(name, row.numbers.get(name, 0)) for name in COLUMNS]} for row in rows[:ROWS]],
        "by": by,
        "left": max(len(rows) - ROWS, 0),
        "as_of": found.as_of,
        "behind": queries.behind(),
        "today": now(),
        "still": "still" in request.GET,
    }
    return render(request, "oversight/screen.html", context, status=form.status)
