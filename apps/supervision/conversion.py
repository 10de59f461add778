"""What became of the pre-checks that passed (预审转化): kept under the day of the pass, whenever the acceptance came.

    pre_passed    passed on the day
    pre_accepted  of those: accepted since, by a clerk or by the law's silence
    pre_clean     of those accepted: nothing was told to be missing after the pass, neither a supplement nor a tolerated gap
    pre_at_once   of those accepted: without a visit to the window
    pre_visits    visits from the pass through the acceptance: days on which paper was handed in or compared at the counter, not sent
    pre_days      calendar days from the pass to the acceptance (the applicant's own time among them)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.db.models import CharField, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat, TruncDate

from apps.applications.models import Application
from apps.journal.models import Event
from apps.kit.time import BEIJING

from .runs import ORIGINALS, SUPPLEMENT

PASSES = "application.pass_pre_check"
ACCEPTS = ("application.accept", "application.deem_accept")
NAMES = ("pre_passed", "pre_accepted", "pre_clean", "pre_at_once", "pre_visits", "pre_days")


def _told(**where) -> QuerySet[Event]:
    chain = Concat(Value("application:"), Cast(OuterRef("pk"), CharField()))
    return Event.objects.filter(chain=chain, **where)


# Conditions on an Application, for the lists behind the numbers as well.
CLEAN = ~Exists(_told(name="application.ask_supplement")) & ~Exists(
    _told(name="application.accept", facts__gaps__0__isnull=False)
)
# Nobody came with what lay in an envelope; and what a changed situation asks for is brought after the acceptance.
AT_WINDOW = (SUPPLEMENT | ORIGINALS & Q(name__in=("application.accept", "application.ask_supplement"))) & ~Q(facts__has_key="by_mail")
AT_ONCE = ~Exists(_told().filter(AT_WINDOW))


def measured(passed: Iterable[int] | None = None, accepted: Iterable[int] | None = None) -> Counter:
    """{(day, node, "", name): value} of the applications that passed, and of those accepted after it; None = all."""
    rows = Application.objects.filter(pre_passed_on__isnull=False)
    ended = rows.filter(accepted_on__isnull=False)
    sums: Counter = Counter()
    for node, day in (rows if passed is None else rows.filter(pk__in=passed)).values_list("node_id", "pre_passed_on"):
        sums[day, node, "", "pre_passed"] += 1
    days = _told().filter(AT_WINDOW).order_by().values("chain")
    days = days.annotate(n=Count(TruncDate("at", tzinfo=BEIJING), distinct=True)).values("n")
    visits = Coalesce(Subquery(days, output_field=IntegerField()), 0)
    ended = (ended if accepted is None else ended.filter(pk__in=accepted)).annotate(clean=CLEAN, visits=visits)
    facts = ended.values_list("node_id", "pre_passed_on", "accepted_on", "clean", "visits")
    for node, day, on, clean, came in facts:
        case = {"pre_accepted": 1, "pre_clean": int(clean), "pre_at_once": int(not came)}
        case |= {"pre_visits": came, "pre_days": (on - day).days}
        for name, value in case.items():
            sums[day, node, "", name] += value
    return sums


def converted(events: Iterable[Event]) -> Counter:
    """What these events change; no statement without a pass or an acceptance among them."""
    passed = [int(event.root_id) for event in events if event.name == PASSES]
    accepted = [int(event.root_id) for event in events if event.name in ACCEPTS]
    return measured(passed, accepted) if passed or accepted else Counter()
