"""Random one-things under random hands: any members of the catalogue in any order, any refusals, pauses, supplements and
withdrawals. What stands is lawful after every step, and every bundle can be brought to its end (DOMAIN.md 3.3, K9, K10).

The days are counted again from the journal by the engine of `explain_deadline`: who starts when, and when the whole is due.
"""

from datetime import date, timedelta
from itertools import count

import yaml
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from apps.applications import actions, whole
from apps.applications.models import Application, IssueMode, Job, MaterialEntry, Member, ReviewSupplement
from apps.catalog.actions import load_catalogue
from apps.catalog.loading.source import read
from apps.deadlines.actions import sweep
from apps.deadlines.engine.bundle import Member as Counted
from apps.deadlines.engine.bundle import bundle_due
from apps.deadlines.engine.counting import Limit, Pause
from apps.deadlines.models import Clock, Extension
from apps.deadlines.queries import calendar
from apps.issuance.models import Document
from apps.journal.actor import SYSTEM
from apps.journal.anchoring import verify
from apps.journal.models import Event
from apps.kit.errors import DomainError
from apps.kit.time import beijing_date, today
from tests import make
from tests.days import Days, deliver
from tests.full import FULL, full
from tests.lives import live

from .test_any_life_is_lawful import impossible

WORDS = "理由充分，记录在案，特此说明情况。"
POOL = [
    "food-licence",
    "hotel-special-licence",
    "public-place-health-licence",
    "fire-check",
    "drainage-permit",
    "tobacco-retail-licence",
    "printing-licence",
    "road-freight-licence",
    "hr-service-licence",
    "seal-record",
    "enterprise-registration",
    "billboard-approval",
]
numbers = count(1)


@st.composite
def bundles(draw) -> dict:
    """A one-thing of the catalogue's own items, whose order and hand-out are drawn."""
    items = draw(st.lists(st.sampled_from(POOL), min_size=2, max_size=5, unique=True))
    members = []
    for place, item in enumerate(items):
        after = draw(st.lists(st.sampled_from(items[:place]), unique=True, max_size=2)) if place else []
        members.append({"item": item, **({"after": after} if after else {})})
    limit = draw(st.sampled_from([None, 8, 20]))
    return {
        "code": f"any-thing-{next(numbers)}",
        "name": "随便一件事",
        "region": "330282",
        "kind": "joint",
        "valid_from": "2017-01-01",
        "valid_to": None,
        "lead": {"department": "scjg", "criterion": "general_intake"},
        "audience": ["enterprise"],
        "themes": ["准营准办"],
        "issue": draw(st.sampled_from(["together", "as_ready"])),
        "members": members,
        **({"promised_limit": {"days": limit, "unit": "working"}} if limit else {}),
    }


class AnyBundle(RuleBasedStateMachine):
    days: Days
    begin: date

    @initialize(bundle=bundles(), missing=st.integers(0, 99), way=st.sampled_from(["full", "gap", "supplement"]))
    def file(self, bundle, missing, way):
        text = {"format": "yichuang-catalog/1", "as_of": "2017-08-31", "node": "330282", "bundles": [bundle]}
        report = load_catalogue(
            by=SYSTEM, sources=[read("any.yaml", yaml.safe_dump(text, allow_unicode=True).encode())]
        )
        assert not report.problems, report.problems
        self.issue, clerk = bundle["issue"], make.actor("cixi-clerk")
        row = actions.open_draft(by=clerk, code=bundle["code"])
        asked = [m for m in row.plan["materials"] if not m["supplied_by"] and m["necessity"] != "optional"]
        fit = [m["material"] for m in asked if m["necessity"] == "tolerable"] if way == "gap" else asked
        lacking = [] if way == "full" or not fit else [fit[missing % len(fit)]]
        lacking = [m if isinstance(m, str) else m["material"] for m in lacking]
        row = make.received(bundle["code"], without=tuple(lacking))
        self.pk = row.pk
        if way == "supplement" and lacking:
            actions.ask_supplement(by=clerk, application=row.pk, gaps=[{"material": code} for code in lacking])
            given = {code: {"state": "supplied", "originals": 1} for code in lacking}
            actions.take_supplement(by=clerk, application=row.pk, materials=given)
        else:
            actions.accept(by=clerk, application=row.pk, promised=lacking)

    # —— hands ——

    def case(self) -> Application:
        return Application.objects.get(pk=self.pk)

    def jobs(self, *states) -> list[Job]:
        rows = Job.objects.filter(application=self.pk, state__in=states).select_related("member", "assignee")
        return list(rows.order_by("pk"))

    def try_(self, call, **given):
        """A refusal leaves no trace; anything else than a refusal is a fault."""
        before = Event.objects.count()
        try:
            return call(**given)
        except DomainError as refusal:
            assert refusal.message
            assert Event.objects.count() == before
            return None

    def open(self) -> bool:
        return bool(getattr(self, "pk", None)) and self.case().state in Application.ACCEPTED

    @precondition(open)
    @rule(at=st.integers(0, 9), choice=st.sampled_from(["grant", "grant", "grant", "refuse"]))
    def decide(self, at, choice):
        """Claimed, concluded and decided in one breath; the steps apart are other tests' matter."""
        if jobs := self.jobs("assigned", "in_hand", "concluded"):
            self.drive(jobs[at % len(jobs)], choice)

    def drive(self, job, choice):
        reviewer, head = make.actor(f"{job.department_id}-reviewer"), make.actor(f"{job.department_id}-head")
        if job.state == "assigned":
            actions.claim(by=reviewer, job=job.pk)
        if job.state != "concluded" and not self.try_(
            actions.conclude, by=reviewer, job=job.pk, recommendation=choice, opinion=WORDS
        ):
            return
        self.try_(actions.decide, by=head, job=job.pk, decision=choice, reason=WORDS)

    @precondition(open)
    @rule(at=st.integers(0, 9))
    def claim(self, at):
        if jobs := self.jobs("assigned"):
            job = jobs[at % len(jobs)]
            actions.claim(by=make.actor(f"{job.department_id}-reviewer"), job=job.pk)

    @precondition(open)
    @rule(at=st.integers(0, 9), act=st.sampled_from(["pause", "pause", "resume", "extend"]))
    def time(self, at, act):
        if not (jobs := self.jobs("in_hand")):
            return
        job = jobs[at % len(jobs)]
        grounds = job.member.definition["pause_grounds"]
        given = {
            "pause": {**make.TESTING, "ground": grounds[0] if grounds else "testing"},
            "resume": {},
            "extend": {"days": 3, "reason": WORDS},
        }[act]
        self.try_(getattr(actions, act), by=make.actor(f"{job.department_id}-head"), job=job.pk, **given)

    @precondition(open)
    @rule(at=st.integers(0, 9), comes=st.booleans())
    def supplement(self, at, comes):
        if not (jobs := self.jobs("in_hand")):
            return
        job, case = jobs[at % len(jobs)], self.case()
        lines = [m["material"] for m in case.plan["materials"] if job.member.code in m["needed_by"]]
        code = lines[at % len(lines)]
        gaps = [{"material": code, "problem": "内容需要更正"}]
        asked = self.try_(actions.ask_in_review, by=make.actor(f"{job.department_id}-reviewer"), job=job.pk, gaps=gaps)
        if asked and comes:
            given = {code: {"state": "supplied", "originals": 1}}
            actions.take_in_review(by=make.actor("cixi-clerk"), supplement=asked.pk, materials=given)

    @precondition(open)
    @rule()
    def bring_the_gap(self):
        owed = MaterialEntry.objects.filter(application=self.pk, promised=True, state="missing")
        if given := {entry.code: {"state": "supplied", "originals": 1} for entry in owed}:
            self.try_(actions.supply_gap, by=make.actor("cixi-clerk"), application=self.pk, materials=given)

    @precondition(open)
    @rule(at=st.integers(0, 9), rare=st.integers(0, 3))
    def take_back(self, at, rare):
        members = list(Member.objects.filter(application=self.pk).order_by("position"))
        if rare == 0 and at == 9:
            self.try_(actions.withdraw, by=make.actor("cixi-clerk"), application=self.pk, reason=WORDS)
        elif rare == 0:
            member = members[at % len(members)]
            self.try_(actions.withdraw_member, by=make.actor("cixi-clerk"), member=member.pk, reason=WORDS)

    @precondition(lambda self: hasattr(self, "pk"))
    @rule(at=st.integers(0, 9))
    def seal_and_hand_over(self, at):
        self.seal_all()
        ready = list(Member.objects.filter(application=self.pk, state="ready_for_issue").order_by("pk"))
        if ready:
            some = [row.pk for row in ready] if at % 2 else [ready[at % len(ready)].pk]
            given = {"application": self.pk, "members": some, "collection": make.collection()}
            self.try_(actions.hand_over, by=make.actor("cixi-issue"), **given)

    def seal_all(self):
        make.filed(self.pk)
        for member in Member.objects.filter(application=self.pk, state__in=["granted", "refused"]):
            who = "scjg-seal" if member.department_id == "scjg" else f"{member.department_id}-head"
            actions.register_seal(by=make.actor(who), member=member.pk, seal_number="3302821000001")

    @precondition(lambda self: today() - self.begin < timedelta(days=60))
    @rule(days=st.sampled_from([1, 2, 5]))
    def time_passes(self, days):
        self.days.at(today() + timedelta(days=days))
        sweep()
        deliver()

    # —— what always holds ——

    @invariant()
    def lawful(self):
        if not hasattr(self, "pk"):
            return
        case, members = self.case(), list(Member.objects.filter(application=self.pk).order_by("position"))
        for member in members:
            member.application = case
        assert not FULL or impossible() == []
        nobody_without_his_predecessor(case, members)
        due_as_counted(case, members)
        nothing_asked_twice(case)
        no_certificate_over_a_gap(case, members)
        if self.issue == IssueMode.TOGETHER and any(member.state == "collected" for member in members):
            assert whole.unfinished(members) == []

    def teardown(self):
        if hasattr(self, "pk"):
            self.finish()
            self.lawful()
            verify()
            assert impossible() == []

    def finish(self):
        """Everybody does what is due: the bundle comes to its end, whatever happened before."""
        for _ in range(12):
            if not self.open():
                break
            self.bring_the_gap()
            for job in self.jobs("assigned", "in_hand", "concluded"):
                if job.member.state == Member.State.PAUSED:
                    actions.resume(by=make.actor(f"{job.department_id}-head"), job=job.pk)
                job.member.refresh_from_db(fields=["supplement_by"])
                self.drive(job, job.recommendation or "grant")
            self.days.work()  # a promise whose last day went by before its item began ends with the next sweep
        assert self.case().state in Application.ENDED
        if self.case().state == "done":
            self.seal_all()
            rest = list(
                Member.objects.filter(application=self.pk, state="ready_for_issue").values_list("pk", flat=True)
            )
            if rest:  # one signature for all that lies there
                given = {"application": self.pk, "members": rest, "collection": make.collection()}
                actions.hand_over(by=make.actor("cixi-issue"), **given)


def nobody_without_his_predecessor(case, members):
    """Who began has the grant of everyone before him, and what they produce lies in the checklist."""
    by_code = {member.code: member for member in members}
    entries = {entry.code: entry for entry in case.materials.all()}
    for member in members:
        before = [by_code[code] for code in member.definition["after"]]
        if member.accepted_on is None:
            assert member.state in (Member.State.WAITING, *Member.ENDED)
            continue
        assert all(other.decision == "granted" for other in before), (member.code, before)
        assert member.accepted_on == max((other.decided_on for other in before), default=case.accepted_on)
        for line in case.plan["materials"]:
            if line["supplied_by"] in {other.code for other in before} and member.code in line["needed_by"]:
                assert entries[line["material"]].supplier_id and entries[line["material"]].document_id


def due_as_counted(case, members):
    """The engine's `bundle` on what the journal says: the same starts and days, and the same day for the whole (K9)."""
    if case.state not in Application.ACCEPTED:
        return
    events = Event.objects.filter(chain=case.chain, subject_type="member").order_by("seq")
    told: dict[str, list] = {}
    for event in events:
        told.setdefault(event.subject_id, []).append(event)
    extended = set(Extension.objects.filter(clock__root_id=case.pk).values_list("clock__subject_id", flat=True))
    counted = [counted_of(member, told.get(str(member.pk), [])) for member in members]
    answer = bundle_due(calendar(region=case.node_id), case.accepted_on, counted)
    late = False
    for member in members:
        if member.state == Member.State.WITHDRAWN and member.accepted_on is None:
            continue
        found = answer.members[member.code]
        assert found.accept_date == member.accepted_on, (member.code, found)
        if found.due and member.pk not in extended and member.state not in Member.ENDED:
            # While it is paused nobody names its day, also where that had run out before.
            late |= member.state == Member.State.PAUSED and found.due.due is not None
            expected = None if member.state == Member.State.PAUSED else found.due.due
            assert expected == member.due_on, (member.code, found, member.due_on)
    promise = Clock.objects.filter(root_id=case.pk, kind="bundle", stopped_on__isnull=True).first()
    days = [member.due_on for member in members if member.state not in Member.ENDED]
    latest = None if None in days else max(days)
    if not extended and not late and not any(member.state in Member.ENDED for member in members):
        assert answer.due == latest
    assert case.due_on == min([day for day in (latest, promise and promise.due_on) if day], default=None)


def counted_of(member, events) -> Counted:
    begun, pauses, finished = [], [], None
    for event in events:
        if event.name == "member.pause":
            begun.append(date.fromisoformat(event.facts["notified_on"]))
        elif event.name == "member.resume":
            start = begun.pop()
            pauses.append(Pause(start, max(date.fromisoformat(event.facts["on"]), start), "", True, True))
        elif event.name == "member.grant":
            finished = beijing_date(event.at)
    pauses += [Pause(start, None, "", True, True) for start in begun]
    limit = member.definition["promised_limit"]
    gone = member.decision == "refused" or member.state in Member.ENDED
    return Counted(
        member.code,
        Limit(limit["days"], limit["unit"]),
        tuple(member.definition["after"]),
        tuple(pauses),
        finished,
        "refused" if gone else None,
    )


def nothing_asked_twice(case):
    for line, name in (("elements", "element"), ("materials", "material")):
        codes = [row[name] for row in case.plan[line]]
        assert len(codes) == len(set(codes))
    asked = {line["material"] for line in case.plan["materials"] if not line["supplied_by"]}
    notices = [{gap["material"] for gap in notice.gaps} for notice in case.notices.all()]
    assert len(notices) <= 1 and all(gaps <= asked for gaps in notices)
    for member in case.members.all():
        told = [gap["material"] for one in ReviewSupplement.objects.filter(member=member) for gap in one.gaps]
        assert len(told) == len(set(told)) and set(told) <= asked


def no_certificate_over_a_gap(case, members):
    open_ = {member.pk for member in members if member.gap_open}
    assert not Document.objects.filter(root_id=case.pk, kind__in=["certificate", "grant"], member_id__in=open_).exists()


def test_any_bundle(world, days):
    start = AnyBundle.begin = today()
    AnyBundle.days = days
    live(AnyBundle, lives=full(4, 150), steps=full(16, 40), begin=lambda: days.at(start))
