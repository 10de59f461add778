"""Departments concluding at the same moment, in real threads on connections of their own: the stage behind them opens exactly
once, or falls exactly once, and nobody is lost on the way (ARCHITECTURE.md 4: lock the application, then count)."""

from __future__ import annotations

import random
from functools import partial

import pytest

from apps.applications import actions
from apps.applications.models import Application, Job, Member
from apps.deadlines.models import Clock
from apps.issuance.models import Document
from apps.journal.anchoring import seal, verify
from apps.journal.invariants import patrol
from apps.journal.models import Event
from tests import make
from tests.full import full
from tests.threads import lost, together

from .test_run_bundle import decide

pytestmark = pytest.mark.usefixtures("transactional_db", "world")
ROUNDS = full(8, 200)

# 工业项目开工: 备案, then 用地, 环评 and 水土保持 in three departments; 工程规划 waits for all three, 施工 for that one.
PROJECT = {"eia_class": "form", "soil_class": "form"}
FIRST = "project-filing"
SIDE_BY_SIDE = {"land-planning-permit", "eia-form", "soil-water-form"}
JOINED, LAST = "project-planning-permit", "construction-permit"


def hands(case: Application, refusing: str | None):
    """Each department's call: the reviewer's opinion and at once the head's decision on it. Half of the opinions stand
    before the race begins, so conclusions and decisions meet each other in every order."""
    for place, job in enumerate(Job.objects.filter(application=case, state="assigned").select_related("member")):
        reviewer, head = make.actor(f"{job.department_id}-reviewer"), make.actor(f"{job.department_id}-head")
        choice = "refuse" if job.member.code == refusing else "grant"
        actions.claim(by=reviewer, job=job.pk)
        opine = partial(
            actions.conclude, by=reviewer, job=job.pk, recommendation=choice, opinion="审查意见如上，记录在案。"
        )
        settle = partial(actions.decide, by=head, job=job.pk, decision=choice, reason="理由见审查意见，记录在案。")
        if place % 2:
            opine()
            yield settle
        else:
            yield lambda opine=opine, settle=settle: (opine(), settle())


def named(case: Application) -> list[tuple[str, str]]:
    """(event, member code) of the case's members, in order."""
    codes = {str(pk): code for pk, code in Member.objects.filter(application=case).values_list("pk", "code")}
    rows = Event.objects.filter(chain=case.chain, subject_type="member").order_by("seq")
    return [(event.name, codes[event.subject_id]) for event in rows]


def opened_once(case: Application) -> None:
    states = dict(Member.objects.filter(application=case).values_list("code", "state"))
    assert states == {FIRST: "granted", **dict.fromkeys(SIDE_BY_SIDE, "granted"), JOINED: "accepted", LAST: "waiting"}
    joined = Member.objects.get(application=case, code=JOINED)
    assert Job.objects.filter(member=joined).count() == 1
    assert Clock.objects.filter(subject_type="member", subject_id=joined.pk, kind="decision").count() == 1
    told = named(case)
    assert told.count(("member.accept", JOINED)) == 1
    assert sorted(of for name, of in told if name == "member.grant") == sorted({FIRST, *SIDE_BY_SIDE})
    assert told.count(("member.notify", JOINED)) == len(SIDE_BY_SIDE)
    assert Document.objects.filter(root_id=case.pk, kind="grant").count() == 1 + len(SIDE_BY_SIDE)


def fell_once(case: Application, refusing: str) -> None:
    states = dict(Member.objects.filter(application=case).values_list("code", "state"))
    granted = dict.fromkeys({FIRST, *SIDE_BY_SIDE} - {refusing}, "granted")
    assert states == {**granted, refusing: "refused", JOINED: "not_started", LAST: "not_started"}
    assert not Job.objects.filter(application=case).exclude(state="closed").exists()
    told = named(case)
    assert (told.count(("member.not_start", JOINED)), told.count(("member.not_start", LAST))) == (1, 1)
    assert Event.objects.filter(chain=case.chain, name="application.finish").count() == 1
    row = Application.objects.get(pk=case.pk)
    assert (row.state, row.outcome) == ("done", "partly_granted")


def test_the_next_stage_opens_exactly_once(world):
    rng = random.Random(20171001)
    for turn in range(ROUNDS):
        case = decide(make.accepted("industrial-project-start", situations=PROJECT), FIRST)
        refusing = rng.choice(sorted(SIDE_BY_SIDE)) if turn % 4 == 3 else None
        calls = list(hands(case, refusing))
        rng.shuffle(calls)
        assert lost(together(*calls, seal)) == []
        fell_once(case, refusing) if refusing else opened_once(case)
    assert [found for found in patrol()[1] if found["invariant"].startswith("applications.")] == []
    seal()
    assert verify() >= ROUNDS * 20
