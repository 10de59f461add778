"""How long the moves of a case take on this machine: medians are printed (pytest -s), and a move that never takes
less than a second is a fault.

.venv/bin/python -m pytest tests/benchmarks -s        # YICHUANG_FULL=1 for a longer run
"""

from statistics import median
from time import perf_counter

import pytest

from apps.applications import actions
from apps.supervision.rollup import rollup
from tests import make
from tests.full import full

SECOND = 1.0
pytestmark = pytest.mark.usefixtures("transactional_db", "world")


def test_moves(world):
    clerk, reviewer, head = make.actor("cixi-clerk"), make.actor("scjg-reviewer"), make.actor("scjg-head")
    took: dict[str, list[float]] = {}

    def timed(name, call, **given):
        started = perf_counter()
        answer = call(**given)
        took.setdefault(name, []).append(perf_counter() - started)
        return answer

    for _ in range(full(5, 100)):
        case = make.draft()
        timed("receive", actions.receive, by=clerk, application=case.pk)
        timed("accept", actions.accept, by=clerk, application=case.pk)
        job = make.job_of(case).pk
        timed("claim", actions.claim, by=reviewer, job=job)
        timed("conclude", actions.conclude, by=reviewer, job=job, recommendation="grant", opinion="符合条件")
        timed("decide", actions.decide, by=head, job=job, decision="grant")
        timed("rollup", rollup)
    for name, seconds in took.items():
        print(f"{name:10} median {1000 * median(seconds):7.1f} ms   n={len(seconds)}")
    assert {name for name, seconds in took.items() if min(seconds) > SECOND} == set()
