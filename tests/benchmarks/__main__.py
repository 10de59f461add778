"""Measure the program on a PostgreSQL of its own that keeps what it promises (fsync, synchronous_commit).

    python -m tests.benchmarks [--parts unit,lists,board,sweep,documents] [--rounds 5] [--json FILE]
    python -m tests.benchmarks --parts unit [--calls 160] [--profile]
    python -m tests.benchmarks --parts lists,board [--few 10000] [--many 1000000]
    python -m tests.benchmarks --parts sweep,documents [--clocks 100000,1000000] [--papers 1000]

unit: the unit of work over HTTP, by the real server (two workers) and a client in a process of its own. lists and board: two lawful
cities beside each other (`simulate`). sweep: two tables of open clocks. documents: two processes that print. On data made for the
occasion and thrown away. One table of ratios, each in every round, interleaved; the same as JSON. `--profile` says where the time
of an accept and of a step goes.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep

from config.runner.processes import web
from config.runner.services import Services


@contextmanager
def house():
    """Servers, settings and an empty directory for the data; everything is gone afterwards."""
    place = Path(tempfile.mkdtemp(prefix="yichuang-benchmark-"))
    place.chmod(0o711)
    services = Services(place, outside=False)
    services.acquire()
    settings = {"DATA_DIR": str(place), "DJANGO_SETTINGS_MODULE": "tests.benchmarks.settings", "LOG_LEVEL": "WARNING", "LIMITS_FACTOR": "1000000"}
    os.environ.update(services.environment, **settings)
    try:
        yield place
    finally:
        services.release()
        for server in services.servers:
            if hasattr(server, "remove"):
                server.remove()
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def server(place: Path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with open(place / "web.log", "w") as log:
        process = subprocess.Popen(web("127.0.0.1", port).command(sys.executable), stdout=log, stderr=log)
        try:
            until = monotonic() + 60
            while not _answers(port):
                if monotonic() > until or process.poll() is not None:
                    raise RuntimeError((place / "web.log").read_text()[-3000:])
                sleep(0.2)
            yield f"127.0.0.1:{port}", process.pid
        finally:
            process.terminate()
            process.wait(20)


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def profile(bench, calls: int) -> None:
    """The views alone, in this process: the processor's time that they spend, by function."""
    import cProfile
    import pstats
    from time import process_time

    from django.test import Client as Browser

    browser = Browser()

    def send(call: list) -> None:
        _, address, headers, body = call
        answer = browser.post(address, body, content_type="application/json", headers=headers)
        assert answer.status_code in (200, 201), answer.content

    for name in ("accept", "step"):
        sent = [getattr(bench, name)() for _ in range(calls + 5)]
        for call in sent[:5]:
            send(call)
        with cProfile.Profile(process_time) as seen:
            for call in sent[5:]:
                send(call)
        print(f"\n{name}: {calls} calls in this process")
        pstats.Stats(seen).sort_stats("cumulative").print_stats(60)


PARTS = ("unit", "lists", "board", "sweep", "documents")


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__.split("\n")[0])
    parser.add_argument("--parts", type=lambda text: text.split(","), default=PARTS, help=f"of {','.join(PARTS)}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=160, help="calls of a run with 8 clients; a quarter with one")
    parser.add_argument("--few", type=int, default=10_000, help="applications of the small city")
    parser.add_argument("--many", type=int, default=1_000_000, help="applications of the large city")
    parser.add_argument("--clocks", type=_numbers, default=[100_000, 1_000_000], help="open clocks of the two tables")
    parser.add_argument("--papers", type=int, default=1000, help="documents that each process prints")
    parser.add_argument("--json", type=Path, help="where the numbers go, too")
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return given


def main() -> int:
    given = _asked()
    with house() as place:
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        from tests import world

        from .rounds import report

        settings.ALLOWED_HOSTS.append("testserver")
        call_command("migrate", verbosity=0)
        world.load()
        lines = []
        if {"lists", "board"} & set(given.parts):
            lines += _cities(given)
        if "sweep" in given.parts:
            from . import sweeping

            lines += sweeping.lines(sweeping.times(*given.clocks, rounds=given.rounds))
            lines.append(sweeping.one_killed(given.clocks[0], rounds=given.rounds))
        if "documents" in given.parts:
            from . import printing

            lines += printing.lines(printing.printed(given.papers))
        if "unit" in given.parts:
            lines += _unit(place, given)
        if lines:
            report(f"Measured: {', '.join(given.parts)}", lines, given.json)
    return 0


def _cities(given: argparse.Namespace) -> list:
    from . import cities, listing, overseeing
    from .rounds import Line

    few, many = cities.build(cities.FEW, given.few), cities.build(cities.MANY, given.many)
    pace = many.told["finished_per_second"]
    lines = [Line("simulate, finished applications a second", [pace], 5000, True, "/s", {"told": many.told})]
    if "lists" in given.parts:
        lines += listing.lines(*listing.times(few, many, rounds=given.rounds, each=10))
    if "board" in given.parts:
        lines += overseeing.lines(overseeing.times(few, many, rounds=given.rounds, writes=20))
    cities.close()
    return lines


def _unit(place: Path, given: argparse.Namespace) -> list:
    from .accepting import Bench, Client

    with server(place) as (address, web_pid), Client(address) as client:
        database = int((place / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        bench = Bench(client, processes={"web": web_pid, "database": database, "client": client.process.pid})
        if given.profile:
            profile(bench, given.calls)
            return []
        took = bench.times(rounds=given.rounds, calls=given.calls)
        return bench.lines(took, bench.wal(rounds=given.rounds, calls=max(given.calls // 4, 1)))


if __name__ == "__main__":
    sys.exit(main())
