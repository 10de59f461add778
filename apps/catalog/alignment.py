"""事项比对: what several nodes offer under the same national code, and in what they say it differently (DOMAIN.md row 5). Pure.

The same item is that of the same basic code, the last twelve characters of an implementation code: two for the scope, two for the
type, two for the authority, three for the main item, three for the sub-item ("000": not split). A node's split is compared with
that of the others which have the main item too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

IMPLEMENTATION, BASIC, MAIN = 31, 12, 9  # characters
FACETS = ("name", "split", "materials", "form", "promise", "visits")


@dataclass(frozen=True)
class Offered:
    """An item as one node offers it: codes of its materials and of the fields of its form."""

    code: str
    name: str
    node: str
    implementation_code: str
    materials: frozenset[str]
    form: frozenset[str]
    promise: tuple[int, str]  # days, unit
    visits: int

    @property
    def basic(self) -> str:
        """"" where the code is not one of 31 characters."""
        return self.implementation_code[-BASIC:] if len(self.implementation_code) == IMPLEMENTATION else ""


@dataclass
class Compared:
    """One item and who offers it, in the order of the nodes' codes."""

    basic: str
    offered: list[Offered]
    split: dict[str, frozenset[str]]  # {node: the sub-items into which it splits the main item}
    apart: list[str] = field(default_factory=list)  # the FACETS in which they differ

    def lacking(self, one: Offered, facet: str) -> frozenset[str]:
        """Codes of materials or fields that the others ask for and this one does not."""
        return frozenset().union(*(getattr(other, facet) for other in self.offered)) - getattr(one, facet)


def compare(items: Iterable[Offered]) -> list[Compared]:
    """What more than one node offers, by basic code; an item without such a code is compared with nothing."""
    groups, subs = defaultdict(list), defaultdict(lambda: defaultdict(set))
    for one in items:
        if one.basic:
            groups[one.basic].append(one)
            subs[one.basic[:MAIN]][one.node].add(one.basic[MAIN:])
    found = []
    for basic, offered in sorted(groups.items()):
        nodes = {one.node for one in offered}
        if len(nodes) < 2:
            continue
        split = {node: frozenset(subs[basic[:MAIN]][node]) for node in sorted(nodes)}
        row = Compared(basic, sorted(offered, key=lambda one: (one.node, one.code)), split)
        row.apart = [facet for facet in FACETS if len(_said(row, facet)) > 1]
        found.append(row)
    return found


def _said(row: Compared, facet: str) -> set:
    return set(row.split.values()) if facet == "split" else {getattr(one, facet) for one in row.offered}
