"""Lists and searches in two cities: what a page costs may follow neither the city's size nor the page's place.

In processor's time, the program's and the database's: pages that were read before lie in memory, and the clock would also tell
of whatever else the machine does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.db.models import Max, Min, QuerySet

from apps.applications import queries, queries_counter, queries_issue, queries_lead, queries_review
from apps.applications.models import Application
from apps.directory.queries import messages_for
from apps.kit.paging import keyset_page
from apps.kit.time import today
from apps.supervision import metrics
from tests import make

from .cities import FEW, MANY, City
from .rounds import Line, Took, in_turn, per_round

SIZE = 50
GOAL = 1.2


@dataclass(frozen=True)
class Listed:
    name: str
    rows: Callable[[], QuerySet]
    order: tuple[str, ...] = ("-id",)

    def page(self, token: str | None = None) -> list:
        return keyset_page(self.rows(), self.order, token, SIZE).rows


def lists() -> list[Listed]:
    """Every list that staff page through, as its page asks for it."""
    clerk, reviewer, head, keeper, issuer, node, whole = (
        make.actor(name)
        for name in (
            "cixi-clerk",
            "scjg-reviewer",
            "scjg-head",
            "scjg-seal",
            "cixi-issue",
            "cixi-supervisor",
            "city-supervisor",
        )
    )
    clock = ("due_key", "id")
    found = [
        Listed("a clerk's cases", lambda: queries.applications_for(clerk).filter(number__isnull=False)),
        Listed("a department's cases", lambda: queries.applications_for(reviewer)),
        Listed("the node's cases", lambda: queries.applications_for(node)),
        Listed("the city's cases", lambda: queries.applications_for(whole)),
        Listed("running", lambda: queries.filtered(queries.applications_for(clerk), state="in_progress,partly_done")),
        Listed("overdue", lambda: queries.filtered(queries.applications_for(clerk), light="overdue")),
        Listed("inbox", lambda: queries_review.by_clock(queries_review.inbox(reviewer)), clock),
        Listed("countersign", lambda: queries_review.by_clock(queries_review.countersign_queue(head)), clock),
        Listed("closed jobs", lambda: queries_review.finished_jobs(reviewer)),
        Listed("misrouted", lambda: queries_review.by_clock(queries_review.misrouted(node)), clock),
        Listed("under check", lambda: queries_counter.under_check(clerk), ("turn", "notice_due", "id")),
        Listed("awaiting", lambda: queries_counter.awaiting(clerk), ("cure_key", "id")),
        Listed("gaps", lambda: queries_counter.gap_cures(clerk), ("gap_cure_by", "id")),
        Listed("pre-checks", lambda: queries_counter.pre_checks(clerk), ("handed_in", "id")),
        Listed("led", lambda: queries_lead.led(reviewer), ("id",)),
        Listed("to be sealed", lambda: queries_issue.seal_queue(keeper), ("decided_on", "id")),
        Listed("to be issued", lambda: queries_issue.issue_queue(issuer), ("decided_on", "id")),
        Listed("handed over today", lambda: queries_issue.issue_register(issuer, today()), ("-at", "-id")),
        Listed("messages", lambda: messages_for(reviewer)),
    ]
    for name in ("received", "decided", "late", "checking", "open", "overdue"):
        found.append(Listed(f"behind the board: {name}", _behind(node, name), metrics.METRICS[name].order))
    return found


def _behind(actor, name: str) -> Callable[[], QuerySet]:
    return lambda: metrics.rows(actor, name, since=today(), until=today())[1]


def searches() -> list[Listed]:
    """What is typed into the box, by a desk, a department and the city; the samples are from the middle of the city."""
    clerk, reviewer, whole = (make.actor(name) for name in ("cixi-clerk", "scjg-reviewer", "city-supervisor"))
    ends = Application.objects.aggregate(Min("pk"), Max("pk"))
    middle = Application.objects.filter(pk__gte=(ends["pk__min"] + ends["pk__max"]) // 2, applicant_kind="enterprise")
    sample = middle.select_related("applicant").order_by("pk").first()
    asked = {
        "a company's name": (whole, sample.applicant_name),
        "a company's name, by a clerk": (clerk, sample.applicant_name),
        "two characters of it": (whole, sample.applicant_name[2:4]),
        "two characters, by a department": (reviewer, sample.applicant_name[2:4]),
        "what is in most names": (clerk, "有限公司"),
        "an item": (clerk, sample.name[:4]),
        "what nobody is called": (whole, "龘齉"),
        "a number": (whole, sample.number),
        "the beginning of a number": (whole, sample.number[:14]),
        "a document's number": (whole, sample.applicant.id_number),
    }
    return [Listed(name, _found(actor, words), queries.order(words)) for name, (actor, words) in asked.items()]


def _found(actor, words: str) -> Callable[[], QuerySet]:
    return lambda: queries.find(actor, words)


DEEP = ("a clerk's cases", "the city's cases", "closed jobs")
PAGE = 1000


def times(few: City, many: City, *, rounds: int, each: int, deep: int = PAGE) -> tuple[Took, dict[str, int]]:
    """And how many rows each of the pages has."""
    runs: dict[str, Callable] = {}
    rows: dict[str, int] = {}
    for city in (few, many):
        with city.entered():
            asked = [*lists(), *searches()]
            for listed in asked:
                name = f"{listed.name} · {city.name}"
                runs[name], rows[name] = city.run(listed.page, each), len(listed.page())
            if city is many:
                for listed in asked:
                    if listed.name in DEEP and (token := _place(listed, deep)):
                        name = f"{listed.name} · page {deep:,}"
                        runs[name], rows[name] = city.run(partial(listed.page, token), each), len(listed.page(token))
    return in_turn(runs, rounds=rounds), rows


def _place(listed: Listed, page: int) -> str | None:
    """The token of that page."""
    return keyset_page(listed.rows(), listed.order, size=SIZE * (page - 1)).next


def lines(took: Took, rows: dict[str, int]) -> list[Line]:
    """Page 1 of each list in the large city over that in the small one; a page far behind over page 1. Where the two have not as
    many rows there is no goal: most of the time goes into showing them."""
    found = []
    for name in took:
        what, _, where = name.partition(" · ")
        if where == FEW:
            continue
        under = f"{what} · {FEW if where == MANY else MANY}"
        facts = {"milliseconds": {one: round(1000 * sorted(took[one])[len(took[one]) // 2], 3) for one in (name, under)}}
        facts["rows"] = {one: rows[one] for one in (name, under)}
        label = what if where == MANY else f"{what}: {where}"
        alike = rows[name] == rows[under]
        found.append(Line(label, per_round(took, name, under), GOAL if alike else None, facts=facts))
    return found
