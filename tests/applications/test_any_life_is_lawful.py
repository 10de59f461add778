"""Random lives under random hands: whatever is tried, in whatever order, at whatever hour, what stands is lawful.

Refusals are part of a life; errors are not. After every step the invariants hold, at the end the journal verifies and the
kept counters agree with the rows.
"""

import random
from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from apps.applications import actions
from apps.applications.models import Application, Job, Member
from apps.catalog.models import Definition
from apps.catalog.queries import situations as asked
from apps.deadlines.actions import sweep
from apps.deadlines.models import Clock
from apps.journal.anchoring import verify
from apps.journal.invariants import patrol
from apps.journal.models import Event
from apps.kit.errors import DomainError
from apps.kit.time import today
from apps.supervision import rollup as room
from apps.supervision.rollup import rollup
from tests import make
from tests.days import Days, deliver
from tests.full import FULL, full
from tests.lives import live
from tests.replay import replayed
from tests.supervision.comparing import compare, compare_days

WORDS = "理由充分，特此说明情况。"
OWN = ("applications.", "supervision.", "deadlines.stored_")
PRECIOUS = {"granted", "refused", "sealed", "ready_for_issue", "collected"}


class Lives(RuleBasedStateMachine):
    days: Days
    codes: list[str]

    def __init__(self):
        super().__init__()
        self.cases: list[int] = []
        self.start = today()
        self.decided: dict[int, str] = {}

    # —— who and what ——

    def pick(self, data, *states) -> Application | None:
        rows = Application.objects.filter(pk__in=self.cases)
        rows = list((rows.filter(state__in=states) if states else rows).order_by("pk"))
        return data.draw(st.sampled_from(rows)) if rows else None

    def job(self, data, *states) -> Job | None:
        rows = list(Job.objects.filter(application__in=self.cases, state__in=states).order_by("pk"))
        return data.draw(st.sampled_from(rows)) if rows else None

    def try_(self, call, *args, **given):
        """A refusal leaves no trace; anything else than a refusal is a fault."""
        before = Event.objects.count()
        try:
            return call(*args, **given)
        except DomainError as refusal:
            assert refusal.message
            assert Event.objects.count() == before
            return None

    # —— the counter ——

    @precondition(lambda self: len(self.cases) < 6)
    @rule(data=st.data())
    def file(self, data):
        code = data.draw(st.sampled_from(self.codes))
        rng = random.Random(data.draw(st.integers(0, 10**6)))
        case = make.draft(code, situations=answers(code, rng))
        lines = {
            line.code: {"state": "missing"}
            for line in case.materials.all()
            if line.state != "expected" and rng.random() < 0.15
        }
        clerk = make.actor("cixi-clerk")
        if lines:
            actions.save_draft(by=clerk, application=case.pk, materials=lines)
        if self.try_(actions.receive, by=clerk, application=case.pk):
            self.cases.append(case.pk)

    @rule(data=st.data(), promise=st.booleans(), who=st.sampled_from(["cixi-clerk", "cixi-clerk2"]))
    def accept(self, data, promise, who):
        if case := self.pick(data):
            missing = [m.code for m in case.materials.all() if not m.in_hand] if promise else []
            self.try_(actions.accept, by=make.actor(who), application=case.pk, promised=missing)

    @rule(data=st.data(), every=st.booleans())
    def ask(self, data, every):
        if case := self.pick(data, "received", "checking"):
            gaps = [{"material": m.code} for m in case.materials.all() if m.state == "missing"]
            self.try_(
                actions.ask_supplement,
                by=make.actor("cixi-clerk"),
                application=case.pk,
                gaps=gaps if every else gaps[:1],
            )

    @rule(data=st.data(), state=st.sampled_from(["supplied", "supplied", "rejected"]), some=st.booleans())
    def bring(self, data, state, some):
        if case := self.pick(data, "awaiting_supplement", "in_progress", "partly_done"):
            lines = [m.code for m in case.materials.all() if m.state in ("missing", "rejected")]
            given = {code: {"state": state, "remark": "原件不清"} for code in (lines[:1] if some else lines)}
            call = actions.take_supplement if case.state == "awaiting_supplement" else actions.supply_gap
            self.try_(call, by=make.actor("cixi-clerk"), application=case.pk, materials=given)

    @rule(
        data=st.data(), way=st.sampled_from(["not_handle", "not_accept", "bad_cure", "void", "correct", "begin_check"])
    )
    def other_ways(self, data, way):
        case = self.pick(data, "received", "checking", "awaiting_supplement")
        if case is None:
            return
        clerk, pk = make.actor("cixi-clerk"), case.pk
        if way == "not_handle":
            self.try_(actions.not_handle, by=clerk, application=pk, reason=WORDS)
        elif way in ("not_accept", "bad_cure"):
            ground = "bad_cure" if way == "bad_cure" else "other"
            self.try_(actions.not_accept, by=clerk, application=pk, ground=ground, reason=WORDS)
        elif way == "void":
            self.try_(actions.void, by=make.actor("cixi-supervisor"), application=pk, reason=WORDS)
        elif way == "correct":
            self.try_(actions.correct, by=clerk, application=pk, reason=WORDS, contact_mobile=make.MOBILE)
        else:
            self.try_(actions.begin_check, by=clerk, application=pk)

    @rule(data=st.data(), way=st.sampled_from(["withdraw", "withdraw", "terminate"]))
    def give_up(self, data, way):
        if data.draw(st.integers(0, 2)) or not (case := self.pick(data)):
            return
        by = make.actor("cixi-clerk" if way == "withdraw" else "cixi-supervisor")
        self.try_(getattr(actions, way), by=by, application=case.pk, reason=WORDS)

    # —— the departments ——

    @rule(data=st.data(), who=st.sampled_from(["reviewer", "reviewer", "reviewer2"]))
    def claim(self, data, who):
        if job := self.job(data, "assigned"):
            name = f"{job.department_id}-{who}" if job.department_id == "scjg" else f"{job.department_id}-reviewer"
            self.try_(actions.claim, by=make.actor(name), job=job.pk)

    @rule(data=st.data())
    def misroute(self, data):
        if job := self.job(data, "assigned"):
            reviewer = make.actor(f"{job.department_id}-reviewer")
            if self.try_(actions.return_to_router, by=reviewer, job=job.pk, reason=WORDS):
                target = data.draw(st.sampled_from(["scjg", "wsjs", "huanbao"]))
                self.try_(
                    actions.reroute, by=make.actor("cixi-supervisor"), job=job.pk, department=target, reason=WORDS
                )

    @rule(data=st.data(), recommendation=st.sampled_from(["grant", "grant", "refuse"]))
    def conclude(self, data, recommendation):
        if job := self.job(data, "in_hand"):
            reviewer = make.actor(job.assignee.username)
            if hearing := getattr(job.member, "hearing", None):
                self.try_(actions.request_hearing, by=reviewer, hearing=hearing.pk, who="applicant")
            if hearing or job.member.definition.get("hearing_required"):
                self.try_(make.call_hearing, job)
                held = {"held_on": today(), "record": "听证会依法举行，记录在案。"}
                self.try_(actions.record_hearing, by=reviewer, job=job.pk, **held)
            self.try_(actions.conclude, by=reviewer, job=job.pk, recommendation=recommendation, opinion=WORDS)

    @rule(data=st.data())
    def find_an_interest(self, data):
        if job := self.job(data, "in_hand"):
            self.try_(actions.tell_hearing, by=make.actor(job.assignee.username), job=job.pk, **make.INTEREST)

    @rule(data=st.data(), decision=st.sampled_from(["as told", "as told", "grant", "refuse", "back"]))
    def decide(self, data, decision):
        job = self.job(data, "concluded")
        if job is None:
            return
        head = make.actor(f"{job.department_id}-head")
        if decision == "back":
            self.try_(actions.send_back, by=head, job=job.pk, reason=WORDS)
            return
        choice = job.recommendation if decision == "as told" else decision
        self.try_(actions.decide, by=head, job=job.pk, decision=choice, reason=WORDS)

    @rule(data=st.data(), service=st.sampled_from(["electronic", "electronic", "later"]))
    def pause(self, data, service):
        job = self.job(data, "in_hand")
        grounds = job.member.definition["pause_grounds"] if job else ()
        if not grounds:
            return
        head = make.actor(f"{job.department_id}-head")
        given = {**make.TESTING, "ground": data.draw(st.sampled_from(grounds)), "service": service}
        self.try_(actions.pause, by=head, job=job.pk, **given)
        if service == "later" and data.draw(st.booleans()):
            self.try_(actions.serve_pause, by=head, job=job.pk, method="direct", on=today())

    @rule(data=st.data())
    def resume(self, data):
        if job := self.job(data, "in_hand"):
            self.try_(actions.resume, by=make.actor(f"{job.department_id}-head"), job=job.pk)

    @rule(data=st.data(), days=st.integers(1, 12))
    def extend(self, data, days):
        if job := self.job(data, "in_hand"):
            head = make.actor(f"{job.department_id}-head")
            self.try_(actions.extend, by=head, job=job.pk, days=days, reason=WORDS)

    # —— time ——

    @rule(days=st.sampled_from([1, 1, 3, 10]), swept=st.booleans())
    def time_passes(self, days, swept):
        if today() - self.start > timedelta(days=90):
            return
        self.days.at(today() + timedelta(days=days))
        if swept:
            self.sweep()

    @rule()
    def sweep(self):
        sweep()
        deliver()

    # —— what always holds ——

    @invariant()
    def nothing_impossible(self):
        assert impossible() == []

    @invariant()
    def a_decision_stands(self):
        now = dict(Member.objects.filter(application__in=self.cases).exclude(decision="").values_list("pk", "decision"))
        for pk, decision in self.decided.items():
            assert now[pk] == decision
        self.decided = now
        assert not Member.objects.filter(gap_open=True, state__in=PRECIOUS - {"refused"}, decision="granted").exists()

    @invariant()
    def the_whole_follows_from_its_parts(self):
        for row in Application.objects.filter(pk__in=self.cases).prefetch_related("members"):
            states = [member.state for member in row.members.all()]
            over = [state in (*Member.DECIDED, *Member.ENDED) for state in states]
            want = {"done": all(over), "partly_done": any(over) and not all(over), "in_progress": not any(over)}
            assert want.get(row.state, True), (row.state, states)
            if row.state not in ("done", "partly_done", "in_progress", "withdrawn"):
                assert states == []

    def teardown(self):
        self.sweep()
        verify()
        self.told_again()
        assert rollup()
        assert impossible() == []
        assert compare() == compare_days() == []

    def told_again(self):
        """The journal of each case gives the stored days of its decisions."""
        for clock in Clock.objects.filter(kind="decision", root_id__in=self.cases):
            assert replayed(clock) == (clock.promised_due, clock.legal_due, clock.due_on), clock


def impossible() -> list[dict]:
    """Time runs here without printers, and now and then without sweeps: those rooms' own patrols would say so."""
    return [found for found in patrol()[1] if found["invariant"].startswith(OWN)]


def answers(code, rng) -> dict:
    """A random lawful answer to each question of a bundle."""
    found = {}
    for question in asked(code, today()):
        kind = question["type"]
        found[question["code"]] = (
            rng.choice([True, False])
            if kind == "boolean"
            else rng.choice([1, 100, 301, 1000])
            if kind in ("number", "integer", "decimal")
            else rng.choice(question["choices"])["value"]
        )
    return found


@pytest.mark.parametrize("seed", range(full(1, 4)))
def test_any_life(world, days, seed, monkeypatch):
    monkeypatch.setattr(room, "settled_below", lambda: 2**62)  # a life is one transaction, which is never closed

    class Here(Lives):
        pass

    Here.days = days
    codes = list(
        Definition.objects.filter(region__code__startswith="330282").order_by("pk").values_list("pk", flat=True)
    )
    # Short: a few of each sort, other ones for another seed. Full: the whole catalogue.
    rng = random.Random(seed)
    bundles = [code for code in codes if code.startswith(("open-", "retire", "newborn", "start-a", "second-hand"))]
    Here.codes = codes if FULL else [make.FOOD, "entertainment-licence", *rng.sample(bundles, 4), *rng.sample(codes, 4)]

    start = today()
    live(Here, lives=full(4, 42), steps=full(22, 60), begin=lambda: days.at(start))
