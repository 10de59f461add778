"""What people say for what the catalogue calls otherwise: 驾照 is 驾驶证, 房产证过户 a 不动产转移登记 (fixtures/everyday.yaml).

Two things are known of a question: everyday words with the terms that may stand for them, and each pair of neighbouring letters
that a name has as well. The more letters of the question a name explains, the nearer it is.
"""

from __future__ import annotations

from functools import cache

import yaml
from django.conf import settings


@cache
def _words() -> tuple[dict[str, list[str]], frozenset[str]]:
    read = yaml.safe_load((settings.BASE_DIR / "fixtures" / "everyday.yaml").read_text(encoding="utf-8"))
    return read["everyday"], frozenset(read["common"])


def meanings(q: str) -> list[tuple[range, list[str]]]:
    """(which letters of the question, terms of which a name must hold one to explain them)."""
    everyday, common = _words()
    found = []
    for word, terms in everyday.items():
        at = q.find(word)
        if at >= 0:
            found.append((range(at, at + len(word)), terms))
    pairs = ((at, q[at : at + 2]) for at in range(len(q) - 1))
    return found + [(range(at, at + 2), [pair]) for at, pair in pairs if pair not in common and pair.isalpha() and not pair.isascii()]


def explained(name: str, meant: list[tuple[range, list[str]]]) -> int:
    """How many letters of the question the name explains."""
    return len({letter for letters, terms in meant if any(term in name for term in terms) for letter in letters})
