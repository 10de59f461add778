"""What the tests cost: a long run ends with its dearest tests and files and its whole time. The dear files are dealt among the
others: they wait more than they work, so that side by side they would leave the processors idle, and none is left for the end."""

import os
from collections import Counter
from pathlib import Path

TOLD = 15
LONG = 60  # seconds; shorter runs say nothing
DEAR = ("tests/ops/", "tests/faults/")  # whole servers and workers; then comes what drives a browser
EARLY = 0.75  # by when the last of the dear files begins, in parts of the others


def pytest_collection_modifyitems(items) -> None:
    browser = {item.path for item in items if "browser" in getattr(item, "fixturenames", ())}
    groups: tuple[dict, ...] = ({}, {}, {})  # their files, in order
    for item in items:
        rank = 0 if item.nodeid.startswith(DEAR) else 1 if item.path in browser else 2
        groups[rank].setdefault(item.path)
    dear, others = [*groups[0], *groups[1]], list(groups[2])
    place = {path: at * EARLY / len(dear) for at, path in enumerate(dear)}
    place |= {path: at / len(others) for at, path in enumerate(others)}
    items.sort(key=lambda item: place[item.path])


def pytest_terminal_summary(terminalreporter) -> None:
    whole = _seconds_of_this_process()
    if whole < LONG:
        return
    tests, files = Counter(), Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if seconds := getattr(report, "duration", 0):
                tests[report.nodeid] += seconds
                files[report.nodeid.partition("::")[0]] += seconds
    for title, prices in (("最慢的测试 / slowest tests", tests), ("最慢的文件 / slowest files", files)):
        terminalreporter.write_line(f"{title}:")
        for name, seconds in prices.most_common(TOLD):
            terminalreporter.write_line(f"{seconds:8.1f} s  {name}")
    minutes, seconds = divmod(round(whole), 60)
    terminalreporter.write_line(f"总用时 / total time: {minutes} min {seconds} s")


def _seconds_of_this_process() -> float:
    """Since script/test began: installation and checks ran in this very process, or before it took their place."""
    started = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
    return float(Path("/proc/uptime").read_text().split()[0]) - started
