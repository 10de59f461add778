"""监督看板: read in ten seconds, drilled for an hour. Every number opens the rows that it counts."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from apps.deadlines.queries import missing_notice
from apps.feedback import queries as feedback
from apps.gateway import queries as outbound
from apps.kit.days import day_cn
from apps.kit.replica import may_be_late
from apps.kit.rounding import NOTHING, percent
from apps.kit.time import now, today
from apps.supervision import queries, queries_cards, runs
from apps.supervision.metrics import METRICS
from apps.supervision.models import FROM, LIGHTS
from apps.web import sheets
from apps.web.access import staff

from . import items, savings
from .frame import ROLES, Period, Place, asked_again, side

SOURCE = "由办件的每一步自动计数"
FIRST = ("received", "accepted", "decided", "open", "checking")
REST = ("late", "deemed", "supplement", "turned_away", "withdrawn", "lapsed", "revoked", "terminated", "voided", "collected", "instant")
RUNS = (*runs.NAMES, runs.BEYOND)
CHANNELS = tuple(FROM.values())
PRE_CHECK = queries.PRE_CHECK_NAMES
PRE_CHECK_MEANS = {
    "accepted_percent": ("通过后受理率", "通过后受理 ÷ 预审通过，按预审通过日"),
    "clean_percent": ("没有再补的比例", "没有再补 ÷ 通过后受理"),
    "visits_each": ("平均跑窗口次数", "从通过到受理，到窗口交材料、核原件的天数（一天算一次）÷ 通过后受理"),
    "days_each": ("从通过到受理的平均天数", "从预审通过日到受理日的自然日 ÷ 通过后受理；申请人自己的时间也在内"),
}
PRE_CHECK_UNITS = {"visits_each": "次", "days_each": "天"}
COLUMNS = ("received", "accepted", "open", *LIGHTS, "decided", "on_time", "late")
EXPORTED = (*COLUMNS, "checking", *(name for name in REST if name not in COLUMNS), *RUNS, *CHANNELS)
SHARES = {"on_time_percent": "按时办结率", "at_most_once_percent": "最多跑一次率", "instant_percent": "即办件比例"}  # of queries.Line, in the sheet
COUNTED = (
    "收件、受理等按办件数（件），受理不含视为受理；在办、亮灯、办结等按事项数（项），一件事有几个事项就算几项。"
    "一件事的收件和受理在每个参与的部门各算一次，各部门相加会多于合计。"
)
CHART = (("received", "收件"), ("decided", "办结"))


def _href(name: str, asked: dict, department: str = "") -> str:
    # What stands now is told of no period, yet its list leads back to the board that was looked at.
    now_alone = METRICS[name].gauge and asked["since"] == asked["until"] == today()
    given = {
        "node": asked["node"],
        "department": department,
        "since": "" if now_alone else asked["since"].isoformat(),
        "until": "" if now_alone else asked["until"].isoformat(),
    }
    query = urlencode({key: value for key, value in given.items() if value})
    return reverse("oversight:rows", args=[name]) + (f"?{query}" if query else "")


def stat(name: str, board: queries.Board, asked: dict) -> dict:
    metric = METRICS[name]
    return {
        "label": metric.label,
        "number": board.total.numbers.get(name, 0),
        "href": _href(name, asked),
        "formula": metric.formula,
        "name": name,
        "unit": metric.unit,
    }


def channels(board: queries.Board, asked: dict) -> list[dict]:
    """By which ways it came in: the share of each that anything came by, and what the share is made of."""
    whole = board.total.numbers.get("received", 0)
    told = [stat(name, board, asked) for name in CHANNELS if board.total.numbers.get(name)]
    return [
        one | {"number": percent(one["number"], whole), "unit": "", "formula": f"{one['formula']} ÷ 收件 = {one['number']} ÷ {whole}"}
        for one in told
    ]


def _periods(asked: dict) -> list[dict]:
    """Periods that are asked for often, at the node that is looked at."""
    on = today()
    month = on.replace(day=1)
    last = month - timedelta(days=1)
    monday = on - timedelta(days=on.weekday())
    known = [
        ("今天", on, on),
        ("昨天", on - timedelta(days=1), on - timedelta(days=1)),
        ("本周", monday, on),
        ("上周", monday - timedelta(days=7), monday - timedelta(days=1)),
        ("本月", month, on),
        ("上月", last.replace(day=1), last),
        ("今年", on.replace(month=1, day=1), on),
        ("去年", date(on.year - 1, 1, 1), date(on.year - 1, 12, 31)),
    ]
    found = []
    for text, since, until in known:
        query = urlencode({"since": since, "until": until} | ({"node": asked["node"]} if asked["node"] else {}))
        shown = (since, until) == (asked["since"], asked["until"]) and not any(one["current"] for one in found)
        found.append({"text": text, "href": f"?{query}", "current": shown})
    return found


def _table(lines: list[queries.Line], asked: dict, by: str) -> list[dict]:
    """Rows of the table by department or by node; each cell links to its rows."""
    table = []
    for line in lines:
        here = {**asked, "node": line.code} if by == "node" else asked
        department = line.code if by == "department" else ""
        cells = [
            {
                "name": name,
                "label": METRICS[name].label,
                "number": line.numbers.get(name, 0),
                "href": _href(name, here, department),
            }
            for name in COLUMNS
        ]
        table.append({"line": line, "cells": cells})
    return table


def _chart(series: list[dict]) -> dict:
    """Bars of the last days as SVG measures (units of the viewBox): the server draws, no script. `top` 0: nothing to draw."""
    height, width, step = 120, 720, 720 / len(series)
    top = max((row[name] for row in series for name, _ in CHART), default=0)
    bars = []
    for place, row in enumerate(series):
        for turn, (name, label) in enumerate(CHART):
            tall = round(height * row[name] / (top or 1), 1)
            bars.append(
                {
                    "x": round(place * step + 2 + turn * (step - 4) / 2, 1),
                    "y": round(height - tall + 4, 1),
                    "w": round((step - 5) / 2, 1),
                    "h": tall,
                    "kind": name,
                    "title": f"{row['day']:%-m月%-d日} {label} {row[name]}",
                }
            )
    return {"width": width, "height": height + 8, "bars": bars, "top": top}


CARDS = {
    "yellow": ("黄牌", "部门还没有说明原因的黄牌（现在）"),
    "red": ("红牌", "部门还没有说明原因的红牌（现在）"),
    "alert": ("提醒", "环节超期、一次性告知期限将满或者已过，而且还没有办完的提醒（现在）"),
}


def cards(actor, node: str) -> list[dict]:
    counted = queries_cards.waiting(actor, node=node)
    found = []
    for form, (label, formula) in CARDS.items():
        query = urlencode({"state": queries_cards.OPEN, "form": form, **({"node": node} if node else {})})
        href = f"{reverse('cards')}?{query}"
        found.append({"name": form, "label": label, "number": counted[form], "href": href, "formula": formula})
    return found


VOICES = {
    "letters": ("没有办结的函告", "差评和投诉的函告，还没有核查办结的（现在）", "feedback:letters", {"state": "open"}),
    "letters_late": ("其中有逾期", "没有办结的函告里，回访或者整改答复过了期限的（现在）", "feedback:letters", {"state": "open", "overdue": "on"}),
    "questions": ("待答复的咨询", "还没有答复的在线咨询（现在）", "feedback:questions", {"view": "asked"}),
    "questions_late": ("其中超期", "过了答复期限还没有答复的在线咨询（现在）", "feedback:questions", {"view": "overdue"}),
}


def voices(actor, form: Place) -> list[dict]:
    on, node = today(), form.place
    counted, place = feedback.waiting(actor, on, node), {"node": node} if node else {}
    found = [
        {"label": label, "number": counted[name], "href": f"{reverse(page)}?{urlencode(query | place)}", "formula": formula}
        for name, (label, formula, page, query) in VOICES.items()
    ]
    whole = feedback.scores(feedback.year_to(on), on, form.nodes)[0]  # of the nodes that are overseen, as all that stands beside it
    formula = f"十二个自然月里 {whole.total} 条评价的平均分，五个等级按 100、80、60、40、20 计，申诉成立的不计入"
    mean = NOTHING if whole.mean is None else whole.mean
    of = urlencode({"node": form.only} if form.only else {})
    listed = f"{reverse('citizen:ratings')}?{of}" if form.only or form.nodes is None else ""  # the page shows one node or all
    return [{"label": "评价得分", "number": mean, "href": listed, "formula": formula}, *found]


@staff(*ROLES)
@require_GET
@may_be_late
def board(request: HttpRequest) -> HttpResponse:
    form = Period(request.actor, request.GET or {})
    asked = form.asked
    found = queries.board(request.actor, **asked)
    series = queries.series(request.actor, tuple(name for name, _ in CHART), node=asked["node"])
    context = {
        "form": form,
        "asked": asked,
        "periods": _periods(asked),
        "board": found,
        "behind": queries.behind(),
        "rate": _href("on_time", asked),
        "instant": _href("instant", asked),
        "first": [stat(name, found, asked) for name in FIRST],
        "lights": [stat(name, found, asked) for name in LIGHTS],
        "runs": [stat(name, found, asked) for name in RUNS],
        "channels": channels(found, asked),
        "pre_checks": [stat(name, found, asked) for name in PRE_CHECK],
        "pre_check_means": [
            {"label": label, "number": number, "formula": formula, "unit": "" if number == NOTHING else PRE_CHECK_UNITS.get(name, "")}
            for name, (label, formula) in PRE_CHECK_MEANS.items()
            for number in [found.total.pre_check[name]]
        ],
        "rest": [stat(name, found, asked) for name in REST],
        "departments": _table(found.departments, asked, "department"),
        "nodes": _table(found.nodes, asked, "node") if len(found.nodes) > 1 else [],
        "head": [METRICS[name].label for name in COLUMNS],
        "series": series,
        "chart": _chart(series),
        "source": SOURCE,
        "counted": COUNTED,
        "side": side(request),
        "stuck": queries.stuck(request.actor)[:1] or outbound.stuck(request.actor).exists(),
        "silent": queries.unexamined(request.actor, 1)[:1],
        "cards": cards(request.actor, asked["node"]),
        "voices": voices(request.actor, form),
        "missing": missing_notice(),
        "items": items.stats(form.nodes, form.place, items.ON_BOARD),
        "items_source": items.SOURCE,
        "savings": savings.last_year(request.actor, form.place),
        "savings_source": savings.SOURCE,
        "read_at": now(),
    }
    return render(request, "oversight/board.html", context, status=form.status)


@staff(*ROLES)
@require_GET
@may_be_late
def export(request: HttpRequest) -> HttpResponse:
    """The board as a sheet: by department and by node."""
    form = Period(request.actor, request.GET or {})
    if form.errors:
        return asked_again(request, reverse("oversight:board"))
    asked = form.asked
    found = queries.board(request.actor, **asked)
    notes = [
        f"期间：{day_cn(asked['since'])} 至 {day_cn(asked['until'])}；节点：{form.counted or '全部'}",
        f"来源：{SOURCE}；标明“现在”的是数字更新时的现状",
        COUNTED,
    ]
    if found.as_of:
        notes.insert(1, f"数字更新于：{sheets.minute(found.as_of)}")
    lines = [
        ("合计", found.total),
        *(("部门", line) for line in found.departments),
        *(("节点", line) for line in found.nodes),
    ]
    return sheets.workbook(
        "监督看板",
        [
            *["类别", "名称", *(_head(name) for name in EXPORTED), *SHARES.values()],
            *(METRICS[name].label for name in PRE_CHECK),
            *(label for label, _ in PRE_CHECK_MEANS.values()),
        ],
        [
            [kind, line.name, *(line.numbers.get(n, 0) for n in EXPORTED), *(getattr(line, name) for name in SHARES), *_pre_checked(kind, line)]
            for kind, line in lines
        ],
        notes,
    )


def _head(name: str) -> str:
    metric = METRICS[name]
    return f"{metric.label}（{'现在，' if metric.gauge else ''}{metric.unit}）"


def _pre_checked(kind: str, line: queries.Line) -> list:
    """Pre-checks are the counter's: no department has a share of them."""
    if kind == "部门":
        return [""] * (len(PRE_CHECK) + len(PRE_CHECK_MEANS))
    return [*(line.numbers.get(name, 0) for name in PRE_CHECK), *(line.pre_check[name] for name in PRE_CHECK_MEANS)]
