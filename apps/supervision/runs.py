"""How often somebody came to a window for a result (跑动次数), the promise in the reform's name: kept under the day of service.

A run is a Beijing day on which, for the case, paper was handed in at a counter (receipt, originals, a supplement, a gap, an amendment) or a result was taken
at the desk. Several errands of one day are one run. What came from home (also where a clerk received or registered it), in an envelope, by courier, was
left, served by public notice or taken back is none; nor are the counter's entries of a case that came by post or through an agent. A result has
the runs of its whole case up to its own service.

    ran_never   results that were served without a run
    ran_once    with one
    ran_again   with two or more
    ran_beyond  of ran_again those with more than the catalogue had promised for the case (到现场次数; of a one-thing the most of its items,
                which go together). One run for what need not cost any was the applicant's choice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    DateField,
    Exists,
    F,
    Func,
    IntegerField,
    JSONField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Substr, TruncDate

from apps.applications.models import Application
from apps.applications.models.case import Channel
from apps.journal.models import Event
from apps.kit.time import BEIJING

from .models import ResultRuns

NAMES = ("ran_never", "ran_once", "ran_again")
BEYOND = "ran_beyond"
SERVES = ("member.collect", "member.serve")
# A hand-over that is taken back on its day does not count.
STEPS = dict.fromkeys(SERVES, 1) | {"member.take_back": -1}
# An envelope came and nothing was served by it, or what was made anew was given: the result was served before.
NOT_SERVED = ("void", "again")

SUPPLEMENT = Q(name="application.take_supplement") & ~Q(facts__has_key="by_file")  # not what came from home, and no paper with it
ORIGINALS = Q(name__in=("application.accept", "application.ask_supplement", "application.amend"), facts__has_key="brought")
ENTERED = Q(name__in=("application.supply_gap", "reviewsupplement.take")) | SUPPLEMENT
RECEIVED = Q(name="application.receive")  # over the counter only: of what came from home the originals tell that it was brought
# What was taken back was typed by mistake, or somebody else had it: the last hand-over before that. What was given, made anew, given again and
# then taken back on one day was fetched all the same.
SAME = {"chain": OuterRef("chain"), "subject_id": OuterRef("subject_id")}
GIVEN_AGAIN = Event.objects.filter(name="member.collect", seq__gt=OuterRef(OuterRef("seq")), seq__lt=OuterRef("seq"), **SAME)
BACK = Event.objects.filter(~Exists(GIVEN_AGAIN), name="member.take_back", seq__gt=OuterRef("seq"), **SAME)
TAKEN = Q(name="member.collect") & ~Q(facts__has_any_keys=("left", "noticed")) & ~Exists(BACK.filter(facts__on=OuterRef("facts__on")))
# Whose papers come to the counter without the applicant, if it is not said that he brought them; and of any case what lay in an envelope.
ELSEWHERE = Q(way__in=(Channel.MAIL, Channel.AGENT)) & ~Q(facts__has_key="in_person") | Q(facts__has_key="by_mail")
ON = Cast(KT("facts__on"), DateField())  # the day of service, which may lie before its entry


def _days() -> Combinable:
    """Of an event that serves a result: the days with a run in its case, up to the day of service."""
    case = Cast(Substr(OuterRef("chain"), len("application:") + 1), BigIntegerField())
    channel = Subquery(Application.objects.filter(pk=case).values("channel"))
    on = Case(When(name="member.collect", then=ON), default=TruncDate("at", tzinfo=BEIJING))
    handed_in = Q(by_kind="staff") & (RECEIVED & Q(way=Channel.COUNTER) | (ORIGINALS | ENTERED) & ~ELSEWHERE)
    came = Event.objects.filter(chain=OuterRef("chain")).annotate(way=channel, on=on).filter(TAKEN | handed_in)
    days = came.filter(on__lte=OuterRef("on")).order_by().values("chain").annotate(n=Count("on", distinct=True)).values("n")
    return Coalesce(Subquery(days, output_field=IntegerField()), 0)


def _promised(cases: Iterable[str]) -> dict[str, int | None]:
    """{case: the most visits that its plan promised}, as it was compiled for this case: None where it says nothing."""
    said = Func(F("plan"), Value("$.members[*].max_visits"), function="jsonb_path_query_array", output_field=JSONField())
    rows = Application.objects.filter(pk__in=set(cases)).values_list("pk", said)
    return {str(pk): max((n for n in visits if n is not None), default=None) for pk, visits in rows}


def counted(events: Iterable[Event], places: Mapping[int, tuple]) -> tuple[Counter, dict[int, ResultRuns | None]]:
    """{(day, node, department, name): step}, and {member id: its row, None = not served any more}, of the services among these events; no
    statement without one.

    `places`: {member id: (its node, its department, …)}.
    """
    told = {event.pk: event for event in events if event.name in STEPS and not any(map(event.facts.get, NOT_SERVED))}
    sums, of_each = Counter(), {}
    if not told:
        return sums, of_each
    served = Event.objects.filter(pk__in=told, name__in=SERVES).annotate(on=ON)
    runs = dict(served.annotate(runs=_days()).values_list("pk", "runs"))
    promised = _promised(event.root_id for pk, event in told.items() if pk in runs)
    kept = ResultRuns.objects.in_bulk([int(event.subject_id) for event in told.values() if event.pk not in runs])
    for pk in sorted(told):
        event, member = told[pk], int(told[pk].subject_id)
        node, department, *_ = places[member]
        row = None
        if pk in runs:
            row = ResultRuns(member_id=member, node=node, value=runs[pk], promised=promised[event.root_id])
        counts = row or of_each.get(member) or kept[member]  # what is taken back leaves as it came
        for scope in ("", department):
            for name in (NAMES[min(counts.value, 2)], *([BEYOND] if counts.beyond else [])):
                sums[date.fromisoformat(event.facts["on"]), node, scope, name] += STEPS[event.name]
        of_each[member] = row
    return sums, of_each


def keep(of_each: dict[int, ResultRuns | None]) -> None:
    """What `counted` told of each member."""
    ResultRuns.objects.filter(pk__in=[pk for pk, row in of_each.items() if row is None]).delete()
    rows = [row for row in of_each.values() if row is not None]
    ResultRuns.objects.bulk_create(rows, update_conflicts=True, unique_fields=["member_id"], update_fields=["value", "promised"])
