"""What is compared runs in turn, so that whatever else the machine does falls on all of it; a table and a JSON of ratios.

took = in_turn({"10 thousand": few, "1 million": many}, rounds=7)
report("lists", [Line("page 1,000", per_round(took, "1 million", "10 thousand"), goal=1.2)], file)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter

Took = dict[str, list[float]]


def in_turn(runs: Mapping[str, Callable[[], object]], *, rounds: int, each: int = 1) -> Took:
    """Seconds of one call, by run and round: every run once (the mean of `each` calls) before any runs again, in the other
    order every other round. A first round that nobody counts warms what is warm for good. A run that answers a float has
    measured itself."""
    took: Took = {name: [] for name in runs}
    for turn in range(rounds + 1):
        for name in runs if turn % 2 else reversed(runs):
            started = perf_counter()
            for _ in range(each):
                measured = runs[name]()
            if turn:
                took[name].append(measured if isinstance(measured, float) else (perf_counter() - started) / each)
    return took


def per_round(took: Mapping[str, Sequence[float]], over: str, *under: str) -> list[float]:
    """In each round: `over` divided by the sum of `under`."""
    return [top / sum(parts) for top, *parts in zip(took[over], *(took[name] for name in under), strict=True)]


@dataclass(frozen=True)
class Line:
    """One number of the report: its value in each round (a ratio, unless `unit` says otherwise) and the most (or, `at_least`,
    the least) that its median should be."""

    what: str
    values: Sequence[float]
    goal: float | None = None
    at_least: bool = False
    unit: str = "×"
    facts: dict = field(default_factory=dict)

    @property
    def median(self) -> float:
        return median(self.values)

    @property
    def reached(self) -> bool | None:
        if self.goal is None:
            return None
        return self.median >= self.goal if self.at_least else self.median <= self.goal

    def as_dict(self) -> dict:
        return {
            "what": self.what,
            "unit": self.unit,
            "median": round(self.median, 4),
            "min": round(min(self.values), 4),
            "max": round(max(self.values), 4),
            "rounds": len(self.values),
            "goal": self.goal,
            "reached": self.reached,
            **self.facts,
        }


def report(title: str, lines: Sequence[Line], file: Path | str | None = None) -> dict:
    """Prints the table; the same as JSON goes to `file`, or on one line below it."""
    print(f"\n{title}\n{'':44} {'median':>9} {'min':>9} {'max':>9}        goal")
    for line in lines:
        sign = "" if line.goal is None else f"{'≥' if line.at_least else '≤'} {line.goal:g}"
        word = {None: "", True: "", False: "  MISSED"}[line.reached]
        numbers = " ".join(f"{value:9.3f}" for value in (line.median, min(line.values), max(line.values)))
        print(f"{line.what:44} {numbers} {line.unit:<4} {sign:>7}{word}")
    answer = {"title": title, "lines": [line.as_dict() for line in lines]}
    text = json.dumps(answer, ensure_ascii=False)
    if file:
        Path(file).write_text(text + "\n", encoding="utf-8")
    else:
        print(text)
    return answer
