"""The whole: templates are walked and counted in a savepoint, then stamped out; see the package's text."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import cycle, islice
from random import Random
from time import monotonic, perf_counter, sleep

from django.db import OperationalError, connection, transaction

from apps.applications.models import Application
from apps.catalog.queries import acceptable_by, holding
from apps.directory.actions import save_party
from apps.directory.models import Party
from apps.issuance.secrecy import hide
from apps.journal.actor import SYSTEM
from apps.journal.anchoring import settled_below
from apps.journal.models import Event
from apps.kit.errors import DomainError, Refused
from apps.kit.ids import case_numbers
from apps.kit.masking import mask_id, mask_name
from apps.kit.time import BEIJING, now, today

from .. import rollup
from . import counting
from .bulk import unchecked, unindexed
from .cast import Applicant, Cast, applicants, sound, staffed_nodes
from .clockwork import Time, working_days
from .lives import GRANTED, OPEN, OTHERWISE, Unfit, Walk, Way
from .stamping import Stamp, reserve
from .template import FIRST_KEY, Reader, Template, number_apart, tables

MOST, MOST_DAYS = 20_000_000, 3660
OPEN_SHARE = 50  # of a thousand are still open
AT_LEAST_OPEN = 60  # though not more than a fifth: on every desk of a small city there is something to do
MINUTES = 150  # a copy happens up to so many minutes after its template
AT_ONCE = 1_000  # copies that one statement stamps
PATIENCE = 10  # seconds for what others have open to end
WORTH_REBUILDING = 5_000  # applications; below, and below a fifth of what is there, the indexes grow as they stand
# Applicants of the templates: no other text in a row is like theirs.
MODELS = {
    Party.Kind.ENTERPRISE: Applicant(
        Party.Kind.ENTERPRISE, "龘靐齉餐饮有限公司", "91330299MA9YYYYY61", "19999990001", "龘靐齉", "330299190001010016"
    ),
    Party.Kind.PERSON: Applicant(Party.Kind.PERSON, "齉龘靐", "33029919000102002X", "19999990002"),
}


@dataclass
class Report:
    applications: int = 0
    finished: int = 0
    parties: int = 0
    templates: int = 0
    rows: int = 0
    events: int = 0
    states: Counter = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict:
        total = sum(self.seconds.values())
        seconds = {name: round(value, 2) for name, value in self.seconds.items()}
        written = total - self.seconds.get("templates", 0)
        return {
            **{name: getattr(self, name) for name in ("applications", "finished", "parties", "templates", "rows", "events")},
            "states": dict(self.states),
            "seconds": seconds,
            "finished_per_second": round(self.finished / total) if total else 0,
            "finished_per_second_written": round(self.finished / written) if written else 0,
        }

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        started = perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0) + perf_counter() - started


@dataclass
class Plan:
    """One template to be walked, and how many copies it gets."""

    way: Way
    copies: int
    start: int  # place of its first day among the working days


Life = tuple[Template, Plan, counting.Sums]


def simulate(
    *,
    applications: int,
    days: int,
    seed: int,
    nodes: list[str] | None = None,
    rebuild: bool | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Report:
    """So many applications of the last `days` days, at these nodes (all with staff when none is named).

    `rebuild`: build indexes once at the end (None: where it is worth it). Raises Refused for what cannot be done.
    """
    _demand("applications", applications, MOST, "办件数")
    _demand("days", days, MOST_DAYS, "天数")
    rng, report = Random(seed), Report()  # noqa: S311 (a made-up city, no secret)
    with transaction.atomic():
        _demand_alone()
        while rollup.rollup():
            pass
        places = staffed_nodes(nodes or [])
        if not places:
            raise Refused("simulate.staff", "还没有任何节点有在岗的窗口受理员；请先用 load_demo 读入演示人员。", "node")
        sequences = tables()
        reader, sums = Reader(sequences), []
        cities = []
        for node, share in zip(places, _split(applications, [1] * len(places)), strict=True):
            with report.timed("templates"), _collected_seldom():
                cities.append(_City(node, share, days, rng, reader, tell))
        report.templates = sum(len(city.cases) for city in cities)
        with ExitStack() as stack:
            if _worth_it(applications) if rebuild is None else rebuild:
                touched = {table for city in cities for template, _, _ in city.cases for table in template.rows}
                stack.enter_context(_timed_exit(report, unindexed(sorted(touched | {Party._meta.db_table}))))
            stack.enter_context(unchecked())
            stamp = Stamp(reader.columns, sequences)
            with report.timed("rows"):
                for city in cities:
                    city.stamp_parties(stamp, rng, report)
                for city, case, copies in _as_they_come(cities):
                    city.stamp(case, copies, stamp, rng, report, sums)
        with report.timed("counters"):
            counting.add_up(sums)
            rollup.pass_over()
    report.rows = sum(stamp.made.values())
    report.events = stamp.made[Event._meta.db_table]
    return report


def _demand(name: str, value: int, most: int, label: str) -> None:
    if not 1 <= value <= most:
        raise Refused(f"simulate.{name}", f"{label}应为 1 到 {most} 的整数，现在是 {value}。", name)


def _demand_alone() -> None:
    """Nobody else writes: keys, counters and indexes are this transaction's. Raises Refused while the platform works.

    Who writes for a moment is waited for: the database gathers its own statistics in such transactions, and of one that
    just began or ended elsewhere on the server nobody can say whose it is.
    """
    patient_until = monotonic() + PATIENCE
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = %s", [f"{PATIENCE}s"])
            cursor.execute(f"LOCK TABLE {Event._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
            cursor.execute("SELECT pg_current_xact_id()::text::bigint")
            own = cursor.fetchone()[0]
            while not (alone := settled_below() == own) and monotonic() < patient_until:
                sleep(0.05)
    except OperationalError:
        alone = False
    if not alone:
        raise Refused("simulate.busy", "平台正在写入，不能同时生成模拟办件；请停下平台（script/server）再试。", "applications")


@contextmanager
def _timed_exit(report: Report, inner) -> Iterator[None]:
    with inner:
        yield
        started = perf_counter()
    report.seconds["indexes"] = perf_counter() - started


def _worth_it(applications: int) -> bool:
    if applications < WORTH_REBUILDING:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = %s::regclass", [Application._meta.db_table])
        return applications * 5 >= cursor.fetchone()[0]


def _split(total: int, shares: list[int]) -> list[int]:
    """`total` in whole numbers by these shares, the largest remainders first."""
    exact = [total * share / sum(shares) for share in shares]
    found = [int(part) for part in exact]
    rest = sorted(range(len(shares)), key=lambda place: found[place] - exact[place])
    for place in rest[: total - sum(found)]:
        found[place] += 1
    return found


class _Enough(Exception):
    pass


@contextmanager
def _undone() -> Iterator[None]:
    """What happens inside is rolled back, sequences and all."""
    try:
        with transaction.atomic():
            yield
            raise _Enough
    except _Enough:
        pass


@contextmanager
def _collected_seldom() -> Iterator[None]:
    """What a walk leaves behind is many and hardly ever in a circle: to look for circles took a seventh of the time."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


class _City:
    """The templates of one node and how often each is stamped."""

    def __init__(self, node: str, share: int, days: int, rng: Random, reader: Reader, tell: Callable[[str], None]):
        self.node, self.rng, self.tell, self.present = node, rng, tell, now()
        self.cast = Cast(node)
        self.days = working_days(node, today() - timedelta(days=days), today() - timedelta(days=1))
        self.share = share
        self.unfit: set[tuple[str, str]] = set()
        # Templates of each department: of what has ended, of what is open, and of that what lies at a department.
        self.had = (Counter[str](), Counter[str](), Counter[str]())
        self.cases: list[Life] = []
        self.parties: dict[str, Template] = {}
        self.pools: dict[str, list[dict]] = {}
        plans = self._plans()
        time_ = Time()
        with _undone():
            number_apart(reader.sequences)
            reader.begin()
            with time_.in_force():
                for kind, model in MODELS.items():
                    time_.move(datetime.combine(self.days[0], time(8, 31), BEIJING))
                    save_party(by=SYSTEM, **model.as_given())
                    self.parties[kind] = reader.read(kind, model)
                    reader.stays()
                for plan in plans:
                    self.cases.append(self._walked(plan, time_, reader))

    def _plans(self) -> list[Plan]:
        """Finished lives over the whole period, open ones at its end; more templates for more applications."""
        opened = max(round(self.share * OPEN_SHARE / 1000), min(self.share // 5, AT_LEAST_OPEN))
        plans = []
        count = min(max(self.share // 100, 8), 30)
        ways = [*OTHERWISE, *islice(cycle(GRANTED), count - len(OTHERWISE))]
        for place, (way, copies) in enumerate(_by_share(ways, self.share - opened)):
            plans.append(Plan(way, copies, place * len(self.days) // len(ways)))
        for way, copies in _by_share(list(OPEN) * (6 if self.share >= 500_000 else 3 if self.share >= 200 else 1), opened):
            plans.append(Plan(way, copies, max(len(self.days) - self.rng.randint(way.least, way.open_days), 0)))
        return [plan for plan in plans if plan.copies]

    def _walked(self, plan: Plan, time_: Time, reader: Reader) -> Life:
        """The first item that goes this way to its end: of the department that has had the fewest, of these of one with the most
        items. Else most desks of a city had nothing open, those of the departments with few items first of all; and in a small city, where
        not everybody has his turn, those that one looks at first."""
        held = acceptable_by(self.cast.clerk, day=self.days[plan.start])
        leads = dict(held.values_list("definition_id", "definition__department_id"))
        codes, had = list(leads), self.had[bool(plan.way.open_days) + plan.way.at_department]
        items = Counter(leads.values())
        self.rng.shuffle(codes)
        codes.sort(key=lambda code: (had[leads[code]], -items[leads[code]]))
        for code in codes:
            if (plan.way.name, code) in self.unfit:
                continue
            try:
                with _undone():
                    kind = self._kind(code, self.days[plan.start])
                    walk = Walk(time_, self.cast, MODELS[kind], self.days[plan.start :], self.rng, FIRST_KEY)
                    plan.way.walk(walk, code)
                    walk.live_to(self.present)
                    if plan.way.punctual:
                        walk.demand_time_left()
                    template = reader.read(kind, MODELS[kind])
                    self.tell(f"{plan.way.name} {code} ×{plan.copies}")
                    had[leads[code]] += 1
                    return template, plan, counting.counted(template, reader)
            except (Unfit, DomainError) as reason:
                self.unfit.add((plan.way.name, code))
                self.tell(f"{plan.way.name} {code}: {reason}")
        if plan.way.instead:
            return self._walked(Plan(plan.way.instead, plan.copies, plan.start), time_, reader)
        raise Refused("simulate.items", f"节点 {self.node} 在 {self.days[plan.start]} 没有能这样办理的事项。", "node")

    def _kind(self, code: str, day: date) -> str:
        audience = holding(day).values_list("content__audience", flat=True).get(definition_id=code) or []
        return Party.Kind.PERSON if audience and "enterprise" not in audience else Party.Kind.ENTERPRISE

    def stamp_parties(self, stamp: Stamp, rng: Random, report: Report) -> None:
        for kind, template in self.parties.items():
            wanted = sum(plan.copies for case, plan, _ in self.cases if case.name == kind)
            if wanted:
                made = applicants(rng, self.node, max(wanted // 4, 1), persons=kind == Party.Kind.PERSON)
                pool = [_columns(one) for one in made]
                first = stamp.run(template, pool)[Party._meta.db_table]
                self.pools[kind] = [row | {"party": first + n} for n, row in enumerate(pool)]
                report.parties += len(pool)

    def stamp(
        self,
        life: Life,
        copies: int,
        stamp: Stamp,
        rng: Random,
        report: Report,
        sums: list[counting.Sums],
    ) -> None:
        template, _, counted = life
        (case,) = template.rows[Application._meta.db_table]
        day = case["receipt_date"][0].replace("-", "")
        serial = reserve("application_serial", copies)
        numbers = case_numbers(self.node, day, range(serial, serial + copies))
        pool = self.pools[template.name]
        own = [rng.choice(pool) | {"number": number, "shift": rng.randrange(MINUTES)} for number in numbers]
        stamp.run(template, own)
        sums.append(counting.times(counted, copies))
        state = case["state"][0]
        report.states[state] += copies
        report.applications += copies
        report.finished += copies if state in Application.ENDED else 0


def _as_they_come(cities: list[_City]) -> Iterator[tuple[_City, Life, int]]:
    """By day over all nodes in turn, a thousand copies at once: keys follow the calendar, whatever the node."""
    lives = [
        (case[1].start / len(city.days), first, place, city, case)
        for place, city in enumerate(cities)
        for case in city.cases
        for first in range(0, case[1].copies, AT_ONCE)
    ]
    for _, first, _, city, case in sorted(lives, key=lambda life: life[:3]):
        yield city, case, min(AT_ONCE, case[1].copies - first)


def _by_share(ways: list[Way], total: int) -> list[tuple[Way, int]]:
    """Each template with its part of the total: a way's share is split among its templates."""
    often = Counter(ways)
    return list(zip(ways, _split(total, [way.share * 1000 // often[way] for way in ways]), strict=True))


def _columns(one: Applicant) -> dict:
    shown = one.legal_rep_id or one.id_number
    return {
        "name": one.name,
        "id_number": one.id_number,
        "mobile": one.mobile,
        "legal_rep_name": one.legal_rep_name,
        "legal_rep_id": one.legal_rep_id,
        "masked_id": mask_id(shown),
        "masked_name": mask_name(one.name),
        "secret": hide(shown),
        "pinyin": sound(one.name),
        "shift": 0,
    }
