"""Documents: how many a second the pdf workers print, and whether their memory stays what it was."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

from .rounds import Line

WORKER = Path(__file__).parents[1] / "issuance" / "print_many.py"


def printed(papers: int, workers: int = 2) -> list[list[dict]]:
    """Each worker prints so many documents, all at the same time: what it says after every tenth of them."""
    command = [sys.executable, str(WORKER), str(papers)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(workers)]
    told = [process.communicate()[0] for process in running]
    assert all(process.returncode == 0 for process in running)
    return [[json.loads(line) for line in text.splitlines()] for text in told]


def lines(told: list[list[dict]]) -> list[Line]:
    """`told`: {"papers", "seconds", "kilobytes"} at each look, by worker; the first look is the warm one."""
    paces = [
        (after["papers"] - before["papers"]) / (after["seconds"] - before["seconds"])
        for looks in told
        for before, after in pairwise(looks)
    ]
    papers = told[0][-1]["papers"] - told[0][0]["papers"]
    return [
        Line("PDFs a second, of a worker", paces, unit="/s", facts={"workers": len(told)}),
        Line(
            f"memory after {papers} over after the first tenth",
            [looks[-1]["kilobytes"] / looks[1]["kilobytes"] for looks in told],
            1.05,
        ),
        Line("memory of a worker", [look["kilobytes"] / 1024 for looks in told for look in looks[1:]], unit="MB"),
    ]
