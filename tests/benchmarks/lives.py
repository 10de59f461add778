"""Whole lives in an open stream: how fast may cases come until the 95th of 100 requests waits longer than 200 ms?

    python -m tests.benchmarks.lives [--rates 2,4,6,8] [--seconds 60] [--gap 1] [--json FILE]

A life: accepted at the counter (1 application, 3 members, 4 materials, 3 jobs), read once, then claimed, concluded and decided in
three departments: 11 requests. Web, PostgreSQL, Valkey, beat, the worker that drains the deliveries and the client share the machine;
documents are queued and not rendered (they have a measure of their own), so results are not handed out. After every rate: nothing
lost, nothing double, every delivery once, the journal verified, the patrol clean.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from time import monotonic, sleep

from config.runner.processes import BEAT, WORKER, WORKER_NOTIFY

from .__main__ import house, server
from .rounds import Line, report

LIMIT = 200  # milliseconds that the 95th of 100 may wait
STEPS = ("accept", "read", "claim", "conclude", "decide")


@contextmanager
def workers(place: Path):
    """The workers of deliveries and of messages, and beat."""
    processes = {}
    with open(place / "workers.log", "w") as log:
        for one in (WORKER, WORKER_NOTIFY, BEAT):
            processes[one.name] = subprocess.Popen(one.command(sys.executable), stdout=log, stderr=log)
        try:
            yield {name: process.pid for name, process in processes.items()}
        finally:
            for process in processes.values():
                process.terminate()
            for process in processes.values():
                process.wait(30)


class Town:
    """One-things of three departments each, their staff, and applicants."""

    def __init__(self, address: str, *, things: int = 8):
        from random import Random

        from apps.api import tokens
        from apps.supervision.simulating.cast import applicants
        from tests import make, people, wide

        from .accepting import MATERIALS, MEMBERS

        things = [wide.thing(f"lives{n}", departments=MEMBERS, materials=MATERIALS) for n in range(things)]
        given = [one.as_given() for one in applicants(Random(7), "330282", 64, persons=False)]
        self.address = address
        self.clerk = tokens.issue(make.user("cixi-clerk"))
        self.bodies = [{**wide.filing(things[n % len(things)]), "applicant": one} for n, one in enumerate(given)]
        self.staff = {
            office: [tokens.issue(people.staff(role, department=office)) for role in ("reviewer", "head")]
            for thing in things
            for office in (f"{thing}-office{n}" for n in range(1, MEMBERS + 1))
        }

    def live(self, rate: float, seconds: float, gap: float, processes: dict[str, int]) -> tuple[list, dict]:
        """Requests as [step, seconds, status], and what was spent and left behind."""
        from .processors import spent

        task = {"address": self.address, "rate": rate, "seconds": seconds, "gap": gap, "bodies": self.bodies}
        task |= {"clerk": self.clerk, "staff": self.staff}
        client = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.stream"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        processes = processes | {"client": client.pid}
        before, began = spent(processes), monotonic()
        client.stdin.write(json.dumps(task) + "\n")
        client.stdin.flush()
        answers = json.loads(client.stdout.readline())
        took, after = monotonic() - began, spent(processes)
        client.stdin.close()
        client.wait(60)
        cores = {name: round((after[name] - before[name]) / took, 2) for name in processes}
        return answers, {"seconds": round(took, 1), "cores": cores}


def drain(patience: float = 600) -> float:
    """Seconds until every delivery is done."""
    from apps.journal.models import Delivery

    began = monotonic()
    while Delivery.objects.filter(state=Delivery.PENDING).exclude(queue="pdf").exists():
        if monotonic() - began > patience:
            raise RuntimeError("deliveries are left")
        sleep(0.1)
    return monotonic() - began


def nothing_lost(answers: list, before: int) -> dict:
    """Each accepted case stands once, as far as it was brought; the chain and the patrol find nothing. Raises where not."""
    from apps.applications.models import Application, Job
    from apps.journal.anchoring import verify
    from apps.journal.invariants import patrol
    from apps.journal.models import Delivery

    told = defaultdict(int)
    for step, _, status in answers:
        told[step] += status in (200, 201)
    stand = Application.objects.filter(pk__gt=before)
    closed = Job.objects.filter(application__in=stand, state=Job.State.CLOSED).count()
    assert (stand.count(), closed) == (told["accept"], told["decide"]), (stand.count(), closed, dict(told))
    assert not Delivery.objects.filter(state=Delivery.STUCK).exists()
    events = verify()
    _, violations = patrol()
    assert not violations, violations[:3]
    return {"cases": stand.count(), "events verified": events}


def lines(rate: float, answers: list, facts: dict) -> list[Line]:
    times = defaultdict(list)
    for step, seconds, _ in answers:
        times[step].append(1000 * seconds)
        times["all"].append(1000 * seconds)
    p95 = {step: quantiles(values, n=20)[-1] if len(values) > 1 else values[0] for step, values in times.items()}
    facts = facts | {"rate": rate, "requests a second": round(len(answers) / facts["seconds"], 1)}
    facts["refused"] = sum(status not in (200, 201) for _, _, status in answers)
    facts["p95 by step"] = {step: round(p95[step]) for step in STEPS if step in p95}
    return [Line(f"p95 of a request at {rate:g} lives a second", [p95["all"]], LIMIT, unit="ms", facts=facts)]


def newest() -> int:
    from apps.applications.models import Application

    return Application.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.lives", description=__doc__.split("\n")[0])
    parser.add_argument("--rates", default="2,4,6,8", help="lives a second, one after the other; ends with the first that is too fast")
    parser.add_argument("--seconds", type=float, default=60, help="how long lives begin, at each rate")
    parser.add_argument("--gap", type=float, default=1, help="seconds between the requests of a life, in the mean")
    parser.add_argument("--json", type=Path, help="where the numbers go, too")
    given = parser.parse_args()
    with house() as place:
        import django

        django.setup()
        from django.core.management import call_command

        from tests import world

        call_command("migrate", verbosity=0)
        world.load()
        with server(place) as (address, web), workers(place) as others:
            database = int((place / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
            town, found = Town(address), []
            town.live(1, 5, 0.2, {})  # warms
            for rate in map(float, given.rates.split(",")):
                before = newest()
                answers, facts = town.live(rate, given.seconds, given.gap, {"web": web, "database": database, **others})
                facts |= {"drained after": round(drain(), 1), **nothing_lost(answers, before)}
                found += lines(rate, answers, facts)
                print(json.dumps(found[-1].as_dict(), ensure_ascii=False), flush=True)
                if not found[-1].reached:
                    break
        report("Whole lives, open stream", found, given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
