"""What a document will say, before anybody has decided: the very template and content, unnumbered and not stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from . import paper
from .payloads import DocumentSpec
from .queuing import drafted


@dataclass(frozen=True)
class Preview:
    title: str
    html: str  # a whole page, without styles


def preview(specs: Sequence[DocumentSpec]) -> list[Preview]:
    """Raises Refused/Refusals for faulty content, as queuing would; `paper.Unprintable` for a faulty template."""
    return [Preview(row.title, paper.to_html(row)) for row in drafted(specs)]
