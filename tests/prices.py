"""What the tests cost: a long run ends with its dearest tests and files and its whole time. The dear files are dealt among the
others: they wait more than they work, so that side by side they would leave the processors idle, and none is left for the end."""

import os
from collections import Counter
from pathlib import Path

TOLD = 15
LONG = 60  # seconds; shorter runs say nothing
# Whole servers and workers; then comes what drives a browser. The first two take no database of the tests, which a third worker makes
# meanwhile: all would wait for it.
DEAR = ("tests/ops/test_serve_platform.py", "tests/ops/test_manage_commands.py", "tests/ops/", "tests/faults/")
EARLY = 0.75  # by when the last of the dear files begins, in parts of the others


def pytest_collection_modifyitems(items) -> None:
    browser = {item.path for item in items if "browser" in getattr(item, "fixturenames", ())}
    ranks: dict = {}  # of their files, in order
    for item in items:
        prefixes = [rank for rank, prefix in enumerate(DEAR) if item.nodeid.startswith(prefix)]
        ranks.setdefault(item.path, min(prefixes, default=len(DEAR) if item.path in browser else len(DEAR) + 1))
    others = [path for path, rank in ranks.items() if rank > len(DEAR)]
    dear = sorted(ranks.keys() - set(others), key=lambda path: (ranks[path], str(path)))
    place = {path: at / len(others) for at, path in enumerate(others)}
    place |= {path: (at - 1.5) * EARLY / len(dear) for at, path in enumerate(dear)}
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
