"""Every kept number beside a count of the list that it opens."""

from datetime import timedelta
from itertools import count

from apps.applications.models import Application, Member
from apps.kit.time import today
from apps.supervision import runs
from apps.supervision.metrics import METRICS, rows
from apps.supervision.models import FROM, DayCount
from apps.supervision.queries import board
from tests import make
from tests.full import full

_turns = count()
SINCE = timedelta(days=400)
DAY_NAMES = (
    "received",
    "accepted",
    "deemed",
    "supplement",
    "turned_away",
    "withdrawn",
    "lapsed",
    "decided",
    "granted",
    "refused",
    "revoked",
    "terminated",
    "on_time",
    "late",
    "collected",
    "instant",
    *runs.NAMES,
    runs.BEYOND,
    *FROM.values(),
)


def kept(line, name) -> int:
    return line.numbers.get(name, 0)


def compare(username="city-supervisor") -> list:
    """Where a number and its list differ: for the whole, each node and each department. Short: of the departments for which nothing is
    kept every fifth, another one each time."""
    actor, until = make.actor(username), today()
    since = until - SINCE
    seen = board(actor, since=since, until=until)
    wrong = []
    places = [(seen.total, {})]
    places += [(line, {"node": line.code}) for line in seen.nodes]
    turn = next(_turns)
    looked_at = [line for number, line in enumerate(seen.departments, turn) if full(number % 5 == 0, True) or any(line.numbers.values())]
    places += [(line, {"department": line.code}) for line in looked_at]
    for line, where in places:
        for name, metric in METRICS.items():
            if metric.pre_check and "department" in where:
                continue  # the counter's: no department has a share
            listed = rows(actor, name, since=since, until=until, **where)[1].count()
            if kept(line, name) != listed:
                wrong.append((where, name, kept(line, name), listed))
    return wrong


def compare_days() -> list:
    """Where a day's number and the list of that day differ, of every day on which anything is kept or listed."""
    actor, on = make.actor("city-supervisor"), set(DayCount.objects.values_list("day", flat=True))
    for table, names in {Application: ("accepted_on", "ended_on"), Member: ("decided_on", "served_on")}.items():
        on |= {day for days in table.objects.values_list(*names) for day in days if day}
    wrong = []
    for day in sorted(on):
        total = board(actor, since=day, until=day).total
        for name in DAY_NAMES:
            listed = rows(actor, name, since=day, until=day)[1].count()
            if kept(total, name) != listed:
                wrong.append((str(day), name, kept(total, name), listed))
    return wrong
