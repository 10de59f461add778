"""Lives of cases, walked through the real actions on days of the past: what is stamped out later happened once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from django.db.models import Min

from apps.applications import actions
from apps.applications.models import Application, Job, Member, Parcel
from apps.catalog.standards import points_of
from apps.deadlines.actions import recount, sweep
from apps.deadlines.models import Clock
from apps.deadlines.queries import calendar
from apps.directory.models import Party
from apps.issuance.handing import Collection
from apps.issuance.models import Document
from apps.journal.actor import SYSTEM, Actor
from apps.journal.delivering import deliver_one
from apps.journal.door import action
from apps.journal.models import Delivery
from apps.kit import files
from apps.kit.time import BEIJING

from .answers import ADDRESS, answers_to
from .cast import Applicant, Cast
from .clockwork import Time

OPINION = "材料齐全，符合规定的条件。"
REFUSAL = "现场不符合该事项规定的条件，经指出未能改正。"
MINUTE = timedelta(minutes=1)
PERIODS = (Clock.Kind.NOTICE, Clock.Kind.DECISION)
# One page for all: a simulated paper is not printed, and its page says so.
PAGE = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 120]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length 72>>stream
BT /F 14 Tf 20 60 Td (Simulated case: this paper was not printed.) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""


class Unfit(Exception):
    """This item does not go this way (a visit, a hearing, another's opinion … is needed)."""


@dataclass
class Walk:
    """One case on its way. `days` are the working days from its first to yesterday; each act goes to one of them."""

    time: Time
    cast: Cast
    applicant: Applicant
    days: list[date]
    rng: Random
    first_key: int  # what has a smaller key was there before
    hour: datetime = field(init=False)
    place: int = field(init=False, default=0)
    case: Application = field(init=False)

    def __post_init__(self):
        self.hour = datetime.combine(self.days[0], time(9, 1), BEIJING)
        self.time.move(self.hour)

    # —— time ——

    def later(self, days: int = 0) -> None:
        """So many working days on (as far as there are any) and some minutes; what falls due on the way happens."""
        self.place = min(self.place + days, len(self.days) - 1)
        day = self.days[self.place]
        hour = max(self.hour + 7 * MINUTE, datetime.combine(day, time(9, 1), BEIJING))
        self.live_to(hour)
        self.hour = hour
        self.time.move(hour)

    def in_time(self, *days: int) -> None:
        """Later by one of these, unless a period of the case would be over by then: a house keeps most of its promises."""
        wanted, due = self.rng.choice(days), self._due()
        over = due is not None and self.days[min(self.place + wanted, len(self.days) - 1)] > due
        self.later(0 if over else wanted)

    def miss(self) -> None:
        """Until the day after the last one, as far as there are days."""
        while self.place < len(self.days) - 1 and (due := self._due()) and self.days[self.place] <= due:
            self.later(1)

    def demand_left(self, *left: int) -> None:
        """Raises Unfit unless so many working days are left after yesterday; 0: none any more."""
        due = self._due()
        if due is None or calendar(region=self.case.node_id).count(self.days[-1], max(due, self.days[-1])) not in left:
            raise Unfit("due on another day")

    def demand_time_left(self) -> None:
        """Raises Unfit where a period of the case is over by now: of a weekend before today no one thinks on the way."""
        due = self._due()
        if due is not None and due <= self.days[-1]:
            raise Unfit("a period is over")

    def _due(self) -> date | None:
        held = Clock.objects.filter(pk__gte=self.first_key, kind__in=PERIODS).exclude(state=Clock.State.STOPPED)
        return held.aggregate(due=Min("due_on"))["due"]

    def live_to(self, moment: datetime) -> None:
        """Clocks turn a minute after their midnights, and their consequences are delivered."""
        while True:
            self.deliver()
            waiting = Clock.objects.filter(pk__gte=self.first_key, next_change_at__lte=moment)
            due = waiting.order_by("next_change_at").values_list("next_change_at", flat=True).first()
            if due is None:
                return
            self.time.move(max(due + MINUTE, self.time.moment))
            sweep()

    def deliver(self) -> None:
        """What the workers do; papers get the one page."""
        while due := list(Delivery.objects.filter(pk__gte=self.first_key, state="pending").values_list("pk", flat=True)):
            self._print()
            for pk in due:
                deliver_one(pk)
            recount()
            if Delivery.objects.filter(pk__in=due).exclude(state="done").exists():
                raise Unfit("a delivery was not made")
        self._print()

    def _print(self) -> None:
        queued = list(Document.objects.filter(pk__gte=self.first_key, state="queued").values_list("pk", flat=True))
        if not queued:
            return
        stored = files.store(PAGE, ".pdf")
        with action(SYSTEM) as act:
            for pk in queued:
                facts = {"path": stored.path, "sha256": stored.sha256, "size": stored.size, "pages": 1}
                act.move(act.lock(Document, pk), "render", **facts, at=self.time.moment)

    # —— acts ——

    def receive(self, code: str, *, without: int = 0) -> None:
        """Taken in at the counter, `without` so many of its materials."""
        clerk = self.cast.clerk
        draft = actions.open_draft(by=clerk, code=code)
        asked = [entry.code for entry in draft.materials.all() if entry.state != "expected"]
        if not draft.plan["members"] or len(asked) < without + 1:
            raise Unfit("nothing is asked for")
        here = asked[: len(asked) - without]
        actions.save_draft(
            by=clerk,
            application=draft.pk,
            applicant=self.applicant.as_given(),
            contact_mobile=self.applicant.mobile,
            answers=answers_to(draft.plan, self.applicant, draft.node_id, self.days[0]),
            materials={code: {"state": "supplied", "originals": 1} for code in here},
            wants_sms=False,
            wants_mail=False,  # nobody is to be rung up about a case that was made up
        )
        self.later()
        self.case = actions.receive(by=clerk, application=draft.pk)

    def accept(self) -> None:
        """By the clerk; where the notice days were over before he came, the law has accepted it already."""
        self.in_time(0, 0, 1)
        if not Application.objects.filter(pk=self.case.pk, accepted_on__isnull=False).exists():
            self.case = actions.accept(by=self.cast.clerk, application=self.case.pk)

    def review(self, *, decision: str = "grant", until: str = "decided") -> None:
        """Each open job is claimed, concluded, decided; members that follow open more. `until`: claimed, concluded."""
        for _ in range(30):
            job = Job.objects.filter(application=self.case.pk, state=Job.State.ASSIGNED).order_by("pk").first()
            if job is None:
                return
            reviewer = self._of(job.department_id, "reviewer", self.cast.clerk)
            head = self._of(job.department_id, "head", self.cast.clerk, reviewer)
            self.in_time(0, 1)
            actions.claim(by=reviewer, job=job.pk)
            if until == "claimed":
                return
            self.in_time(0, 1, 1)
            points = points_of(self.case.plan, job.member.code)
            checks = {point["code"]: {"result": "met", "note": "按现场情况认定"} for point in points}
            opinion = OPINION if decision == "grant" else REFUSAL
            actions.conclude(by=reviewer, job=job.pk, recommendation=decision, opinion=opinion, checks=checks)
            if until == "concluded":
                return
            self.in_time(0, 1)
            actions.decide(by=head, job=job.pk, decision=decision, reason="" if decision == "grant" else REFUSAL)
        raise Unfit("too many jobs")

    def seal(self) -> None:
        self.later()
        decided = Member.objects.filter(application=self.case.pk, state__in=["granted", "refused"])
        for member in decided.order_by("pk"):
            keeper = self._of(member.department_id, "seal_keeper")
            actions.register_seal(by=keeper, member=member.pk, seal_number=f"{self.case.node_id[:6]}1000001")

    def hand_over(self) -> None:
        self.later(self.rng.choice((0, 1, 1)))
        ready = Member.objects.filter(application=self.case.pk, state="ready_for_issue")
        members = list(ready.order_by("pk").values_list("pk", flat=True))
        if not members:
            raise Unfit("nothing to hand over")
        person = self.applicant.kind == Party.Kind.PERSON
        name = self.applicant.name if person else self.applicant.legal_rep_name
        collection = Collection(
            method="direct",
            location="行政服务中心出件窗口",
            collector_name=name,
            relation="self" if person else "legal_rep",
            id_kind="citizen_id",
            id_number=self.applicant.id_number if person else self.applicant.legal_rep_id,
            signature=name,
        )
        actions.hand_over(by=self.cast.issuer, application=self.case.pk, members=members, collection=collection)

    def send(self) -> None:
        """To the applicant's door; the courier's number is there before the order is told, so that no courier is asked to come."""
        self.later(self.rng.choice((0, 1)))
        ready = Member.objects.filter(application=self.case.pk, state="ready_for_issue").order_by("pk")
        members = list(ready.values_list("pk", flat=True))
        if not members:
            raise Unfit("nothing to send")
        parcel = actions.dispatch(by=self.cast.issuer, application=self.case.pk, members=members)
        waybill = f"YC{parcel.pk}"
        actions.take_waybill(parcel=parcel.pk, waybill=waybill)
        for status, days in (("collected", 0), ("out_for_delivery", 1), ("signed", 0)):
            self.later(days)
            actions.courier_says(waybill=waybill, status=status, at=self.hour)
        if Parcel.objects.get(pk=parcel.pk).state != Parcel.State.SIGNED:
            raise Unfit("the parcel did not arrive")

    def _of(self, department: str, role: str, *others: Actor) -> Actor:
        found = self.cast.of(department, role, *others)
        if found is None:
            raise Unfit(f"{department} has no {role}")
        return found


# —— the lives: (how the case goes) in shares of a thousand; the open ones end where they stand today ——


def collected(walk: Walk, code: str) -> None:
    walk.receive(code)
    walk.accept()
    walk.review()
    walk.seal()
    walk.hand_over()


def posted(walk: Walk, code: str) -> None:
    walk.receive(code)
    where = {"way": "courier", "address": ADDRESS}
    actions.choose_handout(by=walk.cast.clerk, application=walk.case.pk, **where)
    walk.accept()
    walk.review()
    walk.seal()
    walk.send()


def late(walk: Walk, code: str) -> None:
    walk.receive(code)
    walk.accept()
    walk.miss()
    walk.review()
    walk.seal()
    walk.hand_over()


def refused(walk: Walk, code: str) -> None:
    walk.receive(code)
    walk.accept()
    walk.review(decision="refuse")
    walk.seal()
    walk.hand_over()


def withdrawn(walk: Walk, code: str) -> None:
    walk.receive(code)
    walk.accept()
    walk.later(1)
    actions.withdraw(by=walk.cast.clerk, application=walk.case.pk, reason="申请人改变经营计划")


def turned_away(walk: Walk, code: str) -> None:
    walk.receive(code)
    walk.later()
    actions.not_accept(
        by=walk.cast.clerk,
        application=walk.case.pk,
        ground="not_our_power",
        reason="申请的内容不属于本机关的职权范围。",
        competent_agency="申请人住所地的主管部门",
    )


def ready(walk: Walk, code: str) -> None:
    walk.receive(code)
    walk.accept()
    walk.review()
    walk.seal()


def received(walk: Walk, code: str) -> None:
    walk.receive(code)


def awaiting(walk: Walk, code: str) -> None:
    walk.receive(code, without=1)
    walk.later()
    missing = [entry.code for entry in walk.case.materials.all() if not entry.in_hand and entry.state != "expected"]
    gaps = [{"material": code} for code in missing]
    actions.ask_supplement(by=walk.cast.clerk, application=walk.case.pk, gaps=gaps)


def accepted(walk: Walk, code: str) -> None:
    walk.receive(code)
    walk.accept()


def overdue(walk: Walk, code: str) -> None:
    accepted(walk, code)
    walk.demand_left(0)


def pressing(walk: Walk, code: str) -> None:
    accepted(walk, code)
    walk.demand_left(1, 2)


def claimed(walk: Walk, code: str) -> None:
    accepted(walk, code)
    walk.review(until="claimed")


def concluded(walk: Walk, code: str) -> None:
    accepted(walk, code)
    walk.review(until="concluded")


@dataclass(frozen=True)
class Way:
    """One way a case goes: its share among the finished or among the open, and how old an open one is at most."""

    walk: Callable[[Walk, str], None]
    share: int
    open_days: int = 0  # working days before today on which it may have begun; 0 = finished, any day of the period
    least: int = 1  # and at least
    punctual: bool = False  # no period of it is over today
    instead: Way | None = None  # where no item of the node goes this way

    @property
    def name(self) -> str:
        return f"{self.walk.__name__}{' in time' if self.punctual else ''}"

    @property
    def at_department(self) -> bool:
        """Whether an open case lies at a department: to be claimed, looked into or decided."""
        return self.walk in (accepted, claimed, concluded, pressing, overdue)


# Who fetches his result comes twice; who has it sent, once (最多跑一次率). These two have templates for every part of the period.
GRANTED = (Way(collected, 350), Way(posted, 500, instead=Way(collected, 500)))
OTHERWISE = tuple(
    Way(walk, share, instead=Way(collected, share)) for walk, share in ((late, 30), (refused, 50), (withdrawn, 40), (turned_away, 30))
)
# Some are overdue or soon will be: red, yellow, with their cards. The others are not, unless the node has nothing but items of a day.
RUNNING = Way(accepted, 150, 4, punctual=True, instead=Way(accepted, 150))
RECEIVED = Way(received, 150, 2, punctual=True, instead=Way(received, 150))
OPEN = (
    Way(ready, 200, 6, instead=RUNNING),
    RECEIVED,
    Way(awaiting, 100, 3, punctual=True, instead=RECEIVED),
    RUNNING,
    Way(claimed, 200, 8, punctual=True, instead=RUNNING),
    Way(concluded, 100, 5, punctual=True, instead=RUNNING),
    Way(pressing, 60, 8, least=4, instead=RUNNING),
    Way(overdue, 40, 25, least=15, instead=RUNNING),
)
