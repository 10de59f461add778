"""What is said of the service, for who may read it. No text of an anonymous rating leads to its case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet, Sum

from apps.applications.models import Application, Member
from apps.deadlines.engine.counting import Limit, due
from apps.deadlines.models import Clock
from apps.deadlines.queries import calendar, rule
from apps.directory import queries as directory
from apps.journal.actor import Actor
from apps.journal.door import Action
from apps.journal.models import Event
from apps.kit.errors import NotYours
from apps.kit.time import beijing_date, today

from . import policy, scale
from .models import Enquiry, Rating, Rectification, Score, visit_label, visit_name

RESULT_STATES = (Application.State.DONE, Application.State.NOT_HANDLED, Application.State.NOT_ACCEPTED)


@dataclass(frozen=True, slots=True)
class Occasion:
    """An event of a case that can be rated, once."""

    name: str  # in addresses
    step: str
    label: str
    unit: str  # the department that answers for it; "" = the hall
    inspection: int | None = None
    round: int | None = None


def occasions(case: Application) -> list[Occasion]:
    """Those that have come: what was handed in is received; each look that was taken at the place; the whole is at its end, or one
    result is out."""
    step, found = Rating.Step, []
    if case.number and case.state != Application.State.VOIDED:
        found.append(Occasion(step.INTAKE, step.INTAKE, step.INTAKE.label, ""))
    for visit in case.inspections.order_by("pk"):
        for round in range(1, visit.round + bool(visit.held_on)):
            name = visit_name(visit.pk, round)
            found.append(Occasion(name, step.VISIT, visit_label(round), visit.organiser_id, visit.pk, round))
    if case.state in RESULT_STATES or case.members.filter(state__in=Member.DECIDED).exists():
        found.append(Occasion(step.RESULT, step.RESULT, step.RESULT.label, unit_of(case)))
    return found


def to_rate(case: Application) -> list[Occasion]:
    """Those that have come and that nobody has rated yet."""
    given = {row.occasion for row in Rating.objects.filter(application=case)}
    return [one for one in occasions(case) if one.name not in given]


def unit_of(case: Application) -> str:
    """Who answers for the result: the lead department of a one-thing, else the department of the item."""
    return case.lead or case.members.order_by("pk").values_list("department_id", flat=True).first() or ""


HALL = "办事大厅（收件、出件的窗口）"


def units_of(case: Application) -> dict[str, str]:
    """{unit: name} of whom a complaint about the case may be: who answers for the result first, the other departments, the hall."""
    departments = [unit_of(case), *case.members.order_by("pk").values_list("department_id", flat=True)]
    names = directory.department_names(filter(None, departments))
    found = {code: names.get(code, code) for code in departments if code}
    return found | {"": f"{directory.region_name(case.node_id)}{HALL}"}


def units_to_pass(row: Rectification) -> dict[str, str]:
    """{unit: name} that a letter may go on to: of a complaint the units of its case. Where nobody speaks for the department any more,
    as when it was merged away, whoever of its node may have taken over its work, and a rating's letter goes there too."""
    found = units_of(row.application) if row.source == Rectification.Source.COMPLAINT else {}
    if row.department and not directory.holders("head", department=row.department):
        found |= {one.pk: one.name for one in directory.successors_of(row.department)}
    return {unit: name for unit, name in found.items() if unit != row.department}


@dataclass(frozen=True, slots=True)
class OwnFeedback:
    """What the applicant's side said of one case, and what it may still say."""

    steps: list[tuple[str, str]]  # (occasion, label) to rate
    ratings: list[Rating]
    rectifications: list[Rectification]


def of_case(actor: Actor, case: Application) -> OwnFeedback:
    """The caller has shown that the actor sees the case; of others of the same side nothing is told."""
    ratings = list(Rating.objects.filter(application=case).select_related("rectification").order_by("pk"))
    mine = [row for row in ratings if row.party_id in actor.party_ids[:1]]
    given = {row.occasion for row in ratings}
    letters = list(Rectification.objects.filter(application=case, party_id__in=actor.party_ids[:1]).order_by("pk"))
    name_units(letters)
    return OwnFeedback(
        steps=[(one.name, one.label) for one in occasions(case) if one.name not in given],
        ratings=mine,
        rectifications=letters,
    )


def name_units(rows: Iterable[Rating | Rectification]) -> None:
    """`unit` on each row, who answers for it: the department's name, or the hall of the node."""
    departments = {row.department for row in rows if row.department}
    names = directory.department_names(departments) if departments else {}
    for row in rows:
        row.unit = names.get(row.department) or f"{directory.region_name(row.node)}办事大厅"


def export_own(actor: Actor) -> dict[str, list[dict]]:
    """What the citizen himself rated, complained of and asked, anonymous or not (PIPL 45)."""
    mine = {"party__in": actor.party_ids[:1]}
    ratings = Rating.objects.filter(**mine).select_related("application").order_by("pk")
    letters = Rectification.objects.filter(**mine, source=Rectification.Source.COMPLAINT).select_related("application").order_by("pk")
    return {
        "ratings": [
            {
                "number": row.application.number,
                "of": row.label,
                "at": row.at,
                "level": scale.levels()[row.level].name,
                "reasons": scale.tag_names(row.tags),
                "text": row.text,
                "anonymous": row.anonymous,
                "again": scale.levels()[row.again].name if row.again else "",
            }
            for row in ratings
        ],
        "complaints": [
            {"number": row.application.number, "on": row.opened_on, "text": row.facts, "state": row.get_state_display(), "answer": row.answer}
            for row in letters
        ],
        "questions": [
            {"at": row.asked_at, "item": row.name, "question": row.question, "state": row.get_state_display(), "answer": row.answer}
            for row in Enquiry.objects.filter(**mine).order_by("pk")
        ],
    }


def rectifications_for(
    actor: Actor, *, state: str = "", source: str = "", overdue: bool = False, node: str = ""
) -> QuerySet[Rectification]:
    """Letters that the actor's unit got or that he oversees, narrowed by what the page offers."""
    rows = Rectification.objects.filter(policy.rectifications(actor)).select_related("application", "rating")
    rows = rows.filter(node=node) if node else rows
    if state == "open":
        rows = rows.filter(state__in=Rectification.OPEN)
    elif state:
        rows = rows.filter(state=state)
    if source:
        rows = rows.filter(source=source)
    return rows.filter(overdue=True) if overdue else rows


def rectification(actor: Actor, pk: int) -> Rectification:
    row = rectifications_for(actor).filter(pk=pk).first()
    if row is None:
        raise NotYours
    return row


def clocks_of(row: Rectification) -> list[Clock]:
    """Of the letter and of the call, also those that have stopped; the caller has shown that the actor sees the letter."""
    mine = Clock.objects.with_intervals().filter(
        root_id=row.application_id, subject_type=row._meta.model_name, subject_id=row.pk
    )
    return list(mine.order_by("started_on", "pk"))


# What is told of a letter's and of a question's events: the title, and the words of it by their names.
STEPS = {
    "rectification.send": ("发出函告", {}),
    "rectification.call_back": ("回访", {"note": "记录"}),
    "rectification.reply": ("整改答复", {"measures": "整改措施", "answer": "答复"}),
    "rectification.appeal": ("申诉", {"reason": "理由"}),
    "rectification.uphold": ("申诉成立", {"reason": "核查结论"}),
    "rectification.overrule": ("申诉不成立", {"reason": "核查结论"}),
    "rectification.verify": ("核查通过", {"words": "核查情况"}),
    "rectification.send_back": ("退回重办", {"reason": "核查情况"}),
    "rectification.pass_on": ("转办给{to}", {"reason": "原因"}),
    "rectification.overdue": ("逾期", {}),
    "enquiry.ask": ("提问", {}),
    "enquiry.pass_on": ("转给{to}", {"reason": "原因"}),
    "enquiry.redate": ("答复期限变动", {"why": "原因"}),
    "enquiry.overdue": ("超期未答复", {}),
    "enquiry.reply": ("答复", {}),
    "enquiry.publish": ("公开到常见问题", {}),
    "enquiry.unpublish": ("不再公开", {"reason": "原因"}),
    "enquiry.withdraw": ("撤回", {}),
}
LATE = {"callback": "回访逾期", "rectify": "整改答复逾期"}


def steps_of(row: Rectification | Enquiry) -> list[dict]:
    """What was done with a letter or a question, in its order: also the words that later ones have replaced on it. The caller has
    shown that the actor sees it."""
    events = [event for event in Event.objects.filter(chain=row.chain).order_by("seq") if event.name in STEPS]
    passed_to = {event.facts["department"] for event in events if event.name in ("enquiry.pass_on", "rectification.pass_on")} - {""}
    names = directory.department_names(passed_to) if passed_to else {}
    unnamed = isinstance(row, Rectification) and row.anonymous
    told = []
    for event in events:
        title, words = STEPS[event.name]
        title = LATE.get(event.facts.get("kind"), title).format(to=names.get(event.facts.get("department"), "办事大厅"))
        facts = [(name, event.facts[fact]) for fact, name in words.items() if event.facts.get(fact)]
        # The minute in which it was said would tell which of the cases of that day it is of.
        at = beijing_date(event.at) if unnamed and event.name == "rectification.send" else event.at
        told.append({"at": at, "title": title, "who": event.by_name if event.by_kind == "staff" else "", "facts": facts})
    return told


def ratings_for(actor: Actor, *, bad: bool = False) -> QuerySet[Rating]:
    """Read only, for the unit and for who oversees it."""
    rows = Rating.objects.filter(policy.rectifications(actor)).select_related("application")
    return rows.filter(level__gte=next(n for n in scale.levels() if scale.is_bad(n))) if bad else rows


def enquiries_for(actor: Actor, *, state: str = "", overdue_on: date | None = None, node: str = "") -> QuerySet[Enquiry]:
    """Those that the actor may answer, oversees or asked himself. `state`: one of theirs, or "published"; `overdue_on`: not answered by that day."""
    rows = Enquiry.objects.filter(policy.enquiries(actor))
    rows = rows.filter(node=node) if node else rows
    if state == "published":
        rows = rows.filter(published_on__isnull=False)
    elif state:
        rows = rows.filter(state=state)
    return rows.filter(state=Enquiry.State.ASKED, reply_by__lt=overdue_on) if overdue_on else rows


def answer_by(node: str = "", asked_on: date | None = None, *, act: Action | None = None) -> date:
    """The last day for the answer to a question of that day (none: today): the statute book's days by the calendar of the node (none:
    the city's). Who writes it down says in which action: the calendar stays until that ends, and a change of it finds the question."""
    on = asked_on or today()
    law = rule("enquiry", on, act=act)
    return due(calendar(region=node or directory.city(), act=act), on, Limit(law.value, law.unit)).due


def enquiry(actor: Actor, pk: int) -> Enquiry:
    row = enquiries_for(actor).filter(pk=pk).first()
    if row is None:
        raise NotYours
    return row


def waiting(actor: Actor, on: date, node: str = "") -> dict[str, int]:
    """How many letters and questions are open, and how many of them past their day: what the lists of the same names show."""
    letters = rectifications_for(actor, state="open", node=node).aggregate(letters=Count("pk"), letters_late=Count("pk", filter=Q(overdue=True)))
    asked = enquiries_for(actor, state=Enquiry.State.ASKED, node=node)
    return letters | asked.aggregate(questions=Count("pk"), questions_late=Count("pk", filter=Q(reply_by__lt=on)))


def frequent(code: str = "", words: str = "") -> QuerySet[Enquiry]:
    """Published questions with their answers, newest first: of one item, or of all that have each of these words, be it in the name of
    the item."""
    rows = Enquiry.objects.filter(published_on__isnull=False)
    if code:
        rows = rows.filter(code=code)
    for word in words.split():
        rows = rows.filter(Q(public_question__icontains=word) | Q(public_answer__icontains=word) | Q(name__icontains=word))
    return rows.order_by("-published_on", "-pk")


@dataclass(frozen=True, slots=True)
class UnitScore:
    unit: str  # name of the department, or of the node's hall
    counts: list[int]  # levels 1 to 5
    total: int
    mean: float | None


def year_to(on: date) -> date:
    """The first day of twelve calendar months that end with this one."""
    return date(on.year - (on.month < 12), on.month % 12 + 1, 1)


def scores(since: date, until: date, nodes: Iterable[str] | None = None) -> list[UnitScore]:
    """Of the months since..until by unit, from the kept counters; the whole first. None = all nodes. Public: it names no person."""
    rows = Score.objects.filter(month__range=(since.replace(day=1), until))
    rows = rows if nodes is None else rows.filter(node__in=nodes)
    found: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    for row in rows.values("node", "department", "level").annotate(n=Sum("value")):
        # A department is one unit, at whatever counters its cases came in.
        unit = ("", row["department"]) if row["department"] else (row["node"], "")
        found[unit][row["level"]] = found[unit].get(row["level"], 0) + row["n"]
    names = directory.department_names({department for _, department in found if department})
    whole: dict[int, int] = defaultdict(int)
    units = []
    for (place, department), counts in found.items():
        for level, n in counts.items():
            whole[level] += n
        name = names.get(department, department) or f"{directory.region_name(place)}办事大厅"
        units.append(_score(name, counts))
    units.sort(key=lambda unit: (-(unit.mean or 0), unit.unit))
    return [_score("合计", whole), *units]


def _score(name: str, counts: dict[int, int]) -> UnitScore:
    row = [counts.get(level, 0) for level in scale.levels()]
    return UnitScore(name, row, sum(row), scale.mean(counts))
