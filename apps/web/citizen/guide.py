"""办事指南: what one item or one-thing asks, costs and takes (XKF 30); with answers to its questions, one's own checklist."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.applications import powers
from apps.catalog import queries, queries_standards
from apps.catalog.compiler import stated
from apps.catalog.plan import compile_plan
from apps.catalog.shelf import shelf
from apps.deadlines.queries import shelf as law_book
from apps.feedback import queries as feedback
from apps.kit.errors import NotYours, Refused
from apps.kit.time import today
from apps.supervision.usual import usual_time
from apps.web import errors, situations
from apps.web.cost import cost, still_open, undecided


@require_GET
def guide(request: HttpRequest, code: str) -> HttpResponse:
    """404, with why, for what is not taken in today. Raises NotYours for what there is not."""
    day = today()
    try:
        told = queries.guide(code, day)
    except NotYours as refusal:
        if refusal.code != "plan.not_in_force":
            raise
        return errors.page(request, 404, errors=[shelf().why_not(code, day, coded=False)], heading="这一项现在不受理")
    version = queries.holding(day).select_related(None).defer("content").get(definition=code)
    given = situations.given(request.GET)
    try:
        plan, refusal = compile_plan(code, given, day), None
    except Refused as caught:
        try:
            plan, refusal = compile_plan(code, {}, day), caught
        except Refused as gone:  # an item that it always holds is withdrawn
            return errors.page(request, 404, errors=[situations.in_words(gone)], heading="这一项现在不受理")
    form = situations.SituationForm(plan["situations"], request.GET if given else None)
    if refusal and form.is_bound:
        form.refuse(refusal)
    context = {"told": told, "plan": plan, "version": version, "form": form, "day": day}
    context["kept"] = {situations.PREFIX + name: value for name, value in given.items()}
    context["asked_before"] = feedback.frequent(code)[:10]
    context["usual"] = usual_time(code)
    context["ways"] = queries.ways_of([version], day)[version.pk]
    context["standard"] = queries_standards.standard_of(code, day)
    context |= _facts(told, plan, given)
    if single := context["single"]:
        law, own = law_book(), stated(single, "notice_days")
        context["notice_days"] = law.rule("notice", day).value if own is None else own
        context["longer"] = powers.to_extend_item(single, day, law)
    context["staff"] = request.actor.kind == "staff"  # who works here applies and asks with an account of his own
    context["online"] = not context["staff"] and bool({"online", "mobile"} & set(context["channels"]))
    return render(request, "citizen/guide.html", context, status=form.status)


def _facts(told: dict, plan: dict, given: dict) -> dict:
    """What the page says that neither guide nor Plan says in one word."""
    members = plan["members"]
    names = {member["code"]: member["name"] for member in members}
    materials = [
        {
            **material,
            "needed_by_names": [names[code] for code in material["needed_by"]],
            "supplied_by_name": names.get(material["supplied_by"]),
        }
        for material in plan["materials"]
    ]
    open_questions = [row for row in plan["situations"] if not given.get(row["code"])]
    content = told["content"]
    maybe = undecided(content, plan["answers"]) if told["kind"] == "item" else []
    # What a question still open may add: nothing is promised without it.
    more = [row for row in told["members"] if still_open(row.get("when") or (), plan["answers"])]
    return {
        "bundle": told["kind"] == "bundle",
        "single": members[0] if told["kind"] == "item" else None,
        "content": content,
        "asked": [material for material in materials if not material["supplied_by"]],
        "supplied": [material for material in materials if material["supplied_by"]],
        "stages": [[member for member in members if member["code"] in stage] for stage in plan["stages"]],
        "departments": list(dict.fromkeys(member["department_name"] for member in members)),
        "visits": max((member["max_visits"] for member in [*members, *more]), default=0),
        "members_open": bool(more),
        "limit_open": bool(more) and not plan["own_limit"],
        "nothing": not members and not more,
        "channels": common_channels(members),
        "fees": [fee | {"item": member["name"]} for member in members for fee in member["fees"]],
        "cost": cost(plan, open_too=bool(maybe)),
        "maybe": maybe,
        "open_questions": len(open_questions),
        "answered": bool(given),
    }


def common_channels(members: list[dict]) -> list[str]:
    """Ways that are open to all members, in the order in which the first names them."""
    if not members:
        return []
    shared = set.intersection(*(set(member["channels"]) for member in members))
    return [channel for channel in members[0]["channels"] if channel in shared]
