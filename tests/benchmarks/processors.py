"""The processor's time of a process and everything below it: on a machine with other work a steadier measure than the clock."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def alone(pid: int) -> float:
    """Seconds that this one process has used, to the nanosecond."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def spent(roots: dict[str, int]) -> dict[str, float]:
    """Seconds that each of these process trees has used, the ended children of its members included."""
    children, used = defaultdict(list), {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        children[int(fields[1])].append(int(entry.name))
        used[int(entry.name)] = sum(int(field) for field in fields[11:15]) / _TICKS

    def below(pid: int) -> float:
        return used.get(pid, 0.0) + sum(below(child) for child in children[pid])

    return {name: below(pid) for name, pid in roots.items()}
