"""What each number of the board counts: its words, its formula, and the very rows behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from apps.applications.models import Application, Member, Notice
from apps.applications.models.case import Channel
from apps.applications.queries_clocks import provisional_of_case, provisional_of_member
from apps.applications.queries_review import by_clock, held_by
from apps.applications.sight import scope
from apps.directory.policy import COUNTER_ROLES
from apps.journal.actor import Actor
from apps.kit.errors import Refused
from apps.kit.time import today

from . import instant
from .conversion import AT_ONCE, CLEAN
from .models import FROM, LIGHTS, Gauge, ResultRuns
from .queries import GAUGE_NAMES, demand_overseen, overseen

Days = Callable[[date, date], Q]


def _between(field: str, **more) -> Days:
    # Two Qs: a metric may compare the very day that the period bounds.
    return lambda since, until: Q(**{f"{field}__gte": since, f"{field}__lte": until}) & Q(**more)


def _now(**facts) -> Days:
    return lambda since, until: Q(**facts)


@dataclass(frozen=True)
class Metric:
    name: str
    label: str
    of: type  # Application or Member: what one is
    where: Days
    formula: str
    gauge: bool = False  # how many there are now, whatever the period
    pre_check: bool = False  # of the pre-checks, which are the counter's: counted for the node's whole, not by department
    runs: bool = False  # of how often somebody came to a window, which the list says of each
    unreceived: bool = False  # also of what has no number yet
    day: tuple[str, str] | None = None  # the row's day by which it is counted, and its name; none for the day of receipt

    @property
    def order(self) -> tuple[str, ...]:
        """For keyset paging: what is due first where a light burns, else the newest."""
        return ("due_key", "id") if self.name in LIGHTS else ("-id",)

    @property
    def unit(self) -> str:
        return "件" if self.of is Application else "项"


def _ran(value: dict[str, int | F]) -> Days:
    kept = ResultRuns.objects.filter(pk=OuterRef("pk"))
    return lambda since, until: _between("served_on")(since, until) & Q(Exists(kept.filter(**value)))


ON_THE_SPOT = instant.clocks().filter(root_id=OuterRef("application_id"), subject_id=OuterRef("pk"))
RUNS_MEAN = "从申请到拿到结果{}窗口的事项数（按送达日）；交材料、核原件、领结果到窗口的天数，一天算一次，快递、网上和送上门的不算"
UNDECIDED = {"state__in": Member.UNDECIDED}
ACCEPTED, ENDED = ("accepted_on", "受理日"), ("ended_on", "结束日")
DECIDED, SERVED = ("decided_on", "决定日"), ("served_on", "送达日")
TOLD, TELLS = ("told_on", "告知日"), Notice.objects.filter(application=OuterRef("pk"), kind=Notice.Kind.SUPPLEMENT)
METRICS = {
    metric.name: metric
    for metric in [
        Metric("received", "收件", Application, _between("receipt_date"), "期内收件的办件数（按收件日）"),
        *(
            Metric(FROM[channel], f"{label}收件", Application, _between("receipt_date", channel=channel), f"期内经{label}收件的办件数（按收件日）")
            for channel, label in Channel.choices
        ),
        Metric(
            "accepted",
            "受理",
            Application,
            _between("accepted_on", deemed=False),
            "期内受理的办件数（按受理日，不含视为受理）",
            day=ACCEPTED,
        ),
        Metric(
            "deemed",
            "视为受理",
            Application,
            _between("accepted_on", deemed=True),
            "一次性告知期内未答复、依法视为受理的办件数（按追溯的受理日）",
            day=ACCEPTED,
        ),
        Metric(
            "supplement",
            "补正",
            Application,
            _between("notices__issued_on", notices__kind="supplement"),
            "期内发出一次性补正告知的办件数（按告知日）",
            day=TOLD,
        ),
        Metric(
            "turned_away",
            "不予受理",
            Application,
            _between("ended_on", state__in=["not_accepted", "not_handled"]),
            "期内不予受理和告知无需办理的办件数",
            day=ENDED,
        ),
        Metric("withdrawn", "撤回", Application, _between("ended_on", state="withdrawn"), "期内申请人撤回的办件数", day=ENDED),
        Metric(
            "lapsed", "视为撤回", Application, _between("ended_on", state="lapsed"), "期内补正逾期、视为撤回的办件数", day=ENDED
        ),
        Metric("voided", "录入作废", Application, _between("ended_on", state="voided"), "期内作废的录入数", day=ENDED),
        Metric("decided", "办结", Member, _between("decided_on"), "期内作出决定的事项数（按决定日）", day=DECIDED),
        Metric("granted", "准予", Member, _between("decided_on", decision="granted"), "期内决定准予的事项数", day=DECIDED),
        Metric("refused", "不予", Member, _between("decided_on", decision="refused"), "期内决定不予的事项数", day=DECIDED),
        Metric(
            "instant",
            "即办件办结",
            Member,
            lambda since, until: _between("decided_on")(since, until) & Q(Exists(ON_THE_SPOT)),
            "期内决定的即办件（承诺当场办结）的事项数",
            day=DECIDED,
        ),
        Metric(
            "on_time",
            "按时办结",
            Member,
            _between("decided_on", decided_on__lte=F("due_on")),
            "期内决定、决定日不晚于期限（法定与承诺中较早者）的事项数",
            day=DECIDED,
        ),
        Metric(
            "late",
            "超期办结",
            Member,
            _between("decided_on", decided_on__gt=F("due_on")),
            "期内决定、决定日晚于期限（法定与承诺中较早者）的事项数",
            day=DECIDED,
        ),
        Metric("collected", "领取", Member, _between("served_on"), "期内领走或者快递送达的事项数（按送达日）", day=SERVED),
        *(
            Metric(name, label, Member, _ran(value), f"期内送达的事项中，{RUNS_MEAN.format(label)}", day=SERVED, runs=True)
            for name, label, value in (
                ("ran_never", "一次没跑", {"value": 0}),
                ("ran_once", "跑了一次", {"value": 1}),
                ("ran_again", "跑了两次以上", {"value__gte": 2}),
            )
        ),
        Metric(
            "ran_beyond",
            "超过公布次数",
            Member,
            _ran({"value__gt": F("promised"), "value__gte": 2}),
            "跑了两次以上的事项中，比受理时指南公布的“到现场次数”还多的事项数（一件事按其中最多的算）",
            day=SERVED,
            runs=True,
        ),
        Metric(
            "revoked",
            "撤销受理",
            Member,
            _between("ended_on", state="acceptance_revoked"),
            "期内因容缺材料逾期未补而撤销受理的事项数",
            day=ENDED,
        ),
        Metric(
            "terminated",
            "终止",
            Member,
            _between("ended_on", state="terminated"),
            "期内终止的事项数（申请人死亡或者注销、事项取消，或者情形更正以后不再需要）",
            day=ENDED,
        ),
        Metric(
            "pre_passed",
            "预审通过",
            Application,
            _between("pre_passed_on"),
            "期内预审通过的申请数（按通过日），还没有正式提交的也算",
            pre_check=True,
            unreceived=True,
        ),
        Metric(
            "pre_accepted",
            "通过后受理",
            Application,
            _between("pre_passed_on", accepted_on__isnull=False),
            "期内预审通过的申请中，后来受理了的办件数（含视为受理）",
            pre_check=True,
        ),
        Metric(
            "pre_clean",
            "没有再补",
            Application,
            lambda since, until: _between("pre_passed_on", accepted_on__isnull=False)(since, until) & Q(CLEAN),
            "预审通过后受理的办件中，通过以后没有再告知补正、也没有容缺的办件数",
            pre_check=True,
        ),
        Metric(
            "pre_at_once",
            "没有跑窗口",
            Application,
            lambda since, until: _between("pre_passed_on", accepted_on__isnull=False)(since, until) & Q(AT_ONCE),
            "预审通过后受理的办件中，从通过到受理没有到窗口交材料、核原件的办件数",
            pre_check=True,
        ),
        Metric(
            "checking",
            "待受理",
            Application,
            _now(state__in=Application.BEFORE_ACCEPTANCE),
            "已收件、还没有受理的办件数（现在）",
            True,
        ),
        Metric("open", "在办", Member, _now(**UNDECIDED), "已受理、还没有决定的事项数（现在）", True),
        Metric("yellow", "黄灯", Member, _now(light="yellow", **UNDECIDED), "在办且亮黄灯的事项数（现在）", True),
        Metric("red", "红灯", Member, _now(light="red", **UNDECIDED), "在办且亮红灯的事项数（现在）", True),
        Metric("overdue", "超期", Member, _now(light="overdue", **UNDECIDED), "在办且已超过期限的事项数（现在）", True),
    ]
}

# What other pages count, opened in the same way.
ONE_THINGS = Metric(
    "one_things",
    "办结的一件事",
    Application,
    _between("ended_on", state=Application.State.DONE, outcome__in=Application.CARRIED_THROUGH, plan__kind="bundle"),
    "期内办结（准予、部分准予或者不予）的一件事件数（按办结日）",
    day=("ended_on", "办结日"),
)


def overseen_nodes(nodes: list[str] | None) -> Q:
    return Q() if nodes is None else Q(node__in=nodes)


def rows(
    actor: Actor, name: str, *, node: str = "", department: str = "", code: str = "", since: date, until: date
) -> tuple[Metric, QuerySet]:
    """The rows that a number of the board counts, to be read in the metric's order. Raises Refused for an unknown number, Forbidden."""
    nodes = overseen(actor)
    metric = ONE_THINGS if name == ONE_THINGS.name else METRICS.get(name)
    if metric is None:
        raise Refused("metric.unknown", f"看板上没有“{name}”这个数。", "name")
    demand_overseen(nodes, node)
    seen = Application.objects.filter(scope(actor), number__isnull=False)
    if metric.unreceived:  # counted and listed for the supervisor of the node, who cannot open what has no number (or is thrown away)
        seen = Application.objects.filter(overseen_nodes(nodes))
    if node:
        seen = seen.filter(node=node)
    if metric.of is Application:
        if department:
            seen = seen.filter(departments__contains=[department])
        if code:
            seen = seen.filter(code=code)
        found = seen.filter(metric.where(since, until)).annotate(provisional=provisional_of_case())
        if metric.day == TOLD:
            found = found.annotate(told_on=Subquery(TELLS.values("issued_on")))
        return metric, found.select_related("node").defer("plan", "answers")
    found = Member.objects.filter(metric.where(since, until), application__in=seen.values("pk"))
    if department:
        found = found.filter(department=department)
    found = by_clock(found.annotate(provisional=provisional_of_member(OuterRef("pk"))))
    if metric.runs:
        kept = ResultRuns.objects.filter(pk=OuterRef("pk"))
        found = found.annotate(runs=Subquery(kept.values("value")), promised=Subquery(kept.values("promised")))
    if metric.gauge:
        found = found.annotate(held_by=held_by(OuterRef("pk")))
    return metric, found.select_related("application", "application__node", "department").defer(
        "application__plan", "application__answers"
    )


def kept(actor: Actor) -> dict[str, int]:
    """How many there are now at the actor's posts, by name of the gauge: of his nodes at the counter and in oversight, of his
    departments' members else, each once whatever posts reach it. One statement on kept counters, none for who has no such post; a
    counter of a township or a village, for which none are kept, has its own few counted instead: two."""
    wholes, departments, below = Q(pk__in=[]), set(), Q()
    for post in actor.posts:
        if post.role in COUNTER_ROLES and post.region != post.node:
            below |= Q(region__code__startswith=post.region) & ~Q(node__in=_whole(actor, post.node))
        elif post.role in COUNTER_ROLES:
            wholes |= Q(node=post.node)
        elif post.role == "supervisor":
            wholes |= Q(**post.overseen("node"))
        elif post.department:
            departments.add(post.department)
    # What is not accepted yet is the counter's: of it no department is shown a case.
    theirs = Q(department__in=departments) & ~Q(name="checking") & ~wholes
    where = wholes & Q(department="") | theirs
    counts = dict.fromkeys(GAUGE_NAMES, 0)
    for name, value in Gauge.objects.filter(where).values_list("name", "value"):
        counts[name] += value
    if below:
        seen = Application.objects.filter(below, number__isnull=False, discarded_at__isnull=True)
        members = Member.objects.filter(application__in=seen.values("pk")).exclude(department__in=departments)
        for of, rows in ((Application, seen), (Member, members)):
            asked = {metric.name: Count("pk", filter=metric.where(today(), today())) for metric in map(METRICS.get, GAUGE_NAMES) if metric.of is of}
            for name, value in rows.aggregate(**asked).items():
                counts[name] += value
    return counts


def _whole(actor: Actor, node: str) -> list[str]:
    """The node, where another post of the actor's reaches all of it: what is counted there is not counted again."""
    counter = any(post.role in COUNTER_ROLES and post.node == node == post.region for post in actor.posts)
    return [node] if counter or actor.oversees("supervisor", node) else []
