"""Accept and step over HTTP, beside the same rows written raw and beside a view that only reads the body."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections import defaultdict
from collections.abc import Callable
from itertools import count, cycle
from random import Random

from django.db import connection

from apps.api import tokens
from apps.applications import actions
from apps.applications.models import Job
from apps.directory.actions import save_party
from apps.directory.queries import actor_for
from apps.supervision.simulating.cast import applicants
from tests import make, people, wide

from .processors import spent
from .rounds import Line, Took, in_turn, per_round
from .rows import Rows, Written, as_other, copied, difference, of_case

CLIENTS = (1, 8)
MEMBERS, MATERIALS = 3, 4
STEP = {"decision": "grant"}


class Client:
    """The load process; see load.py."""

    def __init__(self, address: str):
        self.address = address
        self.dsn = connection.get_new_connection({**connection.get_connection_params()}).dsn
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.load"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, kind: str, clients: int, calls: list) -> tuple[float, list]:
        task = {"kind": kind, "address": self.address, "dsn": self.dsn, "clients": clients, "calls": calls}
        self.process.stdin.write(json.dumps(task) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer["seconds"], answer["answers"]

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_) -> None:
        self.close()


class Bench:
    """What is sent, and what it is compared with. Needs the demo city and whoever serves `client.address`."""

    def __init__(self, client: Client, *, applicants_made: int = 64, processes: dict[str, int] | None = None):
        """`processes`: the roots whose processor's time is told, by name."""
        self.client = client
        self.processes = processes or {}
        self.used: dict[str, list[dict[str, float]]] = defaultdict(list)
        self.things = [wide.thing(f"bench{n}", departments=MEMBERS, materials=MATERIALS) for n in range(max(CLIENTS))]
        clerk = make.actor("cixi-clerk")
        given = [one.as_given() for one in applicants(Random(7), "330282", applicants_made, persons=False)]
        for one in given:
            save_party(by=clerk, **one)
        self.applicants = cycle(given)
        self.numbers = count(1)
        self.clerk = tokens.issue(make.user("cixi-clerk"))
        office = f"{self.things[0]}-office1"
        self.reviewer, head = (people.staff(role, department=office) for role in ("reviewer", "head"))
        self.head = tokens.issue(head)
        self.bodies = {code: wide.filing(code) for code in self.things}
        self.filed, self.standing, self.stepped, self.job = self._patterns()

    # -- the calls

    def accept(self, *, same: bool = False) -> list:
        code = self.things[0 if same else next(self.numbers) % len(self.things)]
        return self._post(
            "/api/applications/file/", self.clerk, {**self.bodies[code], "applicant": next(self.applicants)}
        )

    def accept_floor(self) -> list:
        return self._post(
            "/floor/accept/", self.clerk, {**self.bodies[self.things[0]], "applicant": next(self.applicants)}
        )

    def accept_raw(self) -> list:
        return [*as_other(self.filed)]

    def step(self) -> list:
        keys = copied(self.standing)
        return self._post(f"/api/jobs/{keys.of(Job, self.job)}/decide/", self.head, STEP)

    def step_floor(self) -> list:
        return self._post("/floor/step/", self.head, STEP)

    def step_raw(self) -> list:
        return [*as_other(self.stepped, copied(self.standing))]

    @staticmethod
    def _post(address: str, token: str, body: dict) -> list:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid.uuid4())}
        return ["POST", address, headers, json.dumps(body, ensure_ascii=False)]

    # -- what one call leaves behind

    def _patterns(self) -> tuple[Written, Rows, Written, int]:
        call = self.accept(same=True)
        pk = self._done(call)["id"]
        filed = difference({}, of_case(pk, key=call[2]["Idempotency-Key"]))
        job = Job.objects.filter(application=pk).order_by("pk").first()
        reviewer = actor_for(self.reviewer)
        actions.claim(by=reviewer, job=job.pk)
        actions.conclude(by=reviewer, job=job.pk, recommendation="grant", opinion="材料齐全，符合规定的条件。")
        before = of_case(pk)
        call = self._post(f"/api/jobs/{job.pk}/decide/", self.head, STEP)
        self._done(call)
        return filed, before, difference(before, of_case(pk, key=call[2]["Idempotency-Key"])), job.pk

    def _done(self, call: list) -> dict:
        _, ((status, text, _),) = self.client.run("http", 1, [call])
        assert status in (200, 201), text
        return json.loads(text)

    # -- measuring

    def each(
        self, name: str, kind: str, clients: int, calls: int, make_call: Callable[[], list]
    ) -> Callable[[], float]:
        """A run: that many calls by that many clients; the seconds that one of them took of the whole."""

        def run() -> float:
            sent = [make_call() for _ in range(calls)]
            before = spent(self.processes)
            seconds, answers = self.client.run(kind, clients, sent)
            after = spent(self.processes)
            self.used[name].append({one: (after[one] - before[one]) / calls for one in after})
            wrong = [text for status, text, _ in answers if status not in (200, 201)]
            assert not wrong, wrong[0]
            return seconds / calls

        return run

    def times(self, *, rounds: int, calls: int) -> Took:
        runs = {}
        for clients in CLIENTS:
            many = calls if clients > 1 else max(calls // 4, 1)
            for name, kind, call in (
                ("accept", "http", self.accept),
                ("accept floor", "http", self.accept_floor),
                ("accept raw", "sql", self.accept_raw),
                ("accept, all of one item", "http", lambda: self.accept(same=True)),
                ("step", "http", self.step),
                ("step floor", "http", self.step_floor),
                ("step raw", "sql", self.step_raw),
            ):
                named = f"{name} @{clients}"
                runs[named] = self.each(named, kind, clients, many, call)
        return in_turn(runs, rounds=rounds)

    def wal(self, *, rounds: int, calls: int) -> Took:
        """Bytes of WAL of one call by one client, full-page images left out."""
        took: Took = {"accept": [], "accept raw": []}
        with connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_walinspect")
        for _ in range(rounds):
            for name, kind, call in (("accept", "http", self.accept), ("accept raw", "sql", self.accept_raw)):
                sent = [call() for _ in range(calls)]
                before = _position()
                self.client.run(kind, 1, sent)
                took[name].append(_bytes(before, _position()) / calls)
        return took

    def lines(self, took: Took, wal: Took) -> list[Line]:
        lines = []
        for verb in ("accept", "step"):
            for clients in reversed(CLIENTS):
                names = [f"{verb}{part} @{clients}" for part in ("", " raw", " floor")]
                goal = 2.0 if clients > 1 or verb == "step" else None
                facts = {
                    "milliseconds": {name: round(1000 * sorted(took[name])[len(took[name]) // 2], 3) for name in names}
                }
                lines.append(
                    Line(f"{verb} over (raw + floor), {clients} clients", per_round(took, *names), goal, facts=facts)
                )
        for verb in ("accept", "accept, all of one item", "step", "accept raw", "accept floor"):
            goal = 1.6 if verb in ("accept", "accept, all of one item", "step") else None
            ratios = per_round(took, f"{verb} @{CLIENTS[0]}", f"{verb} @{CLIENTS[-1]}")
            lines.append(Line(f"{verb}: 8 clients against 1", ratios, goal, at_least=True))
        lines += self._processors() if self.processes else []
        facts = {"bytes": {name: round(sum(values) / len(values)) for name, values in wal.items()}}
        lines.append(Line("WAL of an accept over raw", per_round(wal, "accept", "accept raw"), 1.3, facts=facts))
        lines += [
            Line(f"{name}, ms each", [1000 * value for value in values], unit="ms") for name, values in took.items()
        ]
        return lines

    def _processors(self) -> list[Line]:
        """The same in processor's time of the server and its database; the client's is told beside it."""
        lines, total = [], {}
        for name, rounds in self.used.items():
            total[name] = [max(sum(one.values()) - one["client"], 1e-6) for one in rounds[1:]]  # the first one warms
        for verb in ("accept", "step"):
            names = [f"{verb}{part} @{CLIENTS[-1]}" for part in ("", " raw", " floor")]
            each = {
                name: {
                    who: round(1000 * sum(one[who] for one in self.used[name][1:]) / len(total[name]), 2)
                    for who in self.processes
                }
                for name in names
            }
            lines.append(
                Line(
                    f"{verb} over (raw + floor), processor's time",
                    per_round(total, *names),
                    facts={"milliseconds": each},
                )
            )
        return lines


def _position() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn()::text, pg_switch_wal()")
        return cursor.fetchone()[0]


def _bytes(start: str, end: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(record_length - fpi_length) FROM pg_get_wal_records_info(%s, %s) WHERE resource_manager <> 'XLOG'",
            [start, end],
        )
        return int(cursor.fetchone()[0])
