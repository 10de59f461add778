"""A problem of a catalogue file, with the place where a person finds it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

Path = tuple[str | int, ...]


def path_text(path: Path) -> str:
    """("items", 3, "materials", 0, "material") -> "items[3].materials[0].material"; the file itself is ""."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else str(part))
    return text


def shown(value) -> str:
    """A value as it is put into a message: short, on one line, as the file would write it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False, default=str)
    text = value if isinstance(value, str) else str(value)
    text = " ".join(text.split()) or "（空）"
    return text if len(text) <= 80 else text[:77] + "…"


@dataclass(frozen=True, slots=True)
class Problem:
    """`code` is the kind of problem (syntax, schema, unknown_code, duplicate_code, cycle, check_digit, region, guide.…)."""

    file: str
    line: int
    path: str
    code: str
    message: str

    def as_dict(self) -> dict:
        return {
            "file": self.file,
            "line": self.line,
            "path": self.path,
            "code": self.code,
            "message": self.message,
        }

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}"
        return f"{place} {self.path}：{self.message}" if self.path else f"{place} {self.message}"


def in_order(problems: Iterable[Problem], files: list[str]) -> list[Problem]:
    """Each problem once, by file as given, then from top to bottom."""
    rank = {name: index for index, name in reversed(list(enumerate(files)))}
    return sorted(dict.fromkeys(problems), key=lambda found: (rank.get(found.file, 0), found.line))
