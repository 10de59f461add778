"""The oversight board in two cities: what it reads, when it is right after a write, and what keeping it costs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from time import perf_counter

from django.db import connection

from apps.kit.time import today
from apps.supervision.queries import board, series
from apps.supervision.rollup import rollup
from config.celery import app
from tests import make

from .cities import FEW, MANY, City
from .processors import alone
from .rounds import Line, Took, in_turn, per_round

NAMES = ("received", "decided")


def in_database(city: City, call: Callable[[], object]) -> Callable[[], float]:
    """Seconds of the processor that its database works for it."""

    def run() -> float:
        with city.entered():
            backend = connection.connection.info.backend_pid
            before = alone(backend)
            call()
            return alone(backend) - before

    return run


def times(few: City, many: City, *, rounds: int, writes: int) -> Took:
    actor = make.actor("city-supervisor")

    def look():
        board(actor)
        series(actor, NAMES)

    def a_month():
        board(actor, since=today() - timedelta(days=30))

    runs = {}
    for city in (few, many):
        runs[f"board · {city.name}"] = in_database(city, look)
        runs[f"a month · {city.name}"] = in_database(city, a_month)
    took = in_turn(runs, rounds=rounds)
    with many.entered():
        while rollup():
            pass
        took |= _keeping(rounds, writes)
    return took


def _keeping(rounds: int, writes: int) -> Took:
    """One item and its department, all the time: seconds to write so many cases, and to count them."""
    took: Took = {"writing": [], "counting": []}
    for turn in range(rounds + 1):
        started = perf_counter()
        for _ in range(writes):
            make.accepted()
        written = perf_counter()
        rollup()
        if turn:
            took["writing"].append(written - started)
            took["counting"].append(perf_counter() - written)
    return took


def tick() -> float:
    """Seconds between two countings, as beat rings them."""
    entries = app.conf.beat_schedule.values()
    return next(float(entry["schedule"]) for entry in entries if entry["task"] == "supervision.rollup")


def lines(took: Took) -> list[Line]:
    milliseconds = {name: [1000 * value for value in took[name]] for name in took}
    return [
        Line("oversight board, in the database", milliseconds[f"board · {MANY}"], 10, unit="ms"),
        Line("the same over the small city", per_round(took, f"board · {MANY}", f"board · {FEW}"), 1.5),
        Line("a month of it, in the database", milliseconds[f"a month · {MANY}"], 10, unit="ms"),
        Line("a month over the small city", per_round(took, f"a month · {MANY}", f"a month · {FEW}"), 1.5),
        Line("right after a write, at the latest", [tick() + value for value in took["counting"]], 2, unit="s"),
        Line("counting over writing, one department", per_round(took, "counting", "writing"), 0.1),
    ]
