"""How long it usually takes: the working days of finished cases, kept by the rollup as a count for each number of days.

A member's days run from the day after its acceptance through its decision; a one-thing's from its acceptance through the decision that ends
it. Days on which it waited for the applicant or lay in a special procedure are left out (a pause from the day after its notice through its
end, a supplement asked for in the review from the day after its notice through the day on which all of it came, or its last day).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from apps.applications.models import Application, Member, ReviewSupplement
from apps.deadlines.models import Pause
from apps.deadlines.queries import NodeCalendar, rule, shelf
from apps.journal.models import Event
from apps.kit.time import beijing_date, today

from .models import FinishedDays

DECIDED = ("member.grant", "member.refuse")
FINISHED = "application.finish"
SHARE = 90  # per cent of the cases were done within the days that are told
Wait = tuple[date, date]  # first day not waited, last day waited


@dataclass(frozen=True)
class Usual:
    days: int
    cases: int


def usual_time(code: str) -> Usual | None:
    """Of this year's and last year's finished cases; None below the least number that makes it worth telling."""
    on = today()
    rows = FinishedDays.objects.filter(code=code, year__gte=on.year - 1).values_list("days", "value")
    counted: Counter[int] = Counter()
    for days, value in rows:
        counted[days] += value
    cases = counted.total()
    if not cases or cases < rule("usual_time_least", on).value:
        return None
    wanted, seen = -(-cases * SHARE // 100), 0
    for days in sorted(counted):
        seen += counted[days]
        if seen >= wanted:
            return Usual(days, cases)
    raise AssertionError("a share of the cases is among the cases")


def spent(events: Iterable[Event]) -> Counter[tuple[str, int, int]]:
    """{(code, year, working days): how many} of what these events decided or finished; a fixed number of statements."""
    members = {int(e.subject_id): date.fromisoformat(e.facts["on"]) for e in events if e.name in DECIDED}
    carried = [e for e in events if e.name == FINISHED and e.facts["outcome"] in Application.CARRIED_THROUGH]
    wholes = {int(e.root_id): beijing_date(e.at) for e in carried}
    if not members and not wholes:
        return Counter()
    found: Counter[tuple[str, int, int]] = Counter()
    rows = list(
        Member.objects.filter(pk__in=members).values_list("pk", "code", "accepted_on", "application__node_id", "application_id")
    )
    bundles = list(
        Application.objects.filter(pk__in=wholes, plan__kind="bundle").values_list(
            "pk", "code", "accepted_on", "node_id"
        )
    )
    parts: dict[int, set[int]] = defaultdict(set)
    for pk, root in Member.objects.filter(application__in=[row[0] for row in bundles]).values_list(
        "pk", "application_id"
    ):
        parts[root].add(pk)
    waits = _waits({row[0] for row in rows}.union(*parts.values()), {row[-1] for row in rows} | parts.keys())
    book = shelf()  # one for all: each look at it asks whether the calendar has changed
    for pk, code, accepted, node, _ in rows:
        found[code, members[pk].year, _days(book.calendar(node), accepted, members[pk], waits[pk])] += 1
    for pk, code, accepted, node in bundles:
        of_all = [wait for part in parts[pk] for wait in waits[part]]
        found[code, wholes[pk].year, _days(book.calendar(node), accepted, wholes[pk], of_all)] += 1
    return found


def _days(held: NodeCalendar, accepted: date, ended: date, waits: list[Wait]) -> int:
    all_days = (accepted + timedelta(days=n) for n in range(1, (ended - accepted).days + 1))
    return sum(
        held.is_working_day(day) for day in all_days if not any(after < day <= through for after, through in waits)
    )


def _waits(members: set[int], roots: set[int]) -> dict[int, list[Wait]]:
    """Of these members, of these cases: by a case alone its pauses are found without reading those of all."""
    found: dict[int, list[Wait]] = defaultdict(list)
    pauses = Pause.objects.filter(root_id__in=roots, subject_type="member", subject_id__in=members, notified_on__isnull=False)
    for pk, notified, ended in pauses.values_list("subject_id", "notified_on", "ended_on"):
        found[pk].append((notified, ended or date.max))
    for asked in ReviewSupplement.objects.filter(member__in=members):
        came = [date.fromisoformat(line["on"]) for line in asked.came.values()]
        all_came = came and asked.state == ReviewSupplement.State.COMPLETE  # the answers as well that were to be put right
        found[asked.member_id].append((asked.issued_on, max(came) if all_came else asked.cure_by))
    return found
