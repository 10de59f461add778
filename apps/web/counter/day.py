"""我的一天: what this clerk did on one day, counted and listed; printed at closing time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.applications import queries_counter
from apps.applications.story_sentences import STORY
from apps.journal.models import Event
from apps.kit.rounding import told

from .desk import a_day, around
from .frame import applicant_of, clerk, side, weekday

TARGET = 20  # minutes for one client (DOMAIN.md 1H)


@dataclass
class Stat:
    label: str
    number: object
    unit: str = "件"
    formula: str = ""


def stats(events: list[Event]) -> list[Stat]:
    by_name = Counter(event.name.partition(".")[2] for event in events)
    with_gap = sum(event.name == "application.accept" and bool(event.facts.get("gaps")) for event in events)
    took = minutes(events)
    found = [
        Stat("预审", by_name["pass_pre_check"] + by_name["return_pre_check"], formula="当日本人看过、答复通过或者退回的网上申请数。"),
        Stat("收件", by_name["receive"], formula="当日本人收件的件数，不含作废重录之前的草稿。"),
        Stat("受理", by_name["accept"], formula="当日本人受理的件数，含容缺受理；不含系统视为受理。"),
        Stat("其中容缺受理", with_gap),
        Stat("一次性告知补正", by_name["ask_supplement"]),
        Stat("登记补正、容缺补交", by_name["take_supplement"] + by_name["supply_gap"] + by_name["take"], "次", "审查阶段的补正也算。"),
        Stat("不予受理、无需办理", by_name["not_accept"] + by_name["not_handle"]),
        Stat("更正、补打", by_name["correct"] + by_name["amend"] + by_name["reprint"], "次"),
    ]
    if took:
        average = told(Decimal(sum(took)) / len(took))
        formula = f"从开始录入到收件，只算当日都在本人手上的 {len(took)} 件；{TARGET} 分钟内 {sum(t <= TARGET for t in took)} 件。"
        found.append(Stat("平均收件用时", average, "分钟", formula))
    return found


def minutes(events: list[Event]) -> list[float]:
    """From opening the draft to its receipt, for those that began and were received in these events."""
    opened = {event.chain: event.at for event in events if event.name == "application.open"}
    return [
        (event.at - opened[event.chain]).total_seconds() / 60
        for event in events
        if event.name == "application.receive" and event.chain in opened
    ]


@clerk
@require_GET
def day(request: HttpRequest) -> HttpResponse:
    """Two reads whatever the day was like: the clerk's own events, and the cases they belong to."""
    chosen = a_day(request.GET.get("day", ""))
    events = queries_counter.acts_of_day(request.actor, chosen)
    cases = queries_counter.cases_of(request.actor, events)
    before, after = around(chosen)
    context = {
        "chosen": chosen,
        "told": weekday(chosen),
        "before": before,
        "after": after,
        "stats": stats(events),
        "rows": [
            {
                "at": event.at,
                "title": STORY[event.name].title if event.name in STORY else event.name,
                "row": cases.get(event.chain),
                "who": applicant_of(cases[event.chain]) if event.chain in cases else "",
            }
            for event in events
            if event.name != "application.open" or (event.chain in cases and cases[event.chain].number is None)
        ],
        "side": side(request),
    }
    return render(request, "counter/day.html", context)
